/* SPDX-License-Identifier: Apache-2.0
 *
 * The naive model's verdict: the classes of design.md 7.5 by plain ifs over all events.
 */
#include "ledger_model.h"

#include "base/must.h"

static bool model_is_late(const struct model *model, const struct model_event *event, int sink)
{
    int64_t within_ns = model->sinks[sink].within_ns;
    return within_ns > 0 && event->outs[sink].first_ns > event->due_ns + within_ns;
}

static bool model_awaits(const struct model *model, const struct model_event *event, int sink)
{
    for (uint32_t i = 0; i < model->stream_count; i++) {
        if (model->streams[i].number == event->id.stream)
            return (model->streams[i].awaited >> sink & 1) != 0;
    }
    return false;
}

static bool model_is_trailing(const struct ledger_sink_facts *facts,
                              const struct model_event *event)
{
    if (event->accepted_ns != facts->came_accepted_ns)
        return event->accepted_ns > facts->came_accepted_ns;
    return event->id.stream == facts->came_id.stream && event->id.seq > facts->came_id.seq;
}

static bool model_is_missing(const struct model *model, const struct model_event *event, int sink)
{
    return event->entry == TRACK_ACCEPTED && event->outs[sink].first_ns == TRACK_NO_TIME &&
           model_awaits(model, event, sink);
}

static void model_find_last(const struct model *model, const struct model_event *event, int sink,
                            struct ledger_sink_facts *facts)
{
    if (event->entry != TRACK_ACCEPTED || event->outs[sink].first_ns == TRACK_NO_TIME ||
        !model_awaits(model, event, sink))
        return;
    bool is_after = event->accepted_ns > facts->came_accepted_ns;
    if (event->accepted_ns == facts->came_accepted_ns)
        is_after =
            event->id.stream > facts->came_id.stream ||
            (event->id.stream == facts->came_id.stream && event->id.seq > facts->came_id.seq);
    if (is_after) {
        facts->came_accepted_ns = event->accepted_ns;
        facts->came_id = event->id;
    }
}

static void model_find_facts(const struct model *model, struct ledger_facts *facts)
{
    ledger_facts_init(facts, model->sink_count);
    facts->accepted_first_ns = model->accepted_first_ns;
    facts->accepted_last_ns = model->accepted_last_ns;
    facts->accepted_count = model->accepted_count;
    facts->resolved_last_ns = model->resolved_last_ns;
    for (int sink = 0; sink < model->sink_count; sink++) {
        struct ledger_sink_facts *at = &facts->sinks[sink];
        at->delivered_last_ns = model->delivered_last_ns[sink];
        at->gap_max_ns = model->gap_max_ns[sink];
        for (uint32_t i = 0; i < model->event_count; i++)
            model_find_last(model, &model->events[i], sink, at);
        for (uint32_t i = 0; i < model->event_count; i++) {
            const struct model_event *event = &model->events[i];
            bool is_missing = model_is_missing(model, event, sink);
            at->open += is_missing;
            at->open_unsure += event->entry == TRACK_UNSURE &&
                               event->outs[sink].first_ns == TRACK_NO_TIME &&
                               model_awaits(model, event, sink);
            if (!is_missing || !model_is_trailing(at, event))
                continue;
            if (at->trailing_first_ns == TRACK_NO_TIME ||
                event->accepted_ns < at->trailing_first_ns)
                at->trailing_first_ns = event->accepted_ns;
            if (event->accepted_ns > at->trailing_last_ns)
                at->trailing_last_ns = event->accepted_ns;
        }
    }
}

static enum track_class model_class_missing(const struct model *model,
                                            const struct ledger_facts *facts,
                                            const struct model_event *event, int sink,
                                            int64_t end_ns, int64_t stall_ns)
{
    const struct ledger_sink_facts *at = &facts->sinks[sink];
    int64_t within_ns = model->sinks[sink].within_ns;
    if (within_ns > 0 && end_ns - event->due_ns < within_ns)
        return TRACK_CLASS_IN_FLIGHT;
    int64_t quiet_ns = at->delivered_last_ns;
    if (facts->resolved_last_ns > quiet_ns)
        quiet_ns = facts->resolved_last_ns;
    if (end_ns - quiet_ns < stall_ns)
        return TRACK_CLASS_IN_FLIGHT;
    int64_t least_ns = 1000000000;
    if (facts->accepted_count > 1) {
        int64_t gap_ns =
            (facts->accepted_last_ns - facts->accepted_first_ns) / (facts->accepted_count - 1);
        least_ns = 3 * gap_ns > least_ns ? 3 * gap_ns : least_ns;
    }
    if (model_is_trailing(at, event) && at->trailing_last_ns - at->trailing_first_ns >= least_ns)
        return TRACK_CLASS_STUCK;
    return TRACK_CLASS_LOST;
}

