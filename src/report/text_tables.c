/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form: statuses, errors, targets.
 */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "report/balance.h"
#include "report/form_inner.h"

void form_text_statuses(struct form_text *text)
{
    const struct block_ops_sum *ops = &text->view->ops;
    struct form_pen *pen = &text->pen;
    uint64_t all = 0;
    for (int i = 0; i < BLOCK_STATUS_MAX; i++)
        all += ops->status[i];
    if (all == 0)
        return;
    form_pen_title(pen, "statuses");
    form_pen_heads(pen, 14, "number         share");
    for (int i = 0; i < BLOCK_STATUS_MAX; i++) {
        char name[16];
        if (ops->status[i] == 0)
            continue;
        (void)snprintf(name, sizeof(name), "%d", i);
        form_pen_style(pen, i < 200 || i > 399 ? FORM_STYLE_BAD : FORM_STYLE_END);
        form_pen_repeat(pen, ' ', 2);
        form_pen_put(pen, FORM_LEFT, 12, name);
        form_pen_put(pen, FORM_RIGHT, 14, fmt_count(ops->status[i]).str);
        form_pen_put(pen, FORM_RIGHT, 14,
                     fmt_share((double)ops->status[i] / (double)ops->done).str);
        form_pen_style(pen, FORM_STYLE_END);
        form_pen_newline(pen);
    }
}

static void text_moment(struct form_pen *pen, int width, int64_t ns)
{
    form_pen_put(pen, FORM_RIGHT, width, fmt_duration((double)ns, pen->charset).str);
}

void form_text_errors(struct form_text *text)
{
    const struct block_ops_sum *ops = &text->view->ops;
    struct form_pen *pen = &text->pen;
    int wide = 40;
    if (ops->failed == 0)
        return;
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        int width = (int)bytes_from_str(err_text((enum br_err)i)).len;
        if (ops->errors[i].count > 0 && width > wide)
            wide = width;
    }
    if (wide > pen->width - 36)
        wide = pen->width - 36;
    form_pen_title(pen, "errors");
    form_pen_heads(pen, wide, "number       first        last");
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        const struct block_error *error = &ops->errors[i];
        if (error->count == 0)
            continue;
        form_pen_repeat(pen, ' ', 2);
        form_pen_put_foreign(pen, wide, err_text((enum br_err)i));
        form_pen_put(pen, FORM_RIGHT, 10, fmt_count(error->count).str);
        text_moment(pen, 12, error->first_ns);
        text_moment(pen, 12, error->last_ns);
        form_pen_newline(pen);
    }
}

/* ---- targets ---- */

/* The place in all URLs behind a scheme that they share, when without it they fit better. */
static size_t text_shared_scheme(const struct result *result)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t k = 0; k < BR_COUNT(schemes); k++) {
        struct bytes scheme = bytes_from_str(schemes[k]);
        size_t i = 0;
        while (i < result->target_count &&
               bytes_starts(bytes_from_str(result->targets[i].url), scheme))
            i++;
        if (i == result->target_count)
            return scheme.len;
    }
    return 0;
}

static void text_target_row(struct form_text *text, size_t i, size_t skip, int wide,
                            const struct balance *balance)
{
    const struct result_view *view = text->each[i];
    const struct block_ops_sum *ops = &view->ops;
    struct form_pen *pen = &text->pen;

    form_pen_repeat(pen, ' ', 2);
    form_pen_put_foreign(pen, wide, text->result->targets[i].url + skip);
    form_pen_put(pen, FORM_RIGHT, 10, fmt_count_short(ops->done).str);
    form_pen_style(pen, balance->failing ? FORM_STYLE_BAD : FORM_STYLE_END);
    form_pen_put(pen, FORM_RIGHT, 9,
                 ops->done > 0 ? fmt_share((double)ops->failed / (double)ops->done).str : "-");
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_put(pen, FORM_RIGHT, 11, fmt_rate(view->done_per_sec).str);
    form_pen_style(pen, balance->slow ? FORM_STYLE_BAD : FORM_STYLE_END);
    bool any = view->latency.count > 0;
    form_pen_put(pen, FORM_RIGHT, 10,
                 any ? fmt_duration(hist_sum_quantile(&view->latency, 0.5), pen->charset).str
                     : "-");
    form_pen_put(pen, FORM_RIGHT, 10,
                 any ? fmt_duration(hist_sum_quantile(&view->latency, 0.99), pen->charset).str
                     : "-");
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_newline(pen);
}

static void text_remark(struct form_text *text, size_t i, const char *what)
{
    struct form_pen *pen = &text->pen;
    char number[32];
    (void)snprintf(number, sizeof(number), "  target %zu ", i + 1);
    form_pen_style(pen, FORM_STYLE_DOUBT);
    buf_put_str(pen->buf, number);
    form_pen_wrap(pen, fmt_width(bytes_from_str(number)), what);
    form_pen_style(pen, FORM_STYLE_END);
}

/* "fails: … than that of the others; 812 × HTTP status 503" */
static void text_failing(struct form_text *text, size_t i)
{
    const struct block_ops_sum *ops = &text->each[i]->ops;
    struct buf what;
    buf_init(&what, FORM_SIZE_MAX);
    buf_put_str(&what, "fails: its share of failures is more than twice that of the others:");
    const char *comma = " ";
    for (int err = 0; err < BR_ERR_COUNT; err++) {
        if (ops->errors[err].count == 0 || err == BR_ERR_STATUS)
            continue;
        buf_putf(&what, "%s%s %s", comma, fmt_count(ops->errors[err].count).str,
                 err_text((enum br_err)err));
        comma = ", ";
    }
    for (int status = 0; status < BLOCK_STATUS_MAX; status++) {
        if (ops->status[status] == 0 || (status >= 200 && status <= 399))
            continue;
        buf_putf(&what, "%s%s of status %d", comma, fmt_count(ops->status[status]).str, status);
        comma = ", ";
    }
    text_remark(text, i, buf_cstr(&what));
    buf_fini(&what);
}

static void text_remarks(struct form_text *text, size_t i, const struct balance *balance)
{
    if (balance->slow)
        text_remark(text, i,
                    "is slow: its latency p50 or p99 is more than twice the median of the others");
    if (balance->failing)
        text_failing(text, i);
    if (balance->uneven)
        text_remark(text, i, "is uneven: it was sent 5 % more or fewer operations than the others");
}

void form_text_targets(struct form_text *text)
{
    size_t count = text->result->target_count;
    struct form_pen *pen = &text->pen;
    int wide = pen->width - 54;
    if (count < 2)
        return;
    int longest = 7;
    for (size_t i = 0; i < count; i++) {
        int width = (int)bytes_from_str(text->result->targets[i].url).len;
        longest = width > longest ? width : longest;
    }
    size_t skip = longest > wide ? text_shared_scheme(text->result) : 0;
    if (wide > longest - (int)skip)
        wide = longest - (int)skip;
    struct balance *balances = mem_zalloc(count, sizeof(balances[0]));
    balance_judge(text->each, count, balances);
    form_pen_title(pen, "targets");
    form_pen_heads(pen, wide + 1, "done   failed       rate       p50       p99");
    for (size_t i = 0; i < count; i++)
        text_target_row(text, i, skip, wide, &balances[i]);
    for (size_t i = 0; i < count; i++)
        text_remarks(text, i, &balances[i]);
    mem_free(balances);
}
