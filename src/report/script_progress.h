/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that tell how far a script's run is, in k6's words:
 *
 *     running (0m05.0s), 10/10 VUs, 45 complete and 0 interrupted iterations
 *     default   [  50% ] 10 VUs  05.0s/10s
 */
#ifndef BR_REPORT_SCRIPT_PROGRESS_H
#define BR_REPORT_SCRIPT_PROGRESS_H

#include "base/buf.h"
#include "plan/plan_scenario.h"

enum report_scenario_state {
    REPORT_SCENARIO_WAITING,
    REPORT_SCENARIO_RUNNING,
    REPORT_SCENARIO_DONE
};

/* One scenario, over all shards. */
struct report_scenario_progress {
    const struct plan_scenario *scenario;
    enum report_scenario_state state;
    int64_t elapsed_ns; /* since its start; before it: until then */
    double progress;    /* 0 to 1 */
    uint64_t active;    /* VUs at work */
    uint64_t vus;       /* VUs that it has now */
    uint64_t completed; /* iterations */
};

struct report_script_progress {
    const char *stage; /* "running", "setup", "teardown", "init" */
    int64_t elapsed_ns;
    uint64_t active;
    uint64_t initialised;
    uint64_t completed;
    uint64_t interrupted;
    const struct report_scenario_progress *scenarios;
    size_t scenario_count;
    int bar_width; /* between the brackets; 0: none, as where nothing can be drawn over */
};

/* Lines with their line feeds: 1 + scenario_count of them. */
void report_script_progress(const struct report_script_progress *progress, struct buf *out);

#endif
