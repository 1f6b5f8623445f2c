/* SPDX-License-Identifier: Apache-2.0
 *
 * Header and footer of a journal, read. A file may be of any making: all that is allocated by its
 * numbers has a limit.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/units.h"
#include "report/journal_inner.h"

enum {
    TAKE_TARGETS_MAX = 10000,
    TAKE_PHASES_MAX = 500,
    TAKE_ROWS_MAX = 20000,
    TAKE_SHARDS_MAX = 4096,
    TAKE_LEGS_MAX = 10000,
    TAKE_EXPECTS_MAX = 10000,
};

static char *take_text(const struct json *json, const char *key, struct diag *diag)
{
    return mem_copy_str(json_get_text(json, key, BYTES(""), diag));
}

/* The place of a name among names, or 0 and a complaint. */
static int take_name(const struct json *json, const char *key, const char *const names[], int count,
                     struct diag *diag)
{
    struct bytes name = json_get_text(json, key, bytes_from_str(names[0]), diag);
    for (int i = 0; i < count; i++) {
        if (bytes_eq(name, bytes_from_str(names[i])))
            return i;
    }
    if (diag->err == BR_ERR_NONE)
        (void)diag_set(diag, BR_ERR_PARSE, "\"%s\" is \"%.*s\", which this brunt does not know",
                       key, BYTES_ARG(name));
    return 0;
}

static size_t take_count(const struct json *array, const char *name, size_t most, struct diag *diag)
{
    size_t count = json_count(array);
    if (count <= most)
        return count;
    if (diag->err == BR_ERR_NONE)
        (void)diag_set(diag, BR_ERR_PARSE, "\"%s\" has more than %zu members", name, most);
    return 0;
}

/* Beyond 104 days nothing is a time of a run; so sums of a few hundred times do not overflow. */
#define TAKE_NS_MAX (INT64_C(1) << 53)

int64_t journal_take_ns(const struct json *json, const char *key, int64_t fallback,
                        struct diag *diag)
{
    int64_t ns = json_get_i64(json, key, fallback, diag);
    if (ns >= -1 && ns <= TAKE_NS_MAX)
        return ns;
    if (diag->err == BR_ERR_NONE)
        (void)diag_set(diag, BR_ERR_PARSE, "\"%s\" is no time of a run", key);
    return 0;
}

int64_t journal_bound_time(int64_t ns, struct diag *diag)
{
    if (ns >= -TAKE_NS_MAX && ns <= TAKE_NS_MAX)
        return ns;
    journal_complain(diag, "a time of an event is no time of a run");
    return 0;
}

/* ---- header ---- */

static struct plan_rate take_rate(const struct json *leg, const char *key, struct diag *diag)
{
    const struct json *rate = json_get(leg, key);
    struct plan_rate taken = {json_get_u64(rate, "count", 0, diag),
                              journal_take_ns(rate, "per_ns", 0, diag)};
    if (taken.per_ns <= 0)
        taken.per_ns = UNITS_NS_PER_SEC;
    return taken;
}

static void take_legs(const struct json *json, struct result_plan *plan, struct diag *diag)
{
    const struct json *legs = json_get(json, "legs");
    plan->leg_count = take_count(legs, "legs", TAKE_LEGS_MAX, diag);
    plan->legs = mem_zalloc(plan->leg_count, sizeof(plan->legs[0]));
    for (size_t i = 0; i < plan->leg_count; i++) {
        const struct json *leg = json_at(legs, i);
        plan->legs[i] =
            (struct plan_leg){.from = take_rate(leg, "from", diag),
                              .to = take_rate(leg, "to", diag),
                              .duration_ns = journal_take_ns(leg, "duration_ns", 0, diag)};
    }
}

