/* SPDX-License-Identifier: Apache-2.0
 *
 * Events that are counted because no identity survives the pipeline (--identity count): so many
 * were accepted, so many came out. What came out more than once hides what was lost, and nothing
 * here can know; numbers are all there is. Pure.
 */
#ifndef BR_TRACK_COUNT_H
#define BR_TRACK_COUNT_H

#include "track/ledger.h"

/* What a sink got. */
struct track_counted {
    int64_t arrived; /* records that were answered well */
    bool is_awaited; /* false: the plan says that nothing comes here */
    bool is_coming;  /* they still came when the run ended */
};

/* Puts the numbers of what is missing into the facts that the drain is judged by. */
void track_count_facts(struct ledger_facts *facts, int sink, const struct track_counted *counted,
                       int64_t last_ns);

/* A phase at a sink whose ledger awaits nothing, so that all that went in is held back there. Takes
 * arrivals of *counted as far as there are events, first accepted ones, then unsure ones, and tells
 * by how much the counters change. */
void track_count_settle(const struct track_entries *entries, struct track_counted *counted,
                        struct track_at *change);

#endif
