/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations on events: their number out of a result. Of several sinks, without {sink:NAME},
 * counts are added up, lags are one histogram, and of the backlog and the drain time it is the
 * largest.
 */
#include <math.h>
#include <stdio.h>

#include "report/result_events.h"
#include "report/verdict_inner.h"

enum verdict_event {
    EVENT_LAG,
    EVENT_LAG_SENT,
    EVENT_LAG_ACCEPTED,
    EVENT_LAGS_COUNT,
    EVENT_DRAIN_TIME = EVENT_LAGS_COUNT,
    EVENT_DELIVERY_GAP,
    EVENT_BACKLOG,
    EVENT_LATE, /* up to here our own slowness may be the reason */
    EVENT_SENT,
    EVENT_ACCEPTED,
    EVENT_REFUSED,
    EVENT_UNSURE,
    EVENT_UNSENT,
    EVENT_DELIVERED,
    EVENT_LOST,
    EVENT_STUCK,
    EVENT_IN_FLIGHT,
    EVENT_LEAKED,
    EVENT_DUPLICATED,
    EVENT_REDELIVERED,
    EVENT_REORDERED,
    EVENT_DAMAGED,
    EVENT_ATTEMPTS,
    EVENT_FOREIGN,
    EVENT_UNREADABLE,
    EVENT_COUNT
};

/* docs/events.md has them in a table. */
static const struct {
    const char *name;
    enum verdict_event event;
} verdict_event_rows[] = {
    {"event_lag", EVENT_LAG},
    {"event_lag_sent", EVENT_LAG_SENT},
    {"event_lag_accepted", EVENT_LAG_ACCEPTED},
    {"drain_time", EVENT_DRAIN_TIME},
    {"delivery_gap", EVENT_DELIVERY_GAP},
    {"backlog", EVENT_BACKLOG},
    {"backlog_max", EVENT_BACKLOG},
    {"events_late", EVENT_LATE},
    {"events_sent", EVENT_SENT},
    {"events_accepted", EVENT_ACCEPTED},
    {"events_refused", EVENT_REFUSED},
    {"events_unsure", EVENT_UNSURE},
    {"events_unsent", EVENT_UNSENT},
    {"events_delivered", EVENT_DELIVERED},
    {"events_lost", EVENT_LOST},
    {"events_stuck", EVENT_STUCK},
    {"events_in_flight", EVENT_IN_FLIGHT},
    {"events_leaked", EVENT_LEAKED},
    {"events_duplicated", EVENT_DUPLICATED},
    {"events_redelivered", EVENT_REDELIVERED},
    {"events_reordered", EVENT_REORDERED},
    {"events_damaged", EVENT_DAMAGED},
    {"events_attempts", EVENT_ATTEMPTS},
    {"events_foreign", EVENT_FOREIGN},
    {"events_unreadable", EVENT_UNREADABLE},
};

static enum verdict_event verdict_find_event(const struct expr *expr)
{
    for (size_t i = 0; i < BR_COUNT(verdict_event_rows); i++) {
        if (bytes_eq(expr->metric, bytes_from_str(verdict_event_rows[i].name)))
            return verdict_event_rows[i].event;
    }
    return EVENT_COUNT;
}

bool verdict_is_about_events(const struct expr *expr)
{
    return verdict_find_event(expr) != EVENT_COUNT;
}

bool verdict_is_about_event_times(const struct expr *expr)
{
    return verdict_find_event(expr) <= EVENT_LATE;
}

enum br_err verdict_check_event(const struct expr *expr, const struct plan *plan, struct diag *diag)
{
    const struct plan_sinks *sinks = &plan->events.sinks;
    enum verdict_event event = verdict_find_event(expr);
    bool counts = expr->stat == EXPR_VALUE || expr->stat == EXPR_COUNT || expr->stat == EXPR_RATE ||
                  expr->stat == EXPR_SHARE;
    struct bytes rest = expr->selector;
    if (sinks->count == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': this run follows no events; --sink says where they come out",
                        BYTES_ARG(expr->text));
    if (event >= EVENT_LAGS_COUNT && !counts)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is one number; it has no percentile, mean, min or max",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric));
    while (rest.len > 0) {
        struct bytes value = bytes_trim(bytes_cut(&rest, ','));
        struct bytes name = bytes_trim(bytes_cut(&value, ':'));
        size_t i = 0;
        while (i < sinks->count && !bytes_eq(value, sinks->sinks[i].name))
            i++;
        if (!bytes_eq(name, BYTES("sink")))
            return diag_set(diag, BR_ERR_CONFIG,
                            "'%.*s': {%.*s} selects nothing of %.*s; known is {sink:NAME}",
                            BYTES_ARG(expr->text), BYTES_ARG(name), BYTES_ARG(expr->metric));
        if (i == sinks->count)
            return diag_set(
                diag, BR_ERR_CONFIG, "'%.*s': there is no sink '%.*s'; the first is '%.*s'",
                BYTES_ARG(expr->text), BYTES_ARG(value), BYTES_ARG(sinks->sinks[0].name));
    }
    return BR_ERR_NONE;
}

/* ---- values ---- */

/* What is asked for, over the sinks that are asked about. */
struct verdict_event_sum {
    double count;
    double of; /* what it is a share of */
    struct hist_sum lag;
};

