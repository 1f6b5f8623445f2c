/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops of real threads that speak through rings and wake each other: every message arrives, no
 * wake is lost, whoever sleeps for ever is woken. Run under ThreadSanitizer, too.
 */
#include "loop/loop.h"

#include "base/ring.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "unit.h"

enum { WAKE_MESSAGES = 20000, WAKE_RING = 64 };

/* One side of a conversation: what comes in is counted and answered. */
struct wake_side {
    struct loop loop;
    struct ring inbox;
    struct wake_side *other;
    uintptr_t next_in; /* what must come next */
    uintptr_t next_out;
    uintptr_t answers_due; /* room in the other's ring was lacking */
    bool starts;
    int wrong;
};

static struct wake_side wake_sides[2];

static void wake_send(struct wake_side *side)
{
    bool sent = false;
    while (side->answers_due > 0 && side->next_out <= WAKE_MESSAGES &&
           ring_push(&side->other->inbox, (void *)side->next_out)) {
        side->next_out++;
        side->answers_due--;
        sent = true;
    }
    if (sent)
        loop_wake(&side->other->loop);
}

static void wake_turn(void *context)
{
    struct wake_side *side = context;
    for (void *item; (item = ring_pop(&side->inbox)) != NULL;) {
        side->wrong += (uintptr_t)item != side->next_in;
        side->next_in++;
        side->answers_due++;
    }
    wake_send(side);
    if (side->next_in > WAKE_MESSAGES && side->next_out > WAKE_MESSAGES)
        loop_stop(&side->loop);
}

static void wake_run(void *context)
{
    struct wake_side *side = context;
    thread_pin(side->starts ? 0 : 1);
    if (side->starts) {
        side->answers_due = 5; /* so many are under way at once */
        wake_send(side);
    }
    loop_run(&side->loop);
}

UNIT_TEST(wakes_between_loops_are_never_lost)
{
    struct thread *threads[2];
    for (int i = 0; i < 2; i++) {
        struct wake_side *side = &wake_sides[i];
        memset(side, 0, sizeof(*side));
        ring_init(&side->inbox, WAKE_RING);
        side->other = &wake_sides[1 - i];
        side->starts = i == 0;
        side->next_in = 1;
        side->next_out = 1;
        UNIT_EQ_INT(loop_init(&side->loop, NULL), BR_ERR_NONE);
        side->loop.turn_hook = wake_turn;
        side->loop.turn_hook_context = side;
    }
    for (int i = 0; i < 2; i++)
        threads[i] = thread_start("side", wake_run, &wake_sides[i]);
    for (int i = 0; i < 2; i++)
        thread_join(&threads[i]);
    for (int i = 0; i < 2; i++) {
        UNIT_EQ_INT(wake_sides[i].wrong, 0);
        UNIT_EQ_INT(wake_sides[i].next_in, WAKE_MESSAGES + 1);
        loop_fini(&wake_sides[i].loop);
        ring_fini(&wake_sides[i].inbox);
    }
}

enum { WAKE_SHOUTERS = 4, WAKE_SHOUTS = 2000 };

static void wake_shout(void *context)
{
    for (int i = 0; i < WAKE_SHOUTS; i++)
        poller_wake(context);
}

UNIT_TEST(wakes_of_many_threads_are_one_or_more)
{
    struct thread *threads[WAKE_SHOUTERS];
    struct poller *poller = NULL;
    struct poller_ready row;
    UNIT_EQ_INT(poller_create(&poller, NULL), BR_ERR_NONE);
    for (int i = 0; i < WAKE_SHOUTERS; i++)
        threads[i] = thread_start("shouter", wake_shout, poller);
    UNIT_EQ_INT(poller_wait(poller, INT64_MAX, &row, 1), 0);
    for (int i = 0; i < WAKE_SHOUTERS; i++)
        thread_join(&threads[i]);
    poller_wake(poller);
    UNIT_EQ_INT(poller_wait(poller, INT64_MAX, &row, 1), 0);
    /* All of them were eaten: nothing wakes the next one. */
    int64_t due_ns = clock_now_ns() + CLOCK_NS_PER_MS;
    UNIT_EQ_INT(poller_wait(poller, due_ns, &row, 1), 0);
    UNIT_OK(clock_now_ns() >= due_ns);
    poller_destroy(&poller);
    UNIT_OK(poller == NULL);
}

UNIT_MAIN(UNIT_RUN(wakes_between_loops_are_never_lost),
          UNIT_RUN(wakes_of_many_threads_are_one_or_more))
