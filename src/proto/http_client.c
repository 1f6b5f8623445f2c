/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of a client session. Every way out of an exchange goes through
 * http_session_end, which leaves nothing to do before it tells the owner, since the owner may
 * start the next exchange, or free the session, inside the callback.
 */
#include "proto/http_client.h"

#include "base/mem.h"
#include "base/must.h"
#include "sys/clock.h"

enum {
    HTTP_PARTIAL_MAX = H1_HEAD_SIZE_MAX + HTTP_RECEIVE_SIZE,
    HTTP_DISCARD_MAX = HTTP_RECEIVE_SIZE, /* conn may fall back to reading into the buffer */
};
#define HTTP_OFFSET_AGE_NS CLOCK_NS_PER_SEC

static void http_on_open(struct conn *conn, enum br_err err);
static void http_on_readable(struct conn *conn);
static void http_on_writable(struct conn *conn);
static void http_on_deadline(struct deadline *deadline, void *context);

static const struct conn_ops http_conn_ops = {
    .on_open = http_on_open,
    .on_readable = http_on_readable,
    .on_writable = http_on_writable,
};

/* ---- what a shard shares ---- */

void http_client_init(struct http_client *client, struct loop *loop)
{
    *client = (struct http_client){.loop = loop, .receive = mem_alloc(HTTP_RECEIVE_SIZE)};
}

void http_client_fini(struct http_client *client)
{
    mem_free(client->receive);
    client->receive = NULL;
}

/* How long the bytes lay in the kernel; -1 when the stamp tells nothing. */
static int64_t http_receive_lag(struct http_client *client, int64_t wall_ns, int64_t now_ns)
{
    if (wall_ns == 0)
        return -1;
    if (now_ns - client->wall_offset_at_ns > HTTP_OFFSET_AGE_NS) {
        client->wall_offset_ns = clock_wall_ns() - clock_now_ns();
        client->wall_offset_at_ns = now_ns;
    }
    int64_t lag_ns = now_ns - (wall_ns - client->wall_offset_ns);
    /* The two clocks are read one after the other: a microsecond of disagreement is nothing. */
    if (lag_ns < 0)
        return lag_ns > -20 * CLOCK_NS_PER_US ? 0 : -1;
    return lag_ns;
}

/* ---- life ---- */

void http_session_init(struct http_session *session, struct http_client *client,
                       const struct http_session_ops *ops)
{
    *session = (struct http_session){.client = client, .ops = ops};
    conn_init(&session->conn, client->loop, &http_conn_ops);
    buf_init(&session->partial, HTTP_PARTIAL_MAX);
    pool_node_init(&session->pooled, &session->conn);
    deadline_init(&session->deadline, client->loop, http_on_deadline, session);
}

void http_session_fini(struct http_session *session)
{
    http_session_close(session);
    deadline_fini(&session->deadline);
    buf_fini(&session->partial);
}

static void http_session_shut(struct http_session *session, bool orderly)
{
    conn_close(&session->conn, orderly);
    pool_leave(session->pool, &session->pooled);
    session->state = HTTP_CLOSED;
    buf_fini(&session->partial);
}

void http_session_close(struct http_session *session)
{
    if (session->state != HTTP_CLOSED)
        http_session_shut(session, true);
}

static void http_session_end(struct http_session *session, enum br_err err)
{
    bool keep = err == BR_ERR_NONE && session->head.keep_alive && session->sent_all &&
                session->exchange.may_keep_alive;
    MUST(session->state == HTTP_CONNECTING || session->state >= HTTP_HEAD);
    deadline_clear(&session->deadline);
    if (keep) {
        session->state = HTTP_IDLE;
        pool_give(session->pool, &session->pooled);
    } else {
        http_session_shut(session, err == BR_ERR_NONE);
    }
    session->ops->on_done(session, err);
}

static void http_session_fail(struct http_session *session, enum br_err err)
{
    session->reply.done_ns = loop_now(session->client->loop);
    http_session_end(session, err);
}

void http_session_cancel(struct http_session *session, enum br_err err)
{
    http_session_fail(session, err);
}

/* ---- time-outs ---- */

/* When what goes on now must be over. */
static void http_watch_deadline(struct http_session *session)
{
    int64_t due_ns = session->exchange.deadline_ns;
    int64_t other_ns = INT64_MAX;
    if (session->state == HTTP_CONNECTING)
        other_ns = session->exchange.deadline_connect_ns;
    else if (session->reply.first_byte_ns == 0 && session->exchange.timeout_first_ns > 0)
        other_ns = session->reply.sent_ns + session->exchange.timeout_first_ns;
    deadline_set(&session->deadline, other_ns < due_ns ? other_ns : due_ns);
}

