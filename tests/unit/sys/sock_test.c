/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as people write them, and sockets on loopback.
 */
#include "sys/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/clock.h"
#include "unit.h"

UNIT_TEST(sock_addresses_are_read_and_written)
{
    static const struct {
        const char *host;
        uint16_t port;
        const char *want; /* NULL: refused */
        bool loopback;
    } rows[] = {
        {"127.0.0.1", 8000, "127.0.0.1:8000", true},
        {"127.9.8.7", 1, "127.9.8.7:1", true},
        {"10.0.0.1", 65535, "10.0.0.1:65535", false},
        {"::1", 8000, "[::1]:8000", true},
        {"::ffff:127.0.0.1", 80, "[::ffff:127.0.0.1]:80", true},
        {"2001:db8::7", 443, "[2001:db8::7]:443", false},
        {"", 80, NULL, false},
        {"localhost", 80, NULL, false},
        {"127.0.0.1 ", 80, NULL, false},
        {"127.0.0", 80, NULL, false},
        {"256.0.0.1", 80, NULL, false},
        {"[::1]", 80, NULL, false},
        {"1:2:3", 80, NULL, false},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", 80, NULL, false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct sock_addr addr;
        char text[SOCK_TEXT_SIZE];
        UNIT_ROW(rows[i].host);
        bool known = sock_addr_from_ip(bytes_from_str(rows[i].host), rows[i].port, &addr);
        UNIT_EQ_INT(known, rows[i].want != NULL);
        if (!known)
            continue;
        sock_addr_format(&addr, text);
        UNIT_EQ_STR(text, rows[i].want);
        UNIT_EQ_INT(sock_addr_port(&addr), rows[i].port);
        UNIT_EQ_INT(sock_addr_is_loopback(&addr), rows[i].loopback);
        sock_addr_set_port(&addr, 7);
        UNIT_EQ_INT(sock_addr_port(&addr), 7);
    }
}

UNIT_TEST(sock_paths_are_addresses)
{
    struct sock_addr addr;
    char text[SOCK_TEXT_SIZE], room[200];
    UNIT_OK(sock_addr_from_path(BYTES("/tmp/x.sock"), &addr));
    sock_addr_format(&addr, text);
    UNIT_EQ_STR(text, "unix:/tmp/x.sock");
    UNIT_OK(sock_addr_is_loopback(&addr));
    UNIT_EQ_INT(sock_addr_port(&addr), 0);
    UNIT_OK(sock_addr_from_path(BYTES("@name"), &addr));
    sock_addr_format(&addr, text);
    UNIT_EQ_STR(text, "unix:@name");
    memset(room, 'a', sizeof(room));
    UNIT_OK(sock_addr_from_path(bytes_make(room, 107), &addr));
    UNIT_OK(!sock_addr_from_path(bytes_make(room, 108), &addr));
    UNIT_OK(!sock_addr_from_path(BYTES_NONE, &addr));
    UNIT_OK(!sock_addr_from_path(BYTES("a\0b"), &addr));
}

struct sock_pair {
    int listener, client, server;
    struct sock_addr addr;
};

static void sock_wait_for(int fd, short events)
{
    struct pollfd set = {.fd = fd, .events = events};
    UNIT_EQ_INT(poll(&set, 1, 10000), 1);
}

static void sock_pair_open(struct sock_pair *pair, const char *host)
{
    struct sock_addr peer;
    UNIT_OK(sock_addr_from_ip(bytes_from_str(host), 0, &pair->addr));
    pair->listener = sock_listen(&pair->addr, 0, false);
    UNIT_OK(pair->listener != -1);
    UNIT_EQ_INT(sock_local_addr(pair->listener, &pair->addr), 0);
    UNIT_OK(sock_addr_port(&pair->addr) != 0);
    UNIT_EQ_INT(sock_accept(pair->listener, NULL), -1);
    UNIT_EQ_INT(errno, EAGAIN);
    pair->client = sock_open(pair->addr.u.any.sa_family);
    UNIT_OK(pair->client != -1);
    UNIT_OK(sock_connect(pair->client, &pair->addr) == 0 || errno == EINPROGRESS);
    sock_wait_for(pair->client, POLLOUT);
    UNIT_EQ_INT(sock_take_error(pair->client), 0);
    sock_wait_for(pair->listener, POLLIN);
    pair->server = sock_accept(pair->listener, &peer);
    UNIT_OK(pair->server != -1);
    struct sock_addr local;
    UNIT_EQ_INT(sock_local_addr(pair->client, &local), 0);
    UNIT_EQ_INT(sock_addr_port(&local), sock_addr_port(&peer));
}

