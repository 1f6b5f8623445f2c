/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain connections, both ends in one loop: how they open and fail to, short sends, ends and
 * resets, pausing, and what callbacks may do to the connection they are for.
 */
#include "conn/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "peers.h"

enum { BIG = 8 << 20 };

static struct loop loop;
static struct listener listener;
static struct peer client, server;

static void begin(const char *where)
{
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    peer_init(&client, &loop);
    peer_init(&server, &loop);
    listener_open(&listener, &loop, where);
    listener.peers[0] = &server;
}

static void finish(void)
{
    peer_fini(&client);
    peer_fini(&server);
    listener_close(&listener);
    loop_fini(&loop);
}

static void begin_open(const char *where)
{
    begin(where);
    peer_connect(&client, &listener.addr);
    PEERS_WAIT(&loop, client.opens == 1 && server.conn.state == CONN_OPEN);
    UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
    UNIT_EQ_INT(client.conn.state, CONN_OPEN);
}

UNIT_TEST(bytes_go_both_ways_over_every_family)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/tmp/brunt-conn-test-%d.sock", (int)getpid());
    const char *const rows[] = {"127.0.0.1", "::1", "@brunt-conn-test", path};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i]);
        begin_open(rows[i]);
        UNIT_OK(client.conn.tcp_ns >= client.conn.open_start_ns);
        UNIT_EQ_INT(client.conn.tls_ns, 0);
        UNIT_EQ_INT(conn_send(&client.conn, BYTES("ping")), 4);
        PEERS_WAIT(&loop, server.in.len == 4);
        UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("ping"));
        char left[] = "po", right[] = "ng!";
        struct iovec parts[] = {{left, 2}, {right, 3}};
        UNIT_EQ_INT(conn_sendv(&server.conn, parts, 2), 5);
        PEERS_WAIT(&loop, client.in.len == 5);
        UNIT_EQ_BYTES(buf_bytes(&client.in), BYTES("pong!"));
        UNIT_EQ_INT(client.wall_ns, 0);
        finish();
    }
    (void)unlink(path);
}

static void expect_refused(const struct sock_addr *addr, enum br_err want)
{
    struct peer peer;
    peer_init(&peer, &loop);
    peer_connect(&peer, addr);
    PEERS_WAIT(&loop, peer.opens == 1);
    UNIT_EQ_STR(err_name(peer.open_err), err_name(want));
    UNIT_EQ_INT(peer.conn.state, CONN_CLOSED);
    UNIT_EQ_INT(peer.conn.watch.fd, -1);
    peer_fini(&peer);
}

UNIT_TEST(failures_to_connect_have_names)
{
    begin("127.0.0.1");
    /* A port that was just free. */
    struct sock_addr addr = peer_addr("127.0.0.1");
    int fd = sock_listen(&addr, 1, false);
    UNIT_EQ_INT(sock_local_addr(fd, &addr), 0);
    sock_close(fd);
    expect_refused(&addr, BR_ERR_CONN_REFUSED);
    /* TCP to a broadcast address is refused by our own kernel. */
    addr = peer_addr("255.255.255.255");
    sock_addr_set_port(&addr, 9);
    expect_refused(&addr, BR_ERR_CONN_UNREACHABLE);
    addr = peer_addr("/tmp/brunt-conn-test-nobody.sock");
    expect_refused(&addr, BR_ERR_CONN_REFUSED);
    addr = peer_addr("@brunt-conn-test-nobody");
    expect_refused(&addr, BR_ERR_CONN_REFUSED);
    finish();
}

