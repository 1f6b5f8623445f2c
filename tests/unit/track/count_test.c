/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers against numbers: what is missing, what is too much.
 */
#include "track/count.h"

#include "unit.h"

static const struct {
    const char *name;
    int64_t accepted, unsure, arrived;
    bool is_awaited, is_coming;
    int64_t delivered, lost, in_flight, unsure_delivered, unsure_absent, held_back, left;
} rows[] = {
    {"all came", 10, 0, 10, true, false, 10, 0, 0, 0, 0, 0, 0},
    {"some are missing", 10, 0, 7, true, false, 7, 3, 0, 0, 0, 0, 0},
    {"some are missing and on their way", 10, 0, 7, true, true, 7, 0, 3, 0, 0, 0, 0},
    {"none came", 10, 2, 0, true, false, 0, 10, 0, 0, 2, 0, 0},
    {"more than were accepted", 10, 0, 13, true, false, 10, 0, 0, 0, 0, 0, 3},
    {"unsure ones make up for it", 10, 5, 13, true, false, 10, 0, 0, 3, 2, 0, 0},
    {"and then some", 10, 2, 13, true, false, 10, 0, 0, 2, 0, 0, 1},
    {"nothing is to come", 10, 0, 0, false, false, 0, 0, 0, 0, 0, 10, 0},
    {"nothing is to come and some do", 10, 1, 4, false, false, 4, 0, 0, 0, 0, 7, 0},
    {"nothing went in", 0, 0, 2, true, false, 0, 0, 0, 0, 0, 0, 2},
};

UNIT_TEST(numbers_are_settled)
{
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        struct track_entries entries = {.accepted = rows[i].accepted, .unsure = rows[i].unsure};
        struct track_counted counted = {
            .arrived = rows[i].arrived,
            .is_awaited = rows[i].is_awaited,
            .is_coming = rows[i].is_coming,
        };
        /* A ledger that awaits nothing holds all of them back. */
        struct track_at at = {.held_back = rows[i].accepted + rows[i].unsure};
        track_count_settle(&entries, &counted, &at);
        UNIT_EQ_INT(at.delivered, rows[i].delivered);
        UNIT_EQ_INT(at.lost, rows[i].lost);
        UNIT_EQ_INT(at.in_flight, rows[i].in_flight);
        UNIT_EQ_INT(at.unsure_delivered, rows[i].unsure_delivered);
        UNIT_EQ_INT(at.unsure_absent, rows[i].unsure_absent);
        UNIT_EQ_INT(at.held_back, rows[i].held_back);
        UNIT_EQ_INT(at.deliveries, rows[i].arrived - rows[i].left);
        UNIT_EQ_INT(counted.arrived, rows[i].left);
    }
}

UNIT_TEST(the_drain_waits_for_what_is_missing)
{
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        struct ledger_facts facts;
        struct track_counted counted = {.arrived = rows[i].arrived,
                                        .is_awaited = rows[i].is_awaited};
        ledger_facts_init(&facts, 2);
        facts.events_accepted = rows[i].accepted;
        facts.events_unsure = rows[i].unsure;
        track_count_facts(&facts, 1, &counted, 77);
        UNIT_EQ_INT(facts.sinks[1].open, rows[i].lost + rows[i].in_flight);
        UNIT_EQ_INT(facts.sinks[1].open_unsure, rows[i].unsure_absent);
        UNIT_EQ_INT(facts.sinks[1].came_last_ns, rows[i].arrived > 0 ? 77 : TRACK_NO_TIME);
        UNIT_EQ_INT(facts.sinks[0].open, 0);
    }
}

UNIT_MAIN(UNIT_RUN(numbers_are_settled), UNIT_RUN(the_drain_waits_for_what_is_missing))
