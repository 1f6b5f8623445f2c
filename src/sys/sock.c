/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets of the real machine. Thin on purpose: one system call a function where that is possible,
 * because two of these are the whole of a request.
 */
#include "sys/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/clock.h"

enum { SOCK_BACKLOG_MIN = 4096 };

static int sock_set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

static int sock_fail_closing(int fd)
{
    int saved_errno = errno;
    (void)close(fd);
    errno = saved_errno;
    return -1;
}

int sock_open(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    if (family != AF_UNIX && sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) == -1)
        return sock_fail_closing(fd);
    return fd;
}

/* Where bbr is the default each segment is paced by a timer, which on loopback is nothing but CPU
 * (3 % of a client's, research: perf.md 0) and disturbs what is measured. Loopback has no
 * congestion; on a real network the system's choice is the truth and stays. */
static void sock_calm_loopback(int fd, const struct sock_addr *addr)
{
    char name[16] = "";
    socklen_t len = sizeof(name) - 1;
    if (addr->u.any.sa_family == AF_UNIX || !sock_addr_is_loopback(addr))
        return;
    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0 &&
        strncmp(name, "bbr", 3) == 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
}

int sock_connect(int fd, const struct sock_addr *addr)
{
    sock_calm_loopback(fd, addr);
    int result = connect(fd, &addr->u.any, addr->len);
    if (result == -1 && errno == EINTR)
        errno = EINPROGRESS; /* POSIX: the attempt goes on */
    return result;
}

int sock_bind_source(int fd, const struct sock_addr *source)
{
    /* The port is chosen when the destination is known, so that it may be used once per
     * destination (ip(7)). Kernels without it choose at bind. */
    if (source->u.any.sa_family != AF_UNIX)
        (void)sock_set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    return bind(fd, &source->u.any, source->len);
}

int sock_take_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
        return errno;
    return error;
}

int sock_listen(const struct sock_addr *addr, int backlog, bool reuse_port)
{
    int fd = socket(addr->u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    if (addr->u.any.sa_family != AF_UNIX) {
        /* TCP_NODELAY passes to what is accepted. */
        if (sock_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) == -1 ||
            sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) == -1)
            return sock_fail_closing(fd);
        sock_calm_loopback(fd, addr);
        if (reuse_port && sock_set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1) == -1)
            return sock_fail_closing(fd);
    }
    if (bind(fd, &addr->u.any, addr->len) == -1)
        return sock_fail_closing(fd);
    if (listen(fd, backlog < SOCK_BACKLOG_MIN ? SOCK_BACKLOG_MIN : backlog) == -1)
        return sock_fail_closing(fd);
    return fd;
}

int sock_accept(int fd, struct sock_addr *out_peer)
{
    struct sock_addr peer = {.len = SOCK_ADDR_SIZE};
    int client;
    do {
        client = accept4(fd, out_peer == NULL ? NULL : &peer.u.any,
                         out_peer == NULL ? NULL : &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (client == -1 && (errno == EINTR || errno == ECONNABORTED));
    if (client != -1 && out_peer != NULL)
        *out_peer = peer;
    return client;
}

int sock_local_addr(int fd, struct sock_addr *out_addr)
{
    struct sock_addr addr = {.len = SOCK_ADDR_SIZE};
    if (getsockname(fd, &addr.u.any, &addr.len) == -1)
        return -1;
    *out_addr = addr;
    return 0;
}

ssize_t sock_send(int fd, const void *bytes, size_t len)
{
    ssize_t sent;
    do {
        sent = send(fd, bytes, len, MSG_NOSIGNAL);
    } while (sent == -1 && errno == EINTR);
    return sent;
}

ssize_t sock_sendv(int fd, const struct iovec *parts, int count)
{
    struct msghdr message;
    ssize_t sent;
    memset(&message, 0, sizeof(message));
    /* The system only reads through it. */
    memcpy(&message.msg_iov, &parts, sizeof(parts));
    message.msg_iovlen = (size_t)count;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent == -1 && errno == EINTR);
    return sent;
}

ssize_t sock_recv(int fd, void *bytes, size_t size)
{
    ssize_t got;
    do {
        got = recv(fd, bytes, size, 0);
    } while (got == -1 && errno == EINTR);
    return got;
}

ssize_t sock_recv_discard(int fd, void *scratch, size_t size)
{
    ssize_t got;
    do {
        got = recv(fd, scratch, size, MSG_TRUNC);
    } while (got == -1 && errno == EINTR);
    return got;
}

int sock_set_rx_stamps(int fd, bool on)
{
    return sock_set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, on ? 1 : 0);
}

static int64_t sock_find_stamp(struct msghdr *message)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        struct timespec stamp;
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&stamp, CMSG_DATA(part), sizeof(stamp));
        return (int64_t)stamp.tv_sec * CLOCK_NS_PER_SEC + stamp.tv_nsec;
    }
    return 0;
}

ssize_t sock_recv_stamped(int fd, void *bytes, size_t size, int64_t *out_wall_ns)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(struct timespec)) + 64];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    ssize_t got;
    do {
        got = recvmsg(fd, &message, 0);
    } while (got == -1 && errno == EINTR);
    if (got != -1)
        *out_wall_ns = sock_find_stamp(&message);
    return got;
}

void sock_shutdown_send(int fd)
{
    (void)shutdown(fd, SHUT_WR);
}

void sock_close(int fd)
{
    /* Linux has released the descriptor whatever close answers; EBADF is a bug of ours. */
    int result = close(fd);
    MUST(result == 0 || errno != EBADF);
}

void sock_close_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    sock_close(fd);
}
