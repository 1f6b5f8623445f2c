/* SPDX-License-Identifier: Apache-2.0
 *
 * Schedules: counts and due times as worked out by hand; walking equals dividing; the shares of
 * shards are together exactly the schedule of one.
 */
#include "load/pacer.h"
#include "unit.h"

#define SEC INT64_C(1000000000)

static struct plan_leg leg(uint64_t count, int64_t per_ns, int64_t duration_ns)
{
    struct plan_rate rate = {count, per_ns};
    return (struct plan_leg){rate, rate, duration_ns, NULL};
}

static struct plan_leg ramp(uint64_t from, uint64_t to, int64_t duration_ns)
{
    return (struct plan_leg){{from, SEC}, {to, SEC}, duration_ns, NULL};
}

struct count_row {
    const char *name;
    struct plan_leg legs[4];
    size_t leg_count;
    uint64_t limit;
    uint64_t total;
    int64_t last_ns;
    int64_t end_ns;
};

UNIT_TEST(schedules_have_the_counts_of_a_calculation_by_hand)
{
    const struct count_row rows[] = {
        {"5000/s for 30 s", {leg(5000, SEC, 30 * SEC)}, 1, 0, 150000, 30 * SEC - 200000, 30 * SEC},
        {"7/3s for 30 s", {leg(7, 3 * SEC, 30 * SEC)}, 1, 0, 70, 29571428571, 30 * SEC},
        {"333/s for 2 s", {leg(333, SEC, 2 * SEC)}, 1, 0, 666, 1996996996, 2 * SEC},
        {"one in 3 s for 1 s: the first is due at 0", {leg(1, 3 * SEC, SEC)}, 1, 0, 1, 0, SEC},
        {"2.5/s for 3 s rounds up", {leg(5, 2 * SEC, 3 * SEC)}, 1, 0, 8, 2800000000, 3 * SEC},
        {"limit below the schedule", {leg(100, SEC, 10 * SEC)}, 1, 7, 7, 60000000, 70000000},
        {"limit at the end", {leg(100, SEC, 10 * SEC)}, 1, 1000, 1000, 9990000000, 10 * SEC},
        {"limit in a ramp", {ramp(0, 100, 10 * SEC)}, 1, 20, 20, 1949358868, 2 * SEC},
        {"ramp 0 to 100/s in 10 s", {ramp(0, 100, 10 * SEC)}, 1, 0, 500, 9989994994, 10 * SEC},
        {"ramp down to 0", {ramp(100, 0, 10 * SEC)}, 1, 0, 500, 9552786404, 10 * SEC},
        {"up, hold, down",
         {ramp(0, 100, 10 * SEC), leg(100, SEC, 10 * SEC), ramp(100, 0, 10 * SEC)},
         3,
         0,
         2000,
         29552786404,
         30 * SEC},
        {"a pause in the middle",
         {leg(10, SEC, SEC), leg(0, SEC, SEC), leg(10, SEC, SEC)},
         3,
         0,
         20,
         2900000000,
         3 * SEC},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        struct pacer pacer;
        pacer_init(&pacer, rows[i].legs, rows[i].leg_count, false, 1, rows[i].limit);
        UNIT_EQ_INT(pacer_total(&pacer), rows[i].total);
        struct pacer_cursor cursor;
        pacer_cursor_init(&pacer, &cursor, 0, 1);
        int64_t last_ns = -1;
        uint64_t count = 0;
        for (; cursor.due_ns != INT64_MAX; pacer_cursor_step(&pacer, &cursor)) {
            UNIT_EQ_INT(cursor.due_ns, pacer_due_ns(&pacer, cursor.k));
            UNIT_OK(cursor.due_ns >= last_ns);
            UNIT_OK(cursor.due_ns < pacer_end_ns(&pacer));
            last_ns = cursor.due_ns;
            count++;
        }
        UNIT_EQ_INT(count, rows[i].total);
        UNIT_EQ_INT(last_ns, rows[i].last_ns);
        UNIT_EQ_INT(pacer_due_ns(&pacer, count), INT64_MAX);
        UNIT_EQ_INT(pacer_end_ns(&pacer), rows[i].end_ns);
        pacer_fini(&pacer);
    }
}

UNIT_TEST(shards_together_walk_the_schedule_of_one)
{
    const struct plan_leg legs[] = {ramp(3, 977, 7 * SEC), leg(333, SEC, 5 * SEC),
                                    leg(7, 3 * SEC, 9 * SEC)};
    for (int poisson = 0; poisson <= 1; poisson++) {
        for (uint64_t shards = 1; shards <= 5; shards++) {
            struct pacer pacer;
            struct pacer_cursor one, share[5];
            pacer_init(&pacer, legs, BR_COUNT(legs), poisson == 1, 42, 0);
            pacer_cursor_init(&pacer, &one, 0, 1);
            for (uint64_t i = 0; i < shards; i++)
                pacer_cursor_init(&pacer, &share[i], i, shards);
            for (; one.due_ns != INT64_MAX; pacer_cursor_step(&pacer, &one)) {
                struct pacer_cursor *mine = &share[one.k % shards];
                UNIT_EQ_INT(mine->k, one.k);
                UNIT_EQ_INT(mine->due_ns, one.due_ns);
                pacer_cursor_step(&pacer, mine);
            }
            for (uint64_t i = 0; i < shards; i++)
                UNIT_EQ_INT(share[i].due_ns, INT64_MAX);
            pacer_fini(&pacer);
        }
    }
}

UNIT_TEST(poisson_arrivals_have_poisson_gaps)
{
    const struct plan_leg legs[] = {leg(1000, SEC, 100 * SEC)};
    struct pacer pacer;
    struct pacer_cursor cursor;
    pacer_init(&pacer, legs, 1, true, 7, 0);
    pacer_cursor_init(&pacer, &cursor, 0, 1);
    double sum = 0, squares = 0;
    int64_t last_ns = 0;
    int count = 0;
    for (; cursor.due_ns != INT64_MAX; pacer_cursor_step(&pacer, &cursor)) {
        double gap = (double)(cursor.due_ns - last_ns);
        sum += gap;
        squares += gap * gap;
        last_ns = cursor.due_ns;
        count++;
    }
    double mean = sum / count;
    /* Some 100,000 gaps: their mean is known to 1 %, mean and deviation of an exponential agree. */
    UNIT_NEAR(mean, 1e6, 0.02);
    UNIT_NEAR(sqrt(squares / count - mean * mean), mean, 0.03);
    pacer_fini(&pacer);
}

UNIT_MAIN(UNIT_RUN(schedules_have_the_counts_of_a_calculation_by_hand),
          UNIT_RUN(shards_together_walk_the_schedule_of_one),
          UNIT_RUN(poisson_arrivals_have_poisson_gaps))
