/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated network, as a program sees it through sock.h: when things happen, to the
 * nanosecond, and how they fail. Calls cost 1 ns here, so that times can be compared.
 */
#include "sim_peer.h"

#include <errno.h>

#include "base/attr.h"
#include "loop/poller.h"
#include "sys/clock.h"
#include "unit.h"

#define NET_LATENCY_NS (10 * CLOCK_NS_PER_MS)
#define NET_SLACK_NS INT64_C(100) /* of our own calls */

static struct poller *net_poller;
static struct sock_addr net_addr;
static const struct sim_options net_options = {.cost = {.clock_ns = 1, .call_ns = 1, .poll_ns = 1},
                                               .link = {.latency_ns = NET_LATENCY_NS}};

static void net_begin(const struct sim_options *options)
{
    sim_begin(options == NULL ? &net_options : options);
    UNIT_EQ_INT(poller_create(&net_poller, NULL), BR_ERR_NONE);
    UNIT_OK(sock_addr_from_ip(BYTES("10.1.1.1"), 80, &net_addr));
}

/* Nothing may be left behind. */
static void net_end(void)
{
    poller_destroy(&net_poller);
    UNIT_EQ_INT(sim_open_descriptors(), 0);
    sim_sleep(10 * CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(sim_open_connections(), 0);
    (void)sim_end();
}

/* What is reported of fd by then, 0: nothing. */
static unsigned net_wait(int fd, unsigned events, int64_t for_ns)
{
    struct poller_ready row = {NULL, 0};
    UNIT_EQ_INT(poller_add(net_poller, fd, events, NULL), BR_ERR_NONE);
    int count = poller_wait(net_poller, sim_now_ns() + for_ns, &row, 1);
    poller_remove(net_poller, fd);
    return count == 0 ? 0 : row.events;
}

static void net_check_elapsed(int64_t start_ns, int64_t want_ns)
{
    int64_t took_ns = sim_now_ns() - start_ns;
    UNIT_OK(took_ns >= want_ns);
    UNIT_OK(took_ns <= want_ns + NET_SLACK_NS);
}

static int net_connect(void)
{
    int fd = sock_open(AF_INET);
    UNIT_OK(fd != -1);
    UNIT_EQ_INT(sock_connect(fd, &net_addr), -1);
    UNIT_EQ_INT(errno, EINPROGRESS);
    return fd;
}

static int net_connect_open(void)
{
    int fd = net_connect();
    UNIT_EQ_INT(net_wait(fd, POLLER_OUT, CLOCK_NS_PER_SEC), POLLER_OUT);
    UNIT_EQ_INT(sock_take_error(fd), 0);
    return fd;
}

/* A peer that notes what it is told. */
static struct net_script {
    struct sim_peer *peer;
    char text[64];
    size_t len;
    int opens, ends;
    enum sim_end_kind kind;
    int64_t at_ns;
} net_script;

static void net_on_open(struct sim_peer *peer)
{
    net_script.peer = peer;
    net_script.opens++;
    net_script.at_ns = sim_now_ns();
}

static void net_on_bytes(struct sim_peer *peer, struct bytes bytes)
{
    net_script.peer = peer;
    for (size_t i = 0; i < bytes.len && net_script.len < sizeof(net_script.text); i++)
        net_script.text[net_script.len++] = bytes.ptr[i];
    net_script.at_ns = sim_now_ns();
}

static void net_on_end(struct sim_peer *peer, enum sim_end_kind kind)
{
    (void)peer;
    net_script.ends++;
    net_script.kind = kind;
    net_script.at_ns = sim_now_ns();
}

static const struct sim_peer_ops net_noting = {net_on_open, net_on_bytes, net_on_end};

static void net_listen_noting(void)
{
    memset(&net_script, 0, sizeof(net_script));
    sim_peer_listen(&net_addr, &net_noting, NULL);
}

UNIT_TEST(net_connects_and_speaks_in_time)
{
    char room[16];
    net_begin(NULL);
    net_listen_noting();
    int64_t start_ns = sim_now_ns();
    int fd = net_connect_open();
    net_check_elapsed(start_ns, 2 * NET_LATENCY_NS);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), -1);
    UNIT_EQ_INT(errno, EAGAIN);
    start_ns = sim_now_ns();
    UNIT_EQ_INT(sock_send(fd, "ping", 4), 4);
    sim_sleep(NET_LATENCY_NS + 10);
    UNIT_EQ_INT(net_script.opens, 1);
    UNIT_EQ_BYTES(bytes_make(net_script.text, net_script.len), BYTES("ping"));
    UNIT_OK(net_script.at_ns - start_ns <= NET_LATENCY_NS + 10);
    start_ns = sim_now_ns();
    sim_peer_send(net_script.peer, BYTES("pong!"));
    UNIT_EQ_INT(net_wait(fd, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
    net_check_elapsed(start_ns, NET_LATENCY_NS);
    UNIT_EQ_INT(sock_recv_discard(fd, room, 4), 4);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 1);
    UNIT_EQ_INT(room[0], '!');
    sock_close(fd);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(net_script.ends, 1);
    UNIT_EQ_INT(net_script.kind, SIM_END_CLOSED);
    sim_peer_close(net_script.peer);
    net_end();
}

