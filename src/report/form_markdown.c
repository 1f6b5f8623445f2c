/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary as Markdown (GitHub's and GitLab's tables), for the comment on a change or the page
 * of a CI job: what somebody who reviews wants to see, no more.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "report/balance.h"
#include "report/form_inner.h"
#include "report/result_events.h"

/* What would be read as Markdown or HTML is escaped; control characters become '?'. */
static void markdown_put(struct buf *buf, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("\\`*_{}[]<>#|~&", *c) != NULL)
            buf_put(buf, BYTES("\\"));
        buf_put(buf, *c >= 0x20 && *c < 0x7f ? bytes_make(c, 1) : BYTES("?"));
    }
}

/* ---- verdict ---- */

static void markdown_verdict(struct buf *buf, const struct result *result)
{
    static const char *const words[] = {"No verdict", "PASS", "FAIL", "INVALID"};
    static const char *const notes[] = {"note", "note", "FAIL", "INVALID"};
    buf_putf(buf, "### brunt: %s\n\n", words[result->verdict]);
    if (result->partial != RESULT_COMPLETE) {
        buf_put(buf, BYTES("- **partial**: "));
        markdown_put(buf, result->partial_why);
        buf_put(buf, BYTES("\n"));
    }
    for (size_t i = 0; i < result->reason_count; i++) {
        buf_putf(buf, "- **%s**: ", notes[result->reasons[i].kind]);
        markdown_put(buf, result->reasons[i].text);
        buf_put(buf, BYTES("\n"));
    }
    if (result->partial != RESULT_COMPLETE || result->reason_count > 0)
        buf_put(buf, BYTES("\n"));
}

static void markdown_expects(struct buf *buf, const struct result *result)
{
    static const char *const words[] = {"so far", "holds", "**does not hold**", "cannot be told"};
    if (result->expect_count == 0)
        return;
    buf_put_str(buf, "| expected | measured | |\n| --- | ---: | --- |\n");
    for (size_t i = 0; i < result->expect_count; i++) {
        const struct result_expect *expect = &result->expects[i];
        struct fmt_text value = {"no sample"};
        if (expect->has_value)
            value = result_fmt_value(expect->expr.unit, expect->value);
        buf_put(buf, BYTES("| "));
        markdown_put(buf, expect->text);
        buf_putf(buf, " | %s | %s |\n", value.str, words[expect->held]);
    }
    buf_put(buf, BYTES("\n"));
}

/* ---- numbers ---- */

static void markdown_counts(struct buf *buf, const struct result_view *view, bool open)
{
    const struct block_ops_sum *ops = &view->ops;
    buf_put_str(buf, "| operations | number | rate |\n| --- | ---: | ---: |\n");
    if (open)
        buf_putf(buf, "| offered | %s | %s |\n", fmt_count(view->offered).str,
                 fmt_rate(view->offered_per_sec).str);
    buf_putf(buf, "| sent | %s | %s |\n", fmt_count(ops->sent).str,
             fmt_rate(view->sent_per_sec).str);
    buf_putf(buf, "| done | %s | %s |\n", fmt_count(ops->done).str,
             fmt_rate(view->done_per_sec).str);
    buf_putf(buf, "| failed | %s | %s |\n", fmt_count(ops->failed).str,
             ops->done > 0 ? fmt_share((double)ops->failed / (double)ops->done).str : "-");
    if (open)
        buf_putf(buf, "| unsent | %s | |\n", fmt_count(view->unsent).str);
    buf_put(buf, BYTES("\n"));
}

static void markdown_times_row(struct buf *buf, const char *name, const struct hist_sum *times)
{
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    if (times->count == 0)
        return;
    buf_putf(buf, "| %s | %s", name, fmt_duration(hist_sum_mean(times), FMT_ASCII).str);
    for (size_t i = 0; i < BR_COUNT(shares); i++)
        buf_putf(buf, " | %s", fmt_duration(hist_sum_quantile(times, shares[i]), FMT_ASCII).str);
    buf_putf(buf, " | %s |\n", fmt_duration(times->max, FMT_ASCII).str);
}

