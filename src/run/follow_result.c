/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ledgers and the sinks know at the end, translated into plain numbers for the result, and
 * held against each other.
 */
#include "base/mem.h"
#include "base/must.h"
#include "report/result_events.h"
#include "run/follow.h"
#include "track/audit.h"

static void follow_tell_sink(const struct follow *follow, int at, struct result_sink *sink)
{
    const struct ledger_sink_facts *facts = &follow->facts.sinks[at];
    sink->first_came_ns = follow->first_came_ns[at];
    sink->gap_max_ns = facts->gap_max_ns;
    if (facts->came_last_ns > follow->drain.load_end_ns)
        sink->drain_ns = facts->came_last_ns - follow->drain.load_end_ns;
}

/* Numbers that were kept by others: operations by the drivers, arrivals by the sinks. */
static void follow_audit(const struct follow *follow, const struct shard *shards, int count,
                         const struct result *result)
{
    struct result_events *events = result->events;
    struct track_claims claims;
    struct diag diag = DIAG_INIT;
    track_claims_init(&claims);
    for (int i = 0; i < (int)events->sink_count; i++) {
        const struct sink_totals *totals = &follow->sinks[i];
        claims.arrivals[i] =
            (int64_t)(totals->deliveries + totals->attempts) - follow->first_rows[i];
        for (int k = 0; k < count; k++)
            claims.arrivals[i] -= shards[k].events.first_rows[i];
    }
    if (!track_audit(&events->rows.sum, &follow->walk, &claims, &diag))
        events->complaint = mem_copy_str(bytes_from_str(diag.text));
}

/* ---- keys of the streams in which something went wrong ---- */

struct follow_keys {
    struct result_events *events;
    const struct shard *shards;
    int count;
};

static void follow_name_stream(const struct follow_keys *keys, uint32_t stream)
{
    const struct shard *owner = &keys->shards[stream % (uint32_t)keys->count];
    struct bytes key = ledger_stream_key(owner->events.ledger, stream);
    if (key.len > 0)
        result_events_name_stream(keys->events, stream, key);
}

static void follow_name_list(const struct follow_keys *keys, const struct track_anomaly_list *list)
{
    for (size_t i = 0; i < list->run_count; i++)
        follow_name_stream(keys, list->runs[i].stream);
    for (size_t i = 0; i < list->first_count; i++)
        follow_name_stream(keys, list->first[i].id.stream);
    for (size_t i = 0; i < list->streams.row_count; i++)
        follow_name_stream(keys, list->streams.rows[i].value);
}

static void follow_name_streams(struct result_events *events, const struct shard *shards, int count)
{
    const struct track_anomalies *anomalies = &events->anomalies;
    struct follow_keys keys = {events, shards, count};
    for (int phase = 0; phase < anomalies->phase_count; phase++) {
        for (int sink = 0; sink < anomalies->sink_count; sink++) {
            for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
                const struct track_anomaly_list *list =
                    track_anomalies_of(anomalies, phase, sink, (enum track_anomaly_kind)kind);
                if (list != NULL && list->count > 0)
                    follow_name_list(&keys, list);
            }
        }
    }
}

void follow_tell(const struct follow *follow, const struct shard *shards, int count,
                 struct result *result)
{
    struct result_events *events = result->events;
    if (events == NULL)
        return;
    MUST(events == follow->told);
    for (int i = 0; i < count; i++) {
        if (events->sink_count > 0)
            track_anomalies_merge(&events->anomalies, &shards[i].events.anomalies);
        events->ledger_full = events->ledger_full || shards[i].recorder.ledger_is_full;
    }
    if (events->stream_key[0] != '\0')
        follow_name_streams(events, shards, count);
    for (int i = 0; i < (int)events->sink_count; i++)
        follow_tell_sink(follow, i, &events->sinks[i]);
    events->drain_end = follow->end;
    events->drain_ns = track_drain_time_ns(&follow->drain, &follow->facts);
    events->ended = true;
    follow_audit(follow, shards, count, result);
}
