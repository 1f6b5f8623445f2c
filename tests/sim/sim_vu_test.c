/* SPDX-License-Identifier: Apache-2.0
 *
 * Executors in virtual time: when iterations begin, how they end, what is dropped, how VUs are
 * made, shared and given back; the same counts for one, two and three shards.
 */
#include "sim.h"
#include "sim_vus.h"
#include "sys/clock.h"
#include "unit.h"

#define SEC CLOCK_NS_PER_SEC
#define MS CLOCK_NS_PER_MS
#define SCENARIO(name, executor, rest) "\"" name "\":{\"executor\":\"" executor "\"," rest "}"
#define ONE(executor, rest) "{\"scenarios\":{" SCENARIO("s", executor, rest) "}}"

/* ---- what holds of each executor ---- */

struct count_row {
    const char *name;
    const char *json;
    int64_t iteration_ns;
    uint64_t completed, interrupted, dropped, initialised;
    int64_t done_ns; /* to a few ms */
};

static const struct count_row count_rows[] = {
    {"constant-vus: four each, the last one ends in the grace",
     ONE("constant-vus", "\"vus\":10,\"duration\":\"10s\""), 3 * SEC, 40, 0, 0, 10, 12 * SEC},
    {"constant-vus: the grace is too short for the last one",
     ONE("constant-vus", "\"vus\":10,\"duration\":\"10s\",\"gracefulStop\":\"1s\""), 3 * SEC, 30,
     10, 0, 10, 11 * SEC},
    {"constant-vus: no grace",
     ONE("constant-vus", "\"vus\":40,\"duration\":\"10s\",\"gracefulStop\":0"), 3 * SEC, 120, 40, 0,
     40, 10 * SEC},
    {"shared-iterations: all of them, done when they are",
     ONE("shared-iterations", "\"vus\":40,\"iterations\":1000"), 100 * MS, 1000, 0, 0, 40,
     25 * 100 * MS},
    {"shared-iterations: as many as VUs", ONE("shared-iterations", "\"vus\":35,\"iterations\":35"),
     100 * MS, 35, 0, 0, 35, 100 * MS},
    {"shared-iterations: cut by maxDuration",
     ONE("shared-iterations", "\"vus\":40,\"iterations\":1000,\"maxDuration\":\"2s\""), 900 * MS,
     120, 0, 880, 40, 2700 * MS},
    {"per-vu-iterations", ONE("per-vu-iterations", "\"vus\":33,\"iterations\":7"), 100 * MS, 231, 0,
     0, 33, 700 * MS},
    {"per-vu-iterations: cut by maxDuration",
     ONE("per-vu-iterations", "\"vus\":33,\"iterations\":7,\"maxDuration\":\"2s\""), 900 * MS, 99,
     0, 132, 33, 2700 * MS},
    {"constant-arrival-rate: enough VUs",
     ONE("constant-arrival-rate", "\"rate\":100,\"duration\":\"10s\",\"preAllocatedVUs\":50"),
     300 * MS, 1000, 0, 0, 50, 10290 * MS},
    {"constant-arrival-rate: half of them find nobody",
     ONE("constant-arrival-rate", "\"rate\":10,\"duration\":\"10s\",\"preAllocatedVUs\":1"),
     150 * MS, 50, 0, 50, 1, 10 * SEC},
    /* 40 are busy at 400 ms; each that is dropped makes a VU, until 50 suffice. */
    {"constant-arrival-rate: more VUs are made while iterations are dropped",
     ONE("constant-arrival-rate",
         "\"rate\":100,\"duration\":\"10s\",\"preAllocatedVUs\":40,\"maxVUs\":60"),
     495 * MS, 990, 0, 10, 50, 10485 * MS},
    /* 40 VUs begin in each second, and end in time for the next. */
    {"constant-arrival-rate: and the most is not enough",
     ONE("constant-arrival-rate",
         "\"rate\":100,\"duration\":\"10s\",\"preAllocatedVUs\":40,\"maxVUs\":40"),
     995 * MS, 400, 0, 600, 40, 10385 * MS},
    {"ramping-arrival-rate: 0 to 10/s in 10 s",
     ONE("ramping-arrival-rate",
         "\"preAllocatedVUs\":40,\"stages\":[{\"duration\":\"10s\",\"target\":10}]"),
     20 * MS, 50, 0, 0, 40, 10020 * MS},
    {"ramping-vus: up and down in steps of a second",
     ONE("ramping-vus", "\"startVUs\":0,\"stages\":[{\"duration\":\"4s\",\"target\":4},"
                        "{\"duration\":\"4s\",\"target\":0}]"),
     10 * SEC, 4, 0, 0, 4, 14 * SEC},
    {"ramping-vus: gracefulRampDown interrupts",
     ONE("ramping-vus", "\"startVUs\":0,\"gracefulRampDown\":\"500ms\",\"stages\":["
                        "{\"duration\":\"4s\",\"target\":4},{\"duration\":\"4s\",\"target\":0}]"),
     10 * SEC, 0, 4, 0, 4, 8500 * MS},
    {"ramping-vus: gracefulStop cuts a longer gracefulRampDown",
     ONE("ramping-vus", "\"startVUs\":2,\"gracefulStop\":\"1s\",\"stages\":["
                        "{\"duration\":\"1s\",\"target\":0}]"),
     10 * SEC, 0, 2, 0, 2, 2 * SEC},
    {"ramping-vus: one that is still at work goes on when it is wanted again",
     ONE("ramping-vus", "\"startVUs\":36,\"stages\":[{\"duration\":\"500ms\",\"target\":36},"
                        "{\"duration\":0,\"target\":0},{\"duration\":\"1s\",\"target\":0},"
                        "{\"duration\":0,\"target\":36},{\"duration\":\"8500ms\",\"target\":36}]"),
     4 * SEC, 108, 0, 0, 36, 12 * SEC},
    {"externally-controlled with an end",
     ONE("externally-controlled", "\"vus\":3,\"maxVUs\":40,\"duration\":\"10s\""), 4 * SEC, 6, 3, 0,
     40, 10 * SEC},
};

