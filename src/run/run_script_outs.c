/* SPDX-License-Identifier: Apache-2.0
 *
 * From the recorder's pipe to the files. The pipe is bounded: what does not fit in is lost,
 * counted, and told at the end.
 */
#include "run/run_script_outs.h"

#include "sys/clock.h"

#define OUTS_PAUSE_NS (50 * CLOCK_NS_PER_MS)

static void outs_pump(struct run_script_outs *outs)
{
    out_pump(outs->outs, outs->count, &outs->pipe);
    for (size_t i = 0; i < outs->count; i++)
        out_flush(outs->outs[i]);
}

static void outs_main(void *context)
{
    struct run_script_outs *outs = context;
    while (handover_number(&outs->stop) == 0) {
        outs_pump(outs);
        loop_turn(&outs->loop, loop_now(&outs->loop) + OUTS_PAUSE_NS);
    }
}

/* Closes those that are open; the first failure's sentence counts. */
static enum br_err outs_close(struct run_script_outs *outs, enum br_err err, struct diag *diag)
{
    for (size_t i = 0; i < outs->count; i++) {
        enum br_err own = out_close(&outs->outs[i], err == BR_ERR_NONE ? diag : NULL);
        err = err == BR_ERR_NONE ? own : err;
    }
    outs->count = 0;
    sample_pipe_fini(&outs->pipe);
    return err;
}

static enum br_err outs_start(struct run_script_outs *outs, struct diag *diag)
{
    enum br_err err = loop_init(&outs->loop, diag);
    if (err != BR_ERR_NONE)
        return err;
    handover_set_number(&outs->stop, 0);
    outs->thread = thread_start("outputs", outs_main, outs);
    if (outs->thread != NULL)
        return BR_ERR_NONE;
    loop_fini(&outs->loop);
    return diag_set(diag, BR_ERR_NO_MEMORY, "could not start the thread of the outputs");
}

enum br_err run_script_outs_open(struct run_script_outs *outs, const struct bytes *texts,
                                 size_t count, const struct metric_registry *registry,
                                 const struct thresholds *thresholds, uint32_t systems,
                                 struct diag *diag)
{
    struct out_env env = {.registry = registry,
                          .thresholds = thresholds,
                          .systems = systems,
                          .wall_offset_ns = clock_wall_ns() - clock_now_ns()};
    enum br_err err = BR_ERR_NONE;
    outs->count = 0;
    if (count == 0)
        return err;
    if (count > RUN_SCRIPT_OUTS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--out was given %zu times; %d at most", count,
                        RUN_SCRIPT_OUTS_MAX);
    sample_pipe_init(&outs->pipe);
    for (size_t i = 0; i < count && err == BR_ERR_NONE; i++) {
        err = out_create(texts[i], &env, &outs->outs[i], diag);
        outs->count += err == BR_ERR_NONE;
    }
    if (err == BR_ERR_NONE)
        err = outs_start(outs, diag);
    return err == BR_ERR_NONE ? err : outs_close(outs, err, diag);
}

void run_script_outs_flush(struct run_script_outs *outs)
{
    if (outs->count > 0)
        sample_flush(&outs->pipe);
}

enum br_err run_script_outs_close(struct run_script_outs *outs, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    if (outs->count == 0)
        return err;
    handover_set_number(&outs->stop, 1);
    loop_wake(&outs->loop);
    thread_join(&outs->thread);
    loop_fini(&outs->loop);
    sample_flush(&outs->pipe);
    outs_pump(outs);
    if (outs->pipe.lost > 0)
        err = diag_set(diag, BR_ERR_IO,
                       "%llu samples are not in the outputs: they came faster than they could be "
                       "written",
                       (unsigned long long)outs->pipe.lost);
    return outs_close(outs, err, diag);
}
