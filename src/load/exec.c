/* SPDX-License-Identifier: Apache-2.0
 *
 * Releasing operations. The one rule that matters: `due` is the pacer's word, whatever the target
 * does. Work per turn is bounded, so that replies are read while a backlog is worked off; a driver
 * may fail an operation inside start(), and then the next one waits for the next turn instead of
 * digging a hole in the stack.
 *
 * A closed model begins its next operations when all replies that were there have been read: the
 * kernel's receiving half runs for many of them, then its sending half, which costs less than the
 * two in turn.
 *
 * More operations in flight than ever before means more connections. When it is us who are late
 * (the machine stood still), most of those in flight have been answered and only need to be read:
 * so a late executor grows by one a turn of the loop. Otherwise a hiccup of ours would become a
 * burst of connections, each dearer than a request, and feed upon itself.
 */
#include "load/exec.h"

#include "base/mem.h"
#include "base/must.h"

enum {
    EXEC_STARTS_PER_TURN = 64,
    EXEC_CLOSED_STARTS_PER_TURN = 256,
    EXEC_CHUNK_OPS = 64,
    EXEC_LATE_NS = 1000000, /* who is later than that looks for replies before it grows */
};

struct exec_chunk {
    struct list node;
    struct op ops[EXEC_CHUNK_OPS];
};

static void exec_stopping(struct exec *exec, int64_t load_end_ns);
static void exec_on_due(struct loop_alarm *alarm, int64_t now_ns);
static void exec_on_end(struct wheel_timer *timer, void *context);
static void exec_on_grace(struct wheel_timer *timer, void *context);

void exec_init(struct exec *exec, const struct driver_env *env, struct driver *driver)
{
    const struct plan_load *load = &env->plan->load;
    *exec = (struct exec){.loop = env->loop,
                          .driver = driver,
                          .recorder = env->recorder,
                          .plan = env->plan,
                          .shard = env->shard,
                          .shards = env->shards,
                          .slots_max = env->slots};
    MUST(env->slots > 0);
    exec->phase_count = (int)plan_phase_count(load);
    exec->phase_ends_ns = mem_zalloc((size_t)exec->phase_count, sizeof(exec->phase_ends_ns[0]));
    driver->exec = exec;
    list_init(&exec->free);
    list_init(&exec->flying);
    list_init(&exec->chunks);
    loop_alarm_init(exec->loop, &exec->due_alarm, exec_on_due, exec);
    exec->due_alarm.after_rows = load->model == PLAN_CLOSED;
    wheel_timer_init(&exec->end_timer, exec_on_end, exec);
    wheel_timer_init(&exec->grace_timer, exec_on_grace, exec);
    if (load->model == PLAN_OPEN)
        pacer_init(&exec->pacer, load->legs, load->leg_count, load->poisson, env->plan->seed,
                   load->operations);
}

void exec_fini(struct exec *exec)
{
    MUST(exec->in_flight == 0);
    wheel_disarm(&exec->loop->wheel, &exec->end_timer);
    wheel_disarm(&exec->loop->wheel, &exec->grace_timer);
    loop_alarm_fini(exec->loop, &exec->due_alarm);
    struct list *node;
    while ((node = list_pop_head(&exec->chunks)) != NULL)
        mem_free(BR_CONTAINER(node, struct exec_chunk, node));
    if (exec->pacer.legs != NULL)
        pacer_fini(&exec->pacer);
    mem_free(exec->phase_ends_ns);
}

static void exec_place_phases(struct exec *exec)
{
    const struct plan_load *load = &exec->plan->load;
    exec->phase = 0;
    for (int i = 0; i + 1 < exec->phase_count; i++)
        exec->phase_ends_ns[i] = exec->t0_ns + plan_phase_at(load, (size_t)i).end_ns;
}

/* Times go up, nearly: the last answer is mostly this one, too. */
int exec_phase_at(struct exec *exec, int64_t due_ns)
{
    int phase = exec->phase;
    while (phase > 0 && due_ns < exec->phase_ends_ns[phase - 1])
        phase--;
    while (phase + 1 < exec->phase_count && due_ns >= exec->phase_ends_ns[phase])
        phase++;
    exec->phase = phase;
    return phase;
}

static void exec_grow(struct exec *exec)
{
    struct exec_chunk *chunk = MEM_NEW(struct exec_chunk);
    list_push_tail(&exec->chunks, &chunk->node);
    for (int i = 0; i < EXEC_CHUNK_OPS && exec->slots < exec->slots_max; i++, exec->slots++)
        list_push_tail(&exec->free, &chunk->ops[i].node);
}

