/* SPDX-License-Identifier: Apache-2.0
 *
 * The naive model: no chunks, no codes, no tables.
 */
#include "ledger_model.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rng.h"

void model_init(struct model *model, const struct ledger_config *config, bool is_thorough)
{
    *model = (struct model){
        .sink_count = config->sink_count,
        .phase_count = config->phase_count,
        .is_thorough = is_thorough,
        .resolved_last_ns = TRACK_NO_TIME,
        .accepted_first_ns = TRACK_NO_TIME,
        .accepted_last_ns = TRACK_NO_TIME,
    };
    for (int i = 0; i < config->sink_count; i++) {
        model->sinks[i] = config->sinks[i];
        model->delivered_last_ns[i] = TRACK_NO_TIME;
        model->waiting_since_ns[i] = TRACK_NO_TIME;
    }
}

void model_fini(struct model *model)
{
    for (uint32_t i = 0; i < model->stream_count; i++)
        mem_free(model->streams[i].events);
    mem_free(model->streams);
    mem_free(model->events);
}

void model_open_stream(struct model *model, uint32_t number, uint32_t sinks)
{
    model->streams =
        mem_realloc(model->streams, (model->stream_count + 1) * sizeof(model->streams[0]));
    struct model_stream *stream = &model->streams[model->stream_count++];
    *stream = (struct model_stream){.number = number};
    for (int i = 0; i < model->sink_count; i++) {
        if ((sinks >> i & 1) != 0 && model->sinks[i].is_awaited)
            stream->awaited |= UINT32_C(1) << i;
        stream->sent_max_ns[i] = TRACK_NO_TIME;
    }
}

static void model_put(struct model *model, struct model_stream *stream,
                      const struct model_event *event)
{
    if (model->event_count == model->event_size) {
        model->event_size = model->event_size == 0 ? 1024 : 2 * model->event_size;
        model->events = mem_realloc(model->events, model->event_size * sizeof(model->events[0]));
    }
    if (stream->count == stream->size) {
        stream->size = stream->size == 0 ? 64 : 2 * stream->size;
        stream->events = mem_realloc(stream->events, stream->size * sizeof(stream->events[0]));
    }
    stream->events[stream->count++] = model->event_count;
    model->events[model->event_count++] = *event;
}

uint32_t model_register(struct model *model, uint32_t stream, const struct ledger_order *order,
                        uint64_t first)
{
    uint32_t start = model->event_count;
    for (uint32_t i = 0; i < order->count; i++) {
        struct model_event event = {
            .id = {order->stream, first + i},
            .phase = order->phase,
            .entry = TRACK_PENDING,
            .due_ns = order->due_ns,
            .sent_ns = TRACK_NO_TIME,
            .accepted_ns = TRACK_NO_TIME,
            .hash = order->hashes == NULL ? 0 : order->hashes[i],
            .body = order->number,
        };
        for (int sink = 0; sink < model->sink_count; sink++)
            event.outs[sink].first_ns = TRACK_NO_TIME;
        model_put(model, &model->streams[stream], &event);
    }
    return start;
}

static struct model_stream *model_stream_of(struct model *model, const struct model_event *event)
{
    for (uint32_t i = 0; i < model->stream_count; i++) {
        if (model->streams[i].number == event->id.stream)
            return &model->streams[i];
    }
    MUST(model->stream_count == 0);
    return NULL;
}

static bool model_is_awaited(struct model *model, const struct model_event *event, int sink)
{
    return (model_stream_of(model, event)->awaited >> sink & 1) != 0;
}

void model_send(struct model *model, uint32_t event, int64_t sent_ns)
{
    struct model_event *at = &model->events[event];
    at->sent_ns = sent_ns;
    for (int sink = 0; sink < model->sink_count; sink++) {
        if (!model_is_awaited(model, at, sink))
            continue;
        if (model->waiting[sink] == 0)
            model->waiting_since_ns[sink] = sent_ns;
        model->waiting[sink]++;
    }
}

void model_resolve(struct model *model, uint32_t event, enum track_entry entry, int64_t at_ns)
{
    struct model_event *at = &model->events[event];
    at->entry = entry;
    model->resolved_last_ns = at_ns;
    if (entry == TRACK_ACCEPTED) {
        at->accepted_ns = at_ns;
        if (model->accepted_count == 0)
            model->accepted_first_ns = at_ns;
        if (model->accepted_count == 0 || at_ns > model->accepted_last_ns)
            model->accepted_count++;
        model->accepted_last_ns = at_ns;
    }
    bool is_out = entry == TRACK_REFUSED || entry == TRACK_UNSENT;
    for (int sink = 0; sink < model->sink_count; sink++) {
        if (is_out && at->sent_ns != TRACK_NO_TIME && at->outs[sink].first_ns == TRACK_NO_TIME &&
            model_is_awaited(model, at, sink))
            model->waiting[sink]--;
    }
}

