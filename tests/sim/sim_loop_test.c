/* SPDX-License-Identifier: Apache-2.0
 *
 * How the loop waits, on a machine whose sleeps end late by a known amount: promises that a real
 * machine's noise would hide. Alarms on an absolute schedule, as sends are paced.
 */
#include "loop/loop.h"
#include "sim.h"

#include "base/attr.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "unit.h"

enum { PACE_ALARMS = 4000 };

#define PACE_OVERSHOOT_NS INT64_C(40000)

struct pace {
    struct loop loop;
    struct loop_alarm alarm;
    int64_t gap_ns, due_ns;
    int64_t late_ns[PACE_ALARMS];
    int count;
};

static struct pace pace;

static void pace_fire(struct loop_alarm *alarm, int64_t now_ns)
{
    (void)now_ns;
    pace.late_ns[pace.count++] = loop_now(&pace.loop) - pace.due_ns;
    pace.due_ns += pace.gap_ns;
    if (pace.count < PACE_ALARMS)
        loop_alarm_set(&pace.loop, alarm, pace.due_ns);
    else
        loop_stop(&pace.loop);
}

/* How many of them were later than that. */
static int pace_later_than(int64_t ns)
{
    int count = 0;
    for (int i = 0; i < PACE_ALARMS; i++) {
        UNIT_OK(pace.late_ns[i] >= 0);
        count += pace.late_ns[i] > ns;
    }
    return count;
}

static void pace_begin(void)
{
    static const struct sim_options options = {.seed = 1, .cost.overshoot_ns = PACE_OVERSHOOT_NS};
    sim_begin(&options);
    pace.count = 0;
    UNIT_EQ_INT(loop_init(&pace.loop, NULL), BR_ERR_NONE);
    loop_alarm_init(&pace.loop, &pace.alarm, pace_fire, &pace);
}

static void pace_end(void)
{
    loop_alarm_fini(&pace.loop, &pace.alarm);
    loop_fini(&pace.loop);
    (void)sim_end();
}

static void pace_play(enum loop_wait_mode mode, int64_t spin_ns, int64_t gap_ns)
{
    pace_begin();
    loop_set_wait(&pace.loop, mode, spin_ns);
    pace.loop.account = (struct loop_account){0};
    pace.gap_ns = gap_ns;
    pace.due_ns = clock_now_ns() + gap_ns;
    loop_alarm_set(&pace.loop, &pace.alarm, pace.due_ns);
    int64_t start_ns = sim_now_ns();
    loop_run(&pace.loop);
    int64_t wall_ns = sim_now_ns() - start_ns;
    /* With nothing to do but to wait, all of it is idle but for the calls around. */
    UNIT_OK(pace.loop.account.idle_ns <= wall_ns);
    UNIT_OK(pace.loop.account.idle_ns >= wall_ns - PACE_ALARMS * INT64_C(3000));
}

UNIT_TEST(loop_spin_is_on_time_and_still_sleeps)
{
    pace_play(LOOP_WAIT_SPIN, 0, CLOCK_NS_PER_MS);
    UNIT_OK(pace.loop.spin_ns >= PACE_OVERSHOOT_NS * 9 / 10);
    UNIT_OK(pace.loop.spin_ns <= PACE_OVERSHOOT_NS * 3 / 2);
    UNIT_OK(pace_later_than(1000) <= PACE_ALARMS / 25);
    UNIT_OK(pace.loop.account.sleeps >= PACE_ALARMS);
    UNIT_OK(pace.loop.account.spin_ns < pace.loop.account.idle_ns / 10);
    pace_end();
}

UNIT_TEST(loop_spin_without_gaps_is_exact)
{
    pace_play(LOOP_WAIT_SPIN, 0, 20 * CLOCK_NS_PER_US);
    UNIT_EQ_INT(pace_later_than(1000), 0);
    UNIT_EQ_INT(pace.loop.account.sleeps, 0);
    pace_end();
}

UNIT_TEST(loop_spin_follows_a_machine_that_changes)
{
    pace_begin();
    loop_set_wait(&pace.loop, LOOP_WAIT_SPIN, 0);
    pace.loop.overshoot.high_ns = 5000; /* as if it had been a better one */
    pace.gap_ns = CLOCK_NS_PER_MS;
    pace.due_ns = clock_now_ns() + pace.gap_ns;
    loop_alarm_set(&pace.loop, &pace.alarm, pace.due_ns);
    loop_run(&pace.loop);
    UNIT_OK(pace.loop.spin_ns >= PACE_OVERSHOOT_NS * 8 / 10);
    pace_end();
}

