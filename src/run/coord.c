/* SPDX-License-Identifier: Apache-2.0
 *
 * The run seen from above. Nothing here is fast, and nothing here may make a shard wait.
 */
#include "run/coord.h"

#include <stdio.h>

#include "base/fmt.h"
#include "base/mem.h"
#include "base/must.h"
#include "drive/bench_http.h"
#include "live/page.h"
#include "report/verdict.h"
#include "run/facts.h"
#include "run/first.h"
#include "run/ready.h"
#include "sys/file.h"
#include "sys/self.h"
#include "sys/signal.h"

enum {
    COORD_TICK_NS = 1000000000,
    COORD_TICK_DELAY_NS = 30000000,  /* behind the second, so that the shards have handed over */
    COORD_START_DELAY_NS = 10000000, /* for the order to reach every shard */
    COORD_LOOK_NS = 50000000,        /* between two looks at the drain */
    COORD_CLOCK_STEP_NS = 50000000,  /* of the wall clock within a second: a slew is far below */
};

static void coord_note(struct coord *coord, const char *line)
{
    if (coord->observer->on_note != NULL)
        coord->observer->on_note(coord->observer->context, line);
}

/* ---- the file ---- */

static enum br_err coord_write(void *context, struct bytes bytes, struct diag *diag)
{
    struct coord *coord = context;
    enum br_err err = file_out_write(&coord->file, bytes);
    if (err != BR_ERR_NONE)
        return diag_set_errno(diag, err, coord->file.saved_errno, "could not write to %.*s",
                              BYTES_ARG(coord->plan->result_path));
    return BR_ERR_NONE;
}

static enum br_err coord_open_journal(struct coord *coord, struct diag *diag)
{
    if (coord->plan->result_path.len == 0)
        return BR_ERR_NONE;
    char *path = mem_copy_str(coord->plan->result_path);
    enum br_err err = file_out_open(&coord->file, path, FILE_REPLACE, diag);
    mem_free(path);
    if (err != BR_ERR_NONE)
        return err;
    coord->has_journal = true;
    journal_start(&coord->journal, &coord->result, coord_write, coord);
    return BR_ERR_NONE;
}

