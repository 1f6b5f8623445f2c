/* SPDX-License-Identifier: Apache-2.0
 *
 * The host: the pool of VUs, and the alarm on which iterations are begun, so that no driver is ever
 * entered from inside one of its own calls. Replies are read before the next iterations begin (as
 * exec.c does, for the same reason).
 */
#include "base/mem.h"
#include "base/must.h"
#include "load/vu_inner.h"

enum { VU_MAKES_PER_TURN = 16, VU_STARTS_PER_TURN = 256 };

/* ---- shared numbers of one shard alone ---- */

static uint64_t vu_local_take(void *context, int scenario_index, enum vu_counter counter,
                              uint64_t want, uint64_t limit, uint64_t *out_first)
{
    struct vu_share_local *local = context;
    uint64_t *next = &local->counters[scenario_index * VU_COUNTER_COUNT + (int)counter];
    uint64_t left = limit > *next ? limit - *next : 0;
    uint64_t got = want < left ? want : left;
    *out_first = *next;
    *next += got;
    return got;
}

static bool vu_local_offer(void *context, int shard, const struct vu_offer *offer)
{
    (void)context, (void)shard, (void)offer;
    return false;
}

static bool vu_local_begin_growth(void *context, int scenario_index)
{
    struct vu_share_local *local = context;
    bool free = !local->growing[scenario_index];
    local->growing[scenario_index] = true;
    return free;
}

static void vu_local_end_growth(void *context, int scenario_index)
{
    struct vu_share_local *local = context;
    local->growing[scenario_index] = false;
}

void vu_share_local_init(struct vu_share_local *local, size_t scenario_count)
{
    local->counters = mem_zalloc(scenario_count * VU_COUNTER_COUNT, sizeof(local->counters[0]));
    local->growing = mem_zalloc(scenario_count, sizeof(local->growing[0]));
    local->share = (struct vu_share){.take = vu_local_take,
                                     .offer = vu_local_offer,
                                     .begin_growth = vu_local_begin_growth,
                                     .end_growth = vu_local_end_growth,
                                     .context = local};
}

void vu_share_local_fini(struct vu_share_local *local)
{
    mem_free(local->counters);
    mem_free(local->growing);
}

/* ---- the pool ---- */

void vu_host_work_soon(struct vu_host *host)
{
    if (host->work.due_ns == INT64_MAX)
        loop_alarm_set(host->env.loop, &host->work, host->env.loop->now_ns);
}

static void vu_on_pause(struct wheel_timer *timer, void *context)
{
    struct vu *vu = context;
    (void)timer;
    vu_exec_freed(vu->exec, vu);
}

void vu_make(struct vu_host *host, uint64_t id, struct vu_exec *exec)
{
    struct vu *vu = mem_zalloc(1, host->env.driver->ops->vu_size);
    vu->host = host;
    vu->id = id;
    vu->state = VU_INITIALISING;
    vu->exec = exec;
    list_init(&vu->node);
    wheel_timer_init(&vu->pause, vu_on_pause, vu);
    if ((host->vu_count & (host->vu_count - 1)) == 0) {
        size_t size = host->vu_count == 0 ? 1 : host->vu_count * 2;
        host->vus = mem_realloc(host->vus, size * sizeof(struct vu *));
    }
    host->vus[host->vu_count++] = vu;
    host->initialising++;
    if (exec != NULL)
        exec->growing++;
    host->env.driver->ops->init(host->env.driver, vu);
}

void vu_ready(struct vu *vu, enum br_err err, const struct diag *diag)
{
    struct vu_host *host = vu->host;
    struct vu_exec *exec = vu->exec;
    MUST(vu->state == VU_INITIALISING);
    host->initialising--;
    vu->state = err == BR_ERR_NONE ? VU_IDLE : VU_BROKEN;
    if (err != BR_ERR_NONE && host->diag.err == BR_ERR_NONE && exec == NULL) {
        if (diag != NULL)
            host->diag = *diag;
        host->diag.err = err;
    }
    host->initialised += err == BR_ERR_NONE;
    vu_host_work_soon(host);
    vu->exec = NULL;
    if (exec != NULL) {
        exec->growing--;
        if (vu_exec_is_open(exec))
            host->env.share->end_growth(host->env.share->context, exec->index);
    }
    if (err != BR_ERR_NONE) {
        if (exec != NULL)
            vu_exec_check_done(exec);
        return;
    }
    if (exec == NULL || exec->state != VU_EXEC_RUNNING) {
        vu_release(vu);
        if (exec != NULL)
            vu_exec_check_done(exec);
        return;
    }
    vu->exec = exec;
    vu_exec_given(exec, vu);
}

struct vu *vu_take(struct vu_host *host, struct vu_exec *exec)
{
    struct list *node = list_pop_head(&host->pool);
    if (node == NULL)
        return NULL;
    struct vu *vu = BR_CONTAINER(node, struct vu, node);
    vu->exec = exec;
    return vu;
}

