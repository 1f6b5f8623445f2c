/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form: what became of the events, a section for each sink.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/form_inner.h"
#include "report/result_events.h"

static void text_event_row(struct form_pen *pen, enum form_style style, const char *name,
                           int64_t count, const char *about)
{
    char number[64];
    (void)snprintf(number, sizeof(number), "%s%s", count < 0 ? "-" : "",
                   fmt_count((uint64_t)(count < 0 ? -count : count)).str);
    form_pen_repeat(pen, ' ', 2);
    form_pen_style(pen, style);
    form_pen_put(pen, FORM_LEFT, 18, name);
    form_pen_put(pen, FORM_RIGHT, 14, number);
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_repeat(pen, ' ', 3);
    form_pen_style(pen, FORM_STYLE_FAINT);
    form_pen_wrap(pen, 37, about);
    form_pen_style(pen, FORM_STYLE_END);
}

/* A row that is silent when there is nothing to say. */
static void text_event_some(struct form_pen *pen, enum form_style style, const char *name,
                            int64_t count, const char *about)
{
    if (count != 0)
        text_event_row(pen, style, name, count, about);
}

static void text_event_entries(struct form_pen *pen, const struct track_entries *entries)
{
    text_event_row(pen, FORM_STYLE_END, "sent", entries->sent, "events of requests that were sent");
    text_event_row(pen, FORM_STYLE_END, "accepted", entries->accepted,
                   "the pipeline said that it has them");
    text_event_some(pen, FORM_STYLE_DOUBT, "refused", entries->refused, "it said no");
    text_event_some(pen, FORM_STYLE_DOUBT, "unsure", entries->unsure,
                    "no answer tells whether it has them");
    text_event_some(pen, FORM_STYLE_DOUBT, "unsent", entries->unsent, "no byte was written");
}

static void text_event_classes(struct form_pen *pen, const struct track_at_sum *at)
{
    enum form_style lost = at->lost > 0 ? FORM_STYLE_BAD : FORM_STYLE_END;
    enum form_style twice = at->duplicated > 0 ? FORM_STYLE_BAD : FORM_STYLE_END;
    text_event_row(pen, FORM_STYLE_END, "delivered", at->delivered, "came once, in time");
    text_event_row(pen, twice, "duplicated", at->duplicated, "came more than once");
    text_event_some(pen, FORM_STYLE_BAD, "late", at->late, "came once, too late");
    text_event_row(pen, lost, "lost", at->lost, "accepted, and never came");
    text_event_some(pen, FORM_STYLE_BAD, "stuck", at->stuck,
                    "accepted, and nothing accepted after them came either");
    text_event_some(pen, FORM_STYLE_DOUBT, "not come yet", at->missing, "accepted; nobody knows");
    text_event_some(pen, FORM_STYLE_DOUBT, "in flight", at->in_flight,
                    "the run ended before they can be missed");
    text_event_some(pen, FORM_STYLE_END, "held back", at->held_back, "did not come, as planned");
    text_event_some(pen, FORM_STYLE_BAD, "leaked", at->leaked, "refused, and came all the same");
    text_event_some(pen, FORM_STYLE_BAD, "never sent", at->unsent_came, "and came all the same");
    text_event_some(pen, FORM_STYLE_END, "unsure, came", at->unsure_delivered,
                    "so they had been accepted");
    text_event_some(pen, FORM_STYLE_DOUBT, "unsure, absent", at->unsure_absent,
                    "maybe never accepted");
    text_event_some(pen, FORM_STYLE_BAD, "out of order", at->reordered,
                    "came after one that must come later");
    text_event_some(pen, FORM_STYLE_BAD, "damaged", at->damaged, "not as they were sent");
}

/* Events without an identity: nothing is known to have come twice, or late. */
static void text_event_numbers(struct form_pen *pen, const struct track_at_sum *at)
{
    enum form_style lost = at->lost > 0 ? FORM_STYLE_BAD : FORM_STYLE_END;
    text_event_row(pen, FORM_STYLE_END, "came", at->delivered, "of the accepted, by number alone");
    text_event_row(pen, lost, "missing", at->lost, "so many fewer came than were accepted");
    text_event_some(pen, FORM_STYLE_DOUBT, "in flight", at->in_flight,
                    "fewer came, and they still came at the end");
    text_event_some(pen, FORM_STYLE_END, "held back", at->held_back, "did not come, as planned");
    text_event_some(pen, FORM_STYLE_DOUBT, "too many", at->copies, "more came than were accepted");
    text_event_some(pen, FORM_STYLE_END, "unsure, came", at->unsure_delivered,
                    "as many more came as were unsure");
    text_event_some(pen, FORM_STYLE_DOUBT, "unsure, absent", at->unsure_absent,
                    "maybe never accepted");
}

static void text_event_receiver(struct form_pen *pen, const struct result_sink_counts *counts,
                                const struct track_at_sum *at)
{
    text_event_some(pen, FORM_STYLE_DOUBT, "redelivered", at->redelivered,
                    "again, as the peer may not have read our reply");
    text_event_some(pen, FORM_STYLE_END, "attempts", at->attempts,
                    "arrivals that we answered with an error, a reset or a stall");
    text_event_some(pen, FORM_STYLE_END, "retries", at->retries, "arrivals after an attempt");
    text_event_some(pen, FORM_STYLE_DOUBT, "foreign", (int64_t)counts->foreign,
                    "stamps of other runs");
    text_event_some(pen, FORM_STYLE_BAD, "unreadable", (int64_t)counts->unreadable,
                    "stamps of this run that were damaged");
    text_event_some(pen, FORM_STYLE_DOUBT, "without a stamp", (int64_t)counts->stampless,
                    "messages in which there is none");
}

