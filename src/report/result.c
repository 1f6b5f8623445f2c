/* SPDX-License-Identifier: Apache-2.0
 *
 * Filling a result.
 */
#include "report/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "report/result_events.h"
#include "report/window.h"

enum { RESULT_REASONS_MAX = 1000, RESULT_REASON_SIZE = 600 };

static void result_copy_plan(struct result_plan *to, const struct plan *plan,
                             const struct result_facts *facts)
{
    *to = (struct result_plan){.command = mem_copy_str(plan->command),
                               .seed = plan->seed,
                               .seed_given = plan->seed_given,
                               .model = plan->load.model,
                               .poisson = plan->load.poisson,
                               .leg_count = plan->load.leg_count,
                               .operations = plan->load.operations,
                               .duration_ns = plan->load.duration_ns,
                               .warmup_ns = plan->load.warmup_ns,
                               .grace_ns = plan->load.grace_ns,
                               .connections = plan->load.connections,
                               .connections_max = facts->connections_max,
                               .shards = plan->shards,
                               .wait = plan->wait,
                               .keep_alive = plan->keep_alive,
                               .insecure = plan->insecure,
                               .timeout_ns = plan->timeout_ns,
                               .timeout_connect_ns = plan->timeout_connect_ns,
                               .timeout_first_ns = plan->timeout_first_ns,
                               .max_lateness_ns = plan->max_lateness_ns,
                               .method = mem_copy_str(plan->request.method),
                               .body_bytes = plan->request.body.len};
    to->legs = mem_zalloc(to->leg_count, sizeof(to->legs[0]));
    for (size_t i = 0; i < to->leg_count; i++)
        to->legs[i] = plan->load.legs[i];
}

static void result_copy_facts(struct result_machine *to, const struct result_facts *facts)
{
    *to = (struct result_machine){.version = mem_copy_str(facts->version),
                                  .start_unix_ns = facts->start_unix_ns,
                                  .host = mem_copy_str(facts->host),
                                  .kernel = mem_copy_str(facts->kernel),
                                  .cpu_model = mem_copy_str(facts->cpu_model),
                                  .cpus = facts->cpus,
                                  .cpus_allowed = facts->cpus_allowed,
                                  .memory_bytes = facts->memory_bytes};
}

static void result_make_phases(struct result *result, const struct plan_load *load)
{
    result->phase_count = plan_phase_count(load);
    result->phases = mem_zalloc(result->phase_count, sizeof(result->phases[0]));
    for (size_t i = 0; i < result->phase_count; i++) {
        struct result_phase *phase = &result->phases[i];
        struct plan_phase planned = plan_phase_at(load, i);
        (void)snprintf(phase->name, sizeof(phase->name), "%s", planned.name);
        phase->counted = planned.counted;
        phase->start_ns = planned.start_ns;
        phase->end_ns = planned.end_ns;
    }
}

void result_make_rows(struct result *result)
{
    size_t rows = result->phase_count * result->target_count;
    MUST(result->phase_count > 0);
    MUST(result->target_count > 0);
    MUST(result->plan.shards > 0);
    result->shards = mem_zalloc((size_t)result->plan.shards, sizeof(result->shards[0]));
    for (int i = 0; i < result->plan.shards; i++)
        result->shards[i].busy_max_ns = -1;
    result->ops = mem_zalloc(rows, sizeof(result->ops[0]));
    result->tick_ops = mem_zalloc(rows, sizeof(result->tick_ops[0]));
    result->tick_phases = mem_zalloc(result->phase_count, sizeof(result->tick_phases[0]));
    for (size_t i = 0; i < rows; i++) {
        block_ops_sum_init(&result->ops[i]);
        block_ops_sum_init(&result->tick_ops[i]);
    }
    for (size_t i = 0; i < result->phase_count; i++) {
        block_phase_sum_init(&result->phases[i].sum);
        block_phase_sum_init(&result->tick_phases[i]);
    }
    result->series.ticks_per_point = 1;
}

enum br_err result_add_expect(struct result *result, struct bytes text, struct diag *diag)
{
    struct result_expect expect = {.text = mem_copy_str(text), .window_end_ns = -1};
    enum br_err err = expr_parse(bytes_from_str(expect.text), &expect.expr, diag);
    if (err != BR_ERR_NONE) {
        mem_free(expect.text);
        return err;
    }
    result->expects =
        mem_realloc(result->expects, (result->expect_count + 1) * sizeof(result->expects[0]));
    result->expects[result->expect_count++] = expect;
    return BR_ERR_NONE;
}

