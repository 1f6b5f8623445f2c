/* SPDX-License-Identifier: Apache-2.0
 *
 * Stream sockets as a layer. Registered once: for POLLER_OUT while connecting (the only way to
 * learn of the outcome), for POLLER_IN ever after; conn.c adds POLLER_OUT after a short send.
 */
#include "conn/tcp.h"

#include <errno.h>

#include "base/mem.h"

static struct conn *tcp_conn(struct layer *layer)
{
    return BR_CONTAINER(layer, struct conn, tcp);
}

static ssize_t tcp_failed(struct conn *conn, unsigned want)
{
    int saved_errno = errno;
    if (BR_LIKELY(saved_errno == EAGAIN)) {
        conn->want = (uint8_t)want;
        return LAYER_AGAIN;
    }
    enum br_err err = sock_err_from_errno(saved_errno, false);
    if (err == BR_ERR_RECV_FAILED && want == POLLER_OUT)
        err = BR_ERR_SEND_FAILED;
    return layer_fail(err);
}

static ssize_t tcp_send(struct layer *layer, const struct iovec *parts, int count)
{
    struct conn *conn = tcp_conn(layer);
    ssize_t sent = BR_LIKELY(count == 1)
                       ? sock_send(conn->watch.fd, parts[0].iov_base, parts[0].iov_len)
                       : sock_sendv(conn->watch.fd, parts, count);
    return BR_LIKELY(sent >= 0) ? sent : tcp_failed(conn, POLLER_OUT);
}

static ssize_t tcp_recv(struct layer *layer, void *bytes, size_t size, int64_t *out_wall_ns)
{
    struct conn *conn = tcp_conn(layer);
    ssize_t got;
    if (conn->rx_stamps && out_wall_ns != NULL) {
        got = sock_recv_stamped(conn->watch.fd, bytes, size, out_wall_ns);
    } else {
        got = sock_recv(conn->watch.fd, bytes, size);
        if (out_wall_ns != NULL)
            *out_wall_ns = 0;
    }
    return BR_LIKELY(got >= 0) ? got : tcp_failed(conn, POLLER_IN);
}

ssize_t tcp_recv_discard(struct conn *conn, void *scratch, size_t size)
{
    if (BR_UNLIKELY(conn->discard == TCP_DISCARD_UNKNOWN)) {
        struct sock_addr addr;
        bool is_tcp = sock_local_addr(conn->watch.fd, &addr) == 0 &&
                      (addr.u.any.sa_family == AF_INET || addr.u.any.sa_family == AF_INET6);
        conn->discard = is_tcp ? TCP_DISCARD_KERNEL : TCP_DISCARD_SCRATCH;
    }
    if (conn->discard == TCP_DISCARD_SCRATCH)
        return tcp_recv(&conn->tcp, scratch, size, NULL);
    ssize_t got = sock_recv_discard(conn->watch.fd, scratch, size);
    return BR_LIKELY(got >= 0) ? got : tcp_failed(conn, POLLER_IN);
}

/* What a call of sock_connect came to. A unix listener whose queue is full answers EAGAIN, and
 * there is nothing to poll for: blocking programs would wait, so we come back (want 0: by time). */
static ssize_t tcp_connect_result(struct conn *conn, const struct sock_addr *addr, int rc)
{
    if (rc == 0)
        return 0;
    if (errno == EINPROGRESS) {
        conn->want = POLLER_OUT;
        return LAYER_AGAIN;
    }
    if (errno != EAGAIN || addr->u.any.sa_family != AF_UNIX)
        return layer_fail(sock_err_from_errno(errno, true));
    if (conn->retry == NULL) {
        conn->retry = MEM_NEW(struct sock_addr);
        *conn->retry = *addr;
    }
    conn->want = 0;
    return LAYER_AGAIN;
}

/* Called when the socket became ready while connecting, or the time to try again has come. */
static ssize_t tcp_open(struct layer *layer)
{
    struct conn *conn = tcp_conn(layer);
    if (conn->retry != NULL)
        return tcp_connect_result(conn, conn->retry, sock_connect(conn->watch.fd, conn->retry));
    int pending = sock_take_error(conn->watch.fd);
    if (pending != 0)
        return layer_fail(sock_err_from_errno(pending, true));
    return 0;
}

static void tcp_close(struct layer *layer, bool orderly)
{
    struct conn *conn = tcp_conn(layer);
    int fd = conn->watch.fd;
    mem_free(conn->retry);
    conn->retry = NULL;
    if (conn->watch.events != 0)
        loop_watch_remove(conn->loop, &conn->watch);
    conn->watch.fd = -1;
    conn->watch.events = 0;
    if (orderly)
        sock_close(fd);
    else
        sock_close_reset(fd);
}

static const struct layer_ops tcp_ops = {
    .name = "tcp",
    .open = tcp_open,
    .send = tcp_send,
    .recv = tcp_recv,
    .close = tcp_close,
};

static void tcp_set_up(struct conn *conn, int fd)
{
    conn->tcp = (struct layer){&tcp_ops, NULL, conn};
    conn->top = &conn->tcp;
    conn->watch.fd = fd;
    conn->watch.events = 0;
}

ssize_t tcp_connect(struct conn *conn, const struct conn_target *target)
{
    int family = target->addr->u.any.sa_family;
    int fd = sock_open(family);
    if (fd == -1)
        return layer_fail(sock_err_from_errno(errno, true));
    tcp_set_up(conn, fd);
    conn->discard = family == AF_UNIX ? TCP_DISCARD_SCRATCH : TCP_DISCARD_KERNEL;
    /* Where the kernel does not stamp, replies have no stamp: those are counted by who uses them.
     */
    conn->rx_stamps = target->rx_stamps && sock_set_rx_stamps(fd, true) == 0;
    if (target->source != NULL && sock_bind_source(fd, target->source) == -1)
        return layer_fail(sock_err_from_errno(errno, true));
    return tcp_connect_result(conn, target->addr, sock_connect(fd, target->addr));
}

void tcp_accept(struct conn *conn, int fd)
{
    tcp_set_up(conn, fd);
    conn->discard = TCP_DISCARD_UNKNOWN;
    conn->rx_stamps = false;
}
