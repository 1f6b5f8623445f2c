/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver of `brunt bench`: operations are HTTP requests that were rendered before the start.
 * Each target has a list of idle sessions, the one used last on top: it is warm, and connections
 * grow only as far as the load needs them. An operation takes a session or makes one, and starts
 * the exchange at once.
 */
#include "drive/bench_http.h"

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"
#include "load/exec.h"
#include "proto/http_client.h"

enum {
    BENCH_REQUEST_MAX = 256 * 1024 * 1024,
    BENCH_RX_STAMP_EVERY = 16, /* one in so many connections has kernel receive stamps */
};

struct bench;

struct bench_target {
    const struct plan_target *plan;
    struct buf request;
    struct list idle; /* sessions, the one used last first */
    struct sock_addr addr;
};

struct bench_session {
    struct http_session http;
    struct list node; /* in its target's idle list, or in bench->closed */
    struct list all;
    struct bench *bench;
    int target;
    struct op *op;  /* NULL: idle */
    bool rx_stamps; /* decided once: the kernel's bookkeeping is not free */
    bool counted;   /* in conns_open */
};

struct bench {
    struct driver driver;
    struct driver_env env;
    struct http_client client;
    struct bench_target *targets;
    struct list closed; /* sessions without a connection */
    struct list all;
    uint64_t sessions;
    uint64_t conns_open;
    bool is_head;
};

static void bench_on_done(struct http_session *http, enum br_err err);
static void bench_on_connected(struct http_session *http);
static void bench_on_idle_closed(struct http_session *http);

static const struct http_session_ops bench_session_ops = {
    .on_done = bench_on_done,
    .on_connected = bench_on_connected,
    .on_idle_closed = bench_on_idle_closed,
};

/* ---- making it ---- */

static void bench_render_request(const struct plan *plan, struct bench_target *target)
{
    const struct plan_request *request = &plan->request;
    struct buf *out = &target->request;
    buf_init(out, BENCH_REQUEST_MAX);
    buf_putf(out, "%.*s %.*s HTTP/1.1\r\nHost: %.*s\r\n", BYTES_ARG(request->method),
             BYTES_ARG(target->plan->path), BYTES_ARG(target->plan->authority));
    for (size_t i = 0; i < request->header_count; i++)
        buf_putf(out, "%.*s: %.*s\r\n", BYTES_ARG(request->headers[i].name),
                 BYTES_ARG(request->headers[i].value));
    if (!plan->keep_alive)
        buf_put_str(out, "Connection: close\r\n");
    bool has_body = request->body.len > 0 || bytes_eq(request->method, BYTES("POST")) ||
                    bytes_eq(request->method, BYTES("PUT")) ||
                    bytes_eq(request->method, BYTES("PATCH"));
    if (has_body)
        buf_putf(out, "Content-Length: %zu\r\n", request->body.len);
    buf_put_str(out, "\r\n");
    buf_put(out, request->body);
}

static void bench_destroy(struct driver **driver)
{
    struct bench *bench = (struct bench *)*driver;
    if (bench == NULL)
        return;
    struct list *node;
    while ((node = list_pop_head(&bench->all)) != NULL) {
        struct bench_session *session = BR_CONTAINER(node, struct bench_session, all);
        http_session_fini(&session->http);
        mem_free(session);
    }
    for (size_t i = 0; i < bench->env.plan->target_count; i++)
        buf_fini(&bench->targets[i].request);
    http_client_fini(&bench->client);
    mem_free(bench->targets);
    mem_free(bench);
    *driver = NULL;
}

static enum br_err bench_create(const struct driver_env *env, struct driver **out_driver,
                                struct diag *diag)
{
    const struct plan *plan = env->plan;
    struct bench *bench = MEM_NEW(struct bench);
    bench->driver.ops = &drive_bench_http;
    bench->env = *env;
    bench->is_head = bytes_eq(plan->request.method, BYTES("HEAD"));
    list_init(&bench->closed);
    list_init(&bench->all);
    http_client_init(&bench->client, env->loop);
    bench->targets = mem_zalloc(plan->target_count, sizeof(struct bench_target));
    for (size_t i = 0; i < plan->target_count; i++) {
        struct bench_target *target = &bench->targets[i];
        target->plan = &plan->targets[i];
        list_init(&target->idle);
        bench_render_request(plan, target);
    }
    (void)diag;
    *out_driver = &bench->driver;
    return BR_ERR_NONE;
}

