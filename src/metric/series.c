/* SPDX-License-Identifier: Apache-2.0
 *
 * Recording, adding up, and k6's percentiles: the value at index p * (n - 1) of the sorted ones,
 * between two neighbours by a straight line.
 */
#include "metric/series.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

enum { SERIES_EXACT_SIZE_MIN = 16 };

/* ---- blocks ---- */

static void series_clear(struct series *series)
{
    series->count = 0;
    series->trues = 0;
    series->sum = 0.0;
    series->min = (double)INFINITY;
    series->max = -(double)INFINITY;
    series->exact_count = 0;
    if (series->hist != NULL)
        hist_reset(series->hist);
}

struct series_block *series_block_create(const struct metric_registry *registry)
{
    MUST(registry->sealed);
    struct series_block *block = MEM_NEW(struct series_block);
    block->registry = registry;
    block->series = mem_zalloc((size_t)registry->series_count, sizeof(block->series[0]));
    series_block_reset(block);
    return block;
}

void series_block_destroy(struct series_block **block)
{
    if (*block == NULL)
        return;
    for (int i = 0; i < (*block)->registry->series_count; i++) {
        struct series *series = &(*block)->series[i];
        if (series->hist != NULL)
            hist_fini(series->hist);
        mem_free(series->hist);
        mem_free(series->exact);
    }
    mem_free((*block)->series);
    mem_free(*block);
    *block = NULL;
}

void series_block_reset(struct series_block *block)
{
    for (int i = 0; i < block->registry->series_count; i++)
        series_clear(&block->series[i]);
}

/* ---- recording ---- */

void series_recorder_init(struct series_recorder *recorder, const struct metric_registry *registry,
                          struct tag_store *tags, struct series_block *block,
                          struct sample_pipe *pipe)
{
    *recorder =
        (struct series_recorder){.registry = registry, .tags = tags, .block = block, .pipe = pipe};
    recorder->exact_seen =
        mem_zalloc((size_t)registry->series_count, sizeof(recorder->exact_seen[0]));
}

void series_recorder_fini(struct series_recorder *recorder)
{
    mem_free(recorder->exact_seen);
    recorder->exact_seen = NULL;
}

static void series_keep_exact(struct series *series, double value)
{
    if (series->exact_count == series->exact_size) {
        series->exact_size =
            series->exact_size == 0 ? SERIES_EXACT_SIZE_MIN : series->exact_size * 2;
        series->exact = mem_realloc(series->exact, series->exact_size * sizeof(series->exact[0]));
    }
    series->exact[series->exact_count++] = value;
}

static void series_record_trend(struct series_recorder *recorder, int at, double value)
{
    struct series *series = &recorder->block->series[at];
    if (series->hist == NULL) {
        series->hist = mem_alloc(sizeof(*series->hist));
        hist_init(series->hist);
    }
    hist_record(series->hist, value);
    if (recorder->exact_seen[at] < SERIES_EXACT_MAX) {
        recorder->exact_seen[at]++;
        series_keep_exact(series, value);
    }
}

static void series_record_at(struct series_recorder *recorder, enum metric_type type, int at,
                             double value, int64_t at_ns)
{
    struct series *series = &recorder->block->series[at];
    series->count++;
    series->sum += value;
    switch (type) {
    case METRIC_TYPE_COUNTER:
        break;
    case METRIC_TYPE_RATE:
        series->trues += value != 0.0;
        break;
    case METRIC_TYPE_GAUGE:
        series->last = value;
        series->last_ns = at_ns;
        break;
    case METRIC_TYPE_TREND:
        series_record_trend(recorder, at, value);
        break;
    }
    if (value < series->min)
        series->min = value;
    if (value > series->max)
        series->max = value;
}

void series_record(struct series_recorder *recorder, int metric, const struct tag_set *tags,
                   double value, int64_t at_ns, uint64_t vu, uint64_t iter)
{
    const struct metric_registry *registry = recorder->registry;
    const struct metric *known = &registry->metrics[metric];
    MUST(isfinite(value));
    series_record_at(recorder, known->type, known->series, value, at_ns);
    for (int i = known->first_sub; i >= 0; i = registry->series[i].next) {
        int sub = registry->series[i].sub;
        if ((tags->matches[sub / 64] >> (sub % 64) & 1) != 0)
            series_record_at(recorder, known->type, i, value, at_ns);
    }
    if (recorder->pipe == NULL)
        return;
    struct sample sample = {
        .at_ns = at_ns, .value = value, .tags = tags, .metric = metric, .vu = vu, .iter = iter};
    sample_put(recorder->pipe, &sample);
}

