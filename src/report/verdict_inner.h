/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the verdict share.
 */
#ifndef BR_REPORT_VERDICT_INNER_H
#define BR_REPORT_VERDICT_INNER_H

#include "report/result.h"

/* What the events say. */
struct verdict_events {
    bool failed;    /* an expectation of a sink does not hold, whatever our speed */
    bool missed;    /* the numbers are not to be trusted, or sending stopped */
    bool slow_sink; /* the pipeline may have given up because of us */
    bool undecided;
};

/* Adds the reasons. `slow`: we may have made times longer. */
void verdict_judge_events(struct result *result, bool slow, struct verdict_events *out_events);

/* Of a run that was cut off: whether something broke that nothing that may have come later would
 * mend, and that our speed has no part in. Adds the reasons. */
bool verdict_judge_events_so_far(struct result *result);

/* The phases and the target that an expectation is about; NULL: there are none such. The caller
 * destroys the view. */
struct result_view *verdict_view_of(const struct result *result, const struct expr *expr);
/* The target that an expectation is about, or RESULT_EVERY_TARGET; it is known that there is one.
 */
int verdict_target_of(const struct result *result, const struct expr *expr);
/* Its value is a number of things or a rate, not a time or a share. */
bool verdict_counts_things(const struct expr *expr);
/* NaN: there is no sample. */
double verdict_view_value(const struct result_view *view, const struct expr *expr);
/* What failed does not depend on our speed. */
bool verdict_is_about_failures(const struct expr *expr);
/* It holds in spite of our lateness, as latency contains it. */
bool verdict_bounds_latency(const struct expr *expr);

/* Metrics of events: events_lost, event_lag, backlog, ... */
bool verdict_is_about_events(const struct expr *expr);
/* Its value may be what it is because we were slow. */
bool verdict_is_about_event_times(const struct expr *expr);
/* NaN: there is no sample. */
double verdict_event_value(const struct result *result, const struct expr *expr);
/* Whether such a run measures it; its phase was checked. */
BR_NODISCARD enum br_err verdict_check_event(const struct expr *expr, const struct plan *plan,
                                             struct diag *diag);

/* Whether that kind of error was our doing: out of descriptors, ports, memory. An operation that
 * was still on its way when the grace was over is the target's failure, unless somebody stopped
 * the run before its time. */
bool verdict_is_ours(const struct result *result, enum br_err err);
uint64_t verdict_own_failures(const struct result *result, const struct block_ops_sum *ops);
/* Adds an INVALID reason for every sum that does not add up. */
void verdict_check_sums(struct result *result);

#endif
