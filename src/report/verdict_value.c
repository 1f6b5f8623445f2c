/* SPDX-License-Identifier: Apache-2.0
 *
 * What an expectation is about: its number out of a result. Percentiles cover failed operations,
 * too, unless the expectation says {ok}: a target that answers fast with errors is not fast.
 */
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/must.h"
#include "report/verdict.h"
#include "report/verdict_inner.h"

enum verdict_source {
    SOURCE_LATENCY,
    SOURCE_SERVICE,
    SOURCE_LATENESS,
    SOURCE_WAIT,
    SOURCE_CONNECT,
    SOURCE_HANDSHAKE,
    SOURCE_RECEIVE_LAG,
    SOURCE_TIMES_COUNT, /* from here on: counts */
    SOURCE_DUE = SOURCE_TIMES_COUNT,
    SOURCE_SENT,
    SOURCE_DONE,
    SOURCE_FAILED,
    SOURCE_UNSENT,
    SOURCE_WAITED,
    SOURCE_BYTES_SENT,
    SOURCE_BYTES_RECEIVED,
    SOURCE_CONNS_OPENED,
    SOURCE_CONNS_FAILED,
    SOURCE_COUNT
};

static const char *const verdict_sources[SOURCE_COUNT] = {
    "latency",     "service",    "lateness",       "wait",         "connect",      "handshake",
    "receive_lag", "due",        "sent",           "done",         "failed",       "unsent",
    "waited",      "bytes_sent", "bytes_received", "conns_opened", "conns_failed",
};

static enum verdict_source verdict_find_source(struct bytes metric)
{
    int i = 0;
    while (i < SOURCE_COUNT && !bytes_eq(metric, bytes_from_str(verdict_sources[i])))
        i++;
    return (enum verdict_source)i;
}

/* ---- is it measured at all? ---- */

static enum br_err verdict_refuse_metric(const struct expr *expr, const struct plan *plan,
                                         struct diag *diag)
{
    bool events = plan->events.sinks.count > 0;
    return diag_set(
        diag, BR_ERR_CONFIG,
        "'%.*s': this run does not measure %.*s; it measures latency, service, "
        "lateness, wait, connect, handshake, receive_lag, due, sent, done, failed, unsent, "
        "waited, bytes_sent, bytes_received, conns_opened, conns_failed%s",
        BYTES_ARG(expr->text), BYTES_ARG(expr->metric),
        events ? ", and of events event_lag, backlog, delivery_gap, drain_time, "
                 "events_lost, events_duplicated, events_late, ... (docs/events.md)"
               : "");
}

static enum br_err verdict_check_phase(const struct expr *expr, const struct plan *plan,
                                       struct diag *diag)
{
    size_t count = plan_phase_count(&plan->load);
    struct buf names;
    if (expr->phase.len == 0)
        return BR_ERR_NONE;
    for (size_t i = 0; i < count; i++) {
        struct plan_phase phase = plan_phase_at(&plan->load, i);
        if (bytes_eq(expr->phase, bytes_from_str(phase.name)))
            return BR_ERR_NONE;
    }
    buf_init(&names, PLAN_PHASES_MAX * PLAN_PHASE_NAME_SIZE * 2);
    plan_phase_names(&plan->load, &names);
    enum br_err err =
        diag_set(diag, BR_ERR_CONFIG, "'%.*s': this run has no phase '%.*s'; it has %s",
                 BYTES_ARG(expr->text), BYTES_ARG(expr->phase), buf_cstr(&names));
    buf_fini(&names);
    return err;
}

/* The number of the target that a selector names: by its URL, or 1, 2, 3 … */
static int verdict_find_target(struct bytes name, size_t count,
                               struct bytes (*url_at)(const void *, size_t), const void *context)
{
    for (size_t i = 0; i < count; i++) {
        char number[24];
        (void)snprintf(number, sizeof(number), "%zu", i + 1);
        if (bytes_eq(name, url_at(context, i)) || bytes_eq(name, bytes_from_str(number)))
            return (int)i;
    }
    return -1;
}

