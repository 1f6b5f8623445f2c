/* SPDX-License-Identifier: Apache-2.0
 *
 * The progress line: what it says, and that it fits.
 */
#include "report/progress.h"

#include "base/attr.h"
#include "base/fmt.h"
#include "unit.h"

#define SEC INT64_C(1000000000)

static const struct progress_view open_view = {
    .phase = NULL,
    .elapsed_ns = 12 * SEC,
    .total_ns = 30 * SEC,
    .ok = 59990,
    .failed = 10,
    .in_flight = 34,
    .asked_per_sec = 5000,
    .got_per_sec = 4998,
    .p50_ns = 1234567,
    .p99_ns = 45600,
};

static void check_line(const struct progress_view *view, int width, bool utf8, const char *want)
{
    struct buf out;
    buf_init(&out, 4096);
    progress_format_line(view, width, utf8, &out);
    bool same = bytes_eq(buf_bytes(&out), bytes_from_str(want));
    if (!same)
        printf("# %s\n", buf_cstr(&out));
    buf_fini(&out);
    UNIT_OK(same);
}

UNIT_TEST(line_leaves_out_what_does_not_fit)
{
    check_line(
        &open_view, 142, false,
        "[########............]  12s of 30s  18s left  4,998 of 5,000/s  59,990 ok  10 failed  "
        "p50 1.23 ms  p99 45.6 us  34 in flight");
    check_line(&open_view, 79, false,
               "[####........]  12s of 30s  4,998 of 5,000/s  59,990 ok  10 failed  p99 45.6 us");
    check_line(&open_view, 40, true, "12s of 30s  4,998 of 5,000/s  59,990 ok");
    check_line(&open_view, 10, false, "12s of 30s");
    check_line(&open_view, 9, false, "");
}

UNIT_TEST(line_says_what_is_left_and_behind)
{
    struct progress_view view = open_view;
    view.phase = "warm-up";
    view.behind = 7;
    view.total_ns = 0;
    view.operations = 120000;
    view.total = 120000;
    view.asked_per_sec = (double)NAN;
    view.got_per_sec = 6000;
    view.p50_ns = (double)NAN;
    view.p99_ns = (double)NAN;
    check_line(
        &view, 200, false,
        "[##########..........]  warm-up  12s  10s left  60,000 of 120,000  6,000/s  59,990 ok  "
        "10 failed  p50 -  p99 -  34 in flight  7 behind");
}

static void check_two(const struct progress_view *view, const struct progress_past *past, int width,
                      const char *first, const char *second)
{
    struct buf out;
    buf_init(&out, 4096);
    progress_format_first(view, width, false, &out);
    UNIT_EQ_STR(buf_cstr(&out), first);
    buf_clear(&out);
    progress_format_second(view, past, width, false, &out);
    UNIT_EQ_STR(buf_cstr(&out), second);
    buf_fini(&out);
}

UNIT_TEST(two_lines_have_room_for_curves)
{
    struct progress_past past = {.count = 0};
    struct progress_view view = open_view;
    view.total = 150000;
    for (int i = 1; i <= 25; i++) {
        view.p50_ns = 1e6;
        view.p99_ns = i == 10 ? (double)NAN : 1e6 * i;
        progress_remember(&past, &view);
    }
    UNIT_EQ_INT(past.count, PROGRESS_PAST_MAX);
    check_two(&view, &past, 120,
              "[########............]  12s of 30s  18s left  60,000 of 150,000  4,998 of 5,000/s  "
              "59,990 ok  10 failed",
              "p50 1.00 ms ####################  p99 25.0 ms .--- ~~===+++***####  34 in flight");
    check_two(&view, &past, 60, "12s of 30s  4,998 of 5,000/s  59,990 ok  10 failed",
              "p50 1.00 ms  p99 25.0 ms .--- ~~===+++***####  34 in flight");
    check_two(&view, &past, 12, "12s of 30s", "p50 1.00 ms");
    past.count = 0;
    view.p50_ns = (double)NAN;
    view.p99_ns = (double)NAN;
    view.behind = 3;
    check_two(&view, &past, 60, "12s of 30s  4,998 of 5,000/s  59,990 ok  10 failed",
              "p50 -  p99 -  34 in flight  3 behind");
}

UNIT_TEST(line_never_is_wider_than_told)
{
    struct progress_past past = {.count = 0};
    for (int i = 0; i < 2 * PROGRESS_PAST_MAX; i++)
        progress_remember(&past, &open_view);
    for (int width = 0; width < 200; width++) {
        for (int utf8 = 0; utf8 < 2; utf8++) {
            struct progress_view view = open_view;
            struct buf out;
            view.phase = width % 2 == 0 ? "steady" : NULL;
            view.ok = UINT64_MAX;
            buf_init(&out, 4096);
            progress_format_line(&view, width, utf8 == 1, &out);
            int columns = fmt_width(buf_bytes(&out));
            buf_clear(&out);
            progress_format_first(&view, width, utf8 == 1, &out);
            int first = fmt_width(buf_bytes(&out));
            buf_clear(&out);
            progress_format_second(&view, &past, width, utf8 == 1, &out);
            int second = fmt_width(buf_bytes(&out));
            buf_fini(&out);
            UNIT_OK(columns <= width && first <= width && second <= width);
        }
    }
}

UNIT_TEST(log_says_everything)
{
    struct buf out;
    buf_init(&out, 4096);
    struct progress_view view = open_view;
    view.phase = "steady";
    progress_format_log(&view, &out);
    bool same =
        bytes_eq(buf_bytes(&out),
                 BYTES("steady, 12s of 30s: 18s left, 4,998 of 5,000/s, 59,990 ok, 10 failed, "
                       "p50 1.23 ms, p99 45.6 us, 34 in flight\n"));
    buf_fini(&out);
    UNIT_OK(same);
}

UNIT_MAIN(UNIT_RUN(line_leaves_out_what_does_not_fit), UNIT_RUN(line_says_what_is_left_and_behind),
          UNIT_RUN(two_lines_have_room_for_curves), UNIT_RUN(line_never_is_wider_than_told),
          UNIT_RUN(log_says_everything))
