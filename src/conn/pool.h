/* SPDX-License-Identifier: Apache-2.0
 *
 * Kept-alive connections to one target, on one shard. The pool counts and remembers who is idle; it
 * owns nothing: sessions embed a node and say what happens to them.
 *
 *     pool_take, else (pool_can_grow) connect and pool_enter, else wait
 *     … operation …
 *     pool_give, or pool_leave once the connection is closed
 *
 * The most recently used comes first: the others grow old and are closed by the peer, as they would
 * in a real client.
 */
#ifndef BR_CONN_POOL_H
#define BR_CONN_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "conn/conn.h"

enum pool_state { POOL_OUT, POOL_BUSY, POOL_IDLE };

/* Embedded in a session; zero (or pool_node_init) before its first use. */
struct pool_node {
    struct list node;
    struct conn *conn;     /* borrowed */
    int64_t given_ns;      /* since when it lies idle, or lay */
    uint32_t uses;         /* operations that ended on this connection */
    enum pool_state state; /* the pool's */
};

struct pool {
    struct list idle;
    uint32_t limit; /* connections at the same time */
    uint32_t open;  /* idle and busy, those that still connect included */
    uint32_t idle_count;
    uint32_t open_max;     /* the most at a time */
    uint64_t entered;      /* connections ever made */
    uint64_t reuses;       /* operations that found an idle one */
    uint64_t idle_closed;  /* closed by the peer while idle, as is its right */
    uint64_t idle_unasked; /* the peer spoke while idle: closed by us */
};

void pool_init(struct pool *pool, uint32_t limit);
/* All connections must have left. */
void pool_fini(struct pool *pool);

void pool_node_init(struct pool_node *node, struct conn *conn);

/* An idle one, busy from now on; NULL when there is none. */
struct pool_node *pool_take(struct pool *pool);
/* Any idle one without taking it, for closing all at the end; NULL when there is none. */
struct pool_node *pool_first_idle(const struct pool *pool);
/* Counts a connection (new: before it connects) as busy; pool_can_grow must hold. */
void pool_enter(struct pool *pool, struct pool_node *node);
/* Its operation ended well and the connection stays: idle from now on. */
void pool_give(struct pool *pool, struct pool_node *node);
/* Its connection is closed, whether it was busy or idle. */
void pool_leave(struct pool *pool, struct pool_node *node);

static inline bool pool_can_grow(const struct pool *pool)
{
    return pool->open < pool->limit;
}

static inline bool pool_is_idle(const struct pool_node *node)
{
    return node->state == POOL_IDLE;
}

/* Whether its connection served an operation before the present one. */
static inline bool pool_is_reused(const struct pool_node *node)
{
    return node->uses > 0;
}

enum pool_idle_result {
    POOL_IDLE_KEPT,    /* nothing of importance (TLS speaks by itself) */
    POOL_IDLE_CLOSED,  /* the peer hung up: closed quietly, has left the pool */
    POOL_IDLE_UNASKED, /* the peer spoke without being asked: the same */
};

/* To be called by on_readable of an idle connection. */
BR_NODISCARD enum pool_idle_result pool_read_idle(struct pool *pool, struct pool_node *node);

/* What an operation that was sent at sent_ns failed with when conn_recv or conn_send answered
 * `result` at now_ns (0: the peer's end, or an error). A reused connection that ends before a byte
 * of the reply came may be the race that keep-alive cannot avoid: an error kind of its own. It is
 * none when the end came long after the send (the peer had the request then), and a reset is none
 * when the connection had hardly been idle (no peer gives up so soon; this one was asked to). */
enum br_err pool_cut_err(const struct pool_node *node, ssize_t result, bool reply_began,
                         int64_t sent_ns, int64_t now_ns);

#endif
