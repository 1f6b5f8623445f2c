/* SPDX-License-Identifier: Apache-2.0
 *
 * What the echo stand-in says of itself: to Prometheus while it runs, to people at its end.
 */
#include "base/fmt.h"
#include "standin/echo_inner.h"
#include "sys/clock.h"

static void standin_put_metric(struct buf *out, const char *name, const char *type,
                               const char *help)
{
    buf_putf(out, "# HELP standin_%s %s\n# TYPE standin_%s %s\n", name, help, name, type);
}

static void standin_put_value(struct buf *out, const char *name, const char *type, const char *help,
                              uint64_t value)
{
    standin_put_metric(out, name, type, help);
    buf_putf(out, "standin_%s %llu\n", name, (unsigned long long)value);
}

/* Statuses may repeat (two shares of one status): told once, summed. */
static uint64_t standin_count_status(const struct standin_echo *echo, uint32_t index)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < echo->reply_count; i++) {
        if (echo->replies[i].status != echo->replies[index].status)
            continue;
        if (i < index)
            return UINT64_MAX;
        count += echo->replies[i].count;
    }
    return count;
}

/* "…200…118800…" for each status. */
static void standin_put_statuses(const struct standin_echo *echo, struct buf *out,
                                 const char *before, const char *between)
{
    for (uint32_t i = 0; i < echo->reply_count; i++) {
        uint64_t count = standin_count_status(echo, i);
        bool shown = count > 0 || i == 0 || i >= STANDIN_REPLY_FAILS;
        if (count != UINT64_MAX && shown)
            buf_putf(out, "%s%u%s%llu\n", before, (unsigned)echo->replies[i].status, between,
                     (unsigned long long)count);
    }
}

static void standin_put_delays(struct standin_echo *echo, struct buf *out)
{
    static const double bounds_sec[] = {1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2,
                                        5e-2, 0.1,    0.25, 0.5,  1.0,    2.5,  5.0,  10.0};
    struct hist_sum sum;
    hist_sum_init(&sum);
    hist_sum_add(&sum, &echo->delays);
    standin_put_metric(out, "reply_delay_seconds", "histogram",
                       "From a request's last byte read to its reply written.");
    for (size_t i = 0; i < BR_COUNT(bounds_sec); i++)
        buf_putf(out, "standin_reply_delay_seconds_bucket{le=\"%g\"} %llu\n", bounds_sec[i],
                 (unsigned long long)hist_sum_count_below(&sum, bounds_sec[i] * 1e9));
    buf_putf(out,
             "standin_reply_delay_seconds_bucket{le=\"+Inf\"} %llu\n"
             "standin_reply_delay_seconds_sum %.9f\nstandin_reply_delay_seconds_count %llu\n",
             (unsigned long long)sum.count, sum.sum / 1e9, (unsigned long long)sum.count);
    hist_sum_fini(&sum);
}

void standin_echo_metrics(struct standin_echo *echo, struct buf *out)
{
    const struct http_server_stats *stats = http_server_stats(echo->server);
    standin_put_metric(out, "requests_total", "counter", "Requests answered in full, by status.");
    standin_put_statuses(echo, out, "standin_requests_total{status=\"", "\"} ");
    standin_put_value(out, "resets_total", "counter", "Requests answered by a reset.",
                      echo->resets);
    standin_put_value(out, "stalled_total", "counter", "Replies that a stall held back.",
                      echo->stalled);
    standin_put_value(out, "hung_up_total", "counter", "Requests whose peer was gone first.",
                      stats->hung_up);
    standin_put_value(out, "refused_total", "counter", "Messages that broke the protocol.",
                      stats->refused);
    standin_put_value(out, "connections_total", "counter", "Connections accepted.",
                      stats->connections);
    standin_put_value(out, "connections", "gauge", "Connections open now.", stats->open);
    standin_put_value(out, "received_bytes_total", "counter", "Bytes received.",
                      stats->bytes_received);
    standin_put_value(out, "sent_bytes_total", "counter", "Bytes sent.", stats->bytes_sent);
    standin_put_delays(echo, out);
}

static void standin_put_delay_line(struct standin_echo *echo, struct buf *out)
{
    struct hist_sum sum;
    hist_sum_init(&sum);
    hist_sum_add(&sum, &echo->delays);
    if (sum.count > 0)
        buf_putf(out, "  applied delay: mean %s, p50 %s, p99 %s, max %s\n",
                 fmt_duration(hist_sum_mean(&sum), FMT_ASCII).str,
                 fmt_duration(hist_sum_quantile(&sum, 0.5), FMT_ASCII).str,
                 fmt_duration(hist_sum_quantile(&sum, 0.99), FMT_ASCII).str,
                 fmt_duration(sum.max, FMT_ASCII).str);
    hist_sum_fini(&sum);
}

static void standin_put_count(struct buf *out, const char *label, uint64_t count)
{
    if (count > 0)
        buf_putf(out, "  %s: %s\n", label, fmt_count(count).str);
}

void standin_echo_summary(struct standin_echo *echo, struct buf *out)
{
    const struct http_server_stats *stats = http_server_stats(echo->server);
    int64_t span_ns = echo->last_ns - echo->first_ns;
    int64_t user_ns, system_ns;
    clock_process_cpu_ns(&user_ns, &system_ns);
    buf_putf(out, "served %s requests on %s connections", fmt_count(echo->requests).str,
             fmt_count(stats->connections).str);
    if (echo->requests > 1 && span_ns > 0)
        buf_putf(out, " in %s (%s)", fmt_duration((double)span_ns, FMT_ASCII).str,
                 fmt_rate((double)echo->requests * 1e9 / (double)span_ns).str);
    buf_put_str(out, "\n");
    standin_put_statuses(echo, out, "  status ", ": ");
    standin_put_count(out, "reset", echo->resets);
    standin_put_count(out, "held back by a stall", echo->stalled);
    standin_put_count(out, "peer gone before the reply", stats->hung_up);
    standin_put_count(out, "refused, not HTTP or too large", stats->refused);
    standin_put_count(out, "connections not accepted", stats->accept_failed);
    standin_put_delay_line(echo, out);
    buf_putf(out, "  received %s, sent %s, CPU %s", fmt_bytes((double)stats->bytes_received).str,
             fmt_bytes((double)stats->bytes_sent).str,
             fmt_duration((double)(user_ns + system_ns), FMT_ASCII).str);
    if (echo->requests > 0)
        buf_putf(
            out, " (%s a request)",
            fmt_duration((double)(user_ns + system_ns) / (double)echo->requests, FMT_ASCII).str);
    buf_put_str(out, "\n");
}
