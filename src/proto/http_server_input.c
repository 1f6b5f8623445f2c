/* SPDX-License-Identifier: Apache-2.0
 *
 * From bytes to requests. The usual case costs no copy: a request that lies whole in the server's
 * receive buffer is parsed and handed over there. What came in pieces is put together in the
 * session's own buffer: the head as sent, behind it the body as decoded.
 */
#include "base/must.h"
#include "proto/http_server_inner.h"
#include "sys/clock.h"

enum {
    /* From so many certain bytes on it pays to let the kernel throw them away (perf.md 2). */
    HTTP_SERVER_DISCARD_MIN = 16 * 1024,
    HTTP_SERVER_SHARES_PER_SEC = 20, /* of a slow reader */
};
#define HTTP_SERVER_OFFSET_AGE_NS CLOCK_NS_PER_SEC
#define HTTP_SERVER_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* When the bytes at hand came. */
struct http_server_times {
    int64_t read_ns;
    int64_t wall_ns; /* the kernel's stamp; 0: none */
};

static int64_t http_server_arrived(struct http_server *server,
                                   const struct http_server_times *times)
{
    if (times->wall_ns == 0)
        return times->read_ns;
    if (times->read_ns - server->wall_offset_at_ns > HTTP_SERVER_OFFSET_AGE_NS ||
        server->wall_offset_at_ns == 0) {
        server->wall_offset_ns = clock_wall_ns() - clock_now_ns();
        server->wall_offset_at_ns = times->read_ns;
    }
    int64_t arrived_ns = times->wall_ns - server->wall_offset_ns;
    return arrived_ns < times->read_ns ? arrived_ns : times->read_ns;
}

static uint16_t http_server_status_of(ssize_t failed)
{
    switch ((enum br_err) - failed) {
    case BR_ERR_WIRE_HEAD_LIMIT:
        return 431;
    case BR_ERR_WIRE_UNSUPPORTED:
        return 501;
    default:
        return 400;
    }
}

static ssize_t http_server_parse_head(struct http_server_session *session, struct bytes input)
{
    struct h1_want want = h1_want_default;
    want.fields = session->server->fields;
    want.fields_size = HTTP_SERVER_FIELDS_SIZE;
    return h1_parse_request(input, &want, &session->scan, &session->head);
}

static struct http_request http_server_request(const struct http_server_session *session,
                                               struct bytes head)
{
    return (struct http_request){
        .method = h1_bytes(head.ptr, session->head.method),
        .target = h1_bytes(head.ptr, session->head.target),
        .head = head,
        .fields = session->server->fields,
        .field_count = session->head.field_count,
        .keep_alive = session->head.keep_alive,
        .minor = session->head.minor,
    };
}

/* The request is whole: `head` as sent, `body` if it was collected. */
static void http_server_hand_over(struct http_server_session *session, struct bytes head,
                                  struct bytes body, const struct http_server_times *times)
{
    struct http_server *server = session->server;
    struct http_request request = http_server_request(session, head);
    request.body = body;
    request.body_size = session->body_size;
    request.read_ns = times->read_ns;
    request.arrived_known = times->wall_ns != 0;
    request.arrived_ns = http_server_arrived(server, times);
    session->close_after = !request.keep_alive;
    session->state = HTTP_SERVER_OWED;
    session->owes = true;
    server->stats.requests++;
    server->config.ops->on_request(session, &request);
}

/* The head is known, in `head`: says whether the message is to be read on. */
static bool http_server_begin_body(struct http_server_session *session, struct bytes head)
{
    struct http_server *server = session->server;
    const struct h1_request *request = &session->head;
    struct bytes method = h1_bytes(head.ptr, request->method);
    session->is_head = bytes_eq(method, BYTES("HEAD"));
    session->body_size = 0;
    h1_body_init(&session->body, (enum h1_framing)request->framing, request->content_length);
    if (BR_UNLIKELY(!request->has_host && request->minor > 0)) {
        http_server_refuse(session, 400);
        return false;
    }
    session->body_mode = (uint8_t)server->config.body_mode;
    if (h1_body_is_done(&session->body))
        return true;
    if (server->config.ops->on_head != NULL) {
        struct http_request begun = http_server_request(session, head);
        session->body_mode = (uint8_t)server->config.ops->on_head(session, &begun);
    }
    bool is_too_large = session->body_mode == HTTP_BODY_COLLECT &&
                        request->content_length > server->config.body_size_max;
    if (is_too_large)
        http_server_refuse(session, 413);
    return !is_too_large;
}

