/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver of `brunt bench`: operations are HTTP requests that were rendered before the start.
 * Each target has a pool of kept-alive sessions, the one used last on top: it is warm, and
 * connections grow only as far as the load needs them. An operation takes a session or connects
 * one, and starts the exchange at once.
 */
#include "drive/bench_http.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"
#include "conn/name.h"
#include "conn/source.h"
#include "conn/tls.h"
#include "drive/bench_events.h"
#include "drive/bench_request.h"
#include "load/exec.h"
#include "proto/http_client.h"
#include "sys/clock.h"

enum {
    BENCH_REQUEST_MAX = 256 * 1024 * 1024,
    BENCH_RX_STAMP_EVERY = 16,          /* one in so many connections has kernel receive stamps */
    BENCH_STAMP_PERIOD_NS = 1000000000, /* in a closed model for a part of each second only: */
    BENCH_STAMP_ON_NS = 100000000,
    BENCH_TRACE_BODY_MAX = 4096,
    BENCH_REMARK_SIZE = 200,
};

struct bench;

struct bench_target {
    struct bench *bench;
    const struct plan_target *plan;
    char *server_name; /* of TLS; NULL without */
    struct pool pool;
    struct source source;
    struct name_query query;
    enum br_err unresolved; /* why there is no address; operations fail with it */
    struct sock_addr addrs[NAME_ADDRS_MAX];
    size_t addr_count;
    size_t addr_at; /* the one that works, as far as we know */
};

struct bench_session {
    struct http_session http;
    struct list closed; /* in bench->closed while it has no connection */
    struct list all;
    struct bench_target *target;
    struct op *op; /* NULL: idle */
    struct bench_batch events;
    uint32_t conn_number; /* of the shard's connections, from 1 */
    struct bytes request; /* of the exchange: from `rendered` or the one that all share */
    struct buf rendered;
    size_t addrs_tried;
    size_t traced;  /* bytes of the reply's body shown */
    bool rx_stamps; /* decided once: the kernel's bookkeeping is not free */
    bool counted;   /* in conns_open */
};

struct bench {
    struct driver driver;
    struct driver_env env;
    struct http_client client;
    struct bench_requests requests;
    struct bench_events *events; /* NULL: nothing is followed */
    const struct http_session_ops *session_ops;
    struct tls_client *tls;
    struct name_resolver *resolver;
    struct bench_target *targets;
    size_t names_open;
    driver_ready_fn *ready;
    void *ready_context;
    struct list closed;
    struct list all;
    uint64_t sessions;
    uint32_t conns; /* ever opened */
    uint64_t conns_open;
    bool is_head;
    char remark[BENCH_REMARK_SIZE];
};

static void bench_on_done(struct http_session *http, enum br_err err);
static void bench_on_connected(struct http_session *http);
static void bench_on_idle_closed(struct http_session *http);
static void bench_on_send(struct http_session *http);
static void bench_on_head(struct http_session *http, struct bytes head);
static void bench_on_body(struct http_session *http, struct bytes part);

static const struct http_session_ops bench_session_ops = {
    .on_done = bench_on_done,
    .on_connected = bench_on_connected,
    .on_idle_closed = bench_on_idle_closed,
};

/* With events. */
static const struct http_session_ops bench_followed_ops = {
    .on_done = bench_on_done,
    .on_connected = bench_on_connected,
    .on_send = bench_on_send,
    .on_idle_closed = bench_on_idle_closed,
};

/* With everything. */
static const struct http_session_ops bench_traced_ops = {
    .on_done = bench_on_done,
    .on_connected = bench_on_connected,
    .on_send = bench_on_send,
    .on_idle_closed = bench_on_idle_closed,
    .on_head = bench_on_head,
    .on_body = bench_on_body,
};

/* ---- making it ---- */

static void bench_target_init(struct bench *bench, size_t index)
{
    const struct plan *plan = bench->env.plan;
    struct bench_target *target = &bench->targets[index];
    target->bench = bench;
    target->plan = &plan->targets[index];
    if (target->plan->tls)
        target->server_name = mem_copy_str(target->plan->host);
    pool_init(&target->pool, (uint32_t)bench->env.slots);
}

