/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of the events of a run: by phase and sink what the ledgers counted, what each sink
 * counted for itself, and what went wrong, event by event. Plain numbers: whoever runs the sinks
 * fills it in at the end.
 */
#ifndef BR_REPORT_RESULT_EVENTS_H
#define BR_REPORT_RESULT_EVENTS_H

#include "plan/plan_events.h"
#include "report/result.h"
#include "track/anomaly_list.h"
#include "track/drain.h"
#include "track/judge.h"
#include "track/track.h"

/* What a sink counts itself, of the whole run. Names are keys of the result file. */
#define RESULT_SINK_COUNTERS(X)                                                                    \
    X(connections, "connections accepted")                                                         \
    X(messages, "messages that came in whole")                                                     \
    X(answered, "messages answered well, or read where nothing is answered")                       \
    X(failed, "messages answered with an error")                                                   \
    X(reset, "messages whose connection we reset")                                                 \
    X(stalled, "messages that we never answered")                                                  \
    X(hung_up, "messages whose peer was gone before our answer")                                   \
    X(undecodable, "the part of failed whose body could not be decoded")                           \
    X(arrivals, "events in messages, each once a message")                                         \
    X(unread, "deliveries whose reply the peer may not have read")                                 \
    X(repeated, "further stamps of an event in the same message")                                  \
    X(foreign, "stamps of other runs")                                                             \
    X(unreadable, "stamps of this run that were damaged")                                          \
    X(stampless, "messages without a stamp of any kind")                                           \
    X(cut, "messages longer than the limit, of which the rest was not looked at")

struct result_sink {
    char *name; /* these three owned */
    char *kind;
    char *place;
    struct plan_deliver deliver; /* what is expected of it */
    bool is_intact_asked;
#define X(name, text) uint64_t name;
    RESULT_SINK_COUNTERS(X)
#undef X
    uint64_t replies; /* of which is known how much later than told they were written */
    double reply_late_p99_ns;
    double reply_late_max_ns;
    int64_t first_came_ns; /* how long the first event took; -1: none was awaited */
    int64_t backlog_max;   /* accepted and not come; the most in any second, warm-up included */
    int64_t gap_max_ns;    /* the longest time without a delivery while events were awaited */
    int64_t drain_ns;      /* from the end of the load until its last event came */
};

struct result_events {
    struct stamp_run run;
    struct track_sum sum;
    struct track_anomalies anomalies;
    size_t sink_count;
    struct result_sink sinks[PLAN_SINKS_MAX];
    enum track_drain_state drain_end;
    int64_t drain_ns;           /* from the end of the load until the last event came */
    uint64_t busy_permille_max; /* of the sinks' thread, in any second */
    bool ledger_full;           /* it came to its cap: sending stopped */
    char *complaint;            /* the sum that does not add up; owned; NULL: all do */
};

/* Names and expectations are copied; everything else is empty. */
struct result_events *result_events_create(const struct plan_events *plan, size_t phase_count);
void result_events_destroy(struct result_events **events);

/* A sink over some phases. Large, and `at` owns histograms. */
struct result_flow {
    struct track_entries entries;
    struct track_at_sum at;
};

void result_flow_init(struct result_flow *flow, const struct result *result, int phase,
                      size_t sink);
void result_flow_fini(struct result_flow *flow);

/* How many things are expected of the sinks, all together. */
size_t result_events_asked(const struct result *result);
/* "empty", "stalled", …: how the drain ended. */
const char *result_drain_name(enum track_drain_state state);

#endif
