/* SPDX-License-Identifier: Apache-2.0
 *
 * Listeners, and the life of sessions. Many are accepted a wake (a load generator's connections
 * come all at once), with a bound, so that those which are there already have their turn. When
 * descriptors run out the listener rests for a moment: the poller would report it for ever.
 */
#include "proto/http_server.h"

#include <errno.h>

#include "base/mem.h"
#include "base/must.h"
#include "conn/tls.h"
#include "proto/http_server_inner.h"
#include "sys/clock.h"

enum {
    HTTP_SERVER_BACKLOG = 4096,
    HTTP_SERVER_ACCEPT_MAX = 256, /* a wake */
    HTTP_SERVER_REST_NS = 20 * CLOCK_NS_PER_MS,
};

static void http_server_begin(struct http_server_session *session);

/* Of TLS: what is accepted plain is open at once. */
static void http_server_on_open(struct conn *conn, enum br_err err)
{
    struct http_server_session *session = BR_CONTAINER(conn, struct http_server_session, conn);
    if (err == BR_ERR_NONE) {
        http_server_begin(session);
        return;
    }
    session->server->stats.accept_failed++;
    http_server_fail(session, err);
}

static const struct conn_ops http_server_conn_ops = {
    .on_open = http_server_on_open,
    .on_readable = http_server_on_readable,
    .on_writable = http_server_on_writable,
};

/* ---- sessions ---- */

static size_t http_server_session_size(const struct http_server *server)
{
    return sizeof(struct http_server_session) + server->config.extra_size;
}

static void http_server_on_later(struct wheel_timer *timer, void *context)
{
    (void)timer;
    struct http_server_session *session = context;
    if (session->state == HTTP_SERVER_HEAD) {
        http_server_resume(session);
        return;
    }
    http_server_shut(session, true);
    http_server_reap(session);
}

static void http_server_on_rested(struct wheel_timer *timer, void *context)
{
    (void)timer;
    struct http_server_session *session = context;
    session->is_resting = false;
    http_server_let_read(session);
}

static struct http_server_session *http_server_take_session(struct http_server *server)
{
    size_t size = http_server_session_size(server);
    struct list *spare = list_pop_head(&server->spare);
    struct http_server_session *session =
        spare == NULL ? mem_alloc(size) : BR_CONTAINER(spare, struct http_server_session, node);
    memset(session, 0, size);
    session->server = server;
    buf_init(&session->kept,
             H1_HEAD_SIZE_MAX + HTTP_SERVER_RECEIVE_SIZE + server->config.body_size_max);
    buf_init(&session->unsent_head, HTTP_SERVER_SEND_SIZE);
    wheel_timer_init(&session->later, http_server_on_later, session);
    wheel_timer_init(&session->rest, http_server_on_rested, session);
    conn_init(&session->conn, server->loop, &http_server_conn_ops);
    list_push_tail(&server->sessions, &session->node);
    server->stats.open++;
    return session;
}

void http_server_reap(struct http_server_session *session)
{
    struct http_server *server = session->server;
    if (session->state != HTTP_SERVER_CLOSED || session->feeding)
        return;
    if (server->config.ops->on_close != NULL)
        server->config.ops->on_close(session, (enum br_err)session->ended_by);
    buf_fini(&session->kept);
    buf_fini(&session->unsent_head);
    list_remove(&session->node);
    list_push_head(&server->spare, &session->node);
    server->stats.open--;
}

void http_server_shut(struct http_server_session *session, bool orderly)
{
    wheel_disarm(&session->server->loop->wheel, &session->later);
    wheel_disarm(&session->server->loop->wheel, &session->rest);
    conn_close(&session->conn, orderly);
    session->state = HTTP_SERVER_CLOSED;
    session->owes = false;
}

void http_server_fail(struct http_server_session *session, enum br_err err)
{
    const struct http_server_ops *ops = session->server->config.ops;
    bool owed = session->owes;
    session->ended_by = (uint8_t)err;
    http_server_shut(session, true);
    if (owed) {
        session->server->stats.hung_up++;
        if (ops->on_end != NULL)
            ops->on_end(session, err);
    }
    http_server_reap(session);
}

void http_server_drop(struct http_server_session *session, bool orderly)
{
    MUST(session->owes);
    http_server_shut(session, orderly);
    http_server_reap(session);
}

void http_server_close_idle(struct http_server_session *session)
{
    if (session->state != HTTP_SERVER_HEAD || session->kept.len > 0 || session->feeding)
        return;
    http_server_shut(session, true);
    http_server_reap(session);
}

void *http_server_context(const struct http_server_session *session)
{
    return session->server->config.context;
}

void *http_server_extra(struct http_server_session *session)
{
    return session + 1;
}

/* ---- listeners ---- */

static void http_server_accept_one(struct http_server *server, int fd)
{
    struct http_server_session *session = http_server_take_session(server);
    struct tls_server *tls = server->config.tls;
    server->stats.connections++;
    enum br_err err =
        tls != NULL ? conn_accept_tls(&session->conn, fd, tls) : conn_accept(&session->conn, fd);
    if (err != BR_ERR_NONE) {
        server->stats.accept_failed++;
        session->state = HTTP_SERVER_CLOSED;
        http_server_reap(session);
        return;
    }
    if (tls == NULL)
        http_server_begin(session);
}

/* The connection is open. */
static void http_server_begin(struct http_server_session *session)
{
    struct http_server *server = session->server;
    if (server->config.rx_stamps)
        conn_set_rx_stamps(&session->conn, true);
    if (server->config.ops->on_open != NULL)
        server->config.ops->on_open(session);
    http_server_let_read(session);
}

static void http_listener_ready(struct loop_watch *watch, unsigned events);

