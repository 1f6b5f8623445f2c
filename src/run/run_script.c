/* SPDX-License-Identifier: Apache-2.0
 *
 * The stages of a script's run, one after the other, on one loop.
 */
#include "run/run_script.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/units.h"
#include "data/json.h"
#include "plan/plan_scenario_put.h"
#include "run/run_script_inner.h"
#include "sys/file.h"
#include "sys/self.h"
#include "sys/signal.h"

enum { RUN_SCRIPT_THRESHOLD_TICKS = 2 };

static void run_script_end(struct run_script *run, enum exit_code code)
{
    if (run->has_code)
        return;
    run->has_code = true;
    run->code = code;
}

/* ---- VUs of no host ---- */

void run_script_wait(struct run_script *run, struct script_vu *vu, int64_t timeout_ns,
                     bool *out_timed_out)
{
    int64_t until_ns = loop_now(&run->loop) + timeout_ns;
    *out_timed_out = false;
    while (!script_vu_is_free(vu)) {
        loop_turn(&run->loop, until_ns);
        if (script_vu_is_free(vu))
            break;
        if (loop_now(&run->loop) >= until_ns) {
            *out_timed_out = true;
            until_ns = INT64_MAX;
        }
        if (*out_timed_out || run->signals > 1)
            script_vu_interrupt(vu);
    }
}

struct script_vu *run_script_make_vu(struct run_script *run, enum script_stage stage)
{
    struct script_vu *vu = script_vu_create(&run->shard, SCRIPT_STAGE_INIT);
    bool timed_out;
    script_vu_begin_init(vu);
    run_script_wait(run, vu, 600 * UNITS_NS_PER_SEC, &timed_out);
    vu->stage = stage;
    if (vu->diag.err == BR_ERR_NONE && !timed_out)
        return vu;
    script_logf(&run->program->log, SCRIPT_ERROR, "%s",
                timed_out ? "the init code took longer than 10 minutes" : vu->diag.text);
    script_vu_destroy(&vu);
    run_script_end(run, run->shard.verdict == SCRIPT_ABORTED ? EXIT_CODE_SCRIPT_ABORT
                                                             : EXIT_CODE_SCRIPT);
    return NULL;
}

/* ---- setup and teardown ---- */

static void run_script_setup(struct run_script *run)
{
    bool timed_out;
    if (run->settings.no_setup)
        return;
    struct script_vu *vu = run_script_make_vu(run, SCRIPT_STAGE_SETUP);
    if (vu == NULL)
        return;
    if (script_vu_begin_call(vu, SCRIPT_STAGE_SETUP, "setup", BYTES_NONE)) {
        run_script_wait(run, vu, run->settings.setup_timeout_ns, &timed_out);
        if (timed_out) {
            script_logf(&run->program->log, SCRIPT_ERROR, "setup() execution timed out");
            run_script_end(run, EXIT_CODE_SETUP_TIME);
        } else if (vu->call_failed && run->signals == 0) {
            run_script_end(run, run->shard.verdict == SCRIPT_ABORTED ? EXIT_CODE_SCRIPT_ABORT
                                                                     : EXIT_CODE_SCRIPT);
        }
        buf_put(&run->setup_data, buf_bytes(&vu->call_result));
        (void)buf_cstr(&run->setup_data);
        run->shard.setup_data = buf_bytes(&run->setup_data);
    }
    script_vu_destroy(&vu);
}

static void run_script_teardown(struct run_script *run)
{
    bool timed_out;
    if (run->settings.no_teardown || run->signals > 1)
        return;
    struct script_vu *vu = run_script_make_vu(run, SCRIPT_STAGE_TEARDOWN);
    if (vu == NULL)
        return;
    if (script_vu_begin_call(vu, SCRIPT_STAGE_TEARDOWN, "teardown", buf_bytes(&run->setup_data))) {
        run_script_wait(run, vu, run->settings.teardown_timeout_ns, &timed_out);
        if (timed_out) {
            script_logf(&run->program->log, SCRIPT_ERROR, "teardown() execution timed out");
            run_script_end(run, EXIT_CODE_TEARDOWN_TIME);
        } else if (vu->call_failed && run->signals < 2) {
            run_script_end(run, EXIT_CODE_SCRIPT);
        }
    }
    script_vu_destroy(&vu);
}

/* ---- the load ---- */

static void run_script_merge(struct run_script *run)
{
    series_totals_add(run->totals, run->block);
    series_block_reset(run->block);
}

static void run_script_record_vus(struct run_script *run)
{
    int64_t now_ns = loop_now(&run->loop);
    series_record(&run->recorder, METRIC_VUS, run->shard.run_tags,
                  (double)vu_host_active(run->host), now_ns, 0, 0);
    series_record(&run->recorder, METRIC_VUS_MAX, run->shard.run_tags,
                  (double)vu_host_initialised(run->host), now_ns, 0, 0);
}