/* Decodes what is there of the body. Bytes used; negative: refused. */
static ssize_t http_server_decode(struct http_server_session *session, struct bytes input)
{
    struct http_server *server = session->server;
    size_t used = 0;
    while (used < input.len && !h1_body_is_done(&session->body)) {
        struct bytes piece;
        ssize_t step = h1_body_decode(&session->body, bytes_skip(input, used), &piece);
        if (step < 0)
            return step;
        used += (size_t)step;
        session->body_size += piece.len;
        if (piece.len == 0)
            continue;
        if (session->body_mode == HTTP_BODY_STREAM && server->config.ops->on_part != NULL)
            server->config.ops->on_part(session, piece);
        if (session->body_mode != HTTP_BODY_COLLECT)
            continue;
        if (session->body_size > server->config.body_size_max ||
            buf_append(&session->kept, piece) != BR_ERR_NONE)
            return -(ssize_t)BR_ERR_WIRE_BODY_LIMIT;
    }
    return (ssize_t)used;
}

/* In BODY: decodes, and hands over at the end. Bytes used. */
static size_t http_server_feed_body(struct http_server_session *session, struct bytes input,
                                    const struct http_server_times *times)
{
    ssize_t used = http_server_decode(session, input);
    if (used < 0) {
        bool is_limit = used == -(ssize_t)BR_ERR_WIRE_BODY_LIMIT;
        http_server_refuse(session, is_limit ? 413 : http_server_status_of(used));
        return input.len;
    }
    if (!h1_body_is_done(&session->body))
        return (size_t)used;
    struct bytes kept = buf_bytes(&session->kept);
    struct bytes head = bytes_make(kept.ptr, session->head_len);
    /* The fields were in the server's array, which others have used since. */
    MUST(http_server_parse_head(session, head) == (ssize_t)session->head_len);
    struct buf message = session->kept;
    buf_init(&session->kept, message.max);
    http_server_hand_over(session, head, bytes_skip(kept, session->head_len), times);
    buf_fini(&message);
    return (size_t)used;
}

/* A head of `len` bytes lies at the beginning of `input`, and the body perhaps behind it. Bytes
 * used. */
static size_t http_server_feed_whole(struct http_server_session *session, struct bytes input,
                                     size_t len, const struct http_server_times *times)
{
    struct bytes head = bytes_make(input.ptr, len);
    if (!http_server_begin_body(session, head))
        return input.len;
    uint64_t body_len = h1_body_discardable(&session->body);
    bool is_plain = h1_body_is_done(&session->body) || session->body.state == H1_BODY_LENGTH;
    if (BR_LIKELY(is_plain && body_len <= input.len - len)) {
        struct bytes body = bytes_make(input.ptr + len, (size_t)body_len);
        session->body_size = body_len;
        if (session->body_mode == HTTP_BODY_STREAM && body.len > 0 &&
            session->server->config.ops->on_part != NULL)
            session->server->config.ops->on_part(session, body);
        if (session->body_mode != HTTP_BODY_COLLECT)
            body = BYTES_NONE;
        http_server_hand_over(session, head, body, times);
        return len + (size_t)body_len;
    }
    if (session->head.expects_continue && len == input.len) {
        ssize_t sent = conn_send(&session->conn, BYTES(HTTP_SERVER_CONTINUE));
        if (sent != (ssize_t)sizeof(HTTP_SERVER_CONTINUE) - 1) {
            http_server_fail(session, BR_ERR_SEND_FAILED);
            return input.len;
        }
    }
    session->state = HTTP_SERVER_BODY;
    session->head_len = (uint32_t)len;
    buf_put(&session->kept, head);
    return len;
}

