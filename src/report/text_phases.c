/* SPDX-License-Identifier: Apache-2.0
 *
 * The phases of a run in the summary: a table where several count, and a sentence about what does
 * not count.
 */
#include <math.h>
#include <stdio.h>

#include "report/form_inner.h"

enum { PHASES_NAME_MIN = 12 };

static const char *phases_time(const struct form_text *text, const struct hist_sum *times,
                               double quantile, struct fmt_text *out)
{
    *out = (struct fmt_text){"-"};
    if (times->count > 0)
        *out = fmt_duration(hist_sum_quantile(times, quantile), text->pen.charset);
    return out->str;
}

static void phases_put_row(struct form_text *text, size_t i, int wide)
{
    struct form_pen *pen = &text->pen;
    struct result_view *view = result_view_create(text->result, (int)i, RESULT_EVERY_TARGET);
    const struct block_ops_sum *ops = &view->ops;
    struct fmt_text time;
    form_pen_repeat(pen, ' ', 2);
    form_pen_put_foreign(pen, wide, text->result->phases[i].name);
    form_pen_put(pen, FORM_RIGHT, 11,
                 isnan(view->offered_per_sec) ? "-" : fmt_rate(view->offered_per_sec).str);
    form_pen_put(pen, FORM_RIGHT, 9, fmt_count_short(ops->done).str);
    form_pen_style(pen, ops->failed > 0 ? FORM_STYLE_BAD : FORM_STYLE_END);
    form_pen_put(pen, FORM_RIGHT, 9,
                 ops->done > 0 ? fmt_share((double)ops->failed / (double)ops->done).str : "-");
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_put(pen, FORM_RIGHT, 10, phases_time(text, &view->latency, 0.5, &time));
    form_pen_put(pen, FORM_RIGHT, 10, phases_time(text, &view->latency, 0.99, &time));
    form_pen_put(pen, FORM_RIGHT, 10, phases_time(text, &view->latency, 1.0, &time));
    form_pen_newline(pen);
    result_view_destroy(&view);
}

void form_text_phases(struct form_text *text)
{
    const struct result *result = text->result;
    int wide = PHASES_NAME_MIN;
    size_t counted = 0;
    for (size_t i = 0; i < result->phase_count; i++) {
        int width = fmt_width(bytes_from_str(result->phases[i].name));
        counted += result->phases[i].counted;
        wide = result->phases[i].counted && width > wide ? width : wide;
    }
    if (counted < 2)
        return;
    form_pen_title(&text->pen, "phases");
    form_pen_heads(&text->pen, wide - 2, "offered     done   failed       p50       p99       max");
    for (size_t i = 0; i < result->phase_count; i++) {
        if (result->phases[i].counted)
            phases_put_row(text, i, wide);
    }
}

static void phases_put_uncounted(struct form_text *text, size_t i)
{
    char line[400];
    struct result_view *view = result_view_create(text->result, (int)i, RESULT_EVERY_TARGET);
    (void)snprintf(line, sizeof(line),
                   "%s done at %s, %s failed, latency p50 %s, p99 %s; not in the numbers above",
                   fmt_count(view->ops.done).str, fmt_rate(view->done_per_sec).str,
                   fmt_count(view->ops.failed).str,
                   fmt_duration(hist_sum_quantile(&view->latency, 0.5), text->pen.charset).str,
                   fmt_duration(hist_sum_quantile(&view->latency, 0.99), text->pen.charset).str);
    form_pen_title(&text->pen, text->result->phases[i].name);
    form_pen_newline(&text->pen);
    form_pen_repeat(&text->pen, ' ', 2);
    form_pen_wrap(&text->pen, 2, line);
    result_view_destroy(&view);
}

void form_text_uncounted(struct form_text *text)
{
    for (size_t i = 0; i < text->result->phase_count; i++) {
        if (!text->result->phases[i].counted)
            phases_put_uncounted(text, i);
    }
}
