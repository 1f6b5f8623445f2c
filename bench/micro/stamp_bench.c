/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stamp costs to write, and how fast bytes are scanned: log lines without a stamp, base64
 * (full of half matches), and log lines with one stamp each.
 */
#include "base/stamp.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bench.h"

enum { BENCH_SIZE = 1 << 22, BENCH_ROUNDS = 7, BENCH_EMITS = 1 << 20 };

static void bench_emit(const struct stamp_run *run, bool is_uuid)
{
    char out[STAMP_UUID_SIZE];
    double best_ns = 1e9;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        int64_t start_ns = bench_now_ns();
        for (uint64_t i = 0; i < BENCH_EMITS; i++) {
            if (is_uuid)
                stamp_emit_uuid(run, (struct stamp_id){7, i}, out);
            else
                stamp_emit(run, (struct stamp_id){7, i}, out);
            bench_keep((uint64_t)(unsigned char)out[20]);
        }
        best_ns = fmin(best_ns, (double)(bench_now_ns() - start_ns) / BENCH_EMITS);
    }
    printf("%-28s %6.2f ns\n", is_uuid ? "write a UUID" : "write a stamp", best_ns);
}

static void bench_scan(const char *name, const struct stamp_run *run, const char *text,
                       unsigned forms)
{
    double best_ns = 1e18;
    uint64_t hits = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct stamp_scan scan;
        struct stamp_hit hit;
        hits = 0;
        int64_t start_ns = bench_now_ns();
        stamp_scan_start(&scan, run, forms);
        stamp_scan_feed(&scan, bytes_make(text, BENCH_SIZE));
        while (stamp_scan_next(&scan, &hit))
            hits++;
        best_ns = fmin(best_ns, (double)(bench_now_ns() - start_ns));
    }
    printf("%-28s %6.2f GB/s  (%llu stamps)\n", name, BENCH_SIZE / best_ns,
           (unsigned long long)hits);
}

static void bench_fill(char *text, const struct stamp_run *run, bool has_stamps)
{
    static const char line[] =
        "{\"_msg\":\"payment failed for order 1234: card declined by zurich\",\"level\":\"error\","
        "\"host\":\"web1\",\"id\":\"..........................\"}\n";
    size_t at = 0;
    for (uint64_t i = 0; at + sizeof(line) < BENCH_SIZE; i++) {
        memcpy(text + at, line, sizeof(line) - 1);
        at += sizeof(line) - 1;
        if (has_stamps)
            stamp_emit(run, (struct stamp_id){1, i}, text + at - STAMP_SIZE - 3);
    }
    memset(text + at, ' ', BENCH_SIZE - at);
}

int main(void)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct stamp_run run;
    stamp_run_init(&run, 1);
    bench_emit(&run, false);
    bench_emit(&run, true);

    char *text = mem_alloc(BENCH_SIZE);
    bench_fill(text, &run, false);
    bench_scan("log lines", &run, text, STAMP_FORM_TEXT);
    bench_scan("log lines, UUIDs too", &run, text, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    bench_fill(text, &run, true);
    bench_scan("stamped log lines", &run, text, STAMP_FORM_TEXT);
    struct rng rng = rng_at(1, 1);
    for (size_t i = 0; i < BENCH_SIZE; i++)
        text[i] = letters[rng_below(&rng, 64)];
    bench_scan("base64", &run, text, STAMP_FORM_TEXT);
    bench_scan("base64, UUIDs too", &run, text, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    mem_free(text);
    return 0;
}
