/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a run is, in one line or two. Pure: who draws it, and how often, is the caller's
 * business.
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
    uint64_t total;      /* the same, or what the schedule will make due; 0: not known */
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

/* The latencies of the last seconds, the oldest first; NaN: nothing ended. All zero: none yet. */
enum { PROGRESS_PAST_MAX = 20 };
struct progress_past {
    double p50_ns[PROGRESS_PAST_MAX];
    double p99_ns[PROGRESS_PAST_MAX];
    int count;
};
void progress_remember(struct progress_past *past, const struct progress_view *view);

/* The same in two lines, for terminals that have room: how far it is and what came of it; and the
 * last second with the ones before it as a curve. At most `width` columns each, no line feed. */
void progress_format_first(const struct progress_view *view, int width, bool utf8, struct buf *out);
void progress_format_second(const struct progress_view *view, const struct progress_past *past,
                            int width, bool utf8, struct buf *out);
/* For a terminal: at most `width` columns, the less important left out first, no line feed. */
void progress_format_line(const struct progress_view *view, int width, bool utf8, struct buf *out);
/* For a log: everything, with a line feed. */
void progress_format_log(const struct progress_view *view, struct buf *out);

#endif
