/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole runs of bench in the simulated world: schedules, lateness, stalls, time-outs and verdicts
 * come out as worked out by hand, and hundreds of seeded worlds keep the sums.
 */
#include "sim.h"

#include "base/mem.h"
#include "base/rng.h"
#include "load/pacer.h"
#include "run/run.h"
#include "sim_peer.h"
#include "sys/clock.h"
#include "sys/self.h"
#include "unit.h"

#define MS INT64_C(1000000)
#define SEC INT64_C(1000000000)

enum { BENCH_PORT = 8000 };

/* A server that answers GETs, in the manner told. */
struct bench_server {
    struct sock_addr addr;
    int64_t delay_ns;
    int64_t stall_from_ns; /* run time of the world: requests that come in it wait for its end */
    int64_t stall_to_ns;
    uint64_t reset_every; /* 0: never; else every so many requests end in a reset */
    uint64_t fail_every;
    bool silent;
    uint64_t requests;
    uint64_t resets;
    uint64_t failures;
    int64_t first_ns;
    int64_t last_ns;
    struct rng rng;
    int64_t jitter_ns;
};

/* One of its connections: how much of the empty line that ends a head was seen. */
struct bench_conn {
    struct bench_server *server;
    int matched;
};

/* The end of a run, out of the result. */
struct bench_outcome {
    enum exit_code code;
    enum verdict verdict;
    uint64_t offered, sent, done, failed, unsent, ok;
    uint64_t errors[BR_ERR_COUNT];
    double latency_p50, latency_p99, service_p50, service_p99, lateness_p99, lateness_max;
    char reasons[1000];
};

