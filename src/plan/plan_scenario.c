/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios as people write them. Which keys an executor has is a table, so that a key of another
 * executor and a typo each get a sentence of their own.
 */
#include "plan/plan_scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/units.h"
#include "data/json.h"
#include "plan/plan.h"
#include "plan/plan_scenario_inner.h"

#define PLAN_GRACE_NS (30 * UNITS_NS_PER_SEC)
#define PLAN_MAX_DURATION_NS (600 * UNITS_NS_PER_SEC)

enum { PLAN_PLACE_SIZE = 160 };

static const char *const plan_executor_names[PLAN_EXECUTOR_COUNT] = {
    [PLAN_SHARED_ITERATIONS] = "shared-iterations",
    [PLAN_PER_VU_ITERATIONS] = "per-vu-iterations",
    [PLAN_CONSTANT_VUS] = "constant-vus",
    [PLAN_RAMPING_VUS] = "ramping-vus",
    [PLAN_CONSTANT_ARRIVAL_RATE] = "constant-arrival-rate",
    [PLAN_RAMPING_ARRIVAL_RATE] = "ramping-arrival-rate",
    [PLAN_EXTERNALLY_CONTROLLED] = "externally-controlled",
};

const char *plan_executor_name(enum plan_executor executor)
{
    return plan_executor_names[executor];
}

enum plan_executor plan_executor_from_name(struct bytes name)
{
    int i = 0;
    while (i < PLAN_EXECUTOR_COUNT && !bytes_eq(name, bytes_from_str(plan_executor_names[i])))
        i++;
    return (enum plan_executor)i;
}

/* ---- values ---- */

enum br_err plan_read_duration(struct bytes text, int64_t *out_ns, struct diag *diag)
{
    text = bytes_trim(text);
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    if (digits == 0 || digits < text.len)
        return units_parse_duration(text, out_ns, diag);
    uint64_t ms;
    if (units_parse_integer(text, &ms, NULL) != BR_ERR_NONE ||
        ms > (uint64_t)(PLAN_DURATION_NS_MAX / UNITS_NS_PER_MS))
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s' ms is longer than a year", BYTES_ARG(text));
    *out_ns = (int64_t)ms * UNITS_NS_PER_MS;
    return BR_ERR_NONE;
}

enum br_err plan_json_duration(const struct json *json, const char *place, int64_t *out_ns,
                               struct diag *diag)
{
    struct diag inner = DIAG_INIT;
    int64_t ns = 0;
    if (json_kind(json) == JSON_KIND_TEXT) {
        struct bytes text = json_as_text(json, place, NULL);
        if (plan_read_duration(text, &ns, &inner) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "%s: %s", place, inner.text);
    } else if (json_kind(json) == JSON_KIND_NUMBER) {
        double ms = json_as_f64(json, place, NULL);
        if (!(ms >= 0.0) || ms > (double)(PLAN_DURATION_NS_MAX / UNITS_NS_PER_MS))
            return diag_set(diag, BR_ERR_CONFIG,
                            "%s is a time in ms from 0 to a year, or a text such as "
                            "'1m30s'",
                            place);
        ns = (int64_t)(ms * 1e6);
    } else {
        return diag_set(diag, BR_ERR_CONFIG,
                        "%s is a time: a text such as '1m30s', or a number of ms", place);
    }
    if (ns > PLAN_DURATION_NS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "%s is longer than a year", place);
    *out_ns = ns;
    return BR_ERR_NONE;
}