/* In HEAD: bytes used. */
static size_t http_server_feed_head(struct http_server_session *session, struct bytes input,
                                    const struct http_server_times *times)
{
    size_t had = session->kept.len;
    struct bytes text = input;
    if (BR_UNLIKELY(had > 0)) {
        buf_put(&session->kept, input);
        text = buf_bytes(&session->kept);
    }
    ssize_t len = http_server_parse_head(session, text);
    if (len < 0) {
        http_server_refuse(session, http_server_status_of(len));
        return input.len;
    }
    if (len == 0) {
        if (had == 0)
            buf_put(&session->kept, input);
        return input.len;
    }
    if (BR_LIKELY(had == 0))
        return http_server_feed_whole(session, input, (size_t)len, times);
    /* The message is put together apart, so that the handler's reply finds an empty buffer. */
    struct buf message = session->kept;
    buf_init(&session->kept, message.max);
    size_t used = http_server_feed_whole(session, text, (size_t)len, times);
    buf_fini(&message);
    return used - had;
}

static void http_server_keep_ahead(struct http_server_session *session, struct bytes input,
                                   int64_t read_ns)
{
    buf_put(&session->kept, input);
    session->ahead_ns = read_ns;
    http_server_let_read(session);
}

void http_server_let_read(struct http_server_session *session)
{
    bool has_enough = session->state >= HTTP_SERVER_OWED && session->state <= HTTP_SERVER_WRITING &&
                      session->kept.len >= HTTP_SERVER_AHEAD_MAX;
    conn_pause_reading(&session->conn,
                       has_enough || session->is_resting || session->server->is_paused);
}

/* A slow reader takes its share and rests for the time that it stands for. */
static size_t http_server_share(const struct http_server *server)
{
    uint64_t share = server->read_rate / HTTP_SERVER_SHARES_PER_SEC;
    if (server->read_rate == 0 || share > HTTP_SERVER_RECEIVE_SIZE)
        return HTTP_SERVER_RECEIVE_SIZE;
    return share == 0 ? 1 : (size_t)share;
}

static void http_server_rest(struct http_server_session *session, size_t got)
{
    struct loop *loop = session->server->loop;
    uint64_t rest_ns = (uint64_t)got * (uint64_t)CLOCK_NS_PER_SEC / session->server->read_rate;
    session->is_resting = true;
    wheel_arm(&loop->wheel, &session->rest, loop->now_ns + (int64_t)rest_ns);
    http_server_let_read(session);
}

/* Feeds until the input is used up or a reply is owed; what is left then is kept. */
static void http_server_feed(struct http_server_session *session, struct bytes input,
                             const struct http_server_times *times)
{
    struct http_server *server = session->server;
    MUST(!server->feeding);
    server->feeding = true;
    session->feeding = true;
    while (input.len > 0 && session->state <= HTTP_SERVER_BODY) {
        size_t used = session->state == HTTP_SERVER_HEAD
                          ? http_server_feed_head(session, input, times)
                          : http_server_feed_body(session, input, times);
        input = bytes_skip(input, used);
    }
    server->feeding = false;
    session->feeding = false;
    if (BR_UNLIKELY(session->state >= HTTP_SERVER_DONE)) {
        if (session->state == HTTP_SERVER_DONE)
            http_server_depart(session, input.len > 0);
        else
            http_server_reap(session);
    } else if (BR_UNLIKELY(input.len > 0)) {
        http_server_keep_ahead(session, input, times->read_ns);
    }
}

void http_server_resume(struct http_server_session *session)
{
    struct http_server *server = session->server;
    MUST(session->state == HTTP_SERVER_HEAD);
    if (session->kept.len == 0)
        return;
    if (server->feeding) {
        wheel_arm(&server->loop->wheel, &session->later, server->loop->now_ns);
        return;
    }
    struct buf ahead = session->kept;
    struct http_server_times times = {session->ahead_ns, 0};
    buf_init(&session->kept, ahead.max);
    http_server_let_read(session);
    http_server_feed(session, buf_bytes(&ahead), &times);
    buf_fini(&ahead);
}

