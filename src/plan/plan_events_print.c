/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan's lines about events: how they are known, what comes out where, what is expected of it,
 * and what keeping account of them may cost.
 */
#include "base/fmt.h"
#include "plan/plan.h"

static void plan_print_label(struct buf *out, const char *label)
{
    buf_putf(out, "  %-12s ", label);
}

uint64_t plan_events_due(const struct plan *plan)
{
    return plan_operations_due(plan) * plan->request.batch;
}

static void plan_print_deliver(const struct plan_events *events, size_t at, struct buf *out)
{
    const struct plan_deliver *deliver = &events->delivers[at];
    const struct {
        bool asked;
        const char *word;
    } words[] = {{deliver->all, "all"},
                 {deliver->exactly_once, "exactly-once"},
                 {deliver->in_order, "in-order"},
                 {deliver->none, "none"}};
    const char *comma = "; expects ";
    for (size_t i = 0; i < BR_COUNT(words); i++) {
        if (!words[i].asked)
            continue;
        buf_putf(out, "%s%s", comma, words[i].word);
        comma = ", ";
    }
    if (deliver->at_least > 0) {
        buf_putf(out, "%sat-least=%s", comma, fmt_share(deliver->at_least).str);
        comma = ", ";
    }
    if (deliver->throttle_ns > 0) {
        buf_putf(out, "%sthrottle=%u/%s", comma, (unsigned)deliver->throttle,
                 fmt_interval(deliver->throttle_ns).str);
        comma = ", ";
    }
    if (deliver->within_ns > 0)
        buf_putf(out, "%swithin=%s", comma, fmt_interval(deliver->within_ns).str);
}

static void plan_print_account(const struct plan *plan, const struct plan_budget *budget,
                               struct buf *out)
{
    bool is_known = budget != NULL && budget->ledger_bytes > 0;
    if (!is_known && plan->events.ledger_memory == 0)
        return;
    plan_print_label(out, "account");
    if (is_known)
        buf_putf(out, "about %s%s for that, %s if none of them came out%s",
                 fmt_bytes((double)budget->ledger_bytes).str,
                 plan_events_due(plan) == 0 ? " a million events" : "",
                 fmt_bytes((double)budget->ledger_worst_bytes).str,
                 plan->events.ledger_memory > 0 ? "; " : "");
    if (plan->events.ledger_memory > 0)
        buf_putf(out, "at %s sending stops, and the run is INVALID",
                 fmt_bytes((double)plan->events.ledger_memory).str);
    buf_put_str(out, "\n");
}

void plan_print_events(const struct plan *plan, const struct plan_budget *budget, struct buf *out)
{
    const struct plan_events *events = &plan->events;
    uint64_t due = plan_events_due(plan);
    if (!events->followed)
        return;
    plan_print_label(out, "events");
    if (due > 0)
        buf_putf(out, "%s, ", fmt_count(due).str);
    if (events->identity == PLAN_IDENTITY_COUNT)
        buf_put_str(out, "only counted: what comes twice can hide what is lost");
    else
        buf_putf(out, "known by their stamps, run %.*s", BYTES_ARG(stamp_run_text(&events->run)));
    buf_put_str(out, "\n");
    for (size_t i = 0; i < events->sinks.count; i++) {
        plan_print_label(out, i > 0 ? "" : events->sinks.count > 1 ? "sinks" : "sink");
        plan_sink_print(&events->sinks.sinks[i], out);
        plan_print_deliver(events, i, out);
        buf_put_str(out, "\n");
    }
    plan_print_account(plan, budget, out);
}
