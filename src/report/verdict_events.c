/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of events, judged (design.md 7.2). What is lost, duplicated or damaged is so whatever
 * our speed, unless a sink of ours was slow: then the pipeline may have given up because of us.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/fmt.h"
#include "report/result_events.h"
#include "report/verdict.h"
#include "report/verdict_inner.h"

#define VERDICT_SINK_LATE_NS 50e6
#define VERDICT_SINK_BUSY_PERMILLE 950

static struct fmt_text verdict_events_count(int64_t count)
{
    return fmt_count(count > 0 ? (uint64_t)count : 0);
}

/* ---- what makes the numbers doubtful ---- */

static double verdict_sink_late_ns(const struct result_events *events, size_t sink)
{
    const struct hist_sum *late = &events->rows.sinks[sink].late;
    return late->count > 0 ? hist_sum_quantile(late, 0.99) : 0.0;
}

static void verdict_rule_slow_sink(struct result *result, struct verdict_events *out)
{
    const struct result_events *events = result->events;
    for (size_t i = 0; i < events->sink_count; i++) {
        const struct result_sink *sink = &events->sinks[i];
        double late_ns = verdict_sink_late_ns(events, i);
        if (late_ns <= VERDICT_SINK_LATE_NS)
            continue;
        out->slow_sink = true;
        result_add_reason(result, VERDICT_INVALID, "slow_sink",
                          "our sink %s was slow: its replies were late by %s (p99), more than "
                          "%s; a pipeline may lose or repeat events because of that",
                          sink->name, fmt_duration(late_ns, FMT_ASCII).str,
                          fmt_duration(VERDICT_SINK_LATE_NS, FMT_ASCII).str);
    }
    if (result->plan.model != PLAN_OPEN ||
        events->rows.busy_permille_max < VERDICT_SINK_BUSY_PERMILLE)
        return;
    out->slow_sink = true;
    result_add_reason(result, VERDICT_INVALID, "busy",
                      "we were the limit: the thread of our sinks was busy for %s of a second",
                      fmt_share((double)events->rows.busy_permille_max / 1000.0).str);
}

static void verdict_rule_event_sums(struct result *result, struct verdict_events *out)
{
    const struct result_events *events = result->events;
    if (events->complaint != NULL) {
        out->missed = true;
        result_add_reason(result, VERDICT_INVALID, "sums",
                          "%s; this is a fault of brunt, please report it", events->complaint);
    }
    if (events->ledger_full) {
        out->missed = true;
        result_add_reason(result, VERDICT_INVALID, "ledger",
                          "the account of events came to its limit of memory, so sending stopped: "
                          "--ledger-memory allows more");
    }
    for (size_t i = 0; i < events->sink_count; i++) {
        struct result_flow flow;
        int64_t unknown = events->rows.sum.unknown[i];
        result_flow_init(&flow, result, RESULT_EVERY_PHASE, i);
        if (unknown + flow.at.unsent_came > 0) {
            out->missed = true;
            result_add_reason(result, VERDICT_INVALID, "never_sent",
                              "%s events came out of %s that were never sent; this is a fault of "
                              "brunt, please report it",
                              verdict_events_count(unknown + flow.at.unsent_came).str,
                              events->sinks[i].name);
        }
        result_flow_fini(&flow);
    }
}

/* ---- what was expected of sinks ---- */

const char *verdict_ruling_code(const struct track_ruling *ruling, const struct track_at_sum *at)
{
    static const char *const codes[TRACK_RULE_COUNT] = {
        [TRACK_RULE_ALL] = "lost",
        [TRACK_RULE_AT_LEAST] = "at_least",
        [TRACK_RULE_EXACTLY_ONCE] = "duplicated",
        [TRACK_RULE_IN_ORDER] = "reordered",
        [TRACK_RULE_NONE] = "unexpected",
        [TRACK_RULE_WITHIN] = "late",
        [TRACK_RULE_INTACT] = "damaged",
    };
    if (ruling->rule == TRACK_RULE_ALL && at->lost == 0 && at->stuck > 0)
        return "stuck";
    return codes[ruling->rule];
}

enum { VERDICT_BROKEN_SIZE = 400 };