/* Large bodies that nobody wants. True when there is nothing else to be done now. */
static bool http_server_discard(struct http_server_session *session)
{
    uint64_t certain = h1_body_discardable(&session->body);
    if (session->body_mode != HTTP_BODY_DISCARD || certain < HTTP_SERVER_DISCARD_MIN)
        return false;
    /* Not the last byte: the end of a message comes by the usual way. */
    uint64_t most = certain - 1;
    size_t room = most < HTTP_SERVER_RECEIVE_SIZE ? (size_t)most : HTTP_SERVER_RECEIVE_SIZE;
    ssize_t got = conn_recv_discard(&session->conn, session->server->receive, room);
    if (got > 0) {
        h1_body_skip(&session->body, (uint64_t)got);
        session->body_size += (uint64_t)got;
        session->server->stats.bytes_received += (uint64_t)got;
    } else if (got == 0 || layer_is_err(got)) {
        http_server_fail(session, got == 0 ? BR_ERR_CLOSED_EARLY : layer_err(got));
    }
    return true;
}

/* The peer has not seen yet that we are done: read on, with a bound. */
static void http_server_linger_on(struct http_server_session *session, size_t got)
{
    session->lingered += got;
    if (session->lingered > HTTP_SERVER_LINGER_MAX) {
        http_server_shut(session, true);
        http_server_reap(session);
    }
}

void http_server_on_readable(struct conn *conn)
{
    struct http_server_session *session = BR_CONTAINER(conn, struct http_server_session, conn);
    struct http_server *server = session->server;
    if (BR_UNLIKELY(session->state == HTTP_SERVER_BODY) && server->read_rate == 0 &&
        http_server_discard(session))
        return;
    struct http_server_times times = {0};
    ssize_t got = conn_recv(conn, server->receive, http_server_share(server), &times.wall_ns);
    times.read_ns = loop_now(server->loop);
    if (BR_UNLIKELY(got <= 0)) {
        if (got != LAYER_AGAIN)
            http_server_fail(session, got == 0 ? BR_ERR_CLOSED_EARLY : layer_err(got));
        return;
    }
    server->stats.bytes_received += (uint64_t)got;
    if (BR_UNLIKELY(server->read_rate > 0))
        http_server_rest(session, (size_t)got);
    struct bytes input = bytes_make(server->receive, (size_t)got);
    /* In HEAD, too, something may wait: for the end of another session's feeding. */
    bool is_ahead = session->state == HTTP_SERVER_OWED || session->state == HTTP_SERVER_WRITING ||
                    wheel_timer_is_armed(&session->later);
    if (BR_LIKELY(!is_ahead))
        http_server_feed(session, input, &times);
    else if (session->state == HTTP_SERVER_LINGER)
        http_server_linger_on(session, input.len);
    else
        http_server_keep_ahead(session, input, times.read_ns);
}

struct bytes http_request_path(const struct http_request *request)
{
    struct bytes rest = request->target;
    for (size_t i = 0; i + 2 < rest.len && rest.ptr[0] != '/'; i++) {
        if (memcmp(rest.ptr + i, "://", 3) != 0)
            continue;
        /* Absolute form: the path begins at the first slash behind the authority. */
        rest = bytes_skip(rest, i + 3);
        size_t slash = bytes_find(rest, '/');
        rest = slash < rest.len ? bytes_skip(rest, slash) : BYTES("/");
    }
    return bytes_cut(&rest, '?');
}

struct bytes http_request_field(const struct http_request *request, struct bytes name)
{
    const struct h1_field *field =
        h1_find_field(request->head.ptr, request->fields, request->field_count, name);
    return field == NULL ? BYTES_NONE : h1_bytes(request->head.ptr, field->value);
}
