/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop's promises that do not depend on the machine's speed: order, rows dropped, alarms
 * between rows, starvation, wakes, the account. (How late it is: bench/micro/wake_bench.c.)
 */
#include "loop/loop.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/clock.h"
#include "unit.h"

enum { LOOP_TEST_PAIRS = 40 };

struct loop_peer {
    struct loop_watch watch; /* first: the watch is the peer */
    int fds[2];
    struct loop_peer *victim; /* removed when this one becomes ready */
    int ready;
};

struct loop_world {
    struct loop loop;
    struct loop_peer peers[LOOP_TEST_PAIRS];
    struct loop_alarm alarm;
    struct wheel_timer timer;
    int alarms, timers, hooks, rows;
    int rows_at_alarm;
    int stop_after_alarms;
    bool again_in_the_past;
};

static struct loop_world world;

static void loop_world_init(void)
{
    struct diag diag = DIAG_INIT;
    memset(&world, 0, sizeof(world));
    UNIT_EQ_INT(loop_init(&world.loop, &diag), BR_ERR_NONE);
}

static void loop_world_pairs(int count, loop_watch_fn *ready)
{
    for (int i = 0; i < count; i++) {
        struct loop_peer *peer = &world.peers[i];
        UNIT_EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, peer->fds), 0);
        UNIT_EQ_INT(loop_watch_add(&world.loop, &peer->watch, peer->fds[0], POLLER_IN, ready),
                    BR_ERR_NONE);
        UNIT_EQ_INT(write(peer->fds[1], "x", 1), 1);
    }
}

static void loop_world_fini(int pairs)
{
    for (int i = 0; i < pairs; i++) {
        struct loop_peer *peer = &world.peers[i];
        if (peer->watch.fd != -1)
            loop_watch_remove(&world.loop, &peer->watch);
        (void)close(peer->fds[0]);
        (void)close(peer->fds[1]);
    }
    loop_fini(&world.loop);
}

static void loop_peer_read(struct loop_watch *watch, unsigned events)
{
    struct loop_peer *peer = (struct loop_peer *)watch;
    char room[8];
    UNIT_OK((events & POLLER_IN) != 0);
    UNIT_EQ_INT(read(watch->fd, room, sizeof(room)), 1);
    peer->ready++;
    world.rows++;
    (void)loop_now(&world.loop);
}

static void loop_peer_kill(struct loop_watch *watch, unsigned events)
{
    loop_peer_read(watch, events);
    for (int i = 0; i < LOOP_TEST_PAIRS; i++) {
        struct loop_peer *other = &world.peers[i];
        if (&other->watch != watch && other->watch.fd != -1)
            loop_watch_remove(&world.loop, &other->watch);
    }
}

UNIT_TEST(loop_drops_rows_of_removed_watches)
{
    loop_world_init();
    loop_world_pairs(LOOP_TEST_PAIRS, loop_peer_kill);
    loop_turn(&world.loop, 0);
    UNIT_EQ_INT(world.rows, 1); /* the first killed all others */
    loop_turn(&world.loop, 0);
    UNIT_EQ_INT(world.rows, 1);
    loop_world_fini(LOOP_TEST_PAIRS);
}

static void loop_world_alarm(struct loop_alarm *alarm, int64_t now_ns)
{
    UNIT_OK(alarm == &world.alarm);
    UNIT_EQ_INT(alarm->due_ns, INT64_MAX);
    UNIT_OK(now_ns <= clock_now_ns());
    world.alarms++;
    if (world.alarms == 1)
        world.rows_at_alarm = world.rows;
    if (world.again_in_the_past)
        loop_alarm_set(&world.loop, alarm, now_ns - 1);
    if (world.alarms == world.stop_after_alarms)
        loop_stop(&world.loop);
}