void result_init(struct result *result, const struct plan *plan, const struct result_facts *facts)
{
    *result = (struct result){0};
    result_copy_facts(&result->machine, facts);
    result_copy_plan(&result->plan, plan, facts);
    result->target_count = plan->target_count;
    result->targets = mem_zalloc(plan->target_count, sizeof(result->targets[0]));
    for (size_t i = 0; i < plan->target_count; i++)
        result->targets[i].url = mem_copy_str(plan->targets[i].url);
    result_make_phases(result, &plan->load);
    result_make_rows(result);
    if (plan->events.followed)
        result->events = result_events_create(&plan->events, result->phase_count, plan->shards);
    for (size_t i = 0; i < plan->expect_count; i++) {
        struct diag diag = DIAG_INIT;
        enum br_err err = result_add_expect(result, plan->expects[i].text, &diag);
        MUST(err == BR_ERR_NONE);
    }
}

static void result_free_texts(struct result *result)
{
    mem_free(result->machine.version);
    mem_free(result->machine.host);
    mem_free(result->machine.kernel);
    mem_free(result->machine.cpu_model);
    mem_free(result->plan.command);
    mem_free(result->plan.method);
    mem_free(result->plan.legs);
    mem_free(result->partial_why);
    for (size_t i = 0; i < result->target_count; i++)
        mem_free(result->targets[i].url);
    for (size_t i = 0; i < result->expect_count; i++) {
        mem_free(result->expects[i].text);
        result_window_destroy(&result->expects[i].window);
    }
    for (size_t i = 0; i < result->reason_count; i++)
        mem_free(result->reasons[i].text);
}

void result_fini(struct result *result)
{
    result_free_texts(result);
    /* A result that could not be read whole may have no rows yet. */
    for (size_t i = 0; result->ops != NULL && i < result->phase_count * result->target_count; i++) {
        block_ops_sum_fini(&result->ops[i]);
        block_ops_sum_fini(&result->tick_ops[i]);
    }
    for (size_t i = 0; result->ops != NULL && i < result->phase_count; i++) {
        block_phase_sum_fini(&result->phases[i].sum);
        block_phase_sum_fini(&result->tick_phases[i]);
    }
    result_events_destroy(&result->events);
    mem_free(result->targets);
    mem_free(result->phases);
    mem_free(result->shards);
    mem_free(result->ops);
    mem_free(result->tick_ops);
    mem_free(result->tick_phases);
    mem_free(result->expects);
    mem_free(result->reasons);
    *result = (struct result){0};
}

/* ---- a second after the other ---- */

/* Empties what the last tick closed. */
static void result_open_tick(struct result *result)
{
    if (!result->tick_closed)
        return;
    result->tick_closed = false;
    result->tick_from_ns = result->tick_to_ns;
    for (size_t i = 0; i < result->phase_count * result->target_count; i++) {
        block_ops_sum_fini(&result->tick_ops[i]);
        block_ops_sum_init(&result->tick_ops[i]);
    }
    for (size_t i = 0; i < result->phase_count; i++) {
        block_phase_sum_fini(&result->tick_phases[i]);
        block_phase_sum_init(&result->tick_phases[i]);
    }
}

int64_t result_counted_start(const struct result *result)
{
    for (size_t i = 0; i < result->phase_count; i++) {
        if (result->phases[i].counted)
            return result->phases[i].start_ns;
    }
    return 0;
}

void result_add_block(struct result *result, const struct block *block)
{
    MUST((size_t)block->phase_count == result->phase_count);
    MUST((size_t)block->target_count == result->target_count);
    MUST(block->shard >= 0 && block->shard < result->plan.shards);

    result_open_tick(result);
    for (size_t i = 0; i < result->phase_count * result->target_count; i++) {
        block_ops_sum_add(&result->ops[i], &block->ops[i]);
        block_ops_sum_add(&result->tick_ops[i], &block->ops[i]);
    }
    for (size_t i = 0; i < result->phase_count; i++) {
        block_phase_sum_add(&result->phases[i].sum, &block->phases[i]);
        block_phase_sum_add(&result->tick_phases[i], &block->phases[i]);
    }
    if (block->end_ns > result->tick_to_ns)
        result->tick_to_ns = block->end_ns;
    struct result_shard *shard = &result->shards[block->shard];
    bool counted = block->start_ns >= result_counted_start(result);
    if (counted && block->busy_permille_max > shard->busy_permille_max) {
        shard->busy_permille_max = block->busy_permille_max;
        shard->busy_max_ns = block->end_ns;
    }
}

static uint64_t result_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void result_merge_point(struct result_point *into, const struct result_point *from)
{
    into->t_ns = from->t_ns;
    into->span_ns += from->span_ns;
    into->due += from->due;
    into->sent += from->sent;
    into->done += from->done;
    into->failed += from->failed;
    into->behind = result_max_u64(into->behind, from->behind);
    into->in_flight = result_max_u64(into->in_flight, from->in_flight);
    into->conns_open = result_max_u64(into->conns_open, from->conns_open);
    into->rss_bytes = result_max_u64(into->rss_bytes, from->rss_bytes);
    if (from->latency_p50_ns > into->latency_p50_ns)
        into->latency_p50_ns = from->latency_p50_ns;
    if (from->latency_p99_ns > into->latency_p99_ns)
        into->latency_p99_ns = from->latency_p99_ns;
}

