/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread's world: a loop, a driver, an executor, and the block its numbers go to. Shares
 * nothing but the handover.
 */
#ifndef BR_RUN_SHARD_H
#define BR_RUN_SHARD_H

#include "base/diag.h"
#include "load/exec.h"
#include "loop/loop.h"
#include "run/handover.h"
#include "run/shard_events.h"
#include "sys/thread.h"

struct shard {
    struct handover handover;
    int index;
    int count;
    const struct plan *plan;
    const struct driver_ops *driver_ops;
    struct loop *coordinator; /* woken when something changed */
    uint64_t slots;
    bool pin;
    void (*trace)(void *context, struct bytes text); /* NULL: exchanges are not shown */
    void *trace_context;

    struct thread *thread;
    struct loop loop;
    struct driver *driver;
    struct exec exec;
    struct recorder recorder;
    struct block *blocks[2];
    struct shard_events events;
    struct wheel_timer tick;
    int64_t tick_ns;          /* when the current second began */
    struct loop_account seen; /* the loop's account at that time */
    int64_t seen_cpu_ns;
    uint64_t busy_permille_max; /* of the seconds in the current block */
    enum handover_order obeyed;
    struct diag diag;            /* why it FAILED */
    char remark[DIAG_TEXT_SIZE]; /* the driver's, at its end; empty: none */
    int64_t load_end_ns;         /* run time: when nothing more was begun */
    int64_t cpu_ns;              /* of the thread, at its end */
};

/* What all shards of a run have in common. Borrowed. */
struct shard_config {
    const struct plan *plan;
    const struct driver_ops *driver_ops;
    struct loop *coordinator;
    struct sink_host *host; /* NULL: no sinks */
};

/* Prepares it, its loop included; nothing runs yet. Told by a sentence when there are no
 * descriptors for the loop. */
BR_NODISCARD enum br_err shard_init(struct shard *shard, int index, int count,
                                    const struct shard_config *config, uint64_t slots,
                                    struct diag *diag);
void shard_fini(struct shard *shard);

/* Starts its thread: it prepares its driver and becomes READY or FAILED. */
BR_NODISCARD enum br_err shard_start(struct shard *shard, struct diag *diag);
/* From the coordinator: an order, and a wake so that it is read. */
void shard_order(struct shard *shard, enum handover_order order);
/* Waits for the end of the thread; then the current block may be read by shard_last_block. */
void shard_join(struct shard *shard);
/* The track block that goes with one of its blocks; NULL when nothing is followed. */
struct track_block *shard_track_of(const struct shard *shard, const struct block *block);
/* Asks it for its ledger's facts (shard->events.facts), which are there when shard_facts_told. */
void shard_ask_facts(struct shard *shard);
bool shard_facts_told(struct shard *shard);
/* After shard_join: what was recorded since the last handover. Borrowed. */
struct block *shard_last_block(struct shard *shard);

#endif
