/* SPDX-License-Identifier: Apache-2.0
 *
 * What header and footer of a journal say of events, read. As everywhere in the reader, the file
 * may be of any making.
 */
#include <string.h>

#include "base/mem.h"
#include "report/journal_inner.h"
#include "report/result_events.h"

/* ---- header ---- */

static void take_deliver(const struct json *json, struct plan_deliver *deliver, struct diag *diag)
{
    *deliver =
        (struct plan_deliver){.given = json_count(json) > 0,
                              .all = json_get_bool(json, "all", false, diag),
                              .exactly_once = json_get_bool(json, "exactly_once", false, diag),
                              .in_order = json_get_bool(json, "in_order", false, diag),
                              .none = json_get_bool(json, "none", false, diag),
                              .at_least = json_get_f64(json, "at_least", 0.0, diag),
                              .within_ns = journal_take_ns(json, "within_ns", 0, diag)};
}

void journal_take_event_plan(const struct json *header, struct result *result, struct diag *diag)
{
    const struct json *json = json_get(header, "events");
    const struct json *sinks = json_get(json, "sinks");
    struct plan_events plan = {.sinks = {.count = json_count(sinks)}};
    if (json == NULL || diag->err != BR_ERR_NONE)
        return;
    if (plan.sinks.count > PLAN_SINKS_MAX || result->phase_count > TRACK_PHASES_MAX) {
        journal_complain(diag, "a run has at most 16 sinks and 16 phases");
        return;
    }
    struct bytes run = json_get_text(json, "run", BYTES(""), diag);
    if (bytes_eq(json_get_text(json, "identity", BYTES("stamp"), diag), BYTES("count")))
        plan.identity = PLAN_IDENTITY_COUNT;
    plan.stream_key = json_get_text(json, "stream_key", BYTES(""), diag);
    for (size_t i = 0; i < plan.sinks.count; i++) {
        const struct json *sink = json_at(sinks, i);
        plan.sinks.sinks[i] = (struct plan_sink){
            .name = json_get_text(sink, "name", BYTES(""), diag),
            .kind = json_get_text(sink, "kind", BYTES(""), diag),
            .place = json_get_text(sink, "place", BYTES(""), diag),
            .intact = json_get_bool(sink, "intact", false, diag) ? BYTES("intact") : BYTES_NONE};
        take_deliver(json_get(sink, "deliver"), &plan.delivers[i], diag);
    }
    struct diag why = DIAG_INIT;
    if (diag->err == BR_ERR_NONE && stamp_run_parse(run, &plan.run, &why) != BR_ERR_NONE)
        journal_complain(diag, why.text);
    if (diag->err == BR_ERR_NONE)
        result->events = result_events_create(&plan, result->phase_count, result->plan.shards);
}

/* ---- anomalies ---- */

static const char *const take_entry_names[] = {"unsent", "refused", "accepted", "unsure",
                                               "pending"};

static int64_t take_moment(const struct json *json, const char *key, int64_t fallback,
                           struct diag *diag)
{
    if (json_get(json, key) == NULL)
        return fallback;
    return journal_bound_time(json_get_i64(json, key, 0, diag), diag);
}

static uint32_t take_u32(const struct json *json, const char *key, uint32_t most, struct diag *diag)
{
    uint64_t value = json_get_u64(json, key, 0, diag);
    if (value <= most)
        return (uint32_t)value;
    journal_complain(diag, "a number of an event is out of range");
    return 0;
}

static void take_anomaly(const struct json *json, struct result_events *events,
                         struct track_anomaly *out, struct diag *diag)
{
    struct track_anomaly one = {0};
    struct bytes entry = json_get_text(json, "entry", BYTES(""), diag);
    one.id.stream = take_u32(json, "stream", STAMP_STREAM_MAX, diag);
    one.id.seq = json_get_u64(json, "seq", 0, diag) & STAMP_SEQ_MAX;
    one.due_ns = take_moment(json, "due_ns", TRACK_NO_TIME, diag);
    one.due_last_ns = take_moment(json, "due_last_ns", one.due_ns, diag);
    one.op.is_known = entry.len > 0;
    for (size_t i = 0; i < BR_COUNT(take_entry_names); i++) {
        if (bytes_eq(entry, bytes_from_str(take_entry_names[i])))
            one.op.entry = (enum track_entry)i;
    }
    one.op.number = take_u32(json, "operation", UINT32_MAX, diag);
    one.op.conn = take_u32(json, "connection", UINT32_MAX, diag);
    one.op.target = (uint16_t)take_u32(json, "target", UINT16_MAX, diag);
    one.op.sent_ns = take_moment(json, "sent_ns", TRACK_NO_TIME, diag);
    one.op.accepted_ns = take_moment(json, "accepted_ns", TRACK_NO_TIME, diag);
    one.at_ns = take_moment(json, "at_ns", TRACK_NO_TIME, diag);
    one.attempts = take_u32(json, "attempts", UINT32_MAX, diag);
    *out = one;
    struct bytes carried = json_get_text(json, "carried", BYTES(""), diag);
    if (carried.len > 0)
        result_events_add_carried(events, one.id, carried);
}

static void take_runs(const struct json *runs, struct track_anomaly_list *list, struct diag *diag)
{
    for (size_t i = 0; i < json_count(runs) && i < TRACK_RUNS_MAX; i++) {
        const struct json *json = json_at(runs, i);
        list->runs[list->run_count++] =
            (struct track_run){.stream = take_u32(json, "stream", STAMP_STREAM_MAX, diag),
                               .first = json_get_u64(json, "first", 0, diag) & STAMP_SEQ_MAX,
                               .last = json_get_u64(json, "last", 0, diag) & STAMP_SEQ_MAX,
                               .count = json_get_i64(json, "count", 0, diag),
                               .due_first_ns = take_moment(json, "due_first_ns", 0, diag),
                               .due_last_ns = take_moment(json, "due_last_ns", 0, diag)};
    }
}

