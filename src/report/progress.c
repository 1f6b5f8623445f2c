/* SPDX-License-Identifier: Apache-2.0
 *
 * The progress lines: a bar and fields. What a person looks for first stays on the line longest
 * when the terminal is narrow; the bar takes what is left over.
 */
#include "report/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

enum {
    PROGRESS_FIELD_SIZE = 160,
    PROGRESS_BAR_MAX = 20,
    PROGRESS_BAR_MIN = 8,
    PROGRESS_BOTH_WIDTH = 90
};

/* In the order of display. */
enum progress_field {
    PROGRESS_PHASE,
    PROGRESS_TIME,
    PROGRESS_LEFT,
    PROGRESS_DONE,
    PROGRESS_RATE,
    PROGRESS_OK,
    PROGRESS_FAILED,
    PROGRESS_P50,
    PROGRESS_P99,
    PROGRESS_FLYING,
    PROGRESS_BEHIND,
    PROGRESS_FIELD_COUNT,
    PROGRESS_BAR = PROGRESS_FIELD_COUNT,
};

/* In the order of what is kept on a narrow line. */
static const enum progress_field progress_order[] = {
    PROGRESS_TIME, PROGRESS_RATE,  PROGRESS_OK,  PROGRESS_FAILED, PROGRESS_P99,  PROGRESS_BEHIND,
    PROGRESS_BAR,  PROGRESS_PHASE, PROGRESS_P50, PROGRESS_FLYING, PROGRESS_LEFT, PROGRESS_DONE,
};

/* What stands in the first of two lines, as bits; the rest stands in the second. */
static const unsigned progress_first =
    1u << PROGRESS_PHASE | 1u << PROGRESS_TIME | 1u << PROGRESS_LEFT | 1u << PROGRESS_DONE |
    1u << PROGRESS_RATE | 1u << PROGRESS_OK | 1u << PROGRESS_FAILED;

/* Empty texts are not shown. */
struct progress_fields {
    char text[PROGRESS_FIELD_COUNT][PROGRESS_FIELD_SIZE];
};

static double progress_rate(struct plan_rate rate)
{
    return (double)rate.count / (double)rate.per_ns * 1e9;
}

/* What the schedule asks for at that moment. */
static double progress_asked(const struct result_plan *plan, int64_t t_ns)
{
    for (size_t i = 0; i < plan->leg_count; i++) {
        const struct plan_leg *leg = &plan->legs[i];
        if (t_ns <= leg->duration_ns) {
            double share = (double)t_ns / (double)leg->duration_ns;
            double from = progress_rate(leg->from);
            return from + (progress_rate(leg->to) - from) * share;
        }
        t_ns -= leg->duration_ns;
    }
    return 0.0;
}

/* How many operations there will be; 0: nobody knows. */
static uint64_t progress_total(const struct result_plan *plan)
{
    struct plan_load load = {.legs = plan->legs, .leg_count = plan->leg_count};
    if (plan->model == PLAN_CLOSED)
        return plan->operations;
    uint64_t due = plan_arrivals_within(&load, INT64_MAX);
    return plan->operations > 0 && plan->operations < due ? plan->operations : due;
}

/* The phase that most of the interval belongs to. */
static const char *progress_phase(const struct result *result, int64_t t_ns)
{
    if (result->plan.duration_ns > 0 && t_ns > result->plan.duration_ns)
        return "grace";
    for (size_t i = result->phase_count; i > 1; i--) {
        if (t_ns > result->phases[i - 1].start_ns)
            return result->phases[i - 1].name;
    }
    return result->phase_count > 1 ? result->phases[0].name : NULL;
}

void progress_from_result(struct progress_view *out_view, const struct result *result)
{
    const struct result_point *last = &result->last;
    double span_sec = (double)last->span_ns / 1e9;
    int64_t middle_ns = last->t_ns - last->span_ns / 2; /* of what the rate got is a mean of */
    struct progress_view view = {
        .phase = progress_phase(result, middle_ns),
        .elapsed_ns = last->t_ns,
        .total_ns = result->plan.duration_ns,
        .operations = result->plan.operations,
        .total = progress_total(&result->plan),
        .in_flight = last->in_flight,
        .behind = last->behind,
        .asked_per_sec = result->plan.model == PLAN_OPEN ? progress_asked(&result->plan, middle_ns)
                                                         : (double)NAN,
        .got_per_sec = span_sec > 0 ? (double)last->done / span_sec : (double)NAN,
        .p50_ns = last->done > 0 ? last->latency_p50_ns : (double)NAN,
        .p99_ns = last->done > 0 ? last->latency_p99_ns : (double)NAN,
    };
    for (size_t i = 0; i < result->phase_count * result->target_count; i++) {
        view.ok += result->ops[i].done - result->ops[i].failed;
        view.failed += result->ops[i].failed;
    }
    *out_view = view;
}

