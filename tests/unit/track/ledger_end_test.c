/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a run: what is missing is lost, stuck or in flight.
 */
#include "ledger_talk.h"

#define LEDGER_TEST_MS INT64_C(1000000)

/* An event each 100 ms for 10 s; those whose bit is set in `came` (by its second) come out. */
static void ledger_test_run(uint64_t came, int64_t end_ms, int64_t stall_ms)
{
    ledger_test_init();
    for (int64_t i = 0; i < 100; i++) {
        ledger_test_accept(1, i * 100 * LEDGER_TEST_MS);
        if ((came >> (i / 10) & 1) != 0)
            ledger_test_arrive(0, (uint64_t)i, i * 100 * LEDGER_TEST_MS + 5000000);
    }
    ledger_test_finish(end_ms * LEDGER_TEST_MS, stall_ms * LEDGER_TEST_MS);
}

UNIT_TEST(ledger_tells_lost_from_stuck_and_in_flight)
{
    static const struct {
        const char *name;
        uint64_t came;
        int64_t end_ms;
        int64_t stall_ms;
        int64_t lost, stuck, in_flight;
    } rows[] = {
        {"all came", 0x3ff, 30000, 10000, 0, 0, 0},
        {"a second in the middle", 0x3ef, 30000, 10000, 10, 0, 0},
        {"the last two seconds", 0x0ff, 30000, 10000, 0, 20, 0},
        {"the middle and the end", 0x0ef, 30000, 10000, 10, 20, 0},
        {"nothing came", 0x000, 30000, 10000, 0, 100, 0},
        {"ended at once", 0x0ff, 10000, 10000, 0, 0, 20},
        {"the middle, ended at once", 0x3ef, 10000, 10000, 0, 0, 10},
        {"the stall time just over", 0x0ff, 19905, 10000, 0, 20, 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        ledger_test_run(rows[i].came, rows[i].end_ms, rows[i].stall_ms);
        UNIT_EQ_INT(ledger_test_at(0)->lost, rows[i].lost);
        UNIT_EQ_INT(ledger_test_at(0)->stuck, rows[i].stuck);
        UNIT_EQ_INT(ledger_test_at(0)->in_flight, rows[i].in_flight);
        ledger_test_fini();
    }
}

UNIT_TEST(ledger_calls_a_short_trailing_run_lost)
{
    ledger_test_init();
    for (int64_t i = 0; i < 20; i++) {
        ledger_test_accept(1, i * 100 * LEDGER_TEST_MS);
        /* The last 0.9 s did not come. */
        if (i < 10)
            ledger_test_arrive(0, (uint64_t)i, i * 100 * LEDGER_TEST_MS + 5000);
    }
    ledger_test_finish(100000 * LEDGER_TEST_MS, 0);
    UNIT_EQ_INT(ledger_test_at(0)->lost, 10);
    ledger_test_fini();
}

UNIT_TEST(ledger_cuts_a_trailing_run_within_a_body)
{
    ledger_test_init();
    for (int64_t i = 0; i < 3; i++)
        ledger_test_accept(10, i * 2000 * LEDGER_TEST_MS);
    /* Of the second body the first six came but one. */
    for (uint64_t seq = 0; seq < 16; seq++) {
        if (seq != 13)
            ledger_test_arrive(0, seq, 9000 * LEDGER_TEST_MS);
    }
    ledger_test_finish(100000 * LEDGER_TEST_MS, 0);
    UNIT_EQ_INT(ledger_test_at(0)->delivered, 15);
    /* Gaps of 2 s on average: a run of 2 s is not long enough. */
    UNIT_EQ_INT(ledger_test_at(0)->lost, 15);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].trailing_first_ns, 2000 * LEDGER_TEST_MS + 100);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].trailing_last_ns, 4000 * LEDGER_TEST_MS + 100);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].came_id.seq, 15);
    ledger_test_fini();
}

UNIT_TEST(ledger_gives_in_flight_to_what_still_has_time)
{
    ledger_test_init();
    ledger_test_accept(1, 0);
    ledger_test_accept(1, 5000);
    ledger_test_finish(5500, 0);
    UNIT_EQ_INT(ledger_test_at(1)->lost, 1);
    UNIT_EQ_INT(ledger_test_at(1)->in_flight, 1);
    ledger_test_fini();
}

UNIT_TEST(ledger_measures_gaps_while_something_is_awaited)
{
    ledger_test_init();
    ledger_test_accept(1, 0); /* sent at 10 */
    ledger_test_arrive(0, 0, 60);
    /* Nothing is under way for long: no gap. */
    ledger_test_accept(2, 10000);
    ledger_test_arrive(0, 1, 10030);
    ledger_test_arrive(0, 2, 10330);
    ledger_facts_init(&ledger_test.facts, 2);
    ledger_facts_add(&ledger_test.facts, ledger_test.ledger);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].gap_max_ns, 300);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].open, 0);
    UNIT_EQ_INT(ledger_test.facts.sinks[1].open, 3);
    UNIT_EQ_INT(ledger_test.facts.sinks[0].came_last_ns, 10330);
    UNIT_EQ_INT(ledger_test.facts.sinks[1].delivered_last_ns, TRACK_NO_TIME);
    ledger_test_fini();
}

UNIT_MAIN(UNIT_RUN(ledger_tells_lost_from_stuck_and_in_flight),
          UNIT_RUN(ledger_calls_a_short_trailing_run_lost),
          UNIT_RUN(ledger_cuts_a_trailing_run_within_a_body),
          UNIT_RUN(ledger_gives_in_flight_to_what_still_has_time),
          UNIT_RUN(ledger_measures_gaps_while_something_is_awaited))
