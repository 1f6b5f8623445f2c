/* SPDX-License-Identifier: Apache-2.0
 *
 * Client side of HTTP/1.1: a session is one connection and at most one exchange on it, as a state
 * machine. One send, one receive an exchange: the request is bytes that the caller has rendered;
 * the reply is parsed where it lies in a receive buffer that all sessions of a shard share, and
 * nothing of it is kept unless somebody asks.
 */
#ifndef BR_PROTO_HTTP_CLIENT_H
#define BR_PROTO_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conn/conn.h"
#include "conn/deadline.h"
#include "conn/pool.h"
#include "loop/loop.h"
#include "wire/h1.h"
#include "wire/h1_body.h"

enum { HTTP_RECEIVE_SIZE = 64 * 1024 };

/* What the sessions of a shard share. */
struct http_client {
    struct loop *loop;
    char *receive; /* HTTP_RECEIVE_SIZE bytes; valid during one callback */
    /* Kernel stamps are wall clock: monotonic = wall - offset, measured again once a second. */
    int64_t wall_offset_ns;
    int64_t wall_offset_at_ns;
};

void http_client_init(struct http_client *client, struct loop *loop);
void http_client_fini(struct http_client *client);

struct http_session;

struct http_session_ops {
    /* The exchange has ended; `session->reply` tells how. The session is free for the next one (or
     * to be destroyed) inside this call; it is connected still when http_session_is_open says so.
     */
    void (*on_done)(struct http_session *session, enum br_err err);
    /* The connection is up and the exchange begins. May be NULL. */
    void (*on_connected)(struct http_session *session);
    /* The first byte of the request goes to the kernel now (reply.sent_ns). May be NULL. */
    void (*on_send)(struct http_session *session);
    /* The peer closed it while nothing was going on; it is closed and has left its pool. */
    void (*on_idle_closed)(struct http_session *session);
    /* Somebody wants the reply: its whole head, then its body in parts, decoded. May be NULL. */
    void (*on_head)(struct http_session *session, struct bytes head);
    void (*on_body)(struct http_session *session, struct bytes part);
};

/* What an exchange needs; `request` is borrowed until its end, the rest is copied. */
struct http_exchange {
    struct bytes request;
    bool is_head; /* a HEAD request: no body follows */
    bool may_keep_alive;
    int64_t deadline_ns;         /* of the whole exchange */
    int64_t deadline_connect_ns; /* INT64_MAX: only the whole one counts */
    int64_t timeout_first_ns;    /* from the send to the first byte of the reply; 0: none */
};

/* How it went; valid in on_done and until the next exchange. */
struct http_reply {
    int status;      /* 0: no reply */
    int64_t sent_ns; /* 0: no byte was written */
    int64_t
        written_ns; /* when the rest of a request that did not fit at once was written; 0: it did */
    int64_t first_byte_ns; /* 0: none came */
    int64_t done_ns;
    int64_t receive_lag_ns; /* of the last read; -1: not known */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    bool stamp_missing; /* a stamp was asked for and none or a useless one came */
    bool reused;        /* the connection had served an exchange before */
};

enum http_state {
    HTTP_CLOSED,
    HTTP_CONNECTING,
    HTTP_IDLE,
    HTTP_HEAD, /* the request is out or on its way; waiting for the reply's head */
    HTTP_BODY,
};

/* Embedded in its owner. It enters the pool when it connects, is given back when it is idle, and
 * leaves when it is closed. */
struct http_session {
    struct conn conn;
    struct pool_node pooled;
    struct pool *pool; /* of its target; while it is connected */
    struct http_client *client;
    const struct http_session_ops *ops;
    enum http_state state;
    bool sent_all;
    struct http_exchange exchange;
    struct http_reply reply;
    struct bytes unsent;
    struct h1_scan scan;
    struct h1_response head;
    struct h1_body body;
    struct buf partial; /* the beginning of a head that is not complete */
    struct deadline deadline;
};

void http_session_init(struct http_session *session, struct http_client *client,
                       const struct http_session_ops *ops);
/* Closes; no callback comes any more. */
void http_session_fini(struct http_session *session);

static inline bool http_session_is_open(const struct http_session *session)
{
    return session->state >= HTTP_IDLE;
}

/* Sends on an open session that was taken from its pool, and receives. */
void http_session_start(struct http_session *session, const struct http_exchange *exchange);
/* The same on a closed one: connects first. The pool must have room. */
void http_session_connect(struct http_session *session, struct pool *pool,
                          const struct conn_target *target, const struct http_exchange *exchange);
/* Ends the exchange with that error (on_done comes, inside this call) and closes. */
void http_session_cancel(struct http_session *session, enum br_err err);
/* Closes an idle one. */
void http_session_close(struct http_session *session);

#endif
