/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a shard: prepare, wait for the start, run, drain, wait until told to quit. It
 * publishes its block once a second and obeys orders between two turns of its loop.
 */
#include "run/shard.h"

#include <stdio.h>

#include "base/must.h"
#include "sys/clock.h"

enum { SHARD_TICK_NS = 1000000000, SHARD_GAUGES_MASK = 15 };

enum br_err shard_init(struct shard *shard, int index, int count, const struct shard_config *config,
                       uint64_t slots, struct diag *diag)
{
    *shard = (struct shard){.index = index,
                            .count = count,
                            .plan = config->plan,
                            .driver_ops = config->driver_ops,
                            .coordinator = config->coordinator,
                            .slots = slots};
    enum br_err err = loop_init(&shard->loop, diag);
    if (err != BR_ERR_NONE)
        return err;
    int phases = (int)plan_phase_count(&config->plan->load);
    for (int i = 0; i < 2; i++)
        shard->blocks[i] = block_create(index, phases, (int)config->plan->target_count);
    shard->recorder.block = shard->blocks[0];
    shard_events_init(&shard->events, config->plan, index, count, phases, config->host,
                      config->coordinator);
    if (config->host != NULL)
        sink_host_attach(config->host, index, &shard->loop);
    handover_init(&shard->handover, shard->blocks[1]);
    return BR_ERR_NONE;
}

void shard_fini(struct shard *shard)
{
    MUST(shard->thread == NULL);
    if (shard->plan == NULL)
        return;
    shard_events_fini(&shard->events);
    for (int i = 0; i < 2; i++)
        block_destroy(&shard->blocks[i]);
    loop_fini(&shard->loop);
    shard->plan = NULL;
}

static void shard_publish(struct shard *shard, enum handover_state state)
{
    handover_set_state(&shard->handover, state);
    loop_wake(shard->coordinator);
}

/* ---- metrics ---- */

/* Where the second went. An open model that is busy nearly all the time cannot be on time. */
static void shard_account(struct shard *shard, int64_t now_ns)
{
    struct loop_account *now = &shard->loop.account;
    int64_t wall_ns = now_ns - shard->tick_ns;
    int64_t idle_ns = now->idle_ns - shard->seen.idle_ns;
    int64_t busy_ns = wall_ns > idle_ns ? wall_ns - idle_ns : 0;
    struct block_phase *phase = &shard->recorder.block->phases[shard->recorder.phase];

    phase->busy_ns += (uint64_t)busy_ns;
    phase->idle_ns += (uint64_t)idle_ns;
    phase->spin_ns += (uint64_t)(now->spin_ns - shard->seen.spin_ns);
    if (wall_ns > SHARD_TICK_NS / 2) {
        uint64_t permille = (uint64_t)(busy_ns * 1000 / wall_ns);
        if (permille > shard->busy_permille_max)
            shard->busy_permille_max = permille;
    }
    shard->seen = *now;
    shard->tick_ns = now_ns;
}

static void shard_seal_block(struct shard *shard, int64_t now_ns)
{
    struct block *block = shard->recorder.block;
    block->end_ns = now_ns - shard->recorder.t0_ns;
    block->busy_permille_max = shard->busy_permille_max;
    block->in_flight = shard->exec.in_flight;
    block->behind = shard->exec.behind;
    block->conns_open = shard->driver->ops->conns_open(shard->driver);
}

static void shard_on_tick(struct wheel_timer *timer, void *context)
{
    struct shard *shard = context;
    int64_t now_ns = loop_now(&shard->loop);
    shard_account(shard, now_ns);
    shard_seal_block(shard, now_ns);
    run_tales_flush(&shard->events.tales);
    struct block *next = handover_take_empty(&shard->handover);
    if (next != NULL) {
        (void)shard_events_swap(&shard->events, now_ns - shard->recorder.t0_ns);
        handover_pass(&shard->handover, shard->recorder.block);
        block_reset(next, now_ns - shard->recorder.t0_ns);
        shard->recorder.block = next;
        shard->busy_permille_max = 0;
        loop_wake(shard->coordinator);
    }
    shard->recorder.phase = exec_phase_at(&shard->exec, now_ns);
    wheel_arm(&shard->loop.wheel, timer, timer->due_ns + SHARD_TICK_NS);
}

struct block *shard_last_block(struct shard *shard)
{
    MUST(shard->thread == NULL);
    return shard->recorder.block;
}

/* ---- orders ---- */

static void shard_on_exec_done(void *context)
{
    struct shard *shard = context;
    shard_publish(shard, SHARD_DONE);
}

static void shard_begin(struct shard *shard)
{
    int64_t t0_ns = handover_start_ns(&shard->handover);
    shard->recorder.t0_ns = t0_ns;
    shard->events.t0_ns = t0_ns;
    shard->tick_ns = loop_now(&shard->loop);
    shard->seen = shard->loop.account;
    block_reset(shard->recorder.block, 0);
    wheel_arm(&shard->loop.wheel, &shard->tick, t0_ns + SHARD_TICK_NS);
    exec_start(&shard->exec, t0_ns, shard_on_exec_done, shard);
    if (handover_state(&shard->handover) < SHARD_DONE)
        shard_publish(shard, SHARD_RUNNING);
}

