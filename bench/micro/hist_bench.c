/* SPDX-License-Identifier: Apache-2.0
 *
 * What recording a value costs: the same values again and again in one octave, spread like real
 * latencies, and spread over everything; the minimum of several rounds, as noise only adds. Two
 * histograms in turn, as an operation does it (latency, service time).
 */
#include "metric/hist.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bench.h"

enum { BENCH_VALUES = 4096, BENCH_LAPS = 2000, BENCH_ROUNDS = 7 };

static double bench_values[BENCH_VALUES];

static void bench_record(const char *name)
{
    double best_ns = 1e9;
    struct hist hists[2];
    hist_init(&hists[0]);
    hist_init(&hists[1]);
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        int64_t start_ns = bench_now_ns();
        for (int lap = 0; lap < BENCH_LAPS; lap++) {
            for (int i = 0; i < BENCH_VALUES; i++)
                hist_record(&hists[i & 1], bench_values[i]);
        }
        double each_ns = (double)(bench_now_ns() - start_ns) / ((double)BENCH_LAPS * BENCH_VALUES);
        best_ns = fmin(best_ns, each_ns);
    }
    printf("%-24s %6.2f ns/record  %7zu bytes  (count %llu)\n", name, best_ns, hist_size(&hists[0]),
           (unsigned long long)hists[0].count);
    hist_fini(&hists[0]);
    hist_fini(&hists[1]);
}

int main(void)
{
    struct rng rng = rng_at(1, 1);
    for (int i = 0; i < BENCH_VALUES; i++)
        bench_values[i] = 1e6 * (1.0 + rng_double(&rng));
    bench_record("one octave");
    for (int i = 0; i < BENCH_VALUES; i++)
        bench_values[i] = -1e6 * log(1.0 - rng_double(&rng));
    bench_record("exponential, 1 ms");
    for (int i = 0; i < BENCH_VALUES; i++)
        bench_values[i] = exp2(80.0 * rng_double(&rng) - 25.0);
    bench_record("every octave");
    return 0;
}