static struct bytes verdict_plan_url(const void *context, size_t i)
{
    return ((const struct plan *)context)->targets[i].url;
}

static struct bytes verdict_result_url(const void *context, size_t i)
{
    return bytes_from_str(((const struct result *)context)->targets[i].url);
}

static enum br_err verdict_check_selector(const struct expr *expr, enum verdict_source source,
                                          const struct plan *plan, struct diag *diag)
{
    struct bytes rest = expr->selector;
    while (rest.len > 0) {
        struct bytes value = bytes_trim(bytes_cut(&rest, ','));
        struct bytes name = bytes_trim(bytes_cut(&value, ':'));
        bool outcome = bytes_eq(name, BYTES("ok")) || bytes_eq(name, BYTES("failed"));
        if (outcome && source <= SOURCE_SERVICE)
            continue;
        if (bytes_eq(name, BYTES("target")) &&
            (source <= SOURCE_SERVICE ||
             (source >= SOURCE_SENT && source != SOURCE_UNSENT && source != SOURCE_WAITED))) {
            if (verdict_find_target(value, plan->target_count, verdict_plan_url, plan) >= 0)
                continue;
            return diag_set(diag, BR_ERR_CONFIG,
                            "'%.*s': there is no target '%.*s'; name it by its URL or by its "
                            "number from 1 to %zu",
                            BYTES_ARG(expr->text), BYTES_ARG(value), plan->target_count);
        }
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': {%.*s} selects nothing of %.*s; known are {ok} and {failed} of "
                        "latency and service, and {target:URL} of what is counted by target",
                        BYTES_ARG(expr->text), BYTES_ARG(name), BYTES_ARG(expr->metric));
    }
    return BR_ERR_NONE;
}

/* How long the phases last that an expectation is about; -1: not known before. */
static int64_t verdict_phase_length(const struct expr *expr, const struct plan *plan)
{
    int64_t length_ns = 0;
    for (size_t i = 0; i < plan_phase_count(&plan->load); i++) {
        struct plan_phase phase = plan_phase_at(&plan->load, i);
        bool asked = expr->phase.len == 0 ? phase.counted
                                          : bytes_eq(expr->phase, bytes_from_str(phase.name));
        if (asked && phase.end_ns < 0)
            return -1;
        length_ns += asked ? phase.end_ns - phase.start_ns : 0;
    }
    return length_ns;
}

static enum br_err verdict_check_window(const struct expr *expr, const struct plan *plan,
                                        struct diag *diag)
{
    int64_t length_ns = verdict_phase_length(expr, plan);
    enum verdict_source source = verdict_find_source(expr->metric);
    if (expr->window_ns == 0)
        return BR_ERR_NONE;
    if (verdict_is_about_events(expr) || source == SOURCE_UNSENT)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is known at the end only; leave out the window",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric));
    if (length_ns >= 0 && length_ns < expr->window_ns)
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': no window is that long: it would last %s",
                        BYTES_ARG(expr->text), fmt_interval(length_ns).str);
    return BR_ERR_NONE;
}

