/* SPDX-License-Identifier: Apache-2.0
 *
 * Where intervals of histograms are added up, asked for percentiles and walked for files. Nothing
 * here is on a shard's way.
 */
#include <math.h>

#include "base/mem.h"
#include "base/must.h"
#include "metric/hist.h"

void hist_sum_init(struct hist_sum *sum)
{
    *sum = (struct hist_sum){.min = HUGE_VAL, .max = -HUGE_VAL};
}

static void hist_sum_free_octaves(uint64_t **octaves)
{
    for (int i = 0; i < HIST_OCTAVES; i++)
        mem_free(octaves[i]);
}

void hist_sum_fini(struct hist_sum *sum)
{
    hist_sum_free_octaves(sum->positive);
    if (sum->negative != NULL)
        hist_sum_free_octaves(sum->negative);
    mem_free(sum->negative);
    hist_sum_init(sum);
}

void hist_sum_reset(struct hist_sum *sum)
{
    hist_sum_fini(sum);
}

static size_t hist_sum_count_octaves(uint64_t *const *octaves)
{
    size_t count = 0;
    for (int i = 0; i < HIST_OCTAVES; i++)
        count += octaves[i] != NULL;
    return count;
}

size_t hist_sum_size(const struct hist_sum *sum)
{
    size_t size = sizeof(*sum);
    size_t octaves = hist_sum_count_octaves(sum->positive);
    if (sum->negative != NULL) {
        size += HIST_OCTAVES * sizeof(sum->negative[0]);
        octaves += hist_sum_count_octaves(sum->negative);
    }
    return size + octaves * HIST_SUB * sizeof(uint64_t);
}

static uint64_t **hist_sum_negatives(struct hist_sum *sum)
{
    if (sum->negative == NULL)
        sum->negative = mem_zalloc(HIST_OCTAVES, sizeof(sum->negative[0]));
    return sum->negative;
}

static uint64_t *hist_sum_octave(uint64_t **octaves, int octave)
{
    if (octaves[octave] == NULL)
        octaves[octave] = mem_zalloc(HIST_SUB, sizeof(octaves[octave][0]));
    return octaves[octave];
}

static void hist_sum_put(struct hist_sum *sum, int32_t index, uint64_t count)
{
    if (index == 0) {
        sum->zeros += count;
        return;
    }
    int32_t at = (index < 0 ? -index : index) - 1;
    uint64_t **octaves = index < 0 ? hist_sum_negatives(sum) : sum->positive;
    hist_sum_octave(octaves, at >> HIST_SUB_BITS)[at & (HIST_SUB - 1)] += count;
}

static void hist_sum_add_octaves(uint64_t **into, uint32_t *const *from)
{
    for (int i = 0; i < HIST_OCTAVES; i++) {
        if (from[i] == NULL)
            continue;
        uint64_t *octave = hist_sum_octave(into, i);
        for (int k = 0; k < HIST_SUB; k++)
            octave[k] += from[i][k];
    }
}

void hist_sum_add(struct hist_sum *into, const struct hist *from)
{
    into->refused += from->refused;
    if (from->count == 0)
        return;
    into->count += from->count;
    into->sum += from->sum;
    into->min = fmin(into->min, from->min);
    into->max = fmax(into->max, from->max);
    into->zeros += from->zeros;
    into->clamped += from->clamped;
    hist_sum_add_octaves(into->positive, from->positive);
    if (from->negative != NULL)
        hist_sum_add_octaves(hist_sum_negatives(into), from->negative);
    for (size_t i = 0; i < from->carry_count; i++)
        hist_sum_put(into, from->carries[i].index, (uint64_t)from->carries[i].times << 32);
}

static void hist_sum_merge_octaves(uint64_t **into, uint64_t *const *from)
{
    for (int i = 0; i < HIST_OCTAVES; i++) {
        if (from[i] == NULL)
            continue;
        uint64_t *octave = hist_sum_octave(into, i);
        for (int k = 0; k < HIST_SUB; k++)
            octave[k] += from[i][k];
    }
}

void hist_sum_merge(struct hist_sum *into, const struct hist_sum *from)
{
    into->refused += from->refused;
    if (from->count == 0)
        return;
    into->count += from->count;
    into->sum += from->sum;
    into->min = fmin(into->min, from->min);
    into->max = fmax(into->max, from->max);
    into->zeros += from->zeros;
    into->clamped += from->clamped;
    hist_sum_merge_octaves(into->positive, from->positive);
    if (from->negative != NULL)
        hist_sum_merge_octaves(hist_sum_negatives(into), from->negative);
}

void hist_sum_record_many(struct hist_sum *into, double value, uint64_t count)
{
    if (count == 0)
        return;
    if (!isfinite(value)) {
        into->refused += count;
        return;
    }
    hist_sum_put(into, hist_index_of(value), count);
    into->count += count;
    into->sum += value * (double)count;
    into->min = fmin(into->min, value);
    into->max = fmax(into->max, value);
    if (fabs(value) >= ldexp(1.0, HIST_EXP_MAX))
        into->clamped += count;
}