static void text_event_lag(struct form_pen *pen, const char *name, const struct hist_sum *lag)
{
    static const double shares[] = {0.5, 0.9, 0.99};
    if (lag->count == 0)
        return;
    form_pen_repeat(pen, ' ', 2);
    form_pen_put(pen, FORM_LEFT, 18, name);
    form_pen_put(pen, FORM_RIGHT, 11, fmt_duration(lag->min, pen->charset).str);
    for (size_t i = 0; i < BR_COUNT(shares); i++)
        form_pen_put(pen, FORM_RIGHT, 11,
                     fmt_duration(hist_sum_quantile(lag, shares[i]), pen->charset).str);
    form_pen_put(pen, FORM_RIGHT, 11, fmt_duration(lag->max, pen->charset).str);
    form_pen_newline(pen);
}

static void text_event_lags(struct form_pen *pen, const struct track_at_sum *at)
{
    if (at->lag_due.count == 0)
        return;
    form_pen_heads(pen, 20, "        min        p50        p90        p99        max");
    text_event_lag(pen, "lag from due", &at->lag_due);
    text_event_lag(pen, "from the send", &at->lag_sent);
    text_event_lag(pen, "from acceptance", &at->lag_accepted);
}

static void text_event_flow(struct form_text *text, const struct result_sink *sink)
{
    const struct result_events *events = text->result->events;
    static const char *const ends[] = {
        [TRACK_DRAIN_ON] = "the wait for the rest was cut short",
        [TRACK_DRAIN_EMPTY] = "everything was accounted for",
        [TRACK_DRAIN_STALLED] = "then nothing more came",
        [TRACK_DRAIN_DEADLINE] = "then the time for it was over",
    };
    struct fmt_text backlog = fmt_count((uint64_t)(sink->backlog_max > 0 ? sink->backlog_max : 0));
    char line[400];
    if (events->ended && events->is_counted)
        (void)snprintf(line, sizeof(line), "ran on for %s after the load, %s",
                       fmt_duration((double)sink->drain_ns, text->pen.charset).str,
                       ends[events->drain_end]);
    else if (events->ended)
        (void)snprintf(line, sizeof(line),
                       "backlog at most %s; longest time without a delivery %s; ran on for %s "
                       "after the load, %s",
                       backlog.str, fmt_duration((double)sink->gap_max_ns, text->pen.charset).str,
                       fmt_duration((double)sink->drain_ns, text->pen.charset).str,
                       ends[events->drain_end]);
    else
        (void)snprintf(line, sizeof(line),
                       "backlog at most %s; what is missing may have come later", backlog.str);
    form_pen_repeat(&text->pen, ' ', 2);
    form_pen_wrap(&text->pen, 2, line);
}

/* A phase that does not count: the same, apart from all else. */
static void text_event_uncounted(struct form_text *text, size_t at, size_t phase)
{
    struct form_pen *pen = &text->pen;
    struct result_flow flow;
    char title[200];
    result_flow_init(&flow, text->result, (int)phase, at);
    if (flow.entries.registered > 0) {
        (void)snprintf(title, sizeof(title), "events at %s in the %s (not in the numbers above)",
                       text->result->events->sinks[at].name, text->result->phases[phase].name);
        form_pen_title(pen, title);
        form_pen_newline(pen);
        text_event_entries(pen, &flow.entries);
        text_event_classes(pen, &flow.at);
        text_event_lags(pen, &flow.at);
        form_text_anomalies(text, at, phase);
    }
    result_flow_fini(&flow);
}

static void text_event_sink(struct form_text *text, size_t at)
{
    const struct result *result = text->result;
    const struct result_sink *sink = &result->events->sinks[at];
    struct form_pen *pen = &text->pen;
    struct result_flow flow;
    char title[200];
    (void)snprintf(title, sizeof(title), "events at %s (%s:%s)", sink->name, sink->kind,
                   sink->place);
    result_flow_init(&flow, result, RESULT_COUNTED, at);
    form_pen_title(pen, title);
    form_pen_newline(pen);
    text_event_entries(pen, &flow.entries);
    if (text->result->events->is_counted)
        text_event_numbers(pen, &flow.at);
    else
        text_event_classes(pen, &flow.at);
    text_event_receiver(pen, &result->events->rows.sinks[at], &flow.at);
    text_event_lags(pen, &flow.at);
    text_event_flow(text, sink);
    for (size_t i = 0; i < result->phase_count; i++) {
        if (result->phases[i].counted)
            form_text_anomalies(text, at, i);
    }
    result_flow_fini(&flow);
    for (size_t i = 0; i < result->phase_count; i++) {
        if (!result->phases[i].counted)
            text_event_uncounted(text, at, i);
    }
}

void form_text_events(struct form_text *text)
{
    if (text->result->events == NULL)
        return;
    for (size_t i = 0; i < text->result->events->sink_count; i++)
        text_event_sink(text, i);
}