static void take_plan(const struct json *header, struct result_plan *plan, struct diag *diag)
{
    static const char *const models[] = {"open", "closed"};
    static const char *const waits[] = {"auto", "spin", "eco"};
    const struct json *json = json_get(header, "plan");

    plan->command = take_text(header, "command", diag);
    plan->seed_given = json_get_bool(header, "seed_given", false, diag);
    if (units_parse_count(json_get_text(header, "seed", BYTES("0"), diag), &plan->seed, NULL) !=
        BR_ERR_NONE)
        plan->seed = 0;
    plan->model = take_name(json, "model", models, 2, diag) == 0 ? PLAN_OPEN : PLAN_CLOSED;
    plan->wait = (enum plan_wait)take_name(json, "wait", waits, 3, diag);
    take_legs(json, plan, diag);
    plan->poisson = json_get_bool(json, "poisson", false, diag);
    plan->operations = json_get_u64(json, "operations", 0, diag);
    plan->duration_ns = journal_take_ns(json, "duration_ns", 0, diag);
    plan->warmup_ns = journal_take_ns(json, "warmup_ns", 0, diag);
    plan->grace_ns = journal_take_ns(json, "grace_ns", 0, diag);
    plan->connections = json_get_u64(json, "connections", 0, diag);
    plan->connections_max = json_get_u64(json, "connections_max", 0, diag);
    int64_t shards = json_get_i64(json, "shards", 1, diag);
    plan->shards = shards >= 1 && shards <= TAKE_SHARDS_MAX ? (int)shards : 1;
    plan->keep_alive = json_get_bool(json, "keep_alive", true, diag);
    plan->insecure = json_get_bool(json, "insecure", false, diag);
    plan->timeout_ns = journal_take_ns(json, "timeout_ns", 0, diag);
    plan->timeout_connect_ns = journal_take_ns(json, "timeout_connect_ns", 0, diag);
    plan->timeout_first_ns = journal_take_ns(json, "timeout_first_ns", 0, diag);
    plan->max_lateness_ns = journal_take_ns(json, "max_lateness_ns", 0, diag);
    plan->method = take_text(json, "method", diag);
    plan->body_bytes = json_get_u64(json, "body_bytes", 0, diag);
}

static void take_machine(const struct json *header, struct result_machine *machine,
                         struct diag *diag)
{
    const struct json *json = json_get(header, "machine");
    machine->version = take_text(header, "brunt", diag);
    machine->start_unix_ns = json_get_i64(header, "start_unix_ns", 0, diag);
    machine->host = take_text(json, "host", diag);
    machine->kernel = take_text(json, "kernel", diag);
    machine->cpu_model = take_text(json, "cpu_model", diag);
    machine->cpus = (int)json_get_i64(json, "cpus", 0, diag);
    machine->cpus_allowed = (int)json_get_i64(json, "cpus_allowed", 0, diag);
    machine->memory_bytes = json_get_u64(json, "memory_bytes", 0, diag);
}

static void take_targets(const struct json *header, struct result *result, struct diag *diag)
{
    const struct json *urls = json_get(header, "urls");
    result->target_count = take_count(urls, "urls", TAKE_TARGETS_MAX, diag);
    result->targets = mem_zalloc(result->target_count, sizeof(result->targets[0]));
    for (size_t i = 0; i < result->target_count; i++)
        result->targets[i].url = mem_copy_str(json_as_text(json_at(urls, i), "urls", diag));
}

static void take_phases(const struct json *header, struct result *result, struct diag *diag)
{
    const struct json *phases = json_get(header, "stretches");
    result->phase_count = take_count(phases, "stretches", TAKE_PHASES_MAX, diag);
    result->phases = mem_zalloc(result->phase_count, sizeof(result->phases[0]));
    for (size_t i = 0; i < result->phase_count; i++) {
        const struct json *json = json_at(phases, i);
        struct result_phase *phase = &result->phases[i];
        struct bytes name = json_get_text(json, "name", BYTES("steady"), diag);
        (void)snprintf(phase->name, sizeof(phase->name), "%.*s", BYTES_ARG(name));
        phase->counted = json_get_bool(json, "counted", true, diag);
        phase->start_ns = journal_take_ns(json, "start_ns", 0, diag);
        phase->end_ns = journal_take_ns(json, "end_ns", -1, diag);
    }
}

