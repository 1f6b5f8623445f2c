/* SPDX-License-Identifier: Apache-2.0
 *
 * What `brunt sink` says. Numbers that are zero and usually are so are left out.
 */
#include "cli/sink_text.h"

#include "data/json.h"
#include "sink/sink.h"
#include "sys/clock.h"

/* ", 5 failed": nothing when it is 0. */
static void cli_sink_put_some(struct buf *out, const char *before, uint64_t count, const char *what)
{
    if (count > 0)
        buf_putf(out, "%s%s %s", before, fmt_count(count).str, what);
}

static uint64_t cli_sink_bad(const struct sink_totals *totals)
{
    return totals->failed + totals->reset + totals->stalled + totals->hung_up;
}

void cli_sink_put_line(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                       struct cli_sink_seen *seen, struct buf *out)
{
    double sec = (double)(view->elapsed_ns - seen->elapsed_ns) / 1e9;
    seen->elapsed_ns = view->elapsed_ns;
    buf_putf(out, "%s", fmt_interval(view->elapsed_ns / CLOCK_NS_PER_SEC * CLOCK_NS_PER_SEC).str);
    for (int i = 0; i < view->count; i++) {
        const struct sink_totals *totals = &view->totals[i];
        double per_sec = (double)(totals->messages - seen->messages[i]) / sec;
        buf_putf(out, "  %.*s %s (%s)", BYTES_ARG(sinks->sinks[i].name),
                 fmt_count(totals->messages).str, fmt_rate(per_sec).str);
        cli_sink_put_some(out, ", ", cli_sink_bad(totals), "not well");
        seen->messages[i] = totals->messages;
    }
}

static double cli_sink_sec(const struct run_sinks_view *view, int64_t at_ns)
{
    return (double)(at_ns - view->start_ns) / 1e9;
}

static void cli_sink_put_fates(const struct sink_totals *totals, bool replies, struct buf *out)
{
    buf_putf(out, "  messages   %s", fmt_count(totals->messages).str);
    if (totals->messages > 0 && replies)
        buf_putf(out, ": %s answered well", fmt_count(totals->answered).str);
    cli_sink_put_some(out, ", ", totals->failed, "with an error");
    cli_sink_put_some(out, ", ", totals->reset, "by a reset");
    cli_sink_put_some(out, ", ", totals->stalled, "never");
    cli_sink_put_some(out, ", ", totals->hung_up, "hung up before");
    cli_sink_put_some(out, "; ", totals->bad_auth, "did not say who they were");
    cli_sink_put_some(out, "; ", totals->undecodable, "could not be decoded");
    cli_sink_put_some(out, "; ", totals->cut, "were cut");
    cli_sink_put_some(out, "; ", totals->refused, "requests were refused");
    cli_sink_put_some(out, "; ", totals->unsaved, "could not be saved in time");
    buf_put_str(out, "\n");
}

static void cli_sink_put_stamps(const struct sink_totals *totals, struct buf *out)
{
    buf_putf(out, "  events     %s", fmt_count(totals->arrivals).str);
    if (totals->attempts > 0)
        buf_putf(out, ": %s delivered, %s attempted", fmt_count(totals->deliveries).str,
                 fmt_count(totals->attempts).str);
    cli_sink_put_some(out, "; ", totals->unread, "deliveries may not have been noticed");
    cli_sink_put_some(out, "; ", totals->foreign, "stamps of other runs");
    cli_sink_put_some(out, "; ", totals->unreadable, "damaged stamps");
    cli_sink_put_some(out, "; ", totals->stampless, "messages without a stamp");
    buf_put_str(out, "\n");
}

static void cli_sink_put_late(const struct sink_totals *totals, enum fmt_charset charset,
                              struct buf *out)
{
    if (totals->late.count == 0)
        return;
    buf_putf(
        out,
        "  late       p50 %s, p99 %s, max %s: our answers, behind the time they were to be sent\n",
        fmt_duration(hist_sum_quantile(&totals->late, 0.5), charset).str,
        fmt_duration(hist_sum_quantile(&totals->late, 0.99), charset).str,
        fmt_duration(totals->late.max, charset).str);
}

void cli_sink_put_summary(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                          const struct bytes *places, enum fmt_charset charset, struct buf *out)
{
    for (int i = 0; i < view->count; i++) {
        const struct plan_sink *sink = &sinks->sinks[i];
        const struct sink_totals *totals = &view->totals[i];
        buf_putf(out, "%.*s: %.*s %.*s\n", BYTES_ARG(sink->name), BYTES_ARG(sink->kind),
                 BYTES_ARG(places[i]));
        cli_sink_put_fates(totals, sink_ops_find(sink->kind)->replies, out);
        cli_sink_put_stamps(totals, out);
        buf_putf(out, "  bytes      %s", fmt_bytes((double)totals->bytes).str);
        cli_sink_put_some(out, " on ", totals->connections, "connections");
        buf_put_str(out, "\n");
        cli_sink_put_late(totals, charset, out);
        if (totals->first_ns <= totals->last_ns)
            buf_putf(out, "  came       from %.3f s to %.3f s\n",
                     cli_sink_sec(view, totals->first_ns), cli_sink_sec(view, totals->last_ns));
    }
}

static void cli_sink_put_json_late(struct json_writer *writer, const struct sink_totals *totals)
{
    json_add_object(writer, "late_ns");
    json_add_u64(writer, "count", totals->late.count);
    if (totals->late.count > 0) {
        json_add_f64(writer, "p50", hist_sum_quantile(&totals->late, 0.5));
        json_add_f64(writer, "p99", hist_sum_quantile(&totals->late, 0.99));
        json_add_f64(writer, "max", totals->late.max);
    }
    json_close_object(writer);
}

void cli_sink_put_json(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                       const struct bytes *places, struct buf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out, true);
    json_open_object(&writer);
    json_add_f64(&writer, "seconds", (double)view->elapsed_ns / 1e9);
    json_add_object(&writer, "sinks");
    for (int i = 0; i < view->count; i++) {
        const struct sink_totals *totals = &view->totals[i];
        json_add_object(&writer, sinks->sinks[i].name.ptr);
        json_add_text(&writer, "kind", sinks->sinks[i].kind);
        json_add_text(&writer, "place", places[i]);
#define X(name, text) json_add_u64(&writer, #name, totals->name);
        SINK_COUNTERS(X)
#undef X
        cli_sink_put_json_late(&writer, totals);
        if (totals->first_ns <= totals->last_ns) {
            json_add_f64(&writer, "first_sec", cli_sink_sec(view, totals->first_ns));
            json_add_f64(&writer, "last_sec", cli_sink_sec(view, totals->last_ns));
        }
        json_close_object(&writer);
    }
    json_close_object(&writer);
    json_close_object(&writer);
    buf_put_str(out, "\n");
}
