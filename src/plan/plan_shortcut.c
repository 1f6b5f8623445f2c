/* SPDX-License-Identifier: Apache-2.0
 *
 * Layers of what to run.
 */
#include "plan/plan_shortcut.h"

#include "base/mem.h"
#include "base/units.h"
#include "data/json.h"
#include "plan/plan.h"
#include "plan/plan_scenario_inner.h"

void plan_shortcuts_init(struct plan_shortcuts *shortcuts)
{
    *shortcuts = (struct plan_shortcuts){0};
}

void plan_shortcuts_fini(struct plan_shortcuts *shortcuts)
{
    mem_free(shortcuts->stages);
    plan_shortcuts_init(shortcuts);
}

static bool plan_is_given(const struct json *json)
{
    return json_kind(json) != JSON_KIND_NONE && json_kind(json) != JSON_KIND_NULL;
}

enum br_err plan_shortcuts_read(struct plan_shortcuts *shortcuts, const struct json *options,
                                struct diag *diag)
{
    const struct json *duration = json_get(options, "duration");
    const struct json *stages = json_get(options, "stages");
    const struct json *scenarios = json_get(options, "scenarios");
    enum br_err err = plan_json_count(json_get(options, "vus"), "options.vus", &shortcuts->has_vus,
                                      &shortcuts->vus, diag);
    if (err == BR_ERR_NONE)
        err = plan_json_count(json_get(options, "iterations"), "options.iterations",
                              &shortcuts->has_iterations, &shortcuts->iterations, diag);
    if (err == BR_ERR_NONE && plan_is_given(duration)) {
        err = plan_json_duration(duration, "options.duration", &shortcuts->duration_ns, diag);
        shortcuts->has_duration = true;
    }
    if (err == BR_ERR_NONE && plan_is_given(stages)) {
        mem_free(shortcuts->stages);
        shortcuts->stages = NULL;
        err = plan_json_stages(stages, "options.stages", &shortcuts->stages,
                               &shortcuts->stage_count, diag);
        shortcuts->has_stages = shortcuts->stage_count > 0;
    }
    if (err == BR_ERR_NONE && plan_is_given(scenarios)) {
        if (json_kind(scenarios) != JSON_KIND_OBJECT)
            return diag_set(diag, BR_ERR_CONFIG,
                            "options.scenarios is an object of scenarios by their names");
        if (json_count(scenarios) > 0)
            shortcuts->scenarios = scenarios;
    }
    return err;
}

static enum br_err plan_read_number(struct bytes text, const char *place, uint64_t *out_number,
                                    struct diag *diag)
{
    if (units_parse_integer(bytes_trim(text), out_number, NULL) != BR_ERR_NONE ||
        *out_number > INT64_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "%s is '%.*s', not a whole number", place,
                        BYTES_ARG(text));
    return BR_ERR_NONE;
}

enum br_err plan_shortcuts_set_vus(struct plan_shortcuts *shortcuts, struct bytes text,
                                   const char *place, struct diag *diag)
{
    enum br_err err = plan_read_number(text, place, &shortcuts->vus, diag);
    shortcuts->has_vus = err == BR_ERR_NONE;
    return err;
}

enum br_err plan_shortcuts_set_iterations(struct plan_shortcuts *shortcuts, struct bytes text,
                                          const char *place, struct diag *diag)
{
    enum br_err err = plan_read_number(text, place, &shortcuts->iterations, diag);
    shortcuts->has_iterations = err == BR_ERR_NONE;
    return err;
}

enum br_err plan_shortcuts_set_duration(struct plan_shortcuts *shortcuts, struct bytes text,
                                        const char *place, struct diag *diag)
{
    struct diag inner = DIAG_INIT;
    enum br_err err = place[0] == '-' ? units_parse_duration(text, &shortcuts->duration_ns, &inner)
                                      : plan_read_duration(text, &shortcuts->duration_ns, &inner);
    if (err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "%s: %s", place, inner.text);
    shortcuts->has_duration = true;
    return BR_ERR_NONE;
}

enum br_err plan_shortcuts_add_stages(struct plan_shortcuts *shortcuts, struct bytes text,
                                      const char *place, struct diag *diag)
{
    struct diag inner = DIAG_INIT;
    while (text.len > 0) {
        struct plan_stage stage;
        if (plan_read_stage(bytes_trim(bytes_cut(&text, ',')), &stage, &inner) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "%s: %s", place, inner.text);
        shortcuts->stages =
            mem_realloc(shortcuts->stages, (shortcuts->stage_count + 1) * sizeof(stage));
        shortcuts->stages[shortcuts->stage_count++] = stage;
        shortcuts->has_stages = true;
    }
    return BR_ERR_NONE;
}

