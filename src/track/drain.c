/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of design.md 7.7.
 */
#include "track/drain.h"

#define TRACK_SEC_NS INT64_C(1000000000)

static int64_t track_drain_max(int64_t a_ns, int64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

int64_t track_drain_stall_ns(const struct track_drain *drain, const struct ledger_facts *facts)
{
    if (drain->stall_ns > 0)
        return drain->stall_ns;
    int64_t stall_ns = track_drain_max(10 * TRACK_SEC_NS, drain->within_max_ns);
    for (int i = 0; i < facts->sink_count; i++)
        stall_ns = track_drain_max(stall_ns, 3 * facts->sinks[i].gap_max_ns);
    return stall_ns;
}

int64_t track_drain_time_ns(const struct track_drain *drain, const struct ledger_facts *facts)
{
    int64_t last_ns = drain->load_end_ns;
    for (int i = 0; i < facts->sink_count; i++)
        last_ns = track_drain_max(last_ns, facts->sinks[i].came_last_ns);
    return last_ns - drain->load_end_ns;
}

enum track_drain_state track_drain_ask(const struct track_drain *drain,
                                       const struct ledger_facts *facts, int64_t lag_p99_ns,
                                       int64_t now_ns, int64_t *out_wake_ns)
{
    int64_t open = 0;
    int64_t emptied_ns = track_drain_max(drain->load_end_ns, facts->resolved_last_ns);
    int64_t quiet_ns = emptied_ns;
    for (int i = 0; i < facts->sink_count; i++) {
        const struct ledger_sink_facts *sink = &facts->sinks[i];
        open += sink->open + sink->open_unsure;
        emptied_ns = track_drain_max(emptied_ns, sink->came_last_ns);
        quiet_ns = track_drain_max(quiet_ns, sink->delivered_last_ns);
    }
    /* Trailing duplicates do not prolong the settle time: a pipeline may replay for ever. */
    int64_t settle_ns =
        drain->settle_ns > 0 ? drain->settle_ns : track_drain_max(TRACK_SEC_NS, 2 * lag_p99_ns);
    int64_t wake_ns =
        open == 0 ? emptied_ns + settle_ns : quiet_ns + track_drain_stall_ns(drain, facts);
    if (now_ns >= wake_ns)
        return open == 0 ? TRACK_DRAIN_EMPTY : TRACK_DRAIN_STALLED;
    if (drain->drain_ns > 0) {
        int64_t deadline_ns = drain->load_end_ns + drain->drain_ns;
        if (now_ns >= deadline_ns)
            return open == 0 ? TRACK_DRAIN_EMPTY : TRACK_DRAIN_DEADLINE;
        wake_ns = wake_ns < deadline_ns ? wake_ns : deadline_ns;
    }
    *out_wake_ns = wake_ns;
    return TRACK_DRAIN_ON;
}