/* Watches unless the server is paused; tries again later when the poller refuses. */
static void http_listener_watch(struct http_listener *listener)
{
    struct loop *loop = listener->server->loop;
    if (listener->server->is_paused || listener->is_watched)
        return;
    listener->is_watched = loop_watch_add(loop, &listener->watch, listener->fd, POLLER_IN,
                                          http_listener_ready) == BR_ERR_NONE;
    if (!listener->is_watched)
        wheel_arm(&loop->wheel, &listener->retry, loop_now(loop) + HTTP_SERVER_REST_NS);
}

static void http_listener_unwatch(struct http_listener *listener)
{
    struct loop *loop = listener->server->loop;
    wheel_disarm(&loop->wheel, &listener->retry);
    if (listener->is_watched)
        loop_watch_remove(loop, &listener->watch);
    listener->is_watched = false;
}

static void http_listener_ready(struct loop_watch *watch, unsigned events)
{
    struct http_listener *listener = BR_CONTAINER(watch, struct http_listener, watch);
    struct http_server *server = listener->server;
    (void)events;
    for (int i = 0; i < HTTP_SERVER_ACCEPT_MAX; i++) {
        int fd = sock_accept(listener->fd, NULL);
        if (fd != -1) {
            http_server_accept_one(server, fd);
            continue;
        }
        if (errno != EAGAIN) {
            server->stats.accept_failed++;
            http_listener_unwatch(listener);
            wheel_arm(&server->loop->wheel, &listener->retry,
                      loop_now(server->loop) + HTTP_SERVER_REST_NS);
        }
        return;
    }
}

static void http_listener_retry(struct wheel_timer *timer, void *context)
{
    (void)timer;
    http_listener_watch(context);
}

void http_server_pause(struct http_server *server, bool is_paused)
{
    server->is_paused = is_paused;
    for (struct list *at = server->listeners.next; at != &server->listeners; at = at->next) {
        struct http_listener *listener = BR_CONTAINER(at, struct http_listener, node);
        if (is_paused)
            http_listener_unwatch(listener);
        else
            http_listener_watch(listener);
    }
    for (struct list *at = server->sessions.next; at != &server->sessions; at = at->next)
        http_server_let_read(BR_CONTAINER(at, struct http_server_session, node));
}

void http_server_set_read_rate(struct http_server *server, uint64_t bytes_per_sec)
{
    server->read_rate = bytes_per_sec;
}

static void http_listener_destroy(struct http_listener *listener)
{
    http_listener_unwatch(listener);
    sock_close(listener->fd);
    sock_unlink(&listener->addr);
    list_remove(&listener->node);
    mem_free(listener);
}

enum br_err http_server_listen(struct http_server *server, const struct sock_addr *addr,
                               struct sock_addr *out_bound, struct diag *diag)
{
    char text[SOCK_TEXT_SIZE];
    sock_addr_format(addr, text);
    sock_unlink_stale(addr);
    int fd = sock_listen(addr, HTTP_SERVER_BACKLOG, false);
    if (fd == -1)
        return diag_set_errno(diag, BR_ERR_LISTEN, errno, "cannot listen on %s", text);
    struct http_listener *listener = MEM_NEW(struct http_listener);
    listener->server = server;
    listener->fd = fd;
    wheel_timer_init(&listener->retry, http_listener_retry, listener);
    /* What it accepts inherits them, so that first segments are stamped, too. */
    if (server->config.rx_stamps)
        (void)sock_set_rx_stamps(fd, true);
    enum br_err err =
        loop_watch_add(server->loop, &listener->watch, fd, POLLER_IN, http_listener_ready);
    if (err != BR_ERR_NONE || sock_local_addr(fd, &listener->addr) == -1) {
        int saved_errno = errno;
        if (err == BR_ERR_NONE)
            loop_watch_remove(server->loop, &listener->watch);
        sock_close(fd);
        mem_free(listener);
        return diag_set_errno(diag, BR_ERR_LISTEN, saved_errno, "cannot listen on %s", text);
    }
    listener->is_watched = true;
    list_push_tail(&server->listeners, &listener->node);
    *out_bound = listener->addr;
    return BR_ERR_NONE;
}

/* ---- the server ---- */

struct http_server *http_server_create(struct loop *loop, const struct http_server_config *config)
{
    struct http_server *server = MEM_NEW(struct http_server);
    MUST(config->ops->on_request != NULL);
    server->loop = loop;
    server->config = *config;
    server->receive = mem_alloc(HTTP_SERVER_RECEIVE_SIZE);
    server->send = mem_alloc(HTTP_SERVER_SEND_SIZE);
    server->fields = mem_zalloc(HTTP_SERVER_FIELDS_SIZE, sizeof(*server->fields));
    list_init(&server->sessions);
    list_init(&server->spare);
    list_init(&server->listeners);
    return server;
}

void http_server_destroy(struct http_server **server_ptr)
{
    struct http_server *server = *server_ptr;
    struct list *node;
    if (server == NULL)
        return;
    *server_ptr = NULL;
    while (!list_is_empty(&server->listeners))
        http_listener_destroy(BR_CONTAINER(server->listeners.next, struct http_listener, node));
    while (!list_is_empty(&server->sessions))
        http_server_fail(BR_CONTAINER(server->sessions.next, struct http_server_session, node),
                         BR_ERR_INTERRUPTED);
    while ((node = list_pop_head(&server->spare)) != NULL)
        mem_free(BR_CONTAINER(node, struct http_server_session, node));
    mem_free(server->fields);
    mem_free(server->send);
    mem_free(server->receive);
    mem_free(server);
}

const struct http_server_stats *http_server_stats(const struct http_server *server)
{
    return &server->stats;
}