/* 0 to 1 */
static double progress_share(const struct progress_view *view)
{
    double by_time = view->total_ns > 0 ? (double)view->elapsed_ns / (double)view->total_ns : 0;
    double by_count =
        view->operations > 0 ? (double)(view->ok + view->failed) / (double)view->operations : 0;
    double share = by_time > by_count ? by_time : by_count;
    return share > 1 ? 1 : share;
}

/* Whole seconds: the line comes once a second. */
static struct fmt_text progress_seconds(double ns)
{
    return fmt_interval((int64_t)(round(ns / 1e9) * 1e9));
}

/* Whichever ends it first; < 0: nobody knows. */
static double progress_left_ns(const struct progress_view *view)
{
    uint64_t done = view->ok + view->failed;
    double left_ns = -1;
    if (view->total_ns > 0)
        left_ns =
            view->elapsed_ns < view->total_ns ? (double)(view->total_ns - view->elapsed_ns) : 0;
    if (view->operations > done && view->got_per_sec > 0) {
        double by_count_ns = (double)(view->operations - done) / view->got_per_sec * 1e9;
        left_ns = left_ns < 0 || by_count_ns < left_ns ? by_count_ns : left_ns;
    }
    return left_ns;
}

static void progress_fill_time(const struct progress_view *view, struct progress_fields *fields)
{
    struct fmt_text elapsed = progress_seconds((double)view->elapsed_ns);
    uint64_t done = view->ok + view->failed;
    double left_ns = progress_left_ns(view);
    if (view->total_ns > 0)
        (void)snprintf(fields->text[PROGRESS_TIME], PROGRESS_FIELD_SIZE, "%s of %s", elapsed.str,
                       progress_seconds((double)view->total_ns).str);
    else
        (void)snprintf(fields->text[PROGRESS_TIME], PROGRESS_FIELD_SIZE, "%s", elapsed.str);
    if (left_ns >= 0 && left_ns < 9e18)
        (void)snprintf(fields->text[PROGRESS_LEFT], PROGRESS_FIELD_SIZE, "%s left",
                       progress_seconds(left_ns).str);
    if (view->total > 0)
        (void)snprintf(fields->text[PROGRESS_DONE], PROGRESS_FIELD_SIZE, "%s of %s",
                       fmt_count(done).str, fmt_count(view->total).str);
}

static void progress_fill(const struct progress_view *view, enum fmt_charset charset,
                          struct progress_fields *fields)
{
    char(*text)[PROGRESS_FIELD_SIZE] = fields->text;
    *fields = (struct progress_fields){0};
    if (view->phase != NULL)
        (void)snprintf(text[PROGRESS_PHASE], PROGRESS_FIELD_SIZE, "%s", view->phase);
    progress_fill_time(view, fields);
    if (isnan(view->asked_per_sec))
        (void)snprintf(text[PROGRESS_RATE], PROGRESS_FIELD_SIZE, "%s",
                       fmt_rate(view->got_per_sec).str);
    else
        (void)snprintf(text[PROGRESS_RATE], PROGRESS_FIELD_SIZE, "%s of %s",
                       fmt_number(view->got_per_sec).str, fmt_rate(view->asked_per_sec).str);
    (void)snprintf(text[PROGRESS_OK], PROGRESS_FIELD_SIZE, "%s ok", fmt_count(view->ok).str);
    (void)snprintf(text[PROGRESS_FAILED], PROGRESS_FIELD_SIZE, "%s failed",
                   fmt_count(view->failed).str);
    (void)snprintf(text[PROGRESS_P50], PROGRESS_FIELD_SIZE, "p50 %s",
                   fmt_duration(view->p50_ns, charset).str);
    (void)snprintf(text[PROGRESS_P99], PROGRESS_FIELD_SIZE, "p99 %s",
                   fmt_duration(view->p99_ns, charset).str);
    (void)snprintf(text[PROGRESS_FLYING], PROGRESS_FIELD_SIZE, "%s in flight",
                   fmt_count(view->in_flight).str);
    if (view->behind > 0)
        (void)snprintf(text[PROGRESS_BEHIND], PROGRESS_FIELD_SIZE, "%s behind",
                       fmt_count(view->behind).str);
}

static void progress_put_bar(const struct progress_view *view, int cells, bool utf8,
                             struct buf *out)
{
    int filled = (int)(progress_share(view) * cells);
    buf_put_str(out, "[");
    for (int i = 0; i < cells; i++) {
        if (i < filled)
            buf_put_str(out, utf8 ? "\xe2\x96\x88" : "#");
        else
            buf_put_str(out, utf8 ? "\xe2\x96\x91" : ".");
    }
    buf_put_str(out, "]");
}

/* Two blanks between any two. */
static int progress_columns(const char *text)
{
    return fmt_width(bytes_from_str(text)) + 2;
}