static void markdown_times(struct buf *buf, const struct result_view *view)
{
    const struct block_ops_sum *ops = &view->ops;
    if (ops->done == 0)
        return;
    buf_put_str(buf, "| time | mean | p50 | p90 | p99 | p99.9 | max |\n"
                     "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    markdown_times_row(buf, "latency, succeeded", &ops->latency_ok);
    markdown_times_row(buf, "service, succeeded", &ops->service_ok);
    markdown_times_row(buf, "latency, failed", &ops->latency_failed);
    markdown_times_row(buf, "service, failed", &ops->service_failed);
    buf_put(buf, BYTES("\n"));
}

static void markdown_errors(struct buf *buf, const struct block_ops_sum *ops)
{
    if (ops->failed == 0)
        return;
    buf_put_str(buf, "| error | number | first | last |\n| --- | ---: | ---: | ---: |\n");
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        const struct block_error *error = &ops->errors[i];
        if (error->count == 0)
            continue;
        buf_putf(buf, "| %s | %s | %s | %s |\n", err_text((enum br_err)i),
                 fmt_count(error->count).str, fmt_duration((double)error->first_ns, FMT_ASCII).str,
                 fmt_duration((double)error->last_ns, FMT_ASCII).str);
    }
    buf_put(buf, BYTES("\n"));
}

/* ---- targets ---- */

static void markdown_target(struct buf *buf, const char *url, const struct result_view *view,
                            const struct balance *balance)
{
    const struct block_ops_sum *ops = &view->ops;
    bool any = ops->done > 0;
    buf_put(buf, BYTES("| "));
    markdown_put(buf, url);
    buf_putf(buf, " | %s | %s | %s | %s | %s |%s%s%s |\n", fmt_count(ops->done).str,
             any ? fmt_share((double)ops->failed / (double)ops->done).str : "-",
             fmt_rate(view->done_per_sec).str,
             any ? fmt_duration(hist_sum_quantile(&view->latency, 0.5), FMT_ASCII).str : "-",
             any ? fmt_duration(hist_sum_quantile(&view->latency, 0.99), FMT_ASCII).str : "-",
             balance->slow ? " slow" : "", balance->failing ? " failing" : "",
             balance->uneven ? " uneven" : "");
}

