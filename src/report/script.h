/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a script's run as k6 tells it: the end-of-test summary in k6's layout, the data that
 * handleSummary gets, and the file of --summary-export. Pure functions of what was measured; all of
 * it is borrowed.
 */
#ifndef BR_REPORT_SCRIPT_H
#define BR_REPORT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "metric/group.h"
#include "metric/series.h"
#include "metric/threshold.h"

struct json;

enum { REPORT_STATS_MAX = 32, REPORT_STAT_SIZE = 24 };

enum report_stat_kind {
    REPORT_STAT_AVG,
    REPORT_STAT_MIN,
    REPORT_STAT_MED,
    REPORT_STAT_MAX,
    REPORT_STAT_COUNT,
    REPORT_STAT_PERCENTILE,
};

/* One of summaryTrendStats. */
struct report_stat {
    char text[REPORT_STAT_SIZE]; /* as given: "p(99.9)" */
    enum report_stat_kind kind;
    double percentile;
};

struct report_stats {
    struct report_stat items[REPORT_STATS_MAX];
    size_t count;
};

/* avg, min, med, max, p(90), p(95). */
void report_stats_default(struct report_stats *stats);
/* "avg,p(99)" of --summary-trend-stats; replaces what was there. */
BR_NODISCARD enum br_err report_stats_parse(struct report_stats *stats, struct bytes text,
                                            struct diag *diag);
/* An array of texts, options.summaryTrendStats. */
BR_NODISCARD enum br_err report_stats_read(struct report_stats *stats, const struct json *json,
                                           struct diag *diag);

/* AUTO takes what suits each value. */
enum report_time_unit { REPORT_TIME_AUTO, REPORT_TIME_S, REPORT_TIME_MS, REPORT_TIME_US };
/* "", "s", "ms", "us". */
BR_NODISCARD enum br_err report_time_unit_parse(struct bytes text, enum report_time_unit *out_unit,
                                                struct diag *diag);

/* LEGACY is the one layout of k6 before 1.0. */
enum report_mode { REPORT_COMPACT, REPORT_FULL, REPORT_LEGACY, REPORT_DISABLED };
BR_NODISCARD enum br_err report_mode_parse(struct bytes text, enum report_mode *out_mode,
                                           struct diag *diag);

/* What k6 does not have: times against the schedule (ns), shown in a section of their own. */
struct report_due_row {
    struct bytes name; /* "iteration_lateness{scenario:x}" */
    const struct hist *hist;
};

struct report_script {
    const struct metric_registry *registry;
    struct series_totals *totals; /* its exact values are sorted when they are asked for */
    const struct metric_tree *tree;
    const struct thresholds *thresholds; /* NULL: none were asked (--no-thresholds) */
    const struct report_stats *stats;
    enum report_time_unit time_unit;
    enum report_mode mode;
    int64_t duration_ns; /* from before setup to behind teardown: rates of counters are of it */
    bool no_color;       /* for handleSummary; our text has none */
    bool stdout_is_terminal;
    bool stderr_is_terminal;
    struct bytes setup_data; /* JSON; empty: setup returned nothing */
    const struct report_due_row *due_rows;
    size_t due_row_count;
    struct bytes verdict; /* a line or more of ours, without line feed; empty: none */
};

/* The summary for people, ending in a line feed. Nothing when it is disabled. */
void report_script_text(const struct report_script *script, struct buf *out);
/* The argument of handleSummary. */
void report_script_data(const struct report_script *script, struct buf *out);
/* The file of --summary-export. */
void report_script_export(const struct report_script *script, struct buf *out);

#endif
