/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal says what the memory said, whole or cut off anywhere; a disk that fails costs no more
 * than the file; a day fits.
 */
#include "report/journal.h"

#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "report/form.h"
#include "report/journal_inner.h"
#include "report/verdict.h"
#include "sample.h"
#include "unit.h"

static struct sample sample;
static struct result read_back;

/* ---- a disk ---- */

struct disk {
    struct buf buf;
    size_t full_at;  /* takes so many bytes … */
    size_t again_at; /* … and more again after so many refusals; 0: never */
    size_t refused;
};

static enum br_err disk_write(void *context, struct bytes bytes, struct diag *diag)
{
    struct disk *disk = context;
    size_t room = disk->full_at > disk->buf.len ? disk->full_at - disk->buf.len : 0;
    if (disk->again_at > 0 && disk->refused >= disk->again_at)
        room = SIZE_MAX;
    if (bytes.len <= room) {
        buf_put(&disk->buf, bytes);
        return BR_ERR_NONE;
    }
    buf_put(&disk->buf, bytes_make(bytes.ptr, room));
    disk->refused++;
    return diag_set(diag, BR_ERR_IO, "no space left");
}

static void disk_init(struct disk *disk)
{
    *disk = (struct disk){.full_at = SIZE_MAX};
    buf_init(&disk->buf, FORM_SIZE_MAX);
}

/* ---- runs ---- */

/* A few operations a second of two targets. */
static void run_second(struct rng *rng, int second, int phase, int count)
{
    for (int i = 0; i < count; i++) {
        struct sample_ops ops = {.phase = phase,
                                 .target = i % (int)sample.result.target_count,
                                 .count = 1,
                                 .status = 200};
        ops.latency_ns = floor(1e6 * exp(3.0 * rng_double(rng)));
        ops.service_ns = ops.latency_ns - 1000.0;
        if (second % 3 == 2 && i == 1) {
            ops.err = BR_ERR_TIMEOUT_TOTAL;
            ops.status = 0;
        }
        sample_add(&sample, &ops);
    }
}

static void run_begin(struct journal *journal, struct disk *disk, int targets, bool warm)
{
    sample_init(&sample);
    sample_add_target(&sample, "http://a/");
    if (targets > 1)
        sample_add_target(&sample, "http://b/");
    sample_expect(&sample, "p99<1s");
    sample_expect(&sample, "failed==0");
    sample.plan.load.warmup_ns = warm ? 1000000000 : 0;
    sample_begin(&sample);
    journal_start(journal, &sample.result, disk_write, disk);
}

static void run_seconds(struct disk *disk, int targets, int seconds, int count)
{
    struct journal journal;
    struct rng rng;
    rng_init(&rng, 5);
    run_begin(&journal, disk, targets, targets > 1);
    for (int second = 0; second < seconds; second++) {
        run_second(&rng, second, second == 0 || targets == 1 ? 0 : 1, count);
        if (second == 1)
            result_note(&sample.result, "remark", "something happened");
        sample_second(&sample);
        journal_tick(&journal, &sample.result);
    }
    sample_finish(&sample, 3);
    journal_tick(&journal, &sample.result);
    verdict_judge(&sample.result);
    journal_finish(&journal, &sample.result);
    journal_fini(&journal);
}

static void run_small(struct disk *disk)
{
    run_seconds(disk, 2, 4, 8);
}

static enum br_err read_all(struct bytes text, size_t piece, struct diag *diag)
{
    struct journal_reader reader;
    enum br_err err = BR_ERR_NONE;
    journal_reader_init(&reader, &read_back);
    while (text.len > 0 && err == BR_ERR_NONE) {
        size_t len = text.len < piece ? text.len : piece;
        err = journal_reader_feed(&reader, bytes_make(text.ptr, len), diag);
        text = bytes_skip(text, len);
    }
    if (err == BR_ERR_NONE)
        err = journal_reader_finish(&reader, diag);
    journal_reader_fini(&reader);
    return err;
}

