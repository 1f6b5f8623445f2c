/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the summary as JSON.
 */
#include "report/summary.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "report/balance.h"
#include "report/summary_inner.h"
#include "report/verdict.h"

/* ---- what was counted ---- */

/* Nothing where there is no value, as zeros would be read as times. */
void report_put_times(struct json_writer *writer, const char *key, const struct hist_sum *times)
{
    static const struct {
        const char *name;
        double share;
    } rows[] = {
        {"p50", 0.5},  {"p75", 0.75},    {"p90", 0.9},       {"p95", 0.95},
        {"p99", 0.99}, {"p99_9", 0.999}, {"p99_99", 0.9999},
    };
    json_add_object(writer, key);
    json_add_u64(writer, "count", times->count);
    if (times->count > 0) {
        json_add_f64(writer, "min", times->min);
        json_add_f64(writer, "mean", hist_sum_mean(times));
        for (size_t i = 0; i < BR_COUNT(rows); i++)
            json_add_f64(writer, rows[i].name, hist_sum_quantile(times, rows[i].share));
        json_add_f64(writer, "max", times->max);
    }
    json_close_object(writer);
}

static void report_put_statuses(struct json_writer *writer, const struct block_ops_sum *ops)
{
    json_add_object(writer, "status");
    for (int i = 0; i < BLOCK_STATUS_MAX; i++) {
        char name[16];
        if (ops->status[i] == 0)
            continue;
        (void)snprintf(name, sizeof(name), "%d", i);
        json_add_u64(writer, name, ops->status[i]);
    }
    json_close_object(writer);
}

static void report_put_errors(struct json_writer *writer, const struct block_ops_sum *ops)
{
    json_add_object(writer, "errors");
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        const struct block_error *error = &ops->errors[i];
        if (error->count == 0)
            continue;
        json_add_object(writer, err_name((enum br_err)i));
        json_add_str(writer, "text", err_text((enum br_err)i));
        json_add_u64(writer, "count", error->count);
        json_add_i64(writer, "first_ns", error->first_ns);
        json_add_i64(writer, "last_ns", error->last_ns);
        json_close_object(writer);
    }
    json_close_object(writer);
}

static void report_put_rate(struct json_writer *writer, const char *key, double per_sec)
{
    if (!isnan(per_sec))
        json_add_f64(writer, key, per_sec);
}

/* What a target has as well as the whole. */
static void report_put_ops(struct json_writer *writer, const struct result_view *view)
{
    const struct block_ops_sum *ops = &view->ops;
    json_add_u64(writer, "sent", ops->sent);
    json_add_u64(writer, "done", ops->done);
    json_add_u64(writer, "ok", view->ok);
    json_add_u64(writer, "failed", ops->failed);
    if (ops->done > 0)
        json_add_f64(writer, "failed_share", (double)ops->failed / (double)ops->done);
    report_put_rate(writer, "sent_per_sec", view->sent_per_sec);
    report_put_rate(writer, "done_per_sec", view->done_per_sec);
    json_add_i64(writer, "active_ns", view->active_ns);
    json_add_u64(writer, "bytes_sent", ops->bytes_sent);
    json_add_u64(writer, "bytes_received", ops->bytes_received);
    json_add_u64(writer, "conns_opened", ops->conns_opened);
    json_add_u64(writer, "conns_failed", ops->conns_failed);
    json_add_u64(writer, "conns_closed", ops->conns_closed);
    json_add_u64(writer, "tls_resumed", ops->tls_resumed);
    report_put_times(writer, "latency", &view->latency);
    report_put_times(writer, "latency_ok", &ops->latency_ok);
    report_put_times(writer, "latency_failed", &ops->latency_failed);
    report_put_times(writer, "service", &view->service);
    report_put_times(writer, "service_ok", &ops->service_ok);
    report_put_times(writer, "service_failed", &ops->service_failed);
}

static void report_put_whole(struct json_writer *writer, const struct result_view *view)
{
    json_add_u64(writer, "offered", view->offered);
    report_put_rate(writer, "offered_per_sec", view->offered_per_sec);
    json_add_u64(writer, "unsent", view->unsent);
    json_add_u64(writer, "waited", view->shards.waited);
    json_add_i64(writer, "span_ns", view->span_ns);
    report_put_ops(writer, view);
    report_put_times(writer, "lateness", &view->shards.lateness);
    report_put_times(writer, "wait", &view->shards.wait);
    report_put_times(writer, "connect", &view->shards.connect);
    report_put_times(writer, "handshake", &view->shards.handshake);
    report_put_times(writer, "receive_lag", &view->shards.receive_lag);
}