/* A free slot or NULL at the ceiling. The one used last comes first: it is warm. */
static struct op *exec_take(struct exec *exec)
{
    if (list_is_empty(&exec->free) && exec->slots < exec->slots_max)
        exec_grow(exec);
    struct list *node = list_pop_head(&exec->free);
    return node == NULL ? NULL : BR_CONTAINER(node, struct op, node);
}

static void exec_finish_if_idle(struct exec *exec)
{
    if (exec->in_flight > 0 || exec->state != EXEC_STOPPING)
        return;
    exec->state = EXEC_DONE;
    wheel_disarm(&exec->loop->wheel, &exec->end_timer);
    wheel_disarm(&exec->loop->wheel, &exec->grace_timer);
    loop_alarm_set(exec->loop, &exec->due_alarm, INT64_MAX);
    exec->done(exec->done_context);
}

static void exec_begin(struct exec *exec, struct op *op, uint64_t k, int64_t due_ns,
                       int64_t ready_ns, int64_t now_ns)
{
    op->k = k;
    op->due_ns = due_ns;
    op->ready_ns = ready_ns;
    op->begun_ns = now_ns;
    op->phase = exec_phase_at(exec, due_ns);
    op->target = (int)(k % exec->plan->target_count);
    op->sent_ns = 0;
    op->receive_lag_ns = -1;
    op->err = BR_ERR_NONE;
    op->status = 0;
    op->bytes_sent = 0;
    op->bytes_received = 0;
    list_push_tail(&exec->flying, &op->node);
    exec->in_flight++;
    if (exec->in_flight > exec->totals.in_flight_max)
        exec->totals.in_flight_max = exec->in_flight;
    exec->totals.begun++;
    exec->starting++;
    exec->driver->ops->start(exec->driver, op);
    exec->starting--;
    if (BR_UNLIKELY(exec->recorder->ledger_is_full))
        exec_stopping(exec, ready_ns);
}

/* load_end_ns: until when operations were begun, or could have been. */
static void exec_stopping(struct exec *exec, int64_t load_end_ns)
{
    if (exec->state != EXEC_RUNNING)
        return;
    exec->state = EXEC_STOPPING;
    exec->totals.unsent += exec->behind;
    exec->behind = 0;
    exec->to_begin = 0;
    loop_alarm_set(exec->loop, &exec->due_alarm, INT64_MAX);
    exec->stopped_ns = load_end_ns;
    wheel_arm(&exec->loop->wheel, &exec->grace_timer,
              loop_now(exec->loop) + exec->plan->load.grace_ns);
    exec_finish_if_idle(exec);
}

/* ---- open model ---- */

/* A schedule is over when its time is, not with its last arrival: 10/s for 10 s are 100 in 10 s.
 * Only the end of a given number of random arrivals is not known before. */
static bool exec_is_exhausted(const struct exec *exec)
{
    return exec->behind == 0 && exec->pacer.poisson && exec->coming.k >= exec->pacer.limit;
}

/* The oldest that waits. Its lateness was counted when it was released. */
static void exec_begin_waiting(struct exec *exec, struct op *op, int64_t now_ns)
{
    exec->behind--;
    struct pacer_cursor cursor = exec->next;
    pacer_cursor_step(&exec->pacer, &exec->next);
    int64_t due_ns = exec->t0_ns + cursor.due_ns;
    exec_begin(exec, op, cursor.k, due_ns, due_ns, now_ns);
}

/* The next one has come due; where it is counted. */
static struct block_phase *exec_count_due(struct exec *exec, int64_t now_ns)
{
    int64_t due_ns = exec->t0_ns + exec->coming.due_ns;
    struct block_phase *phase = &exec->recorder->block->phases[exec_phase_at(exec, due_ns)];
    phase->due++;
    exec->totals.due++;
    hist_record_ns(&phase->lateness, now_ns - due_ns);
    pacer_cursor_step(&exec->pacer, &exec->coming);
    return phase;
}

static void exec_release(struct exec *exec, int64_t now_ns)
{
    int64_t due_ns = exec->t0_ns + exec->coming.due_ns;
    uint64_t k = exec->coming.k;
    struct block_phase *phase = exec_count_due(exec, now_ns);

    struct op *op = exec->behind == 0 ? exec_take(exec) : NULL;
    if (op != NULL) {
        exec->next = exec->coming;
        exec_begin(exec, op, k, due_ns, now_ns, now_ns);
        return;
    }
    phase->waited++;
    exec->totals.waited++;
    exec->behind++;
    if (exec->behind > exec->totals.behind_max)
        exec->totals.behind_max = exec->behind;
}

