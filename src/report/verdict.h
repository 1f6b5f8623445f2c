/* SPDX-License-Identifier: Apache-2.0
 *
 * PASS, FAIL or INVALID, and why: design.md 7.2 as code. A pure function of the result: the same
 * numbers give the same verdict, when the run ends or when its file is read a year later.
 *
 * Evidence is of three kinds, judged in this order:
 *
 *   1. what is wrong whatever our speed (nothing succeeded, a target is down, too many operations
 *      failed by the target's doing) is FAIL;
 *   2. what says that the load was not the promised one, or that we were too slow to tell, is
 *      INVALID, and takes every expectation with it that does not hold because of time;
 *   3. expectations that do not hold are FAIL, and without any of this it is PASS.
 *
 * One thing is let through although we were slow (unless --max-lateness says how slow we may be):
 * bounds on latency that hold. Latency counts from when an operation was due, so it contains our
 * own lateness; what is below the bound with it is below the bound without it.
 */
#ifndef BR_REPORT_VERDICT_H
#define BR_REPORT_VERDICT_H

#include "base/attr.h"
#include "base/diag.h"
#include "report/result.h"

enum {
    VERDICT_EXIT_PASS = 0,
    VERDICT_EXIT_FAIL = 99,
    VERDICT_EXIT_INVALID = 90,
    VERDICT_EXIT_NONE = 105, /* the run did not come to an end */
};

/* Sets verdict, reasons and expectations. Notes that are already there stay, behind the reasons.
 * MUST be called once a result. A result that was cut off gets its expectations' values and
 * VERDICT_NONE; or VERDICT_FAIL when its events broke what nothing could mend. */
void verdict_judge(struct result *result);
/* Of a run that nobody interrupted (that is 105, whatever the verdict). */
int verdict_exit_code(enum verdict verdict);

/* For set-up: an expectation on something that such a run does not measure is refused, with a
 * sentence that says what it does. The plan's targets are known. */
BR_NODISCARD enum br_err verdict_check_expect(const struct expr *expr, const struct plan *plan,
                                              struct diag *diag);
/* The number that an expectation is about, in the unit of its bound; false: there is no sample. */
bool verdict_value(const struct result *result, const struct expr *expr, double *out_value);

struct track_ruling;
struct track_at_sum;
/* The code of the reason that a ruling on a sink gives when it does not hold. */
const char *verdict_ruling_code(const struct track_ruling *ruling, const struct track_at_sum *at);

/* What the reason about too few connections names: operations per second times how long one takes
 * (Little's law), for the mean, the p99 and the largest service time; 0 when nothing was measured.
 */
struct verdict_need {
    uint64_t mean;
    uint64_t p99;
    uint64_t max;
};
struct verdict_need verdict_connections_needed(const struct result_view *view);

#endif
