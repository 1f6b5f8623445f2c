/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrival rates. An iteration that is due goes to an idle VU; when there is none here, to the next
 * shard; when nobody has one it is dropped, counted, and one more VU is made if the plan allows it.
 *
 * When it is us who are late (the machine stood still), VUs may be idle that we have not read the
 * replies of: then we look once before anything is dropped.
 */
#include "load/vu_inner.h"

enum { VU_ARRIVALS_PER_TURN = 64, VU_LATE_NS = 1000000 };

static struct vu *vu_idle(struct vu_exec *exec)
{
    struct list *node = exec->state == VU_EXEC_RUNNING ? list_pop_head(&exec->idle) : NULL;
    return node == NULL ? NULL : BR_CONTAINER(node, struct vu, node);
}

static void vu_arrival_start(struct vu_exec *exec, struct vu *vu, int64_t due_ns, int64_t now_ns)
{
    uint64_t number = 0;
    (void)vu_take_number(exec, &number);
    vu_start(vu, due_ns, now_ns, number);
}

/* One more VU, unless another is being made. */
static void vu_arrivals_grow(struct vu_exec *exec)
{
    struct vu_host *host = exec->host;
    const struct vu_share *share = host->env.share;
    uint64_t unplanned = exec->scenario->vus_max - exec->scenario->vus;
    uint64_t first;
    if (exec->state != VU_EXEC_RUNNING || !share->begin_growth(share->context, exec->index))
        return;
    if (share->take(share->context, exec->index, VU_COUNTER_UNPLANNED, 1, unplanned, &first) == 1 &&
        share->take(share->context, 0, VU_COUNTER_IDS, 1, UINT64_MAX, &first) == 1) {
        vu_make(host, host->env.deal->vus_planned + first + 1, exec);
        return;
    }
    share->end_growth(share->context, exec->index);
    if (exec->warned)
        return;
    exec->warned = true;
    host->env.driver->ops->insufficient(host->env.driver, exec->index, exec->scenario->vus_max);
}

static void vu_arrival_drop(struct vu_exec *exec, int64_t now_ns)
{
    struct vu_driver *driver = exec->host->env.driver;
    exec->totals.dropped++;
    driver->ops->dropped(driver, exec->index, 1, now_ns);
    vu_arrivals_grow(exec);
}

/* Nobody is idle here: the next shard may have somebody. */
static void vu_arrival_pass(struct vu_exec *exec, unsigned hops, int64_t due_ns, int64_t now_ns)
{
    const struct vu_env *env = &exec->host->env;
    struct vu_offer offer = {.scenario_index = exec->index, .hops = hops + 1, .due_ns = due_ns};
    if (offer.hops < exec->cut.count && env->share->offer(env->share->context, env->shard, &offer))
        exec->totals.offered++;
    else
        vu_arrival_drop(exec, now_ns);
}

void vu_arrival_offered(struct vu_exec *exec, const struct vu_offer *offer)
{
    int64_t now_ns = loop_now(exec->host->env.loop);
    struct vu *vu = vu_idle(exec);
    if (vu != NULL)
        vu_arrival_start(exec, vu, offer->due_ns, now_ns);
    else
        vu_arrival_pass(exec, offer->hops, offer->due_ns, now_ns);
}

/* The next one is due. */
static void vu_arrival_release(struct vu_exec *exec, int64_t now_ns)
{
    int64_t due_ns = exec->start_ns + exec->arrivals.due_ns;
    struct vu *vu = vu_idle(exec);
    plan_arrivals_step(&exec->arrivals);
    exec->totals.due++;
    hist_record_ns(&exec->totals.lateness, now_ns - due_ns);
    if (vu != NULL)
        vu_arrival_start(exec, vu, due_ns, now_ns);
    else
        vu_arrival_pass(exec, 0, due_ns, now_ns);
}

/* Late, and nobody idle: the loop reads what lies in the sockets first, once. */
static bool vu_arrival_must_look(struct vu_exec *exec, int64_t late_ns)
{
    uint64_t turn = exec->host->env.loop->account.turns;
    bool is_late = late_ns >= VU_LATE_NS && list_is_empty(&exec->idle);
    exec->alarm.after_rows = is_late;
    if (is_late && !exec->looked)
        exec->looked_turn = turn;
    exec->looked = is_late;
    return is_late && exec->looked_turn == turn;
}

void vu_arrivals_on_alarm(struct vu_exec *exec, int64_t now_ns)
{
    struct loop *loop = exec->host->env.loop;
    for (int i = 0; i < VU_ARRIVALS_PER_TURN && exec->state == VU_EXEC_RUNNING; i++) {
        if (exec->arrivals.due_ns == INT64_MAX)
            return;
        int64_t late_ns = now_ns - (exec->start_ns + exec->arrivals.due_ns);
        if (late_ns < 0 || vu_arrival_must_look(exec, late_ns))
            break;
        vu_arrival_release(exec, now_ns);
        now_ns = loop_now(loop);
    }
    if (exec->state == VU_EXEC_RUNNING && exec->arrivals.due_ns != INT64_MAX)
        loop_alarm_set(loop, &exec->alarm, exec->start_ns + exec->arrivals.due_ns);
}

void vu_arrivals_begin(struct vu_exec *exec, int64_t now_ns)
{
    uint64_t want = plan_cut_share(exec->cut, exec->scenario->vus);
    struct vu *vu;
    while (want > 0 && (vu = vu_take(exec->host, exec)) != NULL) {
        want--;
        exec->totals.held++;
        list_push_tail(&exec->idle, &vu->node);
    }
    exec->missing = want;
    exec->host->waiting += want;
    plan_arrivals_init(&exec->arrivals, exec->scenario, exec->cut.index, exec->cut.count);
    vu_arrivals_on_alarm(exec, now_ns);
}

void vu_arrivals_finish(struct vu_exec *exec)
{
    while (exec->state == VU_EXEC_RUNNING && exec->arrivals.due_ns != INT64_MAX)
        vu_arrival_release(exec, loop_now(exec->host->env.loop));
}

void vu_arrivals_stop(struct vu_exec *exec)
{
    struct list *node;
    exec->host->waiting -= exec->missing;
    exec->missing = 0;
    while ((node = list_pop_head(&exec->idle)) != NULL) {
        exec->totals.held--;
        vu_release(BR_CONTAINER(node, struct vu, node));
    }
}

void vu_arrival_freed(struct vu_exec *exec, struct vu *vu)
{
    vu_exec_count_active(exec, -1);
    if (exec->state == VU_EXEC_RUNNING) {
        list_push_tail(&exec->idle, &vu->node);
        return;
    }
    exec->totals.held--;
    vu_release(vu);
}
