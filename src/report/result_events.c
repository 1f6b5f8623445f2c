/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of what is known of events, and its sums over phases.
 */
#include "report/result_events.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"

struct result_events *result_events_create(const struct plan_events *plan, size_t phase_count,
                                           int shards)
{
    struct result_events *events = MEM_NEW(struct result_events);
    size_t sinks = plan->sinks.count;
    size_t rows = sinks > 0 ? sinks : 1; /* as the ledgers have: events go in all the same */
    events->run = plan->run;
    events->is_counted = plan->identity == PLAN_IDENTITY_COUNT;
    events->stream_key = mem_copy_str(plan->stream_key);
    events->sink_count = sinks;
    events->shard_count = shards;
    events->last_sinks = mem_zalloc(rows, sizeof(events->last_sinks[0]));
    events->points = mem_zalloc(RESULT_POINTS_MAX, sizeof(events->points[0]));
    events->sink_points = mem_zalloc(RESULT_POINTS_MAX * sinks, sizeof(events->sink_points[0]));
    events->shard_backlogs = mem_zalloc((size_t)shards * rows, sizeof(int64_t));
    result_event_rows_init(&events->rows, phase_count, rows);
    result_event_rows_init(&events->tick, phase_count, rows);
    track_anomalies_init(&events->anomalies, (int)phase_count, (int)sinks);
    for (size_t i = 0; i < sinks; i++) {
        const struct plan_sink *from = &plan->sinks.sinks[i];
        events->sinks[i] = (struct result_sink){.name = mem_copy_str(from->name),
                                                .kind = mem_copy_str(from->kind),
                                                .place = mem_copy_str(from->place),
                                                .deliver = plan->delivers[i],
                                                .is_intact_asked = from->intact.len > 0,
                                                .first_came_ns = -1};
    }
    return events;
}

void result_events_destroy(struct result_events **events)
{
    struct result_events *old = *events;
    *events = NULL;
    if (old == NULL)
        return;
    for (size_t i = 0; i < old->sink_count; i++) {
        mem_free(old->sinks[i].name);
        mem_free(old->sinks[i].kind);
        mem_free(old->sinks[i].place);
    }
    for (size_t i = 0; i < old->stream_count; i++)
        mem_free(old->streams[i].key);
    mem_free(old->streams);
    for (size_t i = 0; i < old->carried_count; i++)
        mem_free(old->carried[i].text);
    mem_free(old->carried);
    result_event_rows_fini(&old->rows);
    result_event_rows_fini(&old->tick);
    track_anomalies_fini(&old->anomalies);
    mem_free(old->last_sinks);
    mem_free(old->points);
    mem_free(old->sink_points);
    mem_free(old->shard_backlogs);
    mem_free(old->stream_key);
    mem_free(old->complaint);
    mem_free(old);
}

/* ---- streams ---- */

/* The first one of that number or above. */
static size_t result_events_find_stream(const struct result_events *events, uint32_t stream)
{
    size_t low = 0;
    size_t high = events->stream_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (events->streams[middle].number < stream)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void result_events_name_stream(struct result_events *events, uint32_t stream, struct bytes key)
{
    size_t at = result_events_find_stream(events, stream);
    if (at < events->stream_count && events->streams[at].number == stream)
        return;
    events->streams =
        mem_realloc(events->streams, (events->stream_count + 1) * sizeof(events->streams[0]));
    memmove(&events->streams[at + 1], &events->streams[at],
            (events->stream_count - at) * sizeof(events->streams[0]));
    events->streams[at] = (struct result_stream){stream, mem_copy_str(key)};
    events->stream_count++;
}

const char *result_events_stream_name(const struct result_events *events, uint32_t stream)
{
    size_t at = result_events_find_stream(events, stream);
    if (at == events->stream_count || events->streams[at].number != stream)
        return NULL;
    return events->streams[at].key;
}

/* ---- what events carried ---- */

static int result_compare_ids(struct stamp_id a, struct stamp_id b)
{
    if (a.stream != b.stream)
        return a.stream < b.stream ? -1 : 1;
    return (a.seq > b.seq) - (a.seq < b.seq);
}

/* The first one of that identity or above. */
static size_t result_events_find_carried(const struct result_events *events, struct stamp_id id)
{
    size_t low = 0;
    size_t high = events->carried_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (result_compare_ids(events->carried[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void result_events_add_carried(struct result_events *events, struct stamp_id id, struct bytes text)
{
    size_t at = result_events_find_carried(events, id);
    size_t count = events->carried_count;
    if (at < count && result_compare_ids(events->carried[at].id, id) == 0)
        return;
    events->carried = mem_realloc(events->carried, (count + 1) * sizeof(events->carried[0]));
    memmove(&events->carried[at + 1], &events->carried[at],
            (count - at) * sizeof(events->carried[0]));
    events->carried[at] = (struct result_carried){id, mem_copy_str(text)};
    events->carried_count++;
}

const char *result_events_carried(const struct result_events *events, struct stamp_id id)
{
    size_t at = result_events_find_carried(events, id);
    if (at == events->carried_count || result_compare_ids(events->carried[at].id, id) != 0)
        return NULL;
    return events->carried[at].text;
}

/* ---- sums ---- */

static bool result_is_among(const struct result *result, int phase, int asked)
{
    if (asked == RESULT_COUNTED)
        return result->phases[phase].counted;
    return asked == RESULT_EVERY_PHASE || asked == phase;
}

void result_flow_init(struct result_flow *flow, const struct result *result, int phase, size_t sink)
{
    const struct track_sum *sum = &result->events->rows.sum;
    *flow = (struct result_flow){0};
    track_at_sum_init(&flow->at);
    for (int i = 0; i < sum->phase_count; i++) {
        if (!result_is_among(result, i, phase))
            continue;
#define X(name, text) flow->entries.name += sum->entries[i].name;
        TRACK_ENTRY_COUNTERS(X)
#undef X
        track_at_sum_merge(&flow->at, track_sum_at(sum, i, (int)sink));
    }
}

void result_flow_fini(struct result_flow *flow)
{
    track_at_sum_fini(&flow->at);
}

size_t result_events_asked(const struct result *result)
{
    size_t count = 0;
    if (result->events == NULL)
        return 0;
    for (size_t i = 0; i < result->events->sink_count; i++) {
        struct track_ruling rulings[TRACK_RULE_COUNT];
        struct result_flow flow;
        const struct result_sink *sink = &result->events->sinks[i];
        result_flow_init(&flow, result, RESULT_COUNTED, i);
        count +=
            track_judge(&sink->deliver, sink->is_intact_asked, &flow.entries, &flow.at, rulings);
        result_flow_fini(&flow);
    }
    return count;
}

const char *result_drain_name(enum track_drain_state state)
{
    static const char *const names[] = {"cut_short", "empty", "stalled", "deadline"};
    return names[state];
}
