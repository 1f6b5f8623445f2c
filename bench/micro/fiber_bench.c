/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pair of resume and yield costs, with one fiber (all of it in the nearest cache) and with
 * many taken in turn, each with a stack of its own; what creating and ending one costs.
 */
#include "loop/fiber.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "bench.h"

enum { BENCH_PAIRS = 1000000, BENCH_ROUNDS = 7, BENCH_STACK = 256 * 1024 };

static bool bench_ends;

static void bench_yield(void *context)
{
    (void)context;
    while (!bench_ends)
        fiber_yield();
}

static void bench_return(void *context)
{
    (void)context;
}

static struct fiber *bench_create(struct fiber_pool *pool, fiber_main_fn *main)
{
    struct fiber *fiber = NULL;
    enum br_err err = fiber_create(pool, main, NULL, &fiber, NULL);
    MUST(err == BR_ERR_NONE);
    return fiber;
}

static void bench_switch(size_t count)
{
    struct fiber_pool *pool = fiber_pool_create(BENCH_STACK);
    struct fiber **fibers = mem_zalloc(count, sizeof(*fibers));
    double best_ns = 1e9;
    bench_ends = false;
    for (size_t i = 0; i < count; i++) {
        fibers[i] = bench_create(pool, bench_yield);
        (void)fiber_resume(fibers[i]);
    }
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        int64_t start_ns = bench_now_ns();
        for (size_t i = 0; i < BENCH_PAIRS; i++)
            (void)fiber_resume(fibers[i % count]);
        double each_ns = (double)(bench_now_ns() - start_ns) / BENCH_PAIRS;
        best_ns = each_ns < best_ns ? each_ns : best_ns;
    }
    bench_ends = true;
    for (size_t i = 0; i < count; i++)
        (void)fiber_resume(fibers[i]);
    printf("resume + yield, %6zu fibers   %7.1f ns\n", count, best_ns);
    mem_free(fibers);
    fiber_pool_destroy(&pool);
}

static void bench_life(void)
{
    struct fiber_pool *pool = fiber_pool_create(BENCH_STACK);
    double best_ns = 1e9;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        int64_t start_ns = bench_now_ns();
        for (size_t i = 0; i < BENCH_PAIRS; i++)
            (void)fiber_resume(bench_create(pool, bench_return));
        double each_ns = (double)(bench_now_ns() - start_ns) / BENCH_PAIRS;
        best_ns = each_ns < best_ns ? each_ns : best_ns;
    }
    printf("create + run + end, pooled      %7.1f ns\n", best_ns);
    fiber_pool_destroy(&pool);
}

int main(void)
{
    static const size_t counts[] = {1, 64, 1000, 10000};
    for (size_t i = 0; i < BR_COUNT(counts); i++)
        bench_switch(counts[i]);
    bench_life();
    return 0;
}
