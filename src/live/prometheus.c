/* SPDX-License-Identifier: Apache-2.0
 *
 * One family after the other, as the format asks: HELP, TYPE, then a sample for each phase (and
 * target). Counters are of the whole run, so a scraper's rate() works; p50 and p99 of the last
 * second are gauges beside the histograms. Names come from block.h's tables: a counter that is
 * added there stands here, too.
 */
#include "live/prometheus.h"

#include <inttypes.h>

#include "base/err.h"

/* Buckets of times, in seconds. */
static const double live_bounds[] = {1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2,
                                     0.1,  0.25,   0.5,  1.0,  2.5,    5.0,  10.0, 30.0,   60.0};

static void live_put_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_putf(out, "# HELP brunt_%s %s\n# TYPE brunt_%s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void live_put_label(struct buf *out, const char *name, const char *value)
{
    buf_putf(out, "%s=\"", name);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\n')
            buf_put_str(out, "\\n");
        else if (*c == '\\' || *c == '"')
            buf_putf(out, "\\%c", *c);
        else
            buf_put(out, bytes_make(c, 1));
    }
    buf_put_str(out, "\"");
}

/* phase="steady",target="http://…" without braces; target NULL: none. */
static void live_put_labels(struct buf *out, const struct result *result, size_t phase,
                            const char *target)
{
    live_put_label(out, "phase", result->phases[phase].name);
    if (target == NULL)
        return;
    buf_put_str(out, ",");
    live_put_label(out, "target", target);
}

typedef uint64_t live_count_fn(const struct block_ops_sum *ops);
typedef uint64_t live_shard_count_fn(const struct block_phase_sum *sum);

#define X(name, text)                                                                              \
    static uint64_t live_take_##name(const struct block_ops_sum *ops)                              \
    {                                                                                              \
        return ops->name;                                                                          \
    }
BLOCK_COUNTERS(X)
#undef X

#define X(name, text)                                                                              \
    static uint64_t live_take_shard_##name(const struct block_phase_sum *sum)                      \
    {                                                                                              \
        return sum->name;                                                                          \
    }
BLOCK_SHARD_COUNTERS(X)
#undef X

static void live_put_counters(struct buf *out, const struct result *result)
{
    static const struct {
        const char *name;
        const char *help;
        live_count_fn *take;
    } rows[] = {
#define X(name, text) {#name "_total", text, live_take_##name},
        BLOCK_COUNTERS(X)
#undef X
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        live_put_family(out, rows[i].name, "counter", rows[i].help);
        for (size_t k = 0; k < result->phase_count * result->target_count; k++) {
            buf_putf(out, "brunt_%s{", rows[i].name);
            live_put_labels(out, result, k / result->target_count,
                            result->targets[k % result->target_count].url);
            buf_putf(out, "} %" PRIu64 "\n", rows[i].take(&result->ops[k]));
        }
    }
}

static void live_put_shard_counters(struct buf *out, const struct result *result)
{
    static const struct {
        const char *name;
        const char *help;
        live_shard_count_fn *take;
    } rows[] = {
#define X(name, text) {#name "_total", text, live_take_shard_##name},
        BLOCK_SHARD_COUNTERS(X)
#undef X
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        live_put_family(out, rows[i].name, "counter", rows[i].help);
        for (size_t phase = 0; phase < result->phase_count; phase++) {
            buf_putf(out, "brunt_%s{", rows[i].name);
            live_put_labels(out, result, phase, NULL);
            buf_putf(out, "} %" PRIu64 "\n", rows[i].take(&result->phases[phase].sum));
        }
    }
}

/* What is there only: 999 statuses that nobody saw are of no use. */
static void live_put_outcomes(struct buf *out, const struct result *result)
{
    live_put_family(out, "replies_total", "counter", "replies read whole, by status");
    for (size_t k = 0; k < result->phase_count * result->target_count; k++) {
        for (int status = 0; status < BLOCK_STATUS_MAX; status++) {
            if (result->ops[k].status[status] == 0)
                continue;
            buf_put_str(out, "brunt_replies_total{");
            live_put_labels(out, result, k / result->target_count,
                            result->targets[k % result->target_count].url);
            buf_putf(out, ",status=\"%d\"} %" PRIu64 "\n", status, result->ops[k].status[status]);
        }
    }
    live_put_family(out, "errors_total", "counter", "operations that failed, by kind");
    for (size_t k = 0; k < result->phase_count * result->target_count; k++) {
        for (int err = 0; err < BR_ERR_COUNT; err++) {
            if (result->ops[k].errors[err].count == 0)
                continue;
            buf_put_str(out, "brunt_errors_total{");
            live_put_labels(out, result, k / result->target_count,
                            result->targets[k % result->target_count].url);
            buf_putf(out, ",kind=\"%s\"} %" PRIu64 "\n", err_name((enum br_err)err),
                     result->ops[k].errors[err].count);
        }
    }
}

