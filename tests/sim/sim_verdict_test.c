/* SPDX-License-Identifier: Apache-2.0
 *
 * Every rule of design.md 7.2 that cannot be brought about from outside has a run here in which it
 * decides: the verdict is what it is because of that rule, and without the cause it is another.
 * (Sums that do not add up need a result made by hand: tests/unit/report/verdict_test.c.)
 */
#include "sim_bench.h"
#include "unit.h"

/* A run in which something of ours goes wrong, and what comes of it. */
struct verdict_world {
    const char *name;
    int64_t delay_ns;     /* of the server */
    uint64_t fail_every;  /* of the server: 503 */
    bool silent;          /* the server does not answer */
    int64_t stop_ns;      /* at 3 s the machine stands still for so long */
    int64_t step_ns;      /* at 3 s the wall clock steps */
    unsigned descriptors; /* at 3 s no more than these */
    unsigned ports;       /* from the beginning; 0: enough */
    int64_t call_ns;      /* what a call to the system costs; 0: little */
    uint64_t per_sec;     /* 0: 1,000 */
    uint64_t connections; /* 0: as many as needed */
    int64_t timeout_ns;   /* 0: 60 s */
    const char *expect;
    enum verdict want;
    const char *first; /* the code of the first reason; NULL: there is none */
};

static const struct verdict_world *verdict_world;

static void verdict_at_3s(void *context)
{
    (void)context;
    if (verdict_world->step_ns != 0)
        sim_step_wall(verdict_world->step_ns);
    if (verdict_world->descriptors > 0)
        sim_set_descriptors(verdict_world->descriptors);
}

/* 10 s of it. */
static struct bench_outcome verdict_play(const struct verdict_world *world)
{
    struct bench_server server = {
        .delay_ns = world->delay_ns, .fail_every = world->fail_every, .silent = world->silent};
    struct sim_options options = {.seed = 1, .cost = {.call_ns = world->call_ns}};
    struct plan plan;
    if (world->ports > 0) {
        options.port_low = 40000;
        options.port_high = 40000 + world->ports - 1;
    }
    verdict_world = world;
    sim_begin(&options);
    bench_server_listen(&server);
    if (world->stop_ns > 0)
        sim_stall_at(sim_now_ns() + 3 * SEC, world->stop_ns);
    sim_at(sim_now_ns() + 3 * SEC, verdict_at_3s, NULL);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, world->per_sec > 0 ? world->per_sec : 1000, 10 * SEC);
    plan.load.connections = world->connections;
    if (world->timeout_ns > 0)
        plan.timeout_ns = world->timeout_ns;
    if (world->expect != NULL)
        bench_plan_expect(&plan, world->expect);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    return outcome;
}

static void verdict_check(const struct verdict_world *world)
{
    UNIT_ROW(world->name);
    struct bench_outcome outcome = verdict_play(world);
    if (outcome.verdict != world->want)
        unit_fail(__FILE__, __LINE__, "%s, not %s: busy %d, lateness p99 %g\n%s",
                  result_verdict_name(outcome.verdict), result_verdict_name(world->want),
                  (int)outcome.busy_permille, outcome.lateness_p99, outcome.reasons);
    UNIT_EQ_STR(outcome.first, world->first == NULL ? "" : world->first);
}

/* 10,000 operations, 1 ms apart: of those that came due in a stop of T ms (T of them, the oldest T
 * late) the 100th latest is p99, T - 100 ms late. */