static void run_script_on_tick(struct wheel_timer *timer, void *context)
{
    struct run_script *run = context;
    bool abort = false;
    wheel_arm(&run->loop.wheel, timer, loop_now(&run->loop) + UNITS_NS_PER_SEC);
    run_script_record_vus(run);
    run_script_merge(run);
    run_script_outs_flush(&run->outs);
    if (++run->ticks % RUN_SCRIPT_THRESHOLD_TICKS != 0)
        return;
    (void)thresholds_evaluate(&run->thresholds, run->totals, loop_now(&run->loop) - run->start_ns,
                              THRESHOLD_DURING, &abort);
    if (abort && !run->aborted_by_threshold) {
        run->aborted_by_threshold = true;
        script_logf(&run->program->log, SCRIPT_ERROR,
                    "thresholds on metrics were crossed; at least one has abortOnFail enabled, "
                    "stopping test prematurely");
        vu_host_abort(run->host);
    }
}

static void run_script_on_ready(void *context)
{
    ((struct run_script *)context)->ready = true;
}

static void run_script_on_done(void *context)
{
    ((struct run_script *)context)->done = true;
}

static void run_script_on_abort(void *context)
{
    struct run_script *run = context;
    run_script_end(run, EXIT_CODE_SCRIPT_ABORT);
    if (run->host_running)
        vu_host_abort(run->host);
}

static void run_script_on_signal(struct loop_watch *watch BR_UNUSED, unsigned events BR_UNUSED)
{
    struct run_script *run = BR_CONTAINER(watch, struct run_script, signal_watch);
    unsigned kinds = signal_take(run->signal_fd);
    if ((kinds & (SIGNAL_INT | SIGNAL_TERM | SIGNAL_HUP)) == 0)
        return;
    run->signals++;
    run_script_end(run, EXIT_CODE_SIGNAL);
    if (!run->host_running)
        return;
    vu_host_stop(run->host);
    vu_host_abort(run->host);
}

static void run_script_load(struct run_script *run)
{
    struct vu_env env = {.loop = &run->loop,
                         .scenarios = &run->scenarios,
                         .deal = run->deal,
                         .share = &run->share.share,
                         .driver = &run->shard.driver,
                         .min_iteration_ns = run->settings.min_iteration_ns};
    run->host = vu_host_create(&env);
    vu_host_prepare(run->host, run_script_on_ready, run);
    while (!run->ready)
        loop_turn(&run->loop, INT64_MAX);
    if (vu_host_error(run->host, &run->diag) != BR_ERR_NONE) {
        script_logf(&run->program->log, SCRIPT_ERROR, "%s", run->diag.text);
        run_script_end(run, EXIT_CODE_SCRIPT);
        return;
    }
    run->start_ns = loop_now(&run->loop);
    run->shard.start_ns = run->start_ns;
    run_script_setup(run);
    if (run->has_code && run->code != EXIT_CODE_SIGNAL)
        return;
    wheel_timer_init(&run->tick, run_script_on_tick, run);
    wheel_arm(&run->loop.wheel, &run->tick, loop_now(&run->loop) + UNITS_NS_PER_SEC);
    run->host_running = !run->has_code;
    if (run->host_running)
        vu_host_start(run->host, loop_now(&run->loop), run_script_on_done, run);
    while (run->host_running && !run->done)
        loop_turn(&run->loop, INT64_MAX);
    run->host_running = false;
    wheel_disarm(&run->loop.wheel, &run->tick);
    run_script_teardown(run);
    run->duration_ns = loop_now(&run->loop) - run->start_ns;
}

/* ---- the first look ---- */

static enum br_err run_script_check_exec(struct run_script *run, const struct script_vu *vu)
{
    for (size_t i = 0; i < run->scenarios.count; i++) {
        const struct plan_scenario *scenario = &run->scenarios.items[i];
        if (!script_vu_has_function(vu, scenario->exec))
            return diag_set(&run->diag, BR_ERR_CONFIG,
                            "executor %.*s: function '%.*s' not found in exports",
                            BYTES_ARG(scenario->name), BYTES_ARG(scenario->exec));
    }
    return BR_ERR_NONE;
}

static void run_script_fail_config(struct run_script *run)
{
    script_logf(&run->program->log, SCRIPT_ERROR, "%s", run->diag.text);
    run_script_end(run, EXIT_CODE_CONFIG);
}