bool hist_sum_add_bucket(struct hist_sum *sum, int32_t index, uint64_t count)
{
    if (index < -HIST_INDEX_MAX || index > HIST_INDEX_MAX)
        return false;
    if (count > 0)
        hist_sum_put(sum, index, count);
    sum->count += count;
    return true;
}

bool hist_sum_add_coarse(struct hist_sum *sum, int32_t index, uint64_t count)
{
    if (index < -HIST_COARSE_INDEX_MAX || index > HIST_COARSE_INDEX_MAX)
        return false;
    enum { FINE = HIST_SUB / HIST_COARSE_SUB };
    int32_t magnitude = index < 0 ? -index : index;
    int32_t fine = index == 0 ? 0 : 1 + (magnitude - 1) * FINE + FINE / 2;
    return hist_sum_add_bucket(sum, index < 0 ? -fine : fine, count);
}

/* The count in a bucket; *skip is set to how many numbers upwards are known to be empty when the
 * whole octave is. */
static uint64_t hist_sum_count_at(const struct hist_sum *sum, int32_t index, int32_t *skip)
{
    *skip = 1;
    if (index == 0)
        return sum->zeros;
    int32_t at = (index < 0 ? -index : index) - 1;
    int32_t octave = at >> HIST_SUB_BITS;
    int32_t sub = at & (HIST_SUB - 1);
    uint64_t *const *octaves = index < 0 ? sum->negative : sum->positive;
    if (octaves == NULL || octaves[octave] == NULL) {
        *skip = index < 0 ? sub + 1 : HIST_SUB - sub;
        return 0;
    }
    return octaves[octave][sub];
}

bool hist_sum_next(const struct hist_sum *sum, struct hist_cursor *cursor,
                   struct hist_bucket *out_bucket)
{
    int32_t index = cursor->started         ? cursor->index + 1
                    : sum->negative == NULL ? 0
                                            : -HIST_INDEX_MAX;
    int32_t skip = 1;
    for (; index <= HIST_INDEX_MAX; index += skip) {
        uint64_t count = hist_sum_count_at(sum, index, &skip);
        if (count == 0)
            continue;
        *cursor = (struct hist_cursor){true, index};
        *out_bucket = hist_bucket_at(index);
        out_bucket->count = count;
        return true;
    }
    *cursor = (struct hist_cursor){true, HIST_INDEX_MAX};
    return false;
}

bool hist_sum_next_coarse(const struct hist_sum *sum, struct hist_cursor *cursor,
                          struct hist_bucket *out_bucket)
{
    struct hist_bucket fine;
    if (!hist_sum_next(sum, cursor, &fine))
        return false;
    struct hist_bucket coarse = hist_bucket_at_coarse(hist_index_coarse(fine.index));
    coarse.count = fine.count;
    for (;;) {
        struct hist_cursor ahead = *cursor;
        if (!hist_sum_next(sum, &ahead, &fine) || hist_index_coarse(fine.index) != coarse.index)
            break;
        coarse.count += fine.count;
        *cursor = ahead;
    }
    *out_bucket = coarse;
    return true;
}

/* ceil(share * count), 1..count; a product that is whole but for the rounding of `share` (0.07 *
 * 100) stays what it is. */
static uint64_t hist_rank(double share, uint64_t count)
{
    double rank = ceil(share * (double)count * (1.0 - 4.0 * 0x1p-52));
    if (!(rank > 1.0))
        return 1;
    return rank >= (double)count ? count : (uint64_t)rank;
}

double hist_sum_quantile(const struct hist_sum *sum, double share)
{
    if (sum->count == 0)
        return 0.0;
    uint64_t rank = hist_rank(share, sum->count);
    if (rank == 1)
        return sum->min;
    if (rank == sum->count)
        return sum->max;
    uint64_t passed = 0;
    struct hist_cursor cursor = {0};
    struct hist_bucket bucket;
    while (hist_sum_next(sum, &cursor, &bucket)) {
        passed += bucket.count;
        if (passed >= rank)
            return fmin(fmax((bucket.low + bucket.high) / 2.0, sum->min), sum->max);
    }
    return sum->max;
}

double hist_sum_mean(const struct hist_sum *sum)
{
    return sum->count == 0 ? 0.0 : sum->sum / (double)sum->count;
}

uint64_t hist_sum_count_below(const struct hist_sum *sum, double bound)
{
    if (sum->count > 0 && bound >= sum->max)
        return sum->count;
    uint64_t below = 0;
    struct hist_cursor cursor = {0};
    struct hist_bucket bucket;
    while (hist_sum_next(sum, &cursor, &bucket) && bucket.high <= bound) {
        /* The last one also holds what is beyond its end. */
        if (bucket.index == HIST_INDEX_MAX && sum->clamped > 0)
            break;
        below += bucket.count;
    }
    return below;
}
