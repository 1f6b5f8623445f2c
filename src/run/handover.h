/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shard and the coordinator say to each other, without locks: blocks of metrics by pointer,
 * orders, and how far the shard is. One of the two places in the tree with atomics.
 *
 * Two blocks a shard. It fills one; once a second, if the coordinator has returned the other one,
 * it passes the full one on and goes on in the empty one; else it goes on in the same: nothing is
 * copied or lost, and no send waits.
 */
#ifndef BR_RUN_HANDOVER_H
#define BR_RUN_HANDOVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ring.h"
#include "metric/block.h"

/* Orders only grow. */
enum handover_order { ORDER_NONE, ORDER_START, ORDER_STOP, ORDER_ABORT, ORDER_QUIT };

/* How far the shard is; only grows. FAILED: its text says why. */
enum handover_state {
    SHARD_STARTING,
    SHARD_READY,
    SHARD_RUNNING,
    SHARD_DONE,
    SHARD_FAILED,
};

/* The numbers of this moment, for the progress line: approximate by nature. */
struct handover_gauges {
    _Atomic uint64_t in_flight;
    _Atomic uint64_t behind;
    _Atomic uint64_t conns_open;
};

struct handover {
    BR_ALIGNED(RING_CACHE_LINE) _Atomic(struct block *) full;  /* shard -> coordinator */
    BR_ALIGNED(RING_CACHE_LINE) _Atomic(struct block *) empty; /* coordinator -> shard */
    BR_ALIGNED(RING_CACHE_LINE) _Atomic int order;
    _Atomic int64_t start_ns;     /* with ORDER_START: when the load begins */
    _Atomic unsigned facts_asked; /* counts up */
    BR_ALIGNED(RING_CACHE_LINE) _Atomic int state;
    _Atomic unsigned facts_told; /* follows facts_asked */
    struct handover_gauges gauges;
};

static inline void handover_init(struct handover *handover, struct block *empty)
{
    atomic_init(&handover->full, NULL);
    atomic_init(&handover->empty, empty);
    atomic_init(&handover->order, ORDER_NONE);
    atomic_init(&handover->start_ns, 0);
    atomic_init(&handover->state, SHARD_STARTING);
    atomic_init(&handover->facts_asked, 0);
    atomic_init(&handover->facts_told, 0);
    atomic_init(&handover->gauges.in_flight, 0);
    atomic_init(&handover->gauges.behind, 0);
    atomic_init(&handover->gauges.conns_open, 0);
}

/* Shard: the empty block, NULL when the coordinator has not returned it yet; then the full one is
 * not passed on. */
static inline struct block *handover_take_empty(struct handover *handover)
{
    return atomic_exchange_explicit(&handover->empty, NULL, memory_order_acquire);
}

/* Shard: after handover_take_empty gave one. */
static inline void handover_pass(struct handover *handover, struct block *full)
{
    atomic_store_explicit(&handover->full, full, memory_order_release);
}

/* Coordinator: the full block, NULL when there is none. Return it by handover_return. */
static inline struct block *handover_take(struct handover *handover)
{
    return atomic_exchange_explicit(&handover->full, NULL, memory_order_acquire);
}

static inline void handover_return(struct handover *handover, struct block *empty)
{
    atomic_store_explicit(&handover->empty, empty, memory_order_release);
}

static inline void handover_set_order(struct handover *handover, enum handover_order order)
{
    if (atomic_load_explicit(&handover->order, memory_order_relaxed) < (int)order)
        atomic_store_explicit(&handover->order, (int)order, memory_order_release);
}

static inline enum handover_order handover_order(struct handover *handover)
{
    return (enum handover_order)atomic_load_explicit(&handover->order, memory_order_acquire);
}

/* Before ORDER_START, and after it has been read. */
static inline void handover_set_start(struct handover *handover, int64_t start_ns)
{
    atomic_store_explicit(&handover->start_ns, start_ns, memory_order_relaxed);
}

