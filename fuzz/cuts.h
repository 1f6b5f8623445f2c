/* SPDX-License-Identifier: Apache-2.0
 *
 * How an input is cut: the first bytes of the data seed a generator, so that the engine may play
 * with the cuts as well. What a parser says must not depend on them.
 */
#ifndef BR_FUZZ_CUTS_H
#define BR_FUZZ_CUTS_H

#include <string.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "fuzz.h"

enum { CUTS_SEED_SIZE = 2 };

/* Pieces of 1 to `max` bytes: 1 is byte by byte. */
struct cuts {
    struct rng rng;
    size_t max;
};

static inline struct cuts cuts_of(const uint8_t *data, size_t max)
{
    struct cuts cuts = {.max = max};
    rng_init(&cuts.rng, (uint64_t)data[0] << 8 | data[1]);
    return cuts;
}

/* The next piece's size when `left` bytes are left (> 0). */
static inline size_t cuts_next(struct cuts *cuts, size_t left)
{
    size_t size = 1 + (size_t)rng_below(&cuts->rng, cuts->max);
    return size < left ? size : left;
}

static inline struct bytes cuts_text(const uint8_t *data, size_t size)
{
    return bytes_make((const char *)data + CUTS_SEED_SIZE, size - CUTS_SEED_SIZE);
}

#endif
