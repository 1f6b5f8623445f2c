/* SPDX-License-Identifier: Apache-2.0
 *
 * When a run is over: rows of what is known and when, against design.md 7.7.
 */
#include "track/drain.h"

#include "base/attr.h"
#include "unit.h"

#define MS INT64_C(1000000)
#define SEC (1000 * MS)

/* Times in ms; the load ended at 10 s. */
struct drain_row {
    const char *name;
    int64_t open;
    int64_t open_unsure;
    int64_t came_ms;      /* last first delivery */
    int64_t delivered_ms; /* last delivery of any kind */
    int64_t resolved_ms;
    int64_t gap_ms;
    int64_t lag_ms;
    int64_t within_ms;
    int64_t settle_ms, stall_ms, drain_ms; /* 0: by what was seen */
    int64_t now_ms;
    enum track_drain_state state;
    int64_t wake_ms;
};

static const struct drain_row drain_rows[] = {
    {"empty before the load's end", 0, 0, 9900, 9900, 9800, 0, 50, 0, 0, 0, 0, 10000,
     TRACK_DRAIN_ON, 11000},
    {"settled", 0, 0, 9900, 9900, 9800, 0, 50, 0, 0, 0, 0, 11000, TRACK_DRAIN_EMPTY, 0},
    {"a slow pipeline settles longer", 0, 0, 12000, 12000, 9800, 0, 3000, 0, 0, 0, 0, 17999,
     TRACK_DRAIN_ON, 18000},
    {"settled, twice its lag", 0, 0, 12000, 12000, 9800, 0, 3000, 0, 0, 0, 0, 18000,
     TRACK_DRAIN_EMPTY, 0},
    {"--settle", 0, 0, 12000, 12000, 9800, 0, 3000, 0, 100, 0, 0, 12100, TRACK_DRAIN_EMPTY, 0},
    {"trailing duplicates do not prolong it", 0, 0, 9900, 10900, 9800, 0, 50, 0, 0, 0, 0, 11000,
     TRACK_DRAIN_EMPTY, 0},
    {"an answer that came after the load", 0, 0, 9900, 9900, 12000, 0, 50, 0, 0, 0, 0, 12500,
     TRACK_DRAIN_ON, 13000},
    {"something is missing", 1, 0, 9900, 9900, 9800, 0, 50, 0, 0, 0, 0, 11000, TRACK_DRAIN_ON,
     20000},
    {"unsure ones are waited for", 0, 1, 9900, 9900, 9800, 0, 50, 0, 0, 0, 0, 11000, TRACK_DRAIN_ON,
     20000},
    {"nothing came for 10 s", 1, 0, 9900, 9900, 9800, 0, 50, 0, 0, 0, 0, 20000, TRACK_DRAIN_STALLED,
     0},
    {"a duplicate shows life", 1, 0, 9900, 15000, 9800, 0, 50, 0, 0, 0, 0, 20000, TRACK_DRAIN_ON,
     25000},
    {"within is longer", 1, 0, 9900, 9900, 9800, 0, 50, 30000, 0, 0, 0, 20000, TRACK_DRAIN_ON,
     40000},
    {"the largest gap is longer", 1, 0, 9900, 9900, 9800, 5000, 50, 0, 0, 0, 0, 20000,
     TRACK_DRAIN_ON, 25000},
    {"--stall", 1, 0, 9900, 9900, 9800, 5000, 50, 30000, 0, 2000, 0, 12000, TRACK_DRAIN_STALLED, 0},
    {"--drain", 1, 0, 9900, 12900, 9800, 0, 50, 0, 0, 0, 3000, 12999, TRACK_DRAIN_ON, 13000},
    {"the deadline", 1, 0, 9900, 12900, 9800, 0, 50, 0, 0, 0, 3000, 13000, TRACK_DRAIN_DEADLINE, 0},
    {"the deadline while it settles", 0, 0, 12900, 12900, 9800, 0, 50, 0, 0, 0, 3000, 13000,
     TRACK_DRAIN_EMPTY, 0},
    {"nothing ever came", 5, 0, -1, -1, 9800, 0, 0, 0, 0, 0, 0, 19999, TRACK_DRAIN_ON, 20000},
};

static struct ledger_facts drain_facts(const struct drain_row *row)
{
    struct ledger_facts facts;
    ledger_facts_init(&facts, 2);
    facts.resolved_last_ns = row->resolved_ms * MS;
    facts.sinks[1].open = row->open;
    facts.sinks[0].open_unsure = row->open_unsure;
    facts.sinks[0].gap_max_ns = row->gap_ms * MS;
    if (row->came_ms >= 0) {
        facts.sinks[0].came_last_ns = row->came_ms * MS;
        facts.sinks[1].delivered_last_ns = row->delivered_ms * MS;
    }
    return facts;
}

UNIT_TEST(drain_ends_when_the_design_says)
{
    for (size_t i = 0; i < BR_COUNT(drain_rows); i++) {
        const struct drain_row *row = &drain_rows[i];
        UNIT_ROW(row->name);
        struct ledger_facts facts = drain_facts(row);
        struct track_drain drain = {.load_end_ns = 10 * SEC,
                                    .settle_ns = row->settle_ms * MS,
                                    .stall_ns = row->stall_ms * MS,
                                    .drain_ns = row->drain_ms * MS,
                                    .within_max_ns = row->within_ms * MS};
        int64_t wake_ns = 0;
        enum track_drain_state state =
            track_drain_ask(&drain, &facts, row->lag_ms * MS, row->now_ms * MS, &wake_ns);
        UNIT_EQ_INT(state, row->state);
        UNIT_EQ_INT(wake_ns, row->wake_ms * MS);
    }
}

UNIT_TEST(drain_time_is_until_the_last_one_came)
{
    struct track_drain drain = {.load_end_ns = 10 * SEC};
    struct ledger_facts facts = drain_facts(&drain_rows[2]);
    UNIT_EQ_INT(track_drain_time_ns(&drain, &facts), 2 * SEC);
    facts = drain_facts(&drain_rows[0]);
    UNIT_EQ_INT(track_drain_time_ns(&drain, &facts), 0);
}

UNIT_MAIN(UNIT_RUN(drain_ends_when_the_design_says),
          UNIT_RUN(drain_time_is_until_the_last_one_came))