static bool exec_may_release(struct exec *exec, int64_t now_ns)
{
    if (exec->coming.due_ns == INT64_MAX)
        return false;
    int64_t late_ns = now_ns - (exec->t0_ns + exec->coming.due_ns);
    if (late_ns < 0)
        return false;
    if (BR_LIKELY(late_ns < EXEC_LATE_NS) || exec->in_flight < exec->totals.in_flight_max ||
        exec->in_flight >= exec->slots_max)
        return true;
    if (exec->grow_turn == exec->loop->account.turns)
        return false;
    exec->grow_turn = exec->loop->account.turns;
    return true;
}

static void exec_turn_open(struct exec *exec, int64_t now_ns)
{
    for (int i = 0; i < EXEC_STARTS_PER_TURN && exec->state == EXEC_RUNNING; i++) {
        if (!exec_may_release(exec, now_ns))
            break;
        exec_release(exec, now_ns);
        now_ns = loop_now(exec->loop);
    }
    /* Slots that became free while an operation ended inside start(). */
    for (int i = 0; i < EXEC_STARTS_PER_TURN && exec->behind > 0; i++) {
        struct op *op = exec_take(exec);
        if (op == NULL)
            break;
        exec_begin_waiting(exec, op, loop_now(exec->loop));
    }
    if (exec->state != EXEC_RUNNING)
        return;
    if (exec_is_exhausted(exec)) {
        exec_stopping(exec, now_ns);
        return;
    }
    bool more = exec->behind > 0 && exec->in_flight < exec->slots_max;
    int64_t coming_ns =
        exec->coming.due_ns == INT64_MAX ? INT64_MAX : exec->t0_ns + exec->coming.due_ns;
    loop_alarm_set(exec->loop, &exec->due_alarm, more ? now_ns : coming_ns);
}

/* ---- closed model ---- */

static void exec_begin_closed(struct exec *exec, struct op *op, int64_t now_ns)
{
    uint64_t k = exec->next_k;
    struct block_phase *phase = &exec->recorder->block->phases[exec_phase_at(exec, now_ns)];
    exec->next_k += (uint64_t)exec->shards;
    phase->due++;
    exec->totals.due++;
    exec_begin(exec, op, k, now_ns, now_ns, now_ns);
}

static void exec_turn_closed(struct exec *exec)
{
    for (int i = 0; i < EXEC_CLOSED_STARTS_PER_TURN; i++) {
        if (exec->state != EXEC_RUNNING || exec->to_begin == 0)
            return;
        if (exec->next_k >= exec->limit_k) {
            exec_stopping(exec, exec->loop->now_ns);
            return;
        }
        struct op *op = exec_take(exec);
        MUST(op != NULL);
        exec->to_begin--;
        exec_begin_closed(exec, op, loop_now(exec->loop));
    }
    loop_alarm_set(exec->loop, &exec->due_alarm, exec->loop->now_ns);
}

/* ---- both ---- */

static void exec_on_due(struct loop_alarm *alarm, int64_t now_ns)
{
    struct exec *exec = alarm->context;
    if (exec->state != EXEC_RUNNING)
        return;
    if (exec->plan->load.model == PLAN_OPEN)
        exec_turn_open(exec, now_ns);
    else
        exec_turn_closed(exec);
}

/* What came due before the end and was not looked at yet belongs to the offer: the last moment's
 * begins, and what is left when we are far behind is unsent. */
static void exec_finish_offer(struct exec *exec)
{
    exec_turn_open(exec, loop_now(exec->loop));
    while (exec->state == EXEC_RUNNING && exec->coming.due_ns != INT64_MAX) {
        exec_count_due(exec, loop_now(exec->loop));
        exec->behind++;
    }
}

static void exec_on_end(struct wheel_timer *timer, void *context)
{
    struct exec *exec = context;
    (void)timer;
    if (exec->plan->load.model == PLAN_OPEN)
        exec_finish_offer(exec);
    exec_stopping(exec, exec->end_ns);
}

static void exec_on_grace(struct wheel_timer *timer, void *context)
{
    (void)timer;
    exec_abort(context);
}

