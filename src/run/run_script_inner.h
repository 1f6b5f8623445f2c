/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of a script's run.
 */
#ifndef BR_RUN_RUN_SCRIPT_INNER_H
#define BR_RUN_RUN_SCRIPT_INNER_H

#include "metric/threshold.h"
#include "plan/plan_shortcut.h"
#include "report/script.h"
#include "run/run_script.h"
#include "run/run_script_outs.h"
#include "script/script_vu.h"

struct json;

enum { RUN_SCRIPT_TEXT_MAX = 1 << 26, RUN_SCRIPT_LAYERS = 4 };

/* The layers, the strongest first: command line, environment, script, configuration file. */
struct run_script_options {
    struct buf texts[RUN_SCRIPT_LAYERS];
    struct json *parsed[RUN_SCRIPT_LAYERS];
    struct script_layers layers;
};

struct run_script {
    const struct run_script_request *request;
    struct script_program *program;
    struct script_settings settings;
    struct run_script_options options;
    struct plan_scenarios scenarios;
    struct thresholds thresholds;
    struct loop loop;
    struct script_shard shard;
    struct tag_store *tags;
    struct series_recorder recorder;
    struct series_block *block;
    struct series_totals *totals;
    struct run_script_outs outs;
    struct report_stats stats;
    enum report_time_unit time_unit;
    enum report_mode mode;
    struct metric_tree tree;
    struct plan_deal *deal;
    struct vu_share_local share;
    struct vu_host *host;
    struct buf setup_data;
    struct wheel_timer tick;
    struct loop_watch signal_watch;
    int signal_fd;
    int64_t start_ns; /* before setup */
    int64_t duration_ns;
    unsigned ticks;
    unsigned signals;
    bool ready;
    bool done;
    bool host_running;
    bool aborted_by_threshold;
    size_t thresholds_failed;
    enum exit_code code; /* why it ended, when something says so */
    bool has_code;
    struct diag diag;
};

/* Reads the layers; a sentence. The script's own is `options_json` (empty: none). */
BR_NODISCARD enum br_err run_script_options_read(struct run_script *run, struct bytes options_json);
void run_script_options_fini(struct run_script_options *options);
/* Scenarios, thresholds and settings out of the layers. */
BR_NODISCARD enum br_err run_script_plan(struct run_script *run);

/* What the summary tells of a Trend, in which unit, how much. Part of run_script_plan. */
BR_NODISCARD enum br_err run_script_summary_read(struct run_script *run);
/* The scenarios, before the start. */
void run_script_show_plan(struct run_script *run);
/* The end: prints the summary, or what handleSummary makes of it. */
void run_script_finish(struct run_script *run);
/* What `inspect` prints. */
void run_script_inspect(struct run_script *run);
/* Turns the loop until a VU of no host has done its job. */
void run_script_wait(struct run_script *run, struct script_vu *vu, int64_t timeout_ns,
                     bool *out_timed_out);
/* A VU whose init code has run; NULL when it failed (logged, code 107). */
struct script_vu *run_script_make_vu(struct run_script *run, enum script_stage stage);

#endif