static double verdict_event_count(const struct result_events *events,
                                  const struct result_flow *flow, size_t sink,
                                  enum verdict_event event)
{
    const struct track_at_sum *at = &flow->at;
    const double counts[EVENT_COUNT] = {
        [EVENT_DRAIN_TIME] = (double)events->sinks[sink].drain_ns,
        [EVENT_DELIVERY_GAP] = (double)events->sinks[sink].gap_max_ns,
        [EVENT_BACKLOG] = (double)events->sinks[sink].backlog_max,
        [EVENT_LATE] = (double)at->late,
        [EVENT_SENT] = (double)flow->entries.sent,
        [EVENT_ACCEPTED] = (double)flow->entries.accepted,
        [EVENT_REFUSED] = (double)flow->entries.refused,
        [EVENT_UNSURE] = (double)flow->entries.unsure,
        [EVENT_UNSENT] = (double)flow->entries.unsent,
        [EVENT_DELIVERED] = (double)at->delivered,
        [EVENT_LOST] = (double)at->lost,
        [EVENT_STUCK] = (double)at->stuck,
        [EVENT_IN_FLIGHT] = (double)at->in_flight,
        [EVENT_LEAKED] = (double)at->leaked,
        [EVENT_DUPLICATED] = (double)at->duplicated,
        [EVENT_REDELIVERED] = (double)at->redelivered,
        [EVENT_REORDERED] = (double)at->reordered,
        [EVENT_DAMAGED] = (double)at->damaged,
        [EVENT_ATTEMPTS] = (double)at->attempts,
        [EVENT_FOREIGN] = (double)events->rows.sinks[sink].foreign,
        [EVENT_UNREADABLE] = (double)events->rows.sinks[sink].unreadable,
    };
    return counts[event];
}

/* Every sink gets the same events: what went in is counted once. Of times and the backlog it is the
 * largest. */
static bool verdict_event_is_shared(enum verdict_event event)
{
    switch (event) {
    case EVENT_DRAIN_TIME:
    case EVENT_DELIVERY_GAP:
    case EVENT_BACKLOG:
    case EVENT_SENT:
    case EVENT_ACCEPTED:
    case EVENT_REFUSED:
    case EVENT_UNSURE:
    case EVENT_UNSENT:
        return true;
    default:
        return false;
    }
}

/* What a number is a share of. */
static double verdict_event_whole(const struct track_entries *entries, enum verdict_event event)
{
    switch (event) {
    case EVENT_SENT:
    case EVENT_UNSENT:
        return (double)entries->registered;
    case EVENT_ACCEPTED:
    case EVENT_REFUSED:
    case EVENT_UNSURE:
        return (double)entries->sent;
    default:
        return (double)entries->accepted;
    }
}

static void verdict_event_add(const struct result *result, int phase, size_t sink,
                              enum verdict_event event, struct verdict_event_sum *sum)
{
    struct result_flow flow;
    result_flow_init(&flow, result, phase, sink);
    double count = verdict_event_count(result->events, &flow, sink, event);
    double of = verdict_event_whole(&flow.entries, event);
    bool is_shared = verdict_event_is_shared(event);
    sum->count = is_shared ? fmax(sum->count, count) : sum->count + count;
    sum->of = is_shared ? fmax(sum->of, of) : sum->of + of;
    if (event == EVENT_LAG)
        hist_sum_merge(&sum->lag, &flow.at.lag_due);
    else if (event == EVENT_LAG_SENT)
        hist_sum_merge(&sum->lag, &flow.at.lag_sent);
    else if (event == EVENT_LAG_ACCEPTED)
        hist_sum_merge(&sum->lag, &flow.at.lag_accepted);
    result_flow_fini(&flow);
}

static double verdict_lag_value(const struct hist_sum *lag, const struct expr *expr)
{
    if (expr->stat == EXPR_COUNT || expr->stat == EXPR_VALUE)
        return (double)lag->count;
    if (lag->count == 0)
        return (double)NAN;
    switch (expr->stat) {
    case EXPR_MIN:
        return lag->min;
    case EXPR_MAX:
        return lag->max;
    case EXPR_MEAN:
        return hist_sum_mean(lag);
    case EXPR_MEDIAN:
        return hist_sum_quantile(lag, 0.5);
    case EXPR_QUANTILE:
        return hist_sum_quantile(lag, expr->quantile);
    default:
        return (double)NAN;
    }
}

static double verdict_event_number(const struct result *result, int phase, const struct expr *expr,
                                   enum verdict_event event, const struct verdict_event_sum *sum)
{
    struct result_view *view;
    if (event < EVENT_LAGS_COUNT)
        return verdict_lag_value(&sum->lag, expr);
    if (sum->of <= 0.0)
        return (double)NAN;
    if (expr->stat == EXPR_SHARE)
        return sum->count / sum->of;
    if (expr->stat != EXPR_RATE)
        return sum->count;
    view = result_view_create(result, phase, RESULT_EVERY_TARGET);
    double span_sec = (double)view->span_ns / 1e9;
    result_view_destroy(&view);
    return span_sec > 0.0 ? sum->count / span_sec : (double)NAN;
}

double verdict_event_value(const struct result *result, const struct expr *expr)
{
    const struct result_events *events = result->events;
    enum verdict_event event = verdict_find_event(expr);
    struct verdict_event_sum sum = {0};
    struct bytes name;
    int phase = RESULT_COUNTED;
    if (events == NULL)
        return (double)NAN;
    for (size_t i = 0; expr->phase.len > 0 && i < result->phase_count; i++) {
        if (bytes_eq(expr->phase, bytes_from_str(result->phases[i].name)))
            phase = (int)i;
    }
    hist_sum_init(&sum.lag);
    bool is_one = expr_selector_find(expr->selector, BYTES("sink"), &name);
    for (size_t i = 0; i < events->sink_count; i++) {
        if (!is_one || bytes_eq(name, bytes_from_str(events->sinks[i].name)))
            verdict_event_add(result, phase, i, event, &sum);
    }
    double value = verdict_event_number(result, phase, expr, event, &sum);
    hist_sum_fini(&sum.lag);
    return value;
}
