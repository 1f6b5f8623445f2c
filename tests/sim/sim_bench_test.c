/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole runs of bench in the simulated world: schedules, lateness, stalls, time-outs come out as
 * worked out by hand, and hundreds of seeded worlds keep the sums. (Verdicts:
 * sim_verdict_test.c.)
 */
#include "load/pacer.h"
#include "sim_bench.h"
#include "sys/self.h"
#include "unit.h"

UNIT_TEST(a_steady_schedule_is_kept_and_measured)
{
    struct bench_server server = {.delay_ns = 5 * MS};
    struct sim_options options = {.seed = 1, .link = {.latency_ns = 2 * MS}};
    struct plan plan;
    sim_begin(&options);
    bench_server_listen(&server);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 1000, 10 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.code, EXIT_CODE_OK);
    UNIT_EQ_INT(outcome.offered, 10000);
    UNIT_EQ_INT(outcome.done, 10000);
    UNIT_EQ_INT(outcome.failed, 0);
    UNIT_EQ_INT(server.requests, 10000);
    UNIT_NEAR(outcome.offered_per_sec, 1000.0, 1e-9);
    /* 5 ms in the server and twice 2 ms on the way; what our calls cost comes on top. */
    UNIT_NEAR(outcome.service_p50, 9e6, 0.02);
    UNIT_NEAR(outcome.latency_p50, 9e6, 0.02);
    UNIT_OK(outcome.lateness_p99 < 0.2e6);
    UNIT_NEAR(server.last_ns - server.first_ns, 9.999e9, 0.001);
}

UNIT_TEST(a_stall_shows_in_latency_and_hides_in_service_time)
{
    struct bench_server server = {.delay_ns = 1 * MS};
    struct sim_options options = {.seed = 2};
    struct plan plan;
    sim_begin(&options);
    server.stall_from_ns = sim_now_ns() + 5 * SEC;
    server.stall_to_ns = server.stall_from_ns + SEC;
    bench_server_listen(&server);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 1000, 20 * SEC);
    plan.load.connections = 10;
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.done, 20000);
    /* Of 20,000 requests 1,000 came due in the stall and waited, the first for 1 s, the last for
     * next to nothing, and 10 connections work the backlog off at 10,000/s against 1,000/s that
     * come anew. So the 200th slowest, p99, waited for about 0.8 s; the median for nothing. */
    UNIT_NEAR(outcome.latency_p99, 0.82e9, 0.03);
    UNIT_OK(outcome.latency_p50 < 2e6);
    /* Only the 10 requests that were in the server felt it: p99 of service time does not. */
    UNIT_OK(outcome.service_p99 < 3e6);
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
    /* 1,000/s times the 1 s that the slowest took. */
    UNIT_OK(strstr(outcome.reasons, "Up to 1,00") != NULL);
}

/* 3,000 operations come due in a stop of ours while 10 connections would do; a connection for each
 * would be our doing, not the load's. */
UNIT_TEST(a_stop_of_ours_opens_no_crowd_of_connections)
{
    struct bench_server server = {.delay_ns = MS};
    struct sim_options options = {.seed = 1, .cost = {.call_ns = 5000}};
    struct plan plan;
    sim_begin(&options);
    bench_server_listen(&server);
    sim_stall_at(sim_now_ns() + SEC, 300 * MS);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 10000, 4 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.done, 40000);
    UNIT_EQ_INT(outcome.failed, 0);
    UNIT_OK(server.opens < 400);
    /* Over after the 300 ms and what 3,000 take at full speed. */
    UNIT_OK(outcome.lateness_max < 301e6);
    UNIT_OK(outcome.latency_p99 < 350e6);
}

UNIT_TEST(a_load_lasts_as_long_as_its_schedule)
{
    static const struct {
        const char *name;
        uint64_t per_sec;
        int64_t duration_ns;
        uint64_t operations;
        uint64_t offered;
        double per_sec_seen;
    } rows[] = {
        {"3/s for 10 s", 3, 10 * SEC, 0, 30, 3.0},
        {"one, then silence", 1, SEC / 2, 0, 1, 2.0},
        {"20 of 10/s", 10, 10 * SEC, 20, 20, 10.0},
        {"100 of 10/s, as many as there are", 10, 10 * SEC, 100, 100, 10.0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct bench_server server = {.delay_ns = MS};
        struct plan plan;
        UNIT_ROW(rows[i].name);
        sim_begin(NULL);
        bench_server_listen(&server);
        bench_plan_init(&plan);
        bench_plan_rate(&plan, rows[i].per_sec, rows[i].duration_ns);
        plan.load.operations = rows[i].operations;
        struct bench_outcome outcome = bench_run(&plan);
        (void)sim_end();
        UNIT_EQ_INT(outcome.offered, rows[i].offered);
        UNIT_EQ_INT(server.requests, rows[i].offered);
        UNIT_NEAR(outcome.offered_per_sec, rows[i].per_sec_seen, 1e-9);
    }
}

UNIT_TEST(every_kind_of_failure_is_counted_under_its_name)
{
    struct bench_server server = {.delay_ns = MS, .reset_every = 100, .fail_every = 7};
    struct plan plan;
    sim_begin(NULL);
    bench_server_listen(&server);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 500, 20 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.done, 10000);
    UNIT_EQ_INT(outcome.errors[BR_ERR_STATUS], server.failures);
    UNIT_EQ_INT(outcome.errors[BR_ERR_RESET] + outcome.errors[BR_ERR_KEEPALIVE_CLOSED],
                server.resets);
    UNIT_EQ_INT(server.resets, 100);
    UNIT_EQ_INT(outcome.failed, server.failures + server.resets);
}

