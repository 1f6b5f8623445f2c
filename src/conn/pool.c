/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting connections to a target and remembering the idle ones.
 */
#include "conn/pool.h"

#include "base/must.h"
#include "loop/loop.h"

#define POOL_RACE_NS INT64_C(1000000000)

void pool_init(struct pool *pool, uint32_t limit)
{
    *pool = (struct pool){.limit = limit};
    list_init(&pool->idle);
}

void pool_fini(struct pool *pool)
{
    MUST(pool->open == 0);
    MUST(list_is_empty(&pool->idle));
}

void pool_node_init(struct pool_node *node, struct conn *conn)
{
    *node = (struct pool_node){.conn = conn, .state = POOL_OUT};
    list_init(&node->node);
}

struct pool_node *pool_first_idle(const struct pool *pool)
{
    if (list_is_empty(&pool->idle))
        return NULL;
    return BR_CONTAINER(pool->idle.next, struct pool_node, node);
}

static void pool_end_idle(struct pool *pool, struct pool_node *node)
{
    MUST(node->state == POOL_IDLE);
    list_remove(&node->node);
    pool->idle_count--;
}

struct pool_node *pool_take(struct pool *pool)
{
    struct pool_node *node = pool_first_idle(pool);
    if (node == NULL)
        return NULL;
    pool_end_idle(pool, node);
    node->state = POOL_BUSY;
    pool->reuses++;
    return node;
}

void pool_enter(struct pool *pool, struct pool_node *node)
{
    MUST(node->state == POOL_OUT);
    MUST(pool_can_grow(pool));
    node->state = POOL_BUSY;
    node->uses = 0;
    pool->entered++;
    pool->open++;
    if (pool->open > pool->open_max)
        pool->open_max = pool->open;
}

void pool_give(struct pool *pool, struct pool_node *node)
{
    MUST(node->state == POOL_BUSY);
    node->state = POOL_IDLE;
    node->uses++;
    node->given_ns = node->conn->loop->now_ns;
    pool->idle_count++;
    list_push_head(&pool->idle, &node->node);
}

void pool_leave(struct pool *pool, struct pool_node *node)
{
    MUST(node->state != POOL_OUT);
    if (node->state == POOL_IDLE)
        pool_end_idle(pool, node);
    node->state = POOL_OUT;
    pool->open--;
}

enum pool_idle_result pool_read_idle(struct pool *pool, struct pool_node *node)
{
    MUST(node->state == POOL_IDLE);
    char byte;
    ssize_t got = conn_recv(node->conn, &byte, sizeof(byte), NULL);
    if (got == LAYER_AGAIN)
        return POOL_IDLE_KEPT;
    pool_leave(pool, node);
    conn_close(node->conn, true);
    if (got > 0) {
        pool->idle_unasked++;
        return POOL_IDLE_UNASKED;
    }
    pool->idle_closed++;
    return POOL_IDLE_CLOSED;
}

enum br_err pool_cut_err(const struct pool_node *node, ssize_t result, bool reply_began,
                         int64_t sent_ns, int64_t now_ns)
{
    MUST(result == 0 || layer_is_err(result));
    enum br_err err = result == 0 ? BR_ERR_CLOSED_EARLY : layer_err(result);
    bool is_end = err == BR_ERR_CLOSED_EARLY || err == BR_ERR_RESET || err == BR_ERR_SEND_FAILED;
    if (!is_end || reply_began || !pool_is_reused(node) || now_ns - sent_ns > POOL_RACE_NS)
        return err;
    if (err == BR_ERR_RESET && sent_ns - node->given_ns < POOL_RACE_NS)
        return err;
    return BR_ERR_KEEPALIVE_CLOSED;
}
