/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations on metrics: "p99<200ms", "failed<1%", "p99(event_lag)<2s", "rate>=4900/s",
 * "p95(latency{ok})<1s", "events_lost{sink:alerts}==0". A statistic of a metric, an optional
 * selector in braces, a comparison, a bound with a unit; in front, optionally, the phase it is
 * asked of ("steady:p99<200ms"). Parsed and evaluated against whoever knows the numbers.
 *
 *     [PHASE:] STAT|METRIC|STAT(METRIC) [{SELECTOR}]  < <= > >= == !=  BOUND [for TIME]
 *
 * STAT: p99, p99.9, p(99), avg|mean, med|median, min, max, count, rate. Without a metric:
 * `latency`, or `done` for count and rate. BOUND: what units.h reads, 200ms, 1m30s, 1%,
 * 1/1000, 4900/s, 7/3s, 10k, 1.5e9, 64KiB. A time without a unit is refused, and so is a count
 * below a fraction
 * ("failed<0.01" would mean no failure at all; "failed<1%" is the share). `for 30s`: it must hold
 * in every window of that length.
 */
#ifndef BR_METRIC_EXPR_H
#define BR_METRIC_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum expr_stat {
    EXPR_VALUE, /* the metric itself: a count, a gauge */
    EXPR_COUNT,
    EXPR_RATE, /* per second */
    EXPR_MIN,
    EXPR_MEAN,
    EXPR_MEDIAN,
    EXPR_MAX,
    EXPR_QUANTILE,
    EXPR_SHARE, /* 0..1: a count's part of all that could have been counted (failed of done) */
};

enum expr_op { EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE, EXPR_EQ, EXPR_NE };

enum expr_unit {
    EXPR_UNIT_NUMBER,
    EXPR_UNIT_NS,
    EXPR_UNIT_SHARE,
    EXPR_UNIT_PER_SEC,
    EXPR_UNIT_BYTES
};

/* A plain value; the texts are borrowed from what was parsed (`metric` may be static) and must
 * outlive it. */
struct expr {
    struct bytes text;     /* as given, without blanks at the ends */
    struct bytes phase;    /* "steady", …; empty: whatever the verdict is about */
    struct bytes metric;   /* "latency", "failed", "event_lag", …; never empty */
    struct bytes selector; /* what stands between the braces, empty: none */
    enum expr_stat stat;
    double quantile; /* 0..1 with EXPR_QUANTILE */
    enum expr_op op;
    enum expr_unit unit;
    int64_t window_ns; /* of every stretch of that length; 0: of the whole */
    double bound;      /* ns, share (1 % is 0.01), per second, bytes or a number */
};

/* One expectation; the sentence of *diag says where it went wrong and what would be accepted.
 * BR_ERR_CONFIG. */
BR_NODISCARD enum br_err expr_parse(struct bytes text, struct expr *out_expr, struct diag *diag);
/* `value` in the unit of the bound. NaN (nothing was measured) never holds. */
bool expr_holds(const struct expr *expr, double value);
/* An upper bound on a time can hold although we were slow (design.md 7.2). */
bool expr_is_upper_bound(const struct expr *expr);
const char *expr_op_text(enum expr_op op);
/* The value of `key` in a selector "ok,sink:alerts": empty (not NULL) for a bare word, false when
 * it is not there. */
bool expr_selector_find(struct bytes selector, struct bytes key, struct bytes *out_value);

#endif
