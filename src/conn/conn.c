/* SPDX-License-Identifier: Apache-2.0
 *
 * What all stacks share: opening them layer by layer, registering with the poller, delivering
 * callbacks. A callback may close or free the connection it is for; `gone` points into the frame
 * that has to know. Where nothing is left to do after the callback there is no such frame: that is
 * the usual turn of a plain connection.
 *
 * The timer `again` serves what no socket event will: data that a layer holds back decrypted, a
 * unix listener with a full queue, a poller that refused to take a socket back.
 */
#include "conn/conn.h"

#include <stddef.h>

#include "base/must.h"
#include "conn/tcp.h"
#include "conn/tls_layer.h"
#include "sys/clock.h"

enum {
    CONN_DELIVER_MAX = 16, /* on_readable in a row before other connections have their turn */
    CONN_RETRY_NS = 2 * CLOCK_NS_PER_MS,
};

_Static_assert(offsetof(struct conn, loop) <= 64, "what an operation touches is one cache line");

static void conn_ready(struct loop_watch *watch, unsigned events);
static void conn_again(struct wheel_timer *timer, void *context);

void conn_init(struct conn *conn, struct loop *loop, const struct conn_ops *ops)
{
    *conn = (struct conn){.loop = loop, .ops = ops, .state = CONN_CLOSED};
    conn->watch.fd = -1;
    wheel_timer_init(&conn->again, conn_again, conn);
}

/* Registers for exactly `events`; for none of them it leaves the poller, which would report a
 * hang-up for ever otherwise. */
static enum br_err conn_watch(struct conn *conn, unsigned events)
{
    int fd = conn->watch.fd;
    if (events == conn->watch.events)
        return BR_ERR_NONE;
    if (conn->watch.events == 0)
        return loop_watch_add(conn->loop, &conn->watch, fd, events, conn_ready);
    if (events != 0) {
        loop_watch_change(conn->loop, &conn->watch, events);
        return BR_ERR_NONE;
    }
    loop_watch_remove(conn->loop, &conn->watch);
    conn->watch.fd = fd;
    conn->watch.events = 0;
    return BR_ERR_NONE;
}

/* In the open state: what the owner wants to hear of. */
static enum br_err conn_watch_wanted(struct conn *conn)
{
    unsigned events = (conn->paused ? 0U : POLLER_IN) | (conn->wants_out ? POLLER_OUT : 0U);
    return conn_watch(conn, events);
}

/* The next turn calls conn_again (at once: delay 0). */
static void conn_arm_again(struct conn *conn, int64_t delay_ns)
{
    wheel_arm(&conn->loop->wheel, &conn->again, loop_now(conn->loop) + delay_ns);
}

static bool conn_has_pending(const struct conn *conn)
{
    return conn->top->ops->has_pending != NULL && conn->top->ops->has_pending(conn->top);
}

void conn_close(struct conn *conn, bool orderly)
{
    if (conn->state == CONN_CLOSED)
        return;
    conn->state = CONN_CLOSED;
    if (conn->gone != NULL) {
        *conn->gone = true;
        conn->gone = NULL;
    }
    wheel_disarm(&conn->loop->wheel, &conn->again);
    struct layer *layer = conn->top;
    conn->top = NULL;
    while (layer != NULL) {
        struct layer *next = layer->next;
        layer->ops->close(layer, orderly);
        layer = next;
    }
}

static void conn_fail(struct conn *conn, enum br_err err)
{
    conn_close(conn, true); /* an alert that says why is not to be cut off by a reset */
    conn->ops->on_open(conn, err);
}

/* The layer that has `below` others under it; NULL above the top. */
static struct layer *conn_layer_above(const struct conn *conn, unsigned below)
{
    unsigned depth = 0;
    for (const struct layer *layer = conn->top; layer != NULL; layer = layer->next)
        depth++;
    if (below >= depth)
        return NULL;
    struct layer *layer = conn->top;
    for (unsigned i = depth - 1; i > below; i--)
        layer = layer->next;
    return layer;
}

/* Whether the stack waits (true) after `result` of its lowest layer that is not up yet. */
static bool conn_opening_waits(struct conn *conn, ssize_t result)
{
    if (result >= 0)
        return false;
    enum br_err err = layer_is_err(result) ? layer_err(result) : conn_watch(conn, conn->want);
    if (err != BR_ERR_NONE)
        conn_fail(conn, err);
    else if (conn->want == 0)
        conn_arm_again(conn, CONN_RETRY_NS);
    return true;
}

