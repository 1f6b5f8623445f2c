/* SPDX-License-Identifier: Apache-2.0
 *
 * Histograms against exact quantiles of the very values, over many shapes; edges of octaves; what
 * is not finite; full buckets; merging; the walk and the way back from a file.
 */
#include "metric/hist.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "unit.h"

enum { HIST_TEST_VALUES = 20000 };

typedef double hist_test_fn(struct rng *rng);

static double hist_test_normal(struct rng *rng)
{
    double u = 1.0 - rng_double(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * rng_double(rng));
}

static double hist_test_uniform(struct rng *rng)
{
    return 1e6 + 9e6 * rng_double(rng);
}

static double hist_test_whole(struct rng *rng)
{
    return (double)rng_below(rng, 1000);
}

static double hist_test_lognormal(struct rng *rng)
{
    return 1e6 * exp(2.0 * hist_test_normal(rng));
}

static double hist_test_exponential(struct rng *rng)
{
    return -5e6 * log(1.0 - rng_double(rng));
}

static double hist_test_bimodal(struct rng *rng)
{
    return rng_below(rng, 10) == 0 ? 1e9 + 1e8 * rng_double(rng) : 1e5 * (1.0 + rng_double(rng));
}

static double hist_test_constant(struct rng *rng)
{
    (void)rng;
    return 123456789.0;
}

static double hist_test_tiny(struct rng *rng)
{
    return 1e-9 * (1.0 + 100.0 * rng_double(rng));
}

static double hist_test_huge(struct rng *rng)
{
    return 1e17 * (1.0 + 9.0 * rng_double(rng));
}

static double hist_test_negative(struct rng *rng)
{
    return -hist_test_lognormal(rng);
}

static double hist_test_mixed(struct rng *rng)
{
    switch (rng_below(rng, 4)) {
    case 0:
        return 0.0;
    case 1:
        return hist_test_negative(rng);
    case 2:
        return hist_test_tiny(rng);
    default:
        return hist_test_normal(rng) * 1e3;
    }
}

static double hist_test_any(struct rng *rng)
{
    double magnitude = exp2(-29.0 + 88.0 * rng_double(rng));
    return rng_below(rng, 2) == 0 ? magnitude : -magnitude;
}

static const struct {
    const char *name;
    hist_test_fn *draw;
} hist_test_shapes[] = {
    {"uniform", hist_test_uniform},     {"whole numbers with zeros", hist_test_whole},
    {"lognormal", hist_test_lognormal}, {"exponential", hist_test_exponential},
    {"bimodal", hist_test_bimodal},     {"constant", hist_test_constant},
    {"tiny", hist_test_tiny},           {"huge", hist_test_huge},
    {"negative", hist_test_negative},   {"mixed signs", hist_test_mixed},
    {"every octave", hist_test_any},
};

