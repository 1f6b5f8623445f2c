/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and asking thresholds. Blanks may stand between the parts.
 */
#include "metric/threshold.h"

#include <math.h>

#include "base/mem.h"
#include "base/units.h"

#define THRESHOLD_FORMS "AGGREGATION OPERATOR NUMBER, such as p(95)<500, rate<0.01 or count>=100"

struct threshold_stat_row {
    const char *name;
    enum threshold_stat stat;
    unsigned types; /* bits of metric_type */
};

#define THRESHOLD_TYPE(type) (1U << METRIC_TYPE_##type)

static const struct threshold_stat_row threshold_stat_rows[] = {
    {"count", THRESHOLD_COUNT, THRESHOLD_TYPE(COUNTER)},
    {"rate", THRESHOLD_RATE, THRESHOLD_TYPE(COUNTER) | THRESHOLD_TYPE(RATE)},
    {"value", THRESHOLD_VALUE, THRESHOLD_TYPE(GAUGE)},
    {"avg", THRESHOLD_AVG, THRESHOLD_TYPE(TREND)},
    {"min", THRESHOLD_MIN, THRESHOLD_TYPE(TREND)},
    {"max", THRESHOLD_MAX, THRESHOLD_TYPE(TREND)},
    {"med", THRESHOLD_MED, THRESHOLD_TYPE(TREND)},
    {"p(N)", THRESHOLD_PERCENTILE, THRESHOLD_TYPE(TREND)},
};

/* Longer ones first. */
static const struct {
    const char *text;
    enum threshold_op op;
} threshold_ops[] = {
    {"===", THRESHOLD_EQ}, {"==", THRESHOLD_EQ}, {"!=", THRESHOLD_NE}, {"<=", THRESHOLD_LE},
    {">=", THRESHOLD_GE},  {"<", THRESHOLD_LT},  {">", THRESHOLD_GT},
};

void thresholds_init(struct thresholds *thresholds)
{
    *thresholds = (struct thresholds){0};
    arena_init(&thresholds->arena);
}

void thresholds_fini(struct thresholds *thresholds)
{
    mem_free(thresholds->items);
    arena_fini(&thresholds->arena);
    *thresholds = (struct thresholds){0};
}

/* ---- reading ---- */

/* "p(95)", "p(99.9)". */
static bool threshold_read_percentile(struct bytes text, double *out_percentile)
{
    if (text.len < 4 || text.ptr[0] != 'p' || text.ptr[1] != '(' || text.ptr[text.len - 1] != ')')
        return false;
    for (size_t i = 2; i < text.len - 1; i++) {
        if ((text.ptr[i] < '0' || text.ptr[i] > '9') && text.ptr[i] != '.' && text.ptr[i] != ' ')
            return false;
    }
    double percentile;
    struct bytes number = bytes_trim(bytes_make(text.ptr + 2, text.len - 3));
    if (units_parse_number(number, &percentile, NULL) != BR_ERR_NONE || percentile > 100.0)
        return false;
    *out_percentile = percentile;
    return true;
}

static const struct threshold_stat_row *threshold_read_stat(struct bytes text,
                                                            double *out_percentile)
{
    for (size_t i = 0; i < BR_COUNT(threshold_stat_rows); i++) {
        if (bytes_eq(text, bytes_from_str(threshold_stat_rows[i].name)) &&
            threshold_stat_rows[i].stat != THRESHOLD_PERCENTILE)
            return &threshold_stat_rows[i];
    }
    if (threshold_read_percentile(text, out_percentile))
        return &threshold_stat_rows[BR_COUNT(threshold_stat_rows) - 1];
    return NULL;
}

/* Without k, M and the like, which k6 does not know. */
static bool threshold_read_bound(struct bytes text, double *out_bound)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_number =
            (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
        if (!is_number)
            return false;
    }
    return text.len > 0 && units_parse_number(text, out_bound, NULL) == BR_ERR_NONE;
}

static enum br_err threshold_parse(struct bytes source, struct threshold *threshold,
                                   const struct threshold_stat_row **out_row, struct diag *diag)
{
    struct bytes text = bytes_trim(source);
    size_t at = 0;
    while (at < text.len && memchr("<>=!", text.ptr[at], 4) == NULL)
        at++;
    threshold->stat_text = bytes_trim(bytes_make(text.ptr, at));
    struct bytes rest = bytes_skip(text, at);
    size_t size = 0;
    for (size_t i = 0; i < BR_COUNT(threshold_ops) && size == 0; i++) {
        if (bytes_starts(rest, bytes_from_str(threshold_ops[i].text))) {
            size = strlen(threshold_ops[i].text);
            threshold->op = threshold_ops[i].op;
        }
    }
    if (size == 0)
        return diag_set(diag, BR_ERR_CONFIG, "threshold '%.*s' has no comparison: it is %s",
                        BYTES_ARG(source), THRESHOLD_FORMS);
    *out_row = threshold_read_stat(threshold->stat_text, &threshold->percentile);
    if (*out_row == NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "threshold '%.*s': there is no aggregation '%.*s'; known are count, rate, "
                        "value, avg, min, max, med and p(N) with N from 0 to 100",
                        BYTES_ARG(source), BYTES_ARG(threshold->stat_text));
    threshold->stat = (*out_row)->stat;
    if (!threshold_read_bound(bytes_trim(bytes_skip(rest, size)), &threshold->bound))
        return diag_set(diag, BR_ERR_CONFIG,
                        "threshold '%.*s' compares with no number: it is %s, times in ms",
                        BYTES_ARG(source), THRESHOLD_FORMS);
    return BR_ERR_NONE;
}

