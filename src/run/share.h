/* SPDX-License-Identifier: Apache-2.0
 *
 * What the shards of a script's run share beyond their handovers: numbers of iterations and of VUs,
 * arrivals that one shard has nobody for, the times of a global request rate, and how many VUs are
 * at work. Fills in load/vu.h's struct vu_share; no locks.
 */
#ifndef BR_RUN_SHARE_H
#define BR_RUN_SHARE_H

#include "load/vu.h"
#include "run/handover.h"

/* Of one shard; of all when summed up. */
struct run_share_counts {
    uint64_t completed; /* iterations */
    uint64_t interrupted;
    uint64_t active; /* VUs */
    uint64_t initialised;
};

struct run_share {
    struct vu_share share; /* for vu_env */
    int shards;
    size_t scenario_count;
    struct handover_number *numbers; /* [scenario * VU_COUNTER_COUNT + counter] */
    struct handover_number *growing; /* [scenario] 1: a VU is being made */
    struct handover_number *counts;  /* [shard * 4 + member] */
    struct handover_number rps;
    struct ring *offers; /* [shard]: to it, from the one before */
    void *offers_memory;
    struct loop **loops; /* [shard] */
};

void run_share_init(struct run_share *share, int shards, size_t scenario_count);
/* When the shards are joined. */
void run_share_fini(struct run_share *share);
/* Before the shards run: whom to wake. */
void run_share_attach(struct run_share *share, int shard, struct loop *loop);

/* On the shard's thread, each turn and once more when it is told to quit, until false; each goes to
 * vu_host_offer. */
bool run_share_next_offer(struct run_share *share, int shard, struct vu_offer *out_offer);

/* When a request may be sent under the option `rps`, at now_ns or later: one in each interval over
 * all shards. Takes that place. */
int64_t run_share_rps_slot(struct run_share *share, int64_t now_ns, int64_t interval_ns);

/* The shard's own, now and then; read by anybody, roughly right. */
void run_share_publish(struct run_share *share, int shard, const struct run_share_counts *counts);
void run_share_sum(struct run_share *share, struct run_share_counts *out_counts);

#endif