static void http_on_deadline(struct deadline *deadline, void *context)
{
    struct http_session *session = context;
    (void)deadline;
    if (session->state == HTTP_CONNECTING)
        http_session_fail(session, BR_ERR_CONN_TIMEOUT);
    else if (loop_now(session->client->loop) < session->exchange.deadline_ns)
        http_session_fail(session, BR_ERR_TIMEOUT_FIRST);
    else
        http_session_fail(session, BR_ERR_TIMEOUT_TOTAL);
}

/* ---- sending ---- */

static void http_send(struct http_session *session)
{
    ssize_t sent = conn_send(&session->conn, session->unsent);
    if (sent == LAYER_AGAIN)
        return;
    if (layer_is_err(sent)) {
        /* The peer has hung up. It may have said why before: reading will tell, and fail when it
         * did not. */
        session->unsent = BYTES_NONE;
        http_on_readable(&session->conn);
        return;
    }
    session->reply.bytes_sent += (uint64_t)sent;
    session->unsent = bytes_skip(session->unsent, (size_t)sent);
    session->sent_all = session->unsent.len == 0;
}

static void http_begin(struct http_session *session)
{
    session->state = HTTP_HEAD;
    session->scan = (struct h1_scan){0};
    session->head.keep_alive = false;
    session->unsent = session->exchange.request;
    session->reply.sent_ns = loop_now(session->client->loop);
    http_watch_deadline(session);
    if (session->ops->on_send != NULL)
        session->ops->on_send(session);
    http_send(session);
}

static void http_prepare(struct http_session *session, const struct http_exchange *exchange)
{
    session->exchange = *exchange;
    session->sent_all = false;
    session->reply =
        (struct http_reply){.receive_lag_ns = -1, .reused = pool_is_reused(&session->pooled)};
}

void http_session_start(struct http_session *session, const struct http_exchange *exchange)
{
    MUST(session->state == HTTP_IDLE);
    MUST(!pool_is_idle(&session->pooled));
    http_prepare(session, exchange);
    http_begin(session);
}

void http_session_connect(struct http_session *session, struct pool *pool,
                          const struct conn_target *target, const struct http_exchange *exchange)
{
    MUST(session->state == HTTP_CLOSED);
    session->pool = pool;
    pool_enter(pool, &session->pooled);
    http_prepare(session, exchange);
    session->state = HTTP_CONNECTING;
    http_watch_deadline(session);
    conn_connect(&session->conn, target);
}

static void http_on_open(struct conn *conn, enum br_err err)
{
    struct http_session *session = BR_CONTAINER(conn, struct http_session, conn);
    if (err != BR_ERR_NONE) {
        http_session_fail(session, err);
        return;
    }
    if (session->ops->on_connected != NULL)
        session->ops->on_connected(session);
    http_begin(session);
}

static void http_on_writable(struct conn *conn)
{
    struct http_session *session = BR_CONTAINER(conn, struct http_session, conn);
    if (session->state < HTTP_HEAD || session->unsent.len == 0)
        return;
    session->reply.written_ns = loop_now(session->client->loop);
    http_send(session);
}

/* ---- receiving ---- */

/* Something happened on a connection on which nothing goes on. */
static void http_on_idle(struct http_session *session)
{
    if (pool_read_idle(session->pool, &session->pooled) == POOL_IDLE_KEPT)
        return;
    session->state = HTTP_CLOSED;
    session->ops->on_idle_closed(session);
}

/* The peer ended the connection (result 0), or it broke. */
static void http_on_cut(struct http_session *session, ssize_t result)
{
    bool began = session->reply.first_byte_ns != 0;
    if (result == 0 && session->state == HTTP_BODY && h1_body_end(&session->body) == BR_ERR_NONE) {
        /* The body ends with the connection: complete, unless TLS says that it was cut. */
        session->reply.done_ns = loop_now(session->client->loop);
        http_session_end(session, session->conn.truncated ? BR_ERR_CLOSED_EARLY : BR_ERR_NONE);
        return;
    }
    int64_t sent_ns = session->reply.sent_ns;
    int64_t now_ns = loop_now(session->client->loop);
    http_session_fail(session, pool_cut_err(&session->pooled, result, began, sent_ns, now_ns));
}

/* The body's bytes, and the end. Bytes behind the end were not asked for: whatever they are, the
 * connection cannot be used again. */
