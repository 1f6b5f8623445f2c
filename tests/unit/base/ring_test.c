/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring between two threads: nothing lost, nothing doubled, order kept, full refuses.
 */
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>

#include "unit.h"

enum { RING_TEST_ITEMS = 300000 };

static void *ring_test_produce(void *context)
{
    struct ring *ring = context;
    for (uintptr_t i = 1; i <= RING_TEST_ITEMS; i++) {
        while (!ring_push(ring, (void *)i))
            (void)sched_yield();
    }
    return NULL;
}

UNIT_TEST(ring_keeps_order_between_threads)
{
    static struct ring ring;
    ring_init(&ring, 128);
    pthread_t producer;
    UNIT_EQ_INT(pthread_create(&producer, NULL, ring_test_produce, &ring), 0);
    for (uintptr_t want = 1; want <= RING_TEST_ITEMS;) {
        void *got = ring_pop(&ring);
        if (got == NULL) {
            (void)sched_yield();
            continue;
        }
        UNIT_EQ_INT((uintptr_t)got, want);
        want++;
    }
    UNIT_EQ_INT(pthread_join(producer, NULL), 0);
    UNIT_OK(ring_pop(&ring) == NULL);
    ring_fini(&ring);
}

UNIT_TEST(ring_refuses_when_full)
{
    static struct ring ring;
    int item = 0;
    ring_init(&ring, 4);
    for (int i = 0; i < 4; i++)
        UNIT_OK(ring_push(&ring, &item));
    UNIT_OK(!ring_push(&ring, &item));
    UNIT_OK(ring_pop(&ring) == &item);
    UNIT_OK(ring_push(&ring, &item));
    ring_fini(&ring);
}

UNIT_MAIN(UNIT_RUN(ring_keeps_order_between_threads), UNIT_RUN(ring_refuses_when_full))
