/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets' twin: what sock.h promises, upon simulated descriptors and connections, with the
 * errors Linux gives.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"

enum { SIM_BACKLOG_MIN = 4096 };

static int sim_fail(int error)
{
    errno = error;
    return -1;
}

static void sim_enter_call(size_t len)
{
    const struct sim_cost *cost = &sim.options.cost;
    sim_enter(cost->call_ns + (int64_t)len * cost->byte_ns_1024 / 1024);
}

/* Sockets */

int sock_open(int family)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_open(SIM_FD_STREAM);
    if (fd == NULL)
        return -1;
    fd->family = family;
    return fd->number;
}

int sock_connect(int number, const struct sock_addr *addr)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_get(number);
    MUST(fd->kind == SIM_FD_STREAM);
    MUST(fd->end == NULL);
    MUST(fd->family == addr->u.any.sa_family);
    int error = sim_conn_open(fd, NULL, &fd->bound, addr, &fd->end);
    return sim_fail(error != 0 ? error : EINPROGRESS);
}

int sock_bind_source(int number, const struct sock_addr *source)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_get(number);
    MUST(fd->end == NULL);
    fd->bound = *source;
    return 0;
}

static int sim_end_take_error(struct sim_end *end)
{
    int error = end->error;
    end->error = 0;
    return error;
}

int sock_take_error(int number)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_get(number);
    return fd->end == NULL ? 0 : sim_end_take_error(fd->end);
}

int sock_listen(const struct sock_addr *addr, int backlog, bool reuse_port)
{
    struct sock_addr bound = *addr;
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_open(SIM_FD_LISTENER);
    if (fd == NULL)
        return -1;
    fd->listener =
        sim_listener_add(&bound, backlog < SIM_BACKLOG_MIN ? SIM_BACKLOG_MIN : backlog, reuse_port);
    if (fd->listener == NULL) {
        sim_fd_close(fd);
        return sim_fail(EADDRINUSE);
    }
    fd->listener->fd = fd;
    fd->bound = bound;
    fd->family = addr->u.any.sa_family;
    return fd->number;
}

int sock_accept(int number, struct sock_addr *out_peer)
{
    sim_enter_call(0);
    const struct sim_fd *listener = sim_fd_get(number);
    MUST(listener->kind == SIM_FD_LISTENER);
    if (listener->listener->waiting_count == 0)
        return sim_fail(EAGAIN);
    struct sim_fd *fd = sim_fd_open(SIM_FD_STREAM);
    if (fd == NULL)
        return -1;
    struct sim_conn *conn = sim_listener_accept(listener->listener);
    fd->family = listener->family;
    fd->end = &conn->ends[1];
    conn->ends[1].fd = fd;
    if (out_peer != NULL)
        *out_peer = conn->ends[0].addr;
    return fd->number;
}

int sock_local_addr(int number, struct sock_addr *out_addr)
{
    sim_enter_call(0);
    const struct sim_fd *fd = sim_fd_get(number);
    *out_addr = fd->end != NULL ? fd->end->addr : fd->bound;
    return 0;
}

/* Bytes */

static size_t sim_cut_short(size_t len, double odds)
{
    if (len > 1 && sim_odds(odds))
        return 1 + (size_t)sim_upto((int64_t)len - 2);
    return len;
}

ssize_t sock_sendv(int number, const struct iovec *parts, int count)
{
    size_t len = 0, left;
    for (int i = 0; i < count; i++)
        len += parts[i].iov_len;
    sim_enter_call(len);
    struct sim_end *end = sim_fd_get(number)->end;
    MUST(end != NULL);
    if (end->error != 0)
        return sim_fail(sim_end_take_error(end));
    if (end->is_reset || sim_end_out(end)->fin_sent)
        return sim_fail(EPIPE);
    if (!end->is_open)
        return sim_fail(EAGAIN);
    size_t room = sim_end_room(end);
    if (room == 0 && len > 0)
        return sim_fail(EAGAIN);
    len = sim_cut_short(len < room ? len : room, end->conn->route->link.short_send_odds);
    left = len;
    /* One call is one write, however many parts it has. */
    char *gathered = mem_alloc(len);
    for (int i = 0; i < count && left > 0; i++) {
        size_t step = parts[i].iov_len < left ? parts[i].iov_len : left;
        if (step > 0)
            memcpy(gathered + (len - left), parts[i].iov_base, step);
        left -= step;
    }
    sim_end_send(end, bytes_make(gathered, len));
    mem_free(gathered);
    return (ssize_t)len;
}

ssize_t sock_send(int number, const void *bytes, size_t len)
{
    struct iovec part;
    memcpy(&part.iov_base, &bytes, sizeof(bytes));
    part.iov_len = len;
    return sock_sendv(number, &part, 1);
}

static ssize_t sim_recv(struct sim_fd *fd, void *room, size_t size, int64_t *out_stamp_ns)
{
    struct sim_end *end = fd->end;
    MUST(end != NULL);
    size_t len = sim_end_in(end)->unread.len;
    sim_enter_call(len < size ? len : size);
    len = sim_end_in(end)->unread.len; /* more may have come meanwhile */
    if (len > 0) {
        len = sim_cut_short(len < size ? len : size, end->conn->route->link.short_recv_odds);
        return (ssize_t)sim_end_recv(end, room, len, out_stamp_ns);
    }
    if (end->error != 0)
        return sim_fail(sim_end_take_error(end));
    if (end->is_reset || end->got_fin)
        return 0;
    return sim_fail(end->is_open ? EAGAIN : ENOTCONN);
}

ssize_t sock_recv(int number, void *bytes, size_t size)
{
    int64_t stamp_ns;
    return sim_recv(sim_fd_get(number), bytes, size, &stamp_ns);
}

ssize_t sock_recv_discard(int number, void *scratch, size_t size)
{
    int64_t stamp_ns;
    (void)scratch;
    return sim_recv(sim_fd_get(number), NULL, size, &stamp_ns);
}

int sock_set_rx_stamps(int number, bool on)
{
    sim_enter_call(0);
    sim_fd_get(number)->rx_stamps = on;
    return 0;
}

ssize_t sock_recv_stamped(int number, void *bytes, size_t size, int64_t *out_wall_ns)
{
    struct sim_fd *fd = sim_fd_get(number);
    int64_t stamp_ns = 0;
    ssize_t got = sim_recv(fd, bytes, size, &stamp_ns);
    if (got != -1)
        *out_wall_ns = got > 0 && fd->rx_stamps ? stamp_ns + sim.wall_ns : 0;
    return got;
}

/* Ends */

void sock_shutdown_send(int number)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_get(number);
    if (fd->end != NULL)
        sim_end_shutdown(fd->end);
    sim_fd_touch(fd);
}

static void sim_sock_close(int number, bool reset)
{
    sim_enter_call(0);
    struct sim_fd *fd = sim_fd_get(number);
    if (fd->end != NULL)
        sim_end_close(fd->end, reset);
    if (fd->listener != NULL)
        sim_listener_remove(fd->listener);
    sim_fd_close(fd);
}

void sock_close(int number)
{
    sim_sock_close(number, false);
}

void sock_close_reset(int number)
{
    sim_sock_close(number, true);
}