UNIT_TEST(executors_count_alike_on_one_two_and_three_shards)
{
    for (size_t i = 0; i < BR_COUNT(count_rows); i++) {
        const struct count_row *row = &count_rows[i];
        UNIT_ROW(row->name);
        for (int shards = 1; shards <= FAKE_SHARDS; shards++) {
            fake_play(row->json, shards, row->iteration_ns);
            UNIT_EQ_INT(FAKE_SUM(0, completed), row->completed);
            UNIT_EQ_INT(FAKE_SUM(0, interrupted), row->interrupted);
            UNIT_EQ_INT(FAKE_SUM(0, dropped), row->dropped);
            UNIT_EQ_INT(fake.dropped[0], row->dropped);
            UNIT_EQ_INT(fake_initialised(), row->initialised);
            UNIT_OK(fake.done_ns >= row->done_ns);
            UNIT_OK(fake.done_ns < row->done_ns + 10 * MS);
            fake_tear_down();
        }
    }
}

UNIT_TEST(numbers_are_each_given_once)
{
    static bool seen[1000];
    for (int shards = 1; shards <= FAKE_SHARDS; shards++) {
        memset(seen, 0, sizeof(seen));
        fake_play(ONE("shared-iterations", "\"vus\":40,\"iterations\":1000"), shards, 7 * MS);
        UNIT_EQ_INT(fake.start_count, 1000);
        for (size_t i = 0; i < fake.start_count; i++) {
            UNIT_OK(fake.starts[i].number < 1000 && !seen[fake.starts[i].number]);
            seen[fake.starts[i].number] = true;
        }
        fake_tear_down();
        fake_play(
            ONE("constant-arrival-rate", "\"rate\":100,\"duration\":\"5s\",\"preAllocatedVUs\":40"),
            shards, 100 * MS);
        UNIT_EQ_INT(fake.start_count, 500);
        for (size_t i = 0; i < fake.start_count; i++)
            UNIT_EQ_INT(fake.starts[i].number, i);
        fake_tear_down();
    }
}

