/* SPDX-License-Identifier: Apache-2.0
 *
 * What shards share, by threads that take from it all at once.
 */
#include "run/share.h"

#include "sys/thread.h"
#include "unit.h"

enum { SHARE_THREADS = 3, SHARE_NUMBERS = 30000 };

static struct run_share share;
static unsigned char taken[SHARE_NUMBERS]; /* each is written by who took it */
static uint64_t slots[SHARE_THREADS];

static void share_thread(void *context)
{
    uint64_t first, got, want = 1;
    const struct vu_share *seam = &share.share;
    while ((got = seam->take(seam->context, 1, VU_COUNTER_ITERATIONS, want, SHARE_NUMBERS,
                             &first)) > 0) {
        for (uint64_t i = first; i < first + got; i++)
            taken[i]++;
        want = want % 7 + 1;
    }
    for (int i = 0; i < 1000; i++)
        (void)run_share_rps_slot(&share, 0, 10);
    *(uint64_t *)context = 1;
}

UNIT_TEST(share_gives_each_number_once)
{
    struct thread *threads[SHARE_THREADS];
    uint64_t first;
    run_share_init(&share, SHARE_THREADS, 2);
    for (int i = 0; i < SHARE_THREADS; i++)
        threads[i] = thread_start("share", share_thread, &slots[i]);
    for (int i = 0; i < SHARE_THREADS; i++)
        thread_join(&threads[i]);
    for (int i = 0; i < SHARE_NUMBERS; i++)
        UNIT_EQ_INT(taken[i], 1);
    /* The other scenario's numbers are its own. */
    UNIT_EQ_INT(share.share.take(&share, 0, VU_COUNTER_ITERATIONS, 5, UINT64_MAX, &first), 5);
    UNIT_EQ_INT(first, 0);
    UNIT_EQ_INT(share.share.take(&share, 0, VU_COUNTER_UNPLANNED, 5, 3, &first), 3);
    UNIT_EQ_INT(share.share.take(&share, 0, VU_COUNTER_UNPLANNED, 5, 3, &first), 0);
    /* One slot for each that was asked for, the last one is where it must be. */
    UNIT_EQ_INT(run_share_rps_slot(&share, 0, 10), 3000 * 10);
    UNIT_EQ_INT(run_share_rps_slot(&share, 90000, 10), 90000);
    UNIT_EQ_INT(run_share_rps_slot(&share, 90000, 10), 90010);
    run_share_fini(&share);
}

UNIT_TEST(share_lets_one_vu_grow_at_a_time)
{
    run_share_init(&share, 2, 2);
    UNIT_OK(share.share.begin_growth(&share, 1));
    UNIT_OK(!share.share.begin_growth(&share, 1));
    UNIT_OK(share.share.begin_growth(&share, 0));
    share.share.end_growth(&share, 1);
    UNIT_OK(share.share.begin_growth(&share, 1));
    run_share_fini(&share);
}

UNIT_TEST(share_hands_offers_round)
{
    struct loop loop;
    struct vu_offer offer = {.scenario_index = 1, .hops = 1, .due_ns = 5}, got;
    uint64_t refused = 0;
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    run_share_init(&share, 2, 2);
    run_share_attach(&share, 0, &loop);
    run_share_attach(&share, 1, &loop);
    UNIT_OK(share.share.offer(&share, 1, &offer));
    UNIT_OK(!run_share_next_offer(&share, 1, &got));
    UNIT_OK(run_share_next_offer(&share, 0, &got));
    UNIT_EQ_INT(got.due_ns, 5);
    UNIT_OK(!run_share_next_offer(&share, 0, &got));
    for (int i = 0; i < 2000; i++)
        refused += !share.share.offer(&share, 0, &offer);
    UNIT_EQ_INT(refused, 2000 - 1024);
    run_share_fini(&share); /* drops what nobody took */
    loop_fini(&loop);
}

UNIT_TEST(share_sums_what_shards_publish)
{
    struct run_share_counts a = {1, 2, 3, 4}, b = {10, 20, 30, 40}, sum;
    run_share_init(&share, 2, 1);
    run_share_publish(&share, 0, &a);
    run_share_publish(&share, 1, &b);
    run_share_publish(&share, 0, &a);
    run_share_sum(&share, &sum);
    UNIT_EQ_INT(sum.completed, 11);
    UNIT_EQ_INT(sum.interrupted, 22);
    UNIT_EQ_INT(sum.active, 33);
    UNIT_EQ_INT(sum.initialised, 44);
    run_share_fini(&share);
}

UNIT_MAIN(UNIT_RUN(share_gives_each_number_once), UNIT_RUN(share_lets_one_vu_grow_at_a_time),
          UNIT_RUN(share_hands_offers_round), UNIT_RUN(share_sums_what_shards_publish))
