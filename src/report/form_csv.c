/* SPDX-License-Identifier: Apache-2.0
 *
 * The result as a table for spreadsheets (RFC 4180): a row for the whole, one for each phase, one
 * for each target, and one for each second of the run (of a long one for some seconds together).
 * Where events were followed, each sink has columns of its own. Times are ns. A field without a
 * value is empty.
 */
#include <inttypes.h>
#include <math.h>

#include "report/form_inner.h"
#include "report/result_events.h"

static const struct {
    const char *name;
    double share;
} csv_shares[] = {
    {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999},
};

/* Quoted; a quote is doubled. */
static void csv_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, BYTES("\""));
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            buf_put(buf, BYTES("\""));
        buf_put(buf, bytes_make(c, 1));
    }
    buf_put(buf, BYTES("\""));
}

static void csv_put_count(struct buf *buf, uint64_t count)
{
    buf_putf(buf, ",%" PRIu64, count);
}

static void csv_put_number(struct buf *buf, double number)
{
    if (isnan(number))
        buf_put(buf, BYTES(","));
    else
        buf_putf(buf, ",%.15g", number);
}

static void csv_put_times(struct buf *buf, const struct hist_sum *times)
{
    bool any = times->count > 0;
    csv_put_number(buf, any ? times->min : (double)NAN);
    csv_put_number(buf, any ? hist_sum_mean(times) : (double)NAN);
    for (size_t i = 0; i < BR_COUNT(csv_shares); i++)
        csv_put_number(buf, any ? hist_sum_quantile(times, csv_shares[i].share) : (double)NAN);
    csv_put_number(buf, any ? times->max : (double)NAN);
}

/* ---- events ---- */

/* Columns of a sink: known of the whole and of phases, and those known of a moment. */
#define CSV_SINK_COUNTS(X)                                                                         \
    X(delivered)                                                                                   \
    X(duplicated)                                                                                  \
    X(late)                                                                                        \
    X(lost)                                                                                        \
    X(stuck)                                                                                       \
    X(in_flight)                                                                                   \
    X(leaked)                                                                                      \
    X(reordered)                                                                                   \
    X(damaged)                                                                                     \
    X(attempts)                                                                                    \
    X(redelivered)

#define CSV_SINK_OWN_COUNTS(X)                                                                     \
    X(messages)                                                                                    \
    X(bytes)                                                                                       \
    X(foreign)                                                                                     \
    X(unreadable)                                                                                  \
    X(stampless)

static void csv_put_change(struct buf *buf, int64_t count)
{
    buf_putf(buf, ",%" PRId64, count);
}

/* A file of any making may have other characters in a name than a run. */
static void csv_put_head(struct buf *buf, const char *sink, const char *column)
{
    buf_put(buf, BYTES(","));
    for (const char *c = sink; *c != '\0'; c++)
        buf_put(buf,
                *c < 0x21 || *c == ',' || *c == '"' || *c == 0x7f ? BYTES("_") : bytes_make(c, 1));
    buf_putf(buf, "_%s", column);
}

static void csv_put_event_heads(struct buf *buf, const struct result_events *events)
{
    buf_put_str(buf, ",events_sent,events_accepted,events_refused,events_unsure");
    for (size_t i = 0; i < events->sink_count; i++) {
        const char *name = events->sinks[i].name;
#define X(count) csv_put_head(buf, name, #count);
        CSV_SINK_COUNTS(X)
        CSV_SINK_OWN_COUNTS(X)
        X(backlog)
        X(backlog_max)
        X(lag_p50_ns)
        X(lag_p99_ns)
        X(lag_max_ns)
#undef X
    }
}

static void csv_put_blanks(struct buf *buf, int count)
{
    for (int i = 0; i < count; i++)
        buf_put(buf, BYTES(","));
}

static void csv_put_lag(struct buf *buf, const struct hist_sum *lag)
{
    bool any = lag->count > 0;
    csv_put_number(buf, any ? hist_sum_quantile(lag, 0.5) : (double)NAN);
    csv_put_number(buf, any ? hist_sum_quantile(lag, 0.99) : (double)NAN);
    csv_put_number(buf, any ? lag->max : (double)NAN);
}

