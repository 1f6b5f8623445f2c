/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded ring of pointers between exactly one producing and one consuming thread. Never waits:
 * a full ring refuses, and the caller decides (design: a bounded overflow of its own, then it stops
 * reading its sockets). One of the two places in the tree with atomics.
 *
 * Each side caches the other's index, so that in the common case a push or a pop touches only its
 * own cache line.
 */
#ifndef BR_BASE_RING_H
#define BR_BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/must.h"

enum { RING_CACHE_LINE = 64 };

/* Owns `slots`, borrows what they point to. */
struct ring {
    void **slots;
    size_t mask;
    BR_ALIGNED(RING_CACHE_LINE) _Atomic size_t head; /* next to write; the producer's */
    size_t tail_seen;                                /* the producer's copy of tail */
    BR_ALIGNED(RING_CACHE_LINE) _Atomic size_t tail; /* next to read; the consumer's */
    size_t head_seen;                                /* the consumer's copy of head */
};

/* size is a power of two. */
static inline void ring_init(struct ring *ring, size_t size)
{
    MUST(size > 0 && (size & (size - 1)) == 0);
    ring->slots = mem_zalloc(size, sizeof(void *));
    ring->mask = size - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->tail_seen = 0;
    ring->head_seen = 0;
}

static inline void ring_fini(struct ring *ring)
{
    mem_free(ring->slots);
    ring->slots = NULL;
}

/* Producer's side: false when full. What was written to *item before is visible to the consumer. */
BR_NODISCARD static inline bool ring_push(struct ring *ring, void *item)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->tail_seen > ring->mask) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen > ring->mask)
            return false;
    }
    ring->slots[head & ring->mask] = item;
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

/* Consumer's side: NULL when empty. */
static inline void *ring_pop(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen)
            return NULL;
    }
    void *item = ring->slots[tail & ring->mask];
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return item;
}

#endif
