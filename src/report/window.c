/* SPDX-License-Identifier: Apache-2.0
 *
 * Sliding windows by adding up what the ticks inside hold: a merged histogram gives the percentile
 * of the window, never an average of percentiles.
 */
#include "report/window.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "report/verdict_inner.h"

enum {
    WINDOW_SLACK_NS = 100 * 1000 * 1000, /* ticks are on time to far less than that */
    WINDOW_SLOTS_MAX = 4 * WINDOW_LENGTH_MAX_SEC
};

struct window_slot {
    struct block_ops_sum ops;
    struct block_phase_sum shards;
    int64_t to_ns;
    int64_t span_ns;
};

struct result_window {
    struct window_slot **slots; /* the oldest first; owned */
    size_t count;
    int64_t span_ns; /* of all of them */
    bool has_worst;
    double worst;
    int64_t worst_end_ns;
};

static void window_slot_destroy(struct window_slot *slot)
{
    block_ops_sum_fini(&slot->ops);
    block_phase_sum_fini(&slot->shards);
    mem_free(slot);
}

void result_window_destroy(struct result_window **window)
{
    if (*window == NULL)
        return;
    for (size_t i = 0; i < (*window)->count; i++)
        window_slot_destroy((*window)->slots[i]);
    mem_free((*window)->slots);
    mem_free(*window);
    *window = NULL;
}

static void window_drop_oldest(struct result_window *window)
{
    window->span_ns -= window->slots[0]->span_ns;
    window_slot_destroy(window->slots[0]);
    window->count--;
    memmove(window->slots, window->slots + 1, window->count * sizeof(struct window_slot *));
}

static bool window_has_phase(const struct result *result, const struct expr *expr, size_t phase)
{
    if (expr->phase.len == 0)
        return result->phases[phase].counted;
    return bytes_eq(expr->phase, bytes_from_str(result->phases[phase].name));
}

/* From when to when the phases last that are asked of; -1: to the end of the load. */
static void window_bounds(const struct result *result, const struct expr *expr,
                          int64_t *out_start_ns, int64_t *out_end_ns)
{
    bool first = true;
    *out_start_ns = 0;
    *out_end_ns = -1;
    for (size_t i = 0; i < result->phase_count; i++) {
        if (!window_has_phase(result, expr, i))
            continue;
        if (first)
            *out_start_ns = result->phases[i].start_ns;
        *out_end_ns = result->phases[i].end_ns;
        first = false;
    }
}

/* Numbers of things need an interval that lies inside; times come in when they end, also behind the
 * end of the load. */
static bool window_takes(const struct result *result, const struct expr *expr,
                         const struct window_tick *tick)
{
    int64_t start_ns, end_ns;
    window_bounds(result, expr, &start_ns, &end_ns);
    if (tick->to_ns <= start_ns || tick->to_ns <= tick->from_ns)
        return false;
    if (!verdict_counts_things(expr))
        return true;
    return tick->from_ns >= start_ns - WINDOW_SLACK_NS &&
           (end_ns < 0 || tick->to_ns <= end_ns + WINDOW_SLACK_NS);
}

static void window_push(struct result_window *window, const struct result *result,
                        const struct expr *expr, const struct window_tick *tick)
{
    struct window_slot *slot = MEM_NEW(struct window_slot);
    int target = verdict_target_of(result, expr);
    block_ops_sum_init(&slot->ops);
    block_phase_sum_init(&slot->shards);
    slot->to_ns = tick->to_ns;
    slot->span_ns = tick->to_ns - tick->from_ns;
    for (size_t i = 0; i < result->phase_count; i++) {
        if (!window_has_phase(result, expr, i))
            continue;
        block_phase_sum_merge(&slot->shards, &tick->phases[i]);
        for (size_t k = 0; k < result->target_count; k++) {
            if (target == RESULT_EVERY_TARGET || k == (size_t)target)
                block_ops_sum_merge(&slot->ops, &tick->ops[i * result->target_count + k]);
        }
    }
    window->slots = mem_realloc(window->slots, (window->count + 1) * sizeof(window->slots[0]));
    window->slots[window->count++] = slot;
    window->span_ns += slot->span_ns;
}

/* What the slots make together. NaN: no sample. */
static double window_value(const struct result_window *window, const struct result *result,
                           const struct expr *expr)
{
    struct result_view *view = result_view_empty();
    for (size_t i = 0; i < window->count; i++) {
        block_ops_sum_merge(&view->ops, &window->slots[i]->ops);
        block_phase_sum_merge(&view->shards, &window->slots[i]->shards);
    }
    bool every = verdict_target_of(result, expr) == RESULT_EVERY_TARGET;
    view->offered = every ? view->shards.due : view->ops.done;
    result_view_close(view, window->span_ns);
    double value = verdict_view_value(view, expr);
    result_view_destroy(&view);
    return value;
}

static void window_judge(struct result_window *window, const struct expr *expr, double value)
{
    if (isnan(value))
        return;
    bool down = expr->op == EXPR_GT || expr->op == EXPR_GE;
    bool up = expr->op == EXPR_LT || expr->op == EXPR_LE;
    bool worse = up     ? value > window->worst
                 : down ? value < window->worst
                        : expr_holds(expr, window->worst);
    if (window->has_worst && !worse)
        return;
    window->has_worst = true;
    window->worst = value;
    window->worst_end_ns = window->slots[window->count - 1]->to_ns;
}

static void window_add(struct result *result, struct result_expect *expect,
                       const struct window_tick *tick)
{
    const struct expr *expr = &expect->expr;
    if (!window_takes(result, expr, tick))
        return;
    if (expect->window == NULL)
        expect->window = MEM_NEW(struct result_window);
    struct result_window *window = expect->window;
    window_push(window, result, expr, tick);
    int64_t length_ns = expr->window_ns - WINDOW_SLACK_NS;
    while (window->count > 1 && (window->span_ns - window->slots[0]->span_ns >= length_ns ||
                                 window->count > WINDOW_SLOTS_MAX))
        window_drop_oldest(window);
    if (window->span_ns >= length_ns)
        window_judge(window, expr, window_value(window, result, expr));
}

void result_windows_add(struct result *result, const struct window_tick *tick)
{
    for (size_t i = 0; i < result->expect_count; i++) {
        if (result->expects[i].expr.window_ns > 0)
            window_add(result, &result->expects[i], tick);
    }
}

bool result_window_worst(const struct result_expect *expect, double *out_value, int64_t *out_end_ns)
{
    if (expect->window == NULL || !expect->window->has_worst)
        return false;
    *out_value = expect->window->worst;
    *out_end_ns = expect->window->worst_end_ns;
    return true;
}