static void markdown_targets(struct buf *buf, const struct result *result)
{
    size_t count = result->target_count;
    if (count < 2)
        return;
    struct result_view **views = mem_zalloc(count, sizeof(views[0]));
    struct balance *balances = mem_zalloc(count, sizeof(balances[0]));
    for (size_t i = 0; i < count; i++)
        views[i] = result_view_create(result, RESULT_COUNTED, (int)i);
    balance_judge(views, count, balances);
    buf_put_str(buf, "| target | done | failed | rate | latency p50 | p99 | |\n"
                     "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
    for (size_t i = 0; i < count; i++) {
        markdown_target(buf, result->targets[i].url, views[i], &balances[i]);
        result_view_destroy(&views[i]);
    }
    buf_put(buf, BYTES("\n"));
    mem_free(views);
    mem_free(balances);
}

/* ---- phases ---- */

static void markdown_phase(struct buf *buf, const struct result *result, size_t i)
{
    struct result_view *view = result_view_create(result, (int)i, RESULT_EVERY_TARGET);
    const struct block_ops_sum *ops = &view->ops;
    bool any = ops->done > 0;
    buf_put(buf, BYTES("| "));
    markdown_put(buf, result->phases[i].name);
    buf_putf(buf, " | %s | %s | %s | %s | %s |\n", fmt_rate(view->offered_per_sec).str,
             fmt_count(ops->done).str,
             any ? fmt_share((double)ops->failed / (double)ops->done).str : "-",
             any ? fmt_duration(hist_sum_quantile(&view->latency, 0.5), FMT_ASCII).str : "-",
             any ? fmt_duration(hist_sum_quantile(&view->latency, 0.99), FMT_ASCII).str : "-");
    result_view_destroy(&view);
}

static void markdown_phases(struct buf *buf, const struct result *result)
{
    size_t counted = 0;
    for (size_t i = 0; i < result->phase_count; i++)
        counted += result->phases[i].counted;
    if (counted < 2)
        return;
    buf_put_str(buf, "| phase | offered | done | failed | latency p50 | p99 |\n"
                     "| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < result->phase_count; i++) {
        if (result->phases[i].counted)
            markdown_phase(buf, result, i);
    }
    buf_put(buf, BYTES("\n"));
}

/* ---- events ---- */

enum { MARKDOWN_NAMES = 5 };

static void markdown_event_row(struct buf *buf, const char *name, int64_t count, bool always)
{
    if (count != 0 || always)
        buf_putf(buf, "| %s | %s%s |\n", name, count < 0 ? "-" : "",
                 fmt_count((uint64_t)(count < 0 ? -count : count)).str);
}

static void markdown_event_counts(struct buf *buf, const struct result_flow *flow)
{
    const struct track_at_sum *at = &flow->at;
    const struct {
        const char *name;
        int64_t count;
        bool always;
    } rows[] = {
        {"sent", flow->entries.sent, true},
        {"accepted", flow->entries.accepted, true},
        {"refused", flow->entries.refused, false},
        {"unsure", flow->entries.unsure, false},
        {"delivered", at->delivered, true},
        {"duplicated", at->duplicated, true},
        {"late", at->late, false},
        {"lost", at->lost, true},
        {"stuck", at->stuck, false},
        {"not come yet", at->missing, false},
        {"in flight", at->in_flight, false},
        {"leaked", at->leaked, false},
        {"out of order", at->reordered, false},
        {"damaged", at->damaged, false},
        {"redelivered", at->redelivered, false},
        {"attempts", at->attempts, false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        markdown_event_row(buf, rows[i].name, rows[i].count, rows[i].always);
}

static void markdown_event_lags(struct buf *buf, const struct track_at_sum *at)
{
    if (at->lag_due.count == 0)
        return;
    buf_put_str(buf, "\n| lag of events | mean | p50 | p90 | p99 | p99.9 | max |\n"
                     "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    markdown_times_row(buf, "from due", &at->lag_due);
    markdown_times_row(buf, "from the send", &at->lag_sent);
    markdown_times_row(buf, "from acceptance", &at->lag_accepted);
}

/* A few names of each class, so that somebody can look for them. */
static void markdown_anomalies(struct buf *buf, const struct result *result, size_t sink,
                               size_t phase)
{
    for (int i = 0; i < TRACK_ANOMALY_COUNT; i++) {
        enum track_anomaly_kind kind = (enum track_anomaly_kind)i;
        const struct track_anomaly_list *list =
            track_anomalies_of(&result->events->anomalies, (int)phase, (int)sink, kind);
        if (list == NULL || list->count <= 0)
            continue;
        buf_put_str(buf, "- ");
        markdown_put(buf, track_anomaly_name(kind));
        buf_putf(buf, ", %s:", fmt_count((uint64_t)list->count).str);
        for (size_t k = 0; k < list->first_count && k < MARKDOWN_NAMES; k++) {
            char stamp[STAMP_SIZE];
            stamp_emit(&result->events->run, list->first[k].id, stamp);
            buf_putf(buf, " `%.*s`", (int)sizeof(stamp), stamp);
        }
        buf_put_str(buf, list->count > MARKDOWN_NAMES ? " ...\n" : "\n");
    }
}

static void markdown_sink(struct buf *buf, const struct result *result, size_t at)
{
    const struct result_sink *sink = &result->events->sinks[at];
    struct result_flow flow;
    result_flow_init(&flow, result, RESULT_COUNTED, at);
    buf_put_str(buf, "| events at ");
    markdown_put(buf, sink->name);
    buf_put_str(buf, " | number |\n| --- | ---: |\n");
    markdown_event_counts(buf, &flow);
    markdown_event_lags(buf, &flow.at);
    buf_putf(buf, "\nBacklog at most %s",
             fmt_count((uint64_t)(sink->backlog_max > 0 ? sink->backlog_max : 0)).str);
    if (result->events->ended)
        buf_putf(buf, "; longest time without a delivery %s; ran on for %s after the load",
                 fmt_duration((double)sink->gap_max_ns, FMT_ASCII).str,
                 fmt_duration((double)sink->drain_ns, FMT_ASCII).str);
    buf_put_str(buf, ".\n\n");
    for (size_t i = 0; i < result->phase_count; i++) {
        if (result->phases[i].counted)
            markdown_anomalies(buf, result, at, i);
    }
    buf_put_str(buf, "\n");
    result_flow_fini(&flow);
}

void form_markdown_render(const struct result *result, const struct form_options *options,
                          struct buf *buf)
{
    struct result_view *view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    (void)options;
    markdown_verdict(buf, result);
    markdown_expects(buf, result);
    for (size_t i = 0; result->events != NULL && i < result->events->sink_count; i++)
        markdown_sink(buf, result, i);
    markdown_counts(buf, view, result->plan.model == PLAN_OPEN);
    markdown_times(buf, view);
    markdown_errors(buf, &view->ops);
    markdown_targets(buf, result);
    markdown_phases(buf, result);
    buf_put_str(buf, "<sub>latency: from when an operation was due; service: from when it was "
                     "sent. `");
    /* In code nothing is escaped, so a back quote would end it. */
    for (const char *c = result->plan.command; *c != '\0'; c++)
        buf_put(buf, *c >= 0x20 && *c < 0x7f && *c != '`' ? bytes_make(c, 1) : BYTES("?"));
    buf_put(buf, BYTES("`</sub>\n"));
    result_view_destroy(&view);
}
