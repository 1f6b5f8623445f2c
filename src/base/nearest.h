/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody may have meant by a wrong word.
 */
#ifndef BR_BASE_NEAREST_H
#define BR_BASE_NEAREST_H

#include <stddef.h>

#include "base/bytes.h"

/* Letters to insert, delete, change or swap with their neighbour to make one of the other (the
 * restricted Damerau-Levenshtein distance); words are cut to 64 bytes. */
size_t nearest_distance(struct bytes a, struct bytes b);

/* Collects candidates: {.word = …}, then nearest_offer for each. */
struct nearest {
    struct bytes word;
    const char *best; /* NULL: nothing near enough */
    size_t distance;
};

/* A word that begins with ours beats one that is merely alike; alike is at most a third of our
 * letters wrong, rounded up. */
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
