/* SPDX-License-Identifier: Apache-2.0
 *
 * Events as JSON. What was asked for, for the header. What became of them: "sinks" by name, each
 * with the counted phases' numbers, its warm-up apart, and its first anomalies.
 */
#include <stdio.h>

#include "report/result_events.h"
#include "report/summary_inner.h"

static void report_put_flow(struct json_writer *writer, const struct result_flow *flow)
{
    const struct track_at_sum *at = &flow->at;
    json_add_i64(writer, "registered", flow->entries.registered);
    json_add_i64(writer, "sent", flow->entries.sent);
    json_add_i64(writer, "accepted", flow->entries.accepted);
    json_add_i64(writer, "unsure", flow->entries.unsure);
#define X(name, NAME, text) json_add_i64(writer, #name, at->name);
    TRACK_CLASSES(X)
#undef X
#define X(name, text) json_add_i64(writer, #name, at->name);
    TRACK_SINK_COUNTERS(X)
#undef X
    report_put_times(writer, "event_lag", &at->lag_due);
    report_put_times(writer, "event_lag_sent", &at->lag_sent);
    report_put_times(writer, "event_lag_accepted", &at->lag_accepted);
}

static void report_put_moment(struct json_writer *writer, const char *key, int64_t at_ns)
{
    if (at_ns != TRACK_NO_TIME)
        json_add_i64(writer, key, at_ns);
}

void report_put_anomaly(struct json_writer *writer, const struct result_events *events,
                        const struct track_anomaly *anomaly, struct bytes key, struct bytes carried)
{
    static const char *const entries[] = {"unsent", "refused", "accepted", "unsure", "pending"};
    char stamp[STAMP_SIZE];
    stamp_emit(&events->run, anomaly->id, stamp);
    json_add_text(writer, "event", bytes_make(stamp, sizeof(stamp)));
    json_add_u64(writer, "stream", anomaly->id.stream);
    if (key.len > 0)
        json_add_text(writer, "key", key);
    json_add_u64(writer, "seq", anomaly->id.seq);
    report_put_moment(writer, "due_ns", anomaly->due_ns);
    if (anomaly->due_last_ns != anomaly->due_ns)
        report_put_moment(writer, "due_last_ns", anomaly->due_last_ns);
    if (anomaly->op.is_known) {
        json_add_str(writer, "entry", entries[anomaly->op.entry]);
        json_add_u64(writer, "operation", anomaly->op.number);
        json_add_u64(writer, "connection", anomaly->op.conn);
        json_add_u64(writer, "target", anomaly->op.target);
        report_put_moment(writer, "sent_ns", anomaly->op.sent_ns);
        report_put_moment(writer, "accepted_ns", anomaly->op.accepted_ns);
    }
    report_put_moment(writer, "at_ns", anomaly->at_ns);
    if (anomaly->attempts > 0)
        json_add_u64(writer, "attempts", anomaly->attempts);
    if (carried.len > 0)
        json_add_text(writer, "carried", carried);
}

static void report_put_first(struct json_writer *writer, const struct result_events *events,
                             const struct track_anomaly *anomaly)
{
    const char *key = result_events_stream_name(events, anomaly->id.stream);
    const char *carried = result_events_carried(events, anomaly->id);
    json_open_object(writer);
    report_put_anomaly(writer, events, anomaly, bytes_from_str(key == NULL ? "" : key),
                       bytes_from_str(carried == NULL ? "" : carried));
    json_close_object(writer);
}