/* Empties what does not fit into `width`; the cells left for the bar, 0: none. */
static int progress_fit(struct progress_fields *fields, int width)
{
    int left = width + 2;
    bool bar = false;
    bool full = false;
    for (size_t i = 0; i < BR_COUNT(progress_order); i++) {
        enum progress_field field = progress_order[i];
        bool is_bar = field == PROGRESS_BAR;
        if (!is_bar && fields->text[field][0] == '\0')
            continue;
        int columns = is_bar ? PROGRESS_BAR_MIN + 4 : progress_columns(fields->text[field]);
        full = full || columns > left;
        if (!full)
            left -= columns;
        if (is_bar)
            bar = !full;
        else if (full)
            fields->text[field][0] = '\0';
    }
    int spare =
        left < PROGRESS_BAR_MAX - PROGRESS_BAR_MIN ? left : PROGRESS_BAR_MAX - PROGRESS_BAR_MIN;
    return bar ? PROGRESS_BAR_MIN + spare : 0;
}

static void progress_put_fields(const struct progress_fields *fields, const char *gap,
                                struct buf *out)
{
    for (int i = 0; i < PROGRESS_FIELD_COUNT; i++) {
        if (fields->text[i][0] == '\0')
            continue;
        buf_putf(out, "%s%s", gap, fields->text[i]);
        gap = "  ";
    }
}

static void progress_put_line(const struct progress_view *view, struct progress_fields *fields,
                              int width, bool utf8, struct buf *out)
{
    int cells = progress_fit(fields, width);
    if (cells > 0)
        progress_put_bar(view, cells, utf8, out);
    progress_put_fields(fields, cells > 0 ? "  " : "", out);
}

void progress_format_line(const struct progress_view *view, int width, bool utf8, struct buf *out)
{
    struct progress_fields fields;
    progress_fill(view, utf8 ? FMT_UTF8 : FMT_ASCII, &fields);
    progress_put_line(view, &fields, width, utf8, out);
}

static void progress_keep(struct progress_fields *fields, unsigned kept)
{
    for (int i = 0; i < PROGRESS_FIELD_COUNT; i++) {
        if ((kept & 1u << i) == 0)
            fields->text[i][0] = '\0';
    }
}

void progress_format_first(const struct progress_view *view, int width, bool utf8, struct buf *out)
{
    struct progress_fields fields;
    progress_fill(view, utf8 ? FMT_UTF8 : FMT_ASCII, &fields);
    progress_keep(&fields, progress_first);
    progress_put_line(view, &fields, width, utf8, out);
}

/* ---- the second line ---- */

void progress_remember(struct progress_past *past, const struct progress_view *view)
{
    if (past->count == PROGRESS_PAST_MAX) {
        past->count--;
        for (int i = 0; i < past->count; i++) {
            past->p50_ns[i] = past->p50_ns[i + 1];
            past->p99_ns[i] = past->p99_ns[i + 1];
        }
    }
    past->p50_ns[past->count] = view->p50_ns;
    past->p99_ns[past->count++] = view->p99_ns;
}

/* From the bottom to the largest of them, the latest on the right. */
static void progress_add_curve(char *field, const double *values, int count, bool utf8)
{
    static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                         "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                         "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char *const plain[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
    double top = 0;
    size_t at = strlen(field);
    for (int i = 0; i < count; i++)
        top = values[i] > top ? values[i] : top;
    for (int i = 0; i < count && top > 0; i++) {
        int level = values[i] > 0 ? (int)(values[i] / top * 7.999) : 0;
        const char *sign = isnan(values[i]) ? " " : utf8 ? blocks[level] : plain[level];
        at +=
            (size_t)snprintf(field + at, PROGRESS_FIELD_SIZE - at, "%s%s", i == 0 ? " " : "", sign);
    }
}

void progress_format_second(const struct progress_view *view, const struct progress_past *past,
                            int width, bool utf8, struct buf *out)
{
    struct progress_fields fields;
    progress_fill(view, utf8 ? FMT_UTF8 : FMT_ASCII, &fields);
    progress_keep(&fields, ~progress_first);
    progress_add_curve(fields.text[PROGRESS_P99], past->p99_ns, past->count, utf8);
    if (width >= PROGRESS_BOTH_WIDTH)
        progress_add_curve(fields.text[PROGRESS_P50], past->p50_ns, past->count, utf8);
    int left = width + 2;
    for (int i = 0; i < PROGRESS_FIELD_COUNT; i++) {
        int columns = progress_columns(fields.text[i]);
        if (fields.text[i][0] != '\0' && columns > left)
            fields.text[i][0] = '\0';
        left -= fields.text[i][0] != '\0' ? columns : 0;
    }
    progress_put_fields(&fields, "", out);
}

void progress_format_log(const struct progress_view *view, struct buf *out)
{
    struct progress_fields fields;
    const char *gap = "";
    progress_fill(view, FMT_ASCII, &fields);
    for (int i = 0; i < PROGRESS_FIELD_COUNT; i++) {
        if (fields.text[i][0] == '\0')
            continue;
        buf_putf(out, "%s%s", gap, fields.text[i]);
        gap = i == PROGRESS_TIME ? ": " : ", ";
    }
    buf_put_str(out, "\n");
}
