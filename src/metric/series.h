/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of series. A shard records into a series block during an interval, the coordinator
 * adds blocks up in series sums; what a sum is asked is what k6 tells of a metric.
 *
 * A Trend keeps its first 1,000 values as they are, so that a small run gives the very numbers that
 * k6 gives (linear interpolation between neighbours); a larger one is told by its histogram, to
 * 0.1 %.
 */
#ifndef BR_METRIC_SERIES_H
#define BR_METRIC_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metric/hist.h"
#include "metric/metric.h"
#include "metric/sample.h"
#include "metric/tag.h"

enum { SERIES_EXACT_MAX = 1000 };

/* Of one series in one interval. */
struct series {
    uint64_t count; /* samples */
    uint64_t trues; /* Rate: of them not 0 */
    double sum;     /* Counter, Trend */
    double min;     /* Gauge, Trend */
    double max;
    double last; /* Gauge */
    int64_t last_ns;
    struct hist *hist; /* Trend; made with the first value */
    double *exact;     /* Trend; `exact_count` of them, the first of the shard's whole run */
    uint32_t exact_count;
    uint32_t exact_size;
};

struct series_block {
    const struct metric_registry *registry;
    struct series *series; /* registry->series_count */
};

/* The registry is sealed. */
struct series_block *series_block_create(const struct metric_registry *registry);
void series_block_destroy(struct series_block **block);
/* Empties it for the next interval. */
void series_block_reset(struct series_block *block);

struct series_sum {
    uint64_t count;
    uint64_t trues;
    double sum;
    double min;
    double max;
    double last;
    int64_t last_ns;
    struct hist_sum *hist;
    double *exact; /* all values, sorted when `sorted`; NULL: there are more than 1,000 */
    uint32_t exact_count;
    bool exact_over;
    bool sorted;
};

struct series_totals {
    const struct metric_registry *registry;
    struct series_sum *sums; /* registry->series_count */
};

struct series_totals *series_totals_create(const struct metric_registry *registry);
void series_totals_destroy(struct series_totals **totals);
void series_totals_add(struct series_totals *totals, const struct series_block *block);

/* Where a shard's samples go. Owned by `run`, used by whoever has something to measure. */
struct series_recorder {
    const struct metric_registry *registry;
    struct tag_store *tags;
    struct series_block *block; /* of the current interval; exchanged by `run` */
    struct sample_pipe *pipe;   /* NULL: nobody writes samples */
    uint32_t *exact_seen;       /* [series] values that were kept so far */
};
void series_recorder_init(struct series_recorder *recorder, const struct metric_registry *registry,
                          struct tag_store *tags, struct series_block *block,
                          struct sample_pipe *pipe);
void series_recorder_fini(struct series_recorder *recorder);

/* One sample. `tags` are of recorder->tags. vu 0: of nobody. Times are ms, as k6 has them. */
void series_record(struct series_recorder *recorder, int metric, const struct tag_set *tags,
                   double value, int64_t at_ns, uint64_t vu, uint64_t iter);

/* ---- questions ---- */

/* p from 0 to 100; 0 when empty. */
double series_sum_percentile(struct series_sum *sum, double p);
/* 0 when empty. */
double series_sum_mean(const struct series_sum *sum);
/* Trues of all; 0 when empty. */
double series_sum_share(const struct series_sum *sum);

#endif