static void conn_layer_is_up(struct conn *conn)
{
    conn->opened++;
    if (conn->opened == 1)
        conn->tcp_ns = loop_now(conn->loop);
}

static void conn_continue_opening(struct conn *conn)
{
    struct layer *layer;
    while ((layer = conn_layer_above(conn, conn->opened)) != NULL) {
        ssize_t result = layer->ops->open == NULL ? 0 : layer->ops->open(layer);
        if (conn_opening_waits(conn, result))
            return;
        conn_layer_is_up(conn);
    }
    enum br_err err = conn_watch_wanted(conn);
    if (err != BR_ERR_NONE) {
        conn_fail(conn, err);
        return;
    }
    conn->state = CONN_OPEN;
    if (conn_has_pending(conn))
        conn_arm_again(conn, 0);
    conn->ops->on_open(conn, BR_ERR_NONE);
}

static void conn_start(struct conn *conn)
{
    MUST(conn->state == CONN_CLOSED);
    conn->state = CONN_OPENING;
    conn->want = 0;
    conn->wants_out = false;
    conn->paused = false;
    conn->delivering = false;
    conn->truncated = false;
    conn->opened = 0;
    conn->tcp_ns = 0;
    conn->tls_ns = 0;
    conn->open_start_ns = loop_now(conn->loop);
}

static enum br_err conn_push_tls(struct conn *conn, const struct conn_target *target)
{
    struct layer *layer = NULL;
    enum br_err err = tls_client_layer(target->tls, target->server_name, &layer);
    if (err == BR_ERR_NONE) {
        layer->next = conn->top;
        layer->conn = conn;
        conn->top = layer;
    }
    return err;
}

void conn_connect(struct conn *conn, const struct conn_target *target)
{
    conn_start(conn);
    ssize_t result = tcp_connect(conn, target);
    if (!layer_is_err(result) && target->tls != NULL) {
        enum br_err err = conn_push_tls(conn, target);
        if (err != BR_ERR_NONE)
            result = layer_fail(err);
    }
    if (conn_opening_waits(conn, result))
        return;
    conn_layer_is_up(conn);
    conn_continue_opening(conn);
}

enum br_err conn_accept(struct conn *conn, int fd)
{
    conn_start(conn);
    tcp_accept(conn, fd);
    conn_layer_is_up(conn);
    enum br_err err = conn_watch_wanted(conn);
    if (err != BR_ERR_NONE) {
        conn_close(conn, false);
        return err;
    }
    conn->state = CONN_OPEN;
    return BR_ERR_NONE;
}

enum br_err conn_accept_tls(struct conn *conn, int fd, struct tls_server *server)
{
    conn_start(conn);
    tcp_accept(conn, fd);
    conn_layer_is_up(conn);
    struct layer *layer = NULL;
    enum br_err err = tls_server_layer(server, &layer);
    if (err == BR_ERR_NONE) {
        layer->next = conn->top;
        layer->conn = conn;
        conn->top = layer;
        err = conn_watch_wanted(conn);
    }
    if (err != BR_ERR_NONE)
        conn_close(conn, false);
    return err;
}

void conn_set_rx_stamps(struct conn *conn, bool on)
{
    MUST(conn->state != CONN_CLOSED);
    conn->rx_stamps = sock_set_rx_stamps(conn->watch.fd, on) == 0 && on;
}

/* A stack that holds data back: until it is empty or the owner stops, with a bound per turn. */
static void conn_deliver_pending(struct conn *conn)
{
    bool gone = false;
    conn->gone = &gone;
    conn->delivering = true;
    bool more = true;
    for (int i = 0; more && i < CONN_DELIVER_MAX; i++) {
        conn->ops->on_readable(conn);
        if (gone)
            return;
        more = !conn->paused && conn_has_pending(conn);
    }
    conn->delivering = false;
    conn->gone = NULL;
    if (more)
        conn_arm_again(conn, 0);
}

static void conn_deliver_readable(struct conn *conn)
{
    if (conn->top->ops->has_pending == NULL)
        conn->ops->on_readable(conn);
    else
        conn_deliver_pending(conn);
}

