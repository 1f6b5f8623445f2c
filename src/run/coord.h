/* SPDX-License-Identifier: Apache-2.0
 *
 * The coordinator: the thread that called run_plan, with a loop of its own. It starts the shards,
 * collects their blocks once a second, keeps the result and its journal, listens to signals, and
 * ends the run.
 */
#ifndef BR_RUN_COORD_H
#define BR_RUN_COORD_H

#include "loop/loop.h"
#include "report/journal.h"
#include "report/result.h"
#include "run/complete.h"
#include "run/follow.h"
#include "run/run.h"
#include "run/shard.h"
#include "sys/clock.h"
#include "sys/file.h"

struct coord {
    struct loop loop;
    struct plan *plan;
    struct run_means means;
    const struct run_observer *observer;
    struct shard *shards;
    int shard_count;
    struct follow follow;
    struct wheel_timer look; /* at the drain */
    bool draining;
    bool facts_asked;
    struct result result;
    struct live_page *page; /* NULL: nobody asked for it */
    struct journal journal;
    struct file_out file;
    bool has_journal;
    struct wheel_timer tick;
    struct loop_watch signal_watch;
    int signal_fd;
    int signals; /* how often somebody asked us to stop */
    int64_t t0_ns;
    bool started;
    int64_t load_end_ns; /* run time; -1: still going */
    int64_t cpu_user_ns; /* at the start */
    int64_t cpu_system_ns;
    int64_t wall_offset_ns; /* wall - monotonic, to see steps */
    struct result_gauges gauges;
    struct diag diag; /* a shard that could not begin */
};

/* Everything up to the first send; BR_ERR_* with a sentence. */
BR_NODISCARD enum br_err coord_init(struct coord *coord, struct plan *plan,
                                    const struct run_means *means,
                                    const struct run_observer *observer, struct diag *diag);
/* Runs the load to its end and fills the result, verdict included. */
BR_NODISCARD enum br_err coord_run(struct coord *coord, struct diag *diag);
void coord_fini(struct coord *coord);

#endif