static void loop_peer_set_alarm(struct loop_watch *watch, unsigned events)
{
    loop_peer_read(watch, events);
    if (world.rows == 5)
        loop_alarm_set(&world.loop, &world.alarm, world.loop.now_ns);
}

UNIT_TEST(loop_fires_alarms_between_rows)
{
    loop_world_init();
    loop_alarm_init(&world.loop, &world.alarm, loop_world_alarm, NULL);
    loop_world_pairs(LOOP_TEST_PAIRS, loop_peer_set_alarm);
    loop_turn(&world.loop, 0);
    UNIT_EQ_INT(world.rows, LOOP_TEST_PAIRS);
    UNIT_EQ_INT(world.alarms, 1);
    UNIT_EQ_INT(world.rows_at_alarm, 5);
    loop_alarm_fini(&world.loop, &world.alarm);
    loop_world_fini(LOOP_TEST_PAIRS);
}

UNIT_TEST(loop_alarms_in_the_past_starve_no_socket)
{
    loop_world_init();
    world.again_in_the_past = true;
    loop_alarm_init(&world.loop, &world.alarm, loop_world_alarm, NULL);
    loop_alarm_set(&world.loop, &world.alarm, 1);
    loop_world_pairs(3, loop_peer_read);
    loop_turn(&world.loop, INT64_MAX);
    UNIT_EQ_INT(world.rows, 3);
    UNIT_EQ_INT(world.alarms, 4); /* behind each row, and once at the end */
    loop_alarm_fini(&world.loop, &world.alarm);
    loop_world_fini(3);
}

static void loop_world_timer(struct wheel_timer *timer, void *context)
{
    (void)context;
    world.timers++;
    wheel_arm(&world.loop.wheel, timer, 0);
}

static void loop_world_hook(void *context)
{
    UNIT_OK(context == &world);
    world.hooks++;
}

UNIT_TEST(loop_turn_is_bounded_and_ordered)
{
    loop_world_init();
    world.loop.turn_hook = loop_world_hook;
    world.loop.turn_hook_context = &world;
    wheel_timer_init(&world.timer, loop_world_timer, NULL);
    wheel_arm(&world.loop.wheel, &world.timer, clock_now_ns() + 1000);
    int64_t until_ns = clock_now_ns() + 10 * CLOCK_NS_PER_MS;
    while (world.timers < 5 && clock_now_ns() < until_ns + CLOCK_NS_PER_SEC * 10)
        loop_turn(&world.loop, INT64_MAX); /* for ever only if the timer is forgotten */
    UNIT_EQ_INT(world.timers, 5);
    UNIT_OK(world.hooks >= 5);
    UNIT_EQ_INT(world.loop.account.turns, world.hooks);
    wheel_disarm(&world.loop.wheel, &world.timer);
    int64_t start_ns = clock_now_ns();
    loop_turn(&world.loop, start_ns + CLOCK_NS_PER_MS);
    UNIT_OK(clock_now_ns() >= start_ns + CLOCK_NS_PER_MS);
    loop_world_fini(0);
}

UNIT_TEST(loop_alarms_are_never_early_in_either_mode)
{
    static const struct {
        const char *row;
        enum loop_wait_mode mode;
        int64_t spin_ns;
    } rows[] = {{"eco", LOOP_WAIT_ECO, 0},
                {"spin, given", LOOP_WAIT_SPIN, 50000},
                {"spin, measured", LOOP_WAIT_SPIN, 0}};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].row);
        loop_world_init();
        loop_set_wait(&world.loop, rows[i].mode, rows[i].spin_ns);
        loop_turn(&world.loop, 0); /* eats the wake of the measurement */
        UNIT_OK(world.loop.spin_ns >= 0 && world.loop.spin_ns <= 200000);
        loop_alarm_init(&world.loop, &world.alarm, loop_world_alarm, NULL);
        world.stop_after_alarms = 1;
        int64_t due_ns = clock_now_ns() + 20 * CLOCK_NS_PER_MS;
        int64_t idle_ns = world.loop.account.idle_ns, spin_ns = world.loop.account.spin_ns;
        loop_alarm_set(&world.loop, &world.alarm, due_ns);
        loop_run(&world.loop);
        UNIT_EQ_INT(world.alarms, 1);
        UNIT_OK(world.loop.now_ns >= due_ns);
        idle_ns = world.loop.account.idle_ns - idle_ns;
        spin_ns = world.loop.account.spin_ns - spin_ns;
        UNIT_OK(idle_ns >= 15 * CLOCK_NS_PER_MS); /* it had nothing else to do */
        UNIT_OK(spin_ns <= idle_ns);
        UNIT_OK(spin_ns < 10 * CLOCK_NS_PER_MS); /* and slept for the most of it */
        loop_alarm_fini(&world.loop, &world.alarm);
        loop_world_fini(0);
    }
}