static void bench_destroy(struct driver **driver)
{
    struct bench *bench = (struct bench *)*driver;
    struct list *node;
    if (bench == NULL)
        return;
    while ((node = list_pop_head(&bench->all)) != NULL) {
        struct bench_session *session = BR_CONTAINER(node, struct bench_session, all);
        http_session_fini(&session->http);
        buf_fini(&session->rendered);
        bench_batch_fini(&session->events);
        mem_free(session);
    }
    if (bench->resolver != NULL)
        name_resolver_destroy(&bench->resolver);
    for (size_t i = 0; i < bench->env.plan->target_count; i++) {
        pool_fini(&bench->targets[i].pool);
        mem_free(bench->targets[i].server_name);
    }
    if (bench->tls != NULL)
        tls_client_destroy(&bench->tls);
    bench_events_destroy(&bench->events);
    bench_requests_fini(&bench->requests);
    http_client_fini(&bench->client);
    mem_free(bench->targets);
    mem_free(bench);
    *driver = NULL;
}

/* NULL: none. The caller frees. */
static char *bench_file_name(struct bytes path)
{
    return path.len > 0 ? mem_copy_str(path) : NULL;
}

static enum br_err bench_create_tls(struct bench *bench, struct diag *diag)
{
    const struct plan *plan = bench->env.plan;
    bool wanted = false;
    for (size_t i = 0; i < plan->target_count; i++)
        wanted = wanted || plan->targets[i].tls;
    if (!wanted)
        return BR_ERR_NONE;
    char *ca_file = bench_file_name(plan->ca_file);
    char *cert_file = bench_file_name(plan->cert_file);
    char *key_file = bench_file_name(plan->key_file);
    struct tls_client_options options = {.insecure = plan->insecure,
                                         .resume = plan->tls_resume,
                                         .ca_file = ca_file,
                                         .cert_file = cert_file,
                                         .key_file = key_file,
                                         .alpn = "http/1.1"};
    enum br_err err = tls_client_create(&options, &bench->tls, diag);
    mem_free(ca_file);
    mem_free(cert_file);
    mem_free(key_file);
    return err;
}

static const struct http_session_ops *bench_choose_ops(const struct bench *bench)
{
    bool wants_reply = accept_has_paths(&bench->env.plan->events.accept);
    if (bench->env.trace != NULL || (bench->events != NULL && wants_reply))
        return &bench_traced_ops;
    return bench->events != NULL ? &bench_followed_ops : &bench_session_ops;
}

static enum br_err bench_create(const struct driver_env *env, struct driver **out_driver,
                                struct diag *diag)
{
    const struct plan *plan = env->plan;
    struct bench *bench = MEM_NEW(struct bench);
    bench->driver.ops = &drive_bench_http;
    bench->env = *env;
    bench->events = bench_events_create(&bench->env);
    bench->session_ops = bench_choose_ops(bench);
    bench->is_head = bytes_eq(plan->request.method, BYTES("HEAD"));
    list_init(&bench->closed);
    list_init(&bench->all);
    http_client_init(&bench->client, env->loop);
    bench->targets = mem_zalloc(plan->target_count, sizeof(struct bench_target));
    for (size_t i = 0; i < plan->target_count; i++)
        bench_target_init(bench, i);

    struct driver *driver = &bench->driver;
    enum br_err err = bench_requests_init(&bench->requests, plan, diag);
    if (err == BR_ERR_NONE)
        err = name_resolver_create(env->loop, &(struct name_options){0}, &bench->resolver, diag);
    if (err == BR_ERR_NONE)
        err = bench_create_tls(bench, diag);
    if (err != BR_ERR_NONE) {
        bench_destroy(&driver);
        return err;
    }
    *out_driver = driver;
    return BR_ERR_NONE;
}

/* ---- addresses ---- */

static void bench_remark(struct bench *bench, const char *what, const char *why)
{
    if (bench->remark[0] == '\0')
        (void)snprintf(bench->remark, sizeof(bench->remark), "%.100s: %.90s", what, why);
}

