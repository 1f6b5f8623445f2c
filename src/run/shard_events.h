/* SPDX-License-Identifier: Apache-2.0
 *
 * A shard's part in following events: its ledger, filled by the driver on one side and by the rows
 * that the sinks' thread hands over on the other.
 */
#ifndef BR_RUN_SHARD_EVENTS_H
#define BR_RUN_SHARD_EVENTS_H

#include "plan/plan.h"
#include "run/anomalies.h"
#include "sink/sink_host.h"
#include "track/anomaly_list.h"
#include "track/ledger.h"

struct shard_events {
    struct ledger *ledger;         /* NULL: nothing is followed */
    struct track_block *blocks[2]; /* go with the shard's blocks of the same index */
    int current;
    struct sink_host *host; /* borrowed; NULL: no sinks */
    int shard;
    int64_t t0_ns;
    struct ledger_facts facts; /* as of the last shard_events_tell */
    struct track_anomalies anomalies;
    struct hist entered;                 /* arrivals: how long from the stamp to the ledger */
    struct run_tales tales;              /* … on their way to a file, while the shard runs */
    struct run_anomalies *to_file;       /* NULL: it still runs, or there is no file */
    int64_t first_rows[TRACK_SINKS_MAX]; /* of events sent before the load */
};

/* Sinks of a ledger: those of the plan; one that nothing is awaited at where it has none, since
 * events are counted in all the same. */
static inline int shard_events_sinks(const struct plan_events *plan)
{
    return plan->sinks.count > 0 ? (int)plan->sinks.count : 1;
}

void shard_events_init(struct shard_events *events, const struct plan *plan, int shard, int shards,
                       int phase_count, struct sink_host *host, struct loop *coordinator);
void shard_events_fini(struct shard_events *events);

/* Takes the rows that have come, up to a bound; true when there may be more. */
bool shard_events_take(struct shard_events *events);
/* The interval's counts: the ledger goes on in the other block. NULL when nothing is followed. */
struct track_block *shard_events_swap(struct shard_events *events, int64_t now_ns);
/* Brings events->facts up to date. */
void shard_events_tell(struct shard_events *events);

#endif