static void live_put_histogram(struct buf *out, const struct result *result, size_t phase,
                               const char *target, const char *name, const struct hist_sum *times)
{
    for (size_t i = 0; i <= BR_COUNT(live_bounds); i++) {
        buf_putf(out, "brunt_%s_bucket{", name);
        live_put_labels(out, result, phase, target);
        if (i < BR_COUNT(live_bounds))
            buf_putf(out, ",le=\"%g\"} %" PRIu64 "\n", live_bounds[i],
                     hist_sum_count_below(times, live_bounds[i] * 1e9));
        else
            buf_putf(out, ",le=\"+Inf\"} %" PRIu64 "\n", times->count);
    }
    buf_putf(out, "brunt_%s_sum{", name);
    live_put_labels(out, result, phase, target);
    buf_putf(out, "} %.9f\nbrunt_%s_count{", times->sum / 1e9, name);
    live_put_labels(out, result, phase, target);
    buf_putf(out, "} %" PRIu64 "\n", times->count);
}

static void live_put_operations(struct buf *out, const struct result *result, const char *name,
                                const char *help, bool service)
{
    live_put_family(out, name, "histogram", help);
    for (size_t k = 0; k < result->phase_count * result->target_count; k++) {
        const struct block_ops_sum *ops = &result->ops[k];
        struct hist_sum both;
        hist_sum_init(&both);
        hist_sum_merge(&both, service ? &ops->service_ok : &ops->latency_ok);
        hist_sum_merge(&both, service ? &ops->service_failed : &ops->latency_failed);
        live_put_histogram(out, result, k / result->target_count,
                           result->targets[k % result->target_count].url, name, &both);
        hist_sum_fini(&both);
    }
}

static void live_put_own_times(struct buf *out, const struct result *result)
{
    live_put_family(out, "lateness_seconds", "histogram", "how late brunt began operations");
    for (size_t i = 0; i < result->phase_count; i++)
        live_put_histogram(out, result, i, NULL, "lateness_seconds",
                           &result->phases[i].sum.lateness);
    live_put_family(out, "connect_seconds", "histogram", "set-up of connections, TLS included");
    for (size_t i = 0; i < result->phase_count; i++)
        live_put_histogram(out, result, i, NULL, "connect_seconds", &result->phases[i].sum.connect);
}

static void live_put_gauge(struct buf *out, const char *name, const char *help, double value)
{
    live_put_family(out, name, "gauge", help);
    buf_putf(out, "brunt_%s %.9g\n", name, value);
}

static void live_put_gauges(struct buf *out, const struct result *result)
{
    const struct result_point *last = &result->last;
    live_put_gauge(out, "run_seconds", "since the load began", (double)last->t_ns / 1e9);
    live_put_gauge(out, "in_flight", "operations under way", (double)last->in_flight);
    live_put_gauge(out, "behind", "operations due and not begun", (double)last->behind);
    live_put_gauge(out, "connections_open", "connections open", (double)last->conns_open);
    live_put_gauge(out, "latency_p50_seconds", "of the last second", last->latency_p50_ns / 1e9);
    live_put_gauge(out, "latency_p99_seconds", "of the last second", last->latency_p99_ns / 1e9);
    live_put_gauge(out, "resident_memory_bytes", "of brunt itself", (double)last->rss_bytes);
    live_put_family(out, "cpu_seconds_total", "counter", "of brunt itself");
    buf_putf(out, "brunt_cpu_seconds_total %.6f\n",
             (double)(result->gauges.cpu_user_ns + result->gauges.cpu_system_ns) / 1e9);
}

void live_prometheus_put(const struct result *result, struct buf *out)
{
    live_put_counters(out, result);
    live_put_shard_counters(out, result);
    live_put_outcomes(out, result);
    live_put_operations(out, result, "latency_seconds", "from when an operation was due", false);
    live_put_operations(out, result, "service_seconds", "from when it was sent", true);
    live_put_own_times(out, result);
    live_put_gauges(out, result);
}
