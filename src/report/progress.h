/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a run is, in one line. Pure: who draws it, and how often, is the caller's business.
 */
#ifndef BR_REPORT_PROGRESS_H
#define BR_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "report/result.h"

/* A moment, and the second before it. A plain value; texts are borrowed from the result. */
struct progress_view {
    const char *phase;   /* its name; NULL when there is only one */
    int64_t elapsed_ns;  /* since the load began */
    int64_t total_ns;    /* as planned; 0: until `operations` are done */
    uint64_t operations; /* to be done; 0: until the time is over */
    uint64_t ok;
    uint64_t failed;
    uint64_t in_flight;
    uint64_t behind;      /* due and not begun */
    double asked_per_sec; /* by the schedule, now; NaN in a closed model */
    double got_per_sec;   /* operations that ended */
    double p50_ns;        /* latency of what ended; NaN when nothing did */
    double p99_ns;
};

/* Of the last tick. */
void progress_from_result(struct progress_view *out_view, const struct result *result);

/* For a terminal: at most `width` columns, the less important left out first, no line feed. */
void progress_format_line(const struct progress_view *view, int width, bool utf8, struct buf *out);
/* For a log: everything, with a line feed. */
void progress_format_log(const struct progress_view *view, struct buf *out);

#endif