static bool take_key_number(struct bytes key, uint32_t *out_number)
{
    uint64_t number = 0;
    if (key.len == 0 || key.len > 10)
        return false;
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < '0' || key.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(key.ptr[i] - '0');
    }
    *out_number = (uint32_t)number;
    return number <= UINT32_MAX;
}

static void take_tally(const struct json *json, struct track_tally *tally, struct diag *diag)
{
    struct json_cursor cursor = {0};
    while (json_next(json, &cursor)) {
        uint32_t value = 0;
        int64_t count = json_as_i64(cursor.value, "count", diag);
        if (bytes_eq(cursor.key, BYTES("others"))) {
            tally->others = count;
        } else if (take_key_number(cursor.key, &value) && tally->row_count < TRACK_TALLY_MAX) {
            tally->rows[tally->row_count].value = value;
            tally->rows[tally->row_count++].count = count;
        } else {
            journal_complain(diag, "a tally of events is damaged");
        }
    }
}

static void take_list(const struct json *json, struct result_events *events,
                      struct track_anomaly_list *list, struct diag *diag)
{
    const struct json *first = json_get(json, "first");
    const struct json *clusters = json_get(json, "clusters");
    list->count = json_get_i64(json, "count", 0, diag);
    list->runless = json_get_i64(json, "beyond_runs", 0, diag);
    for (size_t i = 0; i < json_count(first) && i < TRACK_FIRST_MAX; i++)
        take_anomaly(json_at(first, i), events, &list->first[list->first_count++], diag);
    take_runs(json_get(json, "runs"), list, diag);
    take_tally(json_get(json, "targets"), &list->targets, diag);
    take_tally(json_get(json, "connections"), &list->conns, diag);
    take_tally(json_get(json, "streams"), &list->streams, diag);
    for (size_t i = 0; i < json_count(clusters) && i < TRACK_CLUSTERS_MAX; i++) {
        const struct json *cluster = json_at(clusters, i);
        list->clusters[list->cluster_count++] = (struct track_cluster){
            take_moment(cluster, "first_ns", 0, diag), take_moment(cluster, "last_ns", 0, diag),
            json_get_i64(cluster, "count", 0, diag)};
    }
}

static void take_anomalies(const struct json *sink, struct result_events *events, int at,
                           struct diag *diag)
{
    const struct json *phases = json_get(sink, "phases");
    for (int phase = 0; phase < events->rows.sum.phase_count; phase++) {
        const struct json *lists = json_get(json_at(phases, (size_t)phase), "anomalies");
        for (int i = 0; i < TRACK_ANOMALY_COUNT; i++) {
            enum track_anomaly_kind kind = (enum track_anomaly_kind)i;
            const struct json *list = json_get(lists, track_anomaly_name(kind));
            if (list != NULL)
                take_list(list, events, track_anomalies_make(&events->anomalies, phase, at, kind),
                          diag);
        }
    }
}

/* ---- footer ---- */

static void take_sink(const struct json *json, struct result_events *events, size_t at,
                      struct diag *diag)
{
    struct result_sink *sink = &events->sinks[at];
    sink->first_came_ns = journal_take_ns(json, "first_event_ns", -1, diag);
    sink->backlog_max = json_get_i64(json, "backlog_max", 0, diag);
    sink->gap_max_ns = journal_take_ns(json, "gap_max_ns", 0, diag);
    sink->drain_ns = journal_take_ns(json, "drain_ns", 0, diag);
    take_anomalies(json, events, (int)at, diag);
}

static void take_drain(const struct json *footer, struct result_events *events, struct diag *diag)
{
    const struct json *json = json_get(footer, "drain");
    struct bytes end = json_get_text(json, "end", BYTES(""), diag);
    if (json == NULL)
        return;
    events->ended = true;
    events->drain_ns = journal_take_ns(json, "drain_ns", 0, diag);
    for (int i = TRACK_DRAIN_ON; i <= TRACK_DRAIN_DEADLINE; i++) {
        enum track_drain_state state = (enum track_drain_state)i;
        if (bytes_eq(end, bytes_from_str(result_drain_name(state))))
            events->drain_end = state;
    }
}

static void take_streams(const struct json *json, struct result_events *events, struct diag *diag)
{
    struct json_cursor cursor = {0};
    while (json_next(json_get(json, "streams"), &cursor)) {
        uint32_t stream = 0;
        struct bytes key = json_as_text(cursor.value, "streams", diag);
        if (take_key_number(cursor.key, &stream))
            result_events_name_stream(events, stream, key);
        else
            journal_complain(diag, "a stream of events has no number");
    }
}

void journal_take_event_footer(const struct json *footer, struct result *result, struct diag *diag)
{
    struct result_events *events = result->events;
    const struct json *json = json_get(footer, "events");
    const struct json *sinks = json_get(footer, "sinks");
    if (events == NULL || json == NULL)
        return;
    take_drain(footer, events, diag);
    take_streams(json, events, diag);
    events->entry_lag_p99_ns = json_get_f64(json, "entry_lag_p99_ns", 0.0, diag);
    events->entry_lag_max_ns = json_get_f64(json, "entry_lag_max_ns", 0.0, diag);
    events->ledger_full = json_get_bool(json, "ledger_full", false, diag);
    struct bytes complaint = json_get_text(json, "complaint", BYTES(""), diag);
    if (complaint.len > 0 && events->complaint == NULL)
        events->complaint = mem_copy_str(complaint);
    for (size_t i = 0; i < events->sink_count; i++)
        take_sink(json_get(sinks, events->sinks[i].name), events, i, diag);
}
