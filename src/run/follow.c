/* SPDX-License-Identifier: Apache-2.0
 *
 * When a run that follows events is over, and what to say of those that never came.
 */
#include "run/follow.h"

#include "base/must.h"

enum br_err follow_init(struct follow *follow, const struct plan *plan, struct loop *coordinator,
                        struct result *result, struct diag *diag)
{
    const struct plan_events *events = &plan->events;
    int sinks = shard_events_sinks(events);
    *follow = (struct follow){.plan = plan, .told = result->events};
    for (int i = 0; i < sinks; i++) {
        sink_totals_init(&follow->sinks[i]);
        follow->first_came_ns[i] = -1;
    }
    enum br_err err = run_anomalies_open(&follow->anomalies, follow, result, diag);
    if (err != BR_ERR_NONE || events->sinks.count == 0)
        return err;
    struct sink_host_config config = {.sinks = &events->sinks,
                                      .seed = plan->seed,
                                      .run = &events->run,
                                      .stamp_forms = STAMP_FORM_TEXT | STAMP_FORM_UUID,
                                      .counts = follow_is_counted(follow),
                                      .shard_count = plan->shards,
                                      .watcher = coordinator};
    return sink_host_create(&config, &follow->host, diag);
}

void follow_fini(struct follow *follow)
{
    if (follow->thread != NULL) {
        sink_host_order(follow->host, SINK_ORDER_QUIT, 0);
        thread_join(&follow->thread);
    }
    if (follow->host != NULL)
        sink_host_destroy(&follow->host);
    run_anomalies_fini(&follow->anomalies);
    if (follow->plan == NULL)
        return;
    for (int i = 0; i < shard_events_sinks(&follow->plan->events); i++)
        sink_totals_fini(&follow->sinks[i]);
}

enum br_err follow_start(struct follow *follow, struct diag *diag)
{
    if (follow->host == NULL)
        return BR_ERR_NONE;
    follow->thread = thread_start("sinks", sink_host_main, follow->host);
    if (follow->thread == NULL)
        return diag_set(diag, BR_ERR_NO_MEMORY, "could not start the thread of the sinks");
    return BR_ERR_NONE;
}

void follow_begin(struct follow *follow, int64_t t0_ns)
{
    follow->t0_ns = t0_ns;
    follow_count_begin(follow);
    if (follow->host != NULL)
        sink_host_order(follow->host, SINK_ORDER_START, t0_ns);
}

void follow_add(struct follow *follow, const struct track_block *block)
{
    if (block != NULL && follow->told != NULL)
        result_events_add_block(follow->told, block);
}

/* Of what a sink counts, the part that the result shows. */
static void follow_tell_counts(struct result_events *events, size_t sink,
                               const struct sink_counts *counts)
{
    struct result_sink_counts told;
    hist_sum_init(&told.late);
#define X(name, text) told.name = counts->name;
    RESULT_SINK_COUNTERS(X)
#undef X
    hist_sum_add(&told.late, &counts->late);
    result_events_add_sink(events, sink, &told);
    hist_sum_fini(&told.late);
}

static void follow_add_sinks(struct follow *follow, const struct sink_block *block)
{
    for (int i = 0; i < block->sink_count; i++) {
        sink_totals_add(&follow->sinks[i], &block->counts[i]);
        if (follow->told != NULL)
            follow_tell_counts(follow->told, (size_t)i, &block->counts[i]);
    }
    if (follow->told != NULL)
        result_events_add_busy(follow->told, block->busy_permille_max);
}

void follow_collect(struct follow *follow)
{
    struct sink_block *block;
    if (follow->host == NULL)
        return;
    while ((block = sink_host_take_block(follow->host)) != NULL) {
        follow_add_sinks(follow, block);
        sink_host_return_block(follow->host, block);
    }
}