enum br_err plan_json_count(const struct json *json, const char *place, bool *out_given,
                            uint64_t *out_count, struct diag *diag)
{
    enum json_kind kind = json_kind(json);
    *out_given = false;
    if (kind == JSON_KIND_NONE || kind == JSON_KIND_NULL)
        return BR_ERR_NONE;
    if (kind == JSON_KIND_TEXT) {
        struct bytes text = bytes_trim(json_as_text(json, place, NULL));
        if (text.len == 0)
            return BR_ERR_NONE;
        if (units_parse_integer(text, out_count, NULL) != BR_ERR_NONE || *out_count > INT64_MAX)
            return diag_set(diag, BR_ERR_CONFIG, "%s is '%.*s', not a whole number", place,
                            BYTES_ARG(text));
        *out_given = true;
        return BR_ERR_NONE;
    }
    double number = kind == JSON_KIND_NUMBER ? json_as_f64(json, place, NULL) : -1.0;
    if (!(number >= 0.0) || number != floor(number) || number > 0x1p53)
        return diag_set(diag, BR_ERR_CONFIG, "%s is a whole number, 0 at least", place);
    *out_count = (uint64_t)number;
    *out_given = true;
    return BR_ERR_NONE;
}

static enum br_err plan_json_stage(const struct json *json, const char *place, size_t number,
                                   struct plan_stage *stage, struct diag *diag)
{
    char where[PLAN_PLACE_SIZE];
    struct json_cursor cursor = {0};
    bool has_target = false;
    (void)snprintf(where, sizeof(where), "%s, stage %zu", place, number + 1);
    if (json_kind(json) != JSON_KIND_OBJECT)
        return diag_set(diag, BR_ERR_CONFIG, "%s is an object {duration, target}", where);
    while (json_next(json, &cursor)) {
        if (!bytes_eq(cursor.key, BYTES("duration")) && !bytes_eq(cursor.key, BYTES("target")))
            return diag_set(diag, BR_ERR_CONFIG,
                            "%s: '%.*s' is unknown; a stage has duration and target", where,
                            BYTES_ARG(cursor.key));
    }
    const struct json *duration = json_get(json, "duration");
    if (json_kind(duration) == JSON_KIND_NONE || json_kind(duration) == JSON_KIND_NULL)
        return diag_set(diag, BR_ERR_CONFIG, "%s has no duration", where);
    enum br_err err = plan_json_duration(duration, where, &stage->duration_ns, diag);
    if (err == BR_ERR_NONE)
        err = plan_json_count(json_get(json, "target"), where, &has_target, &stage->target, diag);
    if (err == BR_ERR_NONE && !has_target)
        return diag_set(diag, BR_ERR_CONFIG, "%s has no target", where);
    return err;
}

enum br_err plan_json_stages(const struct json *json, const char *place,
                             struct plan_stage **out_stages, size_t *out_count, struct diag *diag)
{
    size_t count = json_count(json);
    if (json_kind(json) != JSON_KIND_ARRAY || count > PLAN_STAGES_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "%s is an array of at most %d objects {duration, target}", place,
                        PLAN_STAGES_MAX);
    struct plan_stage *stages = mem_zalloc(count > 0 ? count : 1, sizeof(*stages));
    for (size_t i = 0; i < count; i++) {
        enum br_err err = plan_json_stage(json_at(json, i), place, i, &stages[i], diag);
        if (err != BR_ERR_NONE) {
            mem_free(stages);
            return err;
        }
    }
    *out_stages = stages;
    *out_count = count;
    return BR_ERR_NONE;
}

enum br_err plan_read_stage(struct bytes text, struct plan_stage *out_stage, struct diag *diag)
{
    struct bytes rest = text;
    struct plan_stage stage;
    bool has_target = bytes_find(text, ':') < text.len;
    struct bytes duration = bytes_cut(&rest, ':');
    if (!has_target || units_parse_integer(bytes_trim(rest), &stage.target, NULL) != BR_ERR_NONE ||
        stage.target > PLAN_VUS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s' is no stage: DURATION:TARGET, such as 30s:10",
                        BYTES_ARG(text));
    enum br_err err = plan_read_duration(duration, &stage.duration_ns, diag);
    if (err == BR_ERR_NONE)
        *out_stage = stage;
    return err;
}

/* ---- keys ---- */