/* exec.test.options: the script's, with the scenarios that came of all layers. */
static void run_script_tell_options(struct run_script *run, struct bytes own)
{
    struct buf text;
    struct json_writer writer;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    json_writer_init(&writer, &text, false);
    json_open_object(&writer);
    json_put_key(&writer, "scenarios");
    plan_scenarios_put(&run->scenarios, &writer);
    json_close_object(&writer);
    if (own.len > 2) { /* the own ones before: the later "scenarios" wins */
        struct buf whole;
        buf_init(&whole, RUN_SCRIPT_TEXT_MAX);
        buf_put(&whole, bytes_make(own.ptr, own.len - 1));
        buf_put(&whole, BYTES(","));
        buf_put(&whole, bytes_skip(buf_bytes(&text), 1));
        buf_fini(&text);
        text = whole;
    }
    run->settings.options_json = arena_copy(&run->settings.arena, buf_bytes(&text));
    buf_fini(&text);
}

static bool run_script_look(struct run_script *run)
{
    struct buf options;
    struct script_vu *vu = run_script_make_vu(run, SCRIPT_STAGE_INIT);
    if (vu == NULL)
        return false;
    buf_init(&options, RUN_SCRIPT_TEXT_MAX);
    bool good = script_vu_export_json(vu, "options", &options, &run->diag) &&
                run_script_options_read(run, buf_bytes(&options)) == BR_ERR_NONE &&
                run_script_plan(run) == BR_ERR_NONE &&
                (run->request->inspect || run_script_check_exec(run, vu) == BR_ERR_NONE);
    if (good)
        run_script_tell_options(run, buf_bytes(&options));
    else
        run_script_fail_config(run);
    buf_fini(&options);
    script_vu_destroy(&vu);
    run->program->sealed = true;
    return good;
}

static bool run_script_open_outs(struct run_script *run)
{
    const struct run_script_request *request = run->request;
    metric_registry_seal(run->program->registry);
    enum br_err err =
        run_script_outs_open(&run->outs, request->outs, request->out_count, run->program->registry,
                             &run->thresholds, run->settings.system_tags, &run->diag);
    if (err == BR_ERR_NONE)
        return true;
    script_logf(&run->program->log, SCRIPT_ERROR, "%s", run->diag.text);
    run_script_end(run, err == BR_ERR_CONFIG ? EXIT_CODE_CONFIG : EXIT_CODE_OTHER);
    return false;
}

static void run_script_close_outs(struct run_script *run)
{
    if (run_script_outs_close(&run->outs, &run->diag) != BR_ERR_NONE)
        script_logf(&run->program->log, SCRIPT_ERROR, "%s", run->diag.text);
}

/* What samples go to, once it is known which ones are asked for. */
static void run_script_make_metrics(struct run_script *run)
{
    struct metric_registry *registry = run->program->registry;
    struct script_settings *settings = &run->settings;
    run->tags = tag_store_create(registry, settings->system_tags, run->outs.count > 0);
    run->block = series_block_create(registry);
    run->totals = series_totals_create(registry);
    series_recorder_init(&run->recorder, registry, run->tags, run->block,
                         run->outs.count > 0 ? &run->outs.pipe : NULL);
    run->shard.run_tags = run->tags->empty;
    for (size_t i = 0; i < settings->tag_count; i++)
        run->shard.run_tags =
            tag_with(run->tags, run->shard.run_tags,
                     tag_store_key(run->tags, settings->tags[i].name), settings->tags[i].value);
    run->shard.recorder = &run->recorder;
    run->shard.tree = &run->tree;
    run->shard.scenarios = &run->scenarios;
    run->shard.ready = vu_ready;
    run->shard.done = vu_done;
    run->shard.on_abort = run_script_on_abort;
    run->shard.context = run;
    run->deal = plan_deal_create(&run->scenarios, 1);
    vu_share_local_init(&run->share, run->scenarios.count);
}

static void run_script_judge(struct run_script *run)
{
    bool abort = false;
    run_script_merge(run);
    run->thresholds_failed = thresholds_evaluate(&run->thresholds, run->totals, run->duration_ns,
                                                 THRESHOLD_FINAL, &abort);
    if (run->aborted_by_threshold)
        run_script_end(run, EXIT_CODE_FAIL);
    if (run->thresholds_failed > 0 && !run->aborted_by_threshold) {
        struct buf text;
        buf_init(&text, RUN_SCRIPT_TEXT_MAX);
        for (size_t i = 0; i < run->thresholds.count; i++) {
            const struct threshold *threshold = &run->thresholds.items[i];
            struct bytes name = run->program->registry->series[threshold->series].name;
            if (!threshold->ok)
                buf_putf(&text, "%s%.*s", text.len > 0 ? ", " : "", BYTES_ARG(name));
        }
        script_logf(&run->program->log, SCRIPT_ERROR,
                    "thresholds on metrics '%.*s' have been crossed", BYTES_ARG(buf_bytes(&text)));
        buf_fini(&text);
    }
    if (run->thresholds_failed > 0)
        run_script_end(run, EXIT_CODE_FAIL);
    if (run->shard.verdict == SCRIPT_MARKED_FAILED)
        run_script_end(run, EXIT_CODE_SCRIPT_FAIL);
}