enum br_err verdict_check_expect(const struct expr *expr, const struct plan *plan,
                                 struct diag *diag)
{
    enum verdict_source source = verdict_find_source(expr->metric);
    enum br_err err = verdict_check_window(expr, plan, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (verdict_is_about_events(expr)) {
        err = verdict_check_phase(expr, plan, diag);
        return err != BR_ERR_NONE ? err : verdict_check_event(expr, plan, diag);
    }
    if (source == SOURCE_COUNT)
        return verdict_refuse_metric(expr, plan, diag);
    bool counts = expr->stat == EXPR_VALUE || expr->stat == EXPR_COUNT || expr->stat == EXPR_RATE ||
                  expr->stat == EXPR_SHARE;
    if (source >= SOURCE_TIMES_COUNT && !counts)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is one number; it has no percentile, mean, min or max",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric));
    err = verdict_check_phase(expr, plan, diag);
    if (err != BR_ERR_NONE)
        return err;
    return verdict_check_selector(expr, source, plan, diag);
}

/* ---- its value ---- */

static const struct hist_sum *verdict_by_outcome(const struct expr *expr,
                                                 const struct hist_sum *all,
                                                 const struct hist_sum *ok,
                                                 const struct hist_sum *failed)
{
    struct bytes value;
    if (expr_selector_find(expr->selector, BYTES("ok"), &value))
        return ok;
    return expr_selector_find(expr->selector, BYTES("failed"), &value) ? failed : all;
}

static const struct hist_sum *verdict_times(const struct result_view *view, const struct expr *expr,
                                            enum verdict_source source)
{
    switch (source) {
    case SOURCE_LATENCY:
        return verdict_by_outcome(expr, &view->latency, &view->ops.latency_ok,
                                  &view->ops.latency_failed);
    case SOURCE_SERVICE:
        return verdict_by_outcome(expr, &view->service, &view->ops.service_ok,
                                  &view->ops.service_failed);
    case SOURCE_LATENESS:
        return &view->shards.lateness;
    case SOURCE_WAIT:
        return &view->shards.wait;
    case SOURCE_CONNECT:
        return &view->shards.connect;
    case SOURCE_HANDSHAKE:
        return &view->shards.handshake;
    default:
        MUST(source == SOURCE_RECEIVE_LAG);
        return &view->shards.receive_lag;
    }
}

static double verdict_per_sec(uint64_t count, int64_t ns)
{
    return ns > 0 ? (double)count * 1e9 / (double)ns : (double)NAN;
}

/* NaN: there is no sample. */
static double verdict_times_value(const struct hist_sum *times, const struct result_view *view,
                                  const struct expr *expr)
{
    switch (expr->stat) {
    case EXPR_COUNT:
    case EXPR_VALUE:
        return (double)times->count;
    case EXPR_RATE:
        return verdict_per_sec(times->count, view->active_ns);
    case EXPR_SHARE:
        return view->ops.done > 0 ? (double)times->count / (double)view->ops.done : (double)NAN;
    default:
        break;
    }
    if (times->count == 0)
        return (double)NAN;
    switch (expr->stat) {
    case EXPR_MIN:
        return times->min;
    case EXPR_MAX:
        return times->max;
    case EXPR_MEAN:
        return hist_sum_mean(times);
    case EXPR_MEDIAN:
        return hist_sum_quantile(times, 0.5);
    default:
        return hist_sum_quantile(times, expr->quantile);
    }
}

/* A count, what it is a share of, and the time that its rate is over. */
struct verdict_count {
    uint64_t count;
    uint64_t of;
    int64_t over_ns;
};

static struct verdict_count verdict_count(const struct result_view *view,
                                          enum verdict_source source)
{
    const struct block_ops_sum *ops = &view->ops;
    switch (source) {
    case SOURCE_DUE:
        return (struct verdict_count){view->offered, view->offered, view->span_ns};
    case SOURCE_SENT:
        return (struct verdict_count){ops->sent, view->offered, view->span_ns};
    case SOURCE_DONE:
        return (struct verdict_count){ops->done, view->offered, view->active_ns};
    case SOURCE_FAILED:
        return (struct verdict_count){ops->failed, ops->done, view->active_ns};
    case SOURCE_UNSENT:
        return (struct verdict_count){view->unsent, view->offered, view->span_ns};
    case SOURCE_WAITED:
        return (struct verdict_count){view->shards.waited, view->offered, view->span_ns};
    case SOURCE_BYTES_SENT:
        return (struct verdict_count){ops->bytes_sent, ops->bytes_sent, view->active_ns};
    case SOURCE_BYTES_RECEIVED:
        return (struct verdict_count){ops->bytes_received, ops->bytes_received, view->active_ns};
    case SOURCE_CONNS_OPENED:
        return (struct verdict_count){ops->conns_opened, ops->conns_opened + ops->conns_failed,
                                      view->active_ns};
    default:
        MUST(source == SOURCE_CONNS_FAILED);
        return (struct verdict_count){ops->conns_failed, ops->conns_opened + ops->conns_failed,
                                      view->active_ns};
    }
}

static double verdict_count_value(const struct result_view *view, const struct expr *expr,
                                  enum verdict_source source)
{
    struct verdict_count count = verdict_count(view, source);
    if (expr->stat == EXPR_RATE)
        return verdict_per_sec(count.count, count.over_ns);
    if (expr->stat == EXPR_SHARE)
        return count.of > 0 ? (double)count.count / (double)count.of : (double)NAN;
    /* No failure among nothing is no sign of health. */
    bool sampled = source == SOURCE_FAILED ? view->ops.done > 0 : view->offered > 0;
    return sampled ? (double)count.count : (double)NAN;
}

double verdict_view_value(const struct result_view *view, const struct expr *expr)
{
    enum verdict_source source = verdict_find_source(expr->metric);
    if (source == SOURCE_COUNT)
        return (double)NAN;
    if (source < SOURCE_TIMES_COUNT)
        return verdict_times_value(verdict_times(view, expr, source), view, expr);
    return verdict_count_value(view, expr, source);
}

int verdict_target_of(const struct result *result, const struct expr *expr)
{
    struct bytes name;
    if (!expr_selector_find(expr->selector, BYTES("target"), &name))
        return RESULT_EVERY_TARGET;
    return verdict_find_target(name, result->target_count, verdict_result_url, result);
}

struct result_view *verdict_view_of(const struct result *result, const struct expr *expr)
{
    int phase = RESULT_COUNTED;
    int target = RESULT_EVERY_TARGET;
    struct bytes name;

