/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of ours, client or server side, over any stack of layers. Embedded in its owner (a
 * session), driven by its loop. Nothing is buffered here: send takes what fits, recv gives what is
 * there. Never a callback from inside conn_send, conn_recv, conn_pause_reading or conn_close;
 * conn_connect may call on_open before it returns.
 *
 * From inside any callback the owner may close the connection, connect it again, or free it.
 *
 * What does not fit is offered again: after a short send the next call begins with the first byte
 * that was not taken. Layers that encrypt rely on it (the rest may be on its way as one record).
 */
#ifndef BR_CONN_CONN_H
#define BR_CONN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conn/layer.h"
#include "loop/loop.h"
#include "sys/sock.h"

struct tls_client; /* tls.h: what all TLS connections of a shard share */

struct conn_ops {
    /* The stack is up (err BR_ERR_NONE) or could not be built (the connection is closed then). */
    void (*on_open)(struct conn *conn, enum br_err err);
    /* There may be something to read, or the peer hung up: conn_recv tells. Comes again as long as
     * that is so; after the peer's end or an error the owner closes (or pauses). */
    void (*on_readable)(struct conn *conn);
    /* After a short conn_send: room again. */
    void (*on_writable)(struct conn *conn);
};

enum conn_state { CONN_CLOSED, CONN_OPENING, CONN_OPEN };

/* The first 64 bytes are what an operation touches: on one cache line where the owner is aligned.
 */
struct conn {
    struct loop_watch watch;
    const struct conn_ops *ops;
    struct layer *top;
    struct layer tcp; /* the bottom of every stack (tcp.h), so that it costs no miss */
    uint8_t want;     /* set by a layer that answers LAYER_AGAIN: POLLER_IN or POLLER_OUT */
    uint8_t state;    /* enum conn_state */
    bool wants_out;   /* POLLER_OUT is wanted: a send was short */
    bool rx_stamps;   /* the kernel stamps what arrives here */
    bool paused;      /* on_readable is not wanted */
    bool delivering;  /* inside conn's own loop around on_readable */
    bool truncated;   /* TLS: the peer's end came without close_notify */
    uint8_t opened;   /* layers that are up */

    struct loop *loop;
    bool *gone;               /* where to tell a running callback that this was closed */
    struct sock_addr *retry;  /* a unix listener whose queue was full: tried again (tcp.c) */
    struct wheel_timer again; /* on_readable without a readable socket; see conn.c */
    int64_t open_start_ns;
    int64_t tcp_ns;  /* when the transport was up; 0 before */
    int64_t tls_ns;  /* when the handshake was done; 0 without TLS */
    uint8_t discard; /* enum tcp_discard: whether the kernel can throw away (tcp.h) */
};

/* What to connect to and how. Borrowed during conn_connect only, except `tls`, which must outlive
 * the connection. */
struct conn_target {
    const struct sock_addr *addr;
    const struct sock_addr *source; /* NULL: the kernel's choice */
    struct tls_client *tls;         /* NULL: plain */
    const char *server_name;        /* SNI and verification (no brackets); NULL without TLS */
    bool rx_stamps;
};

void conn_init(struct conn *conn, struct loop *loop, const struct conn_ops *ops);
/* Starts to connect. The outcome comes by on_open, perhaps at once. No time-out of its own: the
 * owner closes when it has waited enough (deadline.h), and on_open does not come then. */
void conn_connect(struct conn *conn, const struct conn_target *target);
/* Takes an accepted socket (owns fd from now on); it is open at once. BR_ERR_* when it cannot be
 * registered (fd closed then). With TLS on the server side: see tls.h. */
BR_NODISCARD enum br_err conn_accept(struct conn *conn, int fd);

/* Of an open connection: the kernel stamps what arrives from now on (or no longer), and conn_recv
 * tells (a client asks for it in its target). Where the kernel cannot, there are no stamps. */
void conn_set_rx_stamps(struct conn *conn, bool on);

/* As layer send and recv. After a short send or LAYER_AGAIN on_writable will come. */
ssize_t conn_send(struct conn *conn, struct bytes bytes);
ssize_t conn_sendv(struct conn *conn, const struct iovec *parts, int count);
ssize_t conn_recv(struct conn *conn, void *bytes, size_t size, int64_t *out_wall_ns);
/* Reads and discards inside the kernel where the stack allows it, else through scratch. */
ssize_t conn_recv_discard(struct conn *conn, void *scratch, size_t size);

/* Stops and resumes reading (back-pressure). Of a paused connection nothing is noticed, not even
 * that the peer hung up. Forgotten by conn_close. */
void conn_pause_reading(struct conn *conn, bool paused);
/* Closes in good order, or with RST. Idempotent; the conn may be connected again afterwards. */
void conn_close(struct conn *conn, bool orderly);

#endif