static void result_thin_series(struct result_series *series, struct result_events *events)
{
    MUST(series->count == RESULT_POINTS_MAX);
    for (size_t i = 0; i < RESULT_POINTS_MAX / 2; i++) {
        series->points[i] = series->points[2 * i];
        result_merge_point(&series->points[i], &series->points[2 * i + 1]);
        if (events != NULL)
            result_events_join_points(events, i, 2 * i);
    }
    series->count = RESULT_POINTS_MAX / 2;
    series->ticks_per_point *= 2;
    series->ticks_in_last = series->ticks_per_point;
}

static void result_push_series(struct result *result, const struct result_point *point)
{
    struct result_series *series = &result->series;
    bool merge = series->count > 0 && series->ticks_in_last < series->ticks_per_point;
    if (merge) {
        result_merge_point(&series->points[series->count - 1], point);
        series->ticks_in_last++;
    } else {
        if (series->count == RESULT_POINTS_MAX)
            result_thin_series(series, result->events);
        series->points[series->count++] = *point;
        series->ticks_in_last = 1;
    }
    if (result->events != NULL)
        result_events_put_point(result->events, series->count - 1, merge);
}

void result_push_point(struct result *result, const struct result_point *point)
{
    result->last = *point;
    result_push_series(result, point);
    result->conns_open_max = result_max_u64(result->conns_open_max, point->conns_open);
    result->behind_max = result_max_u64(result->behind_max, point->behind);
    result->in_flight_max = result_max_u64(result->in_flight_max, point->in_flight);
    result->rss_max_bytes = result_max_u64(result->rss_max_bytes, point->rss_bytes);
}

void result_tick(struct result *result, const struct result_gauges *gauges)
{
    struct result_point point = {.t_ns = gauges->now_ns,
                                 .span_ns = gauges->now_ns - result->last.t_ns,
                                 .behind = gauges->behind,
                                 .in_flight = gauges->in_flight,
                                 .conns_open = gauges->conns_open,
                                 .rss_bytes = gauges->rss_bytes};
    struct hist_sum latency;

    MUST(point.span_ns >= 0);
    result_open_tick(result);
    hist_sum_init(&latency);
    for (size_t i = 0; i < result->phase_count * result->target_count; i++) {
        const struct block_ops_sum *ops = &result->tick_ops[i];
        point.sent += ops->sent;
        point.done += ops->done;
        point.failed += ops->failed;
        hist_sum_merge(&latency, &ops->latency_ok);
        hist_sum_merge(&latency, &ops->latency_failed);
    }
    for (size_t i = 0; i < result->phase_count; i++)
        point.due += result->tick_phases[i].due;
    point.latency_p50_ns = hist_sum_quantile(&latency, 0.5);
    point.latency_p99_ns = hist_sum_quantile(&latency, 0.99);
    hist_sum_fini(&latency);

    result_windows_add(result, &(struct window_tick){.phases = result->tick_phases,
                                                     .ops = result->tick_ops,
                                                     .from_ns = result->tick_from_ns,
                                                     .to_ns = result->tick_to_ns});
    result->gauges = *gauges;
    result->tick_closed = true;
    if (result->events != NULL)
        result_events_close_tick(result->events);
    result_push_point(result, &point);
}

void result_set_end(struct result *result, const struct result_end *end)
{
    result->end = *end;
    result->ended = true;
    result->behind_max = result_max_u64(result->behind_max, end->behind_max);
    result->in_flight_max = result_max_u64(result->in_flight_max, end->in_flight_max);
}

void result_set_partial(struct result *result, enum result_partial partial, const char *why)
{
    MUST(partial != RESULT_COMPLETE);
    if (partial <= result->partial)
        return;
    result->partial = partial;
    mem_free(result->partial_why);
    result->partial_why = mem_copy_str(bytes_from_str(why));
}

/* ---- reasons ---- */

void result_add_reason(struct result *result, enum verdict kind, const char *code,
                       const char *format, ...)
{
    char text[RESULT_REASON_SIZE];
    va_list args;
    struct result_reason reason = {.kind = kind};

    if (result->reason_count == RESULT_REASONS_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)snprintf(reason.code, sizeof(reason.code), "%s", code);
    reason.text = mem_copy_str(bytes_from_str(text));
    result->reasons =
        mem_realloc(result->reasons, (result->reason_count + 1) * sizeof(result->reasons[0]));
    result->reasons[result->reason_count++] = reason;
}

void result_note(struct result *result, const char *code, const char *text)
{
    result_add_reason(result, VERDICT_NONE, code, "%s", text);
}

/* ---- names ---- */

const char *result_verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"none", "pass", "fail", "invalid"};
    return names[verdict];
}

const char *result_partial_name(enum result_partial partial)
{
    static const char *const names[] = {"complete", "interrupted", "aborted", "cut_off"};
    return names[partial];
}

const char *result_held_name(enum result_held held)
{
    static const char *const names[] = {"unjudged", "held", "broken", "undecided"};
    return names[held];
}
