/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: their codes and the records of their operations. ledger_tidy.c makes them small.
 */
#include "track/ledger_chunk.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"

enum { LEDGER_WORDS = LEDGER_CHUNK_SIZE / 64, LEDGER_OPS_FIRST = 4 };

#define LEDGER_SINCE_EXACT (INT64_C(1) << 38)
#define LEDGER_SINCE_UNIT INT64_C(1024)

uint64_t ledger_pack_since(int64_t since_ns)
{
    uint64_t mask = (UINT64_C(1) << 39) - 1;
    if (since_ns >= -LEDGER_SINCE_EXACT && since_ns < LEDGER_SINCE_EXACT)
        return (uint64_t)since_ns & mask;
    int64_t units = since_ns / LEDGER_SINCE_UNIT;
    if (units >= LEDGER_SINCE_EXACT)
        units = LEDGER_SINCE_EXACT - 1;
    if (units < -LEDGER_SINCE_EXACT)
        units = -LEDGER_SINCE_EXACT;
    return ((uint64_t)units & mask) | UINT64_C(1) << 39;
}

int64_t ledger_unpack_since(uint64_t packed)
{
    int64_t value = (int64_t)(packed << 25) >> 25;
    return (packed >> 39 & 1) != 0 ? value * LEDGER_SINCE_UNIT : value;
}

void *ledger_resize(struct ledger_store *store, void *old, size_t old_size, size_t new_size)
{
    store->used += new_size - old_size;
    if (new_size == 0) {
        mem_free(old);
        return NULL;
    }
    return mem_realloc(old, new_size);
}

static size_t ledger_word_bytes(const struct ledger_store *store)
{
    return (size_t)store->sink_count * LEDGER_CODE_BITS * sizeof(uint64_t);
}

struct ledger_chunk *ledger_chunk_create(struct ledger_store *store, uint32_t op_hint)
{
    struct ledger_chunk *chunk = ledger_resize(store, NULL, 0, sizeof(*chunk));
    *chunk = (struct ledger_chunk){.sparse_at = LEDGER_CHUNK_SIZE};
    list_init(&chunk->warm);
    if (op_hint > 0) {
        chunk->ops = ledger_resize(store, NULL, 0, op_hint * sizeof(chunk->ops[0]));
        chunk->op_size = op_hint;
    }
    return chunk;
}

void ledger_chunk_destroy(struct ledger_store *store, struct ledger_chunk **chunk)
{
    struct ledger_chunk *old = *chunk;
    if (old == NULL)
        return;
    *chunk = NULL;
    list_remove(&old->warm);
    size_t hash_count = old->planes != NULL ? (size_t)old->word_size * 64 : old->odd_size;
    if (old->hashes != NULL)
        ledger_resize(store, old->hashes, hash_count * sizeof(uint64_t), 0);
    if (old->planes != NULL)
        ledger_resize(store, old->planes, old->word_size * ledger_word_bytes(store), 0);
    ledger_resize(store, old->odds, old->odd_size * sizeof(uint64_t), 0);
    ledger_resize(store, old->ops, old->op_size * sizeof(old->ops[0]), 0);
    ledger_resize(store, old, sizeof(*old), 0);
}

/* Words for `count` events; a new one is all LEDGER_OPEN. */
static void ledger_chunk_grow(struct ledger_store *store, struct ledger_chunk *chunk,
                              uint32_t count)
{
    uint32_t need = (count + 63) / 64;
    if (need <= chunk->word_size && chunk->planes != NULL)
        return;
    uint32_t size = chunk->word_size == 0 ? 1 : chunk->word_size;
    while (size < need)
        size *= 2;
    size_t bytes = ledger_word_bytes(store);
    size_t old_bytes = chunk->word_size * bytes;
    chunk->planes = ledger_resize(store, chunk->planes, old_bytes, size * bytes);
    memset((char *)chunk->planes + old_bytes, 0, size * bytes - old_bytes);
    if (store->has_hashes)
        chunk->hashes = ledger_resize(store, chunk->hashes, chunk->word_size * UINT64_C(512),
                                      size * UINT64_C(512));
    chunk->word_size = size;
}