void follow_write(struct follow *follow, struct shard *shards, int count)
{
    for (int i = 0; i < count; i++)
        run_anomalies_take(&follow->anomalies, &shards[i].events.tales);
    run_anomalies_flush(&follow->anomalies);
}

/* ---- the drain ---- */

/* The worst sink's lag from due. */
static int64_t follow_lag_p99_ns(const struct follow *follow)
{
    const struct track_sum *sum = &follow->told->rows.sum;
    double worst = 0;
    for (int phase = 0; phase < sum->phase_count; phase++) {
        for (int sink = 0; sink < sum->sink_count; sink++) {
            const struct track_at_sum *at = track_sum_at(sum, phase, sink);
            double lag = at->lag_due.count > 0 ? hist_sum_quantile(&at->lag_due, 0.99) : 0;
            worst = lag > worst ? lag : worst;
        }
    }
    return (int64_t)worst;
}

void follow_drain(struct follow *follow, int64_t load_end_ns)
{
    const struct plan_events *events = &follow->plan->events;
    follow->drain = (struct track_drain){.load_end_ns = load_end_ns,
                                         .settle_ns = events->settle_ns,
                                         .stall_ns = events->stall_ns,
                                         .drain_ns = events->drain_ns};
    for (size_t i = 0; i < events->sinks.count; i++) {
        if (events->delivers[i].within_ns > follow->drain.within_max_ns)
            follow->drain.within_max_ns = events->delivers[i].within_ns;
    }
}

enum track_drain_state follow_judge(struct follow *follow, struct shard *shards, int count,
                                    int64_t now_ns, int64_t *out_wake_ns)
{
    ledger_facts_init(&follow->facts, shard_events_sinks(&follow->plan->events));
    for (int i = 0; i < count; i++)
        ledger_facts_merge(&follow->facts, &shards[i].events.facts);
    follow_count_facts(follow);
    follow->end = track_drain_ask(&follow->drain, &follow->facts, follow_lag_p99_ns(follow), now_ns,
                                  out_wake_ns);
    return follow->end;
}

/* ---- the end ---- */

void follow_stop(struct follow *follow)
{
    if (follow->thread == NULL)
        return;
    sink_host_order(follow->host, SINK_ORDER_STOP, 0);
    thread_join(&follow->thread);
}

void follow_finish(struct follow *follow, struct shard *shards, int count, int64_t now_ns)
{
    follow_collect(follow);
    if (follow->host != NULL)
        follow_add_sinks(follow, sink_host_last_block(follow->host));
    if (!follow->plan->events.followed)
        return;
    ledger_facts_init(&follow->facts, shard_events_sinks(&follow->plan->events));
    for (int i = 0; i < count; i++) {
        /* From here on we are its only thread. */
        run_tales_flush(&shards[i].events.tales);
        run_anomalies_take(&follow->anomalies, &shards[i].events.tales);
        follow->anomalies.missing += shards[i].events.tales.dropped;
        if (shards[i].events.tales.is_wanted)
            shards[i].events.to_file = &follow->anomalies;
        while (shard_events_take(&shards[i].events))
            ;
        ledger_resolve_rest(shards[i].events.ledger, now_ns);
        ledger_facts_add(&follow->facts, shards[i].events.ledger);
    }
    for (int i = 0; i < count; i++)
        ledger_facts_add_trailing(&follow->facts, shards[i].events.ledger);
    struct ledger_end end = {.facts = &follow->facts,
                             .end_ns = now_ns,
                             .stall_ns = track_drain_stall_ns(&follow->drain, &follow->facts)};
    for (int i = 0; i < count; i++) {
        struct shard_events *events = &shards[i].events;
        /* The backlog as it is now, before those that are missing are told apart. */
        follow_add(follow, shard_events_swap(events, now_ns));
        ledger_finish(events->ledger, &end);
        ledger_walk_add(&follow->walk, events->ledger);
        follow_add(follow, events->blocks[events->current]);
    }
    follow_count_settle(follow, now_ns);
}
