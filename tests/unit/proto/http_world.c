/* SPDX-License-Identifier: Apache-2.0
 *
 * The handler says what it saw: "METHOD path [body] size fields X-value".
 */
#include "http_world.h"

#include <errno.h>

#include "base/must.h"

struct world_call {
    struct wheel_timer timer;
    uint16_t status;
    size_t len;
    char body[256];
};

static void world_reply(struct http_server_session *session)
{
    struct world_call *call = http_server_extra(session);
    struct h1_header header = {BYTES("X-From"), BYTES("world")};
    struct http_answer answer = {
        .status = call->status,
        .headers = &header,
        .header_count = 1,
        .body = bytes_make(call->body, call->len),
    };
    http_server_reply(session, &answer);
}

static void world_on_timer(struct wheel_timer *timer, void *context)
{
    (void)timer;
    world_reply(context);
}

static void world_reply_raw(struct http_server_session *session)
{
    if (http_server_may_reply_raw(session))
        http_server_reply_raw(session, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw"));
    else
        world_reply(session);
}

static void world_swap(struct world *world, struct http_server_session *session,
                       const struct http_request *request)
{
    if (world->held == NULL) {
        world->held = session;
        return;
    }
    struct http_server_session *held = world->held;
    uint32_t count = request->field_count;
    world->held = NULL;
    world_reply(held);
    /* What follows on the other connection must not have come in between. */
    UNIT_EQ_INT(request->field_count, count);
    UNIT_EQ_BYTES(http_request_field(request, BYTES("x")), BYTES("second"));
    world_reply(session);
}

static void world_act(struct world *world, struct http_server_session *session,
                      const struct http_request *request)
{
    struct world_call *call = http_server_extra(session);
    struct http_answer big = {.status = 200, .body = world->big};
    switch (world->mode) {
    case WORLD_AT_ONCE:
        world_reply(session);
        break;
    case WORLD_LATER:
        wheel_timer_init(&call->timer, world_on_timer, session);
        wheel_arm(&world->loop.wheel, &call->timer, loop_now(&world->loop) + CLOCK_NS_PER_MS);
        break;
    case WORLD_NEVER:
        break;
    case WORLD_RESET:
        http_server_drop(session, false);
        break;
    case WORLD_DROP:
        http_server_drop(session, true);
        break;
    case WORLD_RAW:
        world_reply_raw(session);
        break;
    case WORLD_BIG:
        http_server_reply(session, &big);
        break;
    case WORLD_SWAP:
        world_swap(world, session, request);
        break;
    }
}

static void world_on_request(struct http_server_session *session,
                             const struct http_request *request)
{
    struct world *world = http_server_context(session);
    struct world_call *call = http_server_extra(session);
    int shown = request->body.len < WORLD_BODY_MAX ? (int)request->body.len : WORLD_BODY_MAX;
    struct bytes path = http_request_path(request);
    struct bytes x = http_request_field(request, BYTES("x"));
    int len = snprintf(call->body, sizeof(call->body), "%.*s %.*s [%.*s] %zu %u %.*s",
                       BYTES_ARG(request->method), BYTES_ARG(path), shown, request->body.ptr,
                       (size_t)request->body_size, request->field_count, BYTES_ARG(x));
    UNIT_OK(request->read_ns <= clock_now_ns());
    UNIT_OK(request->arrived_ns <= request->read_ns);
    MUST(len > 0 && (size_t)len < sizeof(call->body));
    call->len = (size_t)len;
    call->status = world->status;
    world->last = *request;
    world_act(world, session, request);
}

static void world_on_end(struct http_server_session *session, enum br_err err)
{
    struct world *world = http_server_context(session);
    struct world_call *call = http_server_extra(session);
    world->ended[err]++;
    if (call->timer.fire != NULL)
        wheel_disarm(&world->loop.wheel, &call->timer);
    if (world->held == session)
        world->held = NULL;
}

static void world_on_part(struct http_server_session *session, struct bytes part)
{
    struct world *world = http_server_context(session);
    world->parts += part.len;
}

static void world_on_open(struct http_server_session *session)
{
    struct world *world = http_server_context(session);
    world->opened++;
}

static void world_on_close(struct http_server_session *session, enum br_err err)
{
    struct world *world = http_server_context(session);
    world->closed++;
    world->closed_by[err]++;
}

static const struct http_server_ops world_ops = {
    .on_open = world_on_open,
    .on_part = world_on_part,
    .on_request = world_on_request,
    .on_end = world_on_end,
    .on_close = world_on_close,
};

void world_init(struct world *world, enum world_mode mode, enum http_body_mode body_mode)
{
    struct http_server_config config = {
        .ops = &world_ops,
        .context = world,
        .extra_size = sizeof(struct world_call),
        .body_size_max = 100000,
        .body_mode = body_mode,
        .rx_stamps = true,
    };
    struct sock_addr addr;
    *world = (struct world){.mode = mode, .status = 200};
    UNIT_EQ_INT(loop_init(&world->loop, NULL), BR_ERR_NONE);
    world->server = http_server_create(&world->loop, &config);
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    UNIT_EQ_INT(http_server_listen(world->server, &addr, &world->addr, NULL), BR_ERR_NONE);
}

void world_fini(struct world *world)
{
    http_server_destroy(&world->server);
    loop_fini(&world->loop);
}

int world_connect(struct world *world)
{
    int fd = sock_open(world->addr.u.any.sa_family);
    UNIT_OK(fd != -1);
    UNIT_OK(sock_connect(fd, &world->addr) == 0 || errno == EINPROGRESS);
    return fd;
}

void world_send(int fd, struct bytes text)
{
    ssize_t sent;
    do {
        sent = sock_send(fd, text.ptr, text.len);
    } while (sent == -1 && errno == EAGAIN);
    UNIT_EQ_INT(sent, text.len);
}

void world_turn(struct world *world)
{
    loop_turn(&world->loop, clock_now_ns() + CLOCK_NS_PER_MS / 4);
}

int world_read(int fd, struct buf *in)
{
    char room[8192];
    ssize_t got = sock_recv(fd, room, sizeof(room));
    if (got > 0)
        UNIT_EQ_INT(buf_append(in, bytes_make(room, (size_t)got)), BR_ERR_NONE);
    if (got >= 0)
        return got > 0;
    return errno == EAGAIN || errno == ENOTCONN ? 1 : -1;
}

int world_read_until(struct world *world, int fd, struct buf *in, size_t len)
{
    int64_t end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;
    int open = 1;
    while (open == 1 && in->len < len) {
        UNIT_OK(clock_now_ns() < end_ns);
        world_turn(world);
        open = world_read(fd, in);
    }
    return open;
}
