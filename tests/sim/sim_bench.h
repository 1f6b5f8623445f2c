/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of whole bench runs in the simulated world share: a server that behaves as told, a
 * plan to change, and the run's end as plain numbers.
 */
#ifndef BR_TESTS_SIM_BENCH_H
#define BR_TESTS_SIM_BENCH_H

#include "base/rng.h"
#include "run/run.h"
#include "sim.h"
#include "sys/sock.h"

#define MS INT64_C(1000000)
#define SEC INT64_C(1000000000)

/* A server that answers GETs, in the manner told. */
struct bench_server {
    struct sock_addr addr;
    int64_t delay_ns;
    int64_t jitter_ns;     /* up to so much more */
    int64_t stall_from_ns; /* run time of the world: requests that come in it wait for its end */
    int64_t stall_to_ns;
    uint64_t reset_every; /* 0: never; else every so many requests end in a reset */
    uint64_t fail_every;
    bool silent;
    uint64_t opens;
    uint64_t requests;
    uint64_t resets;
    uint64_t failures;
    int64_t first_ns;
    int64_t last_ns;
    struct rng rng;
};

/* The end of a run, out of the result. */
struct bench_outcome {
    enum exit_code code;
    enum verdict verdict;
    uint64_t offered, sent, done, failed, unsent, ok, waited;
    uint64_t errors[BR_ERR_COUNT];
    double offered_per_sec;
    double latency_p50, latency_p99, service_p50, service_p99, lateness_p99, lateness_max;
    uint64_t busy_permille;
    char first[40]; /* the code of the first reason */
    char reasons[2000];
};

/* At 10.0.0.1:8000. */
void bench_server_listen(struct bench_server *server);
/* Open model, one shard, that server. */
void bench_plan_init(struct plan *plan);
void bench_plan_rate(struct plan *plan, uint64_t per_sec, int64_t duration_ns);
void bench_plan_expect(struct plan *plan, const char *text);
/* Completes and runs it, then forgets the plan. */
struct bench_outcome bench_run(struct plan *plan);

#endif
