/* SPDX-License-Identifier: Apache-2.0
 *
 * What a script's run says at its end, and what `inspect` says instead of running.
 */
#include <inttypes.h>
#include <math.h>

#include "data/json.h"
#include "run/run_script_inner.h"
#include "sys/file.h"

static void finish_put_metric(struct run_script *run, int at, struct buf *out)
{
    const struct metric_registry *registry = run->program->registry;
    const struct metric_series *series = &registry->series[at];
    struct series_sum *sum = &run->totals->sums[at];
    if (sum->count == 0)
        return;
    buf_putf(out, "  %.*s: ", BYTES_ARG(series->name));
    double seconds = (double)run->duration_ns / 1e9;
    switch (registry->metrics[series->metric].type) {
    case METRIC_TYPE_COUNTER:
        buf_putf(out, "%.6g %.6g/s\n", sum->sum, sum->sum / seconds);
        break;
    case METRIC_TYPE_GAUGE:
        buf_putf(out, "%.6g min=%.6g max=%.6g\n", sum->last, sum->min, sum->max);
        break;
    case METRIC_TYPE_RATE:
        buf_putf(out, "%.2f%% %" PRIu64 " out of %" PRIu64 "\n", series_sum_share(sum) * 100.0,
                 sum->trues, sum->count);
        break;
    case METRIC_TYPE_TREND:
        buf_putf(out, "avg=%.6g min=%.6g med=%.6g max=%.6g p(90)=%.6g p(95)=%.6g\n",
                 series_sum_mean(sum), sum->min, series_sum_percentile(sum, 50.0), sum->max,
                 series_sum_percentile(sum, 90.0), series_sum_percentile(sum, 95.0));
        break;
    }
}

void run_script_finish(struct run_script *run)
{
    struct buf text;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    for (int i = 0; i < run->program->registry->series_count; i++)
        finish_put_metric(run, i, &text);
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}

void run_script_inspect(struct run_script *run)
{
    struct buf text;
    struct json_writer writer;
    struct plan_requirements needs;
    buf_init(&text, RUN_SCRIPT_TEXT_MAX);
    json_writer_init(&writer, &text, true);
    json_open_object(&writer);
    json_add_object(&writer, "scenarios");
    for (size_t i = 0; i < run->scenarios.count; i++) {
        const struct plan_scenario *scenario = &run->scenarios.items[i];
        struct buf name;
        buf_init(&name, RUN_SCRIPT_TEXT_MAX);
        buf_put(&name, scenario->name);
        json_add_object(&writer, buf_cstr(&name));
        json_add_str(&writer, "executor", plan_executor_name(scenario->executor));
        json_add_text(&writer, "exec", scenario->exec);
        buf_clear(&name);
        plan_scenario_print(scenario, &name);
        json_add_text(&writer, "description", buf_bytes(&name));
        json_close_object(&writer);
        buf_fini(&name);
    }
    json_close_object(&writer);
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