UNIT_TEST(ramps_begin_when_the_step_is)
{
    fake_play(ONE("ramping-vus", "\"startVUs\":1,\"stages\":[{\"duration\":\"10s\",\"target\":5},"
                                 "{\"duration\":\"1s\",\"target\":5}]"),
              1, 20 * SEC);
    UNIT_EQ_INT(fake.start_count, 5);
    for (size_t i = 0; i < 5; i++) {
        UNIT_OK(fake.starts[i].at_ns >= (int64_t)i * 2500 * MS);
        UNIT_OK(fake.starts[i].at_ns < (int64_t)i * 2500 * MS + MS);
        UNIT_EQ_INT(fake.starts[i].vu, i + 1);
    }
    fake_tear_down();
}

UNIT_TEST(arrivals_begin_when_they_are_due)
{
    fake_play(ONE("constant-arrival-rate",
                  "\"rate\":50,\"duration\":\"4s\",\"startTime\":\"2s\",\"preAllocatedVUs\":4"),
              1, 10 * MS);
    UNIT_EQ_INT(fake.start_count, 200);
    for (size_t i = 0; i < fake.start_count; i++) {
        int64_t due_ns = 2 * SEC + (int64_t)i * 20 * MS;
        UNIT_OK(fake.starts[i].at_ns >= due_ns && fake.starts[i].at_ns < due_ns + MS);
    }
    const struct vu_totals *totals = vu_host_totals(fake.drivers[0].host, 0);
    UNIT_EQ_INT(totals->lateness.count, 200);
    UNIT_EQ_INT(totals->latency.count, 200);
    UNIT_OK(totals->latency.min >= (double)(10 * MS));
    UNIT_EQ_INT(totals->active_max, 1);
    fake_tear_down();
}

UNIT_TEST(a_stall_of_ours_makes_iterations_late_not_dropped)
{
    fake_set_up(
        ONE("constant-arrival-rate", "\"rate\":100,\"duration\":\"4s\",\"preAllocatedVUs\":30"), 1);
    fake.iteration_ns = 5 * MS;
    fake_prepare();
    fake_start();
    sim_stall_at(fake.t0_ns + SEC, 200 * MS);
    fake_run(INT64_MAX / 2);
    UNIT_EQ_INT(FAKE_SUM(0, completed), 400);
    UNIT_EQ_INT(FAKE_SUM(0, dropped), 0);
    UNIT_OK(vu_host_totals(fake.drivers[0].host, 0)->lateness.max > (double)(150 * MS));
    fake_tear_down();
}

UNIT_TEST(only_one_vu_at_a_time_is_made_in_the_middle)
{
    fake_set_up(ONE("constant-arrival-rate",
                    "\"rate\":100,\"duration\":\"10s\",\"preAllocatedVUs\":40,\"maxVUs\":60"),
                1);
    fake.iteration_ns = 495 * MS;
    fake.init_ns = 25 * MS; /* two or three more are dropped meanwhile */
    fake_prepare();
    UNIT_EQ_INT(fake_initialised(), 40);
    fake_start();
    fake_run(INT64_MAX / 2);
    UNIT_OK(FAKE_SUM(0, dropped) > 10);
    UNIT_OK(fake_initialised() > 45 && fake_initialised() <= 50);
    UNIT_EQ_INT(FAKE_SUM(0, completed) + FAKE_SUM(0, dropped), 1000);
    UNIT_EQ_INT(fake.insufficient, 0);
    fake_tear_down();
    fake_play(ONE("constant-arrival-rate",
                  "\"rate\":100,\"duration\":\"3s\",\"preAllocatedVUs\":1,\"maxVUs\":3"),
              1, SEC);
    UNIT_EQ_INT(fake.insufficient, 1);
    UNIT_EQ_INT(fake_initialised(), 3);
    fake_tear_down();
}

UNIT_TEST(scenarios_in_turn_use_the_same_vus)
{
    fake_play("{\"scenarios\":{" SCENARIO(
                  "a", "constant-vus",
                  "\"vus\":3,\"duration\":\"2s\",\"gracefulStop\":0") "," SCENARIO("b",
                                                                                   "per-vu-"
                                                                                   "iterations",
                                                                                   "\"vus\":2,"
                                                                                   "\"iterations\":"
                                                                                   "2,"
                                                                                   "\"startTime\":"
                                                                                   "\"3s\"") "}}",
              1, 900 * MS);
    UNIT_EQ_INT(fake_initialised(), 3);
    UNIT_EQ_INT(FAKE_SUM(0, completed), 6);
    UNIT_EQ_INT(FAKE_SUM(0, interrupted), 3);
    UNIT_EQ_INT(FAKE_SUM(1, completed), 4);
    const struct fake_start *first = &fake.starts[9];
    UNIT_EQ_INT(first->scenario, 1);
    UNIT_EQ_INT(first->iteration, 3);
    UNIT_EQ_INT(first->scenario_iteration, 0);
    UNIT_EQ_INT(first->number, 0);
    UNIT_OK(first->at_ns >= 3 * SEC && first->at_ns < 3 * SEC + MS);
    UNIT_EQ_INT(fake.starts[12].scenario_iteration, 1);
    fake_tear_down();
}