static void bench_on_name(struct name_query *query, enum br_err err, const struct sock_addr *addrs,
                          size_t count)
{
    struct bench_target *target = BR_CONTAINER(query, struct bench_target, query);
    struct bench *bench = target->bench;
    target->unresolved = err;
    if (err == BR_ERR_NONE) {
        memcpy(target->addrs, addrs, count * sizeof(*addrs));
        target->addr_count = count;
        source_init(&target->source, &addrs[0], bench->env.slots * (uint64_t)bench->env.shards,
                    (unsigned)bench->env.shard);
    }
    if (--bench->names_open == 0)
        bench->ready(bench->ready_context);
}

static bool bench_use_path(struct bench_target *target)
{
    if (target->plan->unix_path.len == 0)
        return false;
    if (sock_addr_from_path(target->plan->unix_path, &target->addrs[0])) {
        target->addr_count = 1;
        source_init(&target->source, &target->addrs[0], 1, 0);
    } else {
        target->unresolved = BR_ERR_NAME_NOT_FOUND;
    }
    return true;
}

static void bench_prepare(struct driver *driver, driver_ready_fn *ready, void *context)
{
    struct bench *bench = (struct bench *)driver;
    bench->ready = ready;
    bench->ready_context = context;
    /* One more than there are names, so that answers inside name_resolve do not end it early. */
    bench->names_open = 1;
    for (size_t i = 0; i < bench->env.plan->target_count; i++) {
        struct bench_target *target = &bench->targets[i];
        if (bench_use_path(target))
            continue;
        bench->names_open++;
        name_query_init(&target->query, bench_on_name);
        const struct plan_target *plan = target->plan;
        struct bytes host = plan->address.len > 0 ? plan->address : plan->host;
        name_resolve(bench->resolver, &target->query, host, plan->port, NAME_PREFER_IPV4);
    }
    if (--bench->names_open == 0)
        ready(context);
}

/* ---- sessions ---- */

static struct bench_session *bench_session_make(struct bench *bench)
{
    struct list *node = list_pop_head(&bench->closed);
    if (node != NULL)
        return BR_CONTAINER(node, struct bench_session, closed);
    struct bench_session *session = MEM_NEW(struct bench_session);
    session->rx_stamps = bench->sessions++ % BENCH_RX_STAMP_EVERY == 0;
    list_init(&session->closed);
    buf_init(&session->rendered, BENCH_REQUEST_MAX);
    list_push_tail(&bench->all, &session->all);
    http_session_init(&session->http, &bench->client, bench->session_ops);
    return session;
}

static struct block_ops *bench_numbers(struct bench *bench, const struct bench_session *session)
{
    int phase = session->op != NULL ? session->op->phase : bench->env.recorder->phase;
    return block_ops_at(bench->env.recorder->block, phase, (int)(session->target - bench->targets));
}

/* Puts a session away whose connection is gone. */
static void bench_session_drop(struct bench *bench, struct bench_session *session)
{
    if (session->counted)
        bench->conns_open--;
    session->counted = false;
    list_push_head(&bench->closed, &session->closed);
}

static void bench_on_connected(struct http_session *http)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->target->bench;
    session->counted = true;
    session->conn_number = ++bench->conns;
    bench->conns_open++;
    if (bench->conns_open > bench->env.recorder->conns_open_max)
        bench->env.recorder->conns_open_max = bench->conns_open;
    struct block_ops *numbers = bench_numbers(bench, session);
    struct block_phase *phase = &bench->env.recorder->block->phases[session->op->phase];
    numbers->conns_opened++;
    hist_record_ns(&phase->connect, loop_now(bench->env.loop) - http->conn.open_start_ns);
    struct tls_info tls;
    if (http->conn.tls_ns == 0 || !tls_get_info(&http->conn, &tls))
        return;
    hist_record_ns(&phase->handshake, http->conn.tls_ns - http->conn.tcp_ns);
    numbers->tls_resumed += tls.resumed;
}

static void bench_on_idle_closed(struct http_session *http)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->target->bench;
    bench_numbers(bench, session)->conns_closed++;
    bench_session_drop(bench, session);
}

static void bench_on_send(struct http_session *http)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->target->bench;
    if (bench->events != NULL)
        bench_events_send(bench->events, &session->events, http->reply.sent_ns,
                          session->conn_number);
}

/* ---- what --verbose shows, and replies that somebody looks into ---- */

