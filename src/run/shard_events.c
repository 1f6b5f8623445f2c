/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of sinks become arrivals of the ledger.
 */
#include "run/shard_events.h"

#include "base/must.h"
#include "run/first.h"
#include "sys/clock.h"

/* Of batches a turn: rows must not keep sends from being on time. */
enum { SHARD_BATCHES_PER_TURN = 8 };

_Static_assert((int)PLAN_EVENT_PHASES_MAX == (int)TRACK_PHASES_MAX, "phases of events");

static void shard_events_on_anomaly(const struct track_anomaly *anomaly, void *context)
{
    struct shard_events *events = context;
    struct bytes key = ledger_stream_key(events->ledger, anomaly->id.stream);
    track_anomalies_add(anomaly, &events->anomalies);
    if (events->to_file != NULL)
        run_anomalies_put(events->to_file, anomaly, key);
    else
        run_tales_put(&events->tales, anomaly, key);
}

void shard_events_init(struct shard_events *events, const struct plan *plan, int shard, int shards,
                       int phase_count, struct sink_host *host, struct loop *coordinator)
{
    const struct plan_events *asked = &plan->events;
    *events = (struct shard_events){.host = host, .shard = shard};
    hist_init(&events->entered);
    if (!asked->followed)
        return;
    int sinks = shard_events_sinks(asked);
    bool is_counted = asked->identity == PLAN_IDENTITY_COUNT;
    for (int i = 0; i < 2; i++)
        events->blocks[i] = track_block_create(shard, phase_count, sinks);
    track_anomalies_init(&events->anomalies, phase_count, sinks);
    if (asked->anomalies_path.len > 0)
        run_tales_init(&events->tales, coordinator);
    struct ledger_config config = {.stream_first = (uint32_t)shard,
                                   .stream_step = (uint32_t)shards,
                                   .phase_count = phase_count,
                                   .sink_count = sinks,
                                   .memory_max = (size_t)asked->ledger_memory / (size_t)shards,
                                   .block = events->blocks[0],
                                   .on_anomaly = shard_events_on_anomaly,
                                   .context = events};
    for (size_t i = 0; i < asked->sinks.count; i++) {
        config.sinks[i] =
            (struct ledger_sink){.within_ns = asked->delivers[i].within_ns,
                                 .throttle = asked->delivers[i].throttle,
                                 .throttle_ns = asked->delivers[i].throttle_ns,
                                 .is_awaited = !asked->delivers[i].none && !is_counted};
        config.has_hashes = config.has_hashes || asked->sinks.sinks[i].intact.len > 0;
    }
    events->ledger = ledger_create(&config);
    ledger_facts_init(&events->facts, sinks);
}

void shard_events_fini(struct shard_events *events)
{
    if (events->ledger == NULL)
        return;
    hist_fini(&events->entered);
    ledger_destroy(&events->ledger);
    track_anomalies_fini(&events->anomalies);
    run_tales_fini(&events->tales);
    for (int i = 0; i < 2; i++)
        track_block_destroy(&events->blocks[i]);
}

static void shard_events_arrive(struct shard_events *events, const struct sink_arrival *row)
{
    if (row->stream >= RUN_READY_STREAM) {
        events->first_rows[row->sink] += row->kind != SINK_UNREAD;
        return;
    }
    struct ledger_arrival arrival = {
        .sink = row->sink,
        .id = {.stream = row->stream, .seq = row->seq},
        .at_ns = row->at_ns - events->t0_ns,
        .is_attempt = row->kind != SINK_DELIVERY,
        .has_hash = (row->flags & SINK_HAS_HASH) != 0,
        .hash = row->hash,
    };
    if (row->kind == SINK_UNREAD)
        ledger_doubt(events->ledger, arrival.sink, arrival.id);
    else
        ledger_arrive(events->ledger, &arrival);
}

bool shard_events_take(struct shard_events *events)
{
    if (events->host == NULL || events->ledger == NULL)
        return false;
    for (int i = 0; i < SHARD_BATCHES_PER_TURN; i++) {
        struct sink_batch *batch = sink_host_take(events->host, events->shard);
        if (batch == NULL)
            return false;
        int64_t now_ns = clock_now_ns();
        for (size_t row = 0; row < batch->count; row++) {
            shard_events_arrive(events, &batch->rows[row]);
            hist_record_ns(&events->entered, now_ns - batch->rows[row].at_ns);
        }
        sink_host_return(events->host, events->shard, batch);
    }
    return true;
}

struct track_block *shard_events_swap(struct shard_events *events, int64_t now_ns)
{
    if (events->ledger == NULL)
        return NULL;
    int next = 1 - events->current;
    track_block_reset(events->blocks[next], now_ns);
    struct track_block *full = ledger_swap_block(events->ledger, events->blocks[next], now_ns);
    MUST(full == events->blocks[events->current]);
    events->current = next;
    return full;
}

void shard_events_tell(struct shard_events *events)
{
    if (events->ledger == NULL)
        return;
    ledger_facts_init(&events->facts, events->facts.sink_count);
    ledger_facts_add(&events->facts, events->ledger);
}