enum plan_key_kind { PLAN_KEY_COUNT, PLAN_KEY_TIME, PLAN_KEY_STAGES, PLAN_KEY_OTHER };

#define PLAN_ON(executor) (1U << PLAN_##executor)
#define PLAN_ON_ITERATIONS (PLAN_ON(SHARED_ITERATIONS) | PLAN_ON(PER_VU_ITERATIONS))
#define PLAN_ON_ARRIVALS (PLAN_ON(CONSTANT_ARRIVAL_RATE) | PLAN_ON(RAMPING_ARRIVAL_RATE))
#define PLAN_ON_ALL ((1U << PLAN_EXECUTOR_COUNT) - 1)
#define PLAN_FIELD(member) offsetof(struct plan_scenario, member)

struct plan_key_row {
    const char *name;
    enum plan_key_kind kind;
    unsigned executors;
    unsigned required;
    size_t field; /* of a COUNT or TIME */
};

static const struct plan_key_row plan_key_rows[] = {
    {"executor", PLAN_KEY_OTHER, PLAN_ON_ALL, 0, 0},
    {"exec", PLAN_KEY_OTHER, PLAN_ON_ALL, 0, 0},
    {"env", PLAN_KEY_OTHER, PLAN_ON_ALL, 0, 0},
    {"tags", PLAN_KEY_OTHER, PLAN_ON_ALL, 0, 0},
    {"options", PLAN_KEY_OTHER, PLAN_ON_ALL, 0, 0}, /* of browsers */
    {"startTime", PLAN_KEY_TIME, PLAN_ON_ALL, 0, PLAN_FIELD(start_ns)},
    {"gracefulStop", PLAN_KEY_TIME, PLAN_ON_ALL & ~PLAN_ON(EXTERNALLY_CONTROLLED), 0,
     PLAN_FIELD(graceful_stop_ns)},
    {"vus", PLAN_KEY_COUNT,
     PLAN_ON_ITERATIONS | PLAN_ON(CONSTANT_VUS) | PLAN_ON(EXTERNALLY_CONTROLLED),
     PLAN_ON(EXTERNALLY_CONTROLLED), PLAN_FIELD(vus)},
    {"startVUs", PLAN_KEY_COUNT, PLAN_ON(RAMPING_VUS), 0, PLAN_FIELD(vus)},
    {"preAllocatedVUs", PLAN_KEY_COUNT, PLAN_ON_ARRIVALS, PLAN_ON_ARRIVALS, PLAN_FIELD(vus)},
    {"maxVUs", PLAN_KEY_COUNT, PLAN_ON_ARRIVALS | PLAN_ON(EXTERNALLY_CONTROLLED), 0,
     PLAN_FIELD(vus_max)},
    {"iterations", PLAN_KEY_COUNT, PLAN_ON_ITERATIONS, 0, PLAN_FIELD(iterations)},
    {"maxDuration", PLAN_KEY_TIME, PLAN_ON_ITERATIONS, 0, PLAN_FIELD(duration_ns)},
    {"duration", PLAN_KEY_TIME,
     PLAN_ON(CONSTANT_VUS) | PLAN_ON(CONSTANT_ARRIVAL_RATE) | PLAN_ON(EXTERNALLY_CONTROLLED),
     PLAN_ON(CONSTANT_VUS) | PLAN_ON(CONSTANT_ARRIVAL_RATE), PLAN_FIELD(duration_ns)},
    {"stages", PLAN_KEY_STAGES, PLAN_ON(RAMPING_VUS) | PLAN_ON(RAMPING_ARRIVAL_RATE),
     PLAN_ON(RAMPING_VUS) | PLAN_ON(RAMPING_ARRIVAL_RATE), 0},
    {"gracefulRampDown", PLAN_KEY_TIME, PLAN_ON(RAMPING_VUS), 0, PLAN_FIELD(graceful_ramp_down_ns)},
    {"rate", PLAN_KEY_COUNT, PLAN_ON(CONSTANT_ARRIVAL_RATE), PLAN_ON(CONSTANT_ARRIVAL_RATE),
     PLAN_FIELD(rate)},
    {"startRate", PLAN_KEY_COUNT, PLAN_ON(RAMPING_ARRIVAL_RATE), 0, PLAN_FIELD(rate)},
    {"timeUnit", PLAN_KEY_TIME, PLAN_ON_ARRIVALS, 0, PLAN_FIELD(time_unit_ns)},
};