static void check_same_views(void)
{
    static const char *const names[] = {"text", "json"};
    struct form_options options = {.width = 80, .utf8 = true};
    for (size_t i = 0; i < BR_COUNT(names); i++) {
        struct buf live;
        struct buf later;
        buf_init(&live, FORM_SIZE_MAX);
        buf_init(&later, FORM_SIZE_MAX);
        form_find(bytes_from_str(names[i]))->render(&sample.result, &options, &live);
        form_find(bytes_from_str(names[i]))->render(&read_back, &options, &later);
        bool same = bytes_eq(buf_bytes(&live), buf_bytes(&later));
        if (!same)
            unit_fail(__FILE__, __LINE__, "%s differs:\n%.*s\n---\n%.*s", names[i],
                      BYTES_ARG(buf_bytes(&live)), BYTES_ARG(buf_bytes(&later)));
        buf_fini(&live);
        buf_fini(&later);
    }
}

/* ---- tests ---- */

UNIT_TEST(journal_reads_back_what_was_written)
{
    static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
    struct disk disk;
    disk_init(&disk);
    run_small(&disk);
    for (size_t i = 0; i < BR_COUNT(pieces); i++) {
        struct diag diag = DIAG_INIT;
        if (read_all(buf_bytes(&disk.buf), pieces[i], &diag) != BR_ERR_NONE)
            unit_fail(__FILE__, __LINE__, "%s", diag.text);
        check_same_views();
        result_fini(&read_back);
    }
    buf_fini(&disk.buf);
    sample_fini(&sample);
}