static void report_put_targets(struct json_writer *writer, const struct result *result)
{
    size_t count = result->target_count;
    struct result_view **views = mem_zalloc(count, sizeof(views[0]));
    struct balance *balances = mem_zalloc(count, sizeof(balances[0]));
    for (size_t i = 0; i < count; i++)
        views[i] = result_view_create(result, RESULT_COUNTED, (int)i);
    balance_judge(views, count, balances);
    json_add_array(writer, "targets");
    for (size_t i = 0; i < count; i++) {
        json_open_object(writer);
        json_add_str(writer, "url", result->targets[i].url);
        json_add_bool(writer, "slow", balances[i].slow);
        json_add_bool(writer, "failing", balances[i].failing);
        json_add_bool(writer, "uneven", balances[i].uneven);
        report_put_ops(writer, views[i]);
        report_put_statuses(writer, &views[i]->ops);
        report_put_errors(writer, &views[i]->ops);
        json_close_object(writer);
        result_view_destroy(&views[i]);
    }
    json_close_array(writer);
    mem_free(balances);
    mem_free(views);
}

static void report_put_phases(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "phases");
    for (size_t i = 0; i < result->phase_count; i++) {
        const struct result_phase *phase = &result->phases[i];
        struct result_view *view = result_view_create(result, (int)i, RESULT_EVERY_TARGET);
        json_open_object(writer);
        json_add_str(writer, "name", phase->name);
        json_add_bool(writer, "counted", phase->counted);
        json_add_i64(writer, "start_ns", phase->start_ns);
        report_put_whole(writer, view);
        report_put_statuses(writer, &view->ops);
        report_put_errors(writer, &view->ops);
        json_add_u64(writer, "busy_ns", phase->sum.busy_ns);
        json_add_u64(writer, "idle_ns", phase->sum.idle_ns);
        json_add_u64(writer, "spin_ns", phase->sum.spin_ns);
        json_close_object(writer);
        result_view_destroy(&view);
    }
    json_close_array(writer);
}

/* ---- what it means ---- */

static void report_put_reasons(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "reasons");
    for (size_t i = 0; i < result->reason_count; i++) {
        const struct result_reason *reason = &result->reasons[i];
        json_open_object(writer);
        bool note = reason->kind == VERDICT_NONE;
        json_add_str(writer, "kind", note ? "note" : result_verdict_name(reason->kind));
        json_add_str(writer, "code", reason->code);
        json_add_str(writer, "text", reason->text);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void report_put_expects(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "expectations");
    for (size_t i = 0; i < result->expect_count; i++) {
        const struct result_expect *expect = &result->expects[i];
        json_open_object(writer);
        json_add_str(writer, "text", expect->text);
        json_add_str(writer, "held", result_held_name(expect->held));
        json_add_f64(writer, "bound", expect->expr.bound);
        if (expect->has_value)
            json_add_f64(writer, "value", expect->value);
        if (expect->window_end_ns >= 0)
            json_add_i64(writer, "window_end_ns", expect->window_end_ns);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void report_put_process(struct json_writer *writer, const struct result *result)
{
    const struct result_gauges *gauges = &result->gauges;
    json_add_object(writer, "process");
    json_add_i64(writer, "cpu_user_ns", gauges->cpu_user_ns);
    json_add_i64(writer, "cpu_system_ns", gauges->cpu_system_ns);
    json_add_u64(writer, "rss_max_bytes", result->rss_max_bytes);
    json_add_u64(writer, "conns_open_max", result->conns_open_max);
    json_add_u64(writer, "in_flight_max", result->in_flight_max);
    json_add_u64(writer, "behind_max", result->behind_max);
    json_add_u64(writer, "clock_steps", gauges->clock_steps);
    json_add_i64(writer, "clock_step_max_ns", gauges->clock_step_max_ns);
    json_add_array(writer, "shards");
    for (int i = 0; i < result->plan.shards; i++) {
        json_open_object(writer);
        json_add_u64(writer, "busy_permille_max", result->shards[i].busy_permille_max);
        json_add_i64(writer, "busy_max_ns", result->shards[i].busy_max_ns);
        json_close_object(writer);
    }
    json_close_array(writer);
    json_close_object(writer);
}

static void report_put_end(struct json_writer *writer, const struct result *result)
{
    json_add_object(writer, "end");
    json_add_i64(writer, "load_end_ns", result->end.load_end_ns);
    json_add_i64(writer, "end_ns", result->end.end_ns);
    json_add_u64(writer, "unsent", result->end.unsent);
    json_add_u64(writer, "in_flight", result->end.in_flight);
    json_close_object(writer);
}

void report_put_summary(struct json_writer *writer, const struct result *result)
{
    struct result_view *view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    json_add_str(writer, "verdict", result_verdict_name(result->verdict));
    json_add_i64(writer, "exit_code", verdict_exit_code(result->verdict));
    json_add_str(writer, "partial", result_partial_name(result->partial));
    if (result->partial != RESULT_COMPLETE)
        json_add_str(writer, "partial_why", result->partial_why);
    report_put_reasons(writer, result);
    report_put_expects(writer, result);
    if (result->ended)
        report_put_end(writer, result);
    json_add_object(writer, "summary");
    report_put_whole(writer, view);
    json_close_object(writer);
    report_put_statuses(writer, &view->ops);
    report_put_errors(writer, &view->ops);
    report_put_targets(writer, result);
    report_put_phases(writer, result);
    report_put_process(writer, result);
    report_put_events(writer, result);
    result_view_destroy(&view);
}
