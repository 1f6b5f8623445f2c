/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting events while the run goes on: rows that add up, and a moment a second beside those of
 * the result's series, which merge as they do.
 */
#include "base/mem.h"
#include "base/must.h"
#include "report/result_events.h"

/* ---- rows ---- */

void result_event_rows_init(struct result_event_rows *rows, size_t phases, size_t sinks)
{
    *rows = (struct result_event_rows){0};
    track_sum_init(&rows->sum, (int)phases, (int)sinks);
    rows->sinks = mem_zalloc(sinks, sizeof(rows->sinks[0]));
    for (size_t i = 0; i < sinks; i++)
        hist_sum_init(&rows->sinks[i].late);
}

void result_event_rows_fini(struct result_event_rows *rows)
{
    for (int i = 0; i < rows->sum.sink_count; i++)
        hist_sum_fini(&rows->sinks[i].late);
    mem_free(rows->sinks);
    track_sum_fini(&rows->sum);
    *rows = (struct result_event_rows){0};
}

static void result_sink_counts_merge(struct result_sink_counts *into,
                                     const struct result_sink_counts *from)
{
#define X(name, text) into->name += from->name;
    RESULT_SINK_COUNTERS(X)
#undef X
    hist_sum_merge(&into->late, &from->late);
}

void result_event_rows_merge(struct result_event_rows *into, const struct result_event_rows *from)
{
    track_sum_merge(&into->sum, &from->sum);
    for (int i = 0; i < from->sum.sink_count; i++)
        result_sink_counts_merge(&into->sinks[i], &from->sinks[i]);
    if (from->busy_permille_max > into->busy_permille_max)
        into->busy_permille_max = from->busy_permille_max;
}

void result_event_rows_reset(struct result_event_rows *rows)
{
    track_sum_reset(&rows->sum);
    for (int i = 0; i < rows->sum.sink_count; i++) {
        hist_sum_fini(&rows->sinks[i].late);
        rows->sinks[i] = (struct result_sink_counts){0};
        hist_sum_init(&rows->sinks[i].late);
    }
    rows->busy_permille_max = 0;
}

/* ---- what comes in ---- */

/* Of all shards together, to within their intervals. */
static void result_events_add_backlog(struct result_events *events, const struct track_block *block,
                                      int sink)
{
    int sinks = block->sink_count;
    int64_t all = 0;
    MUST(block->shard < events->shard_count);
    events->shard_backlogs[block->shard * sinks + sink] = block->flows[sink].backlog_max;
    for (int i = 0; i < events->shard_count; i++)
        all += events->shard_backlogs[i * sinks + sink];
    if (all > events->last_sinks[sink].backlog_max)
        events->last_sinks[sink].backlog_max = all;
}

void result_events_add_block(struct result_events *events, const struct track_block *block)
{
    result_events_open_tick(events);
    track_sum_add(&events->rows.sum, block);
    track_sum_add(&events->tick.sum, block);
    for (int i = 0; i < block->sink_count; i++)
        result_events_add_backlog(events, block, i);
}

void result_events_add_sink(struct result_events *events, size_t sink,
                            const struct result_sink_counts *counts)
{
    result_events_open_tick(events);
    result_sink_counts_merge(&events->rows.sinks[sink], counts);
    result_sink_counts_merge(&events->tick.sinks[sink], counts);
}

void result_events_add_busy(struct result_events *events, uint64_t busy_permille)
{
    result_events_open_tick(events);
    if (busy_permille > events->rows.busy_permille_max)
        events->rows.busy_permille_max = busy_permille;
    if (busy_permille > events->tick.busy_permille_max)
        events->tick.busy_permille_max = busy_permille;
}

/* ---- moments ---- */

void result_events_open_tick(struct result_events *events)
{
    if (!events->tick_closed)
        return;
    events->tick_closed = false;
    result_event_rows_reset(&events->tick);
    events->last = (struct result_event_point){0};
    for (size_t i = 0; i < events->sink_count; i++)
        events->last_sinks[i] = (struct result_sink_point){0};
}