UNIT_TEST(a_connection_that_does_not_come_is_closed_by_its_owner)
{
    begin("127.0.0.1");
    /* A listener that nobody serves, with a queue for two or three: then SYNs stay unanswered. */
    struct sock_addr addr = peer_addr("127.0.0.1");
    int fd = sock_listen(&addr, 1, false);
    UNIT_EQ_INT(listen(fd, 1), 0); /* sock_listen has a minimum */
    UNIT_EQ_INT(sock_local_addr(fd, &addr), 0);
    struct peer peers[6];
    for (int i = 0; i < 6; i++) {
        peer_init(&peers[i], &loop);
        peer_connect(&peers[i], &addr);
    }
    for (int i = 0; i < 20; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(peers[0].opens, 1);
    UNIT_EQ_INT(peers[5].opens, 0);
    UNIT_EQ_INT(peers[5].conn.state, CONN_OPENING);
    conn_close(&peers[5].conn, false);
    for (int i = 0; i < 5; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(peers[5].opens, 0);
    /* It can be used again. */
    peer_connect(&peers[5], &listener.addr);
    PEERS_WAIT(&loop, peers[5].opens == 1 && peers[5].open_err == BR_ERR_NONE);
    for (int i = 0; i < 6; i++)
        peer_fini(&peers[i]);
    sock_close(fd);
    finish();
}

/* Makes room in a listener's queue; always true. */
static bool accept_one(int fd)
{
    int got = sock_accept(fd, NULL);
    if (got != -1)
        sock_close(got);
    return true;
}

UNIT_TEST(a_full_unix_listener_is_waited_for)
{
    begin("127.0.0.1");
    struct sock_addr addr = peer_addr("@brunt-conn-test-full");
    int fd = sock_listen(&addr, 1, false);
    UNIT_EQ_INT(listen(fd, 1), 0);
    struct peer peers[6];
    for (int i = 0; i < 6; i++) {
        peer_init(&peers[i], &loop);
        peer_connect(&peers[i], &addr);
    }
    UNIT_EQ_INT(peers[0].opens, 1);
    UNIT_EQ_INT(peers[5].opens, 0);
    peers_turn(&loop);
    UNIT_EQ_INT(peers[5].opens, 0);
    PEERS_WAIT(&loop, accept_one(fd) && peers[4].opens == 1 && peers[5].opens == 1);
    UNIT_EQ_INT(peers[5].open_err, BR_ERR_NONE);
    /* One that gives up while it waits leaves nothing behind. */
    for (int i = 0; i < 6; i++)
        peer_fini(&peers[i]);
    sock_close(fd);
    finish();
}

UNIT_TEST(short_sends_go_on_when_there_is_room)
{
    begin_open("127.0.0.1");
    char *big = mem_alloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)(i * 31 + i / 4096);
    server.read_size = 1 << 20;
    conn_pause_reading(&server.conn, true);
    peer_send_all(&client, bytes_make(big, BIG));
    UNIT_OK(client.rest.len > 0);
    UNIT_OK(client.conn.wants_out);
    UNIT_EQ_INT(client.conn.watch.events, POLLER_IN | POLLER_OUT);
    for (int i = 0; i < 3; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(server.readables, 0);
    UNIT_OK(client.rest.len > 0);
    conn_pause_reading(&server.conn, false);
    PEERS_WAIT(&loop, server.in.len == BIG);
    UNIT_OK(memcmp(server.in.data, big, BIG) == 0);
    UNIT_OK(client.writables > 0);
    /* Nothing is left to say: out of the poller again. */
    peers_turn(&loop);
    UNIT_EQ_INT(client.conn.watch.events, POLLER_IN);
    UNIT_OK(!client.conn.wants_out);
    mem_free(big);
    finish();
}

UNIT_TEST(the_end_is_0_and_a_reset_is_an_error)
{
    begin_open("127.0.0.1");
    conn_close(&server.conn, true);
    conn_close(&server.conn, true);
    PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.end, 0);
    UNIT_OK(!client.conn.truncated);
    finish();

    begin_open("127.0.0.1");
    conn_close(&server.conn, false);
    PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.end, layer_fail(BR_ERR_RESET));
    finish();
}

static void send_and_note(struct peer *peer)
{
    peer->end = conn_send(&peer->conn, BYTES("late"));
}

UNIT_TEST(sending_into_a_reset_connection_is_no_signal)
{
    begin_open("127.0.0.1");
    conn_pause_reading(&client.conn, true);
    conn_close(&server.conn, false);
    for (int i = 0; i < 3; i++)
        peers_turn(&loop);
    /* Paused: nothing was noticed, and the loop did not spin on the hang-up. */
    UNIT_EQ_INT(client.readables, 0);
    UNIT_EQ_INT(client.conn.watch.events, 0);
    send_and_note(&client);
    UNIT_EQ_INT(client.end, layer_fail(BR_ERR_RESET));
    finish();
}

