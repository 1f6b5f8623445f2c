/* SPDX-License-Identifier: Apache-2.0
 *
 * Latency as HdrHistogram's percentile distribution (.hgrm), which its plotter and many tools read:
 * ms, five ticks for each halving of the distance to 100 %, as HdrHistogram's PercentileIterator
 * walks. Of all operations that count, well or not.
 */
#include <inttypes.h>
#include <math.h>

#include "report/form_inner.h"

#define HGRM_NS_PER_MS 1e6

enum { HGRM_TICKS_PER_HALF = 5 };

static double hgrm_next_level(double level)
{
    double halvings = floor(log(100.0 / (100.0 - level)) / log(2.0));
    double ticks = HGRM_TICKS_PER_HALF * pow(2.0, halvings + 1.0);
    return level + 100.0 / ticks;
}

/* What a value of that bucket may be at most. */
static double hgrm_value(const struct hist_sum *times, const struct hist_bucket *bucket)
{
    return fmin(bucket->high, times->max) / HGRM_NS_PER_MS;
}

static void hgrm_put_row(struct buf *buf, double value, double level, uint64_t below)
{
    buf_putf(buf, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", value, level / 100.0, below,
             1.0 / (1.0 - level / 100.0));
}

/* A bucket has a row for each level that it reaches; the last one, which reaches all, only for the
 * first of them. */
static void hgrm_put_rows(struct buf *buf, const struct hist_sum *times)
{
    struct hist_cursor cursor = {0};
    struct hist_bucket bucket;
    uint64_t below = 0;
    double level = 0.0;

    while (hist_sum_next(times, &cursor, &bucket)) {
        double value = hgrm_value(times, &bucket);
        below += bucket.count;
        if (below >= times->count) {
            hgrm_put_row(buf, value, level, below);
            buf_putf(buf, "%12.3f %2.12f %10" PRIu64 "\n", value, 1.0, below);
            break;
        }
        for (; 100.0 * (double)below / (double)times->count >= level;
             level = hgrm_next_level(level))
            hgrm_put_row(buf, value, level, below);
    }
}

static double hgrm_deviation(const struct hist_sum *times)
{
    struct hist_cursor cursor = {0};
    struct hist_bucket bucket;
    double mean = hist_sum_mean(times);
    double squares = 0.0;
    while (hist_sum_next(times, &cursor, &bucket)) {
        double off = (bucket.low + bucket.high) / 2.0 - mean;
        squares += off * off * (double)bucket.count;
    }
    return times->count > 0 ? sqrt(squares / (double)times->count) : 0.0;
}

void form_hgrm_render(const struct result *result, const struct form_options *options,
                      struct buf *buf)
{
    struct result_view *view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    const struct hist_sum *times = &view->latency;
    double max_ns = times->count > 0 ? times->max : 0.0;
    (void)options;
    buf_putf(buf, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
             "1/(1-Percentile)");
    hgrm_put_rows(buf, times);
    buf_putf(buf, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
             hist_sum_mean(times) / HGRM_NS_PER_MS, hgrm_deviation(times) / HGRM_NS_PER_MS);
    buf_putf(buf, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", max_ns / HGRM_NS_PER_MS,
             times->count);
    buf_putf(buf, "#[Buckets = %12d, SubBuckets     = %12d]\n", (int)HIST_OCTAVES, (int)HIST_SUB);
    result_view_destroy(&view);
}