UNIT_TEST(loop_finds_the_next_alarm_after_changes)
{
    struct loop_alarm a, b;
    loop_world_init();
    loop_alarm_init(&world.loop, &a, loop_world_alarm, NULL);
    loop_alarm_init(&world.loop, &b, loop_world_alarm, NULL);
    loop_alarm_set(&world.loop, &a, 2000);
    loop_alarm_set(&world.loop, &b, 1000);
    UNIT_EQ_INT(world.loop.alarm_next_ns, 1000);
    loop_alarm_set(&world.loop, &b, 3000);
    UNIT_EQ_INT(world.loop.alarm_next_ns, 2000);
    loop_alarm_set(&world.loop, &a, INT64_MAX);
    UNIT_EQ_INT(world.loop.alarm_next_ns, 3000);
    loop_alarm_fini(&world.loop, &b);
    UNIT_EQ_INT(world.loop.alarm_next_ns, INT64_MAX);
    loop_alarm_fini(&world.loop, &a);
    loop_world_fini(0);
}

UNIT_TEST(loop_wake_before_the_sleep_is_not_lost)
{
    loop_world_init();
    loop_wake(&world.loop);
    loop_turn(&world.loop, INT64_MAX); /* for ever only if it is */
    loop_world_fini(0);
}

UNIT_TEST(loop_saturated_is_busy)
{
    loop_world_init();
    loop_world_pairs(1, loop_peer_read);
    for (int i = 0; i < 200; i++) {
        loop_turn(&world.loop, INT64_MAX);
        UNIT_EQ_INT(write(world.peers[0].fds[1], "x", 1), 1);
    }
    UNIT_EQ_INT(world.rows, 200);
    UNIT_OK(world.loop.account.sleeps < 100); /* rows were there each time it asked */
    loop_world_fini(1);
}

UNIT_TEST(loop_refuses_what_cannot_be_waited_for)
{
    struct loop_watch watch;
    char path[] = "/tmp/brunt-loop-test-XXXXXX";
    int fd = mkstemp(path);
    loop_world_init();
    UNIT_OK(fd != -1);
    UNIT_EQ_INT(loop_watch_add(&world.loop, &watch, fd, POLLER_IN, loop_peer_read), BR_ERR_IO);
    (void)unlink(path);
    (void)close(fd);
    loop_world_fini(0);
}

UNIT_MAIN(UNIT_RUN(loop_drops_rows_of_removed_watches), UNIT_RUN(loop_fires_alarms_between_rows),
          UNIT_RUN(loop_alarms_in_the_past_starve_no_socket),
          UNIT_RUN(loop_turn_is_bounded_and_ordered),
          UNIT_RUN(loop_alarms_are_never_early_in_either_mode),
          UNIT_RUN(loop_finds_the_next_alarm_after_changes),
          UNIT_RUN(loop_wake_before_the_sleep_is_not_lost), UNIT_RUN(loop_saturated_is_busy),
          UNIT_RUN(loop_refuses_what_cannot_be_waited_for))