void vu_release(struct vu *vu)
{
    struct vu_host *host = vu->host;
    list_remove(&vu->node);
    vu->exec = NULL;
    vu->seat = NULL;
    for (int i = 0; i < host->exec_count && host->waiting > 0; i++) {
        struct vu_exec *exec = &host->execs[i];
        if (exec->state == VU_EXEC_RUNNING && (exec->missing > 0 || !list_is_empty(&exec->queue))) {
            vu->exec = exec;
            vu_exec_given(exec, vu);
            return;
        }
    }
    list_push_tail(&host->pool, &vu->node);
}

/* ---- iterations ---- */

bool vu_take_number(struct vu_exec *exec, uint64_t *out_number)
{
    const struct vu_share *share = exec->host->env.share;
    bool is_shared = exec->scenario->executor == PLAN_SHARED_ITERATIONS;
    if (!is_shared)
        return share->take(share->context, exec->index, VU_COUNTER_ITERATIONS, 1, UINT64_MAX,
                           out_number) == 1;
    if (exec->chunk_next == exec->chunk_end) {
        uint64_t first;
        /* The fewer are left, the fewer at a time: no shard ends long before another. */
        uint64_t left = exec->scenario->iterations - exec->chunk_end;
        uint64_t chunk = left / exec->scenario->vus / 8;
        chunk = chunk < 1 || exec->cut.count == 1 ? 1 : chunk > 64 ? 64 : chunk;
        uint64_t got = share->take(share->context, exec->index, VU_COUNTER_ITERATIONS, chunk,
                                   exec->scenario->iterations, &first);
        if (got == 0)
            return false;
        exec->chunk_next = first;
        exec->chunk_end = first + got;
    }
    *out_number = exec->chunk_next++;
    return true;
}

void vu_start(struct vu *vu, int64_t due_ns, int64_t ready_ns, uint64_t number)
{
    struct vu_exec *exec = vu->exec;
    struct vu_host *host = vu->host;
    MUST(vu->state == VU_IDLE && exec->state == VU_EXEC_RUNNING);
    if (vu->scenario_index != exec->index || vu->scenario == NULL)
        vu->scenario_iteration = 0;
    vu->scenario = exec->scenario;
    vu->scenario_index = exec->index;
    vu->number = number;
    vu->due_ns = due_ns;
    vu->ready_ns = ready_ns;
    vu->begun_ns = loop_now(host->env.loop);
    vu->interrupted = false;
    vu->state = VU_RUNNING;
    list_push_tail(&exec->running, &vu->node);
    exec->totals.begun++;
    if (vu_exec_is_open(exec))
        vu_exec_count_active(exec, 1);
    host->env.driver->ops->start(host->env.driver, vu);
}

void vu_interrupt(struct vu *vu)
{
    if (vu->interrupted)
        return;
    vu->interrupted = true;
    if (wheel_timer_is_armed(&vu->pause)) {
        wheel_disarm(&vu->host->env.loop->wheel, &vu->pause);
        vu_exec_freed(vu->exec, vu);
        return;
    }
    list_remove(&vu->node);
    list_push_tail(&vu->exec->ending, &vu->node);
    vu->host->env.driver->ops->interrupt(vu->host->env.driver, vu);
}

void vu_done(struct vu *vu, enum vu_outcome outcome, int64_t end_ns)
{
    struct vu_exec *exec = vu->exec;
    struct vu_host *host = vu->host;
    MUST(vu->state == VU_RUNNING);
    vu->state = VU_IDLE;
    vu->iteration++;
    vu->scenario_iteration++;
    if (outcome == VU_INTERRUPTED) {
        exec->totals.interrupted++;
    } else {
        exec->totals.completed++;
        if (vu_exec_is_open(exec))
            hist_record_ns(&exec->totals.latency, end_ns - vu->due_ns);
    }
    int64_t until_ns = vu->begun_ns + host->env.min_iteration_ns;
    if (outcome == VU_COMPLETED && !vu->interrupted && end_ns < until_ns) {
        wheel_arm(&host->env.loop->wheel, &vu->pause, until_ns);
        return;
    }
    vu_exec_freed(exec, vu);
}

/* ---- the work alarm ---- */

static void vu_host_begin_again(struct vu_host *host)
{
    for (int i = 0; i < VU_STARTS_PER_TURN; i++) {
        struct list *node = list_pop_head(&host->again);
        if (node == NULL)
            return;
        vu_seat_again(BR_CONTAINER(node, struct vu, node));
    }
    vu_host_work_soon(host);
}

static void vu_host_make_planned(struct vu_host *host)
{
    for (int i = 0; i < VU_MAKES_PER_TURN && host->to_make > 0; i++) {
        if (host->diag.err != BR_ERR_NONE)
            host->to_make = 0;
        else
            vu_make(host,
                    plan_deal_vu_id(host->env.deal, host->env.shard,
                                    host->env.deal->pools[host->env.shard] - host->to_make--),
                    NULL);
    }
    if (host->to_make > 0) {
        vu_host_work_soon(host);
        return;
    }
    if (host->initialising > 0 && host->diag.err == BR_ERR_NONE)
        return;
    host->preparing = false;
    host->ready(host->ready_context);
}

