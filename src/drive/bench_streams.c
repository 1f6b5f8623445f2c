/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table of stream numbers.
 */
#include "drive/bench_streams.h"

#include "base/mem.h"
#include "base/must.h"
#include "data/hash.h"

enum { BENCH_STREAMS_SIZE_FIRST = 64 };

void bench_streams_init(struct bench_streams *streams, struct ledger *ledger, uint32_t sinks)
{
    *streams = (struct bench_streams){.ledger = ledger, .sinks = sinks};
}

void bench_streams_fini(struct bench_streams *streams)
{
    mem_free(streams->slots);
    streams->slots = NULL;
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *bench_streams_slot(const struct bench_streams *streams, struct bytes key)
{
    size_t at = (size_t)hash_bytes(key, 0);
    for (;; at++) {
        uint32_t *slot = &streams->slots[at & (streams->size - 1)];
        if (*slot == UINT32_MAX || bytes_eq(ledger_stream_key(streams->ledger, *slot), key))
            return slot;
    }
}

static void bench_streams_grow(struct bench_streams *streams)
{
    uint32_t *old = streams->slots;
    size_t old_size = streams->size;
    streams->size = old_size == 0 ? BENCH_STREAMS_SIZE_FIRST : old_size * 2;
    streams->slots = mem_alloc(streams->size * sizeof(uint32_t));
    for (size_t i = 0; i < streams->size; i++)
        streams->slots[i] = UINT32_MAX;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != UINT32_MAX)
            *bench_streams_slot(streams, ledger_stream_key(streams->ledger, old[i])) = old[i];
    }
    mem_free(old);
}

enum br_err bench_streams_find(struct bench_streams *streams, struct bytes key,
                               uint32_t *out_stream)
{
    if (streams->count * 2 >= streams->size)
        bench_streams_grow(streams);
    uint32_t *slot = bench_streams_slot(streams, key);
    if (*slot == UINT32_MAX) {
        uint32_t stream = 0;
        enum br_err err = ledger_open_stream(streams->ledger, key, streams->sinks, &stream);
        if (err != BR_ERR_NONE)
            return err;
        *slot = stream;
        streams->count++;
    }
    *out_stream = *slot;
    return BR_ERR_NONE;
}
