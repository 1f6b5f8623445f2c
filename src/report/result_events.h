/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of the events of a run: by phase and sink what the ledgers counted, what each sink
 * counted for itself, second by second, and what went wrong, event by event. Plain numbers: whoever
 * runs the sinks adds to them while it goes on and tells the rest at the end.
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
    X(bytes, "bytes of messages, decoded")                                                         \
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

struct result_sink_counts {
#define X(name, text) uint64_t name;
    RESULT_SINK_COUNTERS(X)
#undef X
    struct hist_sum late; /* replies: how much later than told they were written, ns */
};

/* What is counted, of some stretch of time: adds up. Owns everything. */
struct result_event_rows {
    struct track_sum sum;             /* the ledgers, by phase and sink */
    struct result_sink_counts *sinks; /* [sum.sink_count] */
    uint64_t busy_permille_max;       /* of the sinks' thread, in any second */
};

void result_event_rows_init(struct result_event_rows *rows, size_t phases, size_t sinks);
void result_event_rows_fini(struct result_event_rows *rows);
void result_event_rows_merge(struct result_event_rows *into, const struct result_event_rows *from);
void result_event_rows_reset(struct result_event_rows *rows);

/* A moment, beside result_point: what happened in its time, phases together. Counts are changes and
 * may be negative: a delivered event that comes again is duplicated instead. */
#define RESULT_EVENT_POINT_COUNTERS(X)                                                             \
    X(sent)                                                                                        \
    X(accepted)                                                                                    \
    X(refused)                                                                                     \
    X(unsure)

#define RESULT_SINK_POINT_COUNTERS(X)                                                              \
    X(delivered)                                                                                   \
    X(duplicated)                                                                                  \
    X(late)                                                                                        \
    X(lost)                                                                                        \
    X(stuck)                                                                                       \
    X(in_flight)                                                                                   \
    X(leaked)                                                                                      \
    X(unsure_delivered)                                                                            \
    X(reordered)                                                                                   \
    X(damaged)                                                                                     \
    X(deliveries)                                                                                  \
    X(attempts)                                                                                    \
    X(retries)                                                                                     \
    X(redelivered)                                                                                 \
    X(unknown)                                                                                     \
    X(messages)                                                                                    \
    X(bytes)                                                                                       \
    X(foreign)                                                                                     \
    X(unreadable)                                                                                  \
    X(stampless)

struct result_event_point {
#define X(name) int64_t name;
    RESULT_EVENT_POINT_COUNTERS(X)
#undef X
};

struct result_sink_point {
#define X(name) int64_t name;
    RESULT_SINK_POINT_COUNTERS(X)
#undef X
    int64_t backlog;     /* accepted and not come, at its end */
    int64_t backlog_max; /* the most it was in it */
};

struct result_sink {
    char *name; /* these three owned */
    char *kind;
    char *place;
    struct plan_deliver deliver; /* what is expected of it */
    bool is_intact_asked;
    int64_t first_came_ns; /* how long the first event took; -1: none was awaited */
    int64_t backlog_max;   /* accepted and not come; the most in any second, warm-up included */
    int64_t gap_max_ns;    /* the longest time without a delivery while events were awaited */
    int64_t drain_ns;      /* from the end of the load until its last event came */
};

/* The key of a stream in which something went wrong. */
struct result_stream {
    uint32_t number;
    char *key; /* owned */
};

/* What an event that went wrong carried. */
struct result_carried {
    struct stamp_id id;
    char *text; /* owned */
};

struct result_events {
    struct stamp_run run;
    char *stream_key; /* owned; empty: streams have no keys */
    bool is_counted;  /* events had no identity: numbers are all there is */
    size_t sink_count;
    struct result_sink sinks[PLAN_SINKS_MAX];
    struct result_event_rows rows;
    struct result_event_rows tick; /* since the last tick; what the journal writes */
    bool tick_closed;
    int shard_count;
    struct result_event_point last;
    struct result_sink_point *last_sinks;  /* [sink] */
    struct result_event_point *points;     /* [RESULT_POINTS_MAX], beside those of the series */
    struct result_sink_point *sink_points; /* [point * sink_count + sink] */
    int64_t *shard_backlogs;               /* [shard * sink_count + sink], the most, last known */
    struct track_anomalies anomalies;
    struct result_stream *streams; /* by number */
    size_t stream_count;
    struct result_carried *carried; /* by identity */
    size_t carried_count;
    bool ended; /* all is told; else the run goes on, or it came to no end */
    enum track_drain_state drain_end;
    int64_t drain_ns;        /* from the end of the load until the last event came */
    double entry_lag_p99_ns; /* arrivals: from their stamp until the account had them */
    double entry_lag_max_ns;
    bool ledger_full; /* it came to its cap: sending stopped */
    char *complaint;  /* the sum that does not add up; owned; NULL: all do */
};

/* Names and expectations are copied; everything else is empty. */
struct result_events *result_events_create(const struct plan_events *plan, size_t phase_count,
                                           int shards);
void result_events_destroy(struct result_events **events);

/* Of a shard's ledger, since its last block. */
void result_events_add_block(struct result_events *events, const struct track_block *block);
/* Of a sink, since the last time: added to what is in *counts, whose histogram is the caller's. */
void result_events_add_sink(struct result_events *events, size_t sink,
                            const struct result_sink_counts *counts);
void result_events_add_busy(struct result_events *events, uint64_t busy_permille);
/* The key of a stream, once for all. */
void result_events_name_stream(struct result_events *events, uint32_t stream, struct bytes key);
/* NULL: it has none, or nobody told it. */
const char *result_events_stream_name(const struct result_events *events, uint32_t stream);

/* What an event carried, as far as it can be told; once for all. */
void result_events_add_carried(struct result_events *events, struct stamp_id id, struct bytes text);
/* NULL: nobody told it. */
const char *result_events_carried(const struct result_events *events, struct stamp_id id);

/* For result.c and the reader of journals: the last moment becomes the series' point `at`, or a
 * part of it; `at` becomes what `from` and the one behind it are together. */
void result_events_open_tick(struct result_events *events);
void result_events_close_tick(struct result_events *events);
void result_events_put_point(struct result_events *events, size_t at, bool merge);
void result_events_join_points(struct result_events *events, size_t at, size_t from);

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
