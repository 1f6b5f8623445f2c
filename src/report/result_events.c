/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of what is known of events, and its sums over phases.
 */
#include "report/result_events.h"

#include "base/mem.h"
#include "base/must.h"

struct result_events *result_events_create(const struct plan_events *plan, size_t phase_count)
{
    struct result_events *events = MEM_NEW(struct result_events);
    events->run = plan->run;
    events->sink_count = plan->sinks.count;
    track_sum_init(&events->sum, (int)phase_count, (int)plan->sinks.count);
    track_anomalies_init(&events->anomalies, (int)phase_count, (int)plan->sinks.count);
    for (size_t i = 0; i < plan->sinks.count; i++) {
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
    track_sum_fini(&old->sum);
    track_anomalies_fini(&old->anomalies);
    mem_free(old->complaint);
    mem_free(old);
}

static bool result_is_among(const struct result *result, int phase, int asked)
{
    if (asked == RESULT_COUNTED)
        return result->phases[phase].counted;
    return asked == RESULT_EVERY_PHASE || asked == phase;
}

void result_flow_init(struct result_flow *flow, const struct result *result, int phase, size_t sink)
{
    const struct track_sum *sum = &result->events->sum;
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
