/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole runs of several shards in the simulated world: the same seed gives the same run to the
 * byte, threads and all; a network that swallows everything. (What runs measure:
 * sim_bench_test.c.)
 */
#include "run/run.h"

#include "sim_peer.h"
#include "sys/clock.h"
#include "unit.h"

/* The server: answers each request after delay_ns. */
static struct run_server {
    int64_t delay_ns;
    uint64_t requests;
    uint64_t opens;
} run_server;

static void run_server_answer(struct sim_peer *peer)
{
    sim_peer_send(peer, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
}

static void run_server_on_open(struct sim_peer *peer)
{
    (void)peer;
    run_server.opens++;
}

/* Requests without a body, each in one piece: brunt sends a head with one call. */
static void run_server_on_bytes(struct sim_peer *peer, struct bytes bytes)
{
    if (!bytes_starts(bytes, BYTES("GET ")))
        return;
    run_server.requests++;
    sim_peer_after(peer, run_server.delay_ns, run_server_answer);
}

static const struct sim_peer_ops run_server_ops = {.on_open = run_server_on_open,
                                                   .on_bytes = run_server_on_bytes};

/* What came out. */
static struct run_seen {
    enum verdict verdict;
    uint64_t done, failed;
    double latency_p99_ns;
    enum exit_code code;
    uint64_t hash;
} run_seen;

static void run_on_result(void *context, const struct result *result)
{
    struct result_view *view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    (void)context;
    run_seen.verdict = result->verdict;
    run_seen.done = view->ops.done;
    run_seen.failed = view->ops.failed;
    run_seen.latency_p99_ns = hist_sum_quantile(&view->latency, 0.99);
    result_view_destroy(&view);
}

static struct plan run_plan_made;

static void run_begin(const struct sim_options *options)
{
    struct sock_addr addr;
    struct diag diag = DIAG_INIT;
    memset(&run_server, 0, sizeof(run_server));
    memset(&run_seen, 0, sizeof(run_seen));
    sim_begin(options);
    UNIT_OK(sock_addr_from_ip(BYTES("10.1.1.1"), 80, &addr));
    sim_peer_listen(&addr, &run_server_ops, NULL);
    plan_init(&run_plan_made);
    UNIT_EQ_INT(plan_add_target(&run_plan_made, BYTES("http://10.1.1.1/"), &diag), BR_ERR_NONE);
}

static void run_open(uint64_t rate_per_sec, int64_t duration_ns)
{
    struct plan_rate rate = {1, CLOCK_NS_PER_SEC / (int64_t)rate_per_sec};
    plan_add_leg(&run_plan_made, rate, rate, duration_ns);
    run_plan_made.load.model = PLAN_OPEN;
    run_plan_made.load.duration_ns = duration_ns;
}

static void run_play(void)
{
    static const struct run_observer observer = {.on_result = run_on_result};
    struct diag diag = DIAG_INIT;
    run_plan_made.seed = 1;
    run_plan_made.seed_given = true;
    UNIT_EQ_INT(plan_complete(&run_plan_made, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(run_plan(&run_plan_made, &observer, &run_seen.code, &diag), BR_ERR_NONE);
    plan_fini(&run_plan_made);
    UNIT_EQ_INT(sim_open_descriptors(), 0);
    run_seen.hash = sim_end();
}

UNIT_TEST(run_times_out_in_a_black_hole)
{
    struct sock_addr addr;
    run_begin(NULL);
    UNIT_OK(sock_addr_from_ip(BYTES("10.1.1.1"), 80, &addr));
    sim_set_fault(&addr, SIM_FAULT_BLACK_HOLE);
    run_plan_made.timeout_ns = 2 * CLOCK_NS_PER_SEC;
    run_open(10, 5 * CLOCK_NS_PER_SEC);
    run_play();
    UNIT_EQ_INT(run_seen.done, 50);
    UNIT_EQ_INT(run_seen.failed, 50);
    UNIT_EQ_INT(run_server.requests, 0);
    UNIT_EQ_INT(run_seen.verdict, VERDICT_FAIL);
    UNIT_EQ_INT(run_seen.code, EXIT_CODE_FAIL);
}

UNIT_TEST(run_closed_model_keeps_its_connections_busy)
{
    run_begin(NULL);
    run_server.delay_ns = 10 * CLOCK_NS_PER_MS;
    run_plan_made.load.model = PLAN_CLOSED;
    run_plan_made.load.connections = 64;
    run_plan_made.load.operations = 6400;
    run_plan_made.shards = 2;
    run_play();
    UNIT_EQ_INT(run_seen.done, 6400);
    UNIT_EQ_INT(run_seen.failed, 0);
    UNIT_EQ_INT(run_server.opens, 64);
}

static void run_again(uint64_t seed, struct run_seen *out_seen)
{
    struct sim_options options = {
        .seed = seed,
        .cost.overshoot_ns = 40000,
        .link = {.jitter_ns = 3 * CLOCK_NS_PER_MS, .short_send_odds = 0.0, .short_recv_odds = 0.3}};
    run_begin(&options);
    run_server.delay_ns = 2 * CLOCK_NS_PER_MS;
    run_plan_made.shards = 3;
    run_open(500, 5 * CLOCK_NS_PER_SEC);
    run_play();
    *out_seen = run_seen;
}

UNIT_TEST(run_is_the_same_for_the_same_seed)
{
    struct run_seen first, again, other;
    run_again(7, &first);
    run_again(7, &again);
    run_again(8, &other);
    UNIT_EQ_INT(first.done, 2500);
    UNIT_OK(first.hash == again.hash);
    UNIT_OK(first.hash != other.hash);
    UNIT_NEAR(again.latency_p99_ns, first.latency_p99_ns, 0.0);
}

UNIT_MAIN(UNIT_RUN(run_times_out_in_a_black_hole),
          UNIT_RUN(run_closed_model_keeps_its_connections_busy),
          UNIT_RUN(run_is_the_same_for_the_same_seed))
