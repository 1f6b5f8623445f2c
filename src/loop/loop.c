/* SPDX-License-Identifier: Apache-2.0
 *
 * The turn of a thread. What makes it more than epoll and a heap of timers is how it waits: a sleep
 * ends some 40 us late on the machines we saw, whatever the call, so a loop that owes a send at an
 * exact time goes to bed earlier by what it measured, and polls for what is left.
 *
 * The account says whether this thread was the limit. Time counts as idle only when nothing was
 * there to do: a wait that comes back with rows faster than any sleep could end was no sleep, and
 * counts as work, so that a saturated loop shows as busy in full.
 */
#include "loop/loop.h"

#include <stddef.h>
#include <string.h>

#include "base/must.h"
#include "sys/clock.h"
#include "sys/thread.h"

enum {
    LOOP_NO_SLEEP_NS = 3000,   /* no thread goes to sleep and is woken in less */
    LOOP_POLL_COST_NS = 1500,  /* nearer than this to an alarm even a poll may be too long */
    LOOP_ECO_SPIN_NS = 5000,   /* what ECO mode may burn */
    LOOP_SPIN_MIN_NS = 5000,   /* bounds of a measured spin_ns */
    LOOP_SPIN_MAX_NS = 200000, /* */
    LOOP_MEASURE_COUNT = 31,   /* */
    LOOP_MEASURE_SLEEP_NS = 100000,
    LOOP_LEARN_NS = 100,             /* how far one sleep moves an estimate, times its odds */
    LOOP_LEARN_OUTLIER_NS = 1000000, /* a stall of the machine, not its overshoot */
    LOOP_ROWS_PER_CLOCK = 16,        /* the clock is asked at least so often within a batch */
    LOOP_STOPPED_NS = 5000000,       /* timers so late mean that we stood still */
    LOOP_FULL_TURNS_MAX = 256,       /* some 65,000 sockets */
};

enum br_err loop_init(struct loop *loop, struct diag *diag)
{
    memset(loop, 0, sizeof(*loop));
    enum br_err err = poller_create(&loop->poller, diag);
    if (err != BR_ERR_NONE)
        return err;
    loop->now_ns = clock_now_ns();
    wheel_init(&loop->wheel, loop->now_ns);
    loop->alarm_next_ns = INT64_MAX;
    loop->wait_mode = LOOP_WAIT_ECO;
    return BR_ERR_NONE;
}

void loop_fini(struct loop *loop)
{
    MUST(loop->alarms == NULL);
    wheel_fini(&loop->wheel);
    poller_destroy(&loop->poller);
}

int64_t loop_now(struct loop *loop)
{
    loop->now_ns = clock_now_ns();
    return loop->now_ns;
}

