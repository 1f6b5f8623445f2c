/* SPDX-License-Identifier: Apache-2.0
 *
 * The progress line: a bar and fields in the order of what a person looks for first. Fields that do
 * not fit any more are left out from the end.
 */
#include "report/progress.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

enum { PROGRESS_FIELDS = 7, PROGRESS_FIELD_SIZE = 128, PROGRESS_BAR = 20, PROGRESS_BAR_MIN = 50 };

struct progress_fields {
    char text[PROGRESS_FIELDS][PROGRESS_FIELD_SIZE];
    int count;
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
    struct progress_view view = {
        .phase = progress_phase(result, last->t_ns),
        .elapsed_ns = last->t_ns,
        .total_ns = result->plan.duration_ns,
        .operations = result->plan.operations,
        .in_flight = last->in_flight,
        .behind = last->behind,
        .asked_per_sec = result->plan.model == PLAN_OPEN ? progress_asked(&result->plan, last->t_ns)
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

static char *progress_add(struct progress_fields *fields)
{
    return fields->text[fields->count++];
}

static void progress_fill_time(const struct progress_view *view, struct progress_fields *fields)
{
    char *field = progress_add(fields);
    struct fmt_text elapsed = progress_seconds((double)view->elapsed_ns);
    uint64_t done = view->ok + view->failed;
    if (view->operations > 0 && view->total_ns == 0 && view->got_per_sec > 0 &&
        done < view->operations) {
        double left = (double)(view->operations - done) / view->got_per_sec * 1e9;
        (void)snprintf(field, PROGRESS_FIELD_SIZE, "%s, %s left", elapsed.str,
                       left < 9e18 ? progress_seconds(left).str : "-");
    } else if (view->total_ns > 0) {
        (void)snprintf(field, PROGRESS_FIELD_SIZE, "%s of %s", elapsed.str,
                       progress_seconds((double)view->total_ns).str);
    } else {
        (void)snprintf(field, PROGRESS_FIELD_SIZE, "%s", elapsed.str);
    }
}

static void progress_fill(const struct progress_view *view, enum fmt_charset charset,
                          struct progress_fields *fields)
{
    fields->count = 0;
    progress_fill_time(view, fields);
    if (isnan(view->asked_per_sec))
        (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s",
                       fmt_rate(view->got_per_sec).str);
    else
        (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s of %s",
                       fmt_rate(view->got_per_sec).str, fmt_rate(view->asked_per_sec).str);
    (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s ok", fmt_count(view->ok).str);
    (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s failed",
                   fmt_count(view->failed).str);
    (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "p50 %s, p99 %s",
                   fmt_duration(view->p50_ns, charset).str,
                   fmt_duration(view->p99_ns, charset).str);
    (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s in flight",
                   fmt_count(view->in_flight).str);
    if (view->behind > 0)
        (void)snprintf(progress_add(fields), PROGRESS_FIELD_SIZE, "%s behind",
                       fmt_count(view->behind).str);
}

static void progress_put_bar(const struct progress_view *view, bool utf8, struct buf *out)
{
    int filled = (int)(progress_share(view) * PROGRESS_BAR);
    buf_put_str(out, "[");
    for (int i = 0; i < PROGRESS_BAR; i++) {
        if (i < filled)
            buf_put_str(out, utf8 ? "\xe2\x96\x88" : "#");
        else
            buf_put_str(out, utf8 ? "\xe2\x96\x91" : ".");
    }
    buf_put_str(out, "]");
}

void progress_format_line(const struct progress_view *view, int width, bool utf8, struct buf *out)
{
    struct progress_fields fields;
    int used = 0;
    progress_fill(view, utf8 ? FMT_UTF8 : FMT_ASCII, &fields);
    if (width >= PROGRESS_BAR_MIN) {
        progress_put_bar(view, utf8, out);
        used = PROGRESS_BAR + 2;
    }
    if (view->phase != NULL && used + 2 + (int)strlen(view->phase) <= width) {
        buf_putf(out, "%s%s", used == 0 ? "" : " ", view->phase);
        used += (used == 0 ? 0 : 1) + (int)strlen(view->phase);
    }
    for (int i = 0; i < fields.count; i++) {
        int columns = fmt_width(bytes_from_str(fields.text[i]));
        int gap = used == 0 ? 0 : 2;
        if (used + gap + columns > width)
            break;
        buf_putf(out, "%*s%s", gap, "", fields.text[i]);
        used += gap + columns;
    }
}

void progress_format_log(const struct progress_view *view, struct buf *out)
{
    struct progress_fields fields;
    progress_fill(view, FMT_ASCII, &fields);
    if (view->phase != NULL)
        buf_putf(out, "%s, ", view->phase);
    buf_putf(out, "%s: ", fields.text[0]);
    for (int i = 1; i < fields.count; i++)
        buf_putf(out, "%s%s", i == 1 ? "" : ", ", fields.text[i]);
    buf_put_str(out, "\n");
}
