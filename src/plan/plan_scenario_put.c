/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios written out: in k6's header, and as the options that would give them.
 */
#include "plan/plan_scenario_put.h"

#include "base/fmt.h"
#include "base/mem.h"
#include "data/json.h"

void plan_scenarios_print(const struct plan_scenarios *scenarios, struct buf *out)
{
    struct plan_requirements needs;
    plan_scenarios_require(scenarios, &needs);
    buf_putf(out,
             "  scenarios: (100.00%%) %zu scenario%s, %llu max VUs, %s max duration (incl. "
             "graceful stop):\n",
             scenarios->count, scenarios->count == 1 ? "" : "s", (unsigned long long)needs.vus_max,
             needs.duration_ns == INT64_MAX ? "no" : fmt_duration_go(needs.duration_ns).str);
    for (size_t i = 0; i < scenarios->count; i++) {
        buf_putf(out, "           * %.*s: ", BYTES_ARG(scenarios->items[i].name));
        plan_scenario_print(&scenarios->items[i], out);
        buf_put_str(out, "\n");
    }
    buf_put_str(out, "\n");
}

/* ---- JSON ---- */

static void plan_put_time(struct json_writer *writer, const char *key, int64_t ns)
{
    json_add_str(writer, key, fmt_duration_go(ns).str);
}

static void plan_put_pairs(struct json_writer *writer, const char *key,
                           const struct plan_pair *pairs, size_t count)
{
    json_add_object(writer, key);
    for (size_t i = 0; i < count; i++) {
        char *name = mem_copy_str(pairs[i].name);
        json_add_text(writer, name, pairs[i].value);
        mem_free(name);
    }
    json_close_object(writer);
}

static void plan_put_stages(struct json_writer *writer, const struct plan_scenario *scenario)
{
    json_add_array(writer, "stages");
    for (size_t i = 0; i < scenario->stage_count; i++) {
        json_open_object(writer);
        plan_put_time(writer, "duration", scenario->stages[i].duration_ns);
        json_add_u64(writer, "target", scenario->stages[i].target);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void plan_put_arrivals(struct json_writer *writer, const struct plan_scenario *scenario)
{
    bool is_ramp = scenario->executor == PLAN_RAMPING_ARRIVAL_RATE;
    json_add_u64(writer, is_ramp ? "startRate" : "rate", scenario->rate);
    plan_put_time(writer, "timeUnit", scenario->time_unit_ns);
    json_add_u64(writer, "preAllocatedVUs", scenario->vus);
    json_add_u64(writer, "maxVUs", scenario->vus_max);
    if (is_ramp)
        plan_put_stages(writer, scenario);
    else
        plan_put_time(writer, "duration", scenario->duration_ns);
}

static void plan_put_closed(struct json_writer *writer, const struct plan_scenario *scenario)
{
    bool is_iterations = scenario->executor == PLAN_SHARED_ITERATIONS ||
                         scenario->executor == PLAN_PER_VU_ITERATIONS;
    bool is_ramp = scenario->executor == PLAN_RAMPING_VUS;
    json_add_u64(writer, is_ramp ? "startVUs" : "vus", scenario->vus);
    if (is_iterations)
        json_add_u64(writer, "iterations", scenario->iterations);
    if (scenario->executor == PLAN_EXTERNALLY_CONTROLLED)
        json_add_u64(writer, "maxVUs", scenario->vus_max);
    if (is_ramp) {
        plan_put_stages(writer, scenario);
        plan_put_time(writer, "gracefulRampDown", scenario->graceful_ramp_down_ns);
    } else if (scenario->duration_ns != INT64_MAX) {
        plan_put_time(writer, is_iterations ? "maxDuration" : "duration", scenario->duration_ns);
    }
}

void plan_scenarios_put(const struct plan_scenarios *scenarios, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < scenarios->count; i++) {
        const struct plan_scenario *scenario = &scenarios->items[i];
        char *name = mem_copy_str(scenario->name);
        json_add_object(writer, name);
        mem_free(name);
        json_add_str(writer, "executor", plan_executor_name(scenario->executor));
        plan_put_time(writer, "startTime", scenario->start_ns);
        if (scenario->executor != PLAN_EXTERNALLY_CONTROLLED)
            plan_put_time(writer, "gracefulStop", scenario->graceful_stop_ns);
        json_add_text(writer, "exec", scenario->exec);
        plan_put_pairs(writer, "env", scenario->env, scenario->env_count);
        plan_put_pairs(writer, "tags", scenario->tags, scenario->tag_count);
        if (scenario->time_unit_ns > 0)
            plan_put_arrivals(writer, scenario);
        else
            plan_put_closed(writer, scenario);
        json_close_object(writer);
    }
    json_close_object(writer);
}
