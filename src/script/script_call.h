/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of http.*: what the script asked for, the hops it took, and the reply it gets. It runs
 * on a fiber and touches no JavaScript, so that several may run side by side for one VU
 * (http.batch).
 */
#ifndef BR_SCRIPT_SCRIPT_CALL_H
#define BR_SCRIPT_SCRIPT_CALL_H

#include "script/script_hop.h"

enum { SCRIPT_URL_MAX = 64 * 1024, SCRIPT_HEADERS_MAX = 1 << 20 };

enum script_response_type { SCRIPT_RESPONSE_TEXT, SCRIPT_RESPONSE_BINARY, SCRIPT_RESPONSE_NONE };
enum script_auth { SCRIPT_AUTH_NONE, SCRIPT_AUTH_BASIC, SCRIPT_AUTH_DIGEST };

struct script_call_header {
    uint32_t name_at; /* in call->texts */
    uint32_t name_len;
    uint32_t value_at;
    uint32_t value_len;
};

enum { SCRIPT_CALL_HEADERS_MAX = 128 };

struct script_call {
    struct script_vu *vu;

    /* Asked for: */
    char method[32];
    struct buf url;  /* as given */
    struct buf name; /* tag `name` of http.url; empty: the URL */
    struct buf texts;
    struct script_call_header headers[SCRIPT_CALL_HEADERS_MAX];
    uint32_t header_count;
    struct buf cookies; /* "a=b; c=d" of params.cookies, put before the jar's */
    struct buf body;
    struct buf codings; /* params.compression */
    bool has_body;
    int64_t timeout_ns;
    int redirects; /* -1: the option's */
    enum script_response_type response_type;
    enum script_auth auth;
    struct script_expected expected;
    const struct tag_set *tags; /* of the VU and params.tags */
    bool named;                 /* params.tags has a name */
    struct script_jar *jar;
    bool throws;

    /* While it runs: */
    struct buf current; /* URL of the hop, without user */
    struct buf target;  /* of a long URL */
    struct buf rendered;
    struct buf sent_headers; /* of the last hop, for response.request */
    char sent_method[32];
    bool drop_authorization;
    struct buf authorization; /* of digest */
    bool failed_early;        /* no hop was made: error and error_code are said */
    bool redirects_exceeded;

    struct script_hop hop; /* the last one */
};

void script_call_init(struct script_call *call, struct script_vu *vu);
void script_call_fini(struct script_call *call);
void script_call_add_header(struct script_call *call, struct bytes name, struct bytes value);
/* Blocks the fiber; records the samples of each hop. */
void script_call_run(struct script_call *call);

/* The value of a header of a raw head, by name; the walk of all (start with *at = 0). */
bool script_head_next(struct bytes head, size_t *at, struct bytes *out_name,
                      struct bytes *out_value);
struct bytes script_head_find(struct bytes head, struct bytes name);

/* Digest: the Authorization that answers a challenge; false when it is not understood. */
bool script_digest_answer(struct bytes challenge, struct bytes method, struct bytes target,
                          struct bytes user, struct bytes password, struct buf *out_value);

#endif
