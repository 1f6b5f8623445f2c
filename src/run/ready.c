/* SPDX-License-Identifier: Apache-2.0
 *
 * A tiny closed-model run on the coordinator's own loop: one slot, one operation a target.
 */
#include "run/ready.h"

#include "base/fmt.h"
#include "load/exec.h"
#include "metric/block.h"
#include "run/first.h"
#include "sys/clock.h"
#include "track/ledger.h"

enum {
    READY_PAUSE_NS = 50000000,
    READY_TIMEOUT_NS = 2000000000, /* of one try: a service that starts may accept and not answer */
};

struct ready {
    struct loop *loop;
    struct plan plan; /* the run's, with another load */
    struct driver *driver;
    struct exec exec;
    struct recorder recorder;
    struct wheel_timer pause;
};

static void ready_stop_loop(void *context)
{
    struct ready *ready = context;
    loop_stop(ready->loop);
}

static void ready_on_pause(struct wheel_timer *timer, void *context)
{
    (void)timer;
    ready_stop_loop(context);
}

static void ready_on_prepared(void *context)
{
    struct ready *ready = context;
    exec_start(&ready->exec, loop_now(ready->loop), ready_stop_loop, ready);
}

/* Runs the loop until its callback stops it; false when somebody else did. */
static bool ready_run_loop(struct ready *ready, const int *interrupted)
{
    ready->loop->stopping = false;
    loop_run(ready->loop);
    return *interrupted == 0;
}

/* What failed last, for the sentence. */
static const char *ready_find_failure(const struct ready *ready, int *out_status)
{
    const char *text = "no reply";
    for (size_t i = 0; i < ready->plan.target_count; i++) {
        struct block_ops *ops = block_ops_at(ready->recorder.block, 0, (int)i);
        for (int err = 1; err < BR_ERR_COUNT; err++) {
            if (ops->errors[err].count > 0)
                text = err_text((enum br_err)err);
        }
        for (int status = 0; status < BLOCK_STATUS_MAX; status++) {
            if (ops->status[status] > 0 && (status < 200 || status > 399))
                *out_status = status;
        }
    }
    return text;
}

static bool ready_all_succeeded(const struct ready *ready)
{
    for (size_t i = 0; i < ready->plan.target_count; i++) {
        const struct block_ops *ops = block_ops_at(ready->recorder.block, 0, (int)i);
        if (ops->done != 1 || ops->failed != 0)
            return false;
    }
    return true;
}

static enum br_err ready_drive(struct ready *ready, const struct driver_ops *driver_ops,
                               struct ledger *ledger, const int *interrupted, struct diag *diag)
{
    struct driver_env env = {.loop = ready->loop,
                             .plan = &ready->plan,
                             .recorder = &ready->recorder,
                             .shards = 1,
                             .slots = 1,
                             .ledger = ledger};
    block_reset(ready->recorder.block, 0);
    ready->recorder.t0_ns = loop_now(ready->loop);
    enum br_err err = driver_ops->create(&env, &ready->driver, diag);
    if (err != BR_ERR_NONE)
        return err;
    exec_init(&ready->exec, &env, ready->driver);
    ready->driver->ops->prepare(ready->driver, ready_on_prepared, ready);
    bool done = ready->exec.state == EXEC_DONE || ready_run_loop(ready, interrupted);
    if (!done && ready->exec.state != EXEC_IDLE)
        exec_abort(&ready->exec);
    exec_fini(&ready->exec);
    ready->driver->ops->destroy(&ready->driver);
    return done ? BR_ERR_NONE : diag_set(diag, BR_ERR_INTERRUPTED, "interrupted while waiting");
}

/* Where events are followed a try carries one, of a stream that no sink's rows are counted for. */
static enum br_err ready_try(struct ready *ready, const struct driver_ops *driver_ops,
                             const int *interrupted, struct diag *diag)
{
    if (!ready->plan.events.followed)
        return ready_drive(ready, driver_ops, NULL, interrupted, diag);
    struct track_block *block = track_block_create(0, 1, 1);
    struct ledger_config config = {.stream_first = RUN_READY_STREAM,
                                   .stream_step = 1,
                                   .phase_count = 1,
                                   .sink_count = 1,
                                   .block = block};
    struct ledger *ledger = ledger_create(&config);
    enum br_err err = ready_drive(ready, driver_ops, ledger, interrupted, diag);
    ledger_destroy(&ledger);
    track_block_destroy(&block);
    return err;
}

static enum br_err ready_give_up(const struct ready *ready, int64_t waited_ns, struct diag *diag)
{
    int status = 0;
    const char *failure = ready_find_failure(ready, &status);
    if (status > 0)
        return diag_set(diag, BR_ERR_STATUS,
                        "not ready after %s: the run's own request was answered %d",
                        fmt_interval(waited_ns).str, status);
    return diag_set(diag, BR_ERR_CONN_FAILED,
                    "not ready after %s: the run's own request failed (%s)",
                    fmt_interval(waited_ns).str, failure);
}

static enum br_err ready_repeat(struct ready *ready, const struct driver_ops *driver_ops,
                                const int *interrupted, int64_t wait_ns, struct diag *diag)
{
    int64_t give_up_ns = clock_now_ns() + wait_ns;
    for (;;) {
        enum br_err err = ready_try(ready, driver_ops, interrupted, diag);
        if (err != BR_ERR_NONE || ready_all_succeeded(ready))
            return err;
        if (clock_now_ns() >= give_up_ns)
            return ready_give_up(ready, wait_ns, diag);
        wheel_arm(&ready->loop->wheel, &ready->pause, loop_now(ready->loop) + READY_PAUSE_NS);
        if (!ready_run_loop(ready, interrupted))
            return diag_set(diag, BR_ERR_INTERRUPTED, "interrupted while waiting");
    }
}

enum br_err run_wait_ready(struct loop *loop, const struct plan *plan,
                           const struct driver_ops *driver_ops, const int *interrupted,
                           int64_t *out_waited_ns, struct diag *diag)
{
    struct ready ready = {.loop = loop, .plan = *plan};
    int64_t start_ns = clock_now_ns();
    ready.plan.load = (struct plan_load){.model = PLAN_CLOSED,
                                         .operations = plan->target_count,
                                         .connections = 1,
                                         .grace_ns = READY_TIMEOUT_NS};
    if (ready.plan.events.followed)
        ready.plan.request.batch = 1;
    ready.plan.events.stream_key = BYTES_NONE;
    if (ready.plan.timeout_ns > READY_TIMEOUT_NS)
        ready.plan.timeout_ns = READY_TIMEOUT_NS;
    ready.recorder.block = block_create(0, 1, (int)plan->target_count);
    wheel_timer_init(&ready.pause, ready_on_pause, &ready);
    enum br_err err = ready_repeat(&ready, driver_ops, interrupted, plan->wait_ready_ns, diag);
    wheel_disarm(&loop->wheel, &ready.pause);
    block_destroy(&ready.recorder.block);
    loop->stopping = false;
    *out_waited_ns = clock_now_ns() - start_ns;
    return err;
}