/* ---- totals ---- */

struct series_totals *series_totals_create(const struct metric_registry *registry)
{
    MUST(registry->sealed);
    struct series_totals *totals = MEM_NEW(struct series_totals);
    totals->registry = registry;
    totals->sums = mem_zalloc((size_t)registry->series_count, sizeof(totals->sums[0]));
    for (int i = 0; i < registry->series_count; i++) {
        totals->sums[i].min = (double)INFINITY;
        totals->sums[i].max = -(double)INFINITY;
    }
    return totals;
}

void series_totals_destroy(struct series_totals **totals)
{
    if (*totals == NULL)
        return;
    for (int i = 0; i < (*totals)->registry->series_count; i++) {
        struct series_sum *sum = &(*totals)->sums[i];
        if (sum->hist != NULL)
            hist_sum_fini(sum->hist);
        mem_free(sum->hist);
        mem_free(sum->exact);
    }
    mem_free((*totals)->sums);
    mem_free(*totals);
    *totals = NULL;
}

static void series_sum_add_trend(struct series_sum *sum, const struct series *series)
{
    if (sum->hist == NULL) {
        sum->hist = mem_alloc(sizeof(*sum->hist));
        hist_sum_init(sum->hist);
    }
    hist_sum_add(sum->hist, series->hist);
    if (sum->exact_over)
        return;
    if (sum->count > SERIES_EXACT_MAX || series->exact_count < series->count) {
        sum->exact_over = true;
        mem_free(sum->exact);
        sum->exact = NULL;
        sum->exact_count = 0;
        return;
    }
    if (sum->exact == NULL)
        sum->exact = mem_zalloc(SERIES_EXACT_MAX, sizeof(sum->exact[0]));
    memcpy(sum->exact + sum->exact_count, series->exact,
           series->exact_count * sizeof(sum->exact[0]));
    sum->exact_count += series->exact_count;
    sum->sorted = false;
}

static void series_sum_add(struct series_sum *sum, const struct series *series,
                           enum metric_type type)
{
    if (series->count == 0)
        return;
    bool is_first = sum->count == 0;
    sum->count += series->count;
    sum->trues += series->trues;
    sum->sum += series->sum;
    if (series->min < sum->min)
        sum->min = series->min;
    if (series->max > sum->max)
        sum->max = series->max;
    if (type == METRIC_TYPE_GAUGE && (is_first || series->last_ns >= sum->last_ns)) {
        sum->last = series->last;
        sum->last_ns = series->last_ns;
    }
    if (type == METRIC_TYPE_TREND)
        series_sum_add_trend(sum, series);
}

void series_totals_add(struct series_totals *totals, const struct series_block *block)
{
    const struct metric_registry *registry = totals->registry;
    for (int i = 0; i < registry->series_count; i++)
        series_sum_add(&totals->sums[i], &block->series[i],
                       registry->metrics[registry->series[i].metric].type);
}

/* ---- questions ---- */

static int series_compare(const void *a, const void *b)
{
    double left, right;
    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

/* The value of that rank, from 0. */
static double series_sum_ranked(const struct series_sum *sum, uint64_t rank)
{
    if (!sum->exact_over)
        return sum->exact[rank];
    return hist_sum_quantile(sum->hist, ((double)rank + 0.5) / (double)sum->count);
}

double series_sum_percentile(struct series_sum *sum, double p)
{
    if (sum->count == 0)
        return 0.0;
    if (!sum->exact_over && !sum->sorted) {
        qsort(sum->exact, sum->exact_count, sizeof(sum->exact[0]), series_compare);
        sum->sorted = true;
    }
    double index = p / 100.0 * (double)(sum->count - 1);
    double below = floor(index);
    double low = series_sum_ranked(sum, (uint64_t)below);
    if (index <= below)
        return low;
    double high = series_sum_ranked(sum, (uint64_t)below + 1);
    return low + (high - low) * (index - below);
}

double series_sum_mean(const struct series_sum *sum)
{
    return sum->count == 0 ? 0.0 : sum->sum / (double)sum->count;
}

double series_sum_share(const struct series_sum *sum)
{
    return sum->count == 0 ? 0.0 : (double)sum->trues / (double)sum->count;
}
