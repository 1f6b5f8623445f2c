/* SPDX-License-Identifier: Apache-2.0
 *
 * The timer wheel against a naive list: never early, at most a tick late, each once, in the order
 * of ticks, whatever arms, moves and disarms whom.
 */
#include "loop/wheel.h"

#include "base/attr.h"
#include "base/rng.h"
#include "unit.h"

enum { WHEEL_TEST_TIMERS = 300 };

struct wheel_world {
    struct wheel wheel;
    struct wheel_timer timers[WHEEL_TEST_TIMERS];
    int64_t want_ns[WHEEL_TEST_TIMERS]; /* the naive list: due time, -1 when not armed */
    int64_t floor_tick;                 /* what is armed for the past counts as due at it */
    bool in_advance[WHEEL_TEST_TIMERS]; /* armed by a timer that fired in this advance */
    struct rng rng;
    int64_t now_ns;
    int64_t last_tick;
    int fired;
    bool acts;
};

static struct wheel_world world;

static int64_t wheel_world_due(void)
{
    /* All distances: ticks, seconds, days, for ever, the past. */
    uint64_t room = UINT64_C(1) << (10 + rng_below(&world.rng, 52));
    int64_t ahead_ns = (int64_t)rng_below(&world.rng, room);
    switch (rng_below(&world.rng, 16)) {
    case 0:
        return INT64_MAX;
    case 1:
        return world.now_ns - ahead_ns;
    case 2:
        return (world.now_ns + ahead_ns) & ~(WHEEL_TICK_NS - 1);
    default:
        return world.now_ns + ahead_ns;
    }
}

static void wheel_world_arm(size_t i, bool in_advance)
{
    world.want_ns[i] = wheel_world_due();
    world.in_advance[i] = in_advance;
    wheel_arm(&world.wheel, &world.timers[i], world.want_ns[i]);
    UNIT_OK(wheel_timer_is_armed(&world.timers[i]));
}

static void wheel_world_disarm(size_t i)
{
    world.want_ns[i] = -1;
    wheel_disarm(&world.wheel, &world.timers[i]);
    UNIT_OK(!wheel_timer_is_armed(&world.timers[i]));
}

static void wheel_world_fire(struct wheel_timer *timer, void *context)
{
    size_t i = (size_t)(timer - world.timers);
    UNIT_OK(context == &world);
    UNIT_OK(!wheel_timer_is_armed(timer));
    UNIT_OK(world.want_ns[i] != -1);
    UNIT_OK(world.want_ns[i] <= world.now_ns); /* never early */
    UNIT_OK(!world.in_advance[i]);             /* not in the turn that armed it */
    UNIT_EQ_INT(timer->due_ns, world.want_ns[i]);
    int64_t tick = (world.want_ns[i] + WHEEL_TICK_NS - 1) >> WHEEL_TICK_SHIFT;
    if (tick < world.floor_tick)
        tick = world.floor_tick;
    UNIT_OK(tick >= world.last_tick);
    world.last_tick = tick;
    world.want_ns[i] = -1;
    world.fired++;
    if (!world.acts)
        return;
    size_t other = (size_t)rng_below(&world.rng, WHEEL_TEST_TIMERS);
    switch (rng_below(&world.rng, 4)) {
    case 0:
        wheel_world_arm(i, true);
        break;
    case 1:
        wheel_world_disarm(other);
        break;
    case 2:
        wheel_world_arm(other, true);
        break;
    default:
        break;
    }
}

static int64_t wheel_world_earliest(void)
{
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < WHEEL_TEST_TIMERS; i++) {
        if (world.want_ns[i] != -1 && world.want_ns[i] < earliest)
            earliest = world.want_ns[i];
    }
    return earliest;
}

/* The due time rounded up to its tick; INT64_MAX where that does not fit. */
static int64_t wheel_world_ceiling(int64_t due_ns)
{
    return due_ns > INT64_MAX - WHEEL_TICK_NS ? INT64_MAX
                                              : (due_ns + WHEEL_TICK_NS - 1) & ~(WHEEL_TICK_NS - 1);
}

static void wheel_world_advance(int64_t ahead_ns)
{
    memset(world.in_advance, 0, sizeof(world.in_advance));
    world.floor_tick = (int64_t)world.wheel.now_tick;
    world.now_ns += ahead_ns;
    world.last_tick = 0;
    world.fired = 0;
    UNIT_EQ_INT(wheel_advance(&world.wheel, world.now_ns), world.fired);
    UNIT_OK(wheel_validate(&world.wheel));
    for (size_t i = 0; i < WHEEL_TEST_TIMERS; i++) {
        if (world.want_ns[i] != -1 && !world.in_advance[i])
            UNIT_OK(wheel_world_ceiling(world.want_ns[i]) > world.now_ns); /* nothing forgotten */
    }
}

static void wheel_world_check_next(void)
{
    int64_t earliest = wheel_world_earliest();
    int64_t next = wheel_next_ns(&world.wheel);
    int64_t now_tick_ns = (int64_t)(world.wheel.now_tick << WHEEL_TICK_SHIFT);
    if (earliest == INT64_MAX)
        return;
    UNIT_OK(next <= (wheel_world_ceiling(earliest) < now_tick_ns ? now_tick_ns
                                                                 : wheel_world_ceiling(earliest)));
}

