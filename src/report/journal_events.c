/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of events in ticks, exacts and footers, and the moments of events in points; there and
 * back.
 */
#include "base/must.h"
#include "report/journal_inner.h"
#include "report/result_events.h"

/* ---- rows, written ---- */

/* In the order of the table, without the zeros at the end. */
static void journal_put_changes(struct json_writer *writer, const int64_t *counts, size_t count)
{
    while (count > 0 && counts[count - 1] == 0)
        count--;
    json_add_array(writer, "counts");
    for (size_t i = 0; i < count; i++)
        json_put_i64(writer, counts[i]);
    json_close_array(writer);
}

static bool journal_is_all_zero(const int64_t *counts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (counts[i] != 0)
            return false;
    }
    return true;
}

static void journal_put_entries(struct json_writer *writer, const struct track_sum *sum)
{
    json_add_array(writer, "entries");
    for (int i = 0; i < sum->phase_count; i++) {
#define X(name, text) sum->entries[i].name,
        const int64_t counts[] = {TRACK_ENTRY_COUNTERS(X)};
#undef X
        if (journal_is_all_zero(counts, BR_COUNT(counts)))
            continue;
        json_open_object(writer);
        json_add_i64(writer, "phase", i);
        journal_put_changes(writer, counts, BR_COUNT(counts));
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void journal_put_at(struct json_writer *writer, const struct track_at_sum *at, int phase,
                           int sink, enum journal_grid grid)
{
#define X(name, ...) at->name,
    const int64_t counts[] = {TRACK_CLASSES(X) TRACK_SINK_COUNTERS(X)};
#undef X
    if (journal_is_all_zero(counts, BR_COUNT(counts)) && at->lag_due.count == 0)
        return;
    json_open_object(writer);
    json_add_i64(writer, "phase", phase);
    json_add_i64(writer, "sink", sink);
    journal_put_changes(writer, counts, BR_COUNT(counts));
    journal_put_hist(writer, "event_lag", &at->lag_due, grid);
    journal_put_hist(writer, "event_lag_sent", &at->lag_sent, grid);
    journal_put_hist(writer, "event_lag_accepted", &at->lag_accepted, grid);
    json_close_object(writer);
}

static void journal_put_sink(struct json_writer *writer, const struct result_event_rows *rows,
                             int sink, enum journal_grid grid)
{
    const struct result_sink_counts *from = &rows->sinks[sink];
    int64_t unknown = rows->sum.unknown[sink];
#define X(name, text) (int64_t) from->name,
    const int64_t counts[] = {RESULT_SINK_COUNTERS(X)};
#undef X
    if (journal_is_all_zero(counts, BR_COUNT(counts)) && unknown == 0 && from->late.count == 0)
        return;
    json_open_object(writer);
    json_add_i64(writer, "sink", sink);
    journal_put_changes(writer, counts, BR_COUNT(counts));
    if (unknown != 0)
        json_add_i64(writer, "unknown", unknown);
    journal_put_hist(writer, "reply_late", &from->late, grid);
    json_close_object(writer);
}

void journal_put_event_rows(struct json_writer *writer, const struct result_event_rows *rows,
                            enum journal_grid grid)
{
    json_add_object(writer, "events");
    journal_put_entries(writer, &rows->sum);
    json_add_array(writer, "arrivals");
    for (int i = 0; i < rows->sum.phase_count; i++) {
        for (int k = 0; k < rows->sum.sink_count; k++)
            journal_put_at(writer, track_sum_at(&rows->sum, i, k), i, k, grid);
    }
    json_close_array(writer);
    json_add_array(writer, "sinks");
    for (int i = 0; i < rows->sum.sink_count; i++)
        journal_put_sink(writer, rows, i, grid);
    json_close_array(writer);
    json_add_u64(writer, "busy_permille_max", rows->busy_permille_max);
    json_close_object(writer);
}

/* ---- rows, read ---- */

/* Sums of all the seconds of a run stay far from overflow. */
#define TAKE_CHANGE_MAX (INT64_C(1) << 45)

static int64_t journal_bound_change(int64_t change, struct diag *diag)
{
    if (change >= -TAKE_CHANGE_MAX && change <= TAKE_CHANGE_MAX)
        return change;
    journal_complain(diag, "a count of events is out of range");
    return 0;
}

/* Counters that a later version added at the end are passed over. */
static int64_t journal_take_change(const struct json *row, size_t *at, struct diag *diag)
{
    const struct json *count = json_at(json_get(row, "counts"), (*at)++);
    return count == NULL ? 0 : journal_bound_change(json_as_i64(count, "counts", diag), diag);
}

static void journal_take_entries(const struct json *row, struct track_sum *sum, struct diag *diag)
{
    size_t at = 0;
    uint64_t phase = json_get_u64(row, "phase", UINT64_MAX, diag);
    if (phase >= (uint64_t)sum->phase_count) {
        journal_complain(diag, "a row of events is of no phase of this run");
        return;
    }
#define X(name, text) sum->entries[phase].name += journal_take_change(row, &at, diag);
    TRACK_ENTRY_COUNTERS(X)
#undef X
}

static void journal_take_at(const struct json *row, enum journal_grid grid, struct track_sum *sum,
                            struct diag *diag)
{
    size_t at = 0;
    uint64_t phase = json_get_u64(row, "phase", UINT64_MAX, diag);
    uint64_t sink = json_get_u64(row, "sink", UINT64_MAX, diag);
    if (phase >= (uint64_t)sum->phase_count || sink >= (uint64_t)sum->sink_count) {
        journal_complain(diag, "a row of events is of no sink of this run");
        return;
    }
    struct track_at_sum *into = track_sum_at(sum, (int)phase, (int)sink);
#define X(name, ...) into->name += journal_take_change(row, &at, diag);
    TRACK_CLASSES(X)
    TRACK_SINK_COUNTERS(X)
#undef X
    journal_take_hist(row, "event_lag", grid, &into->lag_due, diag);
    journal_take_hist(row, "event_lag_sent", grid, &into->lag_sent, diag);
    journal_take_hist(row, "event_lag_accepted", grid, &into->lag_accepted, diag);
}

static void journal_take_sink(const struct json *row, enum journal_grid grid,
                              struct result_event_rows *rows, struct diag *diag)
{
    size_t at = 0;
    uint64_t sink = json_get_u64(row, "sink", UINT64_MAX, diag);
    if (sink >= (uint64_t)rows->sum.sink_count) {
        journal_complain(diag, "a row of events is of no sink of this run");
        return;
    }
    struct result_sink_counts *into = &rows->sinks[sink];
#define X(name, text) into->name += (uint64_t)journal_take_change(row, &at, diag);
    RESULT_SINK_COUNTERS(X)
#undef X
    rows->sum.unknown[sink] += journal_bound_change(json_get_i64(row, "unknown", 0, diag), diag);
    journal_take_hist(row, "reply_late", grid, &into->late, diag);
}

void journal_take_event_rows(const struct json *record, enum journal_grid grid,
                             struct result_event_rows *rows, struct diag *diag)
{
    const struct json *events = json_get(record, "events");
    const struct json *entries = json_get(events, "entries");
    const struct json *arrivals = json_get(events, "arrivals");
    const struct json *sinks = json_get(events, "sinks");
    for (size_t i = 0; i < json_count(entries); i++)
        journal_take_entries(json_at(entries, i), &rows->sum, diag);
    for (size_t i = 0; i < json_count(arrivals); i++)
        journal_take_at(json_at(arrivals, i), grid, &rows->sum, diag);
    for (size_t i = 0; i < json_count(sinks); i++)
        journal_take_sink(json_at(sinks, i), grid, rows, diag);
    uint64_t busy = json_get_u64(events, "busy_permille_max", 0, diag);
    if (busy > rows->busy_permille_max)
        rows->busy_permille_max = busy;
}

/* ---- points ---- */

static void journal_put_some(struct json_writer *writer, const char *key, int64_t count)
{
    if (count != 0)
        json_add_i64(writer, key, count);
}

void journal_put_event_point(struct json_writer *writer, const struct result_events *events)
{
    json_add_object(writer, "events");
#define X(name) journal_put_some(writer, #name, events->last.name);
    RESULT_EVENT_POINT_COUNTERS(X)
#undef X
    json_close_object(writer);
    json_add_object(writer, "sinks");
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct result_sink_point *point = &events->last_sinks[i];
        json_add_object(writer, events->sinks[i].name);
#define X(name) journal_put_some(writer, #name, point->name);
        RESULT_SINK_POINT_COUNTERS(X)
#undef X
        json_add_i64(writer, "backlog", point->backlog);
        json_add_i64(writer, "backlog_max", point->backlog_max);
        json_close_object(writer);
    }
    json_close_object(writer);
}

void journal_take_event_point(const struct json *json, struct result_events *events,
                              struct diag *diag)
{
    const struct json *entries = json_get(json, "events");
    const struct json *sinks = json_get(json, "sinks");
#define X(name)                                                                                    \
    events->last.name = journal_bound_change(json_get_i64(entries, #name, 0, diag), diag);
    RESULT_EVENT_POINT_COUNTERS(X)
#undef X
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct json *sink = json_get(sinks, events->sinks[i].name);
        struct result_sink_point *point = &events->last_sinks[i];
#define X(name) point->name = journal_bound_change(json_get_i64(sink, #name, 0, diag), diag);
        RESULT_SINK_POINT_COUNTERS(X)
        X(backlog)
        X(backlog_max)
#undef X
    }
}
