/* SPDX-License-Identifier: Apache-2.0
 *
 * Socket addresses and what errors mean: the part of sock.h that asks the system nothing, the same
 * in the simulated world.
 */
#include "sys/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

_Static_assert(sizeof(struct sockaddr_un) <= SOCK_ADDR_SIZE, "a unix address does not fit");
_Static_assert(sizeof(struct sockaddr_in6) <= SOCK_ADDR_SIZE, "an IPv6 address does not fit");

/* The views of the room: copies, so that nothing depends on alignment or aliasing. */
static struct sockaddr_in sock_addr_get_in(const struct sock_addr *addr)
{
    struct sockaddr_in in;
    memcpy(&in, addr->u.room, sizeof(in));
    return in;
}

static struct sockaddr_in6 sock_addr_get_in6(const struct sock_addr *addr)
{
    struct sockaddr_in6 in6;
    memcpy(&in6, addr->u.room, sizeof(in6));
    return in6;
}

static void sock_addr_put(struct sock_addr *addr, const void *from, size_t len)
{
    memset(addr, 0, sizeof(*addr));
    memcpy(addr->u.room, from, len);
    addr->len = (socklen_t)len;
}

bool sock_addr_from_ip(struct bytes host, uint16_t port, struct sock_addr *out_addr)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof(text) || memchr(host.ptr, 0, host.len) != NULL)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';

    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        sock_addr_put(out_addr, &in, sizeof(in));
        return true;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
        sock_addr_put(out_addr, &in6, sizeof(in6));
        return true;
    }
    return false;
}

bool sock_addr_from_path(struct bytes path, struct sock_addr *out_addr)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (path.len == 0 || path.len >= sizeof(un.sun_path) || memchr(path.ptr, 0, path.len) != NULL)
        return false;
    memcpy(un.sun_path, path.ptr, path.len);
    size_t len = offsetof(struct sockaddr_un, sun_path) + path.len;
    if (un.sun_path[0] == '@')
        un.sun_path[0] = '\0'; /* abstract: the name is all the bytes, without a NUL behind */
    else
        len++;
    sock_addr_put(out_addr, &un, len);
    return true;
}

uint16_t sock_addr_port(const struct sock_addr *addr)
{
    if (addr->len == 0)
        return 0;
    if (addr->u.any.sa_family == AF_INET)
        return ntohs(sock_addr_get_in(addr).sin_port);
    if (addr->u.any.sa_family == AF_INET6)
        return ntohs(sock_addr_get_in6(addr).sin6_port);
    return 0;
}

void sock_addr_set_port(struct sock_addr *addr, uint16_t port)
{
    if (addr->len == 0)
        return;
    if (addr->u.any.sa_family == AF_INET) {
        struct sockaddr_in in = sock_addr_get_in(addr);
        in.sin_port = htons(port);
        sock_addr_put(addr, &in, sizeof(in));
    } else if (addr->u.any.sa_family == AF_INET6) {
        struct sockaddr_in6 in6 = sock_addr_get_in6(addr);
        in6.sin6_port = htons(port);
        sock_addr_put(addr, &in6, sizeof(in6));
    }
}

size_t sock_addr_ip(const struct sock_addr *addr, uint8_t out_ip[static 16])
{
    if (addr->u.any.sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &addr->u, sizeof(in));
        memcpy(out_ip, &in.sin_addr, 4);
        return 4;
    }
    if (addr->u.any.sa_family != AF_INET6)
        return 0;
    struct sockaddr_in6 in6;
    memcpy(&in6, &addr->u, sizeof(in6));
    memcpy(out_ip, &in6.sin6_addr, 16);
    return 16;
}

bool sock_addr_is_loopback(const struct sock_addr *addr)
{
    if (addr->len == 0)
        return false;
    switch (addr->u.any.sa_family) {
    case AF_INET:
        return (ntohl(sock_addr_get_in(addr).sin_addr.s_addr) >> 24) == 127;
    case AF_INET6: {
        struct sockaddr_in6 in6 = sock_addr_get_in6(addr);
        return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && in6.sin6_addr.s6_addr[12] == 127);
    }
    default:
        return addr->u.any.sa_family == AF_UNIX;
    }
}

static void sock_addr_format_path(const struct sock_addr *addr, char out_text[SOCK_TEXT_SIZE])
{
    struct sockaddr_un un;
    memcpy(&un, addr->u.room, sizeof(un));
    size_t head = offsetof(struct sockaddr_un, sun_path);
    size_t len = addr->len > head ? addr->len - head : 0;
    if (len > 0 && un.sun_path[0] == '\0')
        un.sun_path[0] = '@';
    else
        len = strnlen(un.sun_path, len);
    (void)snprintf(out_text, SOCK_TEXT_SIZE, "unix:%.*s", (int)len, un.sun_path);
}

void sock_addr_format(const struct sock_addr *addr, char out_text[SOCK_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = sock_addr_port(addr);
    if (addr->len == 0) {
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "(none)");
        return;
    }
    switch (addr->u.any.sa_family) {
    case AF_INET: {
        struct sockaddr_in in = sock_addr_get_in(addr);
        (void)inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "%s:%u", host, port);
        return;
    }
    case AF_INET6: {
        struct sockaddr_in6 in6 = sock_addr_get_in6(addr);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "[%s]:%u", host, port);
        return;
    }
    case AF_UNIX:
        sock_addr_format_path(addr, out_text);
        return;
    default:
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "(family %d)", (int)addr->u.any.sa_family);
        return;
    }
}

static enum br_err sock_err_connecting(int saved_errno)
{
    switch (saved_errno) {
    case ECONNREFUSED:
    case ENOENT: /* a unix socket that nobody made */
        return BR_ERR_CONN_REFUSED;
    case ETIMEDOUT:
        return BR_ERR_CONN_TIMEOUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return BR_ERR_CONN_UNREACHABLE;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
        return BR_ERR_NO_PORTS;
    default:
        return BR_ERR_CONN_FAILED;
    }
}

enum br_err sock_err_from_errno(int saved_errno, bool connecting)
{
    switch (saved_errno) {
    case 0:
        return BR_ERR_NONE;
    case EMFILE:
    case ENFILE:
        return BR_ERR_NO_DESCRIPTORS;
    case ENOMEM:
    case ENOBUFS:
        return BR_ERR_NO_MEMORY;
    default:
        break;
    }
    if (connecting)
        return sock_err_connecting(saved_errno);
    if (saved_errno == ECONNRESET || saved_errno == EPIPE || saved_errno == ECONNABORTED)
        return BR_ERR_RESET;
    return BR_ERR_RECV_FAILED;
}
