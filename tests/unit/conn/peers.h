/* SPDX-License-Identifier: Apache-2.0
 *
 * Both ends of connections in one loop, for the tests of conn: peers that note what happens to
 * them, and listeners that accept into peers.
 */
#ifndef BR_TESTS_CONN_PEERS_H
#define BR_TESTS_CONN_PEERS_H

#include "base/buf.h"
#include "conn/conn.h"
#include "conn/tls.h"
#include "sys/clock.h"
#include "unit.h"

enum { PEER_OPEN_ENDED = 1, PEERS_MAX = 8 };

/* One end. Without hooks of its own it reads what comes into `in` and closes at the end. */
struct peer {
    struct conn conn;
    struct buf in;
    int opens;
    enum br_err open_err; /* of the last on_open */
    int readables;
    int writables;
    ssize_t end;       /* PEER_OPEN_ENDED, or what conn_recv ended with: 0 or an error */
    size_t read_size;  /* of one conn_recv */
    int64_t wall_ns;   /* the last stamp */
    struct bytes rest; /* what is still to be sent, by peer_send_all */
    void (*on_open)(struct peer *peer);
    void (*on_readable)(struct peer *peer);
    void *context;
};

struct listener {
    struct loop_watch watch;
    struct loop *loop;
    struct sock_addr addr;
    struct tls_server *tls;
    struct peer *peers[PEERS_MAX]; /* in the order of accepting; NULL: closed at once */
    int accepted;
    char failure[256]; /* of the last handshake */
};

void peer_init(struct peer *peer, struct loop *loop);
void peer_fini(struct peer *peer);
void peer_connect(struct peer *peer, const struct sock_addr *addr);
/* Sends all of it, over as many turns as it takes. */
void peer_send_all(struct peer *peer, struct bytes bytes);
/* Reads once, as the default on_readable does. */
void peer_read(struct peer *peer);

/* "127.0.0.1", "::1", or a path with a slash or an @. */
struct sock_addr peer_addr(const char *text);
void listener_open(struct listener *listener, struct loop *loop, const char *text);
void listener_close(struct listener *listener);
/* One plain turn. */
void peers_turn(struct loop *loop);

/* Turns until it holds, for a few seconds at most. */
#define PEERS_WAIT(loop, cond)                                                                     \
    do {                                                                                           \
        int64_t peers_end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;                             \
        while (!(cond) && clock_now_ns() < peers_end_ns)                                           \
            peers_turn(loop);                                                                      \
        UNIT_OK(cond);                                                                             \
    } while (0)

#endif