UNIT_TEST(net_refuses)
{
    net_begin(NULL);
    int64_t start_ns = sim_now_ns();
    int fd = net_connect();
    UNIT_EQ_INT(net_wait(fd, POLLER_OUT, CLOCK_NS_PER_SEC), POLLER_OUT | POLLER_ERR);
    net_check_elapsed(start_ns, 2 * NET_LATENCY_NS);
    UNIT_EQ_INT(sock_take_error(fd), ECONNREFUSED);
    UNIT_EQ_INT(sock_take_error(fd), 0);
    sock_close(fd);
    sim_set_fault(&net_addr, SIM_FAULT_UNREACHABLE);
    fd = sock_open(AF_INET);
    UNIT_EQ_INT(sock_connect(fd, &net_addr), -1);
    UNIT_EQ_INT(errno, ENETUNREACH);
    sock_close(fd);
    net_listen_noting();
    sim_set_fault(&net_addr, SIM_FAULT_REFUSE);
    fd = net_connect();
    sim_sleep(3 * NET_LATENCY_NS);
    UNIT_EQ_INT(sock_take_error(fd), ECONNREFUSED);
    sock_close(fd);
    sim_set_fault(&net_addr, SIM_FAULT_NONE);
    sock_close(net_connect_open());

    sim_sleep(2 * NET_LATENCY_NS);
    sim_peer_close(net_script.peer);
    net_end();
}

UNIT_TEST(net_gives_up_in_a_black_hole)
{
    net_begin(NULL);
    net_listen_noting();
    sim_set_fault(&net_addr, SIM_FAULT_BLACK_HOLE);
    int64_t start_ns = sim_now_ns();
    int fd = net_connect();
    UNIT_EQ_INT(net_wait(fd, POLLER_OUT, 300 * CLOCK_NS_PER_SEC), POLLER_OUT | POLLER_ERR);
    UNIT_EQ_INT(sock_take_error(fd), ETIMEDOUT);
    UNIT_OK(sim_now_ns() - start_ns > 60 * CLOCK_NS_PER_SEC);
    UNIT_OK(sim_now_ns() - start_ns < 130 * CLOCK_NS_PER_SEC);
    sock_close(fd);
    net_end();
}