static void bench_server_fail(struct sim_peer *peer)
{
    sim_peer_send(peer, BYTES("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
}

static void bench_server_reply(struct sim_peer *peer)
{
    sim_peer_send(peer, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
}

static void bench_server_take(struct sim_peer *peer)
{
    struct bench_server *server = ((struct bench_conn *)sim_peer_context(peer))->server;
    int64_t now_ns = sim_now_ns();
    int64_t wait_ns = server->delay_ns;
    uint64_t number = ++server->requests;
    if (server->first_ns == 0)
        server->first_ns = now_ns;
    server->last_ns = now_ns;
    if (server->silent)
        return;
    if (server->reset_every > 0 && number % server->reset_every == 0) {
        server->resets++;
        sim_peer_reset(peer);
        return;
    }
    if (server->jitter_ns > 0)
        wait_ns += (int64_t)rng_below(&server->rng, (uint64_t)server->jitter_ns);
    if (now_ns >= server->stall_from_ns && now_ns < server->stall_to_ns)
        wait_ns += server->stall_to_ns - now_ns;
    bool fails = server->fail_every > 0 && number % server->fail_every == 0;
    server->failures += fails;
    sim_peer_after(peer, wait_ns, fails ? bench_server_fail : bench_server_reply);
}

static void bench_server_on_open(struct sim_peer *peer)
{
    static struct bench_conn conns[1 << 16]; /* used in turn: more than are ever open */
    static size_t turn;
    struct bench_conn *conn = &conns[turn++ % BR_COUNT(conns)];
    *conn = (struct bench_conn){.server = sim_peer_context(peer)};
    sim_peer_set_context(peer, conn);
}

/* Heads of GETs, in pieces of any size. */
static void bench_server_on_bytes(struct sim_peer *peer, struct bytes bytes)
{
    static const char mark[] = "\r\n\r\n";
    struct bench_conn *conn = sim_peer_context(peer);
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        conn->matched = c == mark[conn->matched] ? conn->matched + 1 : (c == '\r' ? 1 : 0);
        if (conn->matched == 4) {
            conn->matched = 0;
            bench_server_take(peer);
        }
    }
}

static void bench_server_on_end(struct sim_peer *peer, enum sim_end_kind kind)
{
    if (kind == SIM_END_CLOSED)
        sim_peer_close(peer);
}

static const struct sim_peer_ops bench_server_ops = {.on_open = bench_server_on_open,
                                                     .on_bytes = bench_server_on_bytes,
                                                     .on_end = bench_server_on_end};

static void bench_server_listen(struct bench_server *server)
{
    bool known = sock_addr_from_ip(BYTES("10.0.0.1"), BENCH_PORT, &server->addr);
    UNIT_OK(known);
    rng_init(&server->rng, 77);
    sim_peer_listen(&server->addr, &bench_server_ops, server);
}

static void bench_on_result(void *context, const struct result *result)
{
    struct bench_outcome *outcome = context;
    struct result_view *view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    outcome->verdict = result->verdict;
    outcome->offered = view->offered;
    outcome->sent = view->ops.sent;
    outcome->done = view->ops.done;
    outcome->failed = view->ops.failed;
    outcome->ok = view->ok;
    outcome->unsent = view->unsent;
    for (int i = 0; i < BR_ERR_COUNT; i++)
        outcome->errors[i] = view->ops.errors[i].count;
    outcome->latency_p50 = hist_sum_quantile(&view->latency, 0.5);
    outcome->latency_p99 = hist_sum_quantile(&view->latency, 0.99);
    outcome->service_p50 = hist_sum_quantile(&view->service, 0.5);
    outcome->service_p99 = hist_sum_quantile(&view->service, 0.99);
    outcome->lateness_p99 = hist_sum_quantile(&view->shards.lateness, 0.99);
    outcome->lateness_max = view->shards.lateness.max;
    for (size_t i = 0; i < result->reason_count; i++) {
        size_t len = strlen(outcome->reasons);
        (void)snprintf(outcome->reasons + len, sizeof(outcome->reasons) - len, "%s: %s\n",
                       result->reasons[i].code, result->reasons[i].text);
    }
    result_view_destroy(&view);
}

static void bench_plan_init(struct plan *plan)
{
    struct diag diag = DIAG_INIT;
    plan_init(plan);
    plan->seed = 1;
    plan->seed_given = true;
    plan->shards = 1;
    plan->load.model = PLAN_OPEN;
    UNIT_EQ_INT(plan_add_target(plan, BYTES("http://10.0.0.1:8000/"), &diag), BR_ERR_NONE);
}

static void bench_plan_rate(struct plan *plan, uint64_t per_sec, int64_t duration_ns)
{
    struct plan_rate rate = {per_sec, SEC};
    plan_add_leg(plan, rate, rate, duration_ns);
    plan->load.duration_ns += duration_ns;
}

/* Completes and runs it, then forgets the plan. */
static struct bench_outcome bench_run(struct plan *plan)
{
    struct bench_outcome *outcome = MEM_NEW(struct bench_outcome);
    struct run_observer observer = {.context = outcome, .on_result = bench_on_result};
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(plan_complete(plan, &diag), BR_ERR_NONE);
    enum br_err err = run_plan(plan, &observer, &outcome->code, &diag);
    if (err != BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s", diag.text);
    struct bench_outcome copy = *outcome;
    mem_free(outcome);
    plan_fini(plan);
    return copy;
}

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

UNIT_TEST(a_machine_that_stops_makes_the_run_invalid)
{
    struct bench_server server = {.delay_ns = MS};
    struct plan plan;
    sim_begin(NULL);
    bench_server_listen(&server);
    for (int i = 1; i <= 5; i++)
        sim_stall_at(sim_now_ns() + 2 * SEC, 500 * MS);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 1000, 10 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.offered, 10000);
    UNIT_OK(outcome.lateness_max > 400e6);
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
}

static void bench_step_wall(void *context)
{
    (void)context;
    sim_step_wall(SEC);
}

UNIT_TEST(a_clock_that_steps_makes_the_run_invalid)
{
    struct bench_server server = {.delay_ns = MS};
    struct plan plan;
    sim_begin(NULL);
    bench_server_listen(&server);
    sim_at(sim_now_ns() + 3 * SEC, bench_step_wall, NULL);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 100, 10 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
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
          UNIT_RUN(every_kind_of_failure_is_counted_under_its_name),
          UNIT_RUN(time_outs_end_what_never_ends),
          UNIT_RUN(a_machine_that_stops_makes_the_run_invalid),
          UNIT_RUN(a_clock_that_steps_makes_the_run_invalid),
          UNIT_RUN(hundreds_of_worlds_keep_the_sums), UNIT_RUN(a_day_costs_the_memory_of_a_minute))