UNIT_TEST(lateness_decides)
{
    static const struct verdict_world worlds[] = {
        {.name = "never late", .want = VERDICT_PASS, .first = "nothing_asked"},
        {.name = "the whole of 1 % is late: p99 is not",
         .stop_ns = 99 * MS,
         .want = VERDICT_PASS,
         .first = "nothing_asked"},
        {.name = "20 ms", .stop_ns = 120 * MS, .want = VERDICT_INVALID, .first = "lateness"},
        {.name = "20 ms against 300 ms of latency",
         .delay_ns = 300 * MS,
         .stop_ns = 120 * MS,
         .want = VERDICT_PASS,
         .first = "nothing_asked"},
        {.name = "100 ms against 300 ms of latency",
         .delay_ns = 300 * MS,
         .stop_ns = 200 * MS,
         .want = VERDICT_INVALID,
         .first = "lateness"},
        {.name = "an upper bound that holds all the same",
         .stop_ns = 400 * MS,
         .expect = "p99<1s",
         .want = VERDICT_PASS,
         .first = "lateness"},
        {.name = "an upper bound that does not",
         .stop_ns = 400 * MS,
         .expect = "p99<100ms",
         .want = VERDICT_INVALID,
         .first = "lateness"},
        {.name = "it fails at any speed",
         .stop_ns = 400 * MS,
         .fail_every = 10,
         .expect = "failed<1%",
         .want = VERDICT_FAIL,
         .first = "expect"},
        {.name = "nothing succeeded at any speed",
         .stop_ns = 400 * MS,
         .fail_every = 1,
         .want = VERDICT_FAIL,
         .first = "nothing_succeeded"},
    };
    for (size_t i = 0; i < BR_COUNT(worlds); i++)
        verdict_check(&worlds[i]);
}

/* An operation costs two calls; at 48 us a call and 10,000/s the shard is busy nearly all the time
 * and still on time. */
UNIT_TEST(being_busy_decides)
{
    static const struct verdict_world worlds[] = {
        {.name = "half busy",
         .call_ns = 25000,
         .per_sec = 10000,
         .want = VERDICT_PASS,
         .first = "nothing_asked"},
        {.name = "busy",
         .call_ns = 48200,
         .per_sec = 10000,
         .want = VERDICT_INVALID,
         .first = "busy"},
        {.name = "busy, and a bound on latency that holds",
         .call_ns = 48200,
         .per_sec = 10000,
         .expect = "p99<1s",
         .want = VERDICT_PASS,
         .first = "busy"},
        {.name = "busy, and a bound on latency that does not",
         .call_ns = 48200,
         .per_sec = 10000,
         .expect = "p99<1us",
         .want = VERDICT_INVALID,
         .first = "busy"},
    };
    for (size_t i = 0; i < BR_COUNT(worlds); i++)
        verdict_check(&worlds[i]);
}

/* 1,000/s of 200 ms are 200 connections. */
UNIT_TEST(running_out_decides)
{
    static const struct verdict_world worlds[] = {
        {.name = "enough of everything",
         .delay_ns = 200 * MS,
         .want = VERDICT_PASS,
         .first = "nothing_asked"},
        {.name = "150 ports",
         .delay_ns = 200 * MS,
         .ports = 150,
         .want = VERDICT_INVALID,
         .first = "ports"},
        {.name = "ports, and an expectation about failures",
         .delay_ns = 200 * MS,
         .ports = 150,
         .expect = "failed<1%",
         .want = VERDICT_INVALID,
         .first = "ports"},
        {.name = "ports, and the target's own failures are too many without ours",
         .delay_ns = 200 * MS,
         .ports = 150,
         .fail_every = 20,
         .expect = "failed<1%",
         .want = VERDICT_FAIL,
         .first = "expect"},
        {.name = "a bound on latency does not help",
         .delay_ns = 200 * MS,
         .ports = 150,
         .expect = "p99<1s",
         .want = VERDICT_INVALID,
         .first = "ports"},
        {.name = "150 connections allowed",
         .delay_ns = 200 * MS,
         .connections = 150,
         .want = VERDICT_INVALID,
         .first = "connections"},
    };
    for (size_t i = 0; i < BR_COUNT(worlds); i++)
        verdict_check(&worlds[i]);
}

/* The machine takes descriptors away in mid-run (of another process, so to say), and each request
 * needs a connection. */
UNIT_TEST(running_out_of_descriptors_decides)
{
    struct bench_server server = {.delay_ns = MS, .reset_every = 2};
    struct plan plan;
    static const struct verdict_world world = {.descriptors = 1};
    verdict_world = &world;
    sim_begin(NULL);
    bench_server_listen(&server);
    sim_at(sim_now_ns() + 3 * SEC, verdict_at_3s, NULL);
    bench_plan_init(&plan);
    bench_plan_rate(&plan, 1000, 10 * SEC);
    struct bench_outcome outcome = bench_run(&plan);
    (void)sim_end();
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
    UNIT_EQ_STR(outcome.first, "descriptors");
    UNIT_NEAR((double)outcome.errors[BR_ERR_NO_DESCRIPTORS], 7000, 0.01);
    UNIT_EQ_INT(outcome.errors[BR_ERR_RESET] + outcome.errors[BR_ERR_KEEPALIVE_CLOSED],
                server.resets);
}