static enum br_err plan_refuse_key(const struct plan_scenario *scenario, struct bytes key,
                                   const struct plan_key_row *row, struct diag *diag)
{
    const char *executor = plan_executor_name(scenario->executor);
    struct nearest nearest = {.word = key};
    if (row != NULL)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': the executor %s has no '%.*s'",
                        BYTES_ARG(scenario->name), executor, BYTES_ARG(key));
    for (size_t i = 0; i < BR_COUNT(plan_key_rows); i++) {
        if ((plan_key_rows[i].executors >> scenario->executor & 1) != 0)
            nearest_offer(&nearest, plan_key_rows[i].name);
    }
    if (nearest.best == NULL)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %s has no option '%.*s'",
                        BYTES_ARG(scenario->name), executor, BYTES_ARG(key));
    return diag_set(diag, BR_ERR_CONFIG,
                    "scenario '%.*s': %s has no option '%.*s'; did you mean '%s'?",
                    BYTES_ARG(scenario->name), executor, BYTES_ARG(key), nearest.best);
}

static const struct plan_key_row *plan_find_key(struct bytes key)
{
    for (size_t i = 0; i < BR_COUNT(plan_key_rows); i++) {
        if (bytes_eq(key, bytes_from_str(plan_key_rows[i].name)))
            return &plan_key_rows[i];
    }
    return NULL;
}

static enum br_err plan_check_keys(const struct plan_scenario *scenario, const struct json *json,
                                   struct diag *diag)
{
    struct json_cursor cursor = {0};
    while (json_next(json, &cursor)) {
        const struct plan_key_row *row = plan_find_key(cursor.key);
        if (row == NULL || (row->executors >> scenario->executor & 1) == 0)
            return plan_refuse_key(scenario, cursor.key, row, diag);
    }
    return BR_ERR_NONE;
}

static enum br_err plan_read_stages(struct plan_scenarios *scenarios,
                                    struct plan_scenario *scenario, const struct json *json,
                                    const char *place, struct diag *diag)
{
    struct plan_stage *stages;
    enum br_err err = plan_json_stages(json, place, &stages, &scenario->stage_count, diag);
    if (err != BR_ERR_NONE)
        return err;
    size_t size = scenario->stage_count * sizeof(*stages);
    scenario->stages = arena_alloc(&scenarios->arena, scenario->stage_count + 1, sizeof(*stages));
    memcpy(scenario->stages, stages, size);
    mem_free(stages);
    return BR_ERR_NONE;
}

static enum br_err plan_read_key(struct plan_scenarios *scenarios, struct plan_scenario *scenario,
                                 const struct plan_key_row *row, const struct json *json,
                                 struct diag *diag)
{
    char place[PLAN_PLACE_SIZE];
    bool given = json_kind(json) != JSON_KIND_NONE && json_kind(json) != JSON_KIND_NULL;
    enum br_err err = BR_ERR_NONE;
    (void)snprintf(place, sizeof(place), "scenario '%.*s', %s", BYTES_ARG(scenario->name),
                   row->name);
    char *field = (char *)scenario + row->field;
    if (row->kind == PLAN_KEY_COUNT)
        err = plan_json_count(json, place, &given, (uint64_t *)(void *)field, diag);
    else if (row->kind == PLAN_KEY_TIME && given)
        err = plan_json_duration(json, place, (int64_t *)(void *)field, diag);
    else if (row->kind == PLAN_KEY_STAGES && given)
        err = plan_read_stages(scenarios, scenario, json, place, diag);
    if (err == BR_ERR_NONE && !given && (row->required >> scenario->executor & 1) != 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %s needs '%s'",
                        BYTES_ARG(scenario->name), plan_executor_name(scenario->executor),
                        row->name);
    return err;
}