static void vu_host_on_work(struct loop_alarm *alarm, int64_t now_ns)
{
    struct vu_host *host = alarm->context;
    (void)now_ns;
    if (host->preparing)
        vu_host_make_planned(host);
    vu_host_begin_again(host);
    if (host->finished && !host->told) {
        host->told = true;
        host->done(host->done_context);
    }
}

/* ---- life ---- */

struct vu_host *vu_host_create(const struct vu_env *env)
{
    struct vu_host *host = MEM_NEW(struct vu_host);
    host->env = *env;
    MUST(env->driver->ops->vu_size >= sizeof(struct vu));
    host->exec_count = (int)env->scenarios->count;
    host->execs = mem_zalloc(env->scenarios->count, sizeof(host->execs[0]));
    list_init(&host->pool);
    list_init(&host->again);
    loop_alarm_init(env->loop, &host->work, vu_host_on_work, host);
    host->work.after_rows = true;
    for (int i = 0; i < host->exec_count; i++)
        vu_exec_init(&host->execs[i], host, i);
    env->driver->host = host;
    return host;
}

void vu_host_destroy(struct vu_host **host_ptr)
{
    struct vu_host *host = *host_ptr;
    if (host == NULL)
        return;
    for (int i = 0; i < host->exec_count; i++)
        vu_exec_fini(&host->execs[i]);
    for (size_t i = 0; i < host->vu_count; i++) {
        MUST(host->vus[i]->state != VU_RUNNING);
        wheel_disarm(&host->env.loop->wheel, &host->vus[i]->pause);
        host->env.driver->ops->fini(host->env.driver, host->vus[i]);
        mem_free(host->vus[i]);
    }
    loop_alarm_fini(host->env.loop, &host->work);
    mem_free(host->vus);
    mem_free(host->execs);
    mem_free(host);
    *host_ptr = NULL;
}

void vu_host_prepare(struct vu_host *host, vu_host_fn *ready, void *context)
{
    host->preparing = true;
    host->ready = ready;
    host->ready_context = context;
    host->to_make = host->env.deal->pools[host->env.shard];
    vu_host_work_soon(host);
}

enum br_err vu_host_error(const struct vu_host *host, struct diag *diag)
{
    if (host->diag.err != BR_ERR_NONE && diag != NULL)
        *diag = host->diag;
    return host->diag.err;
}

void vu_host_start(struct vu_host *host, int64_t t0_ns, vu_host_fn *done, void *context)
{
    host->done = done;
    host->done_context = context;
    host->t0_ns = t0_ns;
    for (int i = 0; i < host->exec_count; i++)
        vu_exec_schedule(&host->execs[i], t0_ns);
}

void vu_host_stop(struct vu_host *host)
{
    int64_t now_ns = loop_now(host->env.loop);
    for (int i = 0; i < host->exec_count; i++)
        vu_exec_stop(&host->execs[i], now_ns);
}

void vu_host_abort(struct vu_host *host)
{
    vu_host_stop(host);
    for (int i = 0; i < host->exec_count; i++)
        vu_exec_abort(&host->execs[i]);
}

bool vu_host_is_done(const struct vu_host *host)
{
    return host->told;
}

void vu_host_offer(struct vu_host *host, const struct vu_offer *offer)
{
    vu_arrival_offered(&host->execs[offer->scenario_index], offer);
}

bool vu_host_scale(struct vu_host *host, uint64_t vus, uint64_t vus_max)
{
    for (int i = 0; i < host->exec_count; i++) {
        struct vu_exec *exec = &host->execs[i];
        if (exec->scenario->executor == PLAN_EXTERNALLY_CONTROLLED) {
            vu_seats_scale(exec, vus, vus_max);
            return true;
        }
    }
    return false;
}

/* ---- questions ---- */

uint64_t vu_host_active(const struct vu_host *host)
{
    return host->active;
}

uint64_t vu_host_initialised(const struct vu_host *host)
{
    return host->initialised;
}

const struct vu_totals *vu_host_totals(const struct vu_host *host, int scenario_index)
{
    return &host->execs[scenario_index].totals;
}

int64_t vu_host_scenario_start_ns(const struct vu_host *host, int scenario_index)
{
    const struct vu_exec *exec = &host->execs[scenario_index];
    return exec->state == VU_EXEC_WAITING ? 0 : exec->start_ns;
}

double vu_host_progress(const struct vu_host *host, int scenario_index)
{
    const struct vu_exec *exec = &host->execs[scenario_index];
    const struct plan_scenario *scenario = exec->scenario;
    double done = 1.0;
    if (exec->state == VU_EXEC_WAITING)
        return 0.0;
    if (scenario->executor == PLAN_SHARED_ITERATIONS)
        done = (double)(exec->totals.completed * exec->cut.count) / (double)scenario->iterations;
    else if (scenario->executor == PLAN_PER_VU_ITERATIONS && exec->seat_count > 0)
        done = (double)exec->totals.completed /
               ((double)exec->seat_count * (double)scenario->iterations);
    else if (scenario->duration_ns == INT64_MAX)
        done = 0.0;
    else
        done = (double)(host->env.loop->now_ns - exec->start_ns) / (double)scenario->duration_ns;
    return done > 1.0 ? 1.0 : done;
}