uint64_t model_tale_hash(enum track_anomaly_kind kind, int sink, struct stamp_id id)
{
    return rng_mix(rng_mix((uint64_t)id.stream << 38 | id.seq) + (uint64_t)kind * 64 +
                   (uint64_t)sink + 1);
}

static void model_tell(struct model *model, enum track_anomaly_kind kind, int sink,
                       const struct model_event *event)
{
    model->told[kind] += model_tale_hash(kind, sink, event->id);
}

/* a must come before b (design.md 7.6), as far as is known when a comes. */
static bool model_is_before(const struct model_event *a, const struct model_event *b, int sink)
{
    if (a->body == b->body)
        return a->id.seq < b->id.seq;
    return a->entry == TRACK_ACCEPTED && b->sent_ns != TRACK_NO_TIME &&
           a->accepted_ns < b->sent_ns && b->outs[sink].is_followed;
}

static bool model_is_overtaken(struct model *model, const struct model_event *event, int sink)
{
    const struct model_stream *stream = model_stream_of(model, event);
    if (!model->is_thorough && event->entry == TRACK_ACCEPTED &&
        event->accepted_ns < stream->sent_max_ns[sink])
        return true;
    /* All of the stream, or what follows in the body. */
    uint32_t from = model->is_thorough ? 0 : (uint32_t)event->id.seq + 1;
    for (uint32_t i = from; i < stream->count; i++) {
        const struct model_event *other = &model->events[stream->events[i]];
        if (!model->is_thorough && other->body != event->body)
            return false;
        if (other->outs[sink].first_ns != TRACK_NO_TIME && model_is_before(event, other, sink))
            return true;
    }
    return false;
}

static void model_arrive_first(struct model *model, struct model_event *event,
                               const struct ledger_arrival *arrival)
{
    int sink = arrival->sink;
    struct model_out *out = &event->outs[sink];
    struct model_at *at = &model->ats[event->phase][sink];
    /* What is awaited by nobody is not asked anything. */
    bool is_open = event->entry != TRACK_REFUSED && event->entry != TRACK_UNSENT &&
                   model_is_awaited(model, event, sink);
    at->retries += out->attempts > 0;
    out->attempts = 0;
    if (is_open && model_is_overtaken(model, event, sink)) {
        at->reordered++;
        model_tell(model, TRACK_ANOMALY_REORDERED, sink, event);
    }
    if (is_open && arrival->has_hash && event->hash != 0 && arrival->hash != event->hash) {
        at->damaged++;
        model_tell(model, TRACK_ANOMALY_DAMAGED, sink, event);
    }
    struct model_stream *stream = model_stream_of(model, event);
    if (is_open && event->sent_ns > stream->sent_max_ns[sink])
        stream->sent_max_ns[sink] = event->sent_ns;
    if (is_open && event->sent_ns != TRACK_NO_TIME)
        model->waiting[sink]--;
    out->first_ns = arrival->at_ns;
    out->is_followed = is_open;
    out->counted = 1;
    out->is_unread = arrival->may_be_unread;
}

static void model_end_gap(struct model *model, int sink, int64_t at_ns)
{
    int64_t since_ns = model->waiting_since_ns[sink];
    if (model->delivered_last_ns[sink] > since_ns)
        since_ns = model->delivered_last_ns[sink];
    if (model->waiting[sink] > 0 && at_ns - since_ns > model->gap_max_ns[sink])
        model->gap_max_ns[sink] = at_ns - since_ns;
    model->delivered_last_ns[sink] = at_ns;
}

void model_arrive(struct model *model, uint32_t event, const struct ledger_arrival *arrival)
{
    struct model_event *at = &model->events[event];
    struct model_out *out = &at->outs[arrival->sink];
    struct model_at *counts = &model->ats[at->phase][arrival->sink];
    if (arrival->is_attempt) {
        counts->attempts++;
        counts->retries += out->attempts > 0;
        if (out->first_ns == TRACK_NO_TIME)
            out->attempts++;
        return;
    }
    counts->deliveries++;
    model_end_gap(model, arrival->sink, arrival->at_ns);
    if (out->first_ns == TRACK_NO_TIME) {
        model_arrive_first(model, at, arrival);
        return;
    }
    if (out->is_unread) {
        counts->redelivered++;
        model_tell(model, TRACK_ANOMALY_REDELIVERED, arrival->sink, at);
    } else {
        counts->copies++;
        out->counted++;
    }
    out->is_unread = arrival->may_be_unread;
}