void exec_start(struct exec *exec, int64_t t0_ns, exec_done_fn *done, void *context)
{
    const struct plan_load *load = &exec->plan->load;
    MUST(exec->state == EXEC_IDLE);
    exec->state = EXEC_RUNNING;
    exec->done = done;
    exec->done_context = context;
    exec->t0_ns = t0_ns;
    exec_place_phases(exec);
    exec->end_ns = load->duration_ns > 0 ? t0_ns + load->duration_ns : INT64_MAX;
    if (load->model == PLAN_OPEN) {
        pacer_cursor_init(&exec->pacer, &exec->coming, (uint64_t)exec->shard,
                          (uint64_t)exec->shards);
        exec->next = exec->coming;
        int64_t schedule_end_ns = t0_ns + pacer_end_ns(&exec->pacer);
        if (schedule_end_ns < exec->end_ns)
            exec->end_ns = schedule_end_ns;
    } else {
        exec->next_k = (uint64_t)exec->shard;
        exec->limit_k = load->operations > 0 ? load->operations : UINT64_MAX;
        exec->to_begin = exec->slots_max;
    }
    bool empty = load->model == PLAN_OPEN && exec->coming.due_ns == INT64_MAX;
    int64_t first_ns = load->model == PLAN_OPEN && !empty ? t0_ns + exec->coming.due_ns : t0_ns;
    loop_alarm_set(exec->loop, &exec->due_alarm, first_ns);
    if (exec->end_ns != INT64_MAX)
        wheel_arm(&exec->loop->wheel, &exec->end_timer, exec->end_ns);
}

void exec_stop(struct exec *exec)
{
    exec_stopping(exec, loop_now(exec->loop));
}

void exec_abort(struct exec *exec)
{
    exec_stopping(exec, loop_now(exec->loop));
    while (!list_is_empty(&exec->flying)) {
        struct op *op = BR_CONTAINER(exec->flying.next, struct op, node);
        exec->totals.interrupted++;
        exec->driver->ops->abort(exec->driver, op, BR_ERR_INTERRUPTED);
    }
}

static void exec_record_error(struct block_ops *ops, enum br_err err, int64_t at_ns)
{
    struct block_error *error = &ops->errors[err];
    if (error->count == 0)
        error->first_ns = at_ns;
    error->count++;
    error->last_ns = at_ns;
}

static void exec_record(struct exec *exec, const struct op *op)
{
    struct block *block = exec->recorder->block;
    struct block_ops *ops = block_ops_at(block, op->phase, op->target);
    int64_t t0_ns = exec->recorder->t0_ns;
    bool failed = op->err != BR_ERR_NONE;

    ops->done++;
    ops->bytes_sent += op->bytes_sent;
    ops->bytes_received += op->bytes_received;
    ops->last_ns = op->done_ns - t0_ns;
    if (op->status > 0 && op->status < BLOCK_STATUS_MAX)
        ops->status[op->status]++;
    if (failed) {
        ops->failed++;
        exec_record_error(ops, op->err, op->done_ns - t0_ns);
    }
    hist_record_ns(failed ? &ops->latency_failed : &ops->latency_ok, op->done_ns - op->due_ns);
    if (op->sent_ns == 0)
        return;
    ops->sent++;
    if (ops->first_ns < 0 || op->sent_ns - t0_ns < ops->first_ns)
        ops->first_ns = op->sent_ns - t0_ns;
    hist_record_ns(failed ? &ops->service_failed : &ops->service_ok, op->done_ns - op->sent_ns);
    struct block_phase *phase = &block->phases[op->phase];
    hist_record_ns(&phase->wait, op->sent_ns - op->ready_ns);
    if (op->receive_lag_ns >= 0)
        hist_record_ns(&phase->receive_lag, op->receive_lag_ns);
}

void exec_op_done(struct exec *exec, struct op *op)
{
    int64_t now_ns = op->done_ns;
    MUST(exec->in_flight > 0);
    exec_record(exec, op);
    list_remove(&op->node);
    list_push_head(&exec->free, &op->node);
    exec->in_flight--;

    if (exec->state != EXEC_RUNNING) {
        exec_finish_if_idle(exec);
        return;
    }
    if (exec->plan->load.model == PLAN_OPEN) {
        if (exec->starting > 0 && exec->behind > 0)
            loop_alarm_set(exec->loop, &exec->due_alarm, now_ns);
        else if (exec->behind > 0)
            exec_begin_waiting(exec, exec_take(exec), now_ns);
        if (exec->starting == 0 && exec_is_exhausted(exec))
            exec_stopping(exec, now_ns);
        return;
    }
    exec->to_begin++;
    loop_alarm_set(exec->loop, &exec->due_alarm, now_ns);
}
