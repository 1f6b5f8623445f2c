/* SPDX-License-Identifier: Apache-2.0
 *
 * One exchange: a request that was rendered, over a connection of the VU's own, and its reply. A
 * call of the script is one or more of them (redirects, authentication).
 */
#ifndef BR_SCRIPT_SCRIPT_HOP_H
#define BR_SCRIPT_SCRIPT_HOP_H

#include "script/script_http.h"
#include "wire/url.h"

enum { SCRIPT_BODY_MAX = 1 << 30, SCRIPT_HEAD_MAX = 1 << 20, SCRIPT_ERROR_MAX = 400 };

/* All ns. */
struct script_times {
    int64_t blocked;
    int64_t connecting;
    int64_t tls;
    int64_t sending;
    int64_t waiting;
    int64_t receiving;
};

struct script_hop {
    struct script_vu *vu;
    struct fiber *fiber; /* who waits */

    /* Asked for: */
    const struct url *url;
    struct bytes request; /* head and body */
    bool is_head;
    bool may_retry; /* by the method: an idle connection that was closed is no reason to fail */
    bool discard;
    int64_t deadline_ns;

    /* Found out: */
    enum br_err err;
    int error_code; /* k6's; 0: none */
    char error[SCRIPT_ERROR_MAX];
    int status;
    struct buf head;
    struct buf body;
    struct script_times times;
    int64_t end_ns;
    char remote[SOCK_TEXT_SIZE]; /* "127.0.0.1:80"; empty: not connected */
    char tls_version[16];        /* "tls1.3"; empty: none */
    char tls_cipher[64];

    bool done;
    struct script_session *session;
    int64_t asked_ns;
    int64_t ready_ns;
};

void script_hop_init(struct script_hop *hop, struct script_vu *vu);
void script_hop_fini(struct script_hop *hop);
/* Blocks the fiber until the exchange is over. */
void script_hop_run(struct script_hop *hop);

/* Fills err, error_code and error. */
void script_hop_fail(struct script_hop *hop, enum br_err err);

#endif