static void ledger_chunk_push_op(struct ledger_store *store, struct ledger_chunk *chunk,
                                 uint32_t at, const struct ledger_op *op)
{
    if (chunk->op_count == chunk->op_size) {
        uint32_t size = chunk->op_size == 0 ? LEDGER_OPS_FIRST : 2 * chunk->op_size;
        chunk->ops = ledger_resize(store, chunk->ops, chunk->op_size * sizeof(chunk->ops[0]),
                                   size * sizeof(chunk->ops[0]));
        chunk->op_size = size;
    }
    if (at < chunk->op_count)
        memmove(&chunk->ops[at + 1], &chunk->ops[at],
                (chunk->op_count - at) * sizeof(chunk->ops[0]));
    chunk->ops[at] = *op;
    chunk->op_count++;
}

void ledger_chunk_append(struct ledger_store *store, struct ledger_chunk *chunk,
                         const struct ledger_op *op, const uint64_t *hashes)
{
    uint32_t count = ledger_op_count(op);
    MUST(ledger_op_offset(op) == chunk->count);
    MUST(chunk->count + count <= LEDGER_CHUNK_SIZE);
    ledger_chunk_grow(store, chunk, chunk->count + count);
    if (store->has_hashes) {
        for (uint32_t i = 0; i < count; i++)
            chunk->hashes[chunk->count + i] = hashes == NULL ? 0 : hashes[i] + (hashes[i] == 0);
    }
    ledger_chunk_push_op(store, chunk, chunk->op_count, op);
    chunk->count += count;
    chunk->unsettled += count;
    chunk->pending += count;
}

static uint64_t ledger_dense_codes(const struct ledger_store *store,
                                   const struct ledger_chunk *chunk, uint32_t offset)
{
    uint64_t codes = 0;
    for (int sink = 0; sink < store->sink_count; sink++) {
        const uint64_t *plane = &chunk->planes[ledger_plane_at(store, offset / 64, sink)];
        for (int bit = 0; bit < LEDGER_CODE_BITS; bit++)
            codes |= (plane[bit] >> (offset & 63) & 1) << (LEDGER_CODE_BITS * sink + bit);
    }
    return codes;
}