UNIT_TEST(a_scenario_waits_for_vus_that_another_one_still_has)
{
    /* The plan says that a is over at 2 s, but the driver lets its VUs go later. */
    fake_set_up(
        "{\"scenarios\":{" SCENARIO("a", "constant-vus", "\"vus\":2,\"duration\":\"2s\",\"gracefulStop\":0") "," SCENARIO(
            "b", "shared-iterations",
            "\"vus\":3,\"iterations\":3,\"startTime\":\"2s\"") "," SCENARIO("c",
                                                                            "constant-arrival-rate",
                                                                            "\"rate\":1,"
                                                                            "\"preAllocatedVUs\":1,"
                                                                            "\"duration\":\"2s\","
                                                                            "\"startTime\":\"2s\"") "}}",
        1);
    fake.iteration_ns = 1400 * MS;
    fake.linger_ns = 300 * MS;
    fake_prepare();
    fake_start();
    fake_run(INT64_MAX / 2);
    UNIT_EQ_INT(fake_initialised(), 4);
    UNIT_EQ_INT(FAKE_SUM(0, interrupted), 2);
    UNIT_EQ_INT(FAKE_SUM(1, completed), 3);
    UNIT_EQ_INT(FAKE_SUM(2, begun) + FAKE_SUM(2, dropped), 2);
    /* The two that b found at first, and the third when a let go. */
    UNIT_OK(fake.starts[6].at_ns >= 2300 * MS && fake.starts[6].at_ns < 2301 * MS);
    fake_tear_down();
}

UNIT_TEST(iterations_have_a_minimum)
{
    fake_set_up(ONE("constant-vus", "\"vus\":2,\"duration\":\"10s\",\"gracefulStop\":\"1s\""), 1);
    fake.iteration_ns = 100 * MS;
    fake.min_iteration_ns = 3 * SEC;
    fake_prepare();
    fake_start();
    fake_run(INT64_MAX / 2);
    UNIT_EQ_INT(FAKE_SUM(0, completed), 8);
    UNIT_EQ_INT(FAKE_SUM(0, interrupted), 0);
    /* What is left of the minimum is cut by the grace, too. */
    UNIT_OK(fake.done_ns >= 11 * SEC && fake.done_ns < 11 * SEC + MS);
    fake_tear_down();
}

UNIT_TEST(iterations_that_end_at_once_leave_the_loop_its_turn)
{
    fake_set_up(ONE("shared-iterations", "\"vus\":3,\"iterations\":15000"), 1);
    fake_prepare();
    fake_start();
    fake_run(INT64_MAX / 2);
    UNIT_EQ_INT(FAKE_SUM(0, completed), 15000);
    UNIT_OK(fake.loop.account.turns >= 15000 / 256);
    fake_tear_down();
}

UNIT_TEST(stop_lets_iterations_end_and_abort_does_not)
{
    for (int is_abort = 0; is_abort < 2; is_abort++) {
        fake_set_up(
            "{\"scenarios\":{" SCENARIO("a", "constant-vus", "\"vus\":40,\"duration\":\"100s\"") "," SCENARIO(
                "b", "constant-arrival-rate",
                "\"rate\":1,\"duration\":\"100s\",\"preAllocatedVUs\":2") "," SCENARIO("c",
                                                                                       "constant-"
                                                                                       "vus",
                                                                                       "\"vus\":1,"
                                                                                       "\"duration"
                                                                                       "\":"
                                                                                       "\"100s\","
                                                                                       "\"startTime"
                                                                                       "\":\"50s\"") "}}",
            3);
        fake.iteration_ns = 700 * MS;
        fake_prepare();
        fake_start();
        fake_run(5 * SEC + 200 * MS);
        for (int s = 0; s < fake.shards; s++) {
            if (is_abort)
                vu_host_abort(fake.drivers[s].host);
            else
                vu_host_stop(fake.drivers[s].host);
        }
        fake_run(INT64_MAX / 2);
        int64_t done_ns = is_abort ? 5200 * MS : 5900 * MS;
        UNIT_OK(fake.done_ns >= 5200 * MS && fake.done_ns < done_ns + 5 * MS);
        UNIT_EQ_INT(FAKE_SUM(0, interrupted), is_abort ? 40 : 0);
        UNIT_EQ_INT(FAKE_SUM(2, begun), 0);
        fake_tear_down();
    }
}