/* ---- from the beginning to the end ---- */

static void run_script_fill_env(struct run_script *run)
{
    const struct run_script_request *request = run->request;
    for (char *const *at = self_environment(); request->system_env && *at != NULL; at++) {
        struct bytes value = bytes_from_str(*at);
        struct bytes name = bytes_cut(&value, '=');
        script_program_set_env(run->program, name, value);
    }
    for (size_t i = 0; i < request->env_count; i++) {
        struct bytes value = request->env[i];
        struct bytes name = bytes_cut(&value, '=');
        script_program_set_env(run->program, name, value);
    }
}

static void run_script_stages(struct run_script *run)
{
    if (!run_script_look(run))
        return;
    if (run->request->inspect) {
        run_script_inspect(run);
        return;
    }
    if (!run_script_open_outs(run))
        return;
    run_script_show_plan(run);
    run_script_make_metrics(run);
    run_script_load(run);
    run_script_close_outs(run);
    if (run->has_code && run->duration_ns == 0)
        return;
    run_script_judge(run);
    run_script_finish(run);
}

static void run_script_clean(struct run_script *run)
{
    if (run->host != NULL)
        vu_host_destroy(&run->host);
    script_shard_fini(&run->shard);
    if (run->deal != NULL) {
        plan_deal_destroy(&run->deal);
        vu_share_local_fini(&run->share);
        series_recorder_fini(&run->recorder);
        series_block_destroy(&run->block);
        series_totals_destroy(&run->totals);
        tag_store_destroy(&run->tags);
    }
    metric_tree_fini(&run->tree);
    thresholds_fini(&run->thresholds);
    plan_scenarios_fini(&run->scenarios);
    run_script_options_fini(&run->options);
    script_settings_fini(&run->settings);
    buf_fini(&run->setup_data);
    if (run->signal_fd >= 0) {
        loop_watch_remove(&run->loop, &run->signal_watch);
        signal_close(run->signal_fd);
    }
    loop_fini(&run->loop);
}

static enum br_err run_script_begin(struct run_script *run)
{
    const struct run_script_request *request = run->request;
    enum br_err err = loop_init(&run->loop, &run->diag);
    if (err != BR_ERR_NONE)
        return err;
    script_settings_init(&run->settings);
    thresholds_init(&run->thresholds);
    plan_scenarios_init(&run->scenarios);
    metric_tree_init(&run->tree);
    buf_init(&run->setup_data, RUN_SCRIPT_TEXT_MAX);
    run->signal_fd = -1;
    if (request->vu_memory > 0)
        run->settings.vu_memory = request->vu_memory;
    script_shard_init(&run->shard, &run->loop, run->program, &run->settings);
    run->shard.on_abort = run_script_on_abort;
    run->shard.context = run;
    err = signal_open(&run->signal_fd, &run->diag);
    if (err == BR_ERR_NONE)
        err = loop_watch_add(&run->loop, &run->signal_watch, run->signal_fd, POLLER_IN,
                             run_script_on_signal);
    return err;
}

enum exit_code run_script(const struct run_script_request *request)
{
    struct run_script *run = MEM_NEW(struct run_script);
    struct buf line;
    run->request = request;
    enum exit_code code = EXIT_CODE_OTHER;
    enum br_err err = script_program_create(request->path, &run->program, &run->diag);
    if (err == BR_ERR_NONE) {
        if (request->verbose)
            run->program->log.least = SCRIPT_DEBUG;
        err = script_log_set(&run->program->log, request->log_output, request->log_format,
                             request->console_output, &run->diag);
        run_script_fill_env(run);
        if (request->cache_folder.len > 0)
            script_program_set_cache(run->program, request->cache_folder);
        if (err == BR_ERR_NONE)
            err = run_script_begin(run);
        if (err == BR_ERR_NONE)
            run_script_stages(run);
        code = err != BR_ERR_NONE ? EXIT_CODE_CONFIG : run->has_code ? run->code : EXIT_CODE_OK;
        if (run->loop.poller != NULL)
            run_script_clean(run);
        script_program_destroy(&run->program);
    }
    if (err != BR_ERR_NONE) {
        buf_init(&line, DIAG_TEXT_SIZE + 16);
        buf_putf(&line, "brunt: %s\n", run->diag.text);
        (void)file_print(2, buf_bytes(&line));
        buf_fini(&line);
    }
    mem_free(run);
    return code;
}
