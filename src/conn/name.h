/* SPDX-License-Identifier: Apache-2.0
 *
 * Host names to addresses by c-ares, one resolver per loop: literals at once, then what is known,
 * then /etc/hosts and DNS. Equal questions at the same time are asked once. Answers are kept for
 * the run (or for a while), so that look-ups are not part of what is measured.
 */
#ifndef BR_CONN_NAME_H
#define BR_CONN_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/list.h"
#include "loop/loop.h"
#include "sys/sock.h"

struct name_resolver;
struct name_query;

enum { NAME_ADDRS_MAX = 16, NAME_HOST_MAX = 253 };

/* Which addresses, in which order. Within a family the order is the answer's. */
enum name_family {
    NAME_PREFER_IPV4, /* IPv4 first, IPv6 behind: for targets that listen on one of them only */
    NAME_PREFER_IPV6,
    NAME_ONLY_IPV4,
    NAME_ONLY_IPV6,
    NAME_ANY, /* as they come */
};

struct name_options {
    const char *servers; /* "127.0.0.1:5353,…" instead of the system's; NULL: the system's */
    int timeout_ms;      /* of the first try, doubled at each more; 0: 2,000 */
    int tries;           /* 0: 3 */
    int64_t keep_ns;     /* how long answers serve; 0: for the run; < 0: not at all */
};

/* err BR_ERR_NONE: count >= 1 addresses with the port set, lent during the call. Else
 * BR_ERR_NAME_NOT_FOUND, BR_ERR_NAME_TIMEOUT, BR_ERR_NAME_FAILED, and count is 0. */
typedef void name_done_fn(struct name_query *query, enum br_err err, const struct sock_addr *addrs,
                          size_t count);

/* A question; embedded in its owner, who may cancel it. */
struct name_query {
    struct list node;
    name_done_fn *done;
    uint16_t port;
};

/* Owned by the caller. Failure is told with a sentence (a server that is no address). */
BR_NODISCARD enum br_err name_resolver_create(struct loop *loop, const struct name_options *options,
                                              struct name_resolver **out_resolver,
                                              struct diag *diag);
/* Not from inside a name_done_fn. Open queries are dropped without an answer. */
void name_resolver_destroy(struct name_resolver **resolver);

/* Of c-ares at run time: "1.18.1". */
const char *name_library_version(void);

/* Set before the first name_resolve and name_cancel. */
void name_query_init(struct name_query *query, name_done_fn *done);
/* The answer comes by query->done, perhaps before this returns. */
void name_resolve(struct name_resolver *resolver, struct name_query *query, struct bytes host,
                  uint16_t port, enum name_family family);
/* No answer will come. Does nothing when the query is not open. */
void name_cancel(struct name_query *query);

#endif