UNIT_TEST(pausing_holds_bytes_back_in_the_kernel)
{
    begin_open("@brunt-conn-test");
    conn_pause_reading(&server.conn, true);
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("held")), 4);
    conn_close(&client.conn, true);
    for (int i = 0; i < 3; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(server.readables, 0);
    conn_pause_reading(&server.conn, false);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("held"));
    UNIT_EQ_INT(server.end, 0);
    finish();
}

UNIT_TEST(the_kernel_stamps_what_arrives_when_asked)
{
    begin("127.0.0.1");
    const struct conn_target target = {.addr = &listener.addr, .rx_stamps = true};
    conn_connect(&client.conn, &target);
    PEERS_WAIT(&loop, client.opens == 1 && server.conn.state == CONN_OPEN);
    int64_t before_ns = clock_wall_ns();
    /* The kernel begins to stamp some time after it was asked to: the first packets have none. */
    for (size_t i = 1; i <= 500 && client.wall_ns == 0; i++) {
        UNIT_EQ_INT(conn_send(&server.conn, BYTES("x")), 1);
        PEERS_WAIT(&loop, client.in.len == i);
        peers_turn(&loop);
    }
    UNIT_OK(client.wall_ns >= before_ns - CLOCK_NS_PER_SEC);
    UNIT_OK(client.wall_ns <= clock_wall_ns() + CLOCK_NS_PER_SEC);
    finish();
}

static void discard_all(struct peer *peer)
{
    char scratch[64];
    memset(scratch, 'u', sizeof(scratch));
    ssize_t got = conn_recv_discard(&peer->conn, scratch, sizeof(scratch));
    if (got > 0)
        *(size_t *)peer->context += (size_t)got;
}

UNIT_TEST(discarded_bytes_are_counted_over_every_family)
{
    const char *const rows[] = {"127.0.0.1", "::1", "@brunt-conn-test"};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i]);
        begin_open(rows[i]);
        size_t at_server = 0, at_client = 0;
        server.on_readable = discard_all;
        server.context = &at_server;
        client.on_readable = discard_all;
        client.context = &at_client;
        char block[1000] = {0};
        UNIT_EQ_INT(conn_send(&client.conn, bytes_make(block, 1000)), 1000);
        UNIT_EQ_INT(conn_send(&server.conn, bytes_make(block, 700)), 700);
        PEERS_WAIT(&loop, at_server == 1000 && at_client == 700);
        finish();
    }
}

/* ---- callbacks that close, free and connect again ---- */

static void close_now(struct peer *peer)
{
    conn_close(&peer->conn, false);
}

static void free_now(struct peer *peer)
{
    peer_fini(peer);
    mem_free(peer);
}

static void connect_again(struct peer *peer)
{
    conn_close(&peer->conn, true);
    peer->on_readable = NULL;
    peer_connect(peer, &listener.addr);
}

UNIT_TEST(a_callback_may_close_its_connection)
{
    begin("127.0.0.1");
    client.on_open = close_now;
    peer_connect(&client, &listener.addr);
    PEERS_WAIT(&loop, client.opens == 1 && server.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.conn.state, CONN_CLOSED);
    finish();

    begin_open("127.0.0.1");
    client.on_readable = close_now;
    UNIT_EQ_INT(conn_send(&server.conn, BYTES("x")), 1);
    PEERS_WAIT(&loop, client.conn.state == CONN_CLOSED);
    UNIT_EQ_INT(client.readables, 1);
    finish();
}

UNIT_TEST(a_callback_may_free_its_connection)
{
    begin("127.0.0.1");
    struct peer *peer = MEM_NEW(struct peer);
    peer_init(peer, &loop);
    peer->on_open = free_now;
    peer_connect(peer, &listener.addr);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    finish();

    begin("127.0.0.1");
    peer = MEM_NEW(struct peer);
    peer_init(peer, &loop);
    peer->on_readable = free_now;
    peer_connect(peer, &listener.addr);
    PEERS_WAIT(&loop, server.conn.state == CONN_OPEN);
    UNIT_EQ_INT(conn_send(&server.conn, BYTES("x")), 1);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    finish();
}