UNIT_TEST(journal_of_a_lively_run_reads_back)
{
    struct disk disk;
    struct journal journal;
    struct diag diag = DIAG_INIT;
    disk_init(&disk);
    /* All at once: the journal's first tick is also its last. */
    sample_run_lively(&sample);
    journal_start(&journal, &sample.result, disk_write, &disk);
    sample_finish(&sample, 40);
    sample.result.plan.command[0] = '\xff';
    result_set_partial(&sample.result, RESULT_INTERRUPTED, "interrupted by \"Ctrl-C\"");
    verdict_judge(&sample.result);
    journal_finish(&journal, &sample.result);
    journal_fini(&journal);
    /* The points were not written in this test. */
    sample.result.series = (struct result_series){.ticks_per_point = 1};
    UNIT_EQ_INT(read_all(buf_bytes(&disk.buf), SIZE_MAX, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(read_back.partial, RESULT_INTERRUPTED);
    mem_free(sample.result.plan.command);
    sample.result.plan.command = mem_copy_str(bytes_from_str(read_back.plan.command));
    check_same_views();
    result_fini(&read_back);
    buf_fini(&disk.buf);
    sample_fini(&sample);
}

/* What a prefix holds: as much as its points say, but for the last of them. */
static void check_prefix(struct bytes prefix, bool shown)
{
    struct diag diag = DIAG_INIT;
    uint64_t points = 0;
    UNIT_EQ_INT(read_all(prefix, SIZE_MAX, &diag), BR_ERR_NONE);
    if (read_back.partial != RESULT_CUT_OFF) {
        UNIT_OK(read_back.ended);
        result_fini(&read_back);
        return;
    }
    UNIT_EQ_INT(read_back.verdict, VERDICT_NONE);
    for (size_t i = 0; i < read_back.series.count; i++)
        points += read_back.series.points[i].done;
    struct result_view *view =
        result_view_create(&read_back, RESULT_EVERY_PHASE, RESULT_EVERY_TARGET);
    UNIT_OK(view->ops.done == points || view->ops.done + read_back.last.done == points);
    UNIT_EQ_INT(view->latency.count, view->ops.done);
    result_view_destroy(&view);

    if (!shown) {
        result_fini(&read_back);
        return;
    }
    struct buf text;
    buf_init(&text, FORM_SIZE_MAX);
    form_find(BYTES("text"))->render(&read_back, &(struct form_options){.width = 80}, &text);
    UNIT_OK(strncmp(buf_cstr(&text), "PARTIAL  no verdict: the file ends", 34) == 0);
    buf_fini(&text);
    result_fini(&read_back);
}

/* Each byte near the ends of lines, where what is read changes; within lines every fifth. */
static size_t next_cut(struct bytes text, size_t cut)
{
    enum { NEAR = 24, STRIDE = 5 };
    size_t from = cut < NEAR ? 0 : cut - NEAR;
    size_t till = cut + NEAR > text.len ? text.len : cut + NEAR;
    bool is_near = till == text.len || memchr(text.ptr + from, '\n', till - from) != NULL;
    return cut + (is_near ? 1 : STRIDE);
}

UNIT_TEST(journal_cut_anywhere_still_reads)
{
    struct disk disk;
    disk_init(&disk);
    run_seconds(&disk, 1, 3, 2);
    struct bytes text = buf_bytes(&disk.buf);
    size_t header = bytes_find(text, '\n');
    for (size_t cut = 0; cut <= text.len; cut = next_cut(text, cut)) {
        /* A copy of its own size, so that a read beyond its end is seen. */
        char *copy = mem_copy_str(bytes_make(text.ptr, cut));
        if (cut < header) {
            struct diag diag = DIAG_INIT;
            UNIT_EQ_INT(read_all(bytes_make(copy, cut), SIZE_MAX, &diag), BR_ERR_PARSE);
            result_fini(&read_back);
        } else {
            check_prefix(bytes_make(copy, cut), cut % 16 == 0);
        }
        mem_free(copy);
    }
    buf_fini(&disk.buf);
    sample_fini(&sample);
}

static void check_same_hist(const struct hist_sum *a, const struct hist_sum *b)
{
    struct hist_cursor at_a = {0};
    struct hist_cursor at_b = {0};
    struct hist_bucket bucket_a;
    struct hist_bucket bucket_b;
    UNIT_EQ_INT(a->count, b->count);
    UNIT_OK(a->sum == b->sum);
    UNIT_OK(a->min == b->min);
    UNIT_OK(a->max == b->max);
    while (hist_sum_next(a, &at_a, &bucket_a)) {
        UNIT_OK(hist_sum_next(b, &at_b, &bucket_b));
        UNIT_EQ_INT(bucket_a.index, bucket_b.index);
        UNIT_EQ_INT(bucket_a.count, bucket_b.count);
    }
    UNIT_OK(!hist_sum_next(b, &at_b, &bucket_b));
}

/* 130 s: two exacts and a tail. Cut behind the second exact nothing is lost; cut behind the last
 * tick the times of the tail are known to 3 %. */
UNIT_TEST(journal_without_a_footer_is_exact_but_for_its_tail)
{
    struct disk disk;
    struct journal journal;
    struct rng rng;
    struct hist_sum at_exact;
    struct diag diag = DIAG_INIT;
    size_t exact_len = 0;

    disk_init(&disk);
    rng_init(&rng, 9);
    run_begin(&journal, &disk, 2, false);
    for (int second = 0; second < 130; second++) {
        run_second(&rng, second, 0, 20);
        sample_second(&sample);
        journal_tick(&journal, &sample.result);
        if (second == 119) {
            exact_len = disk.buf.len;
            hist_sum_init(&at_exact);
            hist_sum_merge(&at_exact, &result_ops_at(&sample.result, 0, 1)->latency_ok);
        }
    }
    UNIT_EQ_INT(read_all(bytes_make(disk.buf.data, exact_len), SIZE_MAX, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(read_back.reason_count, 0);
    check_same_hist(&result_ops_at(&read_back, 0, 1)->latency_ok, &at_exact);
    result_fini(&read_back);

    UNIT_EQ_INT(read_all(buf_bytes(&disk.buf), SIZE_MAX, &diag), BR_ERR_NONE);
    UNIT_EQ_STR(read_back.reasons[0].code, "tail");
    for (size_t target = 0; target < 2; target++) {
        const struct block_ops_sum *live = result_ops_at(&sample.result, 0, target);
        const struct block_ops_sum *later = result_ops_at(&read_back, 0, target);
        UNIT_EQ_INT(later->done, live->done);
        UNIT_EQ_INT(later->failed, live->failed);
        UNIT_EQ_INT(later->errors[BR_ERR_TIMEOUT_TOTAL].count,
                    live->errors[BR_ERR_TIMEOUT_TOTAL].count);
        UNIT_OK(later->latency_ok.sum == live->latency_ok.sum);
        for (int i = 1; i < 100; i++) {
            double share = (double)i / 100.0;
            UNIT_NEAR(hist_sum_quantile(&later->latency_ok, share),
                      hist_sum_quantile(&live->latency_ok, share), 0.03);
        }
    }
    UNIT_EQ_INT(read_back.expects[0].held, RESULT_UNJUDGED);
    UNIT_OK(read_back.expects[0].has_value);
    result_fini(&read_back);
    hist_sum_fini(&at_exact);
    journal_fini(&journal);
    buf_fini(&disk.buf);
    sample_fini(&sample);
}

UNIT_TEST(journal_survives_a_full_disk)
{
    struct disk whole;
    disk_init(&whole);
    run_small(&whole);
    size_t len = whole.buf.len;
    sample_fini(&sample);
    for (size_t full_at = 0; full_at < len; full_at += 211) {
        for (size_t again_at = 0; again_at < 2; again_at++) {
            struct disk disk;
            struct diag diag = DIAG_INIT;
            disk_init(&disk);
            disk.full_at = full_at;
            disk.again_at = again_at;
            run_small(&disk);
            UNIT_EQ_INT(sample.result.verdict, VERDICT_FAIL);
            size_t notes = 0;
            for (size_t i = 0; i < sample.result.reason_count; i++)
                notes += strcmp(sample.result.reasons[i].code, "result_file") == 0;
            UNIT_EQ_INT(notes, 1);
            bool headed = bytes_find(buf_bytes(&whole.buf), '\n') <= full_at;
            enum br_err err = read_all(buf_bytes(&disk.buf), SIZE_MAX, &diag);
            UNIT_EQ_INT(err, headed ? BR_ERR_NONE : BR_ERR_PARSE);
            /* There was room again for the footer. */
            if (headed && disk.buf.len > full_at) {
                UNIT_EQ_INT(read_back.verdict, VERDICT_FAIL);
                UNIT_EQ_INT(result_ops_at(&read_back, 1, 0)->done,
                            result_ops_at(&sample.result, 1, 0)->done);
            }
            result_fini(&read_back);
            buf_fini(&disk.buf);
            sample_fini(&sample);
        }
    }
    buf_fini(&whole.buf);
}

UNIT_TEST(journal_refuses_what_is_none)
{
    static const struct {
        const char *text;
        const char *complaint;
    } rows[] = {
        {"", "it has no header"},
        {"\n\n", "it has no header"},
        {"hello\n", "this is no result of brunt: line 1"},
        {"{}\n", "its first line is no header"},
        {"{\"type\":\"footer\",\"format\":\"brunt-result\",\"schema\":1}\n", "no header"},
        {"{\"type\":\"header\",\"format\":\"brunt-result\",\"schema\":2}\n", "has schema 2"},
        {"{\"type\":\"header\",\"format\":\"brunt-result\",\"schema\":1}\n", "from 1 to"},
        {"{\"type\":\"header\",\"format\":\"brunt-result\",\"schema\":1,\"urls\":[3],"
         "\"stretches\":[{}]}\n",
         "\"urls\" is a number, not a text"},
        {"{\"type\":\"header\",\"format\":\"brunt-result\",\"schema\":1,\"urls\":[\"a\"],"
         "\"stretches\":[{}],\"expect\":[\"p99\"]}\n",
         "p99"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(read_all(bytes_from_str(rows[i].text), SIZE_MAX, &diag), BR_ERR_PARSE);
        if (strstr(diag.text, rows[i].complaint) == NULL)
            unit_fail(__FILE__, __LINE__, "it said: %s", diag.text);
        result_fini(&read_back);
    }
}

UNIT_TEST(journal_passes_over_damaged_lines)
{
    static const char header[] =
        "{\"type\":\"header\",\"format\":\"brunt-result\",\"schema\":1,\"urls\":[\"a\"],"
        "\"stretches\":[{\"name\":\"steady\"}]}\n";
    static const struct {
        const char *line;
        bool damaged;
    } rows[] = {
        {"{\"type\":\"point\",\"t_ns\":5}\n", false},
        {"{\"type\":\"a kind of a later brunt\",\"t_ns\":5}\n", false},
        {"{\"type\":\"point\",\"t_ns\":\"5\"}\n", true},
        {"{\"type\":\"point\",\"t_ns\":99999999999999999}\n", true},
        {"{\"type\":\"po\n", true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":1}]}\n", true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":1,\"target\":0}]}\n", true},
        {"{\"type\":\"tick\",\"shards\":[{\"phase\":7}]}\n", true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":0,\"counts\":[0,1]}]}\n", false},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":0,\"counts\":[0,-1]}]}\n", true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":0,\"status\":{\"2000\":1}}]}\n",
         true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":0,\"errors\":{\"x\":[1,2,3]}}]}\n",
         true},
        {"{\"type\":\"tick\",\"ops\":[{\"phase\":0,\"target\":0,\"latency_ok\":"
         "[5,5,5,\"gg\"]}]}\n",
         true},
        {"{\"type\":\"footer\",\"verdict\":\"MAYBE\"}\n", true},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct diag diag = DIAG_INIT;
        struct buf text;
        UNIT_ROW(rows[i].line);
        buf_init(&text, FORM_SIZE_MAX);
        buf_put_str(&text, header);
        buf_put_str(&text, rows[i].line);
        UNIT_EQ_INT(read_all(buf_bytes(&text), SIZE_MAX, &diag), BR_ERR_NONE);
        UNIT_EQ_INT(read_back.partial, RESULT_CUT_OFF);
        bool told = false;
        for (size_t k = 0; k < read_back.reason_count; k++)
            told = told || strcmp(read_back.reasons[k].code, "damaged") == 0;
        UNIT_EQ_INT(told, rows[i].damaged);
        result_fini(&read_back);
        buf_fini(&text);
    }
}

UNIT_TEST(journal_buckets_as_text)
{
    static const double values[] = {-1e18, -5.0, -1e-9, 0.0,  1e-9, 1.0,
                                    1.001, 2.0,  1e6,   5e17, 1e30};
    for (int grid = JOURNAL_EXACT; grid <= JOURNAL_COARSE; grid++) {
        struct hist_sum hist;
        struct hist_sum back;
        struct buf text;
        struct rng rng;
        rng_init(&rng, 3);
        hist_sum_init(&hist);
        hist_sum_init(&back);
        buf_init(&text, FORM_SIZE_MAX);
        for (size_t i = 0; i < BR_COUNT(values); i++)
            hist_sum_record_many(&hist, values[i], 1 + (UINT64_C(1) << (4 * i)));
        for (int i = 0; i < 3000; i++)
            hist_sum_record_many(&hist, exp(20.0 * rng_double(&rng)), 1);
        journal_put_buckets(&text, &hist, (enum journal_grid)grid);
        UNIT_EQ_INT(journal_take_buckets(buf_bytes(&text), (enum journal_grid)grid, &back),
                    BR_ERR_NONE);
        back.sum = hist.sum;
        back.min = hist.min;
        back.max = hist.max;
        UNIT_EQ_INT(back.count, hist.count);
        if (grid == JOURNAL_EXACT)
            check_same_hist(&hist, &back);
        for (int i = 1; i < 1000; i++) {
            double share = (double)i / 1000.0;
            double exact = hist_sum_quantile(&hist, share);
            UNIT_NEAR(hist_sum_quantile(&back, share), exact, 0.03);
        }
        hist_sum_fini(&hist);
        hist_sum_fini(&back);
        buf_fini(&text);
    }
}

UNIT_TEST(journal_bad_buckets_are_refused)
{
    static const char *const rows[] = {
        "!", "A!", "g", "Ag", "gggggggggggggggggg", "A_____________P", "______BC",
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct hist_sum hist;
        UNIT_ROW(rows[i]);
        hist_sum_init(&hist);
        UNIT_EQ_INT(journal_take_buckets(bytes_from_str(rows[i]), JOURNAL_EXACT, &hist),
                    BR_ERR_PARSE);
        hist_sum_fini(&hist);
    }
}

/* ---- the size of a day ---- */

enum { DAY_TARGETS = 100, DAY_RATE = 50 };

/* `seconds` seconds of DAY_RATE operations a second at each target; latencies whose logarithm is
 * spread by `sigma`. */
static void day_seconds(struct rng *rng, double sigma, int seconds)
{
    for (int i = 0; i < DAY_TARGETS * DAY_RATE * seconds; i++) {
        double spread = rng_double(rng) + rng_double(rng) + rng_double(rng) - 1.5;
        struct sample_ops ops = {.target = i % DAY_TARGETS, .count = 1, .status = 200};
        ops.latency_ns = floor(5e6 * exp(2.0 * sigma * spread));
        ops.service_ns = floor(ops.latency_ns * (0.9 + 0.09 * rng_double(rng)));
        sample_add(&sample, &ops);
    }
}

/* The bytes of what is written for the `seconds` seconds before `end` (s since the start). */
static double day_bytes(struct journal *journal, double sigma, int end, int seconds)
{
    static struct rng rng = {1};
    const int64_t second_ns = 1000000000;
    sample.gauges.now_ns = (end - seconds - 1) * second_ns;
    sample_second(&sample);
    journal_tick(journal, &sample.result);
    uint64_t before = journal->bytes;
    day_seconds(&rng, sigma, seconds);
    sample.gauges.now_ns = (end - 1) * second_ns;
    sample_second(&sample);
    journal_tick(journal, &sample.result);
    return (double)(journal->bytes - before);
}

/* 100 targets are 200 series of times: latency and service. A day's first hour has ticks every
 * second and exacts every minute. */
static double day_megabytes(double sigma)
{
    struct disk disk;
    struct journal journal;
    char url[40];
    disk_init(&disk);
    sample_init(&sample);
    for (int i = 0; i < DAY_TARGETS; i++) {
        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", 8000 + i);
        sample_add_target(&sample, url);
    }
    sample_begin(&sample);
    journal_start(&journal, &sample.result, disk_write, &disk);
    double tick_1 = day_bytes(&journal, sigma, 30, 1);
    double exact_60 = day_bytes(&journal, sigma, 120, 60);
    double tick_10 = day_bytes(&journal, sigma, 10000, 10);
    double exact_600 = day_bytes(&journal, sigma, 10800, 600);
    double point = 300;
    double day = 3600 * tick_1 + 8280 * tick_10 + 60 * exact_60 + 138 * exact_600 + 82800 * point;
    printf("# sigma %g: %.0f + %.0f + %.0f + %.0f + %.0f MB\n", sigma, 3600 * tick_1 / 1e6,
           60 * exact_60 / 1e6, 8280 * tick_10 / 1e6, 138 * exact_600 / 1e6, 82800 * point / 1e6);
    journal_fini(&journal);
    buf_fini(&disk.buf);
    sample_fini(&sample);
    return day / 1e6;
}

UNIT_TEST(journal_of_a_day_with_200_series_is_below_500_mb)
{
    /* p99 is 3.2 times p50; with 10 times as much it is a fifth more. */
    UNIT_OK(day_megabytes(0.5) < 500.0);
    UNIT_OK(day_megabytes(1.0) < 620.0);
}

UNIT_MAIN(UNIT_RUN(journal_reads_back_what_was_written),
          UNIT_RUN(journal_of_a_lively_run_reads_back), UNIT_RUN(journal_cut_anywhere_still_reads),
          UNIT_RUN(journal_without_a_footer_is_exact_but_for_its_tail),
          UNIT_RUN(journal_survives_a_full_disk), UNIT_RUN(journal_refuses_what_is_none),
          UNIT_RUN(journal_passes_over_damaged_lines), UNIT_RUN(journal_buckets_as_text),
          UNIT_RUN(journal_bad_buckets_are_refused),
          UNIT_RUN(journal_of_a_day_with_200_series_is_below_500_mb))
