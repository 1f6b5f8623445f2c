/* SPDX-License-Identifier: Apache-2.0
 *
 * What all executors have in common: a start, an end, a grace, and that they are done when nobody
 * works for them any more.
 */
#include "base/must.h"
#include "load/vu_inner.h"

static void vu_exec_on_alarm(struct loop_alarm *alarm, int64_t now_ns);
static void vu_exec_on_end(struct wheel_timer *timer, void *context);
static void vu_exec_on_grace(struct wheel_timer *timer, void *context);

bool vu_exec_is_open(const struct vu_exec *exec)
{
    return exec->scenario->executor == PLAN_CONSTANT_ARRIVAL_RATE ||
           exec->scenario->executor == PLAN_RAMPING_ARRIVAL_RATE;
}

void vu_exec_init(struct vu_exec *exec, struct vu_host *host, int index)
{
    const struct plan_deal *deal = host->env.deal;
    *exec = (struct vu_exec){.host = host,
                             .scenario = &host->env.scenarios->items[index],
                             .index = index,
                             .cut = deal->cuts[index * deal->shards + host->env.shard],
                             .step_ns = INT64_MAX};
    list_init(&exec->running);
    list_init(&exec->ending);
    list_init(&exec->queue);
    list_init(&exec->idle);
    hist_init(&exec->totals.lateness);
    hist_init(&exec->totals.latency);
    loop_alarm_init(host->env.loop, &exec->alarm, vu_exec_on_alarm, exec);
    wheel_timer_init(&exec->end_timer, vu_exec_on_end, exec);
    wheel_timer_init(&exec->grace_timer, vu_exec_on_grace, exec);
    if (!vu_exec_is_open(exec))
        vu_seats_init(exec);
}

void vu_exec_fini(struct vu_exec *exec)
{
    struct loop *loop = exec->host->env.loop;
    MUST(list_is_empty(&exec->running) && list_is_empty(&exec->ending));
    wheel_disarm(&loop->wheel, &exec->end_timer);
    wheel_disarm(&loop->wheel, &exec->grace_timer);
    loop_alarm_fini(loop, &exec->alarm);
    hist_fini(&exec->totals.lateness);
    hist_fini(&exec->totals.latency);
    vu_seats_fini(exec);
}

void vu_exec_schedule(struct vu_exec *exec, int64_t t0_ns)
{
    exec->start_ns = t0_ns + exec->scenario->start_ns;
    exec->end_ns = exec->scenario->duration_ns == INT64_MAX
                       ? INT64_MAX
                       : exec->start_ns + exec->scenario->duration_ns;
    loop_alarm_set(exec->host->env.loop, &exec->alarm, exec->start_ns);
}

static void vu_exec_begin(struct vu_exec *exec, int64_t now_ns)
{
    if (exec->cut.count == 0) { /* all of it is another shard's */
        vu_exec_stop(exec, now_ns);
        return;
    }
    exec->state = VU_EXEC_RUNNING;
    if (exec->end_ns != INT64_MAX)
        wheel_arm(&exec->host->env.loop->wheel, &exec->end_timer, exec->end_ns);
    if (vu_exec_is_open(exec))
        vu_arrivals_begin(exec, now_ns);
    else
        vu_seats_begin(exec, now_ns);
    vu_exec_check_done(exec);
}

static void vu_exec_on_alarm(struct loop_alarm *alarm, int64_t now_ns)
{
    struct vu_exec *exec = alarm->context;
    if (exec->state == VU_EXEC_WAITING)
        vu_exec_begin(exec, now_ns);
    else if (exec->state != VU_EXEC_RUNNING)
        return;
    else if (vu_exec_is_open(exec))
        vu_arrivals_on_alarm(exec, now_ns);
    else
        vu_seats_on_alarm(exec, now_ns);
}

static void vu_exec_on_end(struct wheel_timer *timer, void *context)
{
    struct vu_exec *exec = context;
    (void)timer;
    if (exec->state == VU_EXEC_RUNNING && vu_exec_is_open(exec))
        vu_arrivals_finish(exec);
    vu_exec_stop(exec, exec->end_ns);
}

static void vu_exec_on_grace(struct wheel_timer *timer, void *context)
{
    (void)timer;
    vu_exec_abort(context);
}

void vu_exec_stop(struct vu_exec *exec, int64_t end_ns)
{
    struct loop *loop = exec->host->env.loop;
    if (exec->state == VU_EXEC_STOPPING || exec->state == VU_EXEC_DONE)
        return;
    bool ran = exec->state == VU_EXEC_RUNNING;
    exec->state = VU_EXEC_STOPPING;
    wheel_disarm(&loop->wheel, &exec->end_timer);
    loop_alarm_set(loop, &exec->alarm, INT64_MAX);
    if (ran && vu_exec_is_open(exec))
        vu_arrivals_stop(exec);
    else if (ran)
        vu_seats_stop(exec);
    if (exec->scenario->graceful_stop_ns == 0)
        vu_exec_abort(exec);
    else
        wheel_arm(&loop->wheel, &exec->grace_timer, end_ns + exec->scenario->graceful_stop_ns);
    vu_exec_check_done(exec);
}

void vu_exec_abort(struct vu_exec *exec)
{
    /* Each leaves the list before its driver is asked, which may do anything. */
    while (!list_is_empty(&exec->running))
        vu_interrupt(BR_CONTAINER(exec->running.next, struct vu, node));
}

void vu_exec_count_active(struct vu_exec *exec, int change)
{
    exec->host->active += (uint64_t)(int64_t)change;
    exec->totals.active += (uint64_t)(int64_t)change;
    if (exec->totals.active > exec->totals.active_max)
        exec->totals.active_max = exec->totals.active;
}

void vu_exec_freed(struct vu_exec *exec, struct vu *vu)
{
    list_remove(&vu->node);
    if (vu_exec_is_open(exec))
        vu_arrival_freed(exec, vu);
    else
        vu_seat_freed(exec, vu);
    vu_exec_check_done(exec);
}

void vu_exec_given(struct vu_exec *exec, struct vu *vu)
{
    if (!vu_exec_is_open(exec)) {
        vu_seat_given(exec, vu);
        return;
    }
    if (exec->missing > 0) {
        exec->missing--;
        exec->host->waiting--;
    }
    exec->totals.held++;
    list_push_tail(&exec->idle, &vu->node);
}

/* Executors of iterations are done when their seats are; the others when they were stopped. */
static bool vu_exec_has_work(const struct vu_exec *exec)
{
    if (exec->seats_held > 0 || !list_is_empty(&exec->running) || !list_is_empty(&exec->ending) ||
        !list_is_empty(&exec->queue))
        return true;
    return exec->state == VU_EXEC_RUNNING && exec->scenario->executor != PLAN_SHARED_ITERATIONS &&
           exec->scenario->executor != PLAN_PER_VU_ITERATIONS;
}

void vu_exec_check_done(struct vu_exec *exec)
{
    struct vu_host *host = exec->host;
    if (exec->state == VU_EXEC_WAITING || exec->state == VU_EXEC_DONE || vu_exec_has_work(exec) ||
        exec->growing > 0)
        return;
    exec->state = VU_EXEC_DONE;
    wheel_disarm(&host->env.loop->wheel, &exec->end_timer);
    wheel_disarm(&host->env.loop->wheel, &exec->grace_timer);
    loop_alarm_set(host->env.loop, &exec->alarm, INT64_MAX);
    for (int i = 0; i < host->exec_count; i++) {
        if (host->execs[i].state != VU_EXEC_DONE)
            return;
    }
    host->finished = true;
    vu_host_work_soon(host);
}
