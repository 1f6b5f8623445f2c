/* SPDX-License-Identifier: Apache-2.0
 *
 * From replies to bytes: rendered into the server's send buffer and sent at once, which as a rule
 * is the end of it. What the socket does not take is remembered: bodies where they are, a rendered
 * head in a copy.
 */
#include "base/must.h"
#include "proto/http_server_inner.h"
#include "sys/clock.h"

enum { HTTP_SERVER_LINGER_NS = 2 * CLOCK_NS_PER_SEC };

void http_server_depart(struct http_server_session *session, bool has_unread)
{
    struct http_server *server = session->server;
    if (BR_LIKELY(!has_unread && !session->must_linger)) {
        http_server_shut(session, true);
        http_server_reap(session);
        return;
    }
    session->state = HTTP_SERVER_LINGER;
    if (session->conn.top == &session->conn.tcp)
        sock_shutdown_send(session->conn.watch.fd);
    http_server_let_read(session);
    wheel_arm(&server->loop->wheel, &session->later,
              loop_now(server->loop) + HTTP_SERVER_LINGER_NS);
}

/* The reply is written. */
static void http_server_finish(struct http_server_session *session)
{
    const struct http_server_ops *ops = session->server->config.ops;
    buf_fini(&session->unsent_head);
    if (BR_LIKELY(session->owes)) {
        session->owes = false;
        session->server->stats.replies++;
        if (ops->on_end != NULL)
            ops->on_end(session, BR_ERR_NONE);
    }
    session->state = session->close_after ? HTTP_SERVER_DONE : HTTP_SERVER_HEAD;
    if (session->feeding)
        return;
    if (session->close_after)
        http_server_depart(session, session->kept.len > 0);
    else
        http_server_resume(session);
}

/* What was rendered lies in the server's buffer, which others use next. */
static void http_server_keep_unsent(struct http_server_session *session)
{
    struct bytes *first = &session->unsent[0];
    const char *shared = session->server->send;
    session->state = HTTP_SERVER_WRITING;
    if (first->len == 0 || first->ptr < shared || first->ptr >= shared + HTTP_SERVER_SEND_SIZE)
        return;
    buf_put(&session->unsent_head, *first);
    *first = buf_bytes(&session->unsent_head);
}

static ssize_t http_server_send_both(struct conn *conn, const struct bytes unsent[2])
{
    union {
        const char *from;
        void *to;
    } first = {unsent[0].ptr}, second = {unsent[1].ptr};
    struct iovec parts[2] = {{first.to, unsent[0].len}, {second.to, unsent[1].len}};
    return conn_sendv(conn, parts, 2);
}

static void http_server_send(struct http_server_session *session)
{
    struct bytes *unsent = session->unsent;
    ssize_t sent = BR_LIKELY(unsent[1].len == 0) ? conn_send(&session->conn, unsent[0])
                                                 : http_server_send_both(&session->conn, unsent);
    if (BR_UNLIKELY(layer_is_err(sent))) {
        http_server_fail(session, layer_err(sent));
        return;
    }
    size_t count = sent == LAYER_AGAIN ? 0 : (size_t)sent;
    session->server->stats.bytes_sent += count;
    if (BR_LIKELY(count == unsent[0].len + unsent[1].len)) {
        http_server_finish(session);
        return;
    }
    for (int i = 0; i < 2; i++) {
        size_t part = count < unsent[i].len ? count : unsent[i].len;
        unsent[i] = bytes_skip(unsent[i], part);
        count -= part;
    }
    http_server_keep_unsent(session);
}

void http_server_on_writable(struct conn *conn)
{
    struct http_server_session *session = BR_CONTAINER(conn, struct http_server_session, conn);
    if (session->state == HTTP_SERVER_WRITING)
        http_server_send(session);
}

static enum h1_connection http_server_connection(const struct http_server_session *session)
{
    if (session->close_after)
        return H1_CONNECTION_CLOSE;
    return session->head.minor == 0 ? H1_CONNECTION_KEEP_ALIVE : H1_CONNECTION_SILENT;
}

/* Small bodies are copied behind the head: one piece is cheaper than two. */
static void http_server_render(struct http_server_session *session,
                               const struct http_answer *answer)
{
    char *out = session->server->send;
    bool has_body = answer->status != 204 && answer->status != 304;
    struct h1_response_text text = {
        .status = answer->status,
        .headers = answer->headers,
        .header_count = answer->header_count,
        .framing = has_body ? H1_FRAMING_LENGTH : H1_FRAMING_NONE,
        .content_length = answer->body.len,
        .connection = http_server_connection(session),
    };
    size_t len = h1_emit_response(out, HTTP_ANSWER_HEAD_MAX, &text);
    MUST(len <= HTTP_ANSWER_HEAD_MAX);
    struct bytes body = has_body && !session->is_head ? answer->body : BYTES_NONE;
    if (body.len > 0 && body.len <= HTTP_SERVER_SEND_SIZE - len) {
        memcpy(out + len, body.ptr, body.len);
        len += body.len;
        body = BYTES_NONE;
    }
    session->unsent[0] = bytes_make(out, len);
    session->unsent[1] = body;
}

void http_server_reply(struct http_server_session *session, const struct http_answer *answer)
{
    MUST(session->state == HTTP_SERVER_OWED);
    session->close_after |= answer->close;
    http_server_render(session, answer);
    http_server_send(session);
}

bool http_server_may_reply_raw(const struct http_server_session *session)
{
    return !session->close_after && !session->is_head && session->head.minor > 0;
}

void http_server_reply_raw(struct http_server_session *session, struct bytes reply)
{
    MUST(session->state == HTTP_SERVER_OWED);
    MUST(http_server_may_reply_raw(session));
    session->unsent[0] = reply;
    session->unsent[1] = BYTES_NONE;
    http_server_send(session);
}

void http_server_refuse(struct http_server_session *session, uint16_t status)
{
    static const struct h1_header header = {BYTES_INIT("Content-Type"), BYTES_INIT("text/plain")};
    struct http_answer answer = {
        .status = status,
        .headers = &header,
        .header_count = 1,
        .body = h1_reason(status),
    };
    session->server->stats.refused++;
    session->is_head = false;
    session->close_after = true;
    session->must_linger = true;
    http_server_render(session, &answer);
    http_server_send(session);
}
