/* SPDX-License-Identifier: Apache-2.0
 *
 * Optimal string alignment over three rows.
 */
#include "base/nearest.h"

#include <stdint.h>

enum { NEAREST_WORD_MAX = 64 };

static size_t nearest_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(struct bytes a, struct bytes b)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    a.len = nearest_min(a.len, NEAREST_WORD_MAX);
    b.len = nearest_min(b.len, NEAREST_WORD_MAX);
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = a.ptr[i - 1] != b.ptr[j - 1];
            size_t least = nearest_min(above[j] + 1, row[j - 1] + 1);
            least = nearest_min(least, above[j - 1] + change);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                least = nearest_min(least, above2[j - 2] + 1);
            row[j] = least;
        }
    }
    return rows[a.len % 3][b.len];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    struct bytes name = bytes_from_str(candidate);
    size_t allowed = (nearest->word.len + 2) / 3;
    size_t distance = nearest_distance(nearest->word, name);
    if (nearest->word.len >= 2 && bytes_starts(name, nearest->word))
        distance = 0;
    if (distance > allowed)
        return;
    if (nearest->best == NULL || distance < nearest->distance) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
