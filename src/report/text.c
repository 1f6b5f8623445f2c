/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary for people: the verdict first and why, then what was asked for and what came of it.
 * Whoever never used a load generator shall be able to read it, so a word that is ours is explained
 * where it stands.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "report/form_inner.h"
#include "report/result_events.h"

enum { TEXT_LABEL = 9 };

/* ---- verdict ---- */

static const char *const text_labels[] = {
    [VERDICT_NONE] = "note",
    [VERDICT_PASS] = "PASS",
    [VERDICT_FAIL] = "FAIL",
    [VERDICT_INVALID] = "INVALID",
};

static enum form_style text_verdict_style(enum verdict verdict)
{
    static const enum form_style styles[] = {
        [VERDICT_NONE] = FORM_STYLE_DOUBT,
        [VERDICT_PASS] = FORM_STYLE_GOOD,
        [VERDICT_FAIL] = FORM_STYLE_BAD,
        [VERDICT_INVALID] = FORM_STYLE_DOUBT,
    };
    return styles[verdict];
}

static void text_line(struct form_pen *pen, enum form_style style, const char *label,
                      const char *sentence)
{
    form_pen_style(pen, style);
    form_pen_put(pen, FORM_LEFT, TEXT_LABEL, label);
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_wrap(pen, TEXT_LABEL, sentence);
}

static void text_pass(struct form_text *text)
{
    const struct result *result = text->result;
    char sentence[200];
    size_t asked = result->expect_count + result_events_asked(result);
    if (asked == 0)
        (void)snprintf(sentence, sizeof(sentence),
                       "nothing was asked of it; %s operations done, %s failed",
                       fmt_count(text->view->ops.done).str, fmt_count(text->view->ops.failed).str);
    else if (asked == 1)
        (void)snprintf(sentence, sizeof(sentence), "the expectation holds");
    else
        (void)snprintf(sentence, sizeof(sentence), "all %zu expectations hold", asked);
    text_line(&text->pen, FORM_STYLE_GOOD, "PASS", sentence);
}

static void text_partial(struct form_text *text)
{
    const struct result *result = text->result;
    struct buf sentence;
    buf_init(&sentence, FORM_SIZE_MAX);
    switch (result->partial) {
    case RESULT_COMPLETE:
        break;
    case RESULT_CUT_OFF:
        buf_putf(&sentence, "%s%s", result->verdict == VERDICT_NONE ? "no verdict: " : "",
                 result->partial_why);
        break;
    case RESULT_INTERRUPTED:
    case RESULT_ABORTED:
        buf_putf(&sentence, "%s; these are the numbers up to then", result->partial_why);
        break;
    }
    text_line(&text->pen, FORM_STYLE_DOUBT, "PARTIAL", buf_cstr(&sentence));
    buf_fini(&sentence);
}

void form_text_verdict(struct form_text *text)
{
    const struct result *result = text->result;
    if (result->verdict == VERDICT_PASS)
        text_pass(text);
    for (size_t i = 0; i < result->reason_count; i++) {
        const struct result_reason *reason = &result->reasons[i];
        if (reason->kind != VERDICT_NONE)
            text_line(&text->pen, text_verdict_style(reason->kind), text_labels[reason->kind],
                      reason->text);
    }
    if (result->partial != RESULT_COMPLETE)
        text_partial(text);
    for (size_t i = 0; i < result->reason_count; i++) {
        const struct result_reason *reason = &result->reasons[i];
        bool said = bytes_eq(bytes_from_str(reason->code), BYTES("nothing_asked"));
        if (reason->kind == VERDICT_NONE && !said)
            text_line(&text->pen, FORM_STYLE_FAINT, "note", reason->text);
    }
}

void form_text_expects(struct form_text *text)
{
    static const char *const words[] = {"so far", "holds", "DOES NOT HOLD", "cannot be told"};
    static const enum form_style styles[] = {FORM_STYLE_END, FORM_STYLE_GOOD, FORM_STYLE_BAD,
                                             FORM_STYLE_DOUBT};
    const struct result *result = text->result;
    struct form_pen *pen = &text->pen;
    int wide = 20;

    if (result->expect_count == 0)
        return;
    for (size_t i = 0; i < result->expect_count; i++) {
        int width = fmt_width(bytes_from_str(result->expects[i].text));
        if (width > wide && width < pen->width - 34)
            wide = width;
    }
    form_pen_title(pen, "expected");
    form_pen_newline(pen);
    for (size_t i = 0; i < result->expect_count; i++) {
        const struct result_expect *expect = &result->expects[i];
        struct fmt_text value = {"no sample"};
        if (expect->has_value)
            value = result_fmt_value(expect->expr.unit, expect->value);
        form_pen_repeat(pen, ' ', 2);
        form_pen_put_foreign(pen, wide, expect->text);
        form_pen_put(pen, FORM_RIGHT, 13, value.str);
        form_pen_repeat(pen, ' ', 3);
        form_pen_style(pen, styles[expect->held]);
        buf_put_str(pen->buf, words[expect->held]);
        form_pen_style(pen, FORM_STYLE_END);
        form_pen_newline(pen);
    }
}

/* ---- what was asked for ---- */

static void text_rate(struct buf *buf, struct plan_rate rate)
{
    buf_put_str(buf, fmt_rate_exact(rate.count, rate.per_ns).str);
}

static bool text_is_constant(const struct plan_leg *leg)
{
    return leg->from.count == leg->to.count && leg->from.per_ns == leg->to.per_ns;
}

static void text_leg(struct buf *buf, const struct plan_leg *leg)
{
    text_rate(buf, leg->from);
    if (!text_is_constant(leg)) {
        buf_put(buf, BYTES(" to "));
        text_rate(buf, leg->to);
    }
}