static int hist_test_compare(const void *a, const void *b)
{
    double left;
    double right;
    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

/* Nearest rank in whole numbers: permille of count, rounded up. */
static double hist_test_exact(const double *sorted, uint64_t count, uint64_t ppm)
{
    uint64_t rank = (ppm * count + 999999) / 1000000;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static void hist_test_against_exact(const struct hist_sum *sum, double *values, uint64_t count)
{
    static const uint64_t ppms[] = {0,      1,      10000,  70000,  250000, 500000,
                                    750000, 900000, 950000, 990000, 999000, 1000000};
    qsort(values, count, sizeof(values[0]), hist_test_compare);
    UNIT_EQ_INT(sum->count, count);
    UNIT_OK(sum->min == values[0]);
    UNIT_OK(sum->max == values[count - 1]);
    for (size_t i = 0; i < BR_COUNT(ppms); i++) {
        double got = hist_sum_quantile(sum, (double)ppms[i] / 1e6);
        UNIT_NEAR(got, hist_test_exact(values, count, ppms[i]), 0.001);
        UNIT_OK(got >= sum->min);
        UNIT_OK(got <= sum->max);
    }
}

UNIT_TEST(hist_quantiles_are_within_a_thousandth_of_the_exact_ones)
{
    static const uint64_t counts[] = {1, 2, 3, 7, 100, 999, HIST_TEST_VALUES};
    static double values[HIST_TEST_VALUES];
    for (size_t s = 0; s < BR_COUNT(hist_test_shapes); s++) {
        UNIT_ROW(hist_test_shapes[s].name);
        for (size_t c = 0; c < BR_COUNT(counts); c++) {
            struct rng rng = rng_at(7, s * 100 + c);
            struct hist hist;
            struct hist_sum sum;
            hist_init(&hist);
            hist_sum_init(&sum);
            double total = 0.0;
            for (uint64_t i = 0; i < counts[c]; i++) {
                values[i] = hist_test_shapes[s].draw(&rng);
                hist_record(&hist, values[i]);
                total += values[i];
            }
            hist_sum_add(&sum, &hist);
            UNIT_OK(sum.sum == total);
            hist_test_against_exact(&sum, values, counts[c]);
            hist_fini(&hist);
            hist_sum_fini(&sum);
        }
    }
}

UNIT_TEST(hist_ranks_do_not_slip_by_rounding)
{
    struct hist_sum sum;
    hist_sum_init(&sum);
    for (int i = 1; i <= 100; i++)
        hist_sum_record_many(&sum, i, 1);
    /* 0.07 * 100 is 7.000000000000001 in doubles, and 0.29 * 100 is 28.999999999999996. */
    for (int i = 1; i <= 100; i++)
        UNIT_NEAR(hist_sum_quantile(&sum, (double)i / 100.0), i, 0.001);
    UNIT_NEAR(hist_sum_quantile(&sum, 0.0701), 8, 0.001);
    UNIT_OK(hist_sum_quantile(&sum, 0.0) == 1.0);
    UNIT_OK(hist_sum_quantile(&sum, 1.0) == 100.0);
    hist_sum_fini(&sum);
}

static void hist_test_one(double value)
{
    int32_t index = hist_index_of(value);
    struct hist_bucket bucket = hist_bucket_at(index);
    UNIT_OK(index >= 0 ? bucket.low <= value : bucket.low < value);
    UNIT_OK(index > 0 ? value < bucket.high : value <= bucket.high);
    if (index != 0)
        UNIT_OK((bucket.high - bucket.low) / 2.0 <= 0.001 * fabs(value));
    struct hist_bucket coarse = hist_bucket_at_coarse(hist_index_coarse(index));
    UNIT_OK(coarse.low <= bucket.low);
    UNIT_OK(coarse.high >= bucket.high);
    if (index != 0)
        UNIT_OK((coarse.high - coarse.low) / 2.0 <= 0.016 * fabs(value));

    struct hist hist;
    struct hist_sum sum;
    struct hist_cursor cursor = {0};
    struct hist_bucket found;
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_record(&hist, value);
    hist_record(&hist, value);
    hist_sum_add(&sum, &hist);
    UNIT_OK(hist_sum_next(&sum, &cursor, &found));
    UNIT_EQ_INT(found.index, index);
    UNIT_EQ_INT(found.count, 2);
    UNIT_OK(!hist_sum_next(&sum, &cursor, &found));
    UNIT_OK(!hist_sum_next(&sum, &cursor, &found));
    hist_fini(&hist);
    hist_sum_fini(&sum);
}

UNIT_TEST(hist_buckets_hold_their_bounds_at_every_octave_edge)
{
    for (int exp = HIST_EXP_MIN; exp < HIST_EXP_MAX; exp++) {
        double edge = ldexp(1.0, exp);
        hist_test_one(edge);
        hist_test_one(-edge);
        hist_test_one(nextafter(edge, HUGE_VAL));
        hist_test_one(nextafter(edge, 0.0));
        hist_test_one(-nextafter(edge, 0.0));
        hist_test_one(nextafter(2.0 * edge, 0.0));
        hist_test_one(edge * (1.0 + 1.0 / HIST_SUB));
        hist_test_one(nextafter(edge * (1.0 + 1.0 / HIST_SUB), 0.0));
    }
    UNIT_EQ_INT(hist_index_of(ldexp(1.0, HIST_EXP_MIN)), 1);
    UNIT_EQ_INT(hist_index_of(nextafter(ldexp(1.0, HIST_EXP_MIN), 0.0)), 0);
    UNIT_EQ_INT(hist_index_of(nextafter(ldexp(1.0, HIST_EXP_MAX), 0.0)), HIST_INDEX_MAX);
    UNIT_EQ_INT(hist_index_of(-1e300), -HIST_INDEX_MAX);
    UNIT_EQ_INT(hist_index_of(1e-9) > 0, 1);
    UNIT_EQ_INT(hist_index_of(1e18) < HIST_INDEX_MAX, 1);
}

UNIT_TEST(hist_numbers_are_in_the_order_of_values)
{
    for (int32_t i = -HIST_INDEX_MAX + 1; i <= HIST_INDEX_MAX; i++) {
        UNIT_OK(hist_bucket_at(i - 1).high == hist_bucket_at(i).low);
        int32_t step = hist_index_coarse(i) - hist_index_coarse(i - 1);
        UNIT_OK(step == 0 || step == 1);
    }
    UNIT_EQ_INT(hist_index_coarse(HIST_INDEX_MAX), HIST_COARSE_INDEX_MAX);
    UNIT_EQ_INT(hist_index_coarse(-HIST_INDEX_MAX), -HIST_COARSE_INDEX_MAX);
}

UNIT_TEST(hist_refuses_what_is_not_finite)
{
    struct hist hist;
    struct hist_sum sum;
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_record(&hist, (double)NAN);
    hist_record(&hist, -(double)NAN);
    hist_record(&hist, HUGE_VAL);
    hist_record(&hist, -HUGE_VAL);
    UNIT_EQ_INT(hist.refused, 4);
    UNIT_EQ_INT(hist.count, 0);
    hist_sum_add(&sum, &hist);
    UNIT_EQ_INT(sum.refused, 4);
    UNIT_EQ_INT(sum.count, 0);
    UNIT_OK(hist_sum_quantile(&sum, 0.99) == 0.0);
    UNIT_OK(hist_sum_mean(&sum) == 0.0);
    UNIT_EQ_INT(hist_sum_count_below(&sum, 1e9), 0);
    hist_sum_record_many(&sum, (double)NAN, 3);
    UNIT_EQ_INT(sum.refused, 7);
    hist_fini(&hist);
    hist_sum_fini(&sum);
}

UNIT_TEST(hist_clamps_and_says_so)
{
    struct hist hist;
    struct hist_sum sum;
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_record(&hist, 1e300);
    hist_record(&hist, -1e19);
    hist_record(&hist, 1e-12);
    hist_record(&hist, -1e-12);
    hist_record(&hist, 5e-324);
    hist_sum_add(&sum, &hist);
    UNIT_EQ_INT(sum.count, 5);
    UNIT_EQ_INT(sum.clamped, 2);
    UNIT_EQ_INT(sum.zeros, 3);
    UNIT_OK(sum.max == 1e300);
    UNIT_OK(sum.min == -1e19);
    /* Between its end and the maximum nothing is known of the last bucket. */
    UNIT_EQ_INT(hist_sum_count_below(&sum, 1e20), 4);
    UNIT_EQ_INT(hist_sum_count_below(&sum, 1e300), 5);
    hist_fini(&hist);
    hist_sum_fini(&sum);
}

UNIT_TEST(hist_full_buckets_run_over_without_a_loss)
{
    struct hist hist;
    struct hist_sum sum;
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_record(&hist, 1000.0);
    hist_record(&hist, -1000.0);
    /* As if so many had been recorded before. */
    int32_t at = hist_index_of(1000.0) - 1;
    hist.positive[at >> HIST_SUB_BITS][at & (HIST_SUB - 1)] = UINT32_MAX;
    hist.negative[at >> HIST_SUB_BITS][at & (HIST_SUB - 1)] = UINT32_MAX;
    hist.count = 2 * (uint64_t)UINT32_MAX;
    for (int i = 0; i < 3; i++) {
        hist_record(&hist, 1000.0);
        hist_record(&hist, -1000.0);
    }
    hist_sum_add(&sum, &hist);
    UNIT_EQ_INT(sum.count, 2 * ((uint64_t)UINT32_MAX + 3));
    struct hist_cursor cursor = {0};
    struct hist_bucket bucket;
    UNIT_OK(hist_sum_next(&sum, &cursor, &bucket));
    UNIT_EQ_INT(bucket.count, (uint64_t)UINT32_MAX + 3);
    UNIT_OK(hist_sum_next(&sum, &cursor, &bucket));
    UNIT_EQ_INT(bucket.count, (uint64_t)UINT32_MAX + 3);

    hist_reset(&hist);
    hist_sum_reset(&sum);
    hist_sum_add(&sum, &hist);
    UNIT_OK(!hist_sum_next(&sum, &(struct hist_cursor){0}, &bucket));
    hist_fini(&hist);
    hist_sum_fini(&sum);
}

static bool hist_test_same(const struct hist_sum *a, const struct hist_sum *b)
{
    struct hist_cursor at_a = {0};
    struct hist_cursor at_b = {0};
    struct hist_bucket in_a;
    struct hist_bucket in_b;
    for (;;) {
        bool has_a = hist_sum_next(a, &at_a, &in_a);
        bool has_b = hist_sum_next(b, &at_b, &in_b);
        if (has_a != has_b)
            return false;
        if (!has_a)
            break;
        if (in_a.index != in_b.index || in_a.count != in_b.count)
            return false;
    }
    return a->count == b->count && a->sum == b->sum && a->min == b->min && a->max == b->max &&
           a->zeros == b->zeros && a->clamped == b->clamped && a->refused == b->refused;
}

static void hist_test_fill(struct hist *hist, struct rng *rng, int count)
{
    /* Whole numbers, so that sums are exact whatever their order. */
    for (int i = 0; i < count; i++)
        hist_record_ns(hist, (int64_t)(hist_test_any(rng) / 1e6));
}

UNIT_TEST(hist_merging_is_associative_and_equals_recording_in_one)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct hist parts[3];
        struct hist whole;
        struct hist_sum left;
        struct hist_sum right;
        struct hist_sum tail;
        hist_init(&whole);
        hist_sum_init(&left);
        hist_sum_init(&right);
        hist_sum_init(&tail);
        for (uint64_t p = 0; p < 3; p++) {
            struct rng rng = rng_at(seed, p);
            struct rng again = rng;
            hist_init(&parts[p]);
            hist_test_fill(&parts[p], &rng, (int)(p * seed * 10));
            hist_test_fill(&whole, &again, (int)(p * seed * 10));
        }
        hist_sum_add(&left, &parts[0]);
        hist_sum_add(&left, &parts[1]);
        hist_sum_add(&left, &parts[2]);
        hist_sum_add(&tail, &parts[2]);
        hist_sum_add(&tail, &parts[1]);
        hist_sum_add(&right, &parts[0]);
        hist_sum_merge(&right, &tail);
        UNIT_OK(hist_test_same(&left, &right));
        hist_sum_reset(&tail);
        hist_sum_add(&tail, &whole);
        UNIT_OK(hist_test_same(&left, &tail));
        for (int p = 0; p < 3; p++)
            hist_fini(&parts[p]);
        hist_fini(&whole);
        hist_sum_fini(&left);
        hist_sum_fini(&right);
        hist_sum_fini(&tail);
    }
}