static enum br_err plan_read_pairs(struct plan_scenarios *scenarios,
                                   const struct plan_scenario *scenario, const struct json *json,
                                   const char *key, struct plan_pair **out_pairs, size_t *out_count,
                                   struct diag *diag)
{
    const struct json *object = json_get(json, key);
    struct json_cursor cursor = {0};
    size_t count = 0;
    if (json_kind(object) == JSON_KIND_NONE || json_kind(object) == JSON_KIND_NULL)
        return BR_ERR_NONE;
    struct plan_pair *pairs =
        arena_alloc(&scenarios->arena, json_count(object) + 1, sizeof(*pairs));
    if (json_kind(object) != JSON_KIND_OBJECT)
        return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %s is an object of texts",
                        BYTES_ARG(scenario->name), key);
    while (json_next(object, &cursor)) {
        if (json_kind(cursor.value) != JSON_KIND_TEXT)
            return diag_set(diag, BR_ERR_CONFIG, "scenario '%.*s': %s.%.*s is not a text",
                            BYTES_ARG(scenario->name), key, BYTES_ARG(cursor.key));
        pairs[count++] = (struct plan_pair){
            arena_copy(&scenarios->arena, cursor.key),
            arena_copy(&scenarios->arena, json_as_text(cursor.value, key, NULL))};
    }
    *out_pairs = pairs;
    *out_count = count;
    return BR_ERR_NONE;
}

/* ---- scenarios ---- */

void plan_scenarios_init(struct plan_scenarios *scenarios)
{
    *scenarios = (struct plan_scenarios){0};
    arena_init(&scenarios->arena);
}

void plan_scenarios_fini(struct plan_scenarios *scenarios)
{
    mem_free(scenarios->items);
    arena_fini(&scenarios->arena);
    *scenarios = (struct plan_scenarios){0};
}

void plan_scenarios_push(struct plan_scenarios *scenarios, const struct plan_scenario *scenario)
{
    scenarios->items =
        mem_realloc(scenarios->items, (scenarios->count + 1) * sizeof(scenarios->items[0]));
    scenarios->items[scenarios->count++] = *scenario;
}

struct plan_scenario plan_scenario_default(struct plan_scenarios *scenarios, struct bytes name,
                                           enum plan_executor executor)
{
    bool is_iterations = executor == PLAN_SHARED_ITERATIONS || executor == PLAN_PER_VU_ITERATIONS;
    bool is_arrivals =
        executor == PLAN_CONSTANT_ARRIVAL_RATE || executor == PLAN_RAMPING_ARRIVAL_RATE;
    return (struct plan_scenario){
        .name = arena_copy(&scenarios->arena, name),
        .executor = executor,
        .graceful_stop_ns = executor == PLAN_EXTERNALLY_CONTROLLED ? 0 : PLAN_GRACE_NS,
        .exec = BYTES("default"),
        .vus = is_arrivals || executor == PLAN_EXTERNALLY_CONTROLLED ? 0 : 1,
        .iterations = is_iterations ? 1 : 0,
        .duration_ns = is_iterations ? PLAN_MAX_DURATION_NS : 0,
        .graceful_ramp_down_ns = executor == PLAN_RAMPING_VUS ? PLAN_GRACE_NS : 0,
        .time_unit_ns = is_arrivals ? UNITS_NS_PER_SEC : 0,
    };
}

static bool plan_is_scenario_name(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-';
        if (!fine)
            return false;
    }
    return name.len > 0 && name.len <= PLAN_PLACE_SIZE / 2;
}