static enum track_class model_class(const struct model *model, const struct ledger_facts *facts,
                                    const struct model_event *event, int sink, int64_t end_ns,
                                    int64_t stall_ns)
{
    const struct model_out *out = &event->outs[sink];
    bool has_come = out->first_ns != TRACK_NO_TIME;
    bool is_awaited = model_awaits(model, event, sink);
    if (event->entry == TRACK_UNSENT)
        return has_come ? TRACK_CLASS_UNSENT_CAME : TRACK_CLASS_UNSENT;
    if (event->entry == TRACK_REFUSED)
        return has_come ? TRACK_CLASS_LEAKED : TRACK_CLASS_REFUSED;
    if (has_come && out->counted > 1)
        return TRACK_CLASS_DUPLICATED;
    if (has_come && event->entry == TRACK_UNSURE && is_awaited)
        return TRACK_CLASS_UNSURE_DELIVERED;
    if (has_come)
        return is_awaited && model_is_late(model, event, sink) ? TRACK_CLASS_LATE
                                                               : TRACK_CLASS_DELIVERED;
    if (!is_awaited)
        return TRACK_CLASS_HELD_BACK;
    if (event->entry == TRACK_UNSURE)
        return TRACK_CLASS_UNSURE_ABSENT;
    return model_class_missing(model, facts, event, sink, end_ns, stall_ns);
}

static void model_tell_class(struct model *model, enum track_class class, int sink,
                             const struct model_event *event)
{
    static const struct {
        enum track_class class;
        enum track_anomaly_kind kind;
    } rows[] = {
        {TRACK_CLASS_LOST, TRACK_ANOMALY_LOST},
        {TRACK_CLASS_STUCK, TRACK_ANOMALY_STUCK},
        {TRACK_CLASS_IN_FLIGHT, TRACK_ANOMALY_IN_FLIGHT},
        {TRACK_CLASS_UNSURE_ABSENT, TRACK_ANOMALY_UNSURE_ABSENT},
        {TRACK_CLASS_DUPLICATED, TRACK_ANOMALY_DUPLICATED},
        {TRACK_CLASS_LATE, TRACK_ANOMALY_LATE},
        {TRACK_CLASS_LEAKED, TRACK_ANOMALY_LEAKED},
        {TRACK_CLASS_UNSENT_CAME, TRACK_ANOMALY_UNSENT_CAME},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].class == class)
            model->told[rows[i].kind] += model_tale_hash(rows[i].kind, sink, event->id);
    }
}

static void model_count_lag(struct model_verdict *verdict, const struct model_event *event,
                            int sink, int which, int64_t since_ns)
{
    if (since_ns == TRACK_NO_TIME)
        return;
    int64_t lag_ns = event->outs[sink].first_ns - since_ns;
    verdict->lag_count[event->phase][sink][which]++;
    verdict->lag_sum[event->phase][sink][which] += (double)lag_ns;
    if (which == 2)
        verdict->lag_negative[event->phase][sink] += lag_ns < 0;
}

void model_judge(struct model *model, int64_t end_ns, int64_t stall_ns,
                 struct model_verdict *out_verdict)
{
    struct model_verdict *verdict = out_verdict;
    *verdict = (struct model_verdict){.facts = {0}};
    model_find_facts(model, &verdict->facts);
    for (uint32_t i = 0; i < model->event_count; i++) {
        const struct model_event *event = &model->events[i];
        MUST(event->entry != TRACK_PENDING);
        verdict->entries[event->phase][event->entry]++;
        for (int sink = 0; sink < model->sink_count; sink++) {
            enum track_class class =
                model_class(model, &verdict->facts, event, sink, end_ns, stall_ns);
            verdict->classes[event->phase][sink][class]++;
            model_tell_class(model, class, sink, event);
            bool is_followed = event->entry == TRACK_ACCEPTED || event->entry == TRACK_UNSURE;
            if (!is_followed || event->outs[sink].first_ns == TRACK_NO_TIME ||
                !model_awaits(model, event, sink))
                continue;
            model_count_lag(verdict, event, sink, 0, event->due_ns);
            model_count_lag(verdict, event, sink, 1, event->sent_ns);
            model_count_lag(verdict, event, sink, 2, event->accepted_ns);
        }
    }
}