/* Index of the first odd one at or behind the place. */
static uint32_t ledger_odd_find(const struct ledger_chunk *chunk, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = chunk->odd_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (chunk->odds[middle] >> LEDGER_ODD_SHIFT < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool ledger_odd_is_at(const struct ledger_chunk *chunk, uint32_t at, uint32_t offset)
{
    return at < chunk->odd_count && chunk->odds[at] >> LEDGER_ODD_SHIFT == offset;
}

uint64_t ledger_chunk_codes(const struct ledger_store *store, const struct ledger_chunk *chunk,
                            uint32_t offset)
{
    if (chunk->planes != NULL)
        return ledger_dense_codes(store, chunk, offset);
    uint32_t at = ledger_odd_find(chunk, offset);
    if (!ledger_odd_is_at(chunk, at, offset))
        return chunk->base;
    return chunk->odds[at] & ((UINT64_C(1) << LEDGER_ODD_SHIFT) - 1);
}

static void ledger_dense_set(const struct ledger_store *store, struct ledger_chunk *chunk,
                             uint32_t offset, uint64_t codes)
{
    uint64_t mask = UINT64_C(1) << (offset & 63);
    for (int sink = 0; sink < store->sink_count; sink++) {
        uint64_t *plane = &chunk->planes[ledger_plane_at(store, offset / 64, sink)];
        for (int bit = 0; bit < LEDGER_CODE_BITS; bit++) {
            uint64_t is_set = codes >> (LEDGER_CODE_BITS * sink + bit) & 1;
            plane[bit] = (plane[bit] & ~mask) | (is_set << (offset & 63));
        }
    }
}

static void ledger_odd_resize(struct ledger_store *store, struct ledger_chunk *chunk, uint32_t size)
{
    size_t old_bytes = chunk->odd_size * sizeof(uint64_t);
    size_t bytes = size * sizeof(uint64_t);
    chunk->odds = ledger_resize(store, chunk->odds, old_bytes, bytes);
    if (chunk->hashes != NULL)
        chunk->hashes = ledger_resize(store, chunk->hashes, old_bytes, bytes);
    chunk->odd_size = size;
}

static void ledger_odd_insert(struct ledger_store *store, struct ledger_chunk *chunk, uint32_t at,
                              uint64_t odd)
{
    if (chunk->odd_count == chunk->odd_size)
        ledger_odd_resize(store, chunk, chunk->odd_size == 0 ? 1 : chunk->odd_size * 2);
    size_t behind = (chunk->odd_count - at) * sizeof(uint64_t);
    memmove(&chunk->odds[at + 1], &chunk->odds[at], behind);
    chunk->odds[at] = odd;
    if (chunk->hashes != NULL) {
        memmove(&chunk->hashes[at + 1], &chunk->hashes[at], behind);
        chunk->hashes[at] = 0;
    }
    chunk->odd_count++;
}

static void ledger_odd_remove(struct ledger_store *store, struct ledger_chunk *chunk, uint32_t at)
{
    chunk->odd_count--;
    size_t behind = (chunk->odd_count - at) * sizeof(uint64_t);
    memmove(&chunk->odds[at], &chunk->odds[at + 1], behind);
    if (chunk->hashes != NULL)
        memmove(&chunk->hashes[at], &chunk->hashes[at + 1], behind);
    if (chunk->odd_count < chunk->odd_size / 4)
        ledger_odd_resize(store, chunk, chunk->odd_size / 2);
}

/* Back to the dense form: too many odd ones. */
static void ledger_chunk_thaw(struct ledger_store *store, struct ledger_chunk *chunk)
{
    struct ledger_chunk old = *chunk;
    chunk->odds = NULL;
    chunk->odd_size = 0;
    chunk->odd_count = 0;
    chunk->hashes = NULL;
    chunk->word_size = 0;
    ledger_chunk_grow(store, chunk, chunk->count);
    if (chunk->hashes != NULL)
        memset(chunk->hashes, 0, chunk->word_size * UINT64_C(512));
    for (uint32_t i = 0; i < chunk->count; i++)
        ledger_dense_set(store, chunk, i, old.base);
    for (uint32_t i = 0; i < old.odd_count; i++) {
        uint32_t offset = (uint32_t)(old.odds[i] >> LEDGER_ODD_SHIFT);
        ledger_dense_set(store, chunk, offset, old.odds[i]);
        if (old.hashes != NULL)
            chunk->hashes[offset] = old.hashes[i];
    }
    ledger_resize(store, old.odds, old.odd_size * sizeof(uint64_t), 0);
    if (old.hashes != NULL)
        ledger_resize(store, old.hashes, old.odd_size * sizeof(uint64_t), 0);
    chunk->sparse_at = chunk->unsettled / 2;
}

void ledger_chunk_set_codes(struct ledger_store *store, struct ledger_chunk *chunk, uint32_t offset,
                            uint64_t codes)
{
    MUST(offset < chunk->count);
    if (chunk->planes != NULL) {
        ledger_dense_set(store, chunk, offset, codes);
        return;
    }
    uint32_t at = ledger_odd_find(chunk, offset);
    uint64_t odd = (uint64_t)offset << LEDGER_ODD_SHIFT | codes;
    if (ledger_odd_is_at(chunk, at, offset)) {
        if (codes == chunk->base)
            ledger_odd_remove(store, chunk, at);
        else
            chunk->odds[at] = odd;
        return;
    }
    if (codes == chunk->base)
        return;
    ledger_odd_insert(store, chunk, at, odd);
    if (chunk->odd_count * sizeof(uint64_t) > LEDGER_WORDS * ledger_word_bytes(store))
        ledger_chunk_thaw(store, chunk);
}

struct ledger_chunk *ledger_chunk_revive(struct ledger_store *store, uint64_t base)
{
    struct ledger_chunk *chunk = ledger_chunk_create(store, 0);
    chunk->base = base;
    chunk->count = LEDGER_CHUNK_SIZE;
    return chunk;
}

uint64_t ledger_chunk_hash(const struct ledger_chunk *chunk, uint32_t offset)
{
    if (chunk->hashes == NULL)
        return 0;
    if (chunk->planes != NULL)
        return chunk->hashes[offset];
    uint32_t at = ledger_odd_find(chunk, offset);
    return ledger_odd_is_at(chunk, at, offset) ? chunk->hashes[at] : 0;
}

static bool ledger_op_covers(const struct ledger_op *op, uint32_t offset)
{
    return offset >= ledger_op_offset(op) && offset < ledger_op_end(op);
}

struct ledger_op *ledger_chunk_find_op(const struct ledger_chunk *chunk, uint32_t offset)
{
    if (chunk->op_count == 0)
        return NULL;
    /* Bodies of one size, all still there: the guess is right. */
    uint32_t guess = offset * chunk->op_count / chunk->count;
    if (ledger_op_covers(&chunk->ops[guess], offset))
        return &chunk->ops[guess];
    uint32_t low = 0;
    uint32_t high = chunk->op_count;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (ledger_op_offset(&chunk->ops[middle]) <= offset)
            low = middle;
        else
            high = middle;
    }
    return ledger_op_covers(&chunk->ops[low], offset) ? &chunk->ops[low] : NULL;
}

void ledger_chunk_split_op(struct ledger_store *store, struct ledger_chunk *chunk,
                           struct ledger_op *op, uint32_t offset)
{
    uint32_t start = ledger_op_offset(op);
    uint32_t end = ledger_op_end(op);
    MUST(offset > start && offset < end);
    uint32_t at = (uint32_t)(op - chunk->ops);
    struct ledger_op rest = *op;
    ledger_op_set_span(&rest, offset, end - offset);
    ledger_op_set_span(op, start, offset - start);
    ledger_chunk_push_op(store, chunk, at + 1, &rest);
}

/* Bits [from, to) of the word they are in; sets *next to where the next word goes on. */
static uint64_t ledger_word_mask(uint32_t from, uint32_t to, uint32_t *next)
{
    uint32_t end = (from | 63) + 1;
    if (end > to)
        end = to;
    *next = end;
    uint64_t mask = ~UINT64_C(0) << (from & 63);
    if ((end & 63) != 0)
        mask &= (UINT64_C(1) << (end & 63)) - 1;
    return mask;
}

bool ledger_chunk_any_came(const struct ledger_store *store, const struct ledger_chunk *chunk,
                           int sink, uint32_t from, uint32_t to)
{
    uint32_t next = to;
    for (uint32_t at = from; at < to; at = next) {
        if (chunk->planes == NULL) {
            next = at + 1;
            uint64_t codes = ledger_chunk_codes(store, chunk, at);
            if (ledger_code_is_came(ledger_codes_get(codes, sink)))
                return true;
            continue;
        }
        uint64_t mask = ledger_word_mask(at, to, &next);
        const uint64_t *plane = &chunk->planes[ledger_plane_at(store, at / 64, sink)];
        uint64_t came = (plane[0] | plane[1] | plane[2]) & ~(plane[1] & plane[2]);
        if ((came & mask) != 0)
            return true;
    }
    return false;
}

uint32_t ledger_chunk_count_settled(const struct ledger_store *store,
                                    const struct ledger_chunk *chunk, uint64_t awaited,
                                    uint32_t from, uint32_t to)
{
    uint32_t count = 0;
    uint32_t next = to;
    for (uint32_t at = from; at < to; at = next) {
        if (chunk->planes == NULL) {
            next = at + 1;
            uint64_t closed = ledger_codes_closed(ledger_chunk_codes(store, chunk, at));
            count += (closed & awaited) == awaited;
            continue;
        }
        uint64_t settled = ledger_word_mask(at, to, &next);
        for (int sink = 0; sink < store->sink_count; sink++) {
            const uint64_t *plane = &chunk->planes[ledger_plane_at(store, at / 64, sink)];
            if ((awaited >> (LEDGER_CODE_BITS * sink) & 1) != 0)
                settled &= plane[0] | plane[1] | plane[2];
        }
        count += (uint32_t)__builtin_popcountll(settled);
    }
    return count;
}
