/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools: who is given back comes first, the ceiling, idle connections whose peer hangs up or
 * speaks, and the kinds of errors that operations end with.
 */
#include "conn/pool.h"

#include "peers.h"

static struct loop loop;
static struct listener listener;
static struct pool pool;

/* A session of three lines. */
struct guest {
    struct pool_node node;
    struct peer peer;
    int idle_results[3];
};

static struct guest guests[3];
static struct peer servers[3];

static void guest_on_readable(struct peer *peer)
{
    struct guest *guest = BR_CONTAINER(peer, struct guest, peer);
    if (pool_is_idle(&guest->node))
        guest->idle_results[pool_read_idle(&pool, &guest->node)]++;
    else
        peer_read(peer);
}

static void begin(uint32_t limit)
{
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    listener_open(&listener, &loop, "127.0.0.1");
    pool_init(&pool, limit);
    for (int i = 0; i < 3; i++) {
        guests[i] = (struct guest){.idle_results = {0}};
        peer_init(&guests[i].peer, &loop);
        guests[i].peer.on_readable = guest_on_readable;
        pool_node_init(&guests[i].node, &guests[i].peer.conn);
        peer_init(&servers[i], &loop);
        listener.peers[i] = &servers[i];
    }
}

static void guest_connect(int i)
{
    UNIT_OK(pool_can_grow(&pool));
    pool_enter(&pool, &guests[i].node);
    peer_connect(&guests[i].peer, &listener.addr);
    PEERS_WAIT(&loop, servers[i].conn.state == CONN_OPEN && guests[i].peer.opens == 1);
}

static void finish(void)
{
    for (int i = 0; i < 3; i++) {
        if (guests[i].node.state != POOL_OUT)
            pool_leave(&pool, &guests[i].node);
        peer_fini(&guests[i].peer);
        peer_fini(&servers[i]);
    }
    pool_fini(&pool);
    listener_close(&listener);
    loop_fini(&loop);
}

UNIT_TEST(the_last_given_is_the_first_taken)
{
    begin(2);
    UNIT_OK(pool_take(&pool) == NULL);
    guest_connect(0);
    guest_connect(1);
    UNIT_OK(!pool_can_grow(&pool));
    UNIT_OK(!pool_is_reused(&guests[0].node));
    pool_give(&pool, &guests[0].node);
    pool_give(&pool, &guests[1].node);
    UNIT_EQ_INT(pool.idle_count, 2);
    UNIT_OK(pool_first_idle(&pool) == &guests[1].node);
    UNIT_OK(pool_take(&pool) == &guests[1].node);
    UNIT_OK(pool_is_reused(&guests[1].node));
    UNIT_OK(pool_take(&pool) == &guests[0].node);
    UNIT_OK(pool_take(&pool) == NULL);
    pool_leave(&pool, &guests[0].node);
    UNIT_OK(pool_can_grow(&pool));
    UNIT_EQ_INT(pool.open, 1);
    UNIT_EQ_INT(pool.open_max, 2);
    UNIT_EQ_INT(pool.entered, 2);
    UNIT_EQ_INT(pool.reuses, 2);
    /* A new connection of the same session is not a reused one. */
    conn_close(&guests[0].peer.conn, true);
    pool_enter(&pool, &guests[0].node);
    UNIT_OK(!pool_is_reused(&guests[0].node));
    finish();
}

