/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ledgers and the sinks know at the end, translated into plain numbers for the result, and
 * held against each other.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "drive/bench_carried.h"
#include "report/result_events.h"
#include "run/follow.h"
#include "sys/clock.h"
#include "track/audit.h"

static void follow_tell_sink(const struct follow *follow, int at, struct result_sink *sink)
{
    const struct ledger_sink_facts *facts = &follow->facts.sinks[at];
    sink->first_came_ns = follow->first_came_ns[at];
    sink->gap_max_ns = facts->gap_max_ns;
    if (facts->came_last_ns > follow->drain.load_end_ns)
        sink->drain_ns = facts->came_last_ns - follow->drain.load_end_ns;
}

/* Each operation that was begun has a batch of events; but those that found the ledger full. */
static void follow_claim_operations(const struct follow *follow, const struct result *result,
                                    struct track_claims *claims)
{
    int64_t batch = (int64_t)follow->plan->request.batch;
    for (size_t phase = 0; phase < result->phase_count; phase++) {
        struct track_claim *claim = &claims->phases[phase];
        int64_t done = 0, sent = 0;
        for (size_t target = 0; target < result->target_count; target++) {
            done += (int64_t)result_ops_at(result, phase, target)->done;
            sent += (int64_t)result_ops_at(result, phase, target)->sent;
        }
        claim->sent = sent * batch;
        if (!result->events->ledger_full)
            claim->events = done * batch;
    }
}

/* Numbers that were kept by others: operations by the executors, arrivals by the sinks. */
static void follow_audit(const struct follow *follow, const struct shard *shards, int count,
                         const struct result *result)
{
    struct result_events *events = result->events;
    struct track_claims claims;
    struct diag diag = DIAG_INIT;
    track_claims_init(&claims);
    claims.is_counted = follow_is_counted(follow);
    follow_claim_operations(follow, result, &claims);
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

/* ---- what is told of events that went wrong ---- */

enum { FOLLOW_CARRIED_MAX = 1024 };

static struct bytes follow_key_of(const struct shard *shards, int count, uint32_t stream)
{
    const struct shard *owner = &shards[stream % (uint32_t)count];
    return ledger_stream_key(owner->events.ledger, stream);
}

bool follow_tell_carried(const struct follow *follow, struct bytes key,
                         const struct track_anomaly *anomaly, struct buf *out)
{
    int64_t start_ns = follow->t0_ns + clock_wall_ns() - clock_now_ns();
    return bench_carried_tell(follow->plan, key, anomaly, start_ns, FOLLOW_CARRIED_MAX, out);
}

/* The names of streams, and what the first ones carried. */
struct follow_detail {
    const struct follow *follow;
    struct result_events *events;
    const struct shard *shards;
    int count;
};

static void follow_name_stream(const struct follow_detail *detail, uint32_t stream)
{
    struct bytes key = follow_key_of(detail->shards, detail->count, stream);
    if (key.len > 0)
        result_events_name_stream(detail->events, stream, key);
}

static void follow_detail_list(const struct follow_detail *detail,
                               const struct track_anomaly_list *list)
{
    struct buf carried;
    buf_init(&carried, 4 * FOLLOW_CARRIED_MAX);
    for (size_t i = 0; i < list->run_count; i++)
        follow_name_stream(detail, list->runs[i].stream);
    for (size_t i = 0; i < list->streams.row_count; i++)
        follow_name_stream(detail, list->streams.rows[i].value);
    for (size_t i = 0; i < list->first_count; i++) {
        const struct track_anomaly *one = &list->first[i];
        struct bytes key = follow_key_of(detail->shards, detail->count, one->id.stream);
        follow_name_stream(detail, one->id.stream);
        buf_clear(&carried);
        if (follow_tell_carried(detail->follow, key, one, &carried))
            result_events_add_carried(detail->events, one->id, buf_bytes(&carried));
    }
    buf_fini(&carried);
}

static void follow_detail_all(const struct follow_detail *detail)
{
    const struct track_anomalies *anomalies = &detail->events->anomalies;
    for (int phase = 0; phase < anomalies->phase_count; phase++) {
        for (int sink = 0; sink < anomalies->sink_count; sink++) {
            for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
                const struct track_anomaly_list *list =
                    track_anomalies_of(anomalies, phase, sink, (enum track_anomaly_kind)kind);
                if (list != NULL && list->count > 0)
                    follow_detail_list(detail, list);
            }
        }
    }
}

/* What numbers cannot tell. */
static void follow_remark_counts(const struct follow *follow, struct result *result)
{
    const struct result_events *events = result->events;
    char text[256];
    if (!follow_is_counted(follow))
        return;
    result_note(result, "identity",
                "events were counted, not told apart (--identity count): what came twice can hide "
                "what was lost");
    for (size_t i = 0; i < events->sink_count; i++) {
        int64_t surplus = 0;
        for (int phase = 0; phase < events->rows.sum.phase_count; phase++)
            surplus += track_sum_at(&events->rows.sum, phase, (int)i)->copies;
        if (surplus == 0)
            continue;
        (void)snprintf(text, sizeof(text),
                       "%lld more came out of %s than had been accepted: some came more than once, "
                       "or were refused, or were never ours",
                       (long long)surplus, events->sinks[i].name);
        result_note(result, "surplus", text);
    }
}

/* How long arrivals were on their way from the sinks' thread to the ledgers: our own doing. */
static void follow_tell_entries(struct result_events *events, const struct shard *shards, int count)
{
    struct hist_sum sum;
    hist_sum_init(&sum);
    for (int i = 0; i < count; i++)
        hist_sum_add(&sum, &shards[i].events.entered);
    if (sum.count > 0) {
        events->entry_lag_p99_ns = hist_sum_quantile(&sum, 0.99);
        events->entry_lag_max_ns = sum.max;
    }
    hist_sum_fini(&sum);
}

void follow_tell(struct follow *follow, const struct shard *shards, int count,
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
    run_anomalies_close(&follow->anomalies, result);
    struct follow_detail detail = {follow, events, shards, count};
    follow_detail_all(&detail);
    for (int i = 0; i < (int)events->sink_count; i++)
        follow_tell_sink(follow, i, &events->sinks[i]);
    follow_tell_entries(events, shards, count);
    events->drain_end = follow->end;
    events->drain_ns = track_drain_time_ns(&follow->drain, &follow->facts);
    events->ended = true;
    follow_audit(follow, shards, count, result);
    follow_remark_counts(follow, result);
}