/* What a sink counts itself, and its backlog, belong to no phase. */
static void csv_put_flow(struct buf *buf, const struct result *result, int phase, size_t sink)
{
    const struct result_event_rows *rows = &result->events->rows;
    struct result_flow flow;
    result_flow_init(&flow, result, phase, sink);
#define X(count) csv_put_change(buf, flow.at.count);
    CSV_SINK_COUNTS(X)
#undef X
    if (phase == RESULT_COUNTED) {
#define X(count) csv_put_count(buf, rows->sinks[sink].count);
        CSV_SINK_OWN_COUNTS(X)
#undef X
        csv_put_change(buf, flow.at.lost + flow.at.stuck + flow.at.in_flight + flow.at.missing);
        csv_put_change(buf, result->events->sinks[sink].backlog_max);
    } else {
        csv_put_blanks(buf, 7);
    }
    csv_put_lag(buf, &flow.at.lag_due);
    result_flow_fini(&flow);
}

static void csv_put_flows(struct buf *buf, const struct result *result, int phase)
{
    const struct result_events *events = result->events;
    struct track_entries entries = {0};
    for (int i = 0; i < events->rows.sum.phase_count; i++) {
        if (phase == i || (phase == RESULT_COUNTED && result->phases[i].counted)) {
            entries.sent += events->rows.sum.entries[i].sent;
            entries.accepted += events->rows.sum.entries[i].accepted;
            entries.refused += events->rows.sum.entries[i].refused;
            entries.unsure += events->rows.sum.entries[i].unsure;
        }
    }
    csv_put_change(buf, entries.sent);
    csv_put_change(buf, entries.accepted);
    csv_put_change(buf, entries.refused);
    csv_put_change(buf, entries.unsure);
    for (size_t i = 0; i < events->sink_count; i++)
        csv_put_flow(buf, result, phase, i);
}

static void csv_put_event_point(struct buf *buf, const struct result_events *events, size_t at)
{
    const struct result_event_point *entries = &events->points[at];
    csv_put_change(buf, entries->sent);
    csv_put_change(buf, entries->accepted);
    csv_put_change(buf, entries->refused);
    csv_put_change(buf, entries->unsure);
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct result_sink_point *point = &events->sink_points[at * events->sink_count + i];
#define X(count) csv_put_change(buf, point->count);
        CSV_SINK_COUNTS(X)
        CSV_SINK_OWN_COUNTS(X)
        X(backlog)
        X(backlog_max)
#undef X
        csv_put_blanks(buf, 3);
    }
}

#define CSV_ONE(count) +1

static int csv_event_columns(const struct result_events *events)
{
    int each = 0 CSV_SINK_COUNTS(CSV_ONE) CSV_SINK_OWN_COUNTS(CSV_ONE) + 5;
    return 4 + (int)events->sink_count * each;
}

/* ---- rows ---- */

enum { CSV_TIMES = 4, CSV_POINT_COLUMNS = 6 };

static void csv_put_heads(struct buf *buf, const struct result *result)
{
    static const char *const times[] = {"latency", "latency_ok", "latency_failed", "service"};
    buf_put_str(buf, "kind,name,offered,sent,done,ok,failed,unsent,offered_per_sec,sent_per_sec,"
                     "done_per_sec,active_ns,bytes_sent,bytes_received,conns_opened,conns_failed");
    for (size_t i = 0; i < BR_COUNT(times); i++) {
        buf_putf(buf, ",%s_min_ns,%s_mean_ns", times[i], times[i]);
        for (size_t k = 0; k < BR_COUNT(csv_shares); k++)
            buf_putf(buf, ",%s_%s_ns", times[i], csv_shares[k].name);
        buf_putf(buf, ",%s_max_ns", times[i]);
    }
    buf_put_str(buf, ",t_ns,span_ns,behind,in_flight,conns_open,rss_bytes");
    if (result->events != NULL)
        csv_put_event_heads(buf, result->events);
    buf_put(buf, BYTES("\r\n"));
}

