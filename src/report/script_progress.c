/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a script's run is.
 */
#include "report/script_progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/units.h"

/* "05.0s", "1m05.0s", "1h00m05.0s"; `minutes`: with them in any case. */
static void report_put_elapsed(struct buf *out, int64_t ns, bool minutes)
{
    int64_t tenths = ns / (UNITS_NS_PER_SEC / 10);
    int64_t seconds = tenths / 10;
    if (seconds >= 3600)
        buf_putf(out, "%" PRId64 "h%02dm", seconds / 3600, (int)(seconds / 60 % 60));
    else if (seconds >= 60 || minutes)
        buf_putf(out, "%" PRId64 "m", seconds / 60);
    buf_putf(out, "%02d.%ds", (int)(seconds % 60), (int)(tenths % 10));
}

static int report_digits(uint64_t number)
{
    return snprintf(NULL, 0, "%" PRIu64, number);
}

static void report_put_bar(struct buf *out, double progress, int width)
{
    int filled = (int)(progress * width);
    buf_put_str(out, "[");
    for (int i = 0; i < width; i++)
        buf_put_str(out, i < filled ? "=" : i == filled ? ">" : "-");
    buf_put_str(out, width > 0 ? "] " : "");
    buf_putf(out, width > 0 ? "%3.0f%%" : " %3.0f%% ]", progress * 100.0);
}

static void report_put_vus(const struct report_scenario_progress *row, struct buf *out)
{
    const struct plan_scenario *scenario = row->scenario;
    int digits = report_digits(scenario->vus_max);
    bool is_open = scenario->time_unit_ns > 0;
    if (is_open || scenario->executor == PLAN_RAMPING_VUS ||
        scenario->executor == PLAN_EXTERNALLY_CONTROLLED)
        buf_putf(out, " %0*" PRIu64 "/%0*" PRIu64 " VUs", digits, row->active, digits,
                 is_open ? row->vus : scenario->vus_max);
    else
        buf_putf(out, " %" PRIu64 " VUs", scenario->vus);
}

/* The rate of an arrival-rate scenario at that moment of it, a second. */
static double report_rate_now(const struct report_scenario_progress *row)
{
    const struct plan_scenario *scenario = row->scenario;
    double unit = (double)scenario->time_unit_ns / (double)UNITS_NS_PER_SEC;
    double from = (double)scenario->rate;
    int64_t start_ns = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        const struct plan_stage *stage = &scenario->stages[i];
        double to = (double)stage->target;
        if (row->elapsed_ns < start_ns + stage->duration_ns) {
            double share = (double)(row->elapsed_ns - start_ns) / (double)stage->duration_ns;
            return (from + (to - from) * share) / unit;
        }
        start_ns += stage->duration_ns;
        from = to;
    }
    return from / unit;
}

static void report_put_end(const struct report_scenario_progress *row, struct buf *out)
{
    const struct plan_scenario *scenario = row->scenario;
    uint64_t all = scenario->iterations;
    switch (scenario->executor) {
    case PLAN_SHARED_ITERATIONS:
        buf_putf(out, "  %0*" PRIu64 "/%" PRIu64 " shared iters", report_digits(all),
                 row->completed, all);
        break;
    case PLAN_PER_VU_ITERATIONS:
        buf_putf(out, "  %0*" PRIu64 "/%" PRIu64 " iters, %" PRIu64 " per VU",
                 report_digits(all * scenario->vus), row->completed, all * scenario->vus, all);
        break;
    case PLAN_CONSTANT_ARRIVAL_RATE:
    case PLAN_RAMPING_ARRIVAL_RATE:
        buf_putf(out, "  %.2f iters/s", report_rate_now(row));
        break;
    default:
        break;
    }
}

static void report_put_scenario(const struct report_scenario_progress *row, int name_width,
                                int bar_width, struct buf *out)
{
    static const char *const marks[] = {"\xe2\x80\xa2", " ", "\xe2\x9c\x93"};
    const struct plan_scenario *scenario = row->scenario;
    buf_putf(out, "%-*.*s %s ", name_width, BYTES_ARG(scenario->name), marks[row->state]);
    report_put_bar(out, row->state == REPORT_SCENARIO_DONE ? 1.0 : row->progress, bar_width);
    if (row->state == REPORT_SCENARIO_WAITING) {
        buf_put_str(out, " waiting  -");
        report_put_elapsed(out, row->elapsed_ns, false);
        buf_put_str(out, "\n");
        return;
    }
    report_put_vus(row, out);
    buf_put_str(out, "  ");
    int64_t elapsed_ns = row->elapsed_ns;
    if (elapsed_ns > scenario->duration_ns)
        elapsed_ns = scenario->duration_ns;
    report_put_elapsed(out, elapsed_ns, false);
    if (scenario->duration_ns != INT64_MAX)
        buf_putf(out, "/%s", fmt_duration_go(scenario->duration_ns).str);
    report_put_end(row, out);
    buf_put_str(out, "\n");
}

void report_script_progress(const struct report_script_progress *progress, struct buf *out)
{
    int digits = report_digits(progress->initialised);
    int name_width = 1;
    buf_putf(out, "%s (", progress->stage);
    report_put_elapsed(out, progress->elapsed_ns, true);
    buf_putf(out,
             "), %0*" PRIu64 "/%" PRIu64 " VUs, %" PRIu64 " complete and %" PRIu64
             " interrupted iterations\n",
             digits, progress->active, progress->initialised, progress->completed,
             progress->interrupted);
    for (size_t i = 0; i < progress->scenario_count; i++) {
        int width = fmt_width(progress->scenarios[i].scenario->name);
        name_width = width > name_width ? width : name_width;
    }
    for (size_t i = 0; i < progress->scenario_count; i++)
        report_put_scenario(&progress->scenarios[i], name_width, progress->bar_width, out);
}