UNIT_TEST(hist_reset_keeps_octaves_and_nothing_else)
{
    struct hist hist;
    struct hist_sum sum;
    struct hist_sum empty;
    struct rng rng = rng_at(1, 1);
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_sum_init(&empty);
    size_t size_empty = hist_size(&hist);
    hist_test_fill(&hist, &rng, 1000);
    hist_record(&hist, (double)NAN);
    size_t size_full = hist_size(&hist);
    UNIT_OK(size_full > size_empty + 10 * HIST_SUB * sizeof(uint32_t));
    hist_reset(&hist);
    UNIT_EQ_INT(hist_size(&hist), size_full);
    hist_sum_add(&sum, &hist);
    UNIT_OK(hist_test_same(&sum, &empty));
    hist_record(&hist, 5.0);
    hist_sum_add(&sum, &hist);
    UNIT_EQ_INT(sum.count, 1);
    UNIT_OK(sum.min == 5.0 && sum.max == 5.0 && sum.sum == 5.0);
    UNIT_OK(hist_sum_quantile(&sum, 0.5) == 5.0);
    hist_fini(&hist);
    hist_sum_fini(&sum);
}

UNIT_TEST(hist_goes_through_a_file_and_back)
{
    struct hist hist;
    struct hist_sum sum;
    struct hist_sum fine;
    struct hist_sum coarse;
    struct rng rng = rng_at(2, 2);
    hist_init(&hist);
    hist_sum_init(&sum);
    hist_sum_init(&fine);
    hist_sum_init(&coarse);
    hist_test_fill(&hist, &rng, 5000);
    hist_sum_add(&sum, &hist);

    struct hist_bucket bucket;
    for (struct hist_cursor at = {0}; hist_sum_next(&sum, &at, &bucket);)
        UNIT_OK(hist_sum_add_bucket(&fine, bucket.index, bucket.count));
    int32_t last = -HIST_COARSE_INDEX_MAX - 1;
    for (struct hist_cursor at = {0}; hist_sum_next_coarse(&sum, &at, &bucket);) {
        UNIT_OK(bucket.index > last);
        last = bucket.index;
        UNIT_OK(hist_sum_add_coarse(&coarse, bucket.index, bucket.count));
    }
    fine.sum = coarse.sum = sum.sum;
    fine.min = coarse.min = sum.min;
    fine.max = coarse.max = sum.max;
    fine.clamped = coarse.clamped = sum.clamped;
    UNIT_OK(hist_test_same(&sum, &fine));
    UNIT_EQ_INT(coarse.count, sum.count);
    for (int i = 0; i <= 100; i++) {
        double share = (double)i / 100.0;
        UNIT_NEAR(hist_sum_quantile(&coarse, share), hist_sum_quantile(&sum, share), 0.018);
    }
    struct hist_cursor at = {0};
    struct hist_cursor at_coarse = {0};
    struct hist_bucket of_sum;
    while (hist_sum_next_coarse(&sum, &at, &of_sum)) {
        UNIT_OK(hist_sum_next_coarse(&coarse, &at_coarse, &bucket));
        UNIT_EQ_INT(bucket.index, of_sum.index);
        UNIT_EQ_INT(bucket.count, of_sum.count);
    }
    UNIT_OK(!hist_sum_add_bucket(&fine, HIST_INDEX_MAX + 1, 1));
    UNIT_OK(!hist_sum_add_bucket(&fine, -HIST_INDEX_MAX - 1, 1));
    UNIT_OK(!hist_sum_add_coarse(&fine, INT32_MIN, 1));
    UNIT_OK(!hist_sum_add_coarse(&fine, HIST_COARSE_INDEX_MAX + 1, 1));
    hist_fini(&hist);
    hist_sum_fini(&sum);
    hist_sum_fini(&fine);
    hist_sum_fini(&coarse);
}

