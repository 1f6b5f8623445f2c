/* SPDX-License-Identifier: Apache-2.0
 *
 * Sinks alone. Whoever draws and writes does it here, so that a terminal that is held up or a slow
 * disk never delays an answer.
 */
#include "run/sinks.h"

#include "base/mem.h"
#include "loop/loop.h"
#include "run/save.h"
#include "sys/clock.h"
#include "sys/limit.h"
#include "sys/signal.h"
#include "sys/thread.h"

/* Blocks are handed over on the sinks' second; they are looked at a little later. */
#define RUN_SINKS_TICK_DELAY_NS (20 * CLOCK_NS_PER_MS)

struct run_sinks {
    const struct run_sinks_config *config;
    const struct run_sinks_observer *observer;
    struct loop loop;
    struct sink_host *host;
    struct thread *thread;
    struct sink_totals totals[PLAN_SINKS_MAX];
    struct run_save save;
    struct loop_watch signals;
    struct wheel_timer tick;
    struct wheel_timer end;
    int64_t start_ns;
};

static void run_sinks_add(struct run_sinks *run, const struct sink_block *block)
{
    for (int i = 0; i < block->sink_count; i++)
        sink_totals_add(&run->totals[i], &block->counts[i]);
}

static void run_sinks_collect(struct run_sinks *run)
{
    struct sink_block *block;
    while ((block = sink_host_take_block(run->host)) != NULL) {
        run_sinks_add(run, block);
        sink_host_return_block(run->host, block);
    }
    run_save_take(&run->save, run->host);
}

static struct run_sinks_view run_sinks_look(struct run_sinks *run)
{
    return (struct run_sinks_view){.elapsed_ns = loop_now(&run->loop) - run->start_ns,
                                   .start_ns = run->start_ns,
                                   .count = sink_host_count(run->host),
                                   .totals = run->totals,
                                   .is_saved = !run->save.has_failed};
}

static void run_sinks_on_tick(struct wheel_timer *timer, void *context)
{
    struct run_sinks *run = context;
    struct run_sinks_view view = run_sinks_look(run);
    if (run->observer->on_tick != NULL)
        run->observer->on_tick(run->observer->context, &view);
    wheel_arm(&run->loop.wheel, timer, timer->due_ns + CLOCK_NS_PER_SEC);
}

static void run_sinks_on_end(struct wheel_timer *timer, void *context)
{
    struct run_sinks *run = context;
    (void)timer;
    loop_stop(&run->loop);
}

static void run_sinks_on_signal(struct loop_watch *watch, unsigned events)
{
    struct run_sinks *run = BR_CONTAINER(watch, struct run_sinks, signals);
    (void)events;
    if ((signal_take(watch->fd) & (SIGNAL_INT | SIGNAL_TERM | SIGNAL_HUP)) != 0)
        loop_stop(&run->loop);
}

static void run_sinks_on_turn(void *context)
{
    run_sinks_collect(context);
}

/* Serves until it is over; everything is open. */
static enum br_err run_sinks_serve(struct run_sinks *run, struct diag *diag)
{
    struct loop *loop = &run->loop;
    run->start_ns = loop_now(loop);
    sink_host_order(run->host, SINK_ORDER_START, run->start_ns);
    run->thread = thread_start("sinks", sink_host_main, run->host);
    if (run->thread == NULL)
        return diag_set(diag, BR_ERR_NO_MEMORY, "could not start the thread of the sinks");
    loop->turn_hook = run_sinks_on_turn;
    loop->turn_hook_context = run;
    wheel_arm(&loop->wheel, &run->tick, run->start_ns + CLOCK_NS_PER_SEC + RUN_SINKS_TICK_DELAY_NS);
    if (run->config->for_ns > 0)
        wheel_arm(&loop->wheel, &run->end, run->start_ns + run->config->for_ns);
    loop_run(loop);
    sink_host_order(run->host, SINK_ORDER_STOP, 0);
    thread_join(&run->thread);
    run_sinks_collect(run);
    run_sinks_add(run, sink_host_last_block(run->host));
    wheel_disarm(&loop->wheel, &run->tick);
    wheel_disarm(&loop->wheel, &run->end);
    return BR_ERR_NONE;
}

static enum br_err run_sinks_open(struct run_sinks *run, struct diag *diag)
{
    const struct run_sinks_config *config = run->config;
    struct sink_host_config host = {.sinks = config->sinks,
                                    .seed = config->seed,
                                    .run = config->run,
                                    .stamp_forms = STAMP_FORM_TEXT | STAMP_FORM_UUID,
                                    .watcher = &run->loop,
                                    .last_count = config->last_count};
    struct sock_addr bound;
    enum br_err err = run_save_open(&run->save, config->sinks, diag);
    if (err == BR_ERR_NONE)
        err = sink_host_create(&host, &run->host, diag);
    if (err == BR_ERR_NONE && config->control != NULL)
        err = sink_host_open_control(run->host, config->control, &bound, diag);
    if (err == BR_ERR_NONE && run->observer->on_open != NULL)
        run->observer->on_open(run->observer->context, run->host,
                               config->control == NULL ? NULL : &bound);
    return err;
}

static enum br_err run_sinks_live(struct run_sinks *run, struct diag *diag)
{
    int fd;
    enum br_err err = signal_open(&fd, diag);
    if (err != BR_ERR_NONE)
        return err;
    err = loop_watch_add(&run->loop, &run->signals, fd, POLLER_IN, run_sinks_on_signal);
    if (err == BR_ERR_NONE)
        err = run_sinks_open(run, diag);
    if (err == BR_ERR_NONE)
        err = run_sinks_serve(run, diag);
    bool is_saved = run_save_close(&run->save);
    if (err == BR_ERR_NONE && run->observer->on_end != NULL) {
        struct run_sinks_view view = run_sinks_look(run);
        view.is_saved = is_saved;
        run->observer->on_end(run->observer->context, &view);
    }
    sink_host_destroy(&run->host);
    if (run->signals.events != 0)
        loop_watch_remove(&run->loop, &run->signals);
    signal_close(fd);
    return err;
}

enum br_err run_sinks(const struct run_sinks_config *config,
                      const struct run_sinks_observer *observer, struct diag *diag)
{
    struct run_sinks *run = MEM_NEW(struct run_sinks);
    run->config = config;
    run->observer = observer;
    (void)limit_raise_nofile();
    enum br_err err = loop_init(&run->loop, diag);
    if (err == BR_ERR_NONE) {
        wheel_timer_init(&run->tick, run_sinks_on_tick, run);
        wheel_timer_init(&run->end, run_sinks_on_end, run);
        for (int i = 0; i < PLAN_SINKS_MAX; i++)
            sink_totals_init(&run->totals[i]);
        err = run_sinks_live(run, diag);
        for (int i = 0; i < PLAN_SINKS_MAX; i++)
            sink_totals_fini(&run->totals[i]);
        loop_fini(&run->loop);
    }
    mem_free(run);
    return err;
}
