/* SPDX-License-Identifier: Apache-2.0
 *
 * Log-linear histograms: every octave (power of two) is cut into HIST_SUB equal buckets, so that a
 * value is known to 0.1 % whatever its size. A bucket is found by shifting the bits of the double:
 * no logarithm, no loop. Octaves are allocated on first use, so a histogram costs what its spread
 * costs, and a day costs what a minute costs.
 *
 * Two widths: `struct hist` (u32) is recorded into on a shard during an interval; `struct hist_sum`
 * (u64) is where intervals are added up, and what is asked for percentiles and written to files.
 *
 * Units are the caller's; times are ns throughout.
 */
#ifndef BR_METRIC_HIST_H
#define BR_METRIC_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
    HIST_SUB_BITS = 9,
    HIST_SUB = 1 << HIST_SUB_BITS,
    HIST_EXP_MIN = -30, /* 2^-30 < 1e-9: smaller magnitudes count as 0 */
    HIST_EXP_MAX = 60,  /* 2^60 > 1e18: larger ones are clamped into the last bucket and counted */
    HIST_OCTAVES = HIST_EXP_MAX - HIST_EXP_MIN,
};

/* min, max and sum are exact; NaN is refused (counted in `refused`). */
struct hist {
    uint64_t count;
    double sum;
    double min;
    double max;
    uint64_t zeros;
    uint64_t clamped;
    uint64_t refused;
    uint32_t *positive[HIST_OCTAVES];
    uint32_t **negative; /* HIST_OCTAVES pointers, allocated with the first negative value */
};

struct hist_sum {
    uint64_t count;
    double sum;
    double min;
    double max;
    uint64_t zeros;
    uint64_t clamped;
    uint64_t refused;
    uint64_t *positive[HIST_OCTAVES];
    uint64_t **negative;
};

void hist_init(struct hist *hist);
void hist_fini(struct hist *hist);
/* Empties it and keeps its octaves for the next interval. */
void hist_reset(struct hist *hist);
/* Allocates the octave of `value` if it is new; else a few ns. */
void hist_record(struct hist *hist, double value);
void hist_record_ns(struct hist *hist, int64_t ns);
/* Bytes it holds. */
size_t hist_size(const struct hist *hist);

void hist_sum_init(struct hist_sum *sum);
void hist_sum_fini(struct hist_sum *sum);
void hist_sum_reset(struct hist_sum *sum);
void hist_sum_add(struct hist_sum *into, const struct hist *from);
void hist_sum_merge(struct hist_sum *into, const struct hist_sum *from);
/* `count` values of that size (for reading files). */
void hist_sum_record_many(struct hist_sum *into, double value, uint64_t count);

/* The value below or at which `share` (0..1) of all values lie: nearest rank, ceil(share * count);
 * within 0.1 % of the exact one and never outside [min, max]. 0 when empty. */
double hist_sum_quantile(const struct hist_sum *sum, double share);
double hist_sum_mean(const struct hist_sum *sum);
/* How many values are certainly <= bound, to the bucket. */
uint64_t hist_sum_count_below(const struct hist_sum *sum, double bound);

/* Walks the used buckets from low to high: false at the end. Start with *cursor = {0}. `low` and
 * `high` bound the bucket (low <= value < high for positives). `index` is the bucket's stable
 * number (negative for negative values, 0 for zeros), as written to files. */
struct hist_bucket {
    int32_t index;
    double low;
    double high;
    uint64_t count;
};
struct hist_cursor {
    bool started;
    int32_t index;
};
bool hist_sum_next(const struct hist_sum *sum, struct hist_cursor *cursor,
                   struct hist_bucket *out_bucket);
/* Adds `count` to the bucket of that stable number, e.g. when read from a file; false when the
 * number is none. min, max and sum are set by the reader (they are stored exactly). */
BR_NODISCARD bool hist_sum_add_bucket(struct hist_sum *sum, int32_t index, uint64_t count);

#endif
