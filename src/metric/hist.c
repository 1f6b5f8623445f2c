/* SPDX-License-Identifier: Apache-2.0
 *
 * Recording on a shard, all but its hot path (which is inline in the header), and the numbering of
 * buckets.
 */
#include "metric/hist.h"

#include <math.h>

#include "base/mem.h"
#include "base/must.h"

_Static_assert(HIST_COARSE_SUB_BITS <= HIST_SUB_BITS, "coarse buckets are made of whole fine ones");

void hist_init(struct hist *hist)
{
    *hist = (struct hist){.min = HUGE_VAL, .max = -HUGE_VAL};
}

static void hist_free_octaves(uint32_t **octaves)
{
    for (int i = 0; i < HIST_OCTAVES; i++) {
        mem_free(octaves[i]);
        octaves[i] = NULL;
    }
}

void hist_fini(struct hist *hist)
{
    hist_free_octaves(hist->positive);
    if (hist->negative != NULL)
        hist_free_octaves(hist->negative);
    mem_free(hist->negative);
    mem_free(hist->carries);
    hist_init(hist);
}

static void hist_zero_octaves(uint32_t **octaves)
{
    for (int i = 0; i < HIST_OCTAVES; i++) {
        if (octaves[i] != NULL)
            memset(octaves[i], 0, HIST_SUB * sizeof(octaves[i][0]));
    }
}

void hist_reset(struct hist *hist)
{
    if (hist->count > 0) {
        hist_zero_octaves(hist->positive);
        if (hist->negative != NULL)
            hist_zero_octaves(hist->negative);
    }
    hist->count = 0;
    hist->sum = 0.0;
    hist->min = HUGE_VAL;
    hist->max = -HUGE_VAL;
    hist->zeros = 0;
    hist->clamped = 0;
    hist->refused = 0;
    hist->carry_count = 0;
}

static size_t hist_count_octaves(uint32_t *const *octaves)
{
    size_t count = 0;
    for (int i = 0; i < HIST_OCTAVES; i++)
        count += octaves[i] != NULL;
    return count;
}

size_t hist_size(const struct hist *hist)
{
    size_t size = sizeof(*hist) + hist->carry_count * sizeof(hist->carries[0]);
    size_t octaves = hist_count_octaves(hist->positive);
    if (hist->negative != NULL) {
        size += HIST_OCTAVES * sizeof(hist->negative[0]);
        octaves += hist_count_octaves(hist->negative);
    }
    return size + octaves * HIST_SUB * sizeof(uint32_t);
}

int32_t hist_index_of(double value)
{
    double magnitude = fabs(value);
    if (magnitude < ldexp(1.0, HIST_EXP_MIN))
        return 0;
    int32_t index = HIST_INDEX_MAX;
    if (magnitude < ldexp(1.0, HIST_EXP_MAX)) {
        uint64_t bits;
        memcpy(&bits, &magnitude, sizeof(bits));
        index = 1 + (int32_t)((bits >> HIST_SHIFT) - (uint64_t)HIST_BASE);
    }
    return value < 0.0 ? -index : index;
}

int32_t hist_index_coarse(int32_t index)
{
    if (index == 0)
        return 0;
    int32_t magnitude = index < 0 ? -index : index;
    int32_t coarse = 1 + ((magnitude - 1) >> (HIST_SUB_BITS - HIST_COARSE_SUB_BITS));
    return index < 0 ? -coarse : coarse;
}

/* Lower bound of bucket `at` (from 0) when an octave has 1 << sub_bits of them. */
static double hist_low(int32_t at, int sub_bits)
{
    int32_t sub_count = 1 << sub_bits;
    double part = (double)(at & (sub_count - 1)) / (double)sub_count;
    return ldexp(1.0 + part, HIST_EXP_MIN + (at >> sub_bits));
}

static struct hist_bucket hist_bucket_make(int32_t index, int sub_bits)
{
    int32_t index_max = HIST_OCTAVES << sub_bits;
    MUST(index >= -index_max && index <= index_max);
    if (index == 0)
        return (struct hist_bucket){0, ldexp(-1.0, HIST_EXP_MIN), ldexp(1.0, HIST_EXP_MIN), 0};
    int32_t magnitude = index < 0 ? -index : index;
    double low = hist_low(magnitude - 1, sub_bits);
    double high = hist_low(magnitude, sub_bits);
    if (index < 0)
        return (struct hist_bucket){index, -high, -low, 0};
    return (struct hist_bucket){index, low, high, 0};
}

struct hist_bucket hist_bucket_at(int32_t index)
{
    return hist_bucket_make(index, HIST_SUB_BITS);
}

struct hist_bucket hist_bucket_at_coarse(int32_t index)
{
    return hist_bucket_make(index, HIST_COARSE_SUB_BITS);
}

/* A bucket is full: 2^32 values of it are kept aside. */
static void hist_carry_bucket(struct hist *hist, int32_t index)
{
    for (size_t i = 0; i < hist->carry_count; i++) {
        if (hist->carries[i].index == index) {
            hist->carries[i].times++;
            return;
        }
    }
    size_t size = (hist->carry_count + 1) * sizeof(hist->carries[0]);
    hist->carries = mem_realloc(hist->carries, size);
    hist->carries[hist->carry_count] = (struct hist_carry){index, 1};
    hist->carry_count++;
}

static uint32_t **hist_octaves_of(struct hist *hist, int32_t index)
{
    if (index > 0)
        return hist->positive;
    if (hist->negative == NULL)
        hist->negative = mem_zalloc(HIST_OCTAVES, sizeof(hist->negative[0]));
    return hist->negative;
}

void hist_record_rare(struct hist *hist, double value)
{
    if (!isfinite(value)) {
        hist->refused++;
        return;
    }
    int32_t index = hist_index_of(value);
    if (index == 0) {
        hist->zeros++;
    } else {
        uint32_t at = (uint32_t)(index < 0 ? -index : index) - 1;
        uint32_t **octave = &hist_octaves_of(hist, index)[at >> HIST_SUB_BITS];
        if (*octave == NULL)
            *octave = mem_zalloc(HIST_SUB, sizeof(**octave));
        uint32_t *bucket = &(*octave)[at & (HIST_SUB - 1)];
        (*bucket)++;
        if (*bucket == 0)
            hist_carry_bucket(hist, index);
        if (fabs(value) >= ldexp(1.0, HIST_EXP_MAX))
            hist->clamped++;
    }
    hist->count++;
    hist->sum += value;
    if (value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
}
