/* SPDX-License-Identifier: Apache-2.0
 *
 * Following events that are only counted (--identity count). The ledgers know what went in and
 * await nothing; what came out is the sinks' own count, which is up to a second old while the run
 * goes on and exact at its end.
 */
#include "report/result_events.h"
#include "run/follow.h"
#include "track/count.h"

bool follow_is_counted(const struct follow *follow)
{
    return follow->plan->events.followed && follow->plan->events.identity == PLAN_IDENTITY_COUNT;
}

static struct track_counted follow_counted(const struct follow *follow, int sink)
{
    return (struct track_counted){
        .arrived = (int64_t)follow->sinks[sink].deliveries - follow->first_rows[sink],
        .is_awaited = !follow->plan->events.delivers[sink].none,
    };
}

void follow_count_begin(struct follow *follow)
{
    if (!follow_is_counted(follow))
        return;
    follow_collect(follow);
    for (size_t i = 0; i < follow->plan->events.sinks.count; i++)
        follow->first_rows[i] = (int64_t)follow->sinks[i].deliveries;
}

void follow_count_facts(struct follow *follow)
{
    if (!follow_is_counted(follow))
        return;
    follow_collect(follow);
    for (int i = 0; i < follow->facts.sink_count; i++) {
        struct track_counted counted = follow_counted(follow, i);
        int64_t last_ns = counted.arrived > 0 ? follow->sinks[i].last_ns - follow->t0_ns : 0;
        track_count_facts(&follow->facts, i, &counted, last_ns);
    }
}

/* Whether arrivals still came when the run ended. */
static bool follow_is_coming(const struct follow *follow, int sink, int64_t end_ns)
{
    int64_t stall_ns = track_drain_stall_ns(&follow->drain, &follow->facts);
    int64_t last_ns = follow->facts.sinks[sink].delivered_last_ns;
    if (follow->facts.resolved_last_ns > last_ns)
        last_ns = follow->facts.resolved_last_ns;
    return last_ns != TRACK_NO_TIME && end_ns - last_ns < stall_ns;
}

void follow_count_settle(struct follow *follow, int64_t end_ns)
{
    if (!follow_is_counted(follow))
        return;
    follow_count_facts(follow);
    const struct track_sum *sum = &follow->told->rows.sum;
    struct track_block *block = track_block_create(0, sum->phase_count, sum->sink_count);
    block->start_ns = end_ns;
    block->end_ns = end_ns;
    for (int i = 0; i < sum->sink_count; i++) {
        struct track_counted counted = follow_counted(follow, i);
        counted.is_coming = follow_is_coming(follow, i, end_ns);
        for (int phase = 0; phase < sum->phase_count; phase++)
            track_count_settle(&sum->entries[phase], &counted, track_block_at(block, phase, i));
        /* Nobody knows whose they are. */
        struct track_at *last = track_block_at(block, sum->phase_count - 1, i);
        last->deliveries += counted.arrived;
        last->copies += counted.arrived;
    }
    follow_add(follow, block);
    track_block_destroy(&block);
}