    for (size_t i = 0; expr->phase.len > 0 && i < result->phase_count; i++) {
        if (bytes_eq(expr->phase, bytes_from_str(result->phases[i].name)))
            phase = (int)i;
    }
    if (expr->phase.len > 0 && phase < 0)
        return NULL;
    if (expr_selector_find(expr->selector, BYTES("target"), &name)) {
        target = verdict_target_of(result, expr);
        if (target < 0)
            return NULL;
    }
    return result_view_create(result, phase, target);
}

bool verdict_counts_things(const struct expr *expr)
{
    return expr->stat == EXPR_RATE || expr->stat == EXPR_COUNT || expr->stat == EXPR_VALUE;
}

bool verdict_value(const struct result *result, const struct expr *expr, double *out_value)
{
    struct result_view *view;
    double value;
    if (verdict_is_about_events(expr)) {
        value = verdict_event_value(result, expr);
    } else {
        view = verdict_view_of(result, expr);
        if (view == NULL)
            return false;
        value = verdict_view_value(view, expr);
        result_view_destroy(&view);
    }
    if (isnan(value))
        return false;
    *out_value = value;
    return true;
}

bool verdict_is_about_failures(const struct expr *expr)
{
    enum verdict_source source = verdict_find_source(expr->metric);
    return source == SOURCE_FAILED || source == SOURCE_CONNS_FAILED;
}

/* The lag of events counts from due, too. */
bool verdict_bounds_latency(const struct expr *expr)
{
    if (bytes_eq(expr->metric, BYTES("event_lag")))
        return expr_is_upper_bound(expr) && expr->phase.len == 0;
    return expr_is_upper_bound(expr) && verdict_find_source(expr->metric) == SOURCE_LATENCY &&
           expr->selector.len == 0 && expr->phase.len == 0;
}