/* One rate from the beginning to the end: the warm-up is a leg of its own. */
static bool text_is_one_rate(const struct result_plan *plan)
{
    for (size_t i = 0; i < plan->leg_count; i++) {
        const struct plan_rate *first = &plan->legs[0].from;
        const struct plan_rate *rate = &plan->legs[i].from;
        if (!text_is_constant(&plan->legs[i]) || rate->count != first->count ||
            rate->per_ns != first->per_ns)
            return false;
    }
    return plan->leg_count > 0;
}

static void text_legs(struct buf *buf, const struct result_plan *plan)
{
    bool one_rate = text_is_one_rate(plan);
    for (size_t i = 0; i < plan->leg_count && !(one_rate && i > 0); i++) {
        if (i > 0)
            buf_put(buf, BYTES(", then "));
        text_leg(buf, &plan->legs[i]);
        if (!one_rate)
            buf_putf(buf, " for %s", fmt_interval(plan->legs[i].duration_ns).str);
    }
    if (plan->poisson)
        buf_put(buf, BYTES(" at random moments"));
}

void form_text_load(struct form_text *text)
{
    const struct result *result = text->result;
    const struct result_plan *plan = &result->plan;
    struct form_pen *pen = &text->pen;
    struct buf line;

    buf_init(&line, FORM_SIZE_MAX);
    if (plan->model == PLAN_OPEN)
        text_legs(&line, plan);
    else
        buf_putf(&line, "%s connection%s, each sending again when it has its reply",
                 fmt_count(plan->connections).str, plan->connections == 1 ? "" : "s");
    if (plan->operations > 0)
        buf_putf(&line, ", %s operations", fmt_count(plan->operations).str);
    if (plan->duration_ns > 0 && (plan->model == PLAN_CLOSED || text_is_one_rate(plan)))
        buf_putf(&line, " for %s", fmt_interval(plan->duration_ns).str);
    if (plan->warmup_ns > 0)
        buf_putf(&line, ", the first %s as warm-up", fmt_interval(plan->warmup_ns).str);
    if (result->target_count > 1)
        buf_putf(&line, ", to %zu targets in turn", result->target_count);
    form_pen_newline(pen);
    form_pen_style(pen, FORM_STYLE_TITLE);
    form_pen_put(pen, FORM_LEFT, TEXT_LABEL, "load");
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_wrap(pen, TEXT_LABEL, buf_cstr(&line));
    buf_fini(&line);
}

/* ---- what came of it ---- */

static void text_count_row(struct form_pen *pen, const char *name, uint64_t count, double per_sec,
                           const char *about)
{
    form_pen_repeat(pen, ' ', 2);
    form_pen_put(pen, FORM_LEFT, 12, name);
    form_pen_put(pen, FORM_RIGHT, 14, fmt_count(count).str);
    form_pen_put(pen, FORM_RIGHT, 14, isnan(per_sec) ? "" : fmt_rate(per_sec).str);
    if (about[0] != '\0') {
        form_pen_repeat(pen, ' ', 3);
        form_pen_style(pen, FORM_STYLE_FAINT);
        buf_put_str(pen->buf, about);
        form_pen_style(pen, FORM_STYLE_END);
    }
    form_pen_newline(pen);
}

void form_text_counts(struct form_text *text)
{
    const struct result_view *view = text->view;
    const struct block_ops_sum *ops = &view->ops;
    struct form_pen *pen = &text->pen;
    bool open = text->result->plan.model == PLAN_OPEN;
    double none = (double)NAN;
    char failed[100];

    (void)snprintf(failed, sizeof(failed), "%s of what was done",
                   ops->done > 0 ? fmt_share((double)ops->failed / (double)ops->done).str : "-");
    form_pen_title(pen, "operations");
    form_pen_heads(pen, 12, "number          rate");
    if (open)
        text_count_row(pen, "offered", view->offered, view->offered_per_sec,
                       "came due by the schedule");
    text_count_row(pen, "sent", ops->sent, view->sent_per_sec, "");
    text_count_row(pen, "done", ops->done, view->done_per_sec, "ended, well or not");
    form_pen_style(pen, ops->failed > 0 ? FORM_STYLE_BAD : FORM_STYLE_END);
    text_count_row(pen, "failed", ops->failed, none, failed);
    form_pen_style(pen, FORM_STYLE_END);
    if (open) {
        text_count_row(pen, "unsent", view->unsent, none, "due, never begun: the time was over");
        text_count_row(pen, "waited", view->shards.waited, none, "found no free connection");
        text_count_row(pen, "behind", text->result->behind_max, none,
                       "the most that waited at one moment");
    }
    if (text->result->end.in_flight > 0)
        text_count_row(pen, "in flight", text->result->end.in_flight, none,
                       "given up with the run");
}

void form_text_render(const struct result *result, const struct form_options *options,
                      struct buf *buf)
{
    struct form_text text = {.result = result};
    form_pen_init(&text.pen, options, buf);
    text.view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    text.each = mem_zalloc(result->target_count, sizeof(text.each[0]));
    for (size_t i = 0; i < result->target_count; i++)
        text.each[i] = result_view_create(result, RESULT_COUNTED, (int)i);

    form_text_verdict(&text);
    form_text_expects(&text);
    form_text_events(&text);
    form_text_load(&text);
    form_text_counts(&text);
    form_text_times(&text);
    form_text_course(&text);
    form_text_phases(&text);
    form_text_statuses(&text);
    form_text_errors(&text);
    form_text_targets(&text);
    form_text_traffic(&text);
    form_text_self(&text);
    form_text_uncounted(&text);
    form_text_origin(&text);

    for (size_t i = 0; i < result->target_count; i++)
        result_view_destroy(&text.each[i]);
    mem_free(text.each);
    result_view_destroy(&text.view);
}
