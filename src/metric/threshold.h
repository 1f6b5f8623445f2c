/* SPDX-License-Identifier: Apache-2.0
 *
 * k6's thresholds: "p(95)<500", "rate<0.01", "count>100", on a metric or a series of it. Which
 * aggregations a metric has depends on its type; what is wrong is told before the run.
 */
#ifndef BR_METRIC_THRESHOLD_H
#define BR_METRIC_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "metric/metric.h"
#include "metric/series.h"

enum threshold_stat {
    THRESHOLD_COUNT,
    THRESHOLD_RATE,
    THRESHOLD_VALUE,
    THRESHOLD_AVG,
    THRESHOLD_MIN,
    THRESHOLD_MAX,
    THRESHOLD_MED,
    THRESHOLD_PERCENTILE,
};

enum threshold_op {
    THRESHOLD_LT,
    THRESHOLD_LE,
    THRESHOLD_GT,
    THRESHOLD_GE,
    THRESHOLD_EQ,
    THRESHOLD_NE
};

struct threshold {
    struct bytes source; /* as given */
    int series;
    enum threshold_stat stat;
    double percentile;      /* 0 to 100 */
    struct bytes stat_text; /* "p(95)" */
    enum threshold_op op;
    double bound;
    bool abort_on_fail;
    int64_t delay_abort_ns;
    bool ok;      /* by the latest evaluation; true before the first */
    double value; /* what it was compared with */
};

/* Owns all. */
struct thresholds {
    struct threshold *items;
    size_t count;
    struct arena arena;
};

void thresholds_init(struct thresholds *thresholds);
void thresholds_fini(struct thresholds *thresholds);

/* Adds one; makes its series. A sentence when the text, the metric, or the aggregation for that
 * type of metric is wrong. */
BR_NODISCARD enum br_err thresholds_add(struct thresholds *thresholds,
                                        struct metric_registry *registry, struct bytes metric,
                                        struct bytes source, bool abort_on_fail,
                                        int64_t delay_abort_ns, struct diag *diag);

enum threshold_moment {
    THRESHOLD_DURING, /* series without samples are left out */
    THRESHOLD_FINAL,  /* an empty Trend compares as 0, an empty Rate passes */
};

/* Asks all of them. `elapsed_ns`: the test's duration so far, for rates of counters. Returns how
 * many do not hold; *out_abort: one of them wants the end of the test now. */
size_t thresholds_evaluate(struct thresholds *thresholds, struct series_totals *totals,
                           int64_t elapsed_ns, enum threshold_moment moment, bool *out_abort);

#endif
