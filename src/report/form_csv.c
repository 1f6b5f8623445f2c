/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary as a table for spreadsheets (RFC 4180): a row for the whole, one for each phase, one
 * for each target. Times are ns. A field without a value is empty.
 */
#include <inttypes.h>
#include <math.h>

#include "report/form_inner.h"

static const struct {
    const char *name;
    double share;
} csv_shares[] = {
    {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999},
};

/* Quoted; a quote is doubled. */
static void csv_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, BYTES("\""));
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            buf_put(buf, BYTES("\""));
        buf_put(buf, bytes_make(c, 1));
    }
    buf_put(buf, BYTES("\""));
}

static void csv_put_count(struct buf *buf, uint64_t count)
{
    buf_putf(buf, ",%" PRIu64, count);
}

static void csv_put_number(struct buf *buf, double number)
{
    if (isnan(number))
        buf_put(buf, BYTES(","));
    else
        buf_putf(buf, ",%.15g", number);
}

static void csv_put_times(struct buf *buf, const struct hist_sum *times)
{
    bool any = times->count > 0;
    csv_put_number(buf, any ? times->min : (double)NAN);
    csv_put_number(buf, any ? hist_sum_mean(times) : (double)NAN);
    for (size_t i = 0; i < BR_COUNT(csv_shares); i++)
        csv_put_number(buf, any ? hist_sum_quantile(times, csv_shares[i].share) : (double)NAN);
    csv_put_number(buf, any ? times->max : (double)NAN);
}

static void csv_put_heads(struct buf *buf)
{
    static const char *const times[] = {"latency", "latency_ok", "latency_failed", "service"};
    buf_put_str(buf, "kind,name,offered,sent,done,ok,failed,unsent,offered_per_sec,sent_per_sec,"
                     "done_per_sec,active_ns,bytes_sent,bytes_received,conns_opened,conns_failed");
    for (size_t i = 0; i < BR_COUNT(times); i++) {
        buf_putf(buf, ",%s_min_ns,%s_mean_ns", times[i], times[i]);
        for (size_t k = 0; k < BR_COUNT(csv_shares); k++)
            buf_putf(buf, ",%s_%s_ns", times[i], csv_shares[k].name);
        buf_putf(buf, ",%s_max_ns", times[i]);
    }
    buf_put(buf, BYTES("\r\n"));
}

static void csv_put_row(struct buf *buf, const char *kind, const char *name,
                        const struct result *result, int phase, int target)
{
    struct result_view *view = result_view_create(result, phase, target);
    const struct block_ops_sum *ops = &view->ops;
    bool whole = target == RESULT_EVERY_TARGET;
    csv_put_text(buf, kind);
    buf_put(buf, BYTES(","));
    csv_put_text(buf, name);
    /* What is due and never sent is no one target's. */
    csv_put_number(buf, whole ? (double)view->offered : (double)NAN);
    csv_put_count(buf, ops->sent);
    csv_put_count(buf, ops->done);
    csv_put_count(buf, view->ok);
    csv_put_count(buf, ops->failed);
    csv_put_number(buf, whole ? (double)view->unsent : (double)NAN);
    csv_put_number(buf, whole ? view->offered_per_sec : (double)NAN);
    csv_put_number(buf, view->sent_per_sec);
    csv_put_number(buf, view->done_per_sec);
    buf_putf(buf, ",%" PRId64, view->active_ns);
    csv_put_count(buf, ops->bytes_sent);
    csv_put_count(buf, ops->bytes_received);
    csv_put_count(buf, ops->conns_opened);
    csv_put_count(buf, ops->conns_failed);
    csv_put_times(buf, &view->latency);
    csv_put_times(buf, &ops->latency_ok);
    csv_put_times(buf, &ops->latency_failed);
    csv_put_times(buf, &view->service);
    buf_put(buf, BYTES("\r\n"));
    result_view_destroy(&view);
}

void form_csv_render(const struct result *result, const struct form_options *options,
                     struct buf *buf)
{
    (void)options;
    csv_put_heads(buf);
    csv_put_row(buf, "summary", "", result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    for (size_t i = 0; i < result->phase_count; i++)
        csv_put_row(buf, "phase", result->phases[i].name, result, (int)i, RESULT_EVERY_TARGET);
    for (size_t i = 0; i < result->target_count; i++)
        csv_put_row(buf, "target", result->targets[i].url, result, RESULT_COUNTED, (int)i);
}