static void http_feed_body(struct http_session *session, struct bytes input)
{
    while (!h1_body_is_done(&session->body) && input.len > 0) {
        struct bytes piece = BYTES_NONE;
        ssize_t used = h1_body_decode(&session->body, input, &piece);
        if (used < 0) {
            http_session_fail(session, (enum br_err) - used);
            return;
        }
        if (piece.len > 0 && session->ops->on_body != NULL)
            session->ops->on_body(session, piece);
        input = bytes_skip(input, (size_t)used);
    }
    if (!h1_body_is_done(&session->body))
        return;
    if (input.len > 0)
        session->head.keep_alive = false;
    http_session_end(session, BR_ERR_NONE);
}

/* Heads until one that is no interim reply; false when the exchange has ended. The bytes of a head
 * that is not complete are kept. */
static bool http_feed_head(struct http_session *session, struct bytes *input)
{
    for (;;) {
        ssize_t used = h1_parse_response(*input, session->exchange.is_head, &h1_want_default,
                                         &session->scan, &session->head);
        if (used < 0) {
            http_session_fail(session, (enum br_err) - used);
            return false;
        }
        if (used == 0)
            return true;
        if (session->ops->on_head != NULL)
            session->ops->on_head(session, bytes_make(input->ptr, (size_t)used));
        *input = bytes_skip(*input, (size_t)used);
        if (session->head.status >= 200 || session->head.status == 101)
            break;
    }
    session->reply.status = session->head.status;
    session->state = HTTP_BODY;
    h1_body_init(&session->body, (enum h1_framing)session->head.framing,
                 session->head.content_length);
    return true;
}

static void http_feed(struct http_session *session, struct bytes input)
{
    bool kept = session->partial.len > 0;
    if (session->state == HTTP_BODY) {
        http_feed_body(session, input);
        return;
    }
    if (kept) {
        if (buf_append(&session->partial, input) != BR_ERR_NONE) {
            http_session_fail(session, BR_ERR_WIRE_HEAD_LIMIT);
            return;
        }
        input = buf_bytes(&session->partial);
    }
    if (!http_feed_head(session, &input))
        return;
    if (session->state == HTTP_HEAD) {
        if (kept)
            buf_consume(&session->partial, session->partial.len - input.len);
        else if (buf_append(&session->partial, input) != BR_ERR_NONE)
            http_session_fail(session, BR_ERR_WIRE_HEAD_LIMIT);
        return;
    }
    if (!kept) {
        http_feed_body(session, input);
        return;
    }
    /* The owner may start the next exchange while the rest of these bytes is looked at: take them
     * away from the session first. */
    struct buf rest = session->partial;
    buf_init(&session->partial, HTTP_PARTIAL_MAX);
    http_feed_body(session, input);
    buf_fini(&rest);
}

/* Of a large body that nobody wants the kernel throws away what it can: half the cost of reading
 * it. */
static bool http_discard(struct http_session *session)
{
    if (session->state != HTTP_BODY || session->ops->on_body != NULL)
        return false;
    uint64_t left = h1_body_discardable(&session->body);
    if (left < HTTP_RECEIVE_SIZE)
        return false;
    size_t size = left < HTTP_DISCARD_MAX ? (size_t)left : HTTP_DISCARD_MAX;
    ssize_t got = conn_recv_discard(&session->conn, session->client->receive, size);
    if (got == LAYER_AGAIN)
        return true;
    if (got <= 0) {
        http_on_cut(session, got);
        return true;
    }
    session->reply.bytes_received += (uint64_t)got;
    session->reply.done_ns = loop_now(session->client->loop);
    h1_body_skip(&session->body, (uint64_t)got);
    if (h1_body_is_done(&session->body))
        http_session_end(session, BR_ERR_NONE);
    return true;
}

static void http_on_readable(struct conn *conn)
{
    struct http_session *session = BR_CONTAINER(conn, struct http_session, conn);
    struct http_client *client = session->client;
    int64_t wall_ns = 0;
    if (session->state == HTTP_IDLE) {
        http_on_idle(session);
        return;
    }
    if (http_discard(session))
        return;
    ssize_t got = conn_recv(conn, client->receive, HTTP_RECEIVE_SIZE, &wall_ns);
    if (got == LAYER_AGAIN)
        return;
    if (got <= 0) {
        http_on_cut(session, got);
        return;
    }
    int64_t now_ns = loop_now(client->loop);
    struct http_reply *reply = &session->reply;
    if (reply->first_byte_ns == 0) {
        reply->first_byte_ns = now_ns;
        if (session->exchange.timeout_first_ns > 0)
            http_watch_deadline(session);
    }
    reply->done_ns = now_ns;
    reply->bytes_received += (uint64_t)got;
    if (conn->rx_stamps) {
        reply->receive_lag_ns = http_receive_lag(client, wall_ns, now_ns);
        reply->stamp_missing = reply->receive_lag_ns < 0;
    }
    http_feed(session, bytes_make(client->receive, (size_t)got));
}