static void wheel_world_play(uint64_t seed, bool acts)
{
    memset(&world, 0, sizeof(world));
    rng_init(&world.rng, seed);
    world.acts = acts;
    world.now_ns = (int64_t)(rng_next(&world.rng) >> (2 + rng_below(&world.rng, 40)));
    wheel_init(&world.wheel, world.now_ns);
    for (size_t i = 0; i < WHEEL_TEST_TIMERS; i++) {
        wheel_timer_init(&world.timers[i], wheel_world_fire, &world);
        world.want_ns[i] = -1;
    }
    for (int step = 0; step < 400; step++) {
        size_t i = (size_t)rng_below(&world.rng, WHEEL_TEST_TIMERS);
        switch (rng_below(&world.rng, 8)) {
        case 0: /* sleeping as the loop does */
        case 1: {
            int64_t next = wheel_next_ns(&world.wheel);
            if (next > world.now_ns && next < INT64_MAX / 2)
                wheel_world_advance(next - world.now_ns);
            break;
        }
        case 2:
            if (world.now_ns < INT64_MAX / 4)
                wheel_world_advance(
                    (int64_t)rng_below(&world.rng, UINT64_C(1) << (8 + rng_below(&world.rng, 50))));
            break;
        case 3:
            wheel_world_disarm(i);
            break;
        default:
            wheel_world_arm(i, false);
            break;
        }
        wheel_world_check_next();
    }
    for (size_t i = 0; i < WHEEL_TEST_TIMERS; i++)
        wheel_world_disarm(i);
    UNIT_EQ_INT(world.wheel.count, 0);
    wheel_fini(&world.wheel);
}

UNIT_TEST(wheel_agrees_with_a_naive_list)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        wheel_world_play(seed, false);
}

UNIT_TEST(wheel_agrees_when_timers_move_each_other)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        wheel_world_play(seed, true);
}

struct wheel_order {
    struct wheel wheel;
    struct wheel_timer first, second;
    int fired;
};

static void wheel_order_fire(struct wheel_timer *timer, void *context)
{
    struct wheel_order *order = context;
    (void)timer;
    order->fired++;
    wheel_disarm(&order->wheel, &order->second);
}

UNIT_TEST(wheel_lets_a_timer_disarm_one_due_in_the_same_tick)
{
    static struct wheel_order order;
    wheel_init(&order.wheel, 0);
    wheel_timer_init(&order.first, wheel_order_fire, &order);
    wheel_timer_init(&order.second, wheel_order_fire, &order);
    wheel_arm(&order.wheel, &order.first, 1000);
    wheel_arm(&order.wheel, &order.second, 2000);
    UNIT_EQ_INT(wheel_advance(&order.wheel, WHEEL_TICK_NS), 1);
    UNIT_EQ_INT(order.fired, 1);
    wheel_fini(&order.wheel);
}

UNIT_TEST(wheel_sleeps_no_longer_than_to_the_due_tick)
{
    static const struct {
        const char *row;
        int64_t start_ns, due_ns;
    } rows[] = {
        {"now", 0, 0},
        {"one ns", 0, 1},
        {"on a tick", 0, WHEEL_TICK_NS},
        {"a ns behind a tick", 0, WHEEL_TICK_NS + 1},
        {"second level", 0, 64 * WHEEL_TICK_NS},
        {"across a border", 63 * WHEEL_TICK_NS, 64 * WHEEL_TICK_NS},
        {"a minute", INT64_C(123456789123), INT64_C(183456789123)},
        {"a year", INT64_C(123456789123), INT64_C(31536000000000000)},
        {"long ago", INT64_C(5000000000), 1},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        static struct wheel_order order;
        UNIT_ROW(rows[i].row);
        order.fired = 0;
        wheel_init(&order.wheel, rows[i].start_ns);
        wheel_timer_init(&order.first, wheel_order_fire, &order);
        wheel_timer_init(&order.second, wheel_order_fire, &order);
        wheel_arm(&order.wheel, &order.first, rows[i].due_ns);
        int64_t now_ns = rows[i].start_ns;
        for (int steps = 0; order.fired == 0; steps++) {
            int64_t next_ns = wheel_next_ns(&order.wheel);
            UNIT_OK(steps <= WHEEL_LEVELS);
            now_ns = next_ns > now_ns ? next_ns : now_ns;
            (void)wheel_advance(&order.wheel, now_ns);
        }
        UNIT_OK(now_ns >= rows[i].due_ns);
        if (rows[i].due_ns >= rows[i].start_ns)
            UNIT_OK(now_ns - rows[i].due_ns < WHEEL_TICK_NS);
        wheel_fini(&order.wheel);
    }
}

UNIT_MAIN(UNIT_RUN(wheel_agrees_with_a_naive_list),
          UNIT_RUN(wheel_agrees_when_timers_move_each_other),
          UNIT_RUN(wheel_lets_a_timer_disarm_one_due_in_the_same_tick),
          UNIT_RUN(wheel_sleeps_no_longer_than_to_the_due_tick))
