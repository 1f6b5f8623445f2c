/* SPDX-License-Identifier: Apache-2.0
 *
 * Making chunks small: records of operations that nobody asks for any more go, and a full chunk
 * whose events mostly have the same codes keeps only the odd ones.
 */
#include <string.h>

#include "base/must.h"
#include "track/ledger_chunk.h"

enum {
    LEDGER_DEAD_SHARE = 5, /* records are moved together when one in so many is dead */
    LEDGER_DEAD_MIN = 4,
    LEDGER_TRIES = 8, /* places whose codes are tried as the usual ones */
};

/* Records of one operation that was resolved in parts stay together: its order is asked as long as
 * any of them lives. Returns where the next operation begins. */
static uint32_t ledger_ops_group(const struct ledger_chunk *chunk, uint32_t at, bool *out_is_dead)
{
    uint32_t number = chunk->ops[at].number;
    *out_is_dead = true;
    for (; at < chunk->op_count && chunk->ops[at].number == number; at++) {
        if (!ledger_op_is_dead(&chunk->ops[at]))
            *out_is_dead = false;
    }
    return at;
}

/* Into an array of its own: shrinking the old one in its place would leave a hole behind it that is
 * just too small for the next chunk's. */
static void ledger_ops_compact(struct ledger_store *store, struct ledger_chunk *chunk,
                               bool keeps_first)
{
    struct ledger_op *old = chunk->ops;
    uint32_t kept = 0;
    uint32_t dead = 0;
    for (uint32_t at = 0; at < chunk->op_count;) {
        bool is_dead;
        uint32_t next = ledger_ops_group(chunk, at, &is_dead);
        is_dead = is_dead && !(at == 0 && keeps_first);
        for (; at < next; at++) {
            if (is_dead)
                continue;
            dead += ledger_op_is_dead(&old[at]);
            old[kept++] = old[at];
        }
    }
    chunk->ops = NULL;
    if (kept > 0) {
        chunk->ops = ledger_resize(store, NULL, 0, kept * sizeof(old[0]));
        memcpy(chunk->ops, old, kept * sizeof(old[0]));
    }
    ledger_resize(store, old, chunk->op_size * sizeof(old[0]), 0);
    chunk->op_count = kept;
    chunk->op_size = kept;
    chunk->op_dead = dead;
    chunk->dead_kept = dead;
}

/* How many events of a full dense chunk have other codes than these. */
static uint32_t ledger_count_odd(const struct ledger_store *store, const struct ledger_chunk *chunk,
                                 uint64_t codes)
{
    uint32_t count = 0;
    for (uint32_t word = 0; word < LEDGER_CHUNK_SIZE / 64; word++) {
        uint64_t odd = 0;
        for (int sink = 0; sink < store->sink_count; sink++) {
            const uint64_t *plane = &chunk->planes[ledger_plane_at(store, word, sink)];
            for (int bit = 0; bit < LEDGER_CODE_BITS; bit++) {
                uint64_t want = 0 - (codes >> (LEDGER_CODE_BITS * sink + bit) & 1);
                odd |= plane[bit] ^ want;
            }
        }
        count += (uint32_t)__builtin_popcountll(odd);
    }
    return count;
}

/* The codes that most events have, out of a few places; codes of unsettled events do not count, so
 * that what is unsettled is always odd. False when all tried are unsettled. */
static bool ledger_find_base(const struct ledger_store *store, const struct ledger_chunk *chunk,
                             uint64_t awaited, uint64_t *out_base, uint32_t *out_odd_count)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < LEDGER_TRIES; i++) {
        uint32_t place = i * (LEDGER_CHUNK_SIZE / LEDGER_TRIES) + 37 * i;
        uint64_t codes = ledger_chunk_codes(store, chunk, place % LEDGER_CHUNK_SIZE);
        if ((ledger_codes_closed(codes) & awaited) != awaited ||
            (least < UINT32_MAX && codes == *out_base))
            continue;
        uint32_t count = ledger_count_odd(store, chunk, codes);
        if (count < least) {
            least = count;
            *out_base = codes;
        }
    }
    *out_odd_count = least;
    return least < UINT32_MAX;
}