UNIT_TEST(an_iteration_may_abort_the_run)
{
    fake_set_up(ONE("constant-vus", "\"vus\":40,\"duration\":\"100s\""), 2);
    fake.iteration_ns = 100 * MS;
    fake.abort_number = 200;
    fake_prepare();
    fake_start();
    fake_run(INT64_MAX / 2);
    UNIT_OK(fake.done_ns < SEC);
    UNIT_OK(FAKE_SUM(0, interrupted) >= 1 && FAKE_SUM(0, interrupted) <= 40);
    UNIT_EQ_INT(FAKE_SUM(0, begun), FAKE_SUM(0, interrupted) + FAKE_SUM(0, completed));
    fake_tear_down();
}

UNIT_TEST(the_number_of_vus_can_be_steered)
{
    fake_set_up(ONE("externally-controlled", "\"vus\":3,\"maxVUs\":40"), 2);
    fake.iteration_ns = 100 * MS;
    fake_prepare();
    fake_start();
    fake_run(SEC);
    UNIT_EQ_INT(fake_active(), 3);
    static const uint64_t steps[][2] = {{10, 40}, {50, 40}, {60, 60}, {1, 60}};
    static const uint64_t want[] = {10, 40, 60, 1};
    for (size_t i = 0; i < BR_COUNT(want); i++) {
        for (int s = 0; s < fake.shards; s++)
            UNIT_OK(vu_host_scale(fake.drivers[s].host, steps[i][0], steps[i][1]));
        fake_run((int64_t)(i + 2) * SEC);
        UNIT_EQ_INT(fake_active(), want[i]);
    }
    UNIT_EQ_INT(fake_initialised(), 60);
    for (int s = 0; s < fake.shards; s++)
        vu_host_stop(fake.drivers[s].host);
    fake_run(INT64_MAX / 2);
    fake_tear_down();
}

UNIT_TEST(a_vu_that_cannot_be_made_is_told_before_the_start)
{
    struct diag diag = DIAG_INIT;
    fake_set_up(ONE("constant-vus", "\"vus\":30,\"duration\":\"1s\""), 1);
    fake.broken_id = 20;
    fake_prepare();
    UNIT_EQ_INT(vu_host_error(fake.drivers[0].host, &diag), BR_ERR_CONFIG);
    UNIT_EQ_STR(diag.text, "broken");
    UNIT_OK(fake_initialised() < 30);
    fake_tear_down();
}

UNIT_MAIN(UNIT_RUN(executors_count_alike_on_one_two_and_three_shards),
          UNIT_RUN(numbers_are_each_given_once), UNIT_RUN(ramps_begin_when_the_step_is),
          UNIT_RUN(arrivals_begin_when_they_are_due),
          UNIT_RUN(a_stall_of_ours_makes_iterations_late_not_dropped),
          UNIT_RUN(only_one_vu_at_a_time_is_made_in_the_middle),
          UNIT_RUN(scenarios_in_turn_use_the_same_vus),
          UNIT_RUN(a_scenario_waits_for_vus_that_another_one_still_has),
          UNIT_RUN(iterations_have_a_minimum),
          UNIT_RUN(iterations_that_end_at_once_leave_the_loop_its_turn),
          UNIT_RUN(stop_lets_iterations_end_and_abort_does_not),
          UNIT_RUN(an_iteration_may_abort_the_run), UNIT_RUN(the_number_of_vus_can_be_steered),
          UNIT_RUN(a_vu_that_cannot_be_made_is_told_before_the_start))