static void bench_prepare(struct driver *driver, driver_ready_fn *ready, void *context)
{
    struct bench *bench = (struct bench *)driver;
    for (size_t i = 0; i < bench->env.plan->target_count; i++) {
        struct bench_target *target = &bench->targets[i];
        if (!sock_addr_from_ip(target->plan->host, target->plan->port, &target->addr)) {
            ready(context, BR_ERR_NAME_NOT_FOUND, "not a literal address");
            return;
        }
    }
    ready(context, BR_ERR_NONE, "");
}

/* ---- sessions ---- */

static struct bench_session *bench_session_make(struct bench *bench)
{
    struct list *node = list_pop_head(&bench->closed);
    if (node != NULL)
        return BR_CONTAINER(node, struct bench_session, node);
    struct bench_session *session = MEM_NEW(struct bench_session);
    session->bench = bench;
    session->rx_stamps = bench->sessions++ % BENCH_RX_STAMP_EVERY == 0;
    list_init(&session->node);
    list_push_tail(&bench->all, &session->all);
    http_session_init(&session->http, &bench->client, &bench_session_ops);
    return session;
}

static struct block_ops *bench_numbers(struct bench *bench, const struct bench_session *session)
{
    int phase = session->op != NULL ? session->op->phase : bench->env.recorder->phase;
    return block_ops_at(bench->env.recorder->block, phase, session->target);
}

/* Counts a connection that is gone, and puts its session where it belongs. */
static void bench_session_park(struct bench *bench, struct bench_session *session)
{
    if (http_session_is_open(&session->http)) {
        list_push_head(&bench->targets[session->target].idle, &session->node);
        return;
    }
    if (session->counted) {
        session->counted = false;
        bench->conns_open--;
    }
    list_push_head(&bench->closed, &session->node);
}

static void bench_on_connected(struct http_session *http)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->bench;
    session->counted = true;
    bench->conns_open++;
    bench_numbers(bench, session)->conns_opened++;
    hist_record_ns(&bench->env.recorder->block->phases[session->op->phase].connect,
                   loop_now(bench->env.loop) - http->conn.open_start_ns);
}

static void bench_on_idle_closed(struct http_session *http)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    bench_numbers(session->bench, session)->conns_closed++;
    list_remove(&session->node);
    bench_session_park(session->bench, session);
}

/* ---- operations ---- */

static void bench_start(struct driver *driver, struct op *op)
{
    struct bench *bench = (struct bench *)driver;
    const struct plan *plan = bench->env.plan;
    struct bench_target *target = &bench->targets[op->target];
    struct list *node = list_pop_head(&target->idle);
    struct bench_session *session =
        node != NULL ? BR_CONTAINER(node, struct bench_session, node) : bench_session_make(bench);
    session->target = op->target;
    session->op = op;
    op->session = session;

    struct conn_target where = {.addr = &target->addr, .rx_stamps = session->rx_stamps};
    struct http_exchange exchange = {
        .request = buf_bytes(&target->request),
        .is_head = bench->is_head,
        .may_keep_alive = plan->keep_alive,
        .deadline_ns = op->ready_ns + plan->timeout_ns,
        .deadline_connect_ns =
            plan->timeout_connect_ns > 0 ? op->ready_ns + plan->timeout_connect_ns : INT64_MAX,
        .timeout_first_ns = plan->timeout_first_ns,
    };
    http_session_start(&session->http, &where, &exchange);
}

static void bench_on_done(struct http_session *http, enum br_err err)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->bench;
    struct op *op = session->op;
    const struct http_reply *reply = &http->reply;

    op->sent_ns = reply->sent_ns;
    op->done_ns = reply->done_ns;
    op->receive_lag_ns = reply->receive_lag_ns;
    op->status = reply->status;
    op->bytes_sent = reply->bytes_sent;
    op->bytes_received = reply->bytes_received;
    op->err = err;
    if (err == BR_ERR_NONE && (reply->status < 200 || reply->status > 399))
        op->err = BR_ERR_STATUS;
    if (reply->stamp_missing)
        bench_numbers(bench, session)->late_replies++;
    if (reply->sent_ns == 0 && err != BR_ERR_INTERRUPTED)
        bench_numbers(bench, session)->conns_failed++;
    session->op = NULL;
    bench_session_park(bench, session);
    exec_op_done(bench->driver.exec, op);
}

static void bench_abort(struct driver *driver, struct op *op, enum br_err err)
{
    struct bench_session *session = op->session;
    (void)driver;
    http_session_cancel(&session->http, err);
}

static uint64_t bench_conns_open(const struct driver *driver)
{
    return ((const struct bench *)driver)->conns_open;
}

const struct driver_ops drive_bench_http = {
    .name = "http",
    .create = bench_create,
    .prepare = bench_prepare,
    .start = bench_start,
    .abort = bench_abort,
    .conns_open = bench_conns_open,
    .destroy = bench_destroy,
};
