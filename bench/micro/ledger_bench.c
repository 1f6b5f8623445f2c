/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger alone: what an event costs in time on its way in and out, and 10^8 of them in memory.
 * Events come back in the order they went out, `lag` events behind; one in `loss` never does.
 */
#include "track/ledger.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rng.h"
#include "bench.h"

enum { BENCH_BATCH_MAX = 100, BENCH_LAG_MAX = 1 << 20 };

struct bench_case {
    const char *name;
    uint64_t events;
    uint64_t lag; /* a power of two */
    uint64_t loss;
    uint32_t batch;
    bool is_mixed; /* out of order within 1024 */
    int sink_count;
};

struct bench {
    struct ledger *ledger;
    struct track_block *block;
    struct stamp_run run;
    uint32_t stream;
    uint32_t number;
    int64_t now_ns;
    int64_t in_ns; /* spent */
    int64_t out_ns;
    uint64_t sent;
    uint64_t came;
    size_t size_max;
    struct rng rng;
};

/* As a sender does: identities, their text, the first byte, the answer. */
static void bench_send(struct bench *bench, const struct bench_case *at, uint64_t events)
{
    char text[STAMP_SIZE];
    for (uint64_t done = 0; done < events; done += at->batch) {
        struct ledger_order order = {
            .stream = bench->stream,
            .count = at->batch,
            .due_ns = bench->now_ns,
            .number = bench->number++,
        };
        struct ledger_span span;
        enum br_err err = ledger_register(bench->ledger, &order, &span);
        MUST(err == BR_ERR_NONE);
        for (uint32_t i = 0; i < span.count; i++) {
            stamp_emit(&bench->run, (struct stamp_id){span.stream, span.first + i}, text);
            bench_keep((uint64_t)(unsigned char)text[20]);
        }
        ledger_send(bench->ledger, span, bench->now_ns + 10000, 3);
        ledger_resolve(bench->ledger, span, TRACK_ACCEPTED, bench->now_ns + 200000);
        bench->now_ns += 100 * at->batch;
    }
    bench->sent += events;
}

static void bench_arrive(struct bench *bench, const struct bench_case *at, uint64_t until)
{
    for (; bench->came < until; bench->came++) {
        uint64_t seq = bench->came;
        if (at->is_mixed)
            seq = (seq & ~UINT64_C(1023)) | ((seq * 421) & 1023);
        if (at->loss > 0 && rng_mix(seq) % at->loss == 0)
            continue;
        for (int sink = 0; sink < at->sink_count; sink++) {
            struct ledger_arrival arrival = {
                .sink = sink,
                .id = {bench->stream, seq},
                .at_ns = bench->now_ns + 1000000,
            };
            ledger_arrive(bench->ledger, &arrival);
        }
    }
}

static void bench_run(const struct bench_case *at)
{
    struct bench bench = {.rng = rng_at(1, 1)};
    bench.block = track_block_create(0, 1, at->sink_count);
    struct ledger_config config = {
        .stream_step = 1, .phase_count = 1, .sink_count = at->sink_count, .block = bench.block};
    for (int sink = 0; sink < at->sink_count; sink++)
        config.sinks[sink] = (struct ledger_sink){.within_ns = INT64_MAX / 4, .is_awaited = true};
    bench.ledger = ledger_create(&config);
    stamp_run_init(&bench.run, 1);
    enum br_err err = ledger_open_stream(bench.ledger, BYTES_NONE, UINT32_MAX, &bench.stream);
    MUST(err == BR_ERR_NONE);

    uint64_t step = 102400;
    while (bench.sent < at->events) {
        int64_t start_ns = bench_now_ns();
        bench_send(&bench, at, step);
        int64_t middle_ns = bench_now_ns();
        if (bench.sent > at->lag)
            bench_arrive(&bench, at, bench.sent - at->lag);
        bench.in_ns += middle_ns - start_ns;
        bench.out_ns += bench_now_ns() - middle_ns;
        if (ledger_size(bench.ledger) > bench.size_max)
            bench.size_max = ledger_size(bench.ledger);
    }
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    double arrivals = (double)bench.came * at->sink_count;
    printf("%-34s %6.1f ns in %6.1f ns out  %7.1f MB (peak %.1f, resident ever %.1f)  %.2f bits\n",
           at->name, (double)bench.in_ns / (double)bench.sent, (double)bench.out_ns / arrivals,
           (double)ledger_size(bench.ledger) / 1e6, (double)bench.size_max / 1e6,
           (double)usage.ru_maxrss / 1e3,
           (double)ledger_size(bench.ledger) * 8.0 / (double)bench.sent);
    ledger_destroy(&bench.ledger);
    track_block_destroy(&bench.block);
}

int main(void)
{
    static const struct bench_case cases[] = {
        {"10^8 in time, batches of 100", 100000000, 16384, 0, 100, false, 1},
        {"10^8 in time, one by one", 100000000, 16384, 0, 1, false, 1},
        {"10^7, mixed up", 10000000, 16384, 0, 1, true, 1},
        {"10^7, 1 in 1000 lost", 10000000, 16384, 1000, 1, false, 1},
        {"10^7, 1 in 50 lost, batches", 10000000, 16384, 50, 100, false, 1},
        {"10^7, a million behind, mixed up", 10000000, 1 << 20, 0, 1, true, 1},
        {"10^7, three sinks", 10000000, 16384, 0, 1, false, 3},
        {"3*10^6, none came yet, one by one", 3000000, 3000000, 0, 1, false, 1},
        {"3*10^6, none came yet, batches", 3000000, 3000000, 0, 100, false, 1},
    };
    for (size_t i = 0; i < BR_COUNT(cases); i++)
        bench_run(&cases[i]);
    return 0;
}