UNIT_TEST(idle_connections_that_end_leave_quietly)
{
    begin(3);
    for (int i = 0; i < 3; i++) {
        guest_connect(i);
        pool_give(&pool, &guests[i].node);
    }
    conn_close(&servers[0].conn, true);
    conn_close(&servers[1].conn, false);
    UNIT_EQ_INT(conn_send(&servers[2].conn, BYTES("HTTP/1.1 408 Request Timeout\r\n")), 30);
    PEERS_WAIT(&loop, pool.open == 0);
    UNIT_EQ_INT(pool.idle_count, 0);
    UNIT_EQ_INT(pool.idle_closed, 2);
    UNIT_EQ_INT(pool.idle_unasked, 1);
    UNIT_EQ_INT(guests[0].idle_results[POOL_IDLE_CLOSED], 1);
    UNIT_EQ_INT(guests[1].idle_results[POOL_IDLE_CLOSED], 1);
    UNIT_EQ_INT(guests[2].idle_results[POOL_IDLE_UNASKED], 1);
    for (int i = 0; i < 3; i++)
        UNIT_EQ_INT(guests[i].peer.conn.state, CONN_CLOSED);
    UNIT_OK(pool_take(&pool) == NULL);
    finish();
}

#define MS INT64_C(1000000)
#define RESULT(err) (LAYER_ERR_BASE - (ssize_t)BR_ERR_##err)

UNIT_TEST(a_close_race_is_an_error_of_its_own)
{
    static const struct {
        const char *row;
        uint32_t uses;
        ssize_t result;
        bool began;
        int64_t idle_ms;
        int64_t waited_ms;
        enum br_err want;
    } rows[] = {
        {"fresh, end", 0, 0, false, 0, 1, BR_ERR_CLOSED_EARLY},
        {"fresh, reset", 0, RESULT(RESET), false, 0, 1, BR_ERR_RESET},
        {"reused, end", 1, 0, false, 0, 1, BR_ERR_KEEPALIVE_CLOSED},
        {"reused, end after a while", 1, 0, false, 0, 1001, BR_ERR_CLOSED_EARLY},
        {"long idle, reset", 7, RESULT(RESET), false, 5000, 1, BR_ERR_KEEPALIVE_CLOSED},
        {"long idle, reset after a while", 7, RESULT(RESET), false, 5000, 1001, BR_ERR_RESET},
        {"just used, reset", 7, RESULT(RESET), false, 10, 1, BR_ERR_RESET},
        {"reused, cannot send", 7, RESULT(SEND_FAILED), false, 10, 1, BR_ERR_KEEPALIVE_CLOSED},
        {"reused, end in the reply", 1, 0, true, 0, 1, BR_ERR_CLOSED_EARLY},
        {"reused, reset in the reply", 1, RESULT(RESET), true, 5000, 1, BR_ERR_RESET},
        {"reused, other", 1, RESULT(TLS_PROTOCOL), false, 0, 1, BR_ERR_TLS_PROTOCOL},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].row);
        const struct pool_node node = {
            .uses = rows[i].uses, .state = POOL_BUSY, .given_ns = 1000 * MS};
        int64_t sent_ns = node.given_ns + rows[i].idle_ms * MS;
        enum br_err err = pool_cut_err(&node, rows[i].result, rows[i].began, sent_ns,
                                       sent_ns + rows[i].waited_ms * MS);
        UNIT_EQ_STR(err_name(err), err_name(rows[i].want));
    }
}

UNIT_TEST(the_race_itself)
{
    begin(1);
    guest_connect(0);
    pool_give(&pool, &guests[0].node);
    /* The peer closes, and we use it before the loop has told us. */
    conn_close(&servers[0].conn, true);
    struct pool_node *node = pool_take(&pool);
    UNIT_OK(node == &guests[0].node);
    (void)conn_send(node->conn, BYTES("GET / HTTP/1.1\r\n\r\n"));
    PEERS_WAIT(&loop, guests[0].peer.end != PEER_OPEN_ENDED);
    int64_t now_ns = loop_now(&loop);
    UNIT_EQ_INT(pool_cut_err(node, guests[0].peer.end, false, now_ns, now_ns),
                BR_ERR_KEEPALIVE_CLOSED);
    finish();
}

UNIT_MAIN(UNIT_RUN(the_last_given_is_the_first_taken),
          UNIT_RUN(idle_connections_that_end_leave_quietly),
          UNIT_RUN(a_close_race_is_an_error_of_its_own), UNIT_RUN(the_race_itself))
