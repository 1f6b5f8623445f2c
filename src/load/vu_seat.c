/* SPDX-License-Identifier: Apache-2.0
 *
 * Executors that keep VUs busy: shared-iterations, per-vu-iterations, constant-vus, ramping-vus,
 * externally-controlled. Each VU index has a seat; a seat that is wanted holds a VU which begins an
 * iteration as soon as it has ended the last. Steps of a ramp only make seats wanted and unwanted.
 */
#include "base/mem.h"
#include "base/must.h"
#include "load/vu_inner.h"

static void vu_seat_on_grace(struct wheel_timer *timer, void *context)
{
    struct vu_seat *seat = context;
    (void)timer;
    if (seat->vu != NULL)
        vu_interrupt(seat->vu);
}

static void vu_seats_grow(struct vu_exec *exec, size_t count)
{
    if (count <= exec->seat_count)
        return;
    exec->seats = mem_realloc(exec->seats, count * sizeof(struct vu_seat *));
    for (; exec->seat_count < count; exec->seat_count++) {
        struct vu_seat *seat = MEM_NEW(struct vu_seat);
        seat->exec = exec;
        list_init(&seat->node);
        wheel_timer_init(&seat->grace, vu_seat_on_grace, seat);
        if (exec->scenario->executor == PLAN_PER_VU_ITERATIONS)
            seat->left = exec->scenario->iterations;
        exec->seats[exec->seat_count] = seat;
    }
}

void vu_seats_init(struct vu_exec *exec)
{
    vu_seats_grow(exec, (size_t)plan_cut_share(exec->cut, exec->scenario->vus_max));
}

void vu_seats_fini(struct vu_exec *exec)
{
    for (size_t i = 0; i < exec->seat_count; i++) {
        wheel_disarm(&exec->host->env.loop->wheel, &exec->seats[i]->grace);
        mem_free(exec->seats[i]);
    }
    mem_free(exec->seats);
    exec->seats = NULL;
    exec->seat_count = 0;
}

/* ---- a seat ---- */

/* Its VU begins an iteration when the work alarm fires. */
static void vu_seat_queue(struct vu_seat *seat)
{
    list_push_tail(&seat->exec->host->again, &seat->vu->node);
    vu_host_work_soon(seat->exec->host);
}

static void vu_seat_hold(struct vu_seat *seat, struct vu *vu)
{
    seat->vu = vu;
    vu->seat = seat;
    seat->exec->seats_held++;
    seat->exec->totals.held++;
    vu_exec_count_active(seat->exec, 1);
    vu_seat_queue(seat);
}

/* Gives its VU back; the VU stands in no list. */
static void vu_seat_leave(struct vu_seat *seat)
{
    struct vu *vu = seat->vu;
    struct vu_exec *exec = seat->exec;
    wheel_disarm(&exec->host->env.loop->wheel, &seat->grace);
    seat->vu = NULL;
    seat->wanted = false;
    exec->seats_held--;
    exec->totals.held--;
    vu_exec_count_active(exec, -1);
    vu_release(vu);
}

static void vu_seat_want(struct vu_seat *seat)
{
    struct vu_exec *exec = seat->exec;
    if (seat->wanted)
        return;
    seat->wanted = true;
    wheel_disarm(&exec->host->env.loop->wheel, &seat->grace);
    /* One that is still at work goes on. */
    if (seat->vu != NULL)
        return;
    struct vu *vu = vu_take(exec->host, exec);
    if (vu != NULL) {
        vu_seat_hold(seat, vu);
        return;
    }
    list_push_tail(&exec->queue, &seat->node);
    exec->host->waiting++;
}

/* Its VU may end what it does, for so long. */
static void vu_seat_unwant(struct vu_seat *seat, int64_t at_ns, int64_t grace_ns)
{
    struct vu_exec *exec = seat->exec;
    if (!seat->wanted)
        return;
    seat->wanted = false;
    if (seat->vu == NULL) {
        list_remove(&seat->node);
        exec->host->waiting--;
        return;
    }
    bool at_work = seat->vu->state == VU_RUNNING || wheel_timer_is_armed(&seat->vu->pause);
    if (!at_work) {
        list_remove(&seat->vu->node);
        vu_seat_leave(seat);
    } else if (grace_ns == 0) {
        vu_interrupt(seat->vu);
    } else if (grace_ns != INT64_MAX) {
        wheel_arm(&exec->host->env.loop->wheel, &seat->grace, at_ns + grace_ns);
    }
}

void vu_seat_given(struct vu_exec *exec, struct vu *vu)
{
    struct list *node = list_pop_head(&exec->queue);
    if (node == NULL) { /* made for a seat that found one in the meantime */
        vu_release(vu);
        return;
    }
    exec->host->waiting--;
    vu_seat_hold(BR_CONTAINER(node, struct vu_seat, node), vu);
}

void vu_seat_freed(struct vu_exec *exec, struct vu *vu)
{
    struct vu_seat *seat = vu->seat;
    if (seat->wanted && exec->state == VU_EXEC_RUNNING)
        vu_seat_queue(seat);
    else
        vu_seat_leave(seat);
}

/* Whether it has an iteration to run, and which. */
static bool vu_seat_next(struct vu_seat *seat, uint64_t *out_number)
{
    if (seat->exec->scenario->executor == PLAN_PER_VU_ITERATIONS) {
        if (seat->left == 0)
            return false;
        seat->left--;
    }
    return vu_take_number(seat->exec, out_number);
}