static enum br_err threshold_refuse_stat(const struct threshold *threshold, struct bytes metric,
                                         enum metric_type type, struct diag *diag)
{
    static const char *const allowed[] = {"count and rate", "value", "rate",
                                          "avg, min, max, med and p(N)"};
    return diag_set(diag, BR_ERR_CONFIG, "threshold '%.*s' on '%.*s': a %s has no %.*s; it has %s",
                    BYTES_ARG(threshold->source), BYTES_ARG(metric), metric_type_name(type),
                    BYTES_ARG(threshold->stat_text), allowed[type]);
}

enum br_err thresholds_add(struct thresholds *thresholds, struct metric_registry *registry,
                           struct bytes metric, struct bytes source, bool abort_on_fail,
                           int64_t delay_abort_ns, struct diag *diag)
{
    struct threshold threshold = {.source = arena_copy(&thresholds->arena, source),
                                  .abort_on_fail = abort_on_fail,
                                  .delay_abort_ns = delay_abort_ns,
                                  .ok = true};
    const struct threshold_stat_row *row;
    enum br_err err = threshold_parse(threshold.source, &threshold, &row, diag);
    if (err == BR_ERR_NONE)
        err = metric_series_define(registry, metric, &threshold.series, diag);
    if (err != BR_ERR_NONE)
        return err;
    enum metric_type type = metric_at(registry, registry->series[threshold.series].metric)->type;
    if ((row->types >> type & 1) == 0)
        return threshold_refuse_stat(&threshold, metric, type, diag);
    thresholds->items =
        mem_realloc(thresholds->items, (thresholds->count + 1) * sizeof(thresholds->items[0]));
    thresholds->items[thresholds->count++] = threshold;
    return BR_ERR_NONE;
}

/* ---- asking ---- */

static double threshold_value(const struct threshold *threshold, struct series_sum *sum,
                              enum metric_type type, int64_t elapsed_ns)
{
    bool is_empty = sum->count == 0;
    switch (threshold->stat) {
    case THRESHOLD_COUNT:
        return sum->sum;
    case THRESHOLD_RATE:
        if (type == METRIC_TYPE_RATE)
            return series_sum_share(sum);
        return elapsed_ns <= 0 ? 0.0 : sum->sum / ((double)elapsed_ns / 1e9);
    case THRESHOLD_VALUE:
        return sum->last;
    case THRESHOLD_AVG:
        return series_sum_mean(sum);
    case THRESHOLD_MIN:
        return is_empty ? 0.0 : sum->min;
    case THRESHOLD_MAX:
        return is_empty ? 0.0 : sum->max;
    case THRESHOLD_MED:
        return series_sum_percentile(sum, 50.0);
    case THRESHOLD_PERCENTILE:
        return series_sum_percentile(sum, threshold->percentile);
    }
    return 0.0;
}

static bool threshold_holds(const struct threshold *threshold, double value)
{
    switch (threshold->op) {
    case THRESHOLD_LT:
        return value < threshold->bound;
    case THRESHOLD_LE:
        return value <= threshold->bound;
    case THRESHOLD_GT:
        return value > threshold->bound;
    case THRESHOLD_GE:
        return value >= threshold->bound;
    case THRESHOLD_EQ:
        return value == threshold->bound;
    case THRESHOLD_NE:
        return value != threshold->bound;
    }
    return false;
}

size_t thresholds_evaluate(struct thresholds *thresholds, struct series_totals *totals,
                           int64_t elapsed_ns, enum threshold_moment moment, bool *out_abort)
{
    size_t crossed = 0;
    *out_abort = false;
    for (size_t i = 0; i < thresholds->count; i++) {
        struct threshold *threshold = &thresholds->items[i];
        struct series_sum *sum = &totals->sums[threshold->series];
        const struct metric *metric =
            metric_at(totals->registry, totals->registry->series[threshold->series].metric);
        if (sum->count == 0 && moment == THRESHOLD_DURING)
            continue;
        threshold->value = threshold_value(threshold, sum, metric->type, elapsed_ns);
        threshold->ok = (sum->count == 0 && metric->type == METRIC_TYPE_RATE) ||
                        threshold_holds(threshold, threshold->value);
        if (threshold->ok)
            continue;
        crossed++;
        if (threshold->abort_on_fail && elapsed_ns >= threshold->delay_abort_ns)
            *out_abort = true;
    }
    return crossed;
}
