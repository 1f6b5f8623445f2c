/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario in one line, in the words that k6 uses for it.
 */
#include "base/fmt.h"
#include "base/units.h"
#include "plan/plan_scenario.h"

static double plan_per_sec(const struct plan_scenario *scenario, uint64_t rate)
{
    return (double)rate * (double)UNITS_NS_PER_SEC / (double)scenario->time_unit_ns;
}

static uint64_t plan_highest(const struct plan_scenario *scenario, uint64_t most)
{
    for (size_t i = 0; i < scenario->stage_count; i++)
        most = scenario->stages[i].target > most ? scenario->stages[i].target : most;
    return most;
}

static const char *plan_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* What it is, up to the facts in parentheses, and the first of these. */
static void plan_print_kind(const struct plan_scenario *scenario, struct buf *out)
{
    const char *duration = "no end";
    struct fmt_text text = fmt_duration_go(scenario->duration_ns);
    unsigned long long vus = scenario->vus, vus_max = scenario->vus_max;
    if (scenario->duration_ns != INT64_MAX)
        duration = text.str;
    switch (scenario->executor) {
    case PLAN_SHARED_ITERATIONS:
        buf_putf(out, "%llu iterations shared among %llu VUs (maxDuration: %s",
                 (unsigned long long)scenario->iterations, vus, duration);
        break;
    case PLAN_PER_VU_ITERATIONS:
        buf_putf(out, "%llu iterations for each of %llu VUs (maxDuration: %s",
                 (unsigned long long)scenario->iterations, vus, duration);
        break;
    case PLAN_CONSTANT_VUS:
        buf_putf(out, "%llu looping VUs for %s (", vus, duration);
        break;
    case PLAN_RAMPING_VUS:
        buf_putf(out, "Up to %llu looping VUs for %s over %zu stage%s (gracefulRampDown: %s",
                 vus_max, duration, scenario->stage_count, plan_plural(scenario->stage_count),
                 fmt_duration_go(scenario->graceful_ramp_down_ns).str);
        break;
    case PLAN_CONSTANT_ARRIVAL_RATE:
        buf_putf(out, "%.2f iterations/s for %s (", plan_per_sec(scenario, scenario->rate),
                 duration);
        break;
    case PLAN_RAMPING_ARRIVAL_RATE:
        buf_putf(out, "Up to %.2f iterations/s for %s over %zu stage%s (",
                 plan_per_sec(scenario, plan_highest(scenario, scenario->rate)), duration,
                 scenario->stage_count, plan_plural(scenario->stage_count));
        break;
    case PLAN_EXTERNALLY_CONTROLLED:
        buf_putf(out, "Externally controlled: %llu VUs (up to %llu) for %s (", vus, vus_max,
                 duration);
        break;
    case PLAN_EXECUTOR_COUNT:
        break;
    }
    if (scenario->time_unit_ns > 0 && vus_max > vus)
        buf_putf(out, "maxVUs: %llu-%llu", vus, vus_max);
    else if (scenario->time_unit_ns > 0)
        buf_putf(out, "maxVUs: %llu", vus);
}

void plan_scenario_print(const struct plan_scenario *scenario, struct buf *out)
{
    plan_print_kind(scenario, out);
    /* A comma, unless nothing stands in the parentheses yet. */
#define PLAN_COMMA() (out->data[out->len - 1] == '(' ? "" : ", ")
    if (!bytes_eq(scenario->exec, BYTES("default")))
        buf_putf(out, "%sexec: %.*s", PLAN_COMMA(), BYTES_ARG(scenario->exec));
    if (scenario->start_ns > 0)
        buf_putf(out, "%sstartTime: %s", PLAN_COMMA(), fmt_duration_go(scenario->start_ns).str);
    if (scenario->graceful_stop_ns > 0)
        buf_putf(out, "%sgracefulStop: %s", PLAN_COMMA(),
                 fmt_duration_go(scenario->graceful_stop_ns).str);
#undef PLAN_COMMA
    if (out->data[out->len - 1] == '(')
        out->len -= 2;
    else
        buf_put_str(out, ")");
}