static void sock_pair_close(struct sock_pair *pair)
{
    sock_close(pair->client);
    sock_close(pair->server);
    sock_close(pair->listener);
}

UNIT_TEST(sock_pair_speaks)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < BR_COUNT(hosts); i++) {
        struct sock_pair pair;
        char room[16];
        struct iovec parts[2] = {{.iov_base = (char[]){'h', 'e'}, .iov_len = 2},
                                 {.iov_base = (char[]){'l', 'l', 'o'}, .iov_len = 3}};
        UNIT_ROW(hosts[i]);
        sock_pair_open(&pair, hosts[i]);
        UNIT_EQ_INT(sock_recv(pair.server, room, sizeof(room)), -1);
        UNIT_EQ_INT(errno, EAGAIN);
        UNIT_EQ_INT(sock_sendv(pair.client, parts, 2), 5);
        sock_wait_for(pair.server, POLLIN);
        UNIT_EQ_INT(sock_recv(pair.server, room, sizeof(room)), 5);
        UNIT_EQ_BYTES(bytes_make(room, 5), BYTES("hello"));
        sock_shutdown_send(pair.client);
        sock_wait_for(pair.server, POLLIN);
        UNIT_EQ_INT(sock_recv(pair.server, room, sizeof(room)), 0);
        sock_pair_close(&pair);
    }
}

UNIT_TEST(sock_is_born_as_promised)
{
    struct sock_pair pair;
    sock_pair_open(&pair, "127.0.0.1");
    const int fds[] = {pair.client, pair.server};
    for (size_t i = 0; i < BR_COUNT(fds); i++) {
        int on = 0;
        socklen_t len = sizeof(on);
        UNIT_EQ_INT(getsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
        UNIT_OK(on != 0);
    }
    sock_pair_close(&pair);
}

UNIT_TEST(sock_discards_in_the_kernel)
{
    struct sock_pair pair;
    char room[64], untouched[64];
    memset(room, 'x', sizeof(room));
    memset(untouched, 'x', sizeof(untouched));
    sock_pair_open(&pair, "127.0.0.1");
    UNIT_EQ_INT(sock_send(pair.client, "0123456789", 10), 10);
    sock_wait_for(pair.server, POLLIN);
    UNIT_EQ_INT(sock_recv_discard(pair.server, room, 7), 7);
    UNIT_OK(memcmp(room, untouched, sizeof(room)) == 0);
    UNIT_EQ_INT(sock_recv(pair.server, room, sizeof(room)), 3);
    UNIT_EQ_BYTES(bytes_make(room, 3), BYTES("789"));
    sock_pair_close(&pair);
}

UNIT_TEST(sock_stamps_what_arrives)
{
    struct sock_pair pair;
    char room[64];
    int stamped = 0;
    sock_pair_open(&pair, "127.0.0.1");
    UNIT_EQ_INT(sock_set_rx_stamps(pair.server, true), 0);
    for (int i = 0; i < 200; i++) {
        int64_t stamp_ns = -1;
        UNIT_EQ_INT(sock_send(pair.client, "ping", 4), 4);
        sock_wait_for(pair.server, POLLIN);
        UNIT_EQ_INT(sock_recv_stamped(pair.server, room, sizeof(room), &stamp_ns), 4);
        UNIT_OK(stamp_ns == 0 || llabs(clock_wall_ns() - stamp_ns) < 60 * CLOCK_NS_PER_SEC);
        stamped += stamp_ns != 0;
        if (stamped == 0)
            (void)usleep(1000); /* the first ones have none: the kernel switches it on at leisure */
    }
    UNIT_OK(stamped > 0);
    sock_pair_close(&pair);
}

UNIT_TEST(sock_reset_is_seen_as_reset)
{
    struct sock_pair pair;
    char room[4];
    sock_pair_open(&pair, "127.0.0.1");
    sock_close_reset(pair.server);
    sock_wait_for(pair.client, POLLIN);
    UNIT_EQ_INT(sock_recv(pair.client, room, sizeof(room)), -1);
    UNIT_EQ_INT(sock_err_from_errno(errno, false), BR_ERR_RESET);
    UNIT_EQ_INT(sock_send(pair.client, "x", 1), -1); /* and no SIGPIPE */
    UNIT_EQ_INT(sock_err_from_errno(errno, false), BR_ERR_RESET);
    sock_close(pair.client);
    sock_close(pair.listener);
}

UNIT_TEST(sock_refused_is_seen_as_refused)
{
    struct sock_addr addr;
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    int listener = sock_listen(&addr, 0, false);
    UNIT_EQ_INT(sock_local_addr(listener, &addr), 0);
    sock_close(listener);
    int client = sock_open(AF_INET);
    int error = sock_connect(client, &addr) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        sock_wait_for(client, POLLOUT);
        error = sock_take_error(client);
    }
    UNIT_EQ_INT(sock_err_from_errno(error, true), BR_ERR_CONN_REFUSED);
    sock_close(client);
}