/* False when the connection is gone. POLLER_OUT stays registered while sends stay short. */
static bool conn_deliver_writable(struct conn *conn)
{
    bool gone = false;
    bool was_wanted = conn->wants_out;
    conn->wants_out = false;
    if (was_wanted) {
        conn->gone = &gone;
        conn->ops->on_writable(conn);
        if (gone)
            return false;
        conn->gone = NULL;
    }
    /* Leaving out what is registered cannot fail. */
    if (!conn->wants_out && (conn->watch.events & POLLER_OUT) != 0)
        (void)conn_watch(conn, conn->watch.events & ~(unsigned)POLLER_OUT);
    return true;
}

static void conn_ready(struct loop_watch *watch, unsigned events)
{
    struct conn *conn = BR_CONTAINER(watch, struct conn, watch);
    if (BR_UNLIKELY(conn->state == CONN_OPENING)) {
        conn_continue_opening(conn);
        return;
    }
    if (BR_UNLIKELY((conn->watch.events & POLLER_OUT) != 0) &&
        (events & (POLLER_OUT | POLLER_ERR)) != 0 && !conn_deliver_writable(conn))
        return;
    if ((events & (POLLER_IN | POLLER_ERR)) != 0 && !conn->paused)
        conn_deliver_readable(conn);
}

static void conn_again(struct wheel_timer *timer, void *context)
{
    (void)timer;
    struct conn *conn = context;
    if (conn->state == CONN_OPENING) {
        conn_continue_opening(conn);
        return;
    }
    if (conn_watch_wanted(conn) != BR_ERR_NONE)
        conn_arm_again(conn, CONN_RETRY_NS);
    if (!conn->paused && conn_has_pending(conn))
        conn_deliver_readable(conn);
}

static BR_NOINLINE ssize_t conn_sent_short(struct conn *conn, ssize_t sent)
{
    if (layer_is_err(sent))
        return sent;
    conn->wants_out = true;
    enum br_err err = conn_watch_wanted(conn);
    return err == BR_ERR_NONE ? sent : layer_fail(err);
}

ssize_t conn_send(struct conn *conn, struct bytes bytes)
{
    MUST(conn->state == CONN_OPEN);
    union {
        const char *from;
        void *to;
    } ptr = {bytes.ptr}; /* struct iovec serves reading, too, and knows no const */
    struct iovec part = {ptr.to, bytes.len};
    ssize_t sent = conn->top->ops->send(conn->top, &part, 1);
    return BR_LIKELY(sent == (ssize_t)bytes.len) ? sent : conn_sent_short(conn, sent);
}

ssize_t conn_sendv(struct conn *conn, const struct iovec *parts, int count)
{
    MUST(conn->state == CONN_OPEN);
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += parts[i].iov_len;
    ssize_t sent = conn->top->ops->send(conn->top, parts, count);
    return BR_LIKELY(sent == (ssize_t)len) ? sent : conn_sent_short(conn, sent);
}

ssize_t conn_recv(struct conn *conn, void *bytes, size_t size, int64_t *out_wall_ns)
{
    MUST(conn->state == CONN_OPEN);
    struct layer *top = conn->top;
    ssize_t got = top->ops->recv(top, bytes, size, out_wall_ns);
    /* Who reads outside of on_readable is told of the rest, too. */
    if (top->ops->has_pending != NULL && got > 0 && !conn->delivering && !conn->paused &&
        top->ops->has_pending(top))
        conn_arm_again(conn, 0);
    return got;
}

ssize_t conn_recv_discard(struct conn *conn, void *scratch, size_t size)
{
    MUST(conn->state == CONN_OPEN);
    if (conn->top == &conn->tcp)
        return tcp_recv_discard(conn, scratch, size);
    return conn_recv(conn, scratch, size, NULL);
}

void conn_pause_reading(struct conn *conn, bool paused)
{
    if (conn->state != CONN_OPEN || conn->paused == paused)
        return;
    conn->paused = paused;
    if (conn_watch_wanted(conn) != BR_ERR_NONE)
        conn_arm_again(conn, CONN_RETRY_NS);
    else if (!paused && !conn->delivering && conn_has_pending(conn))
        conn_arm_again(conn, 0);
}
