/* SPDX-License-Identifier: Apache-2.0
 *
 * One record in one request to the first target, with a ledger of its own whose only stream has the
 * last number there is, so that what comes of it later is never taken for the load's.
 */
#include "run/first.h"

#include "base/fmt.h"
#include "load/exec.h"
#include "metric/block.h"
#include "sys/clock.h"

enum { FIRST_LOOK_NS = 1000000 };

struct first {
    struct loop *loop;
    struct plan plan; /* the run's, with another load */
    struct follow *follow;
    struct ledger *ledger;
    struct track_block *block;
    struct driver *driver;
    struct exec exec;
    struct recorder recorder;
    struct wheel_timer look;
    int64_t give_up_ns;
    bool is_sent; /* the request has ended */
};

static int first_missing(const struct first *first)
{
    const struct plan_events *events = &first->plan.events;
    for (size_t i = 0; i < events->sinks.count; i++) {
        if (!events->delivers[i].none && first->follow->first_came_ns[i] < 0)
            return (int)i;
    }
    return -1;
}

/* Where events are only counted, any arrival is the first one. */
static void first_take_counts(struct first *first)
{
    struct follow *follow = first->follow;
    follow_collect(follow);
    for (size_t i = 0; i < first->plan.events.sinks.count; i++) {
        if (follow->first_came_ns[i] < 0 && follow->sinks[i].deliveries > 0)
            follow->first_came_ns[i] = follow->sinks[i].first_ns - first->recorder.t0_ns;
    }
}

static void first_take(struct first *first)
{
    if (follow_is_counted(first->follow)) {
        first_take_counts(first);
        return;
    }
    int shard = (int)(RUN_FIRST_STREAM % (uint32_t)first->plan.shards);
    struct sink_batch *batch;
    while ((batch = sink_host_take(first->follow->host, shard)) != NULL) {
        for (size_t i = 0; i < batch->count; i++) {
            const struct sink_arrival *row = &batch->rows[i];
            int64_t *came_ns = &first->follow->first_came_ns[row->sink];
            first->follow->first_rows[row->sink] += row->kind != SINK_UNREAD;
            if (row->stream == RUN_FIRST_STREAM && row->kind == SINK_DELIVERY && *came_ns < 0)
                *came_ns = row->at_ns - first->recorder.t0_ns;
        }
        sink_host_return(first->follow->host, shard, batch);
    }
}

static void first_on_look(struct wheel_timer *timer, void *context)
{
    struct first *first = context;
    int64_t now_ns = loop_now(first->loop);
    first_take(first);
    bool failed = block_ops_at(first->recorder.block, 0, 0)->failed > 0 ||
                  first->block->entries[0].refused > 0;
    if ((first->is_sent && failed) || (first->is_sent && first_missing(first) < 0) ||
        now_ns >= first->give_up_ns) {
        loop_stop(first->loop);
        return;
    }
    wheel_arm(&first->loop->wheel, timer, now_ns + FIRST_LOOK_NS);
}

static void first_on_sent(void *context)
{
    ((struct first *)context)->is_sent = true;
}

static void first_on_prepared(void *context)
{
    struct first *first = context;
    first->recorder.t0_ns = loop_now(first->loop);
    first->give_up_ns = first->recorder.t0_ns + first->plan.events.first_event_ns;
    exec_start(&first->exec, first->recorder.t0_ns, first_on_sent, first);
    wheel_arm(&first->loop->wheel, &first->look, first->recorder.t0_ns);
}

static enum br_err first_judge(const struct first *first, struct diag *diag)
{
    const struct plan_events *events = &first->plan.events;
    const struct block_ops *ops = block_ops_at(first->recorder.block, 0, 0);
    int missing = first_missing(first);
    for (int err = 1; err < BR_ERR_COUNT; err++) {
        if (ops->errors[err].count > 0 && err != BR_ERR_INTERRUPTED)
            return diag_set(diag, (enum br_err)err,
                            "the first event was not accepted (%s); nothing else was sent",
                            err_text((enum br_err)err));
    }
    if (first->block->entries[0].refused > 0)
        return diag_set(diag, BR_ERR_STATUS,
                        "the first event was refused, as its reply says; nothing else was sent");
    if (missing < 0)
        return BR_ERR_NONE;
    if (first->block->entries[0].accepted == 0)
        return diag_set(diag, BR_ERR_TIMEOUT_TOTAL,
                        "the reply to the first event does not tell whether it was accepted, and "
                        "it did not come out of %.*s within %s; nothing else was sent",
                        BYTES_ARG(events->sinks.sinks[missing].name),
                        fmt_interval(events->first_event_ns).str);
    return diag_set(diag, BR_ERR_TIMEOUT_TOTAL,
                    "the first event was accepted and did not come out of %.*s within %s; nothing "
                    "else was sent (--first-event waits longer, --first-event=off does without)",
                    BYTES_ARG(events->sinks.sinks[missing].name),
                    fmt_interval(events->first_event_ns).str);
}

static enum br_err first_run(struct first *first, const struct driver_ops *driver_ops,
                             const int *interrupted, struct diag *diag)
{
    struct driver_env env = {.loop = first->loop,
                             .plan = &first->plan,
                             .recorder = &first->recorder,
                             .shards = 1,
                             .slots = 1,
                             .ledger = first->ledger};
    enum br_err err = driver_ops->create(&env, &first->driver, diag);
    if (err != BR_ERR_NONE)
        return err;
    exec_init(&first->exec, &env, first->driver);
    first->driver->ops->prepare(first->driver, first_on_prepared, first);
    first->loop->stopping = false;
    loop_run(first->loop);
    if (first->exec.state != EXEC_IDLE && first->exec.state != EXEC_DONE)
        exec_abort(&first->exec);
    wheel_disarm(&first->loop->wheel, &first->look);
    exec_fini(&first->exec);
    first->driver->ops->destroy(&first->driver);
    if (*interrupted != 0)
        return diag_set(diag, BR_ERR_INTERRUPTED, "interrupted while waiting for the first event");
    return first_judge(first, diag);
}

enum br_err run_first_event(struct loop *loop, const struct plan *plan,
                            const struct driver_ops *driver_ops, struct follow *follow,
                            const int *interrupted, struct diag *diag)
{
    struct first first = {.loop = loop, .plan = *plan, .follow = follow};
    first.plan.load = (struct plan_load){.model = PLAN_CLOSED,
                                         .operations = 1,
                                         .connections = 1,
                                         .grace_ns = plan->events.first_event_ns};
    first.plan.request.batch = 1;
    first.plan.events.stream_key = BYTES_NONE;
    first.block = track_block_create(0, 1, (int)plan->events.sinks.count);
    struct ledger_config config = {.stream_first = RUN_FIRST_STREAM,
                                   .stream_step = 1,
                                   .phase_count = 1,
                                   .sink_count = (int)plan->events.sinks.count,
                                   .block = first.block};
    first.ledger = ledger_create(&config);
    first.recorder.block = block_create(0, 1, (int)plan->target_count);
    wheel_timer_init(&first.look, first_on_look, &first);
    enum br_err err = first_run(&first, driver_ops, interrupted, diag);
    block_destroy(&first.recorder.block);
    ledger_destroy(&first.ledger);
    track_block_destroy(&first.block);
    loop->stopping = false;
    return err;
}
