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
    const struct sink_totals *totals = &follow->sinks[at];
    const struct ledger_sink_facts *facts = &follow->facts.sinks[at];
    const struct hist_sum *late = &totals->late;
#define X(name, text) sink->name = totals->name;
    RESULT_SINK_COUNTERS(X)
#undef X
    sink->replies = late->count;
    sink->reply_late_p99_ns = late->count > 0 ? hist_sum_quantile(late, 0.99) : 0.0;
    sink->reply_late_max_ns = late->count > 0 ? late->max : 0.0;
    sink->first_came_ns = follow->first_came_ns[at];
    sink->backlog_max = follow->backlog_max[at];
    sink->gap_max_ns = facts->gap_max_ns;
    if (facts->came_last_ns > follow->drain.load_end_ns)
        sink->drain_ns = facts->came_last_ns - follow->drain.load_end_ns;
}

static void follow_copy_sum(const struct track_sum *from, struct track_sum *to)
{
    for (int phase = 0; phase < from->phase_count; phase++) {
        to->entries[phase] = from->entries[phase];
        for (int sink = 0; sink < to->sink_count; sink++)
            track_at_sum_merge(track_sum_at(to, phase, sink), track_sum_at(from, phase, sink));
    }
    for (int sink = 0; sink < to->sink_count; sink++)
        to->unknown[sink] = from->unknown[sink];
}

/* Numbers that were kept by others: operations by the drivers, arrivals by the sinks. */
static void follow_audit(const struct follow *follow, const struct shard *shards, int count,
                         const struct result *result)
{
    struct result_events *events = result->events;
    struct track_claims claims;
    struct diag diag = DIAG_INIT;
    track_claims_init(&claims);
    for (int i = 0; i < follow->sum.sink_count; i++) {
        const struct sink_totals *totals = &follow->sinks[i];
        claims.arrivals[i] =
            (int64_t)(totals->deliveries + totals->attempts) - follow->first_rows[i];
        for (int k = 0; k < count; k++)
            claims.arrivals[i] -= shards[k].events.first_rows[i];
    }
    if (!track_audit(&follow->sum, &follow->walk, &claims, &diag))
        events->complaint = mem_copy_str(bytes_from_str(diag.text));
}

void follow_tell(const struct follow *follow, const struct shard *shards, int count,
                 struct result *result)
{
    const struct plan_events *plan = &follow->plan->events;
    if (!plan->followed)
        return;
    MUST(result->events == NULL);
    struct result_events *events = result_events_create(plan, result->phase_count);
    result->events = events;
    follow_copy_sum(&follow->sum, &events->sum);
    for (int i = 0; i < count; i++) {
        if (events->sink_count > 0)
            track_anomalies_merge(&events->anomalies, &shards[i].events.anomalies);
        events->ledger_full = events->ledger_full || shards[i].recorder.ledger_is_full;
    }
    for (int i = 0; i < (int)events->sink_count; i++)
        follow_tell_sink(follow, i, &events->sinks[i]);
    events->drain_end = follow->end;
    events->drain_ns = track_drain_time_ns(&follow->drain, &follow->facts);
    events->busy_permille_max = follow->busy_permille_max;
    follow_audit(follow, shards, count, result);
}
