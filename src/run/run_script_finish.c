/* SPDX-License-Identifier: Apache-2.0
 *
 * What a script's run says at its end, and what `inspect` says instead of running.
 */
#include "base/mem.h"
#include "base/units.h"
#include "data/json.h"
#include "plan/plan_scenario_put.h"
#include "run/run_script_inner.h"
#include "sys/file.h"

enum { FINISH_JSON_MAX = 1 << 28, FINISH_SUMMARY_SEC = 120 };

/* ---- options ---- */

enum br_err run_script_summary_read(struct run_script *run)
{
    const struct script_layers *layers = &run->options.layers;
    const struct json *stats = script_layers_get(layers, "summaryTrendStats");
    const struct json *unit = script_layers_get(layers, "summaryTimeUnit");
    enum br_err err = BR_ERR_NONE;
    report_stats_default(&run->stats);
    if (json_kind(stats) != JSON_KIND_NONE && json_kind(stats) != JSON_KIND_NULL)
        err = report_stats_read(&run->stats, stats, &run->diag);
    if (err == BR_ERR_NONE && json_kind(unit) == JSON_KIND_TEXT)
        err = report_time_unit_parse(json_as_text(unit, "summaryTimeUnit", NULL), &run->time_unit,
                                     &run->diag);
    if (err == BR_ERR_NONE && run->request->summary_mode.len > 0)
        err = report_mode_parse(run->request->summary_mode, &run->mode, &run->diag);
    return err;
}

/* ---- the plan ---- */

void run_script_show_plan(struct run_script *run)
{
    struct buf text;
    if (run->request->quiet)
        return;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    plan_scenarios_print(&run->scenarios, &text);
    (void)file_print(2, buf_bytes(&text));
    buf_fini(&text);
}

/* ---- the summary ---- */

static void finish_complain(struct run_script *run)
{
    script_logf(&run->program->log, SCRIPT_ERROR, "%s", run->diag.text);
}

static void finish_print(const struct report_script *report)
{
    struct buf text;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    report_script_text(report, &text);
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}

static void finish_export(struct run_script *run, const struct report_script *report)
{
    struct buf text;
    if (run->request->summary_export.len == 0)
        return;
    char *path = mem_copy_str(run->request->summary_export);
    buf_init(&text, FINISH_JSON_MAX);
    report_script_export(report, &text);
    if (file_put(path, buf_bytes(&text), &run->diag) != BR_ERR_NONE)
        finish_complain(run);
    buf_fini(&text);
    mem_free(path);
}

/* One entry of what handleSummary returned: a path, or the name of a stream. */
static void finish_put_entry(struct run_script *run, struct bytes name, const struct json *value)
{
    if (json_kind(value) != JSON_KIND_TEXT)
        return;
    struct bytes text = json_as_text(value, "handleSummary", NULL);
    if (bytes_eq(name, BYTES("stdout")) || bytes_eq(name, BYTES("stderr"))) {
        (void)file_print(bytes_eq(name, BYTES("stdout")) ? 1 : 2, text);
        return;
    }
    char *path = mem_copy_str(name);
    if (file_put(path, text, &run->diag) != BR_ERR_NONE)
        finish_complain(run);
    mem_free(path);
}

static bool finish_put_all(struct run_script *run, struct bytes result)
{
    struct json *json = NULL;
    struct json_cursor cursor = {.at = NULL};
    if (result.len == 0 || json_parse(result, &json, &run->diag) != BR_ERR_NONE)
        return false;
    while (json_next(json, &cursor))
        finish_put_entry(run, cursor.key, cursor.value);
    json_destroy(&json);
    return true;
}

/* Whether the script told the end itself. */
static bool finish_handle(struct run_script *run, const struct report_script *report)
{
    struct buf data;
    bool timed_out = false, told = false;
    if (run->mode == REPORT_DISABLED || run->signals > 1)
        return false;
    struct script_vu *vu = run_script_make_vu(run, SCRIPT_STAGE_SUMMARY);
    if (vu == NULL)
        return false;
    buf_init(&data, FINISH_JSON_MAX);
    report_script_data(report, &data);
    (void)buf_cstr(&data);
    if (script_vu_begin_call(vu, SCRIPT_STAGE_SUMMARY, "handleSummary", buf_bytes(&data))) {
        run_script_wait(run, vu, FINISH_SUMMARY_SEC * UNITS_NS_PER_SEC, &timed_out);
        if (timed_out)
            script_logf(&run->program->log, SCRIPT_ERROR, "handleSummary() execution timed out");
        else if (!vu->call_failed)
            told = finish_put_all(run, buf_bytes(&vu->call_result));
    }
    buf_fini(&data);
    script_vu_destroy(&vu);
    return told;
}

/* Times against the schedule, where there is one. */
static size_t finish_due_rows(struct run_script *run, struct report_due_row *rows,
                              struct buf *names)
{
    size_t count = 0;
    for (size_t i = 0; i < run->scenarios.count; i++) {
        const struct vu_totals *totals = vu_host_totals(run->host, (int)i);
        const struct hist *hists[] = {&totals->lateness, &totals->latency};
        static const char *const kinds[] = {"iteration_lateness", "iteration_latency"};
        for (size_t k = 0; k < BR_COUNT(kinds); k++) {
            if (hists[k]->count == 0)
                continue;
            buf_init(&names[count], RUN_SCRIPT_TEXT_MAX);
            buf_putf(&names[count], "%s{scenario:%.*s}", kinds[k],
                     BYTES_ARG(run->scenarios.items[i].name));
            rows[count] = (struct report_due_row){buf_bytes(&names[count]), hists[k]};
            count++;
        }
    }
    return count;
}

void run_script_finish(struct run_script *run)
{
    size_t most = run->scenarios.count * 2;
    struct report_due_row *rows = mem_zalloc(most, sizeof(*rows));
    struct buf *names = mem_zalloc(most, sizeof(*names));
    struct report_script report = {.registry = run->program->registry,
                                   .totals = run->totals,
                                   .tree = &run->tree,
                                   .thresholds = &run->thresholds,
                                   .stats = &run->stats,
                                   .time_unit = run->time_unit,
                                   .mode = run->mode,
                                   .duration_ns = run->duration_ns,
                                   .no_color = run->request->no_color,
                                   .stdout_is_terminal = file_is_terminal(1),
                                   .stderr_is_terminal = file_is_terminal(2),
                                   .setup_data = buf_bytes(&run->setup_data),
                                   .due_rows = rows};
    report.due_row_count = finish_due_rows(run, rows, names);
    if (!finish_handle(run, &report))
        finish_print(&report);
    finish_export(run, &report);
    for (size_t i = 0; i < report.due_row_count; i++)
        buf_fini(&names[i]);
    mem_free(names);
    mem_free(rows);
}

void run_script_inspect(struct run_script *run)
{
    struct buf text;
    struct json_writer writer;
    struct plan_requirements needs;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    json_writer_init(&writer, &text, true);
    json_open_object(&writer);
    json_put_key(&writer, "scenarios");
    plan_scenarios_put(&run->scenarios, &writer);
    if (run->request->inspect_requirements) {
        plan_scenarios_require(&run->scenarios, &needs);
        json_add_u64(&writer, "maxVUs", needs.vus_max);
        json_add_f64(&writer, "totalDuration", (double)needs.duration_ns / 1e9);
    }
    json_close_object(&writer);
    buf_put(&text, BYTES("\n"));
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}
