/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines: never early, moved and cleared by a store, and how seldom the wheel is touched.
 */
#include "conn/deadline.h"

#include "sys/clock.h"
#include "unit.h"

static struct loop loop;
static struct deadline deadline;
static int passes;
static int64_t passed_ns;

static void note_pass(struct deadline *which, void *context)
{
    passes++;
    passed_ns = clock_now_ns();
    UNIT_OK(which == &deadline);
    UNIT_OK(context == &passes);
    UNIT_OK(!deadline_is_set(which));
}

static void begin(void)
{
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    deadline_init(&deadline, &loop, note_pass, &passes);
    passes = 0;
}

static void finish(void)
{
    deadline_fini(&deadline);
    UNIT_EQ_INT(loop.wheel.count, 0);
    loop_fini(&loop);
}

static void turn_until(int64_t until_ns)
{
    while (clock_now_ns() < until_ns)
        loop_turn(&loop, until_ns);
}

UNIT_TEST(a_deadline_passes_once_and_not_early)
{
    begin();
    int64_t due_ns = clock_now_ns() + 5 * CLOCK_NS_PER_MS;
    UNIT_OK(!deadline_is_set(&deadline));
    deadline_set(&deadline, due_ns);
    UNIT_OK(deadline_is_set(&deadline));
    turn_until(due_ns + 5 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 1);
    UNIT_OK(passed_ns >= due_ns);
    turn_until(clock_now_ns() + 5 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 1);
    finish();
}

UNIT_TEST(a_later_deadline_and_none_are_stores)
{
    begin();
    int64_t now_ns = clock_now_ns();
    deadline_set(&deadline, now_ns + 3 * CLOCK_NS_PER_MS);
    int64_t armed_ns = deadline.armed_ns;
    int64_t due_ns = now_ns + 10 * CLOCK_NS_PER_MS;
    deadline_clear(&deadline);
    deadline_set(&deadline, due_ns);
    UNIT_EQ_INT(deadline.armed_ns, armed_ns);
    turn_until(due_ns - CLOCK_NS_PER_MS);
    if (clock_now_ns() < due_ns)
        UNIT_EQ_INT(passes, 0);
    turn_until(due_ns + 5 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 1);
    UNIT_OK(passed_ns >= due_ns);
    finish();
}

UNIT_TEST(an_earlier_deadline_is_kept)
{
    begin();
    int64_t now_ns = clock_now_ns();
    deadline_set(&deadline, now_ns + 3600 * CLOCK_NS_PER_SEC);
    deadline_set(&deadline, now_ns + 3 * CLOCK_NS_PER_MS);
    turn_until(now_ns + 8 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 1);
    finish();
}

UNIT_TEST(a_cleared_deadline_does_not_pass)
{
    begin();
    int64_t now_ns = clock_now_ns();
    deadline_set(&deadline, now_ns + 3 * CLOCK_NS_PER_MS);
    deadline_clear(&deadline);
    turn_until(now_ns + 8 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 0);
    UNIT_EQ_INT(loop.wheel.count, 0);
    deadline_set(&deadline, clock_now_ns());
    turn_until(clock_now_ns() + 5 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(passes, 1);
    finish();
}

UNIT_TEST(operations_do_not_touch_the_wheel)
{
    begin();
    int64_t start_ns = clock_now_ns();
    int moves = 0;
    int64_t armed_ns = 0;
    for (int i = 0; i < 10000; i++) {
        deadline_set(&deadline, start_ns + 3600 * CLOCK_NS_PER_SEC + i);
        moves += deadline.armed_ns != armed_ns;
        armed_ns = deadline.armed_ns;
        deadline_clear(&deadline);
    }
    UNIT_EQ_INT(moves, 1);
    finish();
}

UNIT_MAIN(UNIT_RUN(a_deadline_passes_once_and_not_early),
          UNIT_RUN(a_later_deadline_and_none_are_stores), UNIT_RUN(an_earlier_deadline_is_kept),
          UNIT_RUN(a_cleared_deadline_does_not_pass), UNIT_RUN(operations_do_not_touch_the_wheel))