static enum br_err coord_open_page(struct coord *coord, struct diag *diag)
{
    struct bytes at = coord->plan->watch_at;
    struct sock_addr addr, bound;
    struct diag why = DIAG_INIT;
    char text[SOCK_TEXT_SIZE], line[SOCK_TEXT_SIZE + 64];
    if (at.len == 0)
        return BR_ERR_NONE;
    if (sock_addr_parse(at, &addr, &why) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--prometheus-listen: %s", why.text);
    enum br_err err =
        live_page_open(&coord->loop, &coord->result, &addr, &coord->page, &bound, diag);
    if (err != BR_ERR_NONE)
        return err;
    sock_addr_format(&bound, text);
    (void)snprintf(line, sizeof(line), "numbers for Prometheus on %s%s/metrics",
                   bound.u.any.sa_family == AF_UNIX ? "" : "http://", text);
    if (!coord->plan->quiet)
        coord_note(coord, line);
    return BR_ERR_NONE;
}

/* A bug stops us: what is known goes to the file first. */
static void coord_on_bug(void *context)
{
    struct coord *coord = context;
    result_set_partial(&coord->result, RESULT_ABORTED, "a bug in brunt stopped it");
    if (coord->has_journal)
        journal_finish(&coord->journal, &coord->result);
}

/* ---- numbers, once a second ---- */

static void coord_collect(struct coord *coord)
{
    uint64_t in_flight = 0, behind = 0, conns_open = 0;
    for (int i = 0; i < coord->shard_count; i++) {
        struct shard *shard = &coord->shards[i];
        struct block *block = handover_take(&shard->handover);
        if (block != NULL) {
            result_add_block(&coord->result, block);
            follow_add(&coord->follow, shard_track_of(shard, block));
            handover_return(&shard->handover, block);
        }
        handover_add_gauges(&shard->handover, &in_flight, &behind, &conns_open);
    }
    follow_collect(&coord->follow);
    coord->gauges.in_flight = in_flight;
    coord->gauges.behind = behind;
    coord->gauges.conns_open = conns_open;
}

/* The wall clock against the monotonic one: receive stamps and names of files depend on it. */
static void coord_watch_clock(struct coord *coord)
{
    int64_t offset_ns = clock_wall_ns() - clock_now_ns();
    int64_t step_ns = offset_ns - coord->wall_offset_ns;
    int64_t size_ns = step_ns < 0 ? -step_ns : step_ns;
    coord->wall_offset_ns = offset_ns;
    if (size_ns < COORD_CLOCK_STEP_NS)
        return;
    coord->gauges.clock_steps++;
    if (size_ns > coord->gauges.clock_step_max_ns)
        coord->gauges.clock_step_max_ns = size_ns;
}

static void coord_close_interval(struct coord *coord)
{
    int64_t user_ns = 0, system_ns = 0;
    clock_process_cpu_ns(&user_ns, &system_ns);
    coord_watch_clock(coord);
    coord->gauges.now_ns = loop_now(&coord->loop) - coord->t0_ns;
    coord->gauges.cpu_user_ns = user_ns - coord->cpu_user_ns;
    coord->gauges.cpu_system_ns = system_ns - coord->cpu_system_ns;
    coord->gauges.rss_bytes = self_rss_bytes();
    result_tick(&coord->result, &coord->gauges);
    if (coord->has_journal)
        journal_tick(&coord->journal, &coord->result);
}

static void coord_on_tick(struct wheel_timer *timer, void *context)
{
    struct coord *coord = context;
    coord_collect(coord);
    coord_close_interval(coord);
    if (coord->observer->on_tick != NULL)
        coord->observer->on_tick(coord->observer->context, &coord->result);
    wheel_arm(&coord->loop.wheel, timer, timer->due_ns + COORD_TICK_NS);
}

/* ---- orders ---- */

static void coord_order(struct coord *coord, enum handover_order order)
{
    for (int i = 0; i < coord->shard_count; i++)
        shard_order(&coord->shards[i], order);
}

static void coord_begin(struct coord *coord)
{
    coord->started = true;
    coord->t0_ns = loop_now(&coord->loop) + COORD_START_DELAY_NS;
    coord->wall_offset_ns = clock_wall_ns() - clock_now_ns();
    clock_process_cpu_ns(&coord->cpu_user_ns, &coord->cpu_system_ns);
    for (int i = 0; i < coord->shard_count; i++)
        handover_set_start(&coord->shards[i].handover, coord->t0_ns);
    follow_begin(&coord->follow, coord->t0_ns);
    coord_order(coord, ORDER_START);
    wheel_arm(&coord->loop.wheel, &coord->tick, coord->t0_ns + COORD_TICK_NS + COORD_TICK_DELAY_NS);
}

/* How many shards are at least so far; a FAILED one fails the run. */
static int coord_count_shards(struct coord *coord, enum handover_state least)
{
    int count = 0;
    for (int i = 0; i < coord->shard_count; i++) {
        struct shard *shard = &coord->shards[i];
        enum handover_state state = handover_state(&shard->handover);
        if (state == SHARD_FAILED && coord->diag.err == BR_ERR_NONE)
            coord->diag = shard->diag;
        if (state >= least)
            count++;
    }
    return count;
}

/* ---- the drain: the run ends when the pipeline is empty (design.md 7.7) ---- */

static bool coord_facts_are_told(struct coord *coord)
{
    for (int i = 0; i < coord->shard_count; i++) {
        if (!shard_facts_told(&coord->shards[i]))
            return false;
    }
    return true;
}

static void coord_on_look(struct wheel_timer *timer, void *context)
{
    struct coord *coord = context;
    for (int i = 0; i < coord->shard_count; i++)
        shard_ask_facts(&coord->shards[i]);
    coord->facts_asked = true;
    wheel_arm(&coord->loop.wheel, timer, loop_now(&coord->loop) + COORD_LOOK_NS);
}

/* All operations have ended. */
static void coord_drain(struct coord *coord)
{
    if (!coord->plan->events.followed || coord->follow.host == NULL) {
        loop_stop(&coord->loop);
        return;
    }
    if (!coord->draining) {
        coord->draining = true;
        follow_drain(&coord->follow, loop_now(&coord->loop) - coord->t0_ns);
        coord_on_look(&coord->look, coord);
        return;
    }
    if (!coord->facts_asked || !coord_facts_are_told(coord))
        return;
    coord->facts_asked = false;
    int64_t now_ns = loop_now(&coord->loop) - coord->t0_ns;
    int64_t wake_ns = 0;
    enum track_drain_state state =
        follow_judge(&coord->follow, coord->shards, coord->shard_count, now_ns, &wake_ns);
    if (state != TRACK_DRAIN_ON || coord->signals > 1)
        loop_stop(&coord->loop);
}

static void coord_on_turn(void *context)
{
    struct coord *coord = context;
    if (!coord->started) {
        int ready = coord_count_shards(coord, SHARD_READY);
        if (coord->diag.err != BR_ERR_NONE)
            loop_stop(&coord->loop);
        else if (ready == coord->shard_count)
            coord_begin(coord);
        return;
    }
    follow_write(&coord->follow, coord->shards, coord->shard_count);
    if (coord_count_shards(coord, SHARD_DONE) == coord->shard_count)
        coord_drain(coord);
}

static void coord_on_signal(struct loop_watch *watch, unsigned events)
{
    struct coord *coord = BR_CONTAINER(watch, struct coord, signal_watch);
    unsigned kinds = signal_take(watch->fd);
    (void)events;
    if ((kinds & (SIGNAL_INT | SIGNAL_TERM | SIGNAL_HUP)) == 0)
        return;
    coord->signals++;
    if (!coord->started) {
        (void)diag_set(&coord->diag, BR_ERR_INTERRUPTED, "interrupted before the first request");
        loop_stop(&coord->loop);
        return;
    }
    if (coord->signals == 1) {
        coord_note(coord, "interrupted: waiting for what is in flight (again: stop at once)");
        result_set_partial(&coord->result, RESULT_INTERRUPTED, "interrupted by a signal");
        coord_order(coord, ORDER_STOP);
        return;
    }
    result_set_partial(&coord->result, RESULT_ABORTED, "interrupted twice by a signal");
    coord_order(coord, ORDER_ABORT);
}

/* ---- life ---- */

static enum br_err coord_init_shards(struct coord *coord, struct diag *diag)
{
    struct plan *plan = coord->plan;
    struct shard_config config = {.plan = plan,
                                  .driver_ops = &drive_bench_http,
                                  .coordinator = &coord->loop,
                                  .host = coord->follow.host};
    enum br_err err = BR_ERR_NONE;
    for (int i = 0; i < plan->shards && err == BR_ERR_NONE; i++) {
        struct shard *shard = &coord->shards[i];
        uint64_t slots = run_shard_slots(coord->means.connections_max, i, plan->shards);
        err = shard_init(shard, i, plan->shards, &config, slots, diag);
        if (plan->verbose) {
            shard->trace = coord->observer->on_trace;
            shard->trace_context = coord->observer->context;
        }
    }
    return err;
}

enum br_err coord_init(struct coord *coord, struct plan *plan, const struct run_means *means,
                       const struct run_observer *observer, struct diag *diag)
{
    *coord = (struct coord){.plan = plan,
                            .means = *means,
                            .observer = observer,
                            .signal_fd = -1,
                            .file = {.fd = -1},
                            .shard_count = plan->shards};
    enum br_err err = loop_init(&coord->loop, diag);
    if (err != BR_ERR_NONE)
        return err;
    wheel_timer_init(&coord->tick, coord_on_tick, coord);
    wheel_timer_init(&coord->look, coord_on_look, coord);
    coord->loop.turn_hook = coord_on_turn;
    coord->loop.turn_hook_context = coord;

    struct run_facts facts;
    run_facts_read(&facts, means);
    result_init(&coord->result, plan, &facts.facts);
    coord->shards = mem_zalloc((size_t)plan->shards, sizeof(struct shard));
    err = follow_init(&coord->follow, plan, &coord->loop, &coord->result, diag);
    if (err == BR_ERR_NONE)
        err = coord_init_shards(coord, diag);
    if (err == BR_ERR_NONE)
        err = signal_open(&coord->signal_fd, diag);
    if (err == BR_ERR_NONE)
        err = loop_watch_add(&coord->loop, &coord->signal_watch, coord->signal_fd, POLLER_IN,
                             coord_on_signal);
    if (err == BR_ERR_NONE)
        err = coord_open_page(coord, diag);
    if (err == BR_ERR_NONE)
        err = coord_open_journal(coord, diag);
    if (err != BR_ERR_NONE)
        coord_fini(coord);
    return err;
}

void coord_fini(struct coord *coord)
{
    must_set_hook(NULL, NULL);
    if (coord->has_journal)
        journal_fini(&coord->journal);
    if (file_out_close(&coord->file) != BR_ERR_NONE)
        coord_note(coord, "the result file may be incomplete: it could not be closed");
    if (coord->signal_watch.fd > 0 && coord->signal_watch.ready != NULL)
        loop_watch_remove(&coord->loop, &coord->signal_watch);
    if (coord->signal_fd >= 0)
        signal_close(coord->signal_fd);
    follow_fini(&coord->follow);
    for (int i = 0; i < coord->shard_count; i++)
        shard_fini(&coord->shards[i]);
    mem_free(coord->shards);
    live_page_close(&coord->page);
    result_fini(&coord->result);
    wheel_disarm(&coord->loop.wheel, &coord->tick);
    wheel_disarm(&coord->loop.wheel, &coord->look);
    loop_fini(&coord->loop);
}

static void coord_finish(struct coord *coord)
{
    struct result_end end = {.load_end_ns = 0, .end_ns = loop_now(&coord->loop) - coord->t0_ns};
    bool remarked = false; /* one is enough: shards meet the same troubles */
    coord_collect(coord);
    coord->gauges.conns_open = 0;
    for (int i = 0; i < coord->shard_count; i++) {
        struct shard *shard = &coord->shards[i];
        struct exec_totals *totals = &shard->exec.totals;
        result_add_block(&coord->result, shard_last_block(shard));
        coord->gauges.conns_open += shard->recorder.conns_open_max;
        end.unsent += totals->unsent;
        end.behind_max += totals->behind_max;
        end.in_flight_max += totals->in_flight_max;
        if (shard->remark[0] != '\0' && !remarked)
            result_note(&coord->result, "driver", shard->remark);
        remarked = remarked || shard->remark[0] != '\0';
        if (shard->load_end_ns > end.load_end_ns)
            end.load_end_ns = shard->load_end_ns;
    }
    follow_finish(&coord->follow, coord->shards, coord->shard_count, end.end_ns);
    coord->gauges.in_flight = 0;
    coord->gauges.behind = 0;
    coord_close_interval(coord);
    result_set_end(&coord->result, &end);
    follow_tell(&coord->follow, coord->shards, coord->shard_count, &coord->result);
    verdict_judge(&coord->result);
    if (coord->has_journal)
        journal_finish(&coord->journal, &coord->result);
}

static enum br_err coord_wait_ready(struct coord *coord, struct diag *diag)
{
    int64_t waited_ns = 0;
    char line[DIAG_TEXT_SIZE];
    if (!coord->plan->wait_ready)
        return BR_ERR_NONE;
    enum br_err err = run_wait_ready(&coord->loop, coord->plan, &drive_bench_http, &coord->signals,
                                     &waited_ns, diag);
    if (err != BR_ERR_NONE)
        return err;
    (void)snprintf(line, sizeof(line), "ready after %s",
                   fmt_duration((double)waited_ns, FMT_ASCII).str);
    coord_note(coord, line);
    return BR_ERR_NONE;
}

static enum br_err coord_first_event(struct coord *coord, struct diag *diag)
{
    const struct plan_events *events = &coord->plan->events;
    char line[DIAG_TEXT_SIZE];
    if (coord->follow.host == NULL || !events->first_event || !events->followed)
        return BR_ERR_NONE;
    enum br_err err = run_first_event(&coord->loop, coord->plan, &drive_bench_http, &coord->follow,
                                      &coord->signals, diag);
    for (size_t i = 0; i < events->sinks.count && err == BR_ERR_NONE; i++) {
        if (coord->follow.first_came_ns[i] < 0)
            continue;
        (void)snprintf(line, sizeof(line), "first event came out of %.*s after %s",
                       BYTES_ARG(events->sinks.sinks[i].name),
                       fmt_duration((double)coord->follow.first_came_ns[i], FMT_ASCII).str);
        coord_note(coord, line);
    }
    return err;
}

enum br_err coord_run(struct coord *coord, struct diag *diag)
{
    int running = 0;
    must_set_hook(coord_on_bug, coord);
    enum br_err err = follow_start(&coord->follow, diag);
    if (err == BR_ERR_NONE)
        err = coord_wait_ready(coord, diag);
    if (err == BR_ERR_NONE)
        err = coord_first_event(coord, diag);
    for (; running < coord->shard_count && err == BR_ERR_NONE; running++)
        err = shard_start(&coord->shards[running], diag);
    if (err == BR_ERR_NONE)
        loop_run(&coord->loop);
    follow_stop(&coord->follow);
    coord_order(coord, ORDER_QUIT);
    for (int i = 0; i < running; i++)
        shard_join(&coord->shards[i]);
    if (err != BR_ERR_NONE)
        return err;
    if (coord->diag.err != BR_ERR_NONE) {
        *diag = coord->diag;
        return diag->err;
    }
    coord_finish(coord);
    return BR_ERR_NONE;
}