/* Both readable and writable in one row, and gone in the first of the two callbacks. */
static void fill_and_answer(struct peer *from, struct peer *to, char *big)
{
    conn_pause_reading(&to->conn, true);
    peer_send_all(from, bytes_make(big, BIG));
    UNIT_OK(from->rest.len > 0);
    UNIT_EQ_INT(conn_send(&to->conn, BYTES("x")), 1);
    conn_pause_reading(&to->conn, false);
}

static struct peer *freed_on_writable;

static void free_on_writable(struct conn *conn)
{
    (void)conn;
    struct peer *peer = freed_on_writable;
    freed_on_writable = NULL;
    free_now(peer);
}

static void no_open(struct conn *conn, enum br_err err)
{
    (void)conn;
    (void)err;
}

static void no_readable(struct conn *conn)
{
    char byte[16];
    (void)conn_recv(conn, byte, sizeof(byte), NULL);
}

UNIT_TEST(on_writable_may_free_its_connection)
{
    static const struct conn_ops ops = {no_open, no_readable, free_on_writable};
    begin("127.0.0.1");
    char *big = mem_zalloc(1, BIG);
    struct peer *peer = MEM_NEW(struct peer);
    peer_init(peer, &loop);
    server.read_size = 1 << 20;
    peer_connect(peer, &listener.addr);
    PEERS_WAIT(&loop, server.conn.state == CONN_OPEN);
    peer->conn.ops = &ops;
    freed_on_writable = peer;
    fill_and_answer(peer, &server, big);
    PEERS_WAIT(&loop, freed_on_writable == NULL);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    mem_free(big);
    finish();
}

UNIT_TEST(a_connection_can_be_connected_again_from_inside)
{
    begin_open("127.0.0.1");
    struct peer second;
    peer_init(&second, &loop);
    listener.peers[1] = &second;
    client.on_readable = connect_again;
    UNIT_EQ_INT(conn_send(&server.conn, BYTES("again")), 5);
    PEERS_WAIT(&loop, client.opens == 2 && second.conn.state == CONN_OPEN);
    UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
    UNIT_EQ_INT(conn_send(&second.conn, BYTES("hello")), 5);
    PEERS_WAIT(&loop, client.in.len == 5);
    UNIT_EQ_BYTES(buf_bytes(&client.in), BYTES("hello"));
    peer_fini(&second);
    finish();
}

UNIT_TEST(one_connection_may_close_another_of_the_same_turn)
{
    begin_open("127.0.0.1");
    struct peer other, second;
    peer_init(&other, &loop);
    peer_init(&second, &loop);
    listener.peers[1] = &second;
    peer_connect(&other, &listener.addr);
    PEERS_WAIT(&loop, other.opens == 1 && second.conn.state == CONN_OPEN);
    UNIT_EQ_INT(conn_send(&server.conn, BYTES("x")), 1);
    UNIT_EQ_INT(conn_send(&second.conn, BYTES("x")), 1);
    conn_close(&other.conn, false);
    for (int i = 0; i < 5; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(other.readables, 0);
    UNIT_EQ_INT(client.in.len, 1);
    peer_fini(&other);
    peer_fini(&second);
    finish();
}

UNIT_MAIN(UNIT_RUN(bytes_go_both_ways_over_every_family), UNIT_RUN(failures_to_connect_have_names),
          UNIT_RUN(a_connection_that_does_not_come_is_closed_by_its_owner),
          UNIT_RUN(a_full_unix_listener_is_waited_for),
          UNIT_RUN(short_sends_go_on_when_there_is_room),
          UNIT_RUN(the_end_is_0_and_a_reset_is_an_error),
          UNIT_RUN(sending_into_a_reset_connection_is_no_signal),
          UNIT_RUN(pausing_holds_bytes_back_in_the_kernel),
          UNIT_RUN(the_kernel_stamps_what_arrives_when_asked),
          UNIT_RUN(discarded_bytes_are_counted_over_every_family),
          UNIT_RUN(a_callback_may_close_its_connection),
          UNIT_RUN(a_callback_may_free_its_connection),
          UNIT_RUN(on_writable_may_free_its_connection),
          UNIT_RUN(a_connection_can_be_connected_again_from_inside),
          UNIT_RUN(one_connection_may_close_another_of_the_same_turn))
