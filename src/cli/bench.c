/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt bench`: a plan from flags, a run, and what is said about it. The summary goes to standard
 * output, everything else to standard error.
 */
#include "base/buf.h"
#include "cli/bench_plan.h"
#include "cli/main.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "run/complete.h"
#include "run/run.h"
#include "sys/limit.h"

enum { BENCH_TEXT_MAX = 64 << 20 };

struct bench {
    struct cli_term out;
    struct cli_term talk;
    struct cli_progress progress;
    bool quiet;
};

static void bench_print_plan(const struct cli_term *term, const struct plan *plan,
                             uint64_t connections_max)
{
    struct buf text;
    struct plan_budget budget = {.descriptors_allowed = limit_nofile(),
                                 .connections_allowed = connections_max};
    buf_init(&text, BENCH_TEXT_MAX);
    plan_budget_estimate(plan, &budget);
    run_estimate_ledger(plan, &budget);
    plan_print(plan, &budget, &text);
    (void)cli_term_print(term, buf_bytes(&text));
    buf_fini(&text);
}

static void bench_on_plan(void *context, const struct plan *plan, uint64_t connections_max)
{
    const struct bench *bench = context;
    if (!bench->quiet)
        bench_print_plan(&bench->talk, plan, connections_max);
}

static void bench_on_note(void *context, const char *line)
{
    struct bench *bench = context;
    cli_progress_clear(&bench->progress);
    cli_complain("bench", line);
}

static void bench_on_tick(void *context, const struct result *result)
{
    struct bench *bench = context;
    struct progress_view view;
    if (bench->quiet)
        return;
    progress_from_result(&view, result);
    cli_progress_show(&bench->progress, &view);
}

/* Comes from other threads: one write, so that parts do not mix. */
static void bench_on_trace(void *context, struct bytes text)
{
    const struct bench *bench = context;
    (void)cli_term_print(&bench->talk, text);
}

static void bench_on_result(void *context, const struct result *result)
{
    struct bench *bench = context;
    const struct form *form = form_find(BYTES("text"));
    struct form_options options = cli_term_form(&bench->out);
    struct buf text;
    cli_progress_clear(&bench->progress);
    buf_init(&text, FORM_SIZE_MAX);
    form->render(result, &options, &text);
    if (!cli_term_print(&bench->out, buf_bytes(&text)))
        cli_complain("bench", "the summary could not be written to standard output");
    buf_fini(&text);
}

static enum br_err bench_show_plan(struct plan *plan, struct diag *diag)
{
    struct run_means means;
    struct cli_term out = cli_term_of(1);
    enum br_err err = run_complete_plan(plan, &means, diag);
    if (err == BR_ERR_NONE)
        bench_print_plan(&out, plan, means.connections_max);
    return err;
}

static enum br_err bench_run(const struct cli_options *options, struct plan *plan,
                             enum exit_code *out_code, struct diag *diag)
{
    bool verbose = cli_flag(options, CLI_VERBOSE);
    struct bench bench = {
        .out = cli_term_of(1), .talk = cli_term_of(2), .quiet = cli_flag(options, CLI_QUIET)};
    struct run_observer observer = {
        .context = &bench,
        .on_plan = bench_on_plan,
        .on_note = bench_on_note,
        .on_tick = bench_on_tick,
        .on_trace = verbose ? bench_on_trace : NULL,
        .on_result = bench_on_result,
    };
    cli_progress_init(&bench.progress, bench.talk, !verbose);
    enum br_err err = run_plan(plan, &observer, out_code, diag);
    cli_progress_clear(&bench.progress);
    return err;
}

enum exit_code cli_bench_main(const struct cli_options *options)
{
    struct plan plan;
    struct diag diag = DIAG_INIT;
    enum exit_code code = EXIT_CODE_OK;
    enum br_err err = cli_bench_plan(options, &plan, &diag);
    if (err != BR_ERR_NONE)
        err = BR_ERR_CONFIG; /* a body's file that cannot be read, too */
    else if (cli_flag(options, CLI_PLAN))
        err = bench_show_plan(&plan, &diag);
    else
        err = bench_run(options, &plan, &code, &diag);
    if (err != BR_ERR_NONE) {
        cli_complain("bench", diag.text);
        code = cli_exit_of(err);
    }
    plan_fini(&plan);
    return code;
}