static inline int64_t handover_start_ns(struct handover *handover)
{
    return atomic_load_explicit(&handover->start_ns, memory_order_relaxed);
}

static inline void handover_set_state(struct handover *handover, enum handover_state state)
{
    atomic_store_explicit(&handover->state, (int)state, memory_order_release);
}

static inline enum handover_state handover_state(struct handover *handover)
{
    return (enum handover_state)atomic_load_explicit(&handover->state, memory_order_acquire);
}

static inline void handover_ask_facts(struct handover *handover)
{
    unsigned asked = atomic_load_explicit(&handover->facts_asked, memory_order_relaxed);
    atomic_store_explicit(&handover->facts_asked, asked + 1, memory_order_release);
}

/* Both sides: an answer is owed. */
static inline bool handover_owes_facts(struct handover *handover)
{
    return atomic_load_explicit(&handover->facts_told, memory_order_acquire) !=
           atomic_load_explicit(&handover->facts_asked, memory_order_acquire);
}

/* Shard: they are written. */
static inline void handover_tell_facts(struct handover *handover)
{
    unsigned asked = atomic_load_explicit(&handover->facts_asked, memory_order_relaxed);
    atomic_store_explicit(&handover->facts_told, asked, memory_order_release);
}

static inline void handover_set_gauges(struct handover *handover, uint64_t in_flight,
                                       uint64_t behind, uint64_t conns_open)
{
    struct handover_gauges *gauges = &handover->gauges;
    atomic_store_explicit(&gauges->in_flight, in_flight, memory_order_relaxed);
    atomic_store_explicit(&gauges->behind, behind, memory_order_relaxed);
    atomic_store_explicit(&gauges->conns_open, conns_open, memory_order_relaxed);
}

/* Adds this shard's to the sums. */
static inline void handover_add_gauges(struct handover *handover, uint64_t *in_flight,
                                       uint64_t *behind, uint64_t *conns_open)
{
    struct handover_gauges *gauges = &handover->gauges;
    *in_flight += atomic_load_explicit(&gauges->in_flight, memory_order_relaxed);
    *behind += atomic_load_explicit(&gauges->behind, memory_order_relaxed);
    *conns_open += atomic_load_explicit(&gauges->conns_open, memory_order_relaxed);
}

/* A number that all shards use (run/share.h), on a line of the cache of its own, or nearly so. */
struct handover_number {
    _Atomic uint64_t value;
    uint64_t apart[RING_CACHE_LINE / sizeof(uint64_t) - 1];
};

static inline void handover_set_number(struct handover_number *number, uint64_t value)
{
    atomic_store_explicit(&number->value, value, memory_order_relaxed);
}

static inline uint64_t handover_number(struct handover_number *number)
{
    return atomic_load_explicit(&number->value, memory_order_relaxed);
}

/* Takes up to `want` numbers below `limit`; how many, *out_first the first of them. */
static inline uint64_t handover_take_numbers(struct handover_number *number, uint64_t want,
                                             uint64_t limit, uint64_t *out_first)
{
    uint64_t next = handover_number(number), got;
    do {
        uint64_t left = limit > next ? limit - next : 0;
        got = want < left ? want : left;
    } while (got > 0 &&
             !atomic_compare_exchange_weak_explicit(&number->value, &next, next + got,
                                                    memory_order_relaxed, memory_order_relaxed));
    *out_first = next;
    return got;
}

/* A moment at now_ns or later, none of two callers nearer to another's than the interval. */
static inline int64_t handover_take_slot(struct handover_number *slot, int64_t now_ns,
                                         int64_t interval_ns)
{
    uint64_t next = handover_number(slot), at;
    do {
        at = next > (uint64_t)now_ns ? next : (uint64_t)now_ns;
    } while (!atomic_compare_exchange_weak_explicit(&slot->value, &next, at + (uint64_t)interval_ns,
                                                    memory_order_relaxed, memory_order_relaxed));
    return (int64_t)at;
}

#endif