UNIT_TEST(net_delivers_when_the_hole_is_lifted)
{
    net_begin(NULL);
    net_listen_noting();
    int fd = net_connect_open();
    sim_set_fault(&net_addr, SIM_FAULT_BLACK_HOLE);
    UNIT_EQ_INT(sock_send(fd, "a", 1), 1);
    sim_sleep(5 * CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(sock_send(fd, "b", 1), 1);
    sim_sleep(5 * CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(net_script.len, 0);
    sim_set_fault(&net_addr, SIM_FAULT_NONE);
    sim_sleep(CLOCK_NS_PER_SEC);
    UNIT_EQ_BYTES(bytes_make(net_script.text, net_script.len), BYTES("ab"));
    sim_peer_close(net_script.peer);
    sock_close(fd);
    net_end();
}

UNIT_TEST(net_window_fills_and_empties)
{
    static char block[100000];
    struct sim_options options = net_options;
    options.link.window_size = 1000;
    net_begin(&options);
    net_listen_noting();
    int fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    sim_peer_pause(net_script.peer, true);
    UNIT_EQ_INT(sock_send(fd, block, sizeof(block)), 1000);
    UNIT_EQ_INT(sock_send(fd, block, sizeof(block)), -1);
    UNIT_EQ_INT(errno, EAGAIN);
    UNIT_EQ_INT(net_wait(fd, POLLER_OUT, 10 * CLOCK_NS_PER_SEC), 0);
    sim_peer_pause(net_script.peer, false);
    UNIT_EQ_INT(net_wait(fd, POLLER_OUT, 0), POLLER_OUT);
    UNIT_EQ_INT(sock_send(fd, block, 10), 10);
    sock_close(fd);
    sim_sleep(NET_LATENCY_NS);
    sim_peer_close(net_script.peer);
    net_end();
}

UNIT_TEST(net_bandwidth_takes_time)
{
    static char block[10000];
    struct sim_options options = net_options;
    options.link.bytes_per_sec = 1000000;
    options.link.segment_size = 1000;
    net_begin(&options);
    net_listen_noting();
    int fd = net_connect_open();
    int64_t start_ns = sim_now_ns();
    UNIT_EQ_INT(sock_send(fd, block, sizeof(block)), 10000);
    sim_sleep(CLOCK_NS_PER_SEC);
    UNIT_OK(net_script.at_ns - start_ns >= NET_LATENCY_NS + 10 * CLOCK_NS_PER_MS);
    UNIT_OK(net_script.at_ns - start_ns <= NET_LATENCY_NS + 10 * CLOCK_NS_PER_MS + NET_SLACK_NS);
    sock_close(fd);
    sim_sleep(NET_LATENCY_NS);
    sim_peer_close(net_script.peer);
    net_end();
}

UNIT_TEST(net_cuts_short_but_loses_nothing)
{
    struct sim_options options = net_options;
    static char sent[50000], got[51000];
    size_t sent_len = 0, got_len = 0, pieces = 0;
    options.link.short_send_odds = 0.5;
    options.link.short_recv_odds = 0.5;
    options.link.jitter_ns = NET_LATENCY_NS;
    options.link.segment_size = 100;
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = (char)(i * 7 + i / 256);
    net_begin(&options);
    int listener = sock_listen(&net_addr, 0, false);
    int fd = net_connect_open();
    UNIT_EQ_INT(net_wait(listener, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
    int server = sock_accept(listener, NULL);
    while (got_len < sizeof(sent)) {
        if (sent_len < sizeof(sent)) {
            ssize_t put = sock_send(fd, sent + sent_len, sizeof(sent) - sent_len);
            UNIT_OK(put > 0);
            sent_len += (size_t)put;
        }
        UNIT_EQ_INT(net_wait(server, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
        ssize_t len = sock_recv(server, got + got_len, 1000);
        UNIT_OK(len > 0);
        got_len += (size_t)len;
        pieces++;
    }
    UNIT_OK(memcmp(sent, got, sizeof(sent)) == 0);
    UNIT_OK(pieces > 50);
    sock_close(fd);
    sock_close(server);
    sock_close(listener);
    net_end();
}

UNIT_TEST(net_ends_as_tcp_does)
{
    char room[16];
    net_begin(NULL);
    int listener = sock_listen(&net_addr, 0, false);
    /* Closed in good order, half by half. */
    int fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    int server = sock_accept(listener, NULL);
    UNIT_EQ_INT(sock_send(fd, "bye", 3), 3);
    sock_shutdown_send(fd);
    UNIT_EQ_INT(sock_send(fd, "x", 1), -1);
    UNIT_EQ_INT(errno, EPIPE);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(sock_recv(server, room, sizeof(room)), 3);
    UNIT_EQ_INT(sock_recv(server, room, sizeof(room)), 0);
    UNIT_EQ_INT(sock_send(server, "good", 4), 4);
    sock_close(server);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 4);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 0);
    sock_close(fd);
    /* Closed with bytes unread: reset. */
    fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    server = sock_accept(listener, NULL);
    UNIT_EQ_INT(sock_send(fd, "unread", 6), 6);
    sim_sleep(NET_LATENCY_NS);
    sock_close(server);
    UNIT_EQ_INT(net_wait(fd, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN | POLLER_ERR);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), -1);
    UNIT_EQ_INT(errno, ECONNRESET);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 0);
    UNIT_EQ_INT(sock_send(fd, "x", 1), -1);
    UNIT_EQ_INT(errno, EPIPE);
    sock_close(fd);
    /* Written to after the other side closed: the answer is a reset. */
    fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    server = sock_accept(listener, NULL);
    sock_close(server);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(sock_send(fd, "late", 4), 4);
    sim_sleep(2 * NET_LATENCY_NS);
    UNIT_EQ_INT(sock_send(fd, "x", 1), -1);
    UNIT_EQ_INT(errno, EPIPE);
    sock_close(fd);
    sock_close(listener);
    net_end();
}

UNIT_TEST(net_resets_at_once)
{
    char room[16];
    net_begin(NULL);
    net_listen_noting();
    int fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    sock_close_reset(fd);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(net_script.kind, SIM_END_RESET);
    fd = net_connect_open();
    int other = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    sim_reset_all(&net_addr);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), -1);
    UNIT_EQ_INT(errno, ECONNRESET);
    UNIT_EQ_INT(sock_send(other, "x", 1), -1);
    UNIT_EQ_INT(errno, ECONNRESET);
    UNIT_EQ_INT(net_script.ends, 3);
    sock_close(fd);
    sock_close(other);
    net_end();
}