static void shard_obey(struct shard *shard, enum handover_order order)
{
    bool running = shard->exec.state == EXEC_RUNNING || shard->exec.state == EXEC_STOPPING;
    if (order >= ORDER_START && shard->obeyed < ORDER_START && order < ORDER_QUIT)
        shard_begin(shard);
    if (order == ORDER_STOP && running)
        exec_stop(&shard->exec);
    if (order >= ORDER_ABORT && running)
        exec_abort(&shard->exec);
    if (order == ORDER_QUIT)
        loop_stop(&shard->loop);
    shard->obeyed = order;
}

static void shard_on_turn(void *context)
{
    struct shard *shard = context;
    enum handover_order order = handover_order(&shard->handover);
    if (order != shard->obeyed)
        shard_obey(shard, order);
    if (shard->obeyed >= ORDER_START && shard_events_take(&shard->events))
        loop_wake(&shard->loop);
    if (BR_UNLIKELY(handover_owes_facts(&shard->handover))) {
        shard_events_tell(&shard->events);
        handover_tell_facts(&shard->handover);
        loop_wake(shard->coordinator);
    }
    if ((shard->loop.account.turns & SHARD_GAUGES_MASK) == 0)
        handover_set_gauges(&shard->handover, shard->exec.in_flight, shard->exec.behind,
                            shard->driver->ops->conns_open(shard->driver));
}

/* ---- thread ---- */

static void shard_on_prepared(void *context)
{
    struct shard *shard = context;
    shard_publish(shard, SHARD_READY);
}

static enum br_err shard_set_up(struct shard *shard)
{
    thread_set_timer_slack(1);
    if (shard->pin)
        thread_pin(shard->index);
    bool spin = shard->plan->wait == PLAN_WAIT_SPIN;
    loop_set_wait(&shard->loop, spin ? LOOP_WAIT_SPIN : LOOP_WAIT_ECO, 0);
    struct driver_env env = {.loop = &shard->loop,
                             .plan = shard->plan,
                             .recorder = &shard->recorder,
                             .shard = shard->index,
                             .shards = shard->count,
                             .slots = shard->slots,
                             .ledger = shard->events.ledger,
                             .trace = shard->trace,
                             .trace_context = shard->trace_context};
    enum br_err err = shard->driver_ops->create(&env, &shard->driver, &shard->diag);
    if (err != BR_ERR_NONE)
        return err;
    exec_init(&shard->exec, &env, shard->driver);
    wheel_timer_init(&shard->tick, shard_on_tick, shard);
    shard->loop.turn_hook = shard_on_turn;
    shard->loop.turn_hook_context = shard;
    return BR_ERR_NONE;
}

static void shard_main(void *context)
{
    struct shard *shard = context;
    if (shard_set_up(shard) != BR_ERR_NONE) {
        shard_publish(shard, SHARD_FAILED);
        return;
    }
    shard->driver->ops->prepare(shard->driver, shard_on_prepared, shard);
    loop_run(&shard->loop);

    int64_t now_ns = loop_now(&shard->loop);
    shard_account(shard, now_ns);
    shard_seal_block(shard, now_ns);
    wheel_disarm(&shard->loop.wheel, &shard->tick);
    shard->cpu_ns = clock_thread_cpu_ns();
    shard->load_end_ns = shard->exec.stopped_ns - shard->recorder.t0_ns;
    const char *remark = shard->driver->ops->remark(shard->driver);
    if (remark != NULL)
        (void)snprintf(shard->remark, sizeof(shard->remark), "%s", remark);
    exec_fini(&shard->exec);
    shard->driver->ops->destroy(&shard->driver);
    /* The loop stays: the coordinator and the sinks may be about to wake it. */
}

enum br_err shard_start(struct shard *shard, struct diag *diag)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "shard %d", shard->index);
    shard->thread = thread_start(name, shard_main, shard);
    if (shard->thread == NULL)
        return diag_set(diag, BR_ERR_NO_MEMORY, "could not start the thread of shard %d",
                        shard->index);
    return BR_ERR_NONE;
}

void shard_order(struct shard *shard, enum handover_order order)
{
    handover_set_order(&shard->handover, order);
    loop_wake(&shard->loop);
}

void shard_join(struct shard *shard)
{
    if (shard->thread == NULL)
        return;
    thread_join(&shard->thread);
}

struct track_block *shard_track_of(const struct shard *shard, const struct block *block)
{
    return shard->events.blocks[block == shard->blocks[0] ? 0 : 1];
}

void shard_ask_facts(struct shard *shard)
{
    handover_ask_facts(&shard->handover);
    loop_wake(&shard->loop);
}

bool shard_facts_told(struct shard *shard)
{
    return !handover_owes_facts(&shard->handover);
}