UNIT_TEST(time_outs_end_what_never_ends)
{
    struct bench_server server = {.silent = true};
    struct plan plan;
    sim_begin(NULL);
    bench_server_listen(&server);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 10, 10 * SEC);
    plan.timeout_ns = 3 * SEC;
    struct bench_outcome outcome = bench_run(&plan);
    UNIT_EQ_INT(outcome.code, EXIT_CODE_FAIL);
    UNIT_EQ_INT(outcome.errors[BR_ERR_TIMEOUT_TOTAL], 100);
    UNIT_NEAR(outcome.latency_p50, 3e9, 0.001);

    sim_set_fault(&server.addr, SIM_FAULT_BLACK_HOLE);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 10, 10 * SEC);
    plan.timeout_connect_ns = SEC;
    outcome = bench_run(&plan);
    UNIT_EQ_INT(outcome.errors[BR_ERR_CONN_TIMEOUT], 100);
    UNIT_EQ_INT(outcome.sent, 0);
    (void)sim_end();
}

/* A world and a run by seed; the sums must hold in all of them. */
static uint64_t bench_play_seed(uint64_t seed)
{
    struct rng rng = rng_at(seed, 1);
    struct bench_server server = {
        .delay_ns = (int64_t)rng_below(&rng, 20 * (uint64_t)MS),
        .jitter_ns = (int64_t)rng_below(&rng, 20 * (uint64_t)MS),
        .reset_every = rng_below(&rng, 3) == 0 ? 3 + rng_below(&rng, 100) : 0,
        .fail_every = rng_below(&rng, 3) == 0 ? 2 + rng_below(&rng, 50) : 0};
    struct sim_options options = {.seed = seed,
                                  .link = {.latency_ns = (int64_t)rng_below(&rng, 5 * (uint64_t)MS),
                                           .jitter_ns = (int64_t)rng_below(&rng, 5 * (uint64_t)MS),
                                           .short_send_odds = rng_double(&rng) * 0.2,
                                           .short_recv_odds = rng_double(&rng) * 0.2}};
    struct plan plan;
    sim_begin(&options);
    bench_server_listen(&server);
    bench_plan_init(&plan);
    plan.shards = 1 + (int)rng_below(&rng, 3);
    plan.load.poisson = rng_below(&rng, 3) == 0;
    bool closed = rng_below(&rng, 4) == 0;
    if (closed) {
        plan.load.model = PLAN_CLOSED;
        plan.load.operations = 100 + rng_below(&rng, 400);
        plan.load.connections = 3 + rng_below(&rng, 20);
    } else {
        struct plan_rate from = {rng_below(&rng, 100), SEC}, to = {1 + rng_below(&rng, 200), SEC};
        plan_add_leg(&plan, from, to, 5 * SEC);
        plan.load.duration_ns = 5 * SEC;
        plan.load.connections = rng_below(&rng, 2) == 0 ? 3 + rng_below(&rng, 5) : 0;
    }
    uint64_t due = closed ? plan.load.operations : 0;
    if (!closed && !plan.load.poisson) {
        struct pacer pacer;
        pacer_init(&pacer, plan.load.legs, plan.load.leg_count, false, 1, 0);
        due = pacer_total(&pacer);
        pacer_fini(&pacer);
    }
    struct bench_outcome outcome = bench_run(&plan);
    uint64_t hash = sim_end();
    if (due > 0)
        UNIT_EQ_INT(outcome.offered, due);
    UNIT_EQ_INT(outcome.done + outcome.unsent, outcome.offered);
    UNIT_EQ_INT(outcome.ok + outcome.failed, outcome.done);
    UNIT_EQ_INT(outcome.sent, server.requests);
    UNIT_EQ_INT(outcome.errors[BR_ERR_STATUS], server.failures);
    return hash;
}

UNIT_TEST(hundreds_of_worlds_keep_the_sums)
{
    char name[32];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        (void)snprintf(name, sizeof(name), "seed %d", (int)seed);
        UNIT_ROW(name);
        uint64_t hash = bench_play_seed(seed);
        if (seed % 20 == 0)
            UNIT_EQ_INT(bench_play_seed(seed), hash);
    }
}

static uint64_t bench_memory_after(int64_t duration_ns)
{
    struct bench_server server = {.delay_ns = MS};
    struct plan plan;
    sim_begin(NULL);
    bench_server_listen(&server);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 5, duration_ns);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.done, (uint64_t)(duration_ns / SEC) * 5);
    return self_rss_bytes();
}

UNIT_TEST(a_day_costs_the_memory_of_a_minute)
{
    uint64_t minute = bench_memory_after(60 * SEC);
    uint64_t day = bench_memory_after(86400 * SEC);
    UNIT_OK(day < minute + 4 * 1024 * 1024);
}

UNIT_MAIN(UNIT_RUN(a_steady_schedule_is_kept_and_measured),
          UNIT_RUN(a_stall_shows_in_latency_and_hides_in_service_time),
          UNIT_RUN(a_stop_of_ours_opens_no_crowd_of_connections),
          UNIT_RUN(a_load_lasts_as_long_as_its_schedule),
          UNIT_RUN(every_kind_of_failure_is_counted_under_its_name),
          UNIT_RUN(time_outs_end_what_never_ends), UNIT_RUN(hundreds_of_worlds_keep_the_sums),
          UNIT_RUN(a_day_costs_the_memory_of_a_minute))
