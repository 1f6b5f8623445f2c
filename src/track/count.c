/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers against numbers.
 */
#include "track/count.h"

static int64_t track_count_take(int64_t *from, int64_t most)
{
    int64_t taken = *from < most ? *from : most;
    *from -= taken;
    return taken;
}

void track_count_facts(struct ledger_facts *facts, int sink, const struct track_counted *counted,
                       int64_t last_ns)
{
    struct ledger_sink_facts *at = &facts->sinks[sink];
    int64_t arrived = counted->arrived;
    if (arrived > 0) {
        at->delivered_last_ns = last_ns;
        at->came_last_ns = last_ns;
    }
    if (!counted->is_awaited)
        return;
    at->open = facts->events_accepted - track_count_take(&arrived, facts->events_accepted);
    at->open_unsure = facts->events_unsure - track_count_take(&arrived, facts->events_unsure);
}

void track_count_settle(const struct track_entries *entries, struct track_counted *counted,
                        struct track_at *change)
{
    int64_t delivered = track_count_take(&counted->arrived, entries->accepted);
    int64_t unsure_delivered = track_count_take(&counted->arrived, entries->unsure);
    int64_t missing = entries->accepted - delivered;
    int64_t absent = entries->unsure - unsure_delivered;
    change->delivered += delivered;
    change->unsure_delivered += unsure_delivered;
    change->deliveries += delivered + unsure_delivered;
    change->held_back -= delivered + unsure_delivered;
    if (!counted->is_awaited)
        return;
    change->held_back -= missing + absent;
    change->unsure_absent += absent;
    if (counted->is_coming)
        change->in_flight += missing;
    else
        change->lost += missing;
}