/* Accepted, awaited there, and not come as far as is known. */
static int64_t result_events_backlog(const struct result_events *events, size_t sink)
{
    const struct track_sum *sum = &events->rows.sum;
    int64_t backlog = 0;
    if (events->sinks[sink].deliver.none || events->is_counted)
        return 0;
    for (int i = 0; i < sum->phase_count; i++) {
        const struct track_at_sum *at = track_sum_at(sum, i, (int)sink);
        backlog += at->missing + at->lost + at->stuck + at->in_flight;
    }
    return backlog;
}

static void result_events_measure(const struct result_events *events, size_t sink,
                                  struct result_sink_point *point)
{
    const struct track_sum *sum = &events->tick.sum;
    const struct result_sink_counts *counts = &events->tick.sinks[sink];
    for (int i = 0; i < sum->phase_count; i++) {
        const struct track_at_sum *at = track_sum_at(sum, i, (int)sink);
        point->delivered += at->delivered;
        point->duplicated += at->duplicated;
        point->late += at->late;
        point->lost += at->lost;
        point->stuck += at->stuck;
        point->in_flight += at->in_flight;
        point->leaked += at->leaked;
        point->unsure_delivered += at->unsure_delivered;
        point->reordered += at->reordered;
        point->damaged += at->damaged;
        point->deliveries += at->deliveries;
        point->attempts += at->attempts;
        point->retries += at->retries;
        point->redelivered += at->redelivered;
    }
    point->unknown = sum->unknown[sink];
    point->messages = (int64_t)counts->messages;
    point->bytes = (int64_t)counts->bytes;
    point->foreign = (int64_t)counts->foreign;
    point->unreadable = (int64_t)counts->unreadable;
    point->stampless = (int64_t)counts->stampless;
    point->backlog = result_events_backlog(events, sink);
    if (point->backlog > point->backlog_max)
        point->backlog_max = point->backlog;
}

void result_events_close_tick(struct result_events *events)
{
    result_events_open_tick(events);
    for (int i = 0; i < events->tick.sum.phase_count; i++) {
        const struct track_entries *entries = &events->tick.sum.entries[i];
        events->last.sent += entries->sent;
        events->last.accepted += entries->accepted;
        events->last.refused += entries->refused;
        events->last.unsure += entries->unsure;
    }
    for (size_t i = 0; i < events->sink_count; i++)
        result_events_measure(events, i, &events->last_sinks[i]);
    events->tick_closed = true;
}

static void result_event_point_merge(struct result_event_point *into,
                                     const struct result_event_point *from)
{
#define X(name) into->name += from->name;
    RESULT_EVENT_POINT_COUNTERS(X)
#undef X
}

static void result_sink_point_merge(struct result_sink_point *into,
                                    const struct result_sink_point *from)
{
#define X(name) into->name += from->name;
    RESULT_SINK_POINT_COUNTERS(X)
#undef X
    into->backlog = from->backlog;
    if (from->backlog_max > into->backlog_max)
        into->backlog_max = from->backlog_max;
}

void result_events_put_point(struct result_events *events, size_t at, bool merge)
{
    struct result_sink_point *sinks = &events->sink_points[at * events->sink_count];
    if (!merge)
        events->points[at] = (struct result_event_point){0};
    result_event_point_merge(&events->points[at], &events->last);
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct result_sink_point *last = &events->last_sinks[i];
        if (!merge)
            sinks[i] = (struct result_sink_point){0};
        result_sink_point_merge(&sinks[i], last);
        if (last->backlog_max > events->sinks[i].backlog_max)
            events->sinks[i].backlog_max = last->backlog_max;
    }
}

void result_events_join_points(struct result_events *events, size_t at, size_t from)
{
    size_t sinks = events->sink_count;
    events->points[at] = events->points[from];
    result_event_point_merge(&events->points[at], &events->points[from + 1]);
    for (size_t i = 0; i < sinks; i++) {
        struct result_sink_point *into = &events->sink_points[at * sinks + i];
        *into = events->sink_points[from * sinks + i];
        result_sink_point_merge(into, &events->sink_points[(from + 1) * sinks + i]);
    }
}