UNIT_TEST(loop_eco_is_late_by_less_than_a_sleep_and_burns_nothing)
{
    pace_play(LOOP_WAIT_ECO, 0, CLOCK_NS_PER_MS);
    UNIT_EQ_INT(pace_later_than(PACE_OVERSHOOT_NS + 3000), 0);
    /* At most 5 us are spun at the end of each wait. */
    UNIT_OK(pace.loop.account.spin_ns <= PACE_ALARMS * INT64_C(6000));
    UNIT_OK(pace.loop.account.spin_ns < pace.loop.account.idle_ns / 100);
    pace_end();
}

UNIT_TEST(loop_stall_is_seen_and_forgotten)
{
    pace_begin();
    loop_set_wait(&pace.loop, LOOP_WAIT_SPIN, 50000);
    pace.gap_ns = CLOCK_NS_PER_MS;
    pace.due_ns = clock_now_ns() + pace.gap_ns;
    loop_alarm_set(&pace.loop, &pace.alarm, pace.due_ns);
    sim_stall_at(pace.due_ns + 100 * CLOCK_NS_PER_MS - 1000, 9900 * CLOCK_NS_PER_US);
    loop_run(&pace.loop);
    /* Those of the stall are late and go out at once; the schedule did not move. */
    UNIT_EQ_INT(pace_later_than(2000), 10);
    UNIT_OK(pace.late_ns[100] > 9 * CLOCK_NS_PER_MS);
    UNIT_OK(pace.late_ns[PACE_ALARMS - 1] < 2000);
    pace_end();
}

static void pace_stop_later(void *context)
{
    sim_sleep(5 * CLOCK_NS_PER_SEC);
    loop_wake(context);
}

static void pace_hook(void *context)
{
    struct pace *self = context;
    if (sim_now_ns() >= self->due_ns)
        loop_stop(&self->loop);
}

UNIT_TEST(loop_with_nothing_to_do_sleeps_until_it_is_woken)
{
    pace_begin();
    pace.due_ns = sim_now_ns() + 4 * CLOCK_NS_PER_SEC;
    pace.loop.turn_hook = pace_hook;
    pace.loop.turn_hook_context = &pace;
    struct thread *thread = thread_start("waker", pace_stop_later, &pace.loop);
    loop_run(&pace.loop);
    UNIT_EQ_INT(pace.loop.account.turns, 1);
    UNIT_OK(pace.loop.account.idle_ns > 4 * CLOCK_NS_PER_SEC);
    thread_join(&thread);
    pace_end();
}

static int64_t pace_fired_ns[3];

static void pace_timer(struct wheel_timer *timer, void *context)
{
    (void)timer;
    *(int64_t *)context = sim_now_ns();
}

UNIT_TEST(loop_timers_are_late_by_a_tick_at_most)
{
    static const int64_t due_ns[] = {CLOCK_NS_PER_MS, CLOCK_NS_PER_SEC, 60 * CLOCK_NS_PER_SEC};
    struct wheel_timer timers[BR_COUNT(due_ns)];
    pace_begin();
    int64_t start_ns = sim_now_ns();
    for (size_t i = 0; i < BR_COUNT(due_ns); i++) {
        wheel_timer_init(&timers[i], pace_timer, &pace_fired_ns[i]);
        wheel_arm(&pace.loop.wheel, &timers[i], start_ns + due_ns[i]);
    }
    while (pace.loop.wheel.count > 0)
        loop_turn(&pace.loop, INT64_MAX);
    for (size_t i = 0; i < BR_COUNT(due_ns); i++) {
        int64_t late_ns = pace_fired_ns[i] - start_ns - due_ns[i];
        UNIT_OK(late_ns >= 0);
        UNIT_OK(late_ns < WHEEL_TICK_NS + PACE_OVERSHOOT_NS + 5000);
    }
    UNIT_OK(pace.loop.account.turns < 30); /* and it did not wake for every tick */
    pace_end();
}

UNIT_MAIN(UNIT_RUN(loop_spin_is_on_time_and_still_sleeps),
          UNIT_RUN(loop_spin_without_gaps_is_exact),
          UNIT_RUN(loop_spin_follows_a_machine_that_changes),
          UNIT_RUN(loop_eco_is_late_by_less_than_a_sleep_and_burns_nothing),
          UNIT_RUN(loop_stall_is_seen_and_forgotten),
          UNIT_RUN(loop_with_nothing_to_do_sleeps_until_it_is_woken),
          UNIT_RUN(loop_timers_are_late_by_a_tick_at_most))
