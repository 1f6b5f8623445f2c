/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios that can be meant: what k6 refuses is refused here, and what follows from other fields
 * is filled in (the length of stages, the most VUs at a time).
 */
#include "base/units.h"
#include "plan/plan.h"
#include "plan/plan_scenario_inner.h"

static enum br_err plan_check_duration(const struct plan_scenario *scenario, struct diag *diag)
{
    const char *key =
        scenario->executor == PLAN_SHARED_ITERATIONS || scenario->executor == PLAN_PER_VU_ITERATIONS
            ? "maxDuration"
            : "duration";
    if (scenario->duration_ns < UNITS_NS_PER_SEC)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %s is 1s at least",
                        BYTES_ARG(scenario->name), key);
    return BR_ERR_NONE;
}

static enum br_err plan_check_vus(const struct plan_scenario *scenario, struct diag *diag)
{
    if (scenario->vus_max == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s' has no VUs: 1 at least",
                        BYTES_ARG(scenario->name));
    if (scenario->vus_max > PLAN_VUS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s' has %llu VUs; %d at most",
                        BYTES_ARG(scenario->name), (unsigned long long)scenario->vus_max,
                        PLAN_VUS_MAX);
    return BR_ERR_NONE;
}

static enum br_err plan_check_iterations(struct plan_scenario *scenario, struct diag *diag)
{
    scenario->vus_max = scenario->vus;
    if (scenario->iterations == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s' has no iterations: 1 at least",
                        BYTES_ARG(scenario->name));
    if (scenario->executor == PLAN_SHARED_ITERATIONS && scenario->iterations < scenario->vus)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s' has fewer iterations (%llu) than VUs (%llu)",
                        BYTES_ARG(scenario->name), (unsigned long long)scenario->iterations,
                        (unsigned long long)scenario->vus);
    return BR_ERR_NONE;
}

static enum br_err plan_check_stages(struct plan_scenario *scenario, struct diag *diag)
{
    bool of_vus = scenario->executor == PLAN_RAMPING_VUS;
    uint64_t most = of_vus ? scenario->vus : scenario->rate;
    int64_t total_ns = 0;
    for (size_t i = 0; i < scenario->stage_count; i++) {
        total_ns += scenario->stages[i].duration_ns;
        if (scenario->stages[i].target > most)
            most = scenario->stages[i].target;
        if (total_ns > PLAN_DURATION_NS_MAX)
            return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s' is longer than a year",
                            BYTES_ARG(scenario->name));
    }
    if (scenario->stage_count == 0 || total_ns == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': its stages take no time",
                        BYTES_ARG(scenario->name));
    if (most == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s' does nothing: %s and all targets are 0",
                        BYTES_ARG(scenario->name), of_vus ? "startVUs" : "startRate");
    scenario->duration_ns = total_ns;
    if (of_vus)
        scenario->vus_max = most;
    return BR_ERR_NONE;
}

/* What pacers can keep up with at all: more is a slip of the pen. */
static enum br_err plan_check_rate(const struct plan_scenario *scenario, uint64_t rate,
                                   struct diag *diag)
{
    long double per_sec =
        (long double)rate * (long double)UNITS_NS_PER_SEC / (long double)scenario->time_unit_ns;
    if (per_sec > PLAN_RATE_PER_SEC_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %.4Lg iterations/s; %d/s at most",
                        BYTES_ARG(scenario->name), per_sec, PLAN_RATE_PER_SEC_MAX);
    return BR_ERR_NONE;
}

static enum br_err plan_check_arrivals(struct plan_scenario *scenario, struct diag *diag)
{
    if (scenario->time_unit_ns == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': timeUnit is more than 0",
                        BYTES_ARG(scenario->name));
    if (scenario->vus_max == 0)
        scenario->vus_max = scenario->vus;
    if (scenario->vus_max < scenario->vus)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s': maxVUs (%llu) is less than preAllocatedVUs (%llu)",
                        BYTES_ARG(scenario->name), (unsigned long long)scenario->vus_max,
                        (unsigned long long)scenario->vus);
    if (scenario->executor == PLAN_CONSTANT_ARRIVAL_RATE && scenario->rate == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': rate is 1 at least",
                        BYTES_ARG(scenario->name));
    enum br_err err = plan_check_rate(scenario, scenario->rate, diag);
    for (size_t i = 0; i < scenario->stage_count && err == BR_ERR_NONE; i++)
        err = plan_check_rate(scenario, scenario->stages[i].target, diag);
    return err;
}

enum br_err plan_scenario_check(struct plan_scenario *scenario, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    switch (scenario->executor) {
    case PLAN_SHARED_ITERATIONS:
    case PLAN_PER_VU_ITERATIONS:
        err = plan_check_iterations(scenario, diag);
        break;
    case PLAN_CONSTANT_VUS:
        scenario->vus_max = scenario->vus;
        break;
    case PLAN_RAMPING_VUS:
        err = plan_check_stages(scenario, diag);
        break;
    case PLAN_RAMPING_ARRIVAL_RATE:
        err = plan_check_stages(scenario, diag);
        if (err == BR_ERR_NONE)
            err = plan_check_arrivals(scenario, diag);
        break;
    case PLAN_CONSTANT_ARRIVAL_RATE:
        err = plan_check_arrivals(scenario, diag);
        break;
    case PLAN_EXTERNALLY_CONTROLLED:
        if (scenario->duration_ns == 0)
            scenario->duration_ns = INT64_MAX;
        if (scenario->vus_max < scenario->vus)
            scenario->vus_max = scenario->vus;
        break;
    case PLAN_EXECUTOR_COUNT:
        break;
    }
    if (err == BR_ERR_NONE)
        err = plan_check_vus(scenario, diag);
    /* Stages may be as short as one likes. */
    if (err == BR_ERR_NONE && scenario->stage_count == 0)
        err = plan_check_duration(scenario, diag);
    return err;
}
