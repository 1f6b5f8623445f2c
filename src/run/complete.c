/* SPDX-License-Identifier: Apache-2.0
 *
 * Completing a plan. The rules are design.md 6: a shard a core, at most one per 32 connections, and
 * a single one when the target shares two CPUs with us; spinning only where it takes CPU from
 * nobody.
 */
#include "run/complete.h"

#include "run/shard_events.h"
#include "sys/limit.h"
#include "sys/self.h"
#include "sys/sock.h"
#include "sys/thread.h"

enum {
    RUN_DESCRIPTORS_OURS = 64, /* besides connections: pollers, files, names */
    RUN_CONNS_PER_SHARD = 32,
    RUN_CONNS_OPEN_MAX = 100000, /* open model without -c */
    RUN_LEDGER_EVENTS = 1000000, /* where nobody knows how many there will be */
};

static bool run_target_is_here(const struct plan_target *target)
{
    struct sock_addr addr;
    if (target->unix_path.len > 0 || bytes_eq_nocase(target->host, BYTES("localhost")))
        return true;
    return sock_addr_from_ip(target->host, target->port, &addr) && sock_addr_is_loopback(&addr);
}

static int run_default_shards(const struct plan *plan, const struct run_means *means)
{
    int shards = means->cpus_allowed;
    for (size_t i = 0; i < plan->target_count; i++) {
        if (means->cpus_allowed <= 2 && run_target_is_here(&plan->targets[i]))
            shards = 1;
    }
    uint64_t most = means->connections_max / RUN_CONNS_PER_SHARD;
    if ((uint64_t)shards > most)
        shards = most == 0 ? 1 : (int)most;
    return shards;
}

static enum br_err run_complete_connections(const struct plan *plan, struct run_means *means,
                                            struct diag *diag)
{
    uint64_t room =
        means->descriptors > RUN_DESCRIPTORS_OURS ? means->descriptors - RUN_DESCRIPTORS_OURS : 0;
    uint64_t asked = plan->load.connections;
    if (asked > room)
        return diag_set(diag, BR_ERR_NO_DESCRIPTORS,
                        "%llu connections need %llu file descriptors, and %llu are allowed: lower "
                        "-c or raise the limit (ulimit -n)",
                        (unsigned long long)asked,
                        (unsigned long long)(asked + RUN_DESCRIPTORS_OURS),
                        (unsigned long long)means->descriptors);
    if (room == 0)
        return diag_set(diag, BR_ERR_NO_DESCRIPTORS,
                        "%llu file descriptors are too few to begin with (ulimit -n)",
                        (unsigned long long)means->descriptors);
    means->connections_max =
        asked > 0 ? asked : (room < RUN_CONNS_OPEN_MAX ? room : RUN_CONNS_OPEN_MAX);
    return BR_ERR_NONE;
}

enum br_err run_complete_plan(struct plan *plan, struct run_means *out_means, struct diag *diag)
{
    struct run_means means = {.cpus_allowed = cpu_count_allowed(),
                              .descriptors = limit_raise_nofile()};
    enum br_err err = run_complete_connections(plan, &means, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (plan_events_throttled(&plan->events)) {
        if (plan->shards > 1)
            return diag_set(diag, BR_ERR_CONFIG,
                            "a throttle is told by the events of a stream together: --shards must "
                            "be 1");
        plan->shards = 1;
    }
    if (plan->shards == 0)
        plan->shards = run_default_shards(plan, &means);
    if ((uint64_t)plan->shards > means.connections_max)
        plan->shards = (int)means.connections_max;
    if (plan->wait == PLAN_WAIT_AUTO) {
        bool paced = plan->load.model == PLAN_OPEN;
        /* Our threads: the shards and the coordinator. */
        plan->wait =
            paced && means.cpus_allowed >= plan->shards + 1 ? PLAN_WAIT_SPIN : PLAN_WAIT_ECO;
    }
    if (!plan->seed_given)
        plan->seed = self_random() >> 16; /* short enough to be typed again */
    *out_means = means;
    return BR_ERR_NONE;
}

void run_estimate_ledger(const struct plan *plan, struct plan_budget *budget)
{
    const struct plan_events *events = &plan->events;
    uint64_t due = plan_events_due(plan);
    int sinks = shard_events_sinks(events);
    if (!events->followed)
        return;
    if (due == 0)
        due = RUN_LEDGER_EVENTS;
    /* Events of an operation share a record, unless a key sorts them into streams of their own. */
    bool shared = events->stream_key.len == 0 && events->intact_field.len == 0;
    uint64_t open = shared ? due / plan->request.batch : due;
    budget->ledger_bytes = ledger_estimate(due, 0, sinks, events->intact_field.len > 0);
    budget->ledger_worst_bytes = ledger_estimate(due, open, sinks, events->intact_field.len > 0);
    budget->total_bytes += budget->ledger_bytes;
}

uint64_t run_shard_slots(uint64_t total, int shard, int shards)
{
    return total / (uint64_t)shards + ((uint64_t)shard < total % (uint64_t)shards ? 1 : 0);
}
