/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks and the ports they share: a port is one HTTP server, its webhooks are told apart by
 * path. Inside of sink/.
 */
#ifndef BR_SINK_SINK_HOOK_H
#define BR_SINK_SINK_HOOK_H

#include "data/hash.h"
#include "proto/http_inflate.h"
#include "proto/http_server.h"
#include "sink/sink_host_inner.h"

struct sink_hook;

struct sink_webhook {
    struct sink sink;
    struct sink_hook *hook;
    struct sock_addr asked; /* where to listen, as the plan has it */
    struct bytes path;      /* empty: any */
    struct hash_hmac *hmac;
    struct buf login; /* what stands behind "Basic " */
};

/* A port. Owned by the host's list; goes with the last of its webhooks. */
struct sink_hook {
    struct list node;
    struct sink_host *host;
    struct sock_addr asked;
    struct sock_addr bound;
    struct http_server *server; /* NULL while it is down */
    struct sink_webhook *webhooks[PLAN_SINKS_MAX];
    int count;
    uint64_t refused_seen; /* of the server's count */
    uint32_t conn_last;
    bool is_closing;              /* connections end because we end them */
    struct http_inflate *inflate; /* made when first needed */
    struct buf inflated;
};

/* What is to become of the request under way; the extra bytes of a session. */
struct sink_call {
    struct wheel_timer timer;     /* a delayed answer */
    struct sink_webhook *webhook; /* NULL: nothing more is to be told of it */
    struct sink_found found;
    int64_t due_ns;
    struct sink_deed deed;
    struct sink_webhook *told; /* whose delivery was the last; NULL: none since */
    struct sink_found last;    /* its events, should the peer turn out not to have read our reply */
    uint32_t conn;
};

/* sink_webhook.c */
/* Opens the port, or takes part in one that is open at that address. */
BR_NODISCARD enum br_err sink_hook_join(struct sink_webhook *webhook, struct diag *diag);
void sink_hook_leave(struct sink_webhook *webhook);

/* sink_webhook_serve.c */
extern const struct http_server_ops sink_hook_server_ops;
/* Whether the request says who it is as the plan asks. */
bool sink_webhook_is_let_in(const struct sink_webhook *webhook, const struct http_request *request);

#endif