static void report_put_runs(struct json_writer *writer, const struct track_anomaly_list *list)
{
    json_add_array(writer, "runs");
    for (size_t i = 0; i < list->run_count; i++) {
        const struct track_run *run = &list->runs[i];
        json_open_object(writer);
        json_add_u64(writer, "stream", run->stream);
        json_add_u64(writer, "first", run->first);
        json_add_u64(writer, "last", run->last);
        json_add_i64(writer, "count", run->count);
        report_put_moment(writer, "due_first_ns", run->due_first_ns);
        report_put_moment(writer, "due_last_ns", run->due_last_ns);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void report_put_tally(struct json_writer *writer, const char *key,
                             const struct track_tally *tally)
{
    json_add_object(writer, key);
    for (size_t i = 0; i < tally->row_count; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u", tally->rows[i].value);
        if (tally->rows[i].count != 0)
            json_add_i64(writer, name, tally->rows[i].count);
    }
    if (tally->others != 0)
        json_add_i64(writer, "others", tally->others);
    json_close_object(writer);
}

static void report_put_list(struct json_writer *writer, const struct result *result,
                            const struct track_anomaly_list *list, enum track_anomaly_kind kind)
{
    json_add_object(writer, track_anomaly_name(kind));
    json_add_i64(writer, "count", list->count);
    if (list->runless > 0)
        json_add_i64(writer, "beyond_runs", list->runless);
    json_add_array(writer, "first");
    for (size_t i = 0; i < list->first_count; i++)
        report_put_first(writer, result->events, &list->first[i]);
    json_close_array(writer);
    report_put_runs(writer, list);
    report_put_tally(writer, "targets", &list->targets);
    report_put_tally(writer, "connections", &list->conns);
    report_put_tally(writer, "streams", &list->streams);
    json_add_array(writer, "clusters");
    for (size_t i = 0; i < list->cluster_count; i++) {
        json_open_object(writer);
        json_add_i64(writer, "first_ns", list->clusters[i].first_ns);
        json_add_i64(writer, "last_ns", list->clusters[i].last_ns);
        json_add_i64(writer, "count", list->clusters[i].count);
        json_close_object(writer);
    }
    json_close_array(writer);
    json_close_object(writer);
}

/* Of one phase; a kind of which there is nothing is left out. */
static void report_put_anomalies(struct json_writer *writer, const struct result *result, int phase,
                                 size_t sink)
{
    json_add_object(writer, "anomalies");
    for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
        const struct track_anomaly_list *list = track_anomalies_of(
            &result->events->anomalies, phase, (int)sink, (enum track_anomaly_kind)kind);
        if (list != NULL && list->count > 0)
            report_put_list(writer, result, list, (enum track_anomaly_kind)kind);
    }
    json_close_object(writer);
}

static void report_put_sink_phases(struct json_writer *writer, const struct result *result,
                                   size_t at)
{
    json_add_array(writer, "phases");
    for (size_t i = 0; i < result->phase_count; i++) {
        struct result_flow flow;
        result_flow_init(&flow, result, (int)i, at);
        json_open_object(writer);
        json_add_str(writer, "name", result->phases[i].name);
        json_add_bool(writer, "counted", result->phases[i].counted);
        report_put_flow(writer, &flow);
        report_put_anomalies(writer, result, (int)i, at);
        json_close_object(writer);
        result_flow_fini(&flow);
    }
    json_close_array(writer);
}

static void report_put_series(struct json_writer *writer, const struct result *result, size_t at)
{
    const struct result_events *events = result->events;
    size_t count = result->series.count;
    json_add_object(writer, "series");
    json_add_array(writer, "t_ns");
    for (size_t i = 0; i < count; i++)
        json_put_i64(writer, result->series.points[i].t_ns);
    json_close_array(writer);
    json_add_array(writer, "accepted");
    for (size_t i = 0; i < count; i++)
        json_put_i64(writer, events->points[i].accepted);
    json_close_array(writer);
#define SERIES(name)                                                                               \
    json_add_array(writer, #name);                                                                 \
    for (size_t i = 0; i < count; i++)                                                             \
        json_put_i64(writer, events->sink_points[i * events->sink_count + at].name);               \
    json_close_array(writer);
    SERIES(delivered)
    SERIES(duplicated)
    SERIES(late)
    SERIES(backlog)
    SERIES(backlog_max)
#undef SERIES
    json_close_object(writer);
}

static void report_put_sink(struct json_writer *writer, const struct result *result, size_t at)
{
    const struct result_sink *sink = &result->events->sinks[at];
    const struct result_sink_counts *counts = &result->events->rows.sinks[at];
    struct result_flow flow;
    result_flow_init(&flow, result, RESULT_COUNTED, at);
    json_add_object(writer, sink->name);
    json_add_str(writer, "kind", sink->kind);
    json_add_str(writer, "place", sink->place);
    report_put_flow(writer, &flow);
#define X(name, text) json_add_u64(writer, #name, counts->name);
    RESULT_SINK_COUNTERS(X)
#undef X
    json_add_i64(writer, "unknown", result->events->rows.sum.unknown[at]);
    if (counts->late.count > 0)
        json_add_f64(writer, "reply_late_p99_ns", hist_sum_quantile(&counts->late, 0.99));
    if (sink->first_came_ns >= 0)
        json_add_i64(writer, "first_event_ns", sink->first_came_ns);
    json_add_i64(writer, "backlog_max", sink->backlog_max);
    json_add_i64(writer, "gap_max_ns", sink->gap_max_ns);
    json_add_i64(writer, "drain_ns", sink->drain_ns);
    report_put_series(writer, result, at);
    report_put_sink_phases(writer, result, at);
    json_close_object(writer);
    result_flow_fini(&flow);
}

static void report_put_streams(struct json_writer *writer, const struct result_events *events)
{
    if (events->stream_count == 0)
        return;
    json_add_object(writer, "streams");
    for (size_t i = 0; i < events->stream_count; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u", events->streams[i].number);
        json_add_str(writer, name, events->streams[i].key);
    }
    json_close_object(writer);
}

void report_put_events(struct json_writer *writer, const struct result *result)
{
    const struct result_events *events = result->events;
    if (events == NULL)
        return;
    if (events->ended) {
        json_add_object(writer, "drain");
        json_add_str(writer, "end", result_drain_name(events->drain_end));
        json_add_i64(writer, "drain_ns", events->drain_ns);
        json_close_object(writer);
    }
    json_add_object(writer, "events");
    json_add_text(writer, "run", stamp_run_text(&events->run));
    json_add_u64(writer, "busy_permille_max", events->rows.busy_permille_max);
    json_add_f64(writer, "entry_lag_p99_ns", events->entry_lag_p99_ns);
    json_add_f64(writer, "entry_lag_max_ns", events->entry_lag_max_ns);
    json_add_bool(writer, "ledger_full", events->ledger_full);
    if (events->complaint != NULL)
        json_add_str(writer, "complaint", events->complaint);
    report_put_streams(writer, events);
    json_close_object(writer);
    json_add_object(writer, "sinks");
    for (size_t i = 0; i < events->sink_count; i++)
        report_put_sink(writer, result, i);
    json_close_object(writer);
}

/* ---- what was asked for ---- */

static void report_put_deliver(struct json_writer *writer, const struct plan_deliver *deliver)
{
    const struct {
        const char *name;
        bool asked;
    } rows[] = {{"all", deliver->all},
                {"exactly_once", deliver->exactly_once},
                {"in_order", deliver->in_order},
                {"none", deliver->none}};
    json_add_object(writer, "deliver");
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if (rows[i].asked)
            json_add_bool(writer, rows[i].name, true);
    }
    if (deliver->at_least > 0)
        json_add_f64(writer, "at_least", deliver->at_least);
    if (deliver->within_ns > 0)
        json_add_i64(writer, "within_ns", deliver->within_ns);
    json_close_object(writer);
}

/* The names of the counters in rows of events. */
static void report_put_event_columns(struct json_writer *writer)
{
#define X(name, ...) json_put_text(writer, BYTES(#name));
    json_add_array(writer, "entry_counts");
    TRACK_ENTRY_COUNTERS(X)
    json_close_array(writer);
    json_add_array(writer, "arrival_counts");
    TRACK_CLASSES(X)
    TRACK_SINK_COUNTERS(X)
    json_close_array(writer);
    json_add_array(writer, "sink_counts");
    RESULT_SINK_COUNTERS(X)
    json_close_array(writer);
#undef X
}

void report_put_event_plan(struct json_writer *writer, const struct result *result)
{
    const struct result_events *events = result->events;
    json_add_object(writer, "events");
    json_add_text(writer, "run", stamp_run_text(&events->run));
    json_add_str(writer, "identity", events->is_counted ? "count" : "stamp");
    if (events->stream_key[0] != '\0')
        json_add_str(writer, "stream_key", events->stream_key);
    json_add_array(writer, "sinks");
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct result_sink *sink = &events->sinks[i];
        json_open_object(writer);
        json_add_str(writer, "name", sink->name);
        json_add_str(writer, "kind", sink->kind);
        json_add_str(writer, "place", sink->place);
        json_add_bool(writer, "intact", sink->is_intact_asked);
        report_put_deliver(writer, &sink->deliver);
        json_close_object(writer);
    }
    json_close_array(writer);
    report_put_event_columns(writer);
    json_close_object(writer);
}