enum br_err plan_shortcuts_check(const struct plan_shortcuts *shortcuts, const char *place,
                                 struct diag *diag)
{
    const char *shortcut = shortcuts->has_iterations ? "iterations"
                           : shortcuts->has_duration ? "duration"
                                                     : "stages";
    bool any = shortcuts->has_iterations || shortcuts->has_duration || shortcuts->has_stages;
    if (shortcuts->scenarios != NULL && any)
        return diag_set(diag, BR_ERR_CONFIG, "%s has scenarios and %s: a test has either of them",
                        place, shortcut);
    if (shortcuts->has_stages && (shortcuts->has_iterations || shortcuts->has_duration))
        return diag_set(diag, BR_ERR_CONFIG, "%s has stages and %s: a test has either of them",
                        place, shortcut);
    if (shortcuts->has_duration && shortcuts->duration_ns == 0)
        return diag_set(diag, BR_ERR_CONFIG, "%s: duration is more than 0", place);
    return BR_ERR_NONE;
}

void plan_shortcuts_put_over(struct plan_shortcuts *lower, struct plan_shortcuts *upper,
                             const char **out_warning)
{
    bool upper_says = upper->has_iterations || upper->has_duration || upper->has_stages ||
                      upper->scenarios != NULL;
    *out_warning = NULL;
    if (!upper_says && !upper->has_vus)
        return;
    if (lower->scenarios != NULL)
        *out_warning = upper_says
                           ? "the scenarios of the script are put aside: what runs was said again "
                             "where it counts more (options such as --duration, K6_DURATION)"
                           : "the scenarios of the script are put aside: a number of VUs alone "
                             "runs one iteration in each of them";
    if (upper_says) {
        mem_free(lower->stages);
        uint64_t vus = lower->vus;
        bool has_vus = lower->has_vus;
        *lower = *upper;
        if (!lower->has_vus) {
            lower->has_vus = has_vus;
            lower->vus = vus;
        }
    } else {
        lower->scenarios = NULL;
        lower->has_vus = true;
        lower->vus = upper->vus;
    }
    plan_shortcuts_init(upper);
}

/* The one scenario that shortcuts stand for. */
static enum br_err plan_build_default(struct plan_scenarios *scenarios,
                                      const struct plan_shortcuts *shortcuts, struct diag *diag)
{
    enum plan_executor executor = PLAN_PER_VU_ITERATIONS;
    if (shortcuts->has_stages)
        executor = PLAN_RAMPING_VUS;
    else if (shortcuts->has_iterations || (shortcuts->has_vus && !shortcuts->has_duration))
        executor = PLAN_SHARED_ITERATIONS;
    else if (shortcuts->has_duration)
        executor = PLAN_CONSTANT_VUS;
    struct plan_scenario scenario = plan_scenario_default(scenarios, BYTES("default"), executor);
    if (shortcuts->has_vus)
        scenario.vus = shortcuts->vus;
    if (executor == PLAN_SHARED_ITERATIONS)
        scenario.iterations = shortcuts->has_iterations ? shortcuts->iterations : scenario.vus;
    if (shortcuts->has_duration && executor != PLAN_RAMPING_VUS)
        scenario.duration_ns = shortcuts->duration_ns;
    if (executor == PLAN_RAMPING_VUS) {
        scenario.stage_count = shortcuts->stage_count;
        scenario.stages =
            arena_alloc(&scenarios->arena, scenario.stage_count, sizeof(struct plan_stage));
        memcpy(scenario.stages, shortcuts->stages,
               scenario.stage_count * sizeof(struct plan_stage));
    }
    enum br_err err = plan_scenario_check(&scenario, diag);
    if (err == BR_ERR_NONE)
        plan_scenarios_push(scenarios, &scenario);
    return err;
}

enum br_err plan_scenarios_build(struct plan_scenarios *scenarios,
                                 const struct plan_shortcuts *shortcuts, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    struct json_cursor cursor = {0};
    if (shortcuts->scenarios == NULL)
        err = plan_build_default(scenarios, shortcuts, diag);
    while (err == BR_ERR_NONE && shortcuts->scenarios != NULL &&
           json_next(shortcuts->scenarios, &cursor))
        err = plan_scenarios_add(scenarios, cursor.key, cursor.value, diag);
    return err == BR_ERR_NONE ? plan_scenarios_complete(scenarios, diag) : err;
}

enum br_err plan_scenarios_parse(struct plan_scenarios *scenarios, struct bytes json,
                                 struct plan_shortcuts *flags, const char **out_warning,
                                 struct diag *diag)
{
    struct json *options = NULL;
    struct plan_shortcuts script;
    const char *warning = NULL;
    enum br_err err = BR_ERR_NONE;
    plan_shortcuts_init(&script);
    if (json.len > 0)
        err = json_parse(json, &options, diag);
    if (err == BR_ERR_NONE)
        err = plan_shortcuts_read(&script, options, diag);
    if (err == BR_ERR_NONE)
        err = plan_shortcuts_check(&script, "options", diag);
    if (err == BR_ERR_NONE && flags != NULL)
        err = plan_shortcuts_check(flags, "the command line", diag);
    if (err == BR_ERR_NONE && flags != NULL)
        plan_shortcuts_put_over(&script, flags, &warning);
    if (err == BR_ERR_NONE)
        err = plan_scenarios_build(scenarios, &script, diag);
    plan_shortcuts_fini(&script);
    json_destroy(&options);
    *out_warning = warning;
    return err;
}
