/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways out. By webhook a message is delivered when its reply says 2xx; by tcp when the kernel
 * took all of its lines, which says nothing of the peer; by file when it was written.
 */
#include "base/mem.h"
#include "base/must.h"
#include "base/units.h"
#include "standin/relay_inner.h"
#include "sys/clock.h"
#include "wire/url.h"

static void relay_on_http_done(struct http_session *http, enum br_err err);
static void relay_on_http_closed(struct http_session *http);
static void relay_on_http_head(struct http_session *http, struct bytes head);
static void relay_on_open(struct conn *conn, enum br_err err);
static void relay_on_readable(struct conn *conn);
static void relay_on_writable(struct conn *conn);
static void relay_on_deadline(struct deadline *deadline, void *context);

static const struct http_session_ops relay_http_ops = {
    .on_done = relay_on_http_done,
    .on_idle_closed = relay_on_http_closed,
    .on_head = relay_on_http_head,
};

static const struct conn_ops relay_conn_ops = {
    .on_open = relay_on_open,
    .on_readable = relay_on_readable,
    .on_writable = relay_on_writable,
};

/* ---- where to ---- */

static enum br_err relay_resolve(const struct url *url, struct sock_addr *out_addr)
{
    struct bytes host = url->host;
    char path[RELAY_PATH_MAX];
    if (url->socket.len > 0) {
        size_t len = url_emit_socket(url, path, sizeof(path));
        bool fits = len <= sizeof(path) && sock_addr_from_path(bytes_make(path, len), out_addr);
        return fits ? BR_ERR_NONE : BR_ERR_PARSE;
    }
    if (bytes_eq_nocase(host, BYTES("localhost")))
        host = BYTES("127.0.0.1");
    return sock_addr_from_ip(host, url->port, out_addr) ? BR_ERR_NONE : BR_ERR_PARSE;
}