static void take_expect_texts(const struct json *header, struct result *result, struct diag *diag)
{
    const struct json *texts = json_get(header, "expect");
    size_t count = take_count(texts, "expect", TAKE_EXPECTS_MAX, diag);
    for (size_t i = 0; i < count && diag->err == BR_ERR_NONE; i++) {
        struct bytes text = json_as_text(json_at(texts, i), "expect", diag);
        struct diag why = DIAG_INIT;
        if (diag->err == BR_ERR_NONE && result_add_expect(result, text, &why) != BR_ERR_NONE)
            (void)diag_set(diag, BR_ERR_PARSE, "%s", why.text);
    }
}

static enum br_err take_format(const struct json *header, struct diag *diag)
{
    struct bytes type = json_get_text(header, "type", BYTES(""), NULL);
    struct bytes format = json_get_text(header, "format", BYTES(""), NULL);
    int64_t schema = json_get_i64(header, "schema", 0, NULL);
    if (!bytes_eq(type, BYTES("header")) || !bytes_eq(format, BYTES("brunt-result")))
        return diag_set(diag, BR_ERR_PARSE,
                        "this is no result of brunt: its first line is no "
                        "header");
    if (schema < 1 || schema > JOURNAL_SCHEMA)
        return diag_set(diag, BR_ERR_PARSE,
                        "this result has schema %lld, and this brunt reads schemas up to %d: take "
                        "the brunt that wrote it, or a later one",
                        (long long)schema, JOURNAL_SCHEMA);
    return BR_ERR_NONE;
}

enum br_err journal_take_header(const struct json *header, struct result *result, struct diag *diag)
{
    *result = (struct result){0};
    enum br_err err = take_format(header, diag);
    if (err != BR_ERR_NONE)
        return err;
    take_machine(header, &result->machine, diag);
    take_plan(header, &result->plan, diag);
    take_targets(header, result, diag);
    take_phases(header, result, diag);
    take_expect_texts(header, result, diag);
    if (diag->err != BR_ERR_NONE)
        return diag->err;
    size_t rows = result->target_count * result->phase_count;
    if (rows == 0 || rows > TAKE_ROWS_MAX)
        return diag_set(diag, BR_ERR_PARSE, "a result has from 1 to %d targets and phases",
                        TAKE_ROWS_MAX);
    result_make_rows(result);
    journal_take_event_plan(header, result, diag);
    return diag->err;
}

/* ---- footer ---- */

static const char *const take_verdicts[] = {"none", "pass", "fail", "invalid"};
static const char *const take_kinds[] = {"note", "pass", "fail", "invalid"};

static void take_reasons(const struct json *footer, struct result *result, struct diag *diag)
{
    const struct json *reasons = json_get(footer, "reasons");
    for (size_t i = 0; i < result->reason_count; i++)
        mem_free(result->reasons[i].text);
    result->reason_count = 0;
    for (size_t i = 0; i < json_count(reasons); i++) {
        const struct json *reason = json_at(reasons, i);
        int kind = take_name(reason, "kind", take_kinds, 4, diag);
        char *code = take_text(reason, "code", diag);
        struct bytes text = json_get_text(reason, "text", BYTES(""), diag);
        result_add_reason(result, (enum verdict)kind, code, "%.*s", BYTES_ARG(text));
        mem_free(code);
    }
}

static void take_expects(const struct json *footer, struct result *result, struct diag *diag)
{
    static const char *const names[] = {"unjudged", "held", "broken", "undecided"};
    const struct json *expects = json_get(footer, "expectations");
    for (size_t i = 0; i < json_count(expects) && i < result->expect_count; i++) {
        const struct json *json = json_at(expects, i);
        struct result_expect *expect = &result->expects[i];
        expect->held = (enum result_held)take_name(json, "held", names, 4, diag);
        expect->has_value = json_get(json, "value") != NULL;
        expect->value = json_get_f64(json, "value", 0.0, diag);
        expect->window_end_ns = journal_take_ns(json, "window_end_ns", -1, diag);
    }
}