static void bench_trace(struct bench *bench, const char *mark, struct bytes text)
{
    struct buf out;
    buf_init(&out, 4 * (text.len + 1024));
    while (text.len > 0) {
        struct bytes line = bytes_cut(&text, '\n');
        buf_putf(&out, "%s%.*s\n", mark, BYTES_ARG(bytes_trim(line)));
    }
    bench->env.trace(bench->env.trace_context, buf_bytes(&out));
    buf_fini(&out);
}

static void bench_on_head(struct http_session *http, struct bytes head)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    session->traced = 0;
    if (session->target->bench->env.trace != NULL)
        bench_trace(session->target->bench, "< ", head);
}

static void bench_on_body(struct http_session *http, struct bytes part)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->target->bench;
    if (bench->events != NULL && bench_events_wants_reply(bench->events, http->reply.status))
        bench_events_keep_reply(&session->events, part);
    if (bench->env.trace == NULL)
        return;
    size_t room = BENCH_TRACE_BODY_MAX - session->traced;
    struct bytes shown = bytes_make(part.ptr, part.len < room ? part.len : room);
    session->traced += shown.len;
    if (shown.len > 0)
        bench_trace(bench, "", shown);
    if (shown.len < part.len && shown.len > 0)
        bench_trace(bench, "", BYTES("[the rest of the body is not shown]"));
}

/* ---- operations ---- */

static struct http_exchange bench_exchange(const struct bench *bench,
                                           const struct bench_session *session)
{
    const struct plan *plan = bench->env.plan;
    const struct op *op = session->op;
    return (struct http_exchange){
        .request = session->request,
        .is_head = bench->is_head,
        .may_keep_alive = plan->keep_alive,
        .deadline_ns = op->begun_ns + plan->timeout_ns,
        .deadline_connect_ns =
            plan->timeout_connect_ns > 0 ? op->begun_ns + plan->timeout_connect_ns : INT64_MAX,
        .timeout_first_ns = plan->timeout_first_ns,
    };
}

static void bench_connect(struct bench *bench, struct bench_session *session)
{
    struct bench_target *target = session->target;
    struct http_exchange exchange = bench_exchange(bench, session);
    struct conn_target where = {
        .addr = &target->addrs[target->addr_at],
        .source = source_pick(&target->source),
        .tls = target->plan->tls ? bench->tls : NULL,
        .server_name = target->server_name,
        .rx_stamps = session->rx_stamps,
    };
    http_session_connect(&session->http, &target->pool, &where, &exchange);
}

/* As soon as one socket asks for stamps the kernel makes them for every packet of the machine, some
 * 2 % of what a request costs it. An open model pays that at its own rate; where the rate is what
 * is being measured, a tenth of the time has to do. */
static void bench_sample_stamps(const struct bench *bench, struct bench_session *session,
                                int64_t now_ns)
{
    bool on = now_ns % BENCH_STAMP_PERIOD_NS < BENCH_STAMP_ON_NS;
    struct conn *conn = &session->http.conn;
    if (bench->env.plan->load.model == PLAN_CLOSED && conn->rx_stamps != on)
        conn_set_rx_stamps(conn, on);
}

/* What cannot even be begun. */
static void bench_refuse(struct bench *bench, struct op *op, enum br_err err)
{
    if (bench->requests.wrong.err != BR_ERR_NONE)
        bench_remark(bench, "--data", bench->requests.wrong.text);
    op->err = err;
    op->done_ns = loop_now(bench->env.loop);
    exec_op_done(bench->driver.exec, op);
}

static enum br_err bench_render(struct bench *bench, struct bench_session *session)
{
    struct bench_fill fill = {0};
    const struct op *op = session->op;
    int64_t wall_ns = bench->env.plan->templates != NULL ? clock_wall_ns() : 0;
    enum br_err err = BR_ERR_NONE;
    if (bench->events != NULL)
        err = bench_events_begin(bench->events, op, &session->events, &fill);
    if (err == BR_ERR_NONE)
        err = bench_requests_render(&bench->requests, op->target, op->k, wall_ns, &fill,
                                    &session->rendered, &session->request);
    if (err == BR_ERR_NONE && bench->events != NULL)
        bench_events_look(bench->events, &session->events, session->request);
    if (BR_UNLIKELY(bench->env.trace != NULL) && err == BR_ERR_NONE)
        bench_trace(bench, "> ", session->request);
    return err;
}

