/* SPDX-License-Identifier: Apache-2.0
 *
 * What was asked for and where, as JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "report/journal.h"
#include "report/summary.h"
#include "report/summary_inner.h"

static const char *report_model_name(enum plan_model model)
{
    return model == PLAN_OPEN ? "open" : "closed";
}

static const char *report_wait_name(enum plan_wait wait)
{
    static const char *const names[] = {"auto", "spin", "eco"};
    return names[wait];
}

static void report_put_rate(struct json_writer *writer, const char *key, struct plan_rate rate)
{
    json_add_object(writer, key);
    json_add_u64(writer, "count", rate.count);
    json_add_i64(writer, "per_ns", rate.per_ns);
    json_close_object(writer);
}

static void report_put_plan(struct json_writer *writer, const struct result_plan *plan)
{
    json_add_object(writer, "plan");
    json_add_str(writer, "model", report_model_name(plan->model));
    json_add_array(writer, "legs");
    for (size_t i = 0; i < plan->leg_count; i++) {
        json_open_object(writer);
        report_put_rate(writer, "from", plan->legs[i].from);
        report_put_rate(writer, "to", plan->legs[i].to);
        json_add_i64(writer, "duration_ns", plan->legs[i].duration_ns);
        json_close_object(writer);
    }
    json_close_array(writer);
    json_add_bool(writer, "poisson", plan->poisson);
    json_add_u64(writer, "operations", plan->operations);
    json_add_i64(writer, "duration_ns", plan->duration_ns);
    json_add_i64(writer, "warmup_ns", plan->warmup_ns);
    json_add_i64(writer, "grace_ns", plan->grace_ns);
    json_add_u64(writer, "connections", plan->connections);
    json_add_u64(writer, "connections_max", plan->connections_max);
    json_add_i64(writer, "shards", plan->shards);
    json_add_str(writer, "wait", report_wait_name(plan->wait));
    json_add_bool(writer, "keep_alive", plan->keep_alive);
    json_add_bool(writer, "insecure", plan->insecure);
    json_add_i64(writer, "timeout_ns", plan->timeout_ns);
    json_add_i64(writer, "timeout_connect_ns", plan->timeout_connect_ns);
    json_add_i64(writer, "timeout_first_ns", plan->timeout_first_ns);
    json_add_i64(writer, "max_lateness_ns", plan->max_lateness_ns);
    json_add_str(writer, "method", plan->method);
    json_add_u64(writer, "body_bytes", plan->body_bytes);
    json_close_object(writer);
}

static void report_put_machine(struct json_writer *writer, const struct result_machine *machine)
{
    json_add_object(writer, "machine");
    json_add_str(writer, "host", machine->host);
    json_add_str(writer, "kernel", machine->kernel);
    json_add_str(writer, "cpu_model", machine->cpu_model);
    json_add_i64(writer, "cpus", machine->cpus);
    json_add_i64(writer, "cpus_allowed", machine->cpus_allowed);
    json_add_u64(writer, "memory_bytes", machine->memory_bytes);
    json_close_object(writer);
}

static void report_put_start(struct json_writer *writer, int64_t unix_ns)
{
    char text[80] = "";
    struct tm utc;
    time_t seconds = (time_t)(unix_ns / 1000000000);
    if (gmtime_r(&seconds, &utc) != NULL) {
        size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
        (void)snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(unix_ns / 1000000 % 1000));
    }
    json_add_str(writer, "start", text);
    json_add_i64(writer, "start_unix_ns", unix_ns);
}

static void report_put_rows(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "urls");
    for (size_t i = 0; i < result->target_count; i++)
        json_put_text(writer, bytes_from_str(result->targets[i].url));
    json_close_array(writer);
    json_add_array(writer, "stretches");
    for (size_t i = 0; i < result->phase_count; i++) {
        const struct result_phase *phase = &result->phases[i];
        json_open_object(writer);
        json_add_str(writer, "name", phase->name);
        json_add_bool(writer, "counted", phase->counted);
        json_add_i64(writer, "start_ns", phase->start_ns);
        json_add_i64(writer, "end_ns", phase->end_ns);
        json_close_object(writer);
    }
    json_close_array(writer);
    json_add_array(writer, "expect");
    for (size_t i = 0; i < result->expect_count; i++)
        json_put_text(writer, bytes_from_str(result->expects[i].text));
    json_close_array(writer);
}

/* What the numbers under "counts" in rows are: counters, in this order. */
static void report_put_columns(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "shard_counts");
#define X(name, text) json_put_text(writer, BYTES(#name));
    BLOCK_SHARD_COUNTERS(X)
#undef X
    json_close_array(writer);
    json_add_array(writer, "ops_counts");
#define X(name, text) json_put_text(writer, BYTES(#name));
    BLOCK_COUNTERS(X)
#undef X
    json_close_array(writer);
    if (result->events != NULL)
        report_put_event_plan(writer, result);
}

void report_put_header(struct json_writer *writer, const struct result *result)
{
    char seed[32];
    /* A text, as many readers of JSON keep numbers as doubles. */
    (void)snprintf(seed, sizeof(seed), "%" PRIu64, result->plan.seed);
    json_add_str(writer, "format", "brunt-result");
    json_add_i64(writer, "schema", JOURNAL_SCHEMA);
    json_add_str(writer, "brunt", result->machine.version);
    json_add_str(writer, "command", result->plan.command);
    report_put_start(writer, result->machine.start_unix_ns);
    json_add_str(writer, "seed", seed);
    json_add_bool(writer, "seed_given", result->plan.seed_given);
    report_put_machine(writer, &result->machine);
    report_put_plan(writer, &result->plan);
    report_put_rows(writer, result);
    report_put_columns(writer, result);
}