static void take_process(const struct json *footer, struct result *result, struct diag *diag)
{
    const struct json *json = json_get(footer, "process");
    const struct json *shards = json_get(json, "shards");
    struct result_gauges *gauges = &result->gauges;
    gauges->cpu_user_ns = journal_take_ns(json, "cpu_user_ns", 0, diag);
    gauges->cpu_system_ns = journal_take_ns(json, "cpu_system_ns", 0, diag);
    gauges->clock_steps = json_get_u64(json, "clock_steps", 0, diag);
    gauges->clock_step_max_ns = json_get_i64(json, "clock_step_max_ns", 0, diag);
    gauges->now_ns = journal_take_ns(footer, "t_ns", 0, diag);
    result->rss_max_bytes = json_get_u64(json, "rss_max_bytes", 0, diag);
    result->conns_open_max = json_get_u64(json, "conns_open_max", 0, diag);
    result->in_flight_max = json_get_u64(json, "in_flight_max", 0, diag);
    result->behind_max = json_get_u64(json, "behind_max", 0, diag);
    for (size_t i = 0; i < json_count(shards) && i < (size_t)result->plan.shards; i++) {
        const struct json *shard = json_at(shards, i);
        result->shards[i].busy_permille_max = json_get_u64(shard, "busy_permille_max", 0, diag);
        result->shards[i].busy_max_ns = journal_take_ns(shard, "busy_max_ns", -1, diag);
    }
}

static void take_end(const struct json *footer, struct result *result, struct diag *diag)
{
    const struct json *json = json_get(footer, "end");
    struct result_end end = {.load_end_ns = journal_take_ns(json, "load_end_ns", 0, diag),
                             .end_ns = journal_take_ns(json, "end_ns", 0, diag),
                             .unsent = json_get_u64(json, "unsent", 0, diag),
                             .in_flight = json_get_u64(json, "in_flight", 0, diag)};
    if (json != NULL)
        result_set_end(result, &end);
}

static void take_partial(const struct json *footer, struct result *result, struct diag *diag)
{
    static const char *const names[] = {"complete", "interrupted", "aborted", "cut_off"};
    int partial = take_name(footer, "partial", names, 4, diag);
    char *why = take_text(footer, "partial_why", diag);
    if (partial != RESULT_COMPLETE)
        result_set_partial(result, (enum result_partial)partial, why);
    mem_free(why);
}

/* The exact rows take the place of what the result holds. */
static void take_exact(const struct json *footer, struct result *result, struct diag *diag)
{
    struct journal_rows rows;
    struct journal_span span = {-1, -1};
    size_t row_count = result->phase_count * result->target_count;
    journal_rows_init(&rows, result);
    journal_take_rows(json_get(footer, "exact"), JOURNAL_EXACT, result, span, &rows, diag);
    if (diag->err == BR_ERR_NONE) {
        for (size_t i = 0; i < result->phase_count; i++) {
            struct block_phase_sum old = result->phases[i].sum;
            result->phases[i].sum = rows.phases[i];
            rows.phases[i] = old;
        }
        for (size_t i = 0; i < row_count; i++) {
            block_ops_sum_fini(&result->ops[i]);
            result->ops[i] = rows.ops[i];
            block_ops_sum_init(&rows.ops[i]);
        }
        if (rows.has_events) {
            struct result_event_rows old = result->events->rows;
            result->events->rows = rows.events;
            rows.events = old;
        }
    }
    journal_rows_fini(&rows);
}

enum br_err journal_take_footer(const struct json *footer, struct result *result, struct diag *diag)
{
    take_exact(footer, result, diag);
    if (diag->err != BR_ERR_NONE)
        return diag->err;
    result->verdict = (enum verdict)take_name(footer, "verdict", take_verdicts, 4, diag);
    take_reasons(footer, result, diag);
    take_expects(footer, result, diag);
    take_process(footer, result, diag);
    take_end(footer, result, diag);
    take_partial(footer, result, diag);
    journal_take_event_footer(footer, result, diag);
    return diag->err;
}