UNIT_TEST(hist_counts_what_is_certainly_below)
{
    struct hist_sum sum;
    hist_sum_init(&sum);
    hist_sum_record_many(&sum, -100.0, 1);
    hist_sum_record_many(&sum, 0.0, 2);
    hist_sum_record_many(&sum, 100.0, 4);
    hist_sum_record_many(&sum, 1000.0, 8);
    UNIT_EQ_INT(hist_sum_count_below(&sum, -200.0), 0);
    UNIT_EQ_INT(hist_sum_count_below(&sum, -99.0), 1);
    UNIT_EQ_INT(hist_sum_count_below(&sum, 50.0), 3);
    UNIT_EQ_INT(hist_sum_count_below(&sum, 101.0), 7);
    UNIT_EQ_INT(hist_sum_count_below(&sum, 1000.0), 15);
    UNIT_NEAR(hist_sum_mean(&sum), (8300.0) / 15.0, 1e-12);
    UNIT_OK(hist_sum_size(&sum) > sizeof(sum));
    hist_sum_fini(&sum);
}

UNIT_MAIN(UNIT_RUN(hist_quantiles_are_within_a_thousandth_of_the_exact_ones),
          UNIT_RUN(hist_ranks_do_not_slip_by_rounding),
          UNIT_RUN(hist_buckets_hold_their_bounds_at_every_octave_edge),
          UNIT_RUN(hist_numbers_are_in_the_order_of_values),
          UNIT_RUN(hist_refuses_what_is_not_finite), UNIT_RUN(hist_clamps_and_says_so),
          UNIT_RUN(hist_full_buckets_run_over_without_a_loss),
          UNIT_RUN(hist_merging_is_associative_and_equals_recording_in_one),
          UNIT_RUN(hist_reset_keeps_octaves_and_nothing_else),
          UNIT_RUN(hist_goes_through_a_file_and_back),
          UNIT_RUN(hist_counts_what_is_certainly_below))