static void ledger_chunk_make_sparse(struct ledger_store *store, struct ledger_chunk *chunk,
                                     uint64_t base, uint32_t odd_count)
{
    struct ledger_chunk old = *chunk;
    size_t bytes = odd_count * sizeof(uint64_t);
    chunk->base = base;
    chunk->odds = bytes == 0 ? NULL : ledger_resize(store, NULL, 0, bytes);
    chunk->odd_size = odd_count;
    chunk->odd_count = 0;
    chunk->hashes = NULL;
    if (old.hashes != NULL && chunk->unsettled > 0)
        chunk->hashes = ledger_resize(store, NULL, 0, bytes);
    for (uint32_t offset = 0; offset < chunk->count && odd_count > 0; offset++) {
        uint64_t codes = ledger_chunk_codes(store, &old, offset);
        if (codes == base)
            continue;
        if (chunk->hashes != NULL)
            chunk->hashes[chunk->odd_count] = old.hashes[offset];
        chunk->odds[chunk->odd_count++] = (uint64_t)offset << LEDGER_ODD_SHIFT | codes;
    }
    MUST(chunk->odd_count == odd_count);
    size_t planes_size =
        (size_t)old.word_size * (size_t)store->sink_count * LEDGER_CODE_BITS * sizeof(uint64_t);
    ledger_resize(store, old.planes, planes_size, 0);
    if (old.hashes != NULL)
        ledger_resize(store, old.hashes, old.word_size * UINT64_C(512), 0);
    chunk->planes = NULL;
    chunk->word_size = 0;
}

/* Sparse when that takes at most half the room. */
static void ledger_chunk_try_sparse(struct ledger_store *store, struct ledger_chunk *chunk,
                                    uint64_t awaited)
{
    size_t odd_bytes = sizeof(uint64_t);
    size_t dense_bytes = (size_t)store->sink_count * LEDGER_CODE_BITS * LEDGER_CHUNK_SIZE / 8;
    if (chunk->hashes != NULL) {
        odd_bytes += sizeof(uint64_t);
        dense_bytes += LEDGER_CHUNK_SIZE * sizeof(uint64_t);
    }
    uint64_t base = 0;
    uint32_t odd_count = 0;
    if (chunk->unsettled * odd_bytes * 2 > dense_bytes)
        return;
    /* When it does not pay: again at half of what is unsettled now, and when nothing is. */
    if (chunk->unsettled > chunk->sparse_at)
        return;
    chunk->sparse_at = chunk->unsettled / 2;
    if (ledger_find_base(store, chunk, awaited, &base, &odd_count) &&
        odd_count * odd_bytes * 2 <= dense_bytes)
        ledger_chunk_make_sparse(store, chunk, base, odd_count);
}

static void ledger_hashes_drop(struct ledger_store *store, struct ledger_chunk *chunk)
{
    size_t count = chunk->planes != NULL ? (size_t)chunk->word_size * 64 : chunk->odd_size;
    chunk->hashes = ledger_resize(store, chunk->hashes, count * sizeof(uint64_t), 0);
}

static bool ledger_ops_can_shrink(const struct ledger_chunk *chunk, bool keeps_first)
{
    uint32_t fresh = chunk->op_dead - chunk->dead_kept;
    if (chunk->op_dead == chunk->op_count && chunk->op_count > 0)
        return fresh > 0 || !keeps_first;
    return fresh >= LEDGER_DEAD_MIN && fresh * LEDGER_DEAD_SHARE > chunk->op_count;
}

void ledger_chunk_tidy(struct ledger_store *store, struct ledger_chunk *chunk, uint64_t awaited,
                       bool keeps_first)
{
    if (ledger_ops_can_shrink(chunk, keeps_first))
        ledger_ops_compact(store, chunk, keeps_first);
    bool is_full = chunk->count == LEDGER_CHUNK_SIZE;
    if (is_full && chunk->planes != NULL && chunk->pending == 0)
        ledger_chunk_try_sparse(store, chunk, awaited);
    if (is_full && chunk->unsettled == 0 && chunk->hashes != NULL)
        ledger_hashes_drop(store, chunk);
}