static int64_t loop_clamp(int64_t value, int64_t low, int64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

/* The estimates move by steps whose sizes are the odds of the percentile, so that they stand still
 * where it is: 1 up for 19 down at the 5th, 99 up for 1 down at the 99th. */
static void loop_learn_overshoot(struct loop *loop, int64_t late_ns)
{
    struct loop_overshoot *overshoot = &loop->overshoot;
    if (late_ns < 0 || late_ns > LOOP_LEARN_OUTLIER_NS)
        return;
    overshoot->low_ns += late_ns > overshoot->low_ns ? LOOP_LEARN_NS : -19 * LOOP_LEARN_NS;
    overshoot->high_ns += late_ns > overshoot->high_ns ? 99 * LOOP_LEARN_NS : -LOOP_LEARN_NS;
    overshoot->low_ns = loop_clamp(overshoot->low_ns, 0, LOOP_SPIN_MAX_NS);
    overshoot->high_ns = loop_clamp(overshoot->high_ns, 0, LOOP_SPIN_MAX_NS);
}

static void loop_use_overshoot(struct loop *loop)
{
    if (loop->spin_is_fixed)
        return;
    loop->spin_ns = loop_clamp(loop->overshoot.high_ns, LOOP_SPIN_MIN_NS, LOOP_SPIN_MAX_NS);
}

static void loop_measure_overshoot(struct loop *loop)
{
    int64_t late_ns[LOOP_MEASURE_COUNT];
    int count = 0;
    for (int i = 0; i < LOOP_MEASURE_COUNT; i++) {
        int64_t due_ns = loop_now(loop) + LOOP_MEASURE_SLEEP_NS;
        int rows = poller_wait(loop->poller, due_ns, loop->rows, LOOP_ROWS);
        int64_t late = loop_now(loop) - due_ns;
        if (rows > 0 || late < 0)
            continue;
        int at = count++;
        for (; at > 0 && late_ns[at - 1] > late; at--)
            late_ns[at] = late_ns[at - 1];
        late_ns[at] = late;
    }
    /* Ready sockets show again; a wake does not, and may have been for real. */
    poller_wake(loop->poller);
    if (count == 0)
        return;
    loop->overshoot.low_ns = loop_clamp(late_ns[count / 20], 0, LOOP_SPIN_MAX_NS);
    loop->overshoot.high_ns = loop_clamp(late_ns[count - 1], 0, LOOP_SPIN_MAX_NS);
}

void loop_set_wait(struct loop *loop, enum loop_wait_mode mode, int64_t spin_ns)
{
    thread_set_timer_slack(1);
    loop->wait_mode = mode;
    loop->spin_is_fixed = spin_ns > 0;
    loop->spin_ns = spin_ns;
    if (!loop->spin_is_fixed) {
        loop_measure_overshoot(loop);
        loop_use_overshoot(loop);
    }
}

/* Alarms */

static void loop_find_next_alarm(struct loop *loop)
{
    loop->alarm_next_ns = INT64_MAX;
    for (const struct loop_alarm *alarm = loop->alarms; alarm != NULL; alarm = alarm->next) {
        if (alarm->due_ns < loop->alarm_next_ns)
            loop->alarm_next_ns = alarm->due_ns;
    }
}

void loop_alarm_init(struct loop *loop, struct loop_alarm *alarm, loop_alarm_fn *fire,
                     void *context)
{
    alarm->due_ns = INT64_MAX;
    alarm->fire = fire;
    alarm->context = context;
    alarm->next = loop->alarms;
    loop->alarms = alarm;
}

void loop_alarm_set(struct loop *loop, struct loop_alarm *alarm, int64_t due_ns)
{
    int64_t old_ns = alarm->due_ns;
    alarm->due_ns = due_ns;
    if (due_ns <= loop->alarm_next_ns)
        loop->alarm_next_ns = due_ns;
    else if (old_ns == loop->alarm_next_ns)
        loop_find_next_alarm(loop);
}

void loop_alarm_fini(struct loop *loop, struct loop_alarm *alarm)
{
    if (loop->alarm_cursor == alarm)
        loop->alarm_cursor = alarm->next;
    for (struct loop_alarm **at = &loop->alarms; *at != NULL; at = &(*at)->next) {
        if (*at == alarm) {
            *at = alarm->next;
            break;
        }
    }
    alarm->next = NULL;
    loop_find_next_alarm(loop);
}

/* Each alarm fires at most once a look, whatever it sets itself to. */
static void loop_fire_alarms(struct loop *loop)
{
    int64_t now_ns = loop->now_ns;
    if (BR_LIKELY(loop->alarm_next_ns > now_ns))
        return;
    loop->alarm_cursor = loop->alarms;
    while (loop->alarm_cursor != NULL) {
        struct loop_alarm *alarm = loop->alarm_cursor;
        loop->alarm_cursor = alarm->next;
        if (alarm->due_ns > now_ns || (alarm->after_rows && loop->row_next < loop->row_count))
            continue;
        alarm->due_ns = INT64_MAX;
        alarm->fire(alarm, now_ns);
    }
    loop_find_next_alarm(loop);
}

/* Waiting */

static void loop_fill_rows(struct loop *loop, int64_t deadline_ns)
{
    loop->row_next = 0;
    loop->row_count = poller_wait(loop->poller, deadline_ns, loop->rows, LOOP_ROWS);
}

/* Sleeps; true when it slept its full length and nothing was ready. */
static bool loop_sleep(struct loop *loop, int64_t deadline_ns)
{
    int64_t start_ns = loop->now_ns;
    loop_fill_rows(loop, deadline_ns);
    int64_t now_ns = loop_now(loop);
    if (loop->row_count > 0 && now_ns - start_ns < LOOP_NO_SLEEP_NS)
        return false;
    loop->account.sleeps++;
    loop->account.idle_ns += now_ns - start_ns;
    if (loop->row_count > 0 || now_ns < deadline_ns)
        return false;
    loop_learn_overshoot(loop, now_ns - deadline_ns);
    return true;
}

/* Polls until the next alarm or `limit_ns`, whichever is first, or until something is ready. */
static void loop_spin(struct loop *loop, int64_t limit_ns)
{
    int64_t start_ns = loop->now_ns, now_ns = start_ns;
    int64_t end_ns = limit_ns < loop->alarm_next_ns ? limit_ns : loop->alarm_next_ns;
    while (now_ns < end_ns) {
        if (end_ns - now_ns > LOOP_POLL_COST_NS)
            loop_fill_rows(loop, 0);
        if (loop->row_count > 0)
            break;
        now_ns = loop_now(loop);
    }
    loop->account.idle_ns += now_ns - start_ns;
    loop->account.spin_ns += now_ns - start_ns;
}

/* When to be awake for the next alarm, INT64_MAX without one. ECO mode sleeps at least for a
 * moment, so that it never polls in a circle. */
static int64_t loop_bed_time(struct loop *loop)
{
    int64_t alarm_ns = loop->alarm_next_ns;
    if (alarm_ns == INT64_MAX || alarm_ns <= loop->now_ns)
        return alarm_ns;
    if (loop->wait_mode == LOOP_WAIT_SPIN) {
        loop_use_overshoot(loop);
        return alarm_ns - loop->spin_ns;
    }
    int64_t bed_ns = alarm_ns - loop->overshoot.low_ns;
    return bed_ns > loop->now_ns ? bed_ns : loop->now_ns + 1;
}

static void loop_await(struct loop *loop, int64_t until_ns)
{
    int64_t now_ns = loop_now(loop);
    int64_t other_ns = wheel_next_ns(&loop->wheel);
    if (until_ns < other_ns)
        other_ns = until_ns;
    int64_t bed_ns = loop_bed_time(loop);
    int64_t deadline_ns = bed_ns < other_ns ? bed_ns : other_ns;
    loop->row_next = 0;
    loop->row_count = 0;
    if (other_ns <= now_ns || loop->alarm_next_ns <= now_ns) {
        loop_fill_rows(loop, 0);
        (void)loop_now(loop);
        return;
    }
    if (deadline_ns > now_ns && !loop_sleep(loop, deadline_ns))
        return;
    int64_t reach_ns =
        loop->wait_mode == LOOP_WAIT_SPIN ? loop->spin_ns : (int64_t)LOOP_ECO_SPIN_NS;
    if (loop->alarm_next_ns - loop->now_ns <= reach_ns)
        loop_spin(loop, other_ns);
}

/* A turn */

static void loop_handle_rows(struct loop *loop)
{
    while (loop->row_next < loop->row_count) {
        struct poller_ready *row = &loop->rows[loop->row_next++];
        struct loop_watch *watch = row->tag;
        if (watch == NULL)
            continue;
        watch->ready(watch, row->events);
        if (loop->alarm_next_ns == INT64_MAX)
            continue;
        if (loop->row_next % LOOP_ROWS_PER_CLOCK == 0)
            (void)loop_now(loop);
        loop_fire_alarms(loop);
    }
}

/* A full batch of rows: there may be more, and late timers would end what those have. */
static bool loop_timers_wait(struct loop *loop)
{
    if (loop->row_count < LOOP_ROWS || loop->full_turns >= LOOP_FULL_TURNS_MAX ||
        wheel_next_ns(&loop->wheel) > loop->now_ns - LOOP_STOPPED_NS) {
        loop->full_turns = 0;
        return false;
    }
    loop->full_turns++;
    return true;
}

static void loop_fire_timers(struct loop *loop)
{
    if (wheel_next_ns(&loop->wheel) > loop->now_ns || loop_timers_wait(loop))
        return;
    wheel_collect(&loop->wheel, loop->now_ns);
    while (wheel_fire_next(&loop->wheel))
        loop_fire_alarms(loop);
}

void loop_turn(struct loop *loop, int64_t until_ns)
{
    loop->account.turns++;
    loop_await(loop, until_ns);
    if (loop->row_count > 0) {
        loop_handle_rows(loop);
        (void)loop_now(loop);
    }
    loop_fire_timers(loop);
    loop_fire_alarms(loop);
    if (loop->turn_hook != NULL)
        loop->turn_hook(loop->turn_hook_context);
}

void loop_run(struct loop *loop)
{
    thread_set_timer_slack(1);
    while (!loop->stopping)
        loop_turn(loop, INT64_MAX);
    loop->stopping = false;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

void loop_wake(struct loop *loop)
{
    poller_wake(loop->poller);
}

/* Watches */

enum br_err loop_watch_add(struct loop *loop, struct loop_watch *watch, int fd, unsigned events,
                           loop_watch_fn *ready)
{
    enum br_err err = poller_add(loop->poller, fd, events, watch);
    if (err != BR_ERR_NONE)
        return err;
    watch->ready = ready;
    watch->fd = fd;
    watch->events = events;
    return BR_ERR_NONE;
}

void loop_watch_change(struct loop *loop, struct loop_watch *watch, unsigned events)
{
    if (watch->events == events)
        return;
    watch->events = events;
    poller_change(loop->poller, watch->fd, events, watch);
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    poller_remove(loop->poller, watch->fd);
    for (int i = loop->row_next; i < loop->row_count; i++) {
        if (loop->rows[i].tag == watch)
            loop->rows[i].tag = NULL;
    }
    watch->fd = -1;
    watch->events = 0;
}