/* "3 of 5,000 accepted events were lost", with the bound. */
static void verdict_tell_broken(const struct result_sink *sink, const struct track_ruling *ruling,
                                const struct result_flow *flow, char out_text[VERDICT_BROKEN_SIZE])
{
    struct fmt_text accepted = verdict_events_count(flow->entries.accepted);
    struct fmt_text offenders = verdict_events_count(ruling->offenders);
    const char *tail = "";
    switch (ruling->rule) {
    case TRACK_RULE_ALL:
        (void)snprintf(out_text, VERDICT_BROKEN_SIZE,
                       "%s of %s accepted events did not come: %s lost, %s stuck; all were to come",
                       offenders.str, accepted.str, verdict_events_count(flow->at.lost).str,
                       verdict_events_count(flow->at.stuck).str);
        return;
    case TRACK_RULE_AT_LEAST:
        (void)snprintf(out_text, VERDICT_BROKEN_SIZE,
                       "%s of %s accepted events came%s, less than the %s that were to come",
                       fmt_share(ruling->value).str, accepted.str,
                       sink->deliver.within_ns > 0 ? " in time" : "", fmt_share(ruling->bound).str);
        return;
    case TRACK_RULE_WITHIN:
        (void)snprintf(out_text, VERDICT_BROKEN_SIZE,
                       "%s of %s accepted events came later than %s after they were due",
                       offenders.str, accepted.str, fmt_interval(sink->deliver.within_ns).str);
        return;
    case TRACK_RULE_EXACTLY_ONCE:
        tail = "events came more than once; each was to come exactly once";
        break;
    case TRACK_RULE_IN_ORDER:
        tail = "events came after one that must come later; they were to come in order";
        break;
    case TRACK_RULE_NONE:
        tail = "events came; none was to";
        break;
    case TRACK_RULE_INTACT:
        tail = "events did not come as they were sent";
        break;
    case TRACK_RULE_COUNT:
        break;
    }
    (void)snprintf(out_text, VERDICT_BROKEN_SIZE, "%s %s", offenders.str, tail);
}

static void verdict_judge_ruling(struct result *result, bool slow, const struct result_sink *sink,
                                 const struct result_flow *flow, const struct track_ruling *ruling,
                                 struct verdict_events *out)
{
    char text[VERDICT_BROKEN_SIZE];
    const char *code = verdict_ruling_code(ruling, &flow->at);
    if (ruling->holds == TRACK_HELD)
        return;
    if (ruling->holds == TRACK_UNDECIDED) {
        out->undecided = true;
        result_add_reason(
            result, VERDICT_INVALID, code,
            "%s: it cannot be told whether %s: %s were accepted, and %s of them still "
            "had time when the run ended",
            sink->name, track_rule_text(ruling->rule),
            verdict_events_count(flow->entries.accepted).str,
            verdict_events_count(flow->at.in_flight).str);
        return;
    }
    verdict_tell_broken(sink, ruling, flow, text);
    bool ours = out->slow_sink || (ruling->is_time && slow);
    out->undecided = out->undecided || ours;
    out->failed = out->failed || !ours;
    result_add_reason(result, ours ? VERDICT_INVALID : VERDICT_FAIL, code, "%s: %s%s", sink->name,
                      text, ours ? ", but that may be our doing" : "");
}

void verdict_judge_events(struct result *result, bool slow, struct verdict_events *out_events)
{
    *out_events = (struct verdict_events){0};
    if (result->events == NULL)
        return;
    verdict_rule_slow_sink(result, out_events);
    verdict_rule_event_sums(result, out_events);
    slow = slow || out_events->missed;
    for (size_t i = 0; i < result->events->sink_count; i++) {
        const struct result_sink *sink = &result->events->sinks[i];
        struct track_ruling rulings[TRACK_RULE_COUNT];
        struct result_flow flow;
        result_flow_init(&flow, result, RESULT_COUNTED, i);
        size_t count =
            track_judge(&sink->deliver, sink->is_intact_asked, &flow.entries, &flow.at, rulings);
        for (size_t k = 0; k < count; k++)
            verdict_judge_ruling(result, slow, sink, &flow, &rulings[k], out_events);
        result_flow_fini(&flow);
    }
}

/* ---- a run that did not come to its end ---- */

static bool verdict_sinks_were_slow(const struct result *result)
{
    const struct result_events *events = result->events;
    for (size_t i = 0; i < events->sink_count; i++) {
        if (verdict_sink_late_ns(events, i) > VERDICT_SINK_LATE_NS)
            return true;
    }
    return result->plan.model == PLAN_OPEN &&
           events->rows.busy_permille_max >= VERDICT_SINK_BUSY_PERMILLE;
}

/* What is missing may have come later; what came twice stays so. */
static bool verdict_stays_broken(const struct track_ruling *ruling)
{
    return ruling->holds == TRACK_BROKEN &&
           (ruling->rule == TRACK_RULE_EXACTLY_ONCE || ruling->rule == TRACK_RULE_IN_ORDER ||
            ruling->rule == TRACK_RULE_NONE || ruling->rule == TRACK_RULE_INTACT);
}

bool verdict_judge_events_so_far(struct result *result)
{
    bool broke = false;
    if (result->events == NULL || verdict_sinks_were_slow(result))
        return false;
    for (size_t i = 0; i < result->events->sink_count; i++) {
        const struct result_sink *sink = &result->events->sinks[i];
        struct track_ruling rulings[TRACK_RULE_COUNT];
        char text[VERDICT_BROKEN_SIZE];
        struct result_flow flow;
        result_flow_init(&flow, result, RESULT_COUNTED, i);
        size_t count =
            track_judge(&sink->deliver, sink->is_intact_asked, &flow.entries, &flow.at, rulings);
        for (size_t k = 0; k < count; k++) {
            if (!verdict_stays_broken(&rulings[k]))
                continue;
            broke = true;
            verdict_tell_broken(sink, &rulings[k], &flow, text);
            result_add_reason(result, VERDICT_FAIL, verdict_ruling_code(&rulings[k], &flow.at),
                              "%s: %s", sink->name, text);
        }
        result_flow_fini(&flow);
    }
    return broke;
}
