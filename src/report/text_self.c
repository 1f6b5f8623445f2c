/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form: traffic, how well brunt itself did, what does not count, where it all happened.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "report/form_inner.h"

enum { TEXT_NAME = 14 };

static void text_fact(struct form_pen *pen, const char *name, const char *text)
{
    form_pen_repeat(pen, ' ', 2);
    form_pen_put(pen, FORM_LEFT, TEXT_NAME, name);
    form_pen_wrap(pen, 2 + TEXT_NAME, text);
}

static void text_bytes(struct form_pen *pen, const char *name, uint64_t bytes, int64_t active_ns)
{
    char line[160];
    if (active_ns > 0)
        (void)snprintf(line, sizeof(line), "%s, %s/s", fmt_bytes((double)bytes).str,
                       fmt_bytes((double)bytes * 1e9 / (double)active_ns).str);
    else
        (void)snprintf(line, sizeof(line), "%s", fmt_bytes((double)bytes).str);
    text_fact(pen, name, line);
}

void form_text_traffic(struct form_text *text)
{
    const struct result_view *view = text->view;
    const struct block_ops_sum *ops = &view->ops;
    struct buf line;

    form_pen_title(&text->pen, "traffic");
    form_pen_newline(&text->pen);
    text_bytes(&text->pen, "sent", ops->bytes_sent, view->active_ns);
    text_bytes(&text->pen, "received", ops->bytes_received, view->active_ns);
    buf_init(&line, FORM_SIZE_MAX);
    buf_putf(&line, "%s opened, %s open at most", fmt_count(ops->conns_opened).str,
             fmt_count(text->result->conns_open_max).str);
    if (text->result->plan.model == PLAN_OPEN && text->result->plan.connections_max > 0)
        buf_putf(&line, " of %s allowed", fmt_count(text->result->plan.connections_max).str);
    if (ops->conns_failed > 0)
        buf_putf(&line, ", %s could not be established", fmt_count(ops->conns_failed).str);
    if (ops->conns_closed > 0)
        buf_putf(&line, ", %s closed by the peer while idle", fmt_count(ops->conns_closed).str);
    text_fact(&text->pen, "connections", buf_cstr(&line));
    buf_fini(&line);
}

/* ---- ourselves ---- */

static void text_times_fact(struct form_text *text, const char *name, const struct hist_sum *times,
                            const char *about)
{
    struct form_pen *pen = &text->pen;
    if (times->count == 0)
        return;
    form_pen_repeat(pen, ' ', 2);
    form_pen_put(pen, FORM_LEFT, TEXT_NAME, name);
    form_pen_put(pen, FORM_RIGHT, 10,
                 fmt_duration(hist_sum_quantile(times, 0.5), pen->charset).str);
    form_pen_put(pen, FORM_RIGHT, 11,
                 fmt_duration(hist_sum_quantile(times, 0.99), pen->charset).str);
    form_pen_put(pen, FORM_RIGHT, 11, fmt_duration(times->max, pen->charset).str);
    form_pen_repeat(pen, ' ', 3);
    form_pen_style(pen, FORM_STYLE_FAINT);
    form_pen_wrap(pen, 2 + TEXT_NAME + 35, about);
    form_pen_style(pen, FORM_STYLE_END);
}

static void text_cpu(struct form_text *text)
{
    const struct result *result = text->result;
    const struct result_gauges *gauges = &result->gauges;
    struct buf line;
    uint64_t busiest = 0;
    double cpu_ns = (double)gauges->cpu_user_ns + (double)gauges->cpu_system_ns;

    for (int i = 0; i < result->plan.shards; i++) {
        if (result->shards[i].busy_permille_max > busiest)
            busiest = result->shards[i].busy_permille_max;
    }
    buf_init(&line, FORM_SIZE_MAX);
    buf_putf(&line, "%s", fmt_duration(cpu_ns, text->pen.charset).str);
    if (gauges->now_ns > 0)
        buf_putf(&line, ", %s of one CPU", fmt_share(cpu_ns / (double)gauges->now_ns).str);
    if (text->view->ops.done > 0)
        buf_putf(&line, ", %s an operation",
                 fmt_duration(cpu_ns / (double)text->view->ops.done, text->pen.charset).str);
    text_fact(&text->pen, "CPU", buf_cstr(&line));
    buf_clear(&line);
    buf_putf(&line, "%d, %s; busy for at most %s of a second", result->plan.shards,
             result->plan.wait == PLAN_WAIT_SPIN ? "spinning so as to be on time"
                                                 : "sleeping while nothing is due",
             fmt_share((double)busiest / 1000.0).str);
    text_fact(&text->pen, "shards", buf_cstr(&line));
    buf_fini(&line);
}

static void text_receive_lag(struct form_text *text)
{
    const struct result_view *view = text->view;
    char about[160];
    if (view->shards.receive_lag.count == 0)
        return;
    (void)snprintf(about, sizeof(about), "replies lay unread (%s looked at)",
                   fmt_count_short(view->shards.receive_lag.count).str);
    text_times_fact(text, "receive lag", &view->shards.receive_lag, about);
}

void form_text_self(struct form_text *text)
{
    const struct block_phase_sum *shards = &text->view->shards;
    form_pen_title(&text->pen, "brunt itself");
    form_pen_heads(&text->pen, 11, "p50        p99        max");
    text_times_fact(text, "lateness", &shards->lateness, "behind the schedule");
    text_times_fact(text, "wait", &shards->wait, "for a connection");
    text_times_fact(text, "connect", &shards->connect, "to set one up");
    if (shards->handshake.count > 0)
        text_times_fact(text, "handshake", &shards->handshake, "the TLS part of it");
    text_receive_lag(text);
    text_cpu(text);
    if (text->result->rss_max_bytes > 0)
        text_fact(&text->pen, "memory", fmt_bytes((double)text->result->rss_max_bytes).str);
}

/* ---- the rest ---- */

void form_text_origin(struct form_text *text)
{
    const struct result *result = text->result;
    const struct result_machine *machine = &result->machine;
    struct form_pen *pen = &text->pen;
    char when[64] = "";
    struct tm utc;
    struct buf line;
    time_t seconds = (time_t)(machine->start_unix_ns / 1000000000);

    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &utc);
    buf_init(&line, FORM_SIZE_MAX);
    buf_putf(&line, "brunt %s, %s, seed %llu; %s, %s, %s, %d of %d CPUs", machine->version, when,
             (unsigned long long)result->plan.seed, machine->host, machine->kernel,
             machine->cpu_model, machine->cpus_allowed, machine->cpus);
    form_pen_newline(pen);
    form_pen_style(pen, FORM_STYLE_FAINT);
    form_pen_wrap(pen, 0, buf_cstr(&line));
    form_pen_style(pen, FORM_STYLE_END);
    buf_fini(&line);
}
