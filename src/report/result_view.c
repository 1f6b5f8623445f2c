/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding up some phases and targets of a result, and the rates that follow.
 */
#include <math.h>

#include "base/mem.h"
#include "report/result.h"

static bool result_phase_selected(const struct result *result, size_t phase, int selector)
{
    if (selector == RESULT_EVERY_PHASE)
        return true;
    if (selector == RESULT_COUNTED)
        return result->phases[phase].counted;
    return phase == (size_t)selector;
}

/* How long the load ran: to its end, or as far as is known. */
static int64_t result_load_end(const struct result *result)
{
    return result->ended ? result->end.load_end_ns : result->last.t_ns;
}

/* A schedule that came to its end lasted as long as it was to last, although its last operation was
 * due a little earlier. */
static bool result_is_scheduled(const struct result *result)
{
    const struct result_plan *plan = &result->plan;
    return plan->model == PLAN_OPEN && plan->operations == 0 && result->ended &&
           result->partial == RESULT_COMPLETE;
}

static int64_t result_phase_span(const struct result *result, const struct result_phase *phase)
{
    int64_t end_ns = result_load_end(result);
    if (phase->end_ns >= 0 && (phase->end_ns < end_ns || result_is_scheduled(result)))
        end_ns = phase->end_ns;
    return end_ns > phase->start_ns ? end_ns - phase->start_ns : 0;
}

static double result_rate(uint64_t count, int64_t span_ns)
{
    return span_ns > 0 ? (double)count * 1e9 / (double)span_ns : (double)NAN;
}

/* What follows from ops, shards, offered and the two times. */
static void result_view_derive(struct result_view *view)
{
    const struct block_ops_sum *ops = &view->ops;
    hist_sum_merge(&view->latency, &ops->latency_ok);
    hist_sum_merge(&view->latency, &ops->latency_failed);
    hist_sum_merge(&view->service, &ops->service_ok);
    hist_sum_merge(&view->service, &ops->service_failed);
    view->ok = ops->done >= ops->failed ? ops->done - ops->failed : 0;
    view->offered_per_sec = result_rate(view->offered, view->span_ns);
    view->sent_per_sec = result_rate(ops->sent, view->span_ns);
    view->done_per_sec = result_rate(ops->done, view->active_ns);
}

struct result_view *result_view_empty(void)
{
    struct result_view *view = MEM_NEW(struct result_view);
    block_ops_sum_init(&view->ops);
    block_phase_sum_init(&view->shards);
    hist_sum_init(&view->latency);
    hist_sum_init(&view->service);
    return view;
}

void result_view_close(struct result_view *view, int64_t span_ns)
{
    view->span_ns = span_ns;
    view->active_ns = span_ns;
    result_view_derive(view);
}

struct result_view *result_view_create(const struct result *result, int phase, int target)
{
    struct result_view *view = result_view_empty();
    for (size_t i = 0; i < result->phase_count; i++) {
        if (!result_phase_selected(result, i, phase))
            continue;
        for (size_t k = 0; k < result->target_count; k++) {
            if (target == RESULT_EVERY_TARGET || k == (size_t)target)
                block_ops_sum_merge(&view->ops, result_ops_at(result, i, k));
        }
        block_phase_sum_merge(&view->shards, &result->phases[i].sum);
        view->span_ns += result_phase_span(result, &result->phases[i]);
    }
    bool last = result_phase_selected(result, result->phase_count - 1, phase);
    if (target == RESULT_EVERY_TARGET) {
        view->offered = view->shards.due;
        if (last)
            view->unsent = result->ended ? result->end.unsent : result->last.behind;
    } else {
        view->offered = view->ops.done;
    }
    if (view->ops.first_ns >= 0 && view->ops.last_ns > view->ops.first_ns)
        view->active_ns = view->ops.last_ns - view->ops.first_ns;
    result_view_derive(view);
    return view;
}

void result_view_destroy(struct result_view **view)
{
    if (*view == NULL)
        return;
    block_ops_sum_fini(&(*view)->ops);
    block_phase_sum_fini(&(*view)->shards);
    hist_sum_fini(&(*view)->latency);
    hist_sum_fini(&(*view)->service);
    mem_free(*view);
    *view = NULL;
}

struct fmt_text result_fmt_value(enum expr_unit unit, double value)
{
    switch (unit) {
    case EXPR_UNIT_NS:
        return fmt_duration(value, FMT_ASCII);
    case EXPR_UNIT_SHARE:
        return fmt_share(value);
    case EXPR_UNIT_PER_SEC:
        return fmt_rate(value);
    case EXPR_UNIT_BYTES:
        return fmt_bytes(value);
    case EXPR_UNIT_NUMBER:
        break;
    }
    return fmt_number(value);
}
