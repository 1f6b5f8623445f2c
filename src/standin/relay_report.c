/* SPDX-License-Identifier: Apache-2.0
 *
 * What the relay says of itself: to Prometheus and on /queue while it works, to people at its end.
 */
#include "base/fmt.h"
#include "data/json.h"
#include "standin/relay_inner.h"

static void relay_put_value(struct buf *out, const char *name, const char *type, const char *help,
                            uint64_t value)
{
    buf_putf(out, "# HELP relay_%s %s\n# TYPE relay_%s %s\nrelay_%s %llu\n", name, help, name, type,
             name, (unsigned long long)value);
}

void relay_put_metrics(const struct standin_relay *relay, struct buf *out)
{
    const struct standin_relay_stats *stats = &relay->stats;
    relay_put_value(out, "requests_total", "counter", "Requests with events in them.",
                    stats->requests);
    relay_put_value(out, "events_taken_total", "counter", "Events accepted.", stats->taken);
    relay_put_value(out, "events_restored_total", "counter", "Events found in the store.",
                    stats->restored);
    relay_put_value(out, "events_turned_away_total", "counter", "Events answered by 503.",
                    stats->turned_away);
    relay_put_value(out, "events_out_total", "counter", "Events put out, copies not counted.",
                    stats->put_out);
    relay_put_value(out, "messages_total", "counter", "Messages delivered.", stats->messages);
    relay_put_value(out, "attempts_total", "counter", "Messages begun.", stats->attempts);
    relay_put_value(out, "retries_total", "counter", "Messages begun again.", stats->retries);
    relay_put_value(out, "queue_depth", "gauge", "Events accepted and not out.", stats->depth);
    buf_put_str(out, "# HELP relay_faults_total Faults done.\n# TYPE relay_faults_total counter\n");
    for (int fault = RELAY_LOSE; fault < RELAY_FAULT_COUNT; fault++)
        buf_putf(out, "relay_faults_total{fault=\"%s\"} %llu\n",
                 relay_fault_name((enum relay_fault)fault), (unsigned long long)stats->done[fault]);
}

static uint64_t relay_count(const struct list *events)
{
    uint64_t count = 0;
    for (const struct list *node = events->next; node != events; node = node->next)
        count++;
    return count;
}

void relay_put_queue(const struct standin_relay *relay, struct buf *out)
{
    struct json_writer json;
    uint64_t working = 0;
    for (uint32_t i = 0; i < relay->config->workers; i++)
        working += relay_count(&relay->workers[i].batch) + relay_count(&relay->workers[i].going);
    json_writer_init(&json, out, false);
    json_open_object(&json);
    json_add_u64(&json, "depth", relay->stats.depth);
    json_add_u64(&json, "depth_max", relay->stats.depth_max);
    json_add_u64(&json, "ready", relay->ready_count);
    json_add_u64(&json, "delayed", relay_count(&relay->delayed));
    json_add_u64(&json, "held", relay_count(&relay->held));
    json_add_u64(&json, "working", working);
    json_add_bool(&json, "draining", relay->draining);
    json_close_object(&json);
    buf_put_str(out, "\n");
}

static void relay_put_count(struct buf *out, const char *label, uint64_t count)
{
    if (count > 0)
        buf_putf(out, "  %s: %s\n", label, fmt_count(count).str);
}

void relay_put_summary(const struct standin_relay *relay, struct buf *out)
{
    static const char *const labels[RELAY_FAULT_COUNT] = {
        [RELAY_LOSE] = "planted: lost",
        [RELAY_DUP] = "planted: put out twice",
        [RELAY_REORDER] = "planted: overtaken",
        [RELAY_DAMAGE] = "planted: damaged",
        [RELAY_DELAY] = "planted: delayed",
        [RELAY_REFUSE] = "planted: refused",
        [RELAY_GAVE_UP] = "given up, not put out",
    };
    const struct standin_relay_stats *stats = &relay->stats;
    buf_putf(out, "took in %s events in %s requests, ", fmt_count(stats->taken).str,
             fmt_count(stats->requests).str);
    buf_putf(out, "put out %s in %s messages\n", fmt_count(stats->put_out).str,
             fmt_count(stats->messages).str);
    relay_put_count(out, "found in the store", stats->restored);
    relay_put_count(out, "turned away", stats->turned_away);
    relay_put_count(out, "retries", stats->retries);
    for (int fault = RELAY_LOSE; fault < RELAY_FAULT_COUNT; fault++)
        relay_put_count(out, labels[fault], stats->done[fault]);
    buf_putf(out, "  at most in the queue: %s\n", fmt_count(stats->depth_max).str);
    if (stats->depth > 0)
        buf_putf(out, "  still in the queue: %s (%s)\n", fmt_count(stats->depth).str,
                 relay->store != NULL ? "kept" : "lost");
}
