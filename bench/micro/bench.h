/* SPDX-License-Identifier: Apache-2.0
 *
 * For micro benchmarks: the clock, and a way to keep a result alive. They measure with CPU time of
 * the thread, so that a busy machine disturbs them less.
 */
#ifndef BR_BENCH_MICRO_BENCH_H
#define BR_BENCH_MICRO_BENCH_H

#include <stdint.h>
#include <time.h>

static inline int64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The compiler must take it that the value was looked at. */
static inline void bench_keep(uint64_t value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

#endif