UNIT_TEST(sock_binds_to_a_source)
{
    struct sock_pair pair;
    struct sock_addr source, local;
    sock_pair_open(&pair, "127.0.0.1");
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.42"), 0, &source));
    int client = sock_open(AF_INET);
    UNIT_EQ_INT(sock_bind_source(client, &source), 0);
    UNIT_OK(sock_connect(client, &pair.addr) == 0 || errno == EINPROGRESS);
    UNIT_EQ_INT(sock_local_addr(client, &local), 0);
    UNIT_OK(sock_addr_port(&local) != 0);
    sock_addr_set_port(&local, 0);
    UNIT_OK(memcmp(&local, &source, sizeof(local)) == 0);
    sock_close(client);
    sock_pair_close(&pair);
}

UNIT_TEST(sock_listens_twice_only_when_asked)
{
    struct sock_addr addr;
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    int first = sock_listen(&addr, 0, true);
    UNIT_OK(first != -1);
    UNIT_EQ_INT(sock_local_addr(first, &addr), 0);
    UNIT_EQ_INT(sock_listen(&addr, 0, false), -1);
    UNIT_EQ_INT(errno, EADDRINUSE);
    int second = sock_listen(&addr, 0, true);
    UNIT_OK(second != -1);
    sock_close(first);
    sock_close(second);
}

UNIT_TEST(sock_errors_have_names)
{
    static const struct {
        int error;
        bool connecting;
        enum br_err want;
    } rows[] = {
        {0, false, BR_ERR_NONE},
        {ECONNREFUSED, true, BR_ERR_CONN_REFUSED},
        {ENOENT, true, BR_ERR_CONN_REFUSED},
        {ETIMEDOUT, true, BR_ERR_CONN_TIMEOUT},
        {EHOSTUNREACH, true, BR_ERR_CONN_UNREACHABLE},
        {ENETUNREACH, true, BR_ERR_CONN_UNREACHABLE},
        {EADDRNOTAVAIL, true, BR_ERR_NO_PORTS},
        {EACCES, true, BR_ERR_CONN_FAILED},
        {EMFILE, true, BR_ERR_NO_DESCRIPTORS},
        {ENFILE, false, BR_ERR_NO_DESCRIPTORS},
        {ENOBUFS, false, BR_ERR_NO_MEMORY},
        {EPIPE, false, BR_ERR_RESET},
        {ECONNRESET, false, BR_ERR_RESET},
        {ETIMEDOUT, false, BR_ERR_RECV_FAILED},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(strerror(rows[i].error));
        UNIT_EQ_INT(sock_err_from_errno(rows[i].error, rows[i].connecting), rows[i].want);
    }
}

UNIT_MAIN(UNIT_RUN(sock_addresses_are_read_and_written), UNIT_RUN(sock_paths_are_addresses),
          UNIT_RUN(sock_pair_speaks), UNIT_RUN(sock_is_born_as_promised),
          UNIT_RUN(sock_discards_in_the_kernel), UNIT_RUN(sock_stamps_what_arrives),
          UNIT_RUN(sock_reset_is_seen_as_reset), UNIT_RUN(sock_refused_is_seen_as_refused),
          UNIT_RUN(sock_binds_to_a_source), UNIT_RUN(sock_listens_twice_only_when_asked),
          UNIT_RUN(sock_errors_have_names))