static enum br_err plan_read_executor(struct bytes name, const struct json *json,
                                      enum plan_executor *out_executor, struct diag *diag)
{
    if (!plan_is_scenario_name(name))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s' is no name of a scenario: letters, digits, _ and - only",
                        (int)(name.len < PLAN_PLACE_SIZE ? name.len : PLAN_PLACE_SIZE), name.ptr);
    const struct json *executor = json_get(json, "executor");
    if (json_kind(json) != JSON_KIND_OBJECT || json_kind(executor) != JSON_KIND_TEXT)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s' has no executor, such as constant-vus", BYTES_ARG(name));
    struct bytes word = json_as_text(executor, "executor", NULL);
    *out_executor = plan_executor_from_name(word);
    if (*out_executor != PLAN_EXECUTOR_COUNT)
        return BR_ERR_NONE;
    struct nearest nearest = {.word = word};
    for (int i = 0; i < PLAN_EXECUTOR_COUNT; i++)
        nearest_offer(&nearest, plan_executor_names[i]);
    if (nearest.best != NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s': there is no executor '%.*s'; did you mean '%s'?",
                        BYTES_ARG(name), BYTES_ARG(word), nearest.best);
    return diag_set(diag, BR_ERR_CONFIG,
                    "scenario '%.*s': there is no executor '%.*s'; there are shared-iterations, "
                    "per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate, "
                    "ramping-arrival-rate and externally-controlled",
                    BYTES_ARG(name), BYTES_ARG(word));
}

enum br_err plan_scenarios_add(struct plan_scenarios *scenarios, struct bytes name,
                               const struct json *json, struct diag *diag)
{
    enum plan_executor executor;
    enum br_err err = plan_read_executor(name, json, &executor, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct plan_scenario scenario = plan_scenario_default(scenarios, name, executor);
    err = plan_check_keys(&scenario, json, diag);
    for (size_t i = 0; i < BR_COUNT(plan_key_rows) && err == BR_ERR_NONE; i++) {
        const struct plan_key_row *row = &plan_key_rows[i];
        if ((row->executors >> executor & 1) != 0)
            err = plan_read_key(scenarios, &scenario, row, json_get(json, row->name), diag);
    }
    if (err == BR_ERR_NONE)
        err = plan_read_pairs(scenarios, &scenario, json, "env", &scenario.env, &scenario.env_count,
                              diag);
    if (err == BR_ERR_NONE)
        err = plan_read_pairs(scenarios, &scenario, json, "tags", &scenario.tags,
                              &scenario.tag_count, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct diag inner = DIAG_INIT;
    struct bytes exec = json_get_text(json, "exec", BYTES("default"), &inner);
    if (inner.err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG,
                        "scenario '%.*s': exec is the name of an exported function",
                        BYTES_ARG(name));
    scenario.exec = arena_copy(&scenarios->arena, exec.len == 0 ? BYTES("default") : exec);
    err = plan_scenario_check(&scenario, diag);
    if (err == BR_ERR_NONE)
        plan_scenarios_push(scenarios, &scenario);
    return err;
}

static int plan_scenario_compare(const void *a, const void *b)
{
    const struct plan_scenario *left = a, *right = b;
    if (left->start_ns != right->start_ns)
        return left->start_ns < right->start_ns ? -1 : 1;
    size_t least = left->name.len < right->name.len ? left->name.len : right->name.len;
    int order = memcmp(left->name.ptr, right->name.ptr, least);
    return order != 0 ? order
                      : (left->name.len > right->name.len) - (left->name.len < right->name.len);
}

enum br_err plan_scenarios_complete(struct plan_scenarios *scenarios, struct diag *diag)
{
    if (scenarios->count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "scenarios has no scenario in it");
    if (scenarios->count > PLAN_SCENARIOS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "there are %zu scenarios; %d at most",
                        scenarios->count, PLAN_SCENARIOS_MAX);
    qsort(scenarios->items, scenarios->count, sizeof(scenarios->items[0]), plan_scenario_compare);
    return BR_ERR_NONE;
}