static void csv_put_row(struct buf *buf, const char *kind, const char *name,
                        const struct result *result, int phase, int target)
{
    struct result_view *view = result_view_create(result, phase, target);
    const struct block_ops_sum *ops = &view->ops;
    bool whole = target == RESULT_EVERY_TARGET;
    csv_put_text(buf, kind);
    buf_put(buf, BYTES(","));
    csv_put_text(buf, name);
    /* What is due and never sent is no one target's. */
    csv_put_number(buf, whole ? (double)view->offered : (double)NAN);
    csv_put_count(buf, ops->sent);
    csv_put_count(buf, ops->done);
    csv_put_count(buf, view->ok);
    csv_put_count(buf, ops->failed);
    csv_put_number(buf, whole ? (double)view->unsent : (double)NAN);
    csv_put_number(buf, whole ? view->offered_per_sec : (double)NAN);
    csv_put_number(buf, view->sent_per_sec);
    csv_put_number(buf, view->done_per_sec);
    buf_putf(buf, ",%" PRId64, view->active_ns);
    csv_put_count(buf, ops->bytes_sent);
    csv_put_count(buf, ops->bytes_received);
    csv_put_count(buf, ops->conns_opened);
    csv_put_count(buf, ops->conns_failed);
    csv_put_times(buf, &view->latency);
    csv_put_times(buf, &ops->latency_ok);
    csv_put_times(buf, &ops->latency_failed);
    csv_put_times(buf, &view->service);
    csv_put_blanks(buf, CSV_POINT_COLUMNS);
    if (result->events != NULL && whole)
        csv_put_flows(buf, result, phase);
    else if (result->events != NULL)
        csv_put_blanks(buf, csv_event_columns(result->events));
    buf_put(buf, BYTES("\r\n"));
    result_view_destroy(&view);
}

/* What happened in it, and how it stood at its end. */
static void csv_put_point(struct buf *buf, const struct result *result, size_t at)
{
    const struct result_point *point = &result->series.points[at];
    csv_put_text(buf, "point");
    buf_put(buf, BYTES(",\"\""));
    csv_put_count(buf, point->due);
    csv_put_count(buf, point->sent);
    csv_put_count(buf, point->done);
    csv_put_count(buf, point->done - point->failed);
    csv_put_count(buf, point->failed);
    csv_put_blanks(buf, 9); /* unsent to conns_failed */
    csv_put_blanks(buf, 2);
    csv_put_number(buf, point->done > 0 ? point->latency_p50_ns : (double)NAN);
    csv_put_blanks(buf, 3);
    csv_put_number(buf, point->done > 0 ? point->latency_p99_ns : (double)NAN);
    csv_put_blanks(buf, 2 + (CSV_TIMES - 1) * ((int)BR_COUNT(csv_shares) + 3));
    buf_putf(buf, ",%" PRId64 ",%" PRId64, point->t_ns, point->span_ns);
    csv_put_count(buf, point->behind);
    csv_put_count(buf, point->in_flight);
    csv_put_count(buf, point->conns_open);
    csv_put_count(buf, point->rss_bytes);
    if (result->events != NULL)
        csv_put_event_point(buf, result->events, at);
    buf_put(buf, BYTES("\r\n"));
}

void form_csv_render(const struct result *result, const struct form_options *options,
                     struct buf *buf)
{
    (void)options;
    csv_put_heads(buf, result);
    csv_put_row(buf, "summary", "", result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    for (size_t i = 0; i < result->phase_count; i++)
        csv_put_row(buf, "phase", result->phases[i].name, result, (int)i, RESULT_EVERY_TARGET);
    for (size_t i = 0; i < result->target_count; i++)
        csv_put_row(buf, "target", result->targets[i].url, result, RESULT_COUNTED, (int)i);
    for (size_t i = 0; i < result->series.count; i++)
        csv_put_point(buf, result, i);
}
