/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets, non-blocking and close-on-exec from birth. Results are counts or -1 with errno, as the
 * system gives them, because the callers' fast paths look at EAGAIN; errors are mapped to enum
 * br_err by sock_err_from_errno() where they are counted. MSG_NOSIGNAL always.
 */
#ifndef BR_SYS_SOCK_H
#define BR_SYS_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/err.h"

enum { SOCK_ADDR_SIZE = 128, SOCK_TEXT_SIZE = 128 };

/* An address of any family we know (IPv4, IPv6, unix). A plain value. */
struct sock_addr {
    socklen_t len; /* 0: none */
    union {
        struct sockaddr any;
        char room[SOCK_ADDR_SIZE];
    } u;
};

/* "127.0.0.1", "::1" (no brackets) with a port; false when `host` is not a literal. */
BR_NODISCARD bool sock_addr_from_ip(struct bytes host, uint16_t port, struct sock_addr *out_addr);
/* A unix socket's path ("@name": abstract); false when too long. */
BR_NODISCARD bool sock_addr_from_path(struct bytes path, struct sock_addr *out_addr);
uint16_t sock_addr_port(const struct sock_addr *addr);
void sock_addr_set_port(struct sock_addr *addr, uint16_t port);
/* The bytes of an IP address (4 or 16); 0 when it is none. */
size_t sock_addr_ip(const struct sock_addr *addr, uint8_t out_ip[static 16]);
bool sock_addr_is_loopback(const struct sock_addr *addr);
/* "127.0.0.1:8000", "[::1]:8000", "unix:/path"; NUL-terminated, cut to SOCK_TEXT_SIZE. */
void sock_addr_format(const struct sock_addr *addr, char out_text[SOCK_TEXT_SIZE]);

/* Where to listen, or what to connect to, as people write it: "127.0.0.1:8000", "[::1]:8000",
 * "localhost:8000", ":8000" (any IPv4 address of this machine), "unix:/path", "unix:@name". Port 0
 * is accepted. BR_ERR_PARSE with a sentence for the caller to put the option's name before. */
BR_NODISCARD enum br_err sock_addr_parse(struct bytes text, struct sock_addr *out_addr,
                                         struct diag *diag);

/* A client's stream socket for that family (AF_INET, AF_INET6, AF_UNIX) with TCP_NODELAY; the fd or
 * -1 with errno. */
int sock_open(int family);
/* 0 done, -1 with EINPROGRESS while it goes on (writable when decided: sock_take_error), -1 with
 * another errno when it failed. On loopback a bbr default gives way to reno (sock.c says why). */
int sock_connect(int fd, const struct sock_addr *addr);
/* Binds to a source address (port 0) with IP_BIND_ADDRESS_NO_PORT; 0 or -1. */
int sock_bind_source(int fd, const struct sock_addr *source);
/* The pending error of a socket (SO_ERROR), 0 when none. */
int sock_take_error(int fd);
/* Listens with SO_REUSEADDR (and SO_REUSEPORT on demand) and a backlog of at least 4096 (the
 * system may cut it: net.core.somaxconn); the fd or -1 with errno. What is accepted has
 * TCP_NODELAY. */
int sock_listen(const struct sock_addr *addr, int backlog, bool reuse_port);
/* Before listening on a unix socket: removes a file that nobody listens on any more. After it:
 * removes the file. Both leave anything else, and other families, alone. */
void sock_unlink_stale(const struct sock_addr *addr);
void sock_unlink(const struct sock_addr *addr);
/* The fd of a waiting client or -1 with errno (EAGAIN: none). out_peer may be NULL. */
int sock_accept(int fd, struct sock_addr *out_peer);
/* The address a socket is bound to: finds the port after listening on port 0. 0 or -1. */
int sock_local_addr(int fd, struct sock_addr *out_addr);

ssize_t sock_send(int fd, const void *bytes, size_t len);
ssize_t sock_sendv(int fd, const struct iovec *parts, int count);
ssize_t sock_recv(int fd, void *bytes, size_t size);
/* Reads and throws away up to `size` bytes inside the kernel (TCP only: tcp(7), MSG_TRUNC). scratch
 * has `size` bytes and stays untouched on TCP. */
ssize_t sock_recv_discard(int fd, void *scratch, size_t size);

/* Asks the kernel to stamp what arrives on this socket (software receive time); 0 or -1. */
int sock_set_rx_stamps(int fd, bool on);
/* As sock_recv; *out_wall_ns is the kernel's stamp (wall clock ns) of the last segment read, 0 when
 * there is none. */
ssize_t sock_recv_stamped(int fd, void *bytes, size_t size, int64_t *out_wall_ns);

/* Half-closes for writing. */
void sock_shutdown_send(int fd);
void sock_close(int fd);
/* Closes with RST (SO_LINGER 0). */
void sock_close_reset(int fd);

/* What an errno of connect (connecting true) or of send and receive means to the counters. */
enum br_err sock_err_from_errno(int saved_errno, bool connecting);

#endif
