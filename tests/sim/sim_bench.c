/* SPDX-License-Identifier: Apache-2.0
 *
 * The server is a scripted peer; the numbers are taken where a run hands its result over.
 */
#include "sim_bench.h"

#include "base/mem.h"
#include "sim_peer.h"
#include "unit.h"

enum { BENCH_PORT = 8000 };

/* One of its connections: how much of the empty line that ends a head was seen. */
struct bench_conn {
    struct bench_server *server;
    int matched;
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
    conn->server->opens++;
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

void bench_server_listen(struct bench_server *server)
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
    outcome->waited = view->shards.waited;
    outcome->offered_per_sec = view->offered_per_sec;
    outcome->busy_permille = result->shards[0].busy_permille_max;
    for (int i = 0; i < BR_ERR_COUNT; i++)
        outcome->errors[i] = view->ops.errors[i].count;
    outcome->latency_p50 = hist_sum_quantile(&view->latency, 0.5);
    outcome->latency_p99 = hist_sum_quantile(&view->latency, 0.99);
    outcome->service_p50 = hist_sum_quantile(&view->service, 0.5);
    outcome->service_p99 = hist_sum_quantile(&view->service, 0.99);
    outcome->lateness_p99 = hist_sum_quantile(&view->shards.lateness, 0.99);
    outcome->lateness_max = view->shards.lateness.max;
    if (result->reason_count > 0)
        (void)snprintf(outcome->first, sizeof(outcome->first), "%s", result->reasons[0].code);
    for (size_t i = 0; i < result->reason_count; i++) {
        size_t len = strlen(outcome->reasons);
        (void)snprintf(outcome->reasons + len, sizeof(outcome->reasons) - len, "%s: %s\n",
                       result->reasons[i].code, result->reasons[i].text);
    }
    result_view_destroy(&view);
}

void bench_plan_init(struct plan *plan)
{
    struct diag diag = DIAG_INIT;
    plan_init(plan);
    plan->seed = 1;
    plan->seed_given = true;
    plan->shards = 1;
    plan->load.model = PLAN_OPEN;
    UNIT_EQ_INT(plan_add_target(plan, BYTES("http://10.0.0.1:8000/"), &diag), BR_ERR_NONE);
}

void bench_plan_rate(struct plan *plan, uint64_t per_sec, int64_t duration_ns)
{
    struct plan_rate rate = {per_sec, SEC};
    plan_add_leg(plan, rate, rate, duration_ns);
    plan->load.duration_ns += duration_ns;
}

void bench_plan_expect(struct plan *plan, const char *text)
{
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(plan_add_expect(plan, bytes_from_str(text), &diag), BR_ERR_NONE);
}

struct bench_outcome bench_run(struct plan *plan)
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
