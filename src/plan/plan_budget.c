/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run is going to need, by stated constants: measured with a release build at 50, 1,000 and
 * 5,000 connections (5.5, 6.3 and 9.3 MiB resident; with TLS 54 MiB at 1,000), and rounded up.
 */
#include "plan/plan.h"

#include "metric/block.h"

enum {
    BUDGET_PROGRAM_BYTES = 5 << 20,      /* the program, its libraries, the coordinator */
    BUDGET_SHARD_BYTES = 512 << 10,      /* stack in use, loop, wheel, read buffer */
    BUDGET_CONNECTION_BYTES = 1024,      /* session, connection, timers */
    BUDGET_TLS_BYTES = 48 << 10,         /* and what the TLS library keeps for one */
    BUDGET_TLS_PROGRAM_BYTES = 3 << 20,  /* and for all of them */
    BUDGET_OCTAVES = 12,                 /* a histogram's octaves in use: 1 us to 4 ms */
    BUDGET_OPS_HISTS = 4,                /* of a target in a phase */
    BUDGET_PHASE_HISTS = 4,              /* of a phase */
    BUDGET_DESCRIPTORS = 32,             /* files, pipes, the name resolver */
    BUDGET_SHARD_DESCRIPTORS = 4,        /* poller and wake-ups */
    BUDGET_ANSWER_NS = 100 * 1000 * 1000 /* guessed: how long an answer takes in the open model */
};

static uint64_t plan_peak_connections(const struct plan *plan)
{
    double peak = 0;
    for (size_t i = 0; i < plan->load.leg_count; i++) {
        const struct plan_leg *leg = &plan->load.legs[i];
        double from = (double)leg->from.count / (double)leg->from.per_ns;
        double to = (double)leg->to.count / (double)leg->to.per_ns;
        peak = from > peak ? from : peak;
        peak = to > peak ? to : peak;
    }
    return 1 + (uint64_t)(peak * (double)BUDGET_ANSWER_NS);
}

static bool plan_uses_tls(const struct plan *plan)
{
    for (size_t i = 0; i < plan->target_count; i++) {
        if (plan->targets[i].tls)
            return true;
    }
    return false;
}

void plan_budget_estimate(const struct plan *plan, struct plan_budget *budget)
{
    uint64_t shards = plan->shards > 0 ? (uint64_t)plan->shards : 1;
    uint64_t phases = plan_phase_count(&plan->load);
    uint64_t octave = HIST_SUB * sizeof(uint32_t);
    uint64_t ops = sizeof(struct block_ops) + BUDGET_OPS_HISTS * BUDGET_OCTAVES * octave;
    uint64_t phase = sizeof(struct block_phase) + BUDGET_PHASE_HISTS * BUDGET_OCTAVES * octave;
    uint64_t block = phases * (phase + plan->target_count * ops);
    uint64_t request = plan->request.body.len + PLAN_HEAD_SIZE_MAX / 16;

    budget->connections_known = plan->load.connections > 0;
    budget->connections =
        budget->connections_known ? plan->load.connections : plan_peak_connections(plan);
    if (budget->connections_allowed > 0 && budget->connections > budget->connections_allowed)
        budget->connections = budget->connections_allowed;
    budget->descriptors =
        budget->connections + BUDGET_DESCRIPTORS + shards * BUDGET_SHARD_DESCRIPTORS;
    budget->connection_bytes = budget->connections * BUDGET_CONNECTION_BYTES;
    if (plan_uses_tls(plan))
        budget->connection_bytes +=
            budget->connections * BUDGET_TLS_BYTES + BUDGET_TLS_PROGRAM_BYTES;
    /* Two blocks a shard, and totals of twice the width. */
    budget->metric_bytes = block * (2 * shards + 2);
    budget->total_bytes = BUDGET_PROGRAM_BYTES + shards * BUDGET_SHARD_BYTES +
                          plan->target_count * request + budget->connection_bytes +
                          budget->metric_bytes;
}
