/* SPDX-License-Identifier: Apache-2.0
 *
 * Sources: when they are spread, over what, and where a connection from one really comes from.
 */
#include "conn/source.h"

#include "peers.h"

static const char *pick(struct source *source)
{
    static char text[SOCK_TEXT_SIZE];
    const struct sock_addr *addr = source_pick(source);
    if (addr == NULL)
        return "-";
    sock_addr_format(addr, text);
    return text;
}

static struct source source_to(const char *target, uint64_t connections, unsigned shard)
{
    struct source source;
    struct sock_addr addr = peer_addr(target);
    source_init(&source, &addr, connections, shard);
    return source;
}

UNIT_TEST(few_connections_leave_the_choice_to_the_kernel)
{
    struct source source = source_to("127.0.0.1", SOURCE_PORTS, 3);
    for (int i = 0; i < 3; i++)
        UNIT_EQ_STR(pick(&source), "-");
}

UNIT_TEST(many_connections_are_spread_in_turn)
{
    struct source source = source_to("127.0.0.1", 2 * SOURCE_PORTS + 1, 0);
    UNIT_EQ_STR(pick(&source), "-");
    UNIT_EQ_STR(pick(&source), "127.0.0.2:0");
    UNIT_EQ_STR(pick(&source), "127.0.0.3:0");
    UNIT_EQ_STR(pick(&source), "-");
    /* Shards begin at different places. */
    source = source_to("127.0.0.1", 2 * SOURCE_PORTS + 1, 1);
    UNIT_EQ_STR(pick(&source), "127.0.0.2:0");
    source = source_to("127.0.0.1", UINT64_MAX / 2, 0);
    UNIT_EQ_INT(source.count, SOURCE_MAX);
}

UNIT_TEST(a_source_without_ports_is_left_behind)
{
    struct source source = source_to("127.0.0.1", 10, 0);
    UNIT_EQ_STR(pick(&source), "-");
    UNIT_OK(source_move(&source));
    UNIT_EQ_STR(pick(&source), "127.0.0.2:0");
    UNIT_EQ_STR(pick(&source), "127.0.0.2:0");
    UNIT_OK(source_move(&source));
    UNIT_EQ_STR(pick(&source), "127.0.0.3:0");
    /* All of them in a row: there is nothing left to try. */
    int moves = 0;
    while (source_move(&source)) {
        (void)source_pick(&source);
        moves++;
    }
    UNIT_OK(moves >= SOURCE_MAX - 4 && moves <= SOURCE_MAX);
    /* A while later it may be tried again. */
    UNIT_OK(source_move(&source));
}

UNIT_TEST(only_ipv4_loopback_can_be_spread)
{
    const char *const rows[] = {"::1", "192.0.2.1", "/tmp/brunt.sock"};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i]);
        struct source source = source_to(rows[i], 100000, 1);
        UNIT_EQ_STR(pick(&source), "-");
        UNIT_OK(!source_move(&source));
        UNIT_EQ_STR(pick(&source), "-");
    }
}

static void note_peer(struct loop_watch *watch, unsigned events)
{
    (void)watch;
    (void)events;
}

UNIT_TEST(connections_come_from_the_source)
{
    struct loop loop;
    struct loop_watch watch;
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    struct sock_addr addr = peer_addr("127.0.0.1");
    int fd = sock_listen(&addr, 4, false);
    UNIT_EQ_INT(sock_local_addr(fd, &addr), 0);
    UNIT_EQ_INT(loop_watch_add(&loop, &watch, fd, POLLER_IN, note_peer), BR_ERR_NONE);
    struct source source = source_to("127.0.0.1", 2 * SOURCE_PORTS, 1);
    struct peer client;
    peer_init(&client, &loop);
    const struct conn_target target = {.addr = &addr, .source = source_pick(&source)};
    conn_connect(&client.conn, &target);
    PEERS_WAIT(&loop, client.opens == 1);
    UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
    struct sock_addr from;
    int accepted = sock_accept(fd, &from);
    UNIT_OK(accepted != -1);
    char text[SOCK_TEXT_SIZE];
    sock_addr_set_port(&from, 1);
    sock_addr_format(&from, text);
    UNIT_EQ_STR(text, "127.0.0.2:1");
    sock_close(accepted);
    peer_fini(&client);
    loop_watch_remove(&loop, &watch);
    sock_close(fd);
    loop_fini(&loop);
}

UNIT_MAIN(UNIT_RUN(few_connections_leave_the_choice_to_the_kernel),
          UNIT_RUN(many_connections_are_spread_in_turn),
          UNIT_RUN(a_source_without_ports_is_left_behind),
          UNIT_RUN(only_ipv4_loopback_can_be_spread), UNIT_RUN(connections_come_from_the_source))
