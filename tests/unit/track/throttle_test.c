/* SPDX-License-Identifier: Apache-2.0
 *
 * What a throttle explains, and what it does not.
 */
#include "track/throttle.h"

#include "base/rng.h"
#include "unit.h"

UNIT_TEST(a_full_stretch_explains_what_lies_in_it)
{
    /* Three came at 1000, 1100 and 1200: a window of 1000 with all of them lies in 200 … 2000. */
    static const struct {
        int64_t due_ns;
        bool is_explained;
    } rows[] = {
        {-1000, false}, {0, false},    {199, false},  {200, true},   {1150, true},
        {2000, true},   {2001, false}, {4000, false}, {5000, false}, {9000, false},
    };
    static const int64_t dues[] = {-1000, 1000, 1100, 1200, 4000, 5000, 6000, 7000};
    struct track_throttle throttle;
    track_throttle_init(&throttle, 3, 1000);
    UNIT_OK(!track_throttle_explains(&throttle, 0));
    for (size_t i = 0; i < BR_COUNT(dues); i++)
        track_throttle_add(&throttle, dues[i], dues[i]);
    UNIT_EQ_INT(throttle.full_count, 1);
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_INT(track_throttle_explains(&throttle, rows[i].due_ns), rows[i].is_explained);
    track_throttle_fini(&throttle);
}

UNIT_TEST(an_event_passes_between_its_due_time_and_its_arrival)
{
    struct track_throttle throttle;
    track_throttle_init(&throttle, 2, 1000);
    track_throttle_add(&throttle, 0, 500);
    track_throttle_add(&throttle, 1400, 1600); /* they may have passed at 500 and 1400 */
    UNIT_OK(track_throttle_explains(&throttle, 400));
    UNIT_OK(track_throttle_explains(&throttle, 1500));
    UNIT_OK(!track_throttle_explains(&throttle, 399));
    UNIT_OK(!track_throttle_explains(&throttle, 1501));
    track_throttle_add(&throttle, 2600, 2700);
    UNIT_EQ_INT(throttle.full_count, 1);
    track_throttle_fini(&throttle);
}

/* Fixed windows of 10,000: the first 4 events in each get through, and all the others are
 * explained; where fewer are sent than the throttle lets through, nothing is. */
UNIT_TEST(windows_of_the_pipeline_are_recognised)
{
    struct track_throttle throttle;
    track_throttle_init(&throttle, 4, 10000);
    for (int64_t due = 0; due < 1000000; due += 500) {
        if (due < 500000 ? due % 10000 < 2000 : due % 10000 == 0)
            track_throttle_add(&throttle, due, due);
    }
    for (int64_t due = 0; due < 500000; due += 500)
        UNIT_OK(track_throttle_explains(&throttle, due));
    for (int64_t due = 520000; due < 1000000; due += 500)
        UNIT_OK(!track_throttle_explains(&throttle, due));
    track_throttle_fini(&throttle);
}

UNIT_TEST(stretches_are_what_all_windows_say)
{
    enum { COUNT = 300, LET = 5, PER = 1000 };
    struct rng rng = rng_at(3, 0);
    for (int round = 0; round < 50; round++) {
        struct track_throttle throttle;
        int64_t dues[COUNT];
        track_throttle_init(&throttle, LET, PER);
        for (int i = 0; i < COUNT; i++) {
            dues[i] = (int64_t)rng_below(&rng, 100) + (i > 0 ? dues[i - 1] + 150 : 0);
            if (rng_below(&rng, 20) == 0)
                dues[i] += 3000;
            track_throttle_add(&throttle, dues[i], dues[i]);
        }
        for (int64_t at = -2000; at < dues[COUNT - 1] + 2000; at += 37) {
            bool want = false;
            for (int i = LET - 1; i < COUNT && !want; i++)
                want = dues[i] - dues[i - LET + 1] < PER && at >= dues[i] - PER &&
                       at <= dues[i - LET + 1] + PER;
            UNIT_EQ_INT(track_throttle_explains(&throttle, at), want);
        }
        track_throttle_fini(&throttle);
    }
}

UNIT_MAIN(UNIT_RUN(a_full_stretch_explains_what_lies_in_it),
          UNIT_RUN(an_event_passes_between_its_due_time_and_its_arrival),
          UNIT_RUN(windows_of_the_pipeline_are_recognised),
          UNIT_RUN(stretches_are_what_all_windows_say))