static enum br_err relay_open_webhook(struct standin_relay *relay, struct diag *diag)
{
    struct bytes where = relay->config->out.where;
    struct url url;
    enum br_err err = url_parse(where, &url, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (url.tls || relay_resolve(&url, &relay->target) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--out: \"%.*s\" is not plain HTTP to an address; accepted: "
                        "webhook:http://127.0.0.1:8080/path",
                        BYTES_ARG(where));
    size_t target_len = url_emit_target(&url, NULL, 0);
    size_t host_len = url_emit_host(&url, NULL, 0);
    relay->head = mem_alloc(target_len + host_len);
    (void)url_emit_target(&url, relay->head, target_len);
    (void)url_emit_host(&url, relay->head + target_len, host_len);
    relay->url_target = bytes_make(relay->head, target_len);
    relay->url_host = bytes_make(relay->head + target_len, host_len);
    return BR_ERR_NONE;
}

enum br_err relay_out_open(struct standin_relay *relay, struct diag *diag)
{
    const struct relay_out *out = &relay->config->out;
    struct diag why = DIAG_INIT;
    if (out->kind == RELAY_OUT_WEBHOOK)
        return relay_open_webhook(relay, diag);
    if (out->kind == RELAY_OUT_TCP) {
        enum br_err err = sock_addr_parse(out->where, &relay->target, &why);
        return err == BR_ERR_NONE ? err : diag_set(diag, BR_ERR_CONFIG, "--out: %s", why.text);
    }
    char *path = mem_copy_str(out->where);
    enum br_err err = file_out_open(&relay->file, path, FILE_APPEND, diag);
    mem_free(path);
    return err;
}

enum br_err relay_out_close(struct standin_relay *relay, struct diag *diag)
{
    mem_free(relay->head);
    if (relay->file.fd == -1 || file_out_close(&relay->file) == BR_ERR_NONE)
        return BR_ERR_NONE;
    return diag_set_errno(diag, BR_ERR_IO, relay->file.saved_errno, "cannot write all of %.*s",
                          BYTES_ARG(relay->config->out.where));
}

void relay_out_init(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    http_session_init(&worker->http, &relay->client, &relay_http_ops);
    pool_init(&worker->pool, 1);
    conn_init(&worker->conn, relay->loop, &relay_conn_ops);
    deadline_init(&worker->deadline, relay->loop, relay_on_deadline, worker);
}

void relay_out_fini(struct relay_worker *worker)
{
    http_session_fini(&worker->http);
    pool_fini(&worker->pool);
    conn_close(&worker->conn, true);
    deadline_fini(&worker->deadline);
}

/* ---- messages ---- */

/* On one line: JSON knows line breaks as blanks only. */
static void relay_put_line(struct buf *out, const struct relay_event *event)
{
    size_t start = out->len;
    buf_put(out, bytes_make(event->text, event->len));
    for (size_t i = start; i < out->len; i++) {
        if (out->data[i] == '\n' || out->data[i] == '\r')
            out->data[i] = ' ';
    }
    buf_put_str(out, "\n");
}

static void relay_put_array(struct buf *out, struct list *events)
{
    const char *before = "[";
    for (struct list *node = events->next; node != events; node = node->next) {
        const struct relay_event *event = relay_event_of(node);
        buf_put_str(out, before);
        buf_put(out, bytes_make(event->text, event->len));
        before = ",";
    }
    buf_put_str(out, "]");
}

static void relay_put_lines(struct buf *out, struct list *events)
{
    for (struct list *node = events->next; node != events; node = node->next)
        relay_put_line(out, relay_event_of(node));
}

static size_t relay_text_size(struct list *events)
{
    size_t size = 2;
    for (struct list *node = events->next; node != events; node = node->next)
        size += relay_event_of(node)->len + 1;
    return size;
}

static void relay_compose_request(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    struct list *going = &worker->going;
    bool is_one = going->next->next == going;
    bool is_json = true;
    for (struct list *node = going->next; node != going; node = node->next)
        is_json = is_json && relay_event_of(node)->is_json;
    struct h1_header type = {BYTES("Content-Type"), BYTES("text/plain; charset=utf-8")};
    if (is_json)
        type.value = BYTES("application/json");
    size_t size = relay_text_size(going);
    if (is_one)
        size = relay_event_of(going->next)->len;
    else
        size -= !is_json ? 2 : 1; /* n lines, or n - 1 commas and the brackets */
    struct h1_request_text text = {
        .method = BYTES("POST"),
        .target = relay->url_target,
        .host = relay->url_host,
        .headers = &type,
        .header_count = 1,
        .framing = H1_FRAMING_LENGTH,
        .content_length = size,
    };
    size_t head_len = h1_emit_request(NULL, 0, &text);
    MUST(buf_reserve(&worker->message, head_len + size) == BR_ERR_NONE);
    (void)h1_emit_request(worker->message.data, head_len, &text);
    worker->message.len = head_len;
    if (is_one)
        buf_put(&worker->message,
                bytes_make(relay_event_of(going->next)->text, relay_event_of(going->next)->len));
    else if (is_json)
        relay_put_array(&worker->message, going);
    else
        relay_put_lines(&worker->message, going);
    MUST(worker->message.len == head_len + size);
}

void relay_out_compose(struct relay_worker *worker)
{
    buf_clear(&worker->message);
    if (worker->relay->config->out.kind == RELAY_OUT_WEBHOOK)
        relay_compose_request(worker);
    else
        relay_put_lines(&worker->message, &worker->going);
}

/* ---- webhook ---- */

static void relay_send_http(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    int64_t now_ns = loop_now(relay->loop);
    struct http_exchange exchange = {
        .request = buf_bytes(&worker->message),
        .may_keep_alive = true,
        .deadline_ns = now_ns + relay->config->timeout_ns,
        .deadline_connect_ns = INT64_MAX,
    };
    struct conn_target target = {.addr = &relay->target};
    worker->retry_after_ns = 0;
    if (pool_take(&worker->pool) != NULL)
        http_session_start(&worker->http, &exchange);
    else
        http_session_connect(&worker->http, &worker->pool, &target, &exchange);
}

static bool relay_may_retry(int status)
{
    return status >= 500 || status == 408 || status == 425 || status == 429;
}

static void relay_on_http_done(struct http_session *http, enum br_err err)
{
    struct relay_worker *worker = BR_CONTAINER(http, struct relay_worker, http);
    int status = http->reply.status;
    if (err == BR_ERR_NONE && status >= 200 && status < 300)
        relay_worker_sent(worker);
    else if (err == BR_ERR_NONE)
        relay_worker_failed(worker, relay_may_retry(status), (uint16_t)status,
                            worker->retry_after_ns, false);
    else
        relay_worker_failed(worker, true, 0, 0, err == BR_ERR_KEEPALIVE_CLOSED);
}

static void relay_on_http_closed(struct http_session *http)
{
    (void)http;
}

/* Retry-After in seconds (RFC 9110 10.2.3); the other form, a date, is not obeyed. */
static void relay_on_http_head(struct http_session *http, struct bytes head)
{
    struct relay_worker *worker = BR_CONTAINER(http, struct relay_worker, http);
    uint64_t seconds;
    while (head.len > 0) {
        struct bytes value = bytes_cut(&head, '\n');
        struct bytes name = bytes_cut(&value, ':');
        if (bytes_eq_nocase(name, BYTES("Retry-After")) &&
            units_parse_integer(bytes_trim(value), &seconds, NULL) == BR_ERR_NONE)
            worker->retry_after_ns =
                seconds < 86400 ? (int64_t)seconds * CLOCK_NS_PER_SEC : DIST_SAMPLE_MAX_NS;
    }
}

/* ---- tcp ---- */

static void relay_tcp_end(struct relay_worker *worker, bool is_sent)
{
    deadline_clear(&worker->deadline);
    if (is_sent) {
        relay_worker_sent(worker);
        return;
    }
    conn_close(&worker->conn, false);
    relay_worker_failed(worker, true, 0, 0, false);
}

static void relay_tcp_go_on(struct relay_worker *worker)
{
    ssize_t sent = conn_send(&worker->conn, worker->unsent);
    if (sent == LAYER_AGAIN)
        return;
    if (sent < 0) {
        relay_tcp_end(worker, false);
        return;
    }
    worker->unsent = bytes_skip(worker->unsent, (size_t)sent);
    if (worker->unsent.len == 0)
        relay_tcp_end(worker, true);
}

static void relay_send_tcp(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    struct conn_target target = {.addr = &relay->target};
    worker->unsent = buf_bytes(&worker->message);
    deadline_set(&worker->deadline, loop_now(relay->loop) + relay->config->timeout_ns);
    if (worker->conn.state == CONN_OPEN)
        relay_tcp_go_on(worker);
    else
        conn_connect(&worker->conn, &target);
}

static void relay_on_open(struct conn *conn, enum br_err err)
{
    struct relay_worker *worker = BR_CONTAINER(conn, struct relay_worker, conn);
    if (err == BR_ERR_NONE)
        relay_tcp_go_on(worker);
    else
        relay_tcp_end(worker, false);
}

/* What the peer says is of no interest, but that it goes away is. */
static void relay_on_readable(struct conn *conn)
{
    struct relay_worker *worker = BR_CONTAINER(conn, struct relay_worker, conn);
    char scratch[1024];
    ssize_t got = conn_recv(conn, scratch, sizeof(scratch), NULL);
    if (got > 0 || got == LAYER_AGAIN)
        return;
    if (worker->work == RELAY_SENDING)
        relay_tcp_end(worker, false);
    else
        conn_close(conn, true);
}

static void relay_on_writable(struct conn *conn)
{
    struct relay_worker *worker = BR_CONTAINER(conn, struct relay_worker, conn);
    if (worker->work == RELAY_SENDING)
        relay_tcp_go_on(worker);
}

static void relay_on_deadline(struct deadline *deadline, void *context)
{
    struct relay_worker *worker = context;
    (void)deadline;
    if (worker->work == RELAY_SENDING)
        relay_tcp_end(worker, false);
}

/* ---- any ---- */

void relay_out_send(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    switch (relay->config->out.kind) {
    case RELAY_OUT_WEBHOOK:
        relay_send_http(worker);
        return;
    case RELAY_OUT_TCP:
        relay_send_tcp(worker);
        return;
    case RELAY_OUT_FILE:
        if (file_out_write(&relay->file, buf_bytes(&worker->message)) == BR_ERR_NONE)
            relay_worker_sent(worker);
        else
            relay_worker_failed(worker, true, 0, 0, false);
        return;
    }
}
