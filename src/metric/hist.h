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
 * A bucket has a stable number, the key in files: 0 for zeros, 1 + octave * HIST_SUB + sub for
 * positive values (octave 0 begins at 2^HIST_EXP_MIN), the same negated for negative ones. So the
 * numbers have the order of the values. The coarse view (HIST_COARSE_SUB buckets an octave,
 * numbered in the same way) is for records that are written every second.
 *
 * Units are the caller's; times are ns throughout.
 */
#ifndef BR_METRIC_HIST_H
#define BR_METRIC_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

enum {
    HIST_SUB_BITS = 9,
    HIST_SUB = 1 << HIST_SUB_BITS,
    HIST_EXP_MIN = -30, /* 2^-30 < 1e-9: smaller magnitudes count as 0 */
    HIST_EXP_MAX = 60,  /* 2^60 > 1e18: larger ones are clamped into the last bucket and counted */
    HIST_OCTAVES = HIST_EXP_MAX - HIST_EXP_MIN,
    HIST_INDEX_MAX = HIST_OCTAVES * HIST_SUB, /* the last bucket's stable number */
    HIST_COARSE_SUB_BITS = 5,
    HIST_COARSE_SUB = 1 << HIST_COARSE_SUB_BITS, /* a middle is off by 1.6 % at most */
    HIST_COARSE_INDEX_MAX = HIST_OCTAVES * HIST_COARSE_SUB,
    /* What turns the bits of a positive double into octave * HIST_SUB + sub. */
    HIST_SHIFT = 52 - HIST_SUB_BITS,
    HIST_BASE = (1023 + HIST_EXP_MIN) * HIST_SUB,
};

/* A bucket of a `struct hist` that ran over: it stands for 2^32 values each time. */
struct hist_carry {
    int32_t index;
    uint32_t times;
};

/* min, max and sum are those of the very values; min is +inf and max -inf while count is 0. What is
 * not finite is refused (counted in `refused`, nowhere else). Owns everything. */
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
    struct hist_carry *carries;
    size_t carry_count;
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
/* Bytes it holds, its own struct included. */
size_t hist_size(const struct hist *hist);

/* The rest of hist_record: zeros, negatives, new octaves, what is out of range or not finite. */
void hist_record_rare(struct hist *hist, double value);

/* Allocates the octave of `value` if it is new; else a few ns. */
static inline void hist_record(struct hist *hist, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    /* What is negative, too small, too large or not a number ends up beyond the table. */
    uint64_t at = (bits >> HIST_SHIFT) - (uint64_t)HIST_BASE;
    if (BR_LIKELY(at < (uint64_t)HIST_INDEX_MAX)) {
        uint32_t *octave = hist->positive[at >> HIST_SUB_BITS];
        if (BR_LIKELY(octave != NULL) && BR_LIKELY(octave[at & (HIST_SUB - 1)] != UINT32_MAX)) {
            octave[at & (HIST_SUB - 1)]++;
            hist->count++;
            hist->sum += value;
            if (value < hist->min)
                hist->min = value;
            if (value > hist->max)
                hist->max = value;
            return;
        }
    }
    hist_record_rare(hist, value);
}

static inline void hist_record_ns(struct hist *hist, int64_t ns)
{
    hist_record(hist, (double)ns);
}

void hist_sum_init(struct hist_sum *sum);
void hist_sum_fini(struct hist_sum *sum);
void hist_sum_reset(struct hist_sum *sum);
void hist_sum_add(struct hist_sum *into, const struct hist *from);
void hist_sum_merge(struct hist_sum *into, const struct hist_sum *from);
/* `count` values of that size (for reading files). */
void hist_sum_record_many(struct hist_sum *into, double value, uint64_t count);
/* Bytes it holds, its own struct included. */
size_t hist_sum_size(const struct hist_sum *sum);

/* The value below or at which `share` (0..1) of all values lie: nearest rank, ceil(share * count);
 * within 0.1 % of the exact one and never outside [min, max]; the first and the last rank are min
 * and max themselves. 0 when empty. (Values under 2^-30 are told as 0; beyond 2^60 only max is
 * exact: see `clamped`.) */
double hist_sum_quantile(const struct hist_sum *sum, double share);
/* 0 when empty. */
double hist_sum_mean(const struct hist_sum *sum);
/* How many values are certainly <= bound, to the bucket. */
uint64_t hist_sum_count_below(const struct hist_sum *sum, double bound);

/* Walks the used buckets from low to high: false at the end. Start with *cursor = {0}. `low` and
 * `high` bound the bucket (low <= value < high for positives, low < value <= high for negatives,
 * -2^-30 < value < 2^-30 for zeros).
 * `index` is the bucket's stable number. */
struct hist_bucket {
    int32_t index;
    double low;
    double high;
    uint64_t count;
};
struct hist_cursor {
    bool started;
    int32_t index; /* the last one given */
};
bool hist_sum_next(const struct hist_sum *sum, struct hist_cursor *cursor,
                   struct hist_bucket *out_bucket);
/* The same in the coarse view. */
bool hist_sum_next_coarse(const struct hist_sum *sum, struct hist_cursor *cursor,
                          struct hist_bucket *out_bucket);

/* Adds `count` to the bucket of that stable number, e.g. when read from a file; false when the
 * number is none. min, max and sum are set by the reader (they are stored exactly). */
BR_NODISCARD bool hist_sum_add_bucket(struct hist_sum *sum, int32_t index, uint64_t count);
/* The same for a coarse number: what it held goes to the fine bucket in its middle, so that
 * percentiles of it are within 1.7 %. */
BR_NODISCARD bool hist_sum_add_coarse(struct hist_sum *sum, int32_t index, uint64_t count);

/* The number that hist_record(value) counts in (value finite), and its coarse number. */
int32_t hist_index_of(double value);
int32_t hist_index_coarse(int32_t index);
/* The bounds of a number, count 0; MUST be one. */
struct hist_bucket hist_bucket_at(int32_t index);
struct hist_bucket hist_bucket_at_coarse(int32_t index);

#endif
