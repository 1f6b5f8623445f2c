/* SPDX-License-Identifier: Apache-2.0
 *
 * From records to the ledger and back. Without a key all events of a shard are one stream; with one
 * the records of a request are sorted into their keys' streams, in the order in which they stand in
 * the body.
 */
#include "drive/bench_events.h"

#include "base/mem.h"
#include "base/must.h"
#include "drive/bench_events_inner.h"

enum { BENCH_KEY_MAX = 4096 };

#define BENCH_ALL_SINKS UINT32_MAX

void bench_batch_fini(struct bench_batch *batch)
{
    mem_free(batch->spans);
    buf_fini(&batch->reply);
    *batch = (struct bench_batch){0};
}

struct bench_events *bench_events_create(const struct driver_env *env)
{
    const struct plan *plan = env->plan;
    if (env->ledger == NULL)
        return NULL;
    struct bench_events *events = MEM_NEW(struct bench_events);
    events->env = env;
    events->plan = &plan->events;
    events->ledger = env->ledger;
    events->uses = plan->templates == NULL ? 0 : tmpl_set_uses(plan->templates);
    events->records = (size_t)plan->request.batch;
    events->span_of = mem_zalloc(events->records, sizeof(uint32_t));
    events->next_of = mem_zalloc(events->records, sizeof(uint64_t));
    buf_init(&events->key_text, BENCH_KEY_MAX);
    stamp_writer_init(&events->stamps, &plan->events.run);
    bench_fates_init(events);
    bench_streams_init(&events->streams, env->ledger, BENCH_ALL_SINKS);
    if (plan->events.stream_key.len > 0) {
        events->key = tmpl_set_named(plan->templates, plan->events.stream_key);
        MUST(events->key != NULL); /* plan_complete has looked */
        return events;
    }
    enum br_err err = ledger_open_stream(env->ledger, BYTES_NONE, BENCH_ALL_SINKS, &events->stream);
    MUST(err == BR_ERR_NONE);
    return events;
}

void bench_events_destroy(struct bench_events **events)
{
    struct bench_events *old = *events;
    if (old == NULL)
        return;
    bench_streams_fini(&old->streams);
    buf_fini(&old->key_text);
    bench_fates_fini(&old->fates);
    bench_intact_fini(&old->intact);
    mem_free(old->span_of);
    mem_free(old->next_of);
    mem_free(old);
    *events = NULL;
}

/* ---- before the send ---- */

static enum br_err bench_stream_of(struct bench_events *events, uint64_t record,
                                   uint32_t *out_stream)
{
    struct tmpl_record at = {.seed = events->env->plan->seed, .index = record};
    buf_clear(&events->key_text);
    enum br_err err = tmpl_render(events->key, &at, &events->key_text);
    if (err != BR_ERR_NONE)
        return err;
    return bench_streams_find(&events->streams, buf_bytes(&events->key_text), out_stream);
}

static uint32_t bench_batch_span(struct bench_batch *batch, uint32_t stream)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->spans[i].stream == stream)
            return (uint32_t)i;
    }
    if (batch->count == batch->size) {
        batch->size = batch->size == 0 ? 1 : batch->size * 2;
        batch->spans = mem_realloc(batch->spans, batch->size * sizeof(batch->spans[0]));
    }
    batch->spans[batch->count] = (struct ledger_span){.stream = stream};
    return (uint32_t)batch->count++;
}

enum br_err bench_events_sort(struct bench_events *events, uint64_t k, struct bench_batch *batch)
{
    batch->count = 0;
    if (events->key == NULL) {
        uint32_t span = bench_batch_span(batch, events->stream);
        batch->spans[span].count = (uint32_t)events->records; /* span_of is zeros */
        return BR_ERR_NONE;
    }
    for (size_t i = 0; i < events->records; i++) {
        uint32_t stream = 0;
        enum br_err err = bench_stream_of(events, k * events->records + i, &stream);
        if (err != BR_ERR_NONE)
            return err;
        events->span_of[i] = bench_batch_span(batch, stream);
        batch->spans[events->span_of[i]].count++;
    }
    return BR_ERR_NONE;
}

/* The records come in their order: each takes the next number of its stream. */
static enum br_err bench_events_fill(struct tmpl_record *record, void *context)
{
    struct bench_events *events = context;
    uint32_t span = events->span_of[events->filled++];
    struct stamp_id id = {.stream = events->filling->spans[span].stream,
                          .seq = events->next_of[span]++};
    if ((events->uses & TMPL_USES_EVENT) != 0) {
        stamp_writer_put(&events->stamps, id);
        record->event = bytes_make(events->stamps.text, sizeof(events->stamps.text));
    }
    if ((events->uses & TMPL_USES_EVENT_UUID) != 0) {
        stamp_emit_uuid(&events->plan->run, id, events->uuid);
        record->event_uuid = bytes_make(events->uuid, sizeof(events->uuid));
    }
    return BR_ERR_NONE;
}

static enum br_err bench_events_register(struct bench_events *events, const struct op *op,
                                         struct bench_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct ledger_order order = {.stream = batch->spans[i].stream,
                                     .count = batch->spans[i].count,
                                     .phase = op->phase,
                                     .due_ns = op->due_ns - events->env->recorder->t0_ns,
                                     .number = (uint32_t)op->k,
                                     .target = (uint16_t)op->target};
        enum br_err err = ledger_register(events->ledger, &order, &batch->spans[i]);
        if (err != BR_ERR_NONE) {
            batch->count = i;
            bench_events_drop(events, batch, order.due_ns + events->env->recorder->t0_ns);
            return err;
        }
        events->next_of[i] = batch->spans[i].first;
    }
    return BR_ERR_NONE;
}

enum br_err bench_events_begin(struct bench_events *events, const struct op *op,
                               struct bench_batch *batch, struct bench_fill *out_fill)
{
    enum br_err err = bench_events_sort(events, op->k, batch);
    if (err == BR_ERR_NONE)
        err = bench_events_register(events, op, batch);
    if (err != BR_ERR_NONE) {
        events->env->recorder->ledger_is_full = true;
        return err;
    }
    buf_clear(&batch->reply);
    batch->is_reply_too_large = false;
    events->filled = 0;
    events->filling = batch;
    *out_fill = (struct bench_fill){.fill = bench_events_fill, .context = events};
    return BR_ERR_NONE;
}

void bench_events_send(struct bench_events *events, const struct bench_batch *batch,
                       int64_t sent_ns, uint32_t conn)
{
    int64_t at_ns = sent_ns - events->env->recorder->t0_ns;
    for (size_t i = 0; i < batch->count; i++)
        ledger_send(events->ledger, batch->spans[i], at_ns, conn);
}

/* ---- after the reply ---- */

void bench_events_drop(struct bench_events *events, struct bench_batch *batch, int64_t at_ns)
{
    for (size_t i = 0; i < batch->count; i++)
        ledger_resolve(events->ledger, batch->spans[i], TRACK_UNSENT,
                       at_ns - events->env->recorder->t0_ns);
    batch->count = 0;
}

void bench_events_skip(struct bench_events *events, const struct op *op, int64_t at_ns)
{
    struct bench_batch batch = {0};
    struct bench_fill fill;
    if (bench_events_begin(events, op, &batch, &fill) == BR_ERR_NONE)
        bench_events_drop(events, &batch, at_ns);
    bench_batch_fini(&batch);
}

void bench_events_end(struct bench_events *events, struct bench_batch *batch, const struct op *op)
{
    bench_fates_tell(events, batch, op);
    batch->count = 0;
}