UNIT_TEST(the_clock_decides)
{
    static const struct verdict_world worlds[] = {
        {.name = "a slew", .step_ns = 40 * MS, .want = VERDICT_PASS, .first = "nothing_asked"},
        {.name = "a step", .step_ns = SEC, .want = VERDICT_INVALID, .first = "clock"},
        {.name = "a step back", .step_ns = -SEC, .want = VERDICT_INVALID, .first = "clock"},
        {.name = "no bound helps",
         .step_ns = SEC,
         .expect = "p99<1s",
         .want = VERDICT_INVALID,
         .first = "clock"},
        {.name = "it fails at any time",
         .step_ns = SEC,
         .fail_every = 1,
         .want = VERDICT_FAIL,
         .first = "nothing_succeeded"},
    };
    for (size_t i = 0; i < BR_COUNT(worlds); i++)
        verdict_check(&worlds[i]);
}

/* Replies that lay unread while the machine stood still are replies. */
UNIT_TEST(a_machine_that_stops_makes_no_time_outs)
{
    static const struct verdict_world world = {.name = "a stop of 2 s, time-outs of 1 s",
                                               .delay_ns = 400 * MS,
                                               .per_sec = 10000,
                                               .stop_ns = 2 * SEC,
                                               .timeout_ns = SEC,
                                               .expect = "failed==0",
                                               .want = VERDICT_INVALID,
                                               .first = "lateness"};
    UNIT_ROW(world.name);
    struct bench_outcome outcome = verdict_play(&world);
    UNIT_EQ_INT(outcome.errors[BR_ERR_TIMEOUT_TOTAL], 0);
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
    UNIT_EQ_STR(outcome.first, "lateness");
}

/* 100/s of 1 s on 10 connections: the last that begin have waited for 9 s, more than the time-out.
 * It counts from when they began: the lack of connections is ours, and no failure of the target. */
UNIT_TEST(waiting_for_a_connection_makes_no_time_outs)
{
    static const struct verdict_world world = {.name = "10 connections of 100",
                                               .delay_ns = SEC,
                                               .per_sec = 100,
                                               .connections = 10,
                                               .timeout_ns = 3 * SEC,
                                               .expect = "failed==0",
                                               .want = VERDICT_INVALID,
                                               .first = "connections"};
    UNIT_ROW(world.name);
    struct bench_outcome outcome = verdict_play(&world);
    UNIT_EQ_INT(outcome.failed, 0);
    UNIT_OK(outcome.latency_p99 > 8e9);
    UNIT_NEAR(outcome.service_p99, 1e9, 0.01);
    UNIT_EQ_INT(outcome.verdict, VERDICT_INVALID);
    UNIT_OK(strstr(outcome.reasons, "About 101 are needed") != NULL ||
            strstr(outcome.reasons, "About 100 are needed") != NULL);
}

/* An idle target that hangs is its own failure; time-outs beside a stop of ours prove nothing. */
UNIT_TEST(time_outs_fail_unless_we_were_late_for_them)
{
    static const struct verdict_world worlds[] = {
        {.name = "a silent target",
         .silent = true,
         .timeout_ns = SEC,
         .expect = "failed<1%",
         .want = VERDICT_FAIL,
         .first = "nothing_succeeded"},
        {.name = "a slow target, and we were late by half of its time-out",
         .delay_ns = 2 * SEC,
         .stop_ns = 500 * MS,
         .timeout_ns = SEC,
         .want = VERDICT_FAIL,
         .first = "nothing_succeeded"},
    };
    for (size_t i = 0; i < BR_COUNT(worlds); i++)
        verdict_check(&worlds[i]);
}

UNIT_MAIN(UNIT_RUN(lateness_decides), UNIT_RUN(being_busy_decides), UNIT_RUN(running_out_decides),
          UNIT_RUN(running_out_of_descriptors_decides), UNIT_RUN(the_clock_decides),
          UNIT_RUN(a_machine_that_stops_makes_no_time_outs),
          UNIT_RUN(waiting_for_a_connection_makes_no_time_outs),
          UNIT_RUN(time_outs_fail_unless_we_were_late_for_them))