UNIT_TEST(net_backlog_drops_what_is_too_much)
{
    enum { WAITING = 4096 };
    static int fds[WAITING + 1];
    net_begin(NULL);
    int listener = sock_listen(&net_addr, 0, false);
    for (size_t i = 0; i < WAITING; i++)
        fds[i] = net_connect();
    sim_sleep(3 * NET_LATENCY_NS);
    fds[WAITING] = net_connect();
    UNIT_EQ_INT(net_wait(fds[WAITING], POLLER_OUT, CLOCK_NS_PER_SEC / 2), 0);
    for (size_t i = 0; i < WAITING; i++)
        sock_close(sock_accept(listener, NULL));
    UNIT_EQ_INT(sock_accept(listener, NULL), -1);
    UNIT_EQ_INT(net_wait(fds[WAITING], POLLER_OUT, CLOCK_NS_PER_SEC), POLLER_OUT);
    for (size_t i = 0; i <= WAITING; i++)
        sock_close(fds[i]);
    sock_close(listener);
    net_end();
}

UNIT_TEST(net_runs_out_of_ports)
{
    struct sim_options options = net_options;
    struct sock_addr source, local;
    int fds[4];
    options.port_low = 40000;
    options.port_high = 40001;
    options.time_wait_ns = CLOCK_NS_PER_SEC;
    net_begin(&options);
    net_listen_noting();
    fds[0] = net_connect_open();
    fds[1] = net_connect_open();
    fds[2] = sock_open(AF_INET);
    UNIT_EQ_INT(sock_connect(fds[2], &net_addr), -1);
    UNIT_EQ_INT(errno, EADDRNOTAVAIL);
    /* Another source has ports of its own. */
    fds[3] = sock_open(AF_INET);
    UNIT_OK(sock_addr_from_ip(BYTES("10.0.0.9"), 0, &source));
    UNIT_EQ_INT(sock_bind_source(fds[3], &source), 0);
    UNIT_EQ_INT(sock_connect(fds[3], &net_addr), -1);
    UNIT_EQ_INT(errno, EINPROGRESS);
    UNIT_EQ_INT(sock_local_addr(fds[3], &local), 0);
    UNIT_EQ_INT(sock_addr_port(&local), 40000);
    sock_addr_set_port(&local, 0);
    UNIT_OK(memcmp(&local, &source, sizeof(local)) == 0);
    /* Closed from here: the port waits. */
    sock_close(fds[0]);
    UNIT_EQ_INT(sock_connect(fds[2], &net_addr), -1);
    UNIT_EQ_INT(errno, EADDRNOTAVAIL);
    sim_sleep(2 * CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(sock_connect(fds[2], &net_addr), -1);
    UNIT_EQ_INT(errno, EINPROGRESS);
    sim_sleep(CLOCK_NS_PER_SEC);
    sim_reset_all(&net_addr);
    sock_close(fds[1]);
    sock_close(fds[2]);
    sock_close(fds[3]);
    poller_destroy(&net_poller);
    (void)sim_end();
}

UNIT_TEST(net_runs_out_of_descriptors)
{
    struct sim_options options = net_options;
    options.descriptors = 3;
    net_begin(&options);
    int listener = sock_listen(&net_addr, 0, false);
    int fd = net_connect_open();
    int one = sock_open(AF_INET);
    UNIT_EQ_INT(sock_open(AF_INET), -1);
    UNIT_EQ_INT(errno, EMFILE);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(sock_accept(listener, NULL), -1);
    UNIT_EQ_INT(errno, EMFILE);
    sock_close(one);
    int server = sock_accept(listener, NULL);
    UNIT_EQ_INT(server, one); /* the lowest free number, as everywhere */
    sock_close(server);
    sock_close(fd);
    sock_close(listener);
    net_end();
}

UNIT_TEST(net_listens_as_linux_does)
{
    struct sock_addr any, local, peer;
    net_begin(NULL);
    UNIT_OK(sock_addr_from_ip(BYTES("0.0.0.0"), 0, &any));
    int first = sock_listen(&any, 0, true);
    UNIT_EQ_INT(sock_local_addr(first, &local), 0);
    UNIT_OK(sock_addr_port(&local) != 0);
    UNIT_EQ_INT(sock_listen(&local, 0, false), -1);
    UNIT_EQ_INT(errno, EADDRINUSE);
    int second = sock_listen(&local, 0, true);
    UNIT_OK(second != -1);
    sock_addr_set_port(&net_addr, sock_addr_port(&local));
    int fd = net_connect_open(); /* 0.0.0.0 takes what comes to any address */
    sim_sleep(NET_LATENCY_NS);
    int server = sock_accept(first, &peer);
    if (server == -1)
        server = sock_accept(second, &peer);
    UNIT_OK(server != -1);
    UNIT_EQ_INT(sock_local_addr(fd, &local), 0);
    UNIT_EQ_INT(sock_addr_port(&local), sock_addr_port(&peer));
    sock_close(first);
    sock_close(second);
    sock_close(fd);
    sock_close(server);
    net_end();
}

UNIT_TEST(net_stamps_are_when_it_arrived)
{
    char room[16];
    int64_t stamp_ns = -1;
    net_begin(NULL);
    net_listen_noting();
    int fd = net_connect_open();
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_INT(sock_set_rx_stamps(fd, true), 0);
    sim_peer_send(net_script.peer, BYTES("x"));
    int64_t arrival_ns = sim_now_ns() + NET_LATENCY_NS;
    sim_sleep(CLOCK_NS_PER_SEC); /* it lies there unread */
    int64_t offset_ns = clock_wall_ns() - sim_now_ns();
    UNIT_EQ_INT(sock_recv_stamped(fd, room, sizeof(room), &stamp_ns), 1);
    UNIT_EQ_INT(stamp_ns - offset_ns, arrival_ns);
    sock_close(fd);
    sim_sleep(NET_LATENCY_NS);
    sim_peer_close(net_script.peer);
    net_end();
}

static void net_answer_later(struct sim_peer *peer)
{
    sim_peer_send(peer, BYTES("later"));
    sim_peer_close(peer);
}

static void net_on_bytes_wait(struct sim_peer *peer, struct bytes bytes)
{
    (void)bytes;
    sim_peer_after(peer, 7 * CLOCK_NS_PER_MS, net_answer_later);
    sim_peer_after(peer, CLOCK_NS_PER_SEC, net_answer_later); /* forgotten with the peer */
}

UNIT_TEST(net_peers_have_timers)
{
    static const struct sim_peer_ops waiting = {.on_bytes = net_on_bytes_wait};
    char room[16];
    net_begin(NULL);
    sim_peer_listen(&net_addr, &waiting, NULL);
    int fd = net_connect_open();
    int64_t start_ns = sim_now_ns();
    UNIT_EQ_INT(sock_send(fd, "x", 1), 1);
    UNIT_EQ_INT(net_wait(fd, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
    net_check_elapsed(start_ns, 2 * NET_LATENCY_NS + 7 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 5);
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), 0);
    sock_close(fd);
    net_end();
}

static void net_on_open_greet(struct sim_peer *peer)
{
    net_on_open(peer);
    sim_peer_send(peer, BYTES("hello"));
}

UNIT_TEST(net_peers_connect_to_us)
{
    static const struct sim_peer_ops greeting = {net_on_open_greet, net_on_bytes, net_on_end};
    char room[16];
    net_begin(NULL);
    memset(&net_script, 0, sizeof(net_script));
    (void)sim_peer_connect(&net_addr, &greeting, NULL);
    sim_sleep(CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(net_script.kind, SIM_END_REFUSED);
    int listener = sock_listen(&net_addr, 0, false);
    struct sim_peer *peer = sim_peer_connect(&net_addr, &greeting, &net_script);
    UNIT_OK(sim_peer_context(peer) == &net_script);
    UNIT_EQ_INT(net_wait(listener, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
    int server = sock_accept(listener, NULL);
    UNIT_EQ_INT(net_wait(server, POLLER_IN, CLOCK_NS_PER_SEC), POLLER_IN);
    UNIT_EQ_INT(sock_recv(server, room, sizeof(room)), 5);
    UNIT_EQ_INT(sock_send(server, "welcome", 7), 7);
    sim_sleep(NET_LATENCY_NS);
    UNIT_EQ_BYTES(bytes_make(net_script.text, net_script.len), BYTES("welcome"));
    sim_peer_close(peer);
    sock_close(server);
    sock_close(listener);
    net_end();
}

UNIT_TEST(net_families_are_alike)
{
    static const char *const hosts[] = {"::1", "fd00::7", NULL};
    for (size_t i = 0; i < BR_COUNT(hosts); i++) {
        UNIT_ROW(hosts[i] == NULL ? "unix" : hosts[i]);
        net_begin(NULL);
        if (hosts[i] == NULL)
            UNIT_OK(sock_addr_from_path(BYTES("/run/x.sock"), &net_addr));
        else
            UNIT_OK(sock_addr_from_ip(bytes_from_str(hosts[i]), 80, &net_addr));
        net_listen_noting();
        int fd = sock_open(net_addr.u.any.sa_family);
        UNIT_EQ_INT(sock_connect(fd, &net_addr), -1);
        UNIT_EQ_INT(net_wait(fd, POLLER_OUT, CLOCK_NS_PER_SEC), POLLER_OUT);
        UNIT_EQ_INT(sock_send(fd, "hi", 2), 2);
        sim_sleep(NET_LATENCY_NS);
        UNIT_EQ_BYTES(bytes_make(net_script.text, net_script.len), BYTES("hi"));
        sim_peer_close(net_script.peer);
        sock_close(fd);
        net_end();
    }
}

UNIT_MAIN(UNIT_RUN(net_connects_and_speaks_in_time), UNIT_RUN(net_refuses),
          UNIT_RUN(net_gives_up_in_a_black_hole), UNIT_RUN(net_delivers_when_the_hole_is_lifted),
          UNIT_RUN(net_window_fills_and_empties), UNIT_RUN(net_bandwidth_takes_time),
          UNIT_RUN(net_cuts_short_but_loses_nothing), UNIT_RUN(net_ends_as_tcp_does),
          UNIT_RUN(net_resets_at_once), UNIT_RUN(net_backlog_drops_what_is_too_much),
          UNIT_RUN(net_runs_out_of_ports), UNIT_RUN(net_runs_out_of_descriptors),
          UNIT_RUN(net_listens_as_linux_does), UNIT_RUN(net_stamps_are_when_it_arrived),
          UNIT_RUN(net_peers_have_timers), UNIT_RUN(net_peers_connect_to_us),
          UNIT_RUN(net_families_are_alike))