void vu_seat_again(struct vu *vu)
{
    struct vu_seat *seat = vu->seat;
    struct vu_exec *exec = seat->exec;
    uint64_t number;
    int64_t now_ns = loop_now(exec->host->env.loop);
    /* The end timer is late by up to a tick. */
    bool is_time = exec->state == VU_EXEC_RUNNING && now_ns < exec->end_ns;
    if (is_time && seat->wanted && vu_seat_next(seat, &number)) {
        exec->totals.due++;
        vu_start(vu, now_ns, now_ns, number);
        return;
    }
    vu_seat_leave(seat);
    vu_exec_check_done(exec);
}

/* ---- all of them ---- */

/* The seat of VU index v, NULL when it is another shard's. */
static struct vu_seat *vu_seat_at(struct vu_exec *exec, uint64_t v)
{
    return v % exec->cut.count == exec->cut.index ? exec->seats[v / exec->cut.count] : NULL;
}

static void vu_seats_next_step(struct vu_exec *exec)
{
    int64_t at_ns;
    exec->step_from = exec->steps.vus;
    exec->step_ns = plan_vu_steps_next(&exec->steps, &at_ns) ? exec->start_ns + at_ns : INT64_MAX;
}

/* Steps that are due; LIFO: the highest index goes first. */
static void vu_seats_step(struct vu_exec *exec, int64_t now_ns)
{
    int64_t grace_ns = exec->scenario->graceful_ramp_down_ns;
    while (exec->step_ns <= now_ns && exec->state == VU_EXEC_RUNNING) {
        uint64_t to = exec->steps.vus;
        bool is_up = to > exec->step_from;
        struct vu_seat *seat = vu_seat_at(exec, is_up ? to - 1 : to);
        if (seat != NULL && is_up)
            vu_seat_want(seat);
        else if (seat != NULL)
            vu_seat_unwant(seat, exec->step_ns, grace_ns);
        vu_seats_next_step(exec);
    }
    loop_alarm_set(exec->host->env.loop, &exec->alarm, exec->step_ns);
}

void vu_seats_begin(struct vu_exec *exec, int64_t now_ns)
{
    uint64_t count = plan_cut_share(exec->cut, exec->scenario->vus);
    exec->target = exec->scenario->vus;
    for (uint64_t i = 0; i < count; i++)
        vu_seat_want(exec->seats[i]);
    if (exec->scenario->executor != PLAN_RAMPING_VUS)
        return;
    plan_vu_steps_init(&exec->steps, exec->scenario);
    vu_seats_next_step(exec);
    vu_seats_step(exec, now_ns);
}

void vu_seats_on_alarm(struct vu_exec *exec, int64_t now_ns)
{
    if (exec->scenario->executor == PLAN_RAMPING_VUS)
        vu_seats_step(exec, now_ns);
}

/* Iterations that nobody will begin any more. */
static uint64_t vu_seats_dropped(struct vu_exec *exec)
{
    const struct vu_share *share = exec->host->env.share;
    uint64_t dropped = exec->chunk_end - exec->chunk_next;
    uint64_t first;
    exec->chunk_next = exec->chunk_end;
    if (exec->scenario->executor == PLAN_SHARED_ITERATIONS)
        dropped += share->take(share->context, exec->index, VU_COUNTER_ITERATIONS, UINT64_MAX,
                               exec->scenario->iterations, &first);
    for (size_t i = 0; i < exec->seat_count; i++) {
        dropped += exec->seats[i]->left;
        exec->seats[i]->left = 0;
    }
    return dropped;
}

void vu_seats_stop(struct vu_exec *exec)
{
    struct vu_driver *driver = exec->host->env.driver;
    for (size_t i = 0; i < exec->seat_count; i++)
        vu_seat_unwant(exec->seats[i], 0, INT64_MAX);
    uint64_t dropped = vu_seats_dropped(exec);
    if (dropped == 0)
        return;
    exec->totals.dropped += dropped;
    driver->ops->dropped(driver, exec->index, dropped, loop_now(exec->host->env.loop));
}

void vu_seats_scale(struct vu_exec *exec, uint64_t vus, uint64_t vus_max)
{
    const struct vu_share *share = exec->host->env.share;
    if (exec->state != VU_EXEC_RUNNING || exec->cut.count == 0)
        return;
    vu_seats_grow(exec, (size_t)plan_cut_share(exec->cut, vus_max));
    uint64_t count = plan_cut_share(exec->cut, vus < vus_max ? vus : vus_max);
    exec->target = vus;
    for (size_t i = exec->seat_count; i > count; i--)
        vu_seat_unwant(exec->seats[i - 1], 0, 0);
    for (size_t i = 0; i < count; i++)
        vu_seat_want(exec->seats[i]);
    uint64_t queued = 0;
    for (struct list *node = exec->queue.next; node != &exec->queue; node = node->next)
        queued++;
    queued -= queued < exec->growing ? queued : exec->growing;
    for (uint64_t first; queued > 0; queued--) {
        (void)share->take(share->context, 0, VU_COUNTER_IDS, 1, UINT64_MAX, &first);
        vu_make(exec->host, exec->host->env.deal->vus_planned + first + 1, exec);
    }
}