static void bench_start(struct driver *driver, struct op *op)
{
    struct bench *bench = (struct bench *)driver;
    struct bench_target *target = &bench->targets[op->target];
    if (BR_UNLIKELY(target->addr_count == 0)) {
        if (bench->events != NULL)
            bench_events_skip(bench->events, op, loop_now(bench->env.loop));
        bench_refuse(bench, op, target->unresolved);
        return;
    }
    struct pool_node *node = pool_take(&target->pool);
    struct bench_session *session = node != NULL
                                        ? BR_CONTAINER(node, struct bench_session, http.pooled)
                                        : bench_session_make(bench);
    session->target = target;
    session->op = op;
    op->session = session;
    enum br_err err = bench_render(bench, session);
    if (BR_UNLIKELY(err != BR_ERR_NONE)) {
        session->op = NULL;
        if (bench->events != NULL)
            bench_events_drop(bench->events, &session->events, loop_now(bench->env.loop));
        if (node != NULL)
            pool_give(&target->pool, node);
        else
            bench_session_drop(bench, session);
        bench_refuse(bench, op, err);
        return;
    }
    if (node != NULL) {
        if (session->rx_stamps)
            bench_sample_stamps(bench, session, op->begun_ns);
        struct http_exchange exchange = bench_exchange(bench, session);
        http_session_start(&session->http, &exchange);
        return;
    }
    session->addrs_tried = 1;
    bench_connect(bench, session);
}

/* No byte was sent: another source port or another address of the target may do. */
static bool bench_try_elsewhere(struct bench_session *session, enum br_err err)
{
    struct bench_target *target = session->target;
    if (err == BR_ERR_NO_PORTS)
        return source_move(&target->source);
    if (err_class(err) != ERR_CLASS_conn || session->addrs_tried >= target->addr_count)
        return false;
    session->addrs_tried++;
    target->addr_at = (target->addr_at + 1) % target->addr_count;
    return true;
}

static void bench_on_unsent(struct bench *bench, struct bench_session *session, enum br_err err)
{
    if (err == BR_ERR_INTERRUPTED)
        return;
    bench_numbers(bench, session)->conns_failed++;
    if (err_class(err) == ERR_CLASS_tls)
        bench_remark(bench, err_text(err), tls_client_failure(bench->tls));
}

static void bench_on_done(struct http_session *http, enum br_err err)
{
    struct bench_session *session = BR_CONTAINER(http, struct bench_session, http);
    struct bench *bench = session->target->bench;
    struct op *op = session->op;
    const struct http_reply *reply = &http->reply;

    if (BR_UNLIKELY(err != BR_ERR_NONE) && reply->sent_ns == 0) {
        if (bench_try_elsewhere(session, err)) {
            bench_connect(bench, session);
            return;
        }
        bench_on_unsent(bench, session, err);
    }
    op->sent_ns = reply->sent_ns;
    op->done_ns = reply->done_ns;
    op->receive_lag_ns = reply->receive_lag_ns;
    op->status = reply->status;
    op->bytes_sent = reply->bytes_sent;
    op->bytes_received = reply->bytes_received;
    op->err = err;
    if (err == BR_ERR_NONE && accept_is_failure(&bench->env.plan->events.accept, reply->status))
        op->err = BR_ERR_STATUS;
    if (reply->stamp_missing)
        bench_numbers(bench, session)->late_replies++;
    session->op = NULL;
    if (bench->events != NULL)
        bench_events_end(bench->events, &session->events, op);
    if (!http_session_is_open(http))
        bench_session_drop(bench, session);
    exec_op_done(bench->driver.exec, op);
}

static void bench_abort(struct driver *driver, struct op *op, enum br_err err)
{
    struct bench_session *session = op->session;
    (void)driver;
    http_session_cancel(&session->http, err);
}

static const char *bench_get_remark(const struct driver *driver)
{
    const struct bench *bench = (const struct bench *)driver;
    if (bench->remark[0] == '\0')
        return bench->events == NULL ? NULL : bench_events_remark(bench->events);
    return bench->remark;
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
    .remark = bench_get_remark,
    .conns_open = bench_conns_open,
    .destroy = bench_destroy,
};
