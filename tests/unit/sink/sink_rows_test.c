/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows between threads: nothing is lost or changes its order, whoever is slow; and a host on a
 * thread of its own.
 */
#include "sink_world.h"

#include "sink/sink_host_inner.h"
#include "sys/thread.h"

static struct world world;

UNIT_TEST(nobody_takes_rows_and_nothing_is_read)
{
    world_init(&world, "l=tcp");
    world.is_taking = false;
    int fd = world_connect(&world, 0);
    uint64_t sent = 0;
    size_t most = (size_t)(2 * SINK_WAITING_MAX + 300) * SINK_BATCH_ROWS;
    char line[64];
    /* Until the host stops reading. */
    while (!world.host->is_full && sent < most) {
        for (int i = 0; i < 200; i++) {
            int len = snprintf(line, sizeof(line), "%s\n", world_stamp(&world, 1, sent++));
            world_send(fd, bytes_make(line, (size_t)len));
        }
        world_turn(&world);
    }
    UNIT_OK(world.host->is_full);
    uint64_t taken = sink_host_last_block(world.host)->counts[0].messages;
    int late = world_connect(&world, 0);
    for (int i = 0; i < 20; i++)
        world_turn(&world);
    WORLD_EQ(&world, 0, connections, 1);
    UNIT_OK(sink_host_last_block(world.host)->counts[0].messages <= taken);
    /* Somebody takes them: all come, in order, and it goes on. */
    uint64_t next = 0;
    int64_t end_ns = clock_now_ns() + 20 * CLOCK_NS_PER_SEC;
    while (next < sent && clock_now_ns() < end_ns) {
        struct sink_batch *batch = sink_host_take(world.host, 0);
        world_turn(&world);
        for (size_t i = 0; batch != NULL && i < batch->count; i++)
            UNIT_EQ_INT(batch->rows[i].seq, next++);
        if (batch != NULL)
            sink_host_return(world.host, 0, batch);
    }
    UNIT_EQ_INT(next, sent);
    UNIT_OK(!world.host->is_full);
    WORLD_EQ(&world, 0, connections, 2);
    WORLD_EQ(&world, 0, messages, sent);
    sock_close(fd);
    sock_close(late);
    world_fini(&world);
}

/* ---- on a thread ---- */

enum { THREAD_SHARDS = 2, THREAD_EVENTS = 20000 };

static struct loop shard_loops[THREAD_SHARDS];

static void *take_all(int shard, uint64_t *next)
{
    struct sink_batch *batch;
    while ((batch = sink_host_take(world.host, shard)) != NULL) {
        for (size_t i = 0; i < batch->count; i++) {
            UNIT_EQ_INT(batch->rows[i].stream, shard);
            UNIT_EQ_INT(batch->rows[i].seq, *next);
            (*next)++;
        }
        sink_host_return(world.host, shard, batch);
    }
    return NULL;
}

UNIT_TEST(a_host_lives_on_a_thread_of_its_own)
{
    struct sink_totals totals;
    struct sink_block *block;
    uint64_t next[THREAD_SHARDS] = {0};
    char line[64];
    uint64_t rows = 0;
    world_plan(&world, "l=tcp");
    world_open(&world, THREAD_SHARDS, 0);
    for (int i = 0; i < THREAD_SHARDS; i++) {
        UNIT_EQ_INT(loop_init(&shard_loops[i], NULL), BR_ERR_NONE);
        sink_host_attach(world.host, i, &shard_loops[i]);
    }
    struct thread *thread = thread_start("sinks", sink_host_main, world.host);
    UNIT_OK(thread != NULL);
    sink_host_order(world.host, SINK_ORDER_START, clock_now_ns());
    int fd = world_connect(&world, 0);
    for (uint64_t i = 0; i < THREAD_EVENTS; i++) {
        int len = snprintf(line, sizeof(line), "%s\n",
                           world_stamp(&world, (uint32_t)(i % THREAD_SHARDS), i / THREAD_SHARDS));
        world_send(fd, bytes_make(line, (size_t)len));
        if (i % 100 == 0)
            (void)take_all((int)(i / 100 % THREAD_SHARDS), &next[i / 100 % THREAD_SHARDS]);
    }
    sock_close(fd);
    /* A shard sleeps until it is woken. */
    int64_t end_ns = clock_now_ns() + 20 * CLOCK_NS_PER_SEC;
    for (int i = 0; i < THREAD_SHARDS; i++) {
        while (next[i] < THREAD_EVENTS / THREAD_SHARDS && clock_now_ns() < end_ns) {
            (void)take_all(i, &next[i]);
            loop_turn(&shard_loops[i], clock_now_ns() + 100 * CLOCK_NS_PER_MS);
        }
        UNIT_EQ_INT(next[i], THREAD_EVENTS / THREAD_SHARDS);
    }
    sink_host_order(world.host, SINK_ORDER_STOP, 0);
    thread_join(&thread);
    sink_totals_init(&totals);
    while ((block = sink_host_take_block(world.host)) != NULL) {
        sink_totals_add(&totals, &block->counts[0]);
        rows += block->rows;
        sink_host_return_block(world.host, block);
    }
    block = sink_host_last_block(world.host);
    sink_totals_add(&totals, &block->counts[0]);
    rows += block->rows;
    UNIT_EQ_INT(rows, THREAD_EVENTS);
    UNIT_EQ_INT(totals.messages, THREAD_EVENTS);
    UNIT_EQ_INT(totals.deliveries, THREAD_EVENTS);
    UNIT_OK(totals.first_ns <= totals.last_ns);
    sink_totals_fini(&totals);
    for (int i = 0; i < THREAD_SHARDS; i++)
        loop_fini(&shard_loops[i]);
    world_fini(&world);
}

UNIT_TEST(told_to_quit_it_quits_though_nobody_takes)
{
    char line[64];
    world_init(&world, "l=tcp");
    struct thread *thread = thread_start("sinks", sink_host_main, world.host);
    UNIT_OK(thread != NULL);
    int fd = world_connect(&world, 0);
    int len = snprintf(line, sizeof(line), "%s\n", world_stamp(&world, 1, 1));
    world_send(fd, bytes_make(line, (size_t)len));
    sink_host_order(world.host, SINK_ORDER_QUIT, 0);
    thread_join(&thread);
    sock_close(fd);
    world_fini(&world);
}

UNIT_MAIN(UNIT_RUN(nobody_takes_rows_and_nothing_is_read),
          UNIT_RUN(a_host_lives_on_a_thread_of_its_own),
          UNIT_RUN(told_to_quit_it_quits_though_nobody_takes))
