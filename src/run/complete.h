/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plan leaves open and the machine decides: shards, how to wait, the ceiling on connections,
 * the seed.
 */
#ifndef BR_RUN_COMPLETE_H
#define BR_RUN_COMPLETE_H

#include "base/diag.h"
#include "plan/plan.h"

struct run_means {
    int cpus_allowed;
    uint64_t descriptors;     /* may be open, after raising the limit */
    uint64_t connections_max; /* the ceiling in force, all shards together */
};

/* BR_ERR_CONFIG with a sentence when the machine cannot carry what the plan asks for. */
BR_NODISCARD enum br_err run_complete_plan(struct plan *plan, struct run_means *out_means,
                                           struct diag *diag);

/* What the account of the plan's events needs, for a plan that is about to be printed. */
void run_estimate_ledger(const struct plan *plan, struct plan_budget *budget);

/* The share of one shard of `total` slots. */
uint64_t run_shard_slots(uint64_t total, int shard, int shards);

#endif
