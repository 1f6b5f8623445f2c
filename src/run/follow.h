/* SPDX-License-Identifier: Apache-2.0
 *
 * Events seen from the coordinator: the sinks' thread, the first event before the load, the drain
 * behind it (design.md 7.7), and the last words of the ledgers.
 */
#ifndef BR_RUN_FOLLOW_H
#define BR_RUN_FOLLOW_H

#include "base/diag.h"
#include "report/result.h"
#include "report/result_events.h"
#include "run/shard.h"
#include "sink/sink_host.h"
#include "sys/thread.h"
#include "track/drain.h"
#include "track/ledger.h"
#include "track/track.h"

struct follow {
    const struct plan *plan;
    struct sink_host *host; /* NULL: no sinks */
    struct thread *thread;
    bool ordered_stop;
    struct result_events *told; /* of the result: everything that was counted; NULL: nothing is */
    struct sink_totals sinks[PLAN_SINKS_MAX];
    struct ledger_facts facts;
    struct ledger_walk walk;
    int64_t t0_ns;
    struct track_drain drain;
    enum track_drain_state end;
    int64_t first_rows[PLAN_SINKS_MAX];    /* that came while it waited for the first event */
    struct run_anomalies anomalies;        /* the file of all that went wrong */
    int64_t first_came_ns[PLAN_SINKS_MAX]; /* how long the first event took; -1: was not awaited */
};

/* Opens the sinks (their ports) when the plan has some. What is counted goes to the result. */
BR_NODISCARD enum br_err follow_init(struct follow *follow, const struct plan *plan,
                                     struct loop *coordinator, struct result *result,
                                     struct diag *diag);
/* Stops the sinks' thread if it runs; rows that nobody took are lost. */
void follow_fini(struct follow *follow);

/* Starts the sinks' thread; the shards are attached. */
BR_NODISCARD enum br_err follow_start(struct follow *follow, struct diag *diag);
/* The load begins. */
void follow_begin(struct follow *follow, int64_t t0_ns);
/* Adds a shard's counts of an interval. */
void follow_add(struct follow *follow, const struct track_block *block);
/* Takes what the sinks' thread has counted. */
void follow_collect(struct follow *follow);

/* What shards have told of events that went wrong goes to its file. */
void follow_write(struct follow *follow, struct shard *shards, int count);

/* All operations have ended, at that time (run time): the drain begins. */
void follow_drain(struct follow *follow, int64_t load_end_ns);
/* Whether it is over; the shards' facts are fresh. *out_wake_ns (run time): when to look again. */
enum track_drain_state follow_judge(struct follow *follow, struct shard *shards, int count,
                                    int64_t now_ns, int64_t *out_wake_ns);
/* Closes the sinks and waits for their thread; the shards still take rows. */
void follow_stop(struct follow *follow);
/* When shards and sinks are joined: the rest of the rows, and what became of every event. */
void follow_finish(struct follow *follow, struct shard *shards, int count, int64_t now_ns);
/* Then: the rest of what is to be known in plain numbers, checked, as a part of the result. */
void follow_tell(struct follow *follow, const struct shard *shards, int count,
                 struct result *result);
/* What an event carried, rendered once more; false when that cannot be told. */
bool follow_tell_carried(const struct follow *follow, struct bytes key,
                         const struct track_anomaly *anomaly, struct buf *out);

/* ---- follow_count.c: --identity count, and nothing else ---- */

bool follow_is_counted(const struct follow *follow);
/* The load begins: what came before it is none of its events. */
void follow_count_begin(struct follow *follow);
/* What is missing by number, into follow->facts. */
void follow_count_facts(struct follow *follow);
/* The run is over: numbers become classes. */
void follow_count_settle(struct follow *follow, int64_t end_ns);

#endif
