/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripted peers: the other end of a connection as a few callbacks. They run between threads, take
 * no time and see bytes as they arrive, so that a test can say to the byte and the nanosecond what
 * a server or client does. From callbacks use peers and sim_at only, nothing that may wait.
 */
#ifndef BR_TESTS_SIM_PEER_H
#define BR_TESTS_SIM_PEER_H

#include "sim.h"

struct sim_peer;

enum sim_end_kind {
    SIM_END_CLOSED,  /* the other side sends no more; this side still may */
    SIM_END_RESET,   /* the connection is gone */
    SIM_END_REFUSED, /* sim_peer_connect came to nothing; the peer is gone */
};

/* Any may be NULL. */
struct sim_peer_ops {
    void (*on_open)(struct sim_peer *peer); /* accepted, or connected */
    void (*on_bytes)(struct sim_peer *peer, struct bytes bytes);
    void (*on_end)(struct sim_peer *peer, enum sim_end_kind kind);
};

typedef void sim_peer_fn(struct sim_peer *peer);

/* Listens at that address (its port must be given) until sim_end or sim_peer_unlisten. ops and
 * context are borrowed. */
void sim_peer_listen(const struct sock_addr *addr, const struct sim_peer_ops *ops, void *context);
void sim_peer_unlisten(const struct sock_addr *addr);
/* A scripted client. */
struct sim_peer *sim_peer_connect(const struct sock_addr *addr, const struct sim_peer_ops *ops,
                                  void *context);

void *sim_peer_context(const struct sim_peer *peer);
void sim_peer_set_context(struct sim_peer *peer, void *context);
/* Sends all of it; a peer's sends know no window. */
void sim_peer_send(struct sim_peer *peer, struct bytes bytes);
/* No longer takes bytes (they wait, and the sender's window fills), or takes them again. */
void sim_peer_pause(struct sim_peer *peer, bool paused);
/* Sends no more; bytes still come. */
void sim_peer_shutdown(struct sim_peer *peer);
/* Closes in good order or with RST; no callback comes afterwards and the peer is gone. */
void sim_peer_close(struct sim_peer *peer);
void sim_peer_reset(struct sim_peer *peer);
/* Calls fn after so long, unless the peer is gone by then. */
void sim_peer_after(struct sim_peer *peer, int64_t delay_ns, sim_peer_fn *fn);

#endif
