/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows on their way to the shards. A batch goes when it is full or SINK_FLUSH_NS have passed since
 * the last ones went: at a low rate at once, at a high one with few wakes. What a full ring refuses
 * waits here, in order; when too much waits, the sinks stop reading until all of it is gone.
 */
#include "base/mem.h"
#include "base/must.h"
#include "sink/sink_host_inner.h"

enum { SINK_RING_SIZE = 256 };
#define SINK_RETRY_NS INT64_C(1000000)

static void sink_rows_on_flush(struct wheel_timer *timer, void *context)
{
    /* The turn's end, which comes next, does it. */
    (void)timer;
    (void)context;
}

void sink_rows_init(struct sink_host *host)
{
    size_t count = (size_t)host->config.shard_count;
    host->ports = mem_zalloc(count, sizeof(*host->ports));
    for (size_t i = 0; i < count; i++) {
        ring_init(&host->ports[i].full, SINK_RING_SIZE);
        ring_init(&host->ports[i].empty, SINK_RING_SIZE);
    }
    wheel_timer_init(&host->flush, sink_rows_on_flush, host);
}

static void sink_rows_free_ring(struct ring *ring)
{
    struct sink_batch *batch;
    while ((batch = ring_pop(ring)) != NULL)
        mem_free(batch);
    ring_fini(ring);
}

void sink_rows_fini(struct sink_host *host)
{
    for (int i = 0; i < host->config.shard_count; i++) {
        struct sink_port *port = &host->ports[i];
        sink_rows_free_ring(&port->full);
        sink_rows_free_ring(&port->empty);
        mem_free(port->batch);
        while (port->first != NULL) {
            struct sink_batch *next = port->first->next;
            mem_free(port->first);
            port->first = next;
        }
    }
    mem_free(host->ports);
    wheel_disarm(&host->loop.wheel, &host->flush);
}

static void sink_port_queue(struct sink_port *port)
{
    struct sink_batch *batch = port->batch;
    batch->next = NULL;
    if (port->first == NULL)
        port->first = batch;
    else
        port->last->next = batch;
    port->last = batch;
    port->batch = NULL;
    port->waiting++;
}

void sink_rows_add(struct sink_host *host, const struct sink_arrival *row)
{
    if (host->config.shard_count == 0)
        return;
    struct sink_port *port = &host->ports[row->stream % (uint32_t)host->config.shard_count];
    if (port->batch == NULL) {
        port->batch = ring_pop(&port->empty);
        if (port->batch == NULL)
            port->batch = mem_alloc(sizeof(*port->batch));
        port->batch->count = 0;
    }
    port->batch->rows[port->batch->count++] = *row;
    host->block->rows++;
    host->has_rows = true;
    if (port->batch->count == SINK_BATCH_ROWS)
        sink_port_queue(port);
}

/* Into the ring as much as it takes; the number of batches that still wait. */
static size_t sink_port_hand_over(struct sink_port *port)
{
    bool any = false;
    while (port->first != NULL) {
        struct sink_batch *next = port->first->next; /* afterwards the batch is not ours */
        if (!ring_push(&port->full, port->first))
            break;
        port->first = next;
        port->waiting--;
        any = true;
    }
    if (any && port->loop != NULL)
        loop_wake(port->loop);
    return port->waiting;
}

bool sink_rows_flush(struct sink_host *host)
{
    size_t waiting = 0;
    for (int i = 0; i < host->config.shard_count; i++) {
        struct sink_port *port = &host->ports[i];
        if (port->batch != NULL && port->batch->count > 0)
            sink_port_queue(port);
        size_t left = sink_port_hand_over(port);
        if (left > waiting)
            waiting = left;
    }
    host->flushed_ns = host->loop.now_ns;
    host->has_rows = waiting > 0;
    if (!host->is_full && waiting >= SINK_WAITING_MAX)
        sink_host_pause(host, true);
    else if (host->is_full && waiting == 0)
        sink_host_pause(host, false);
    return waiting == 0;
}

void sink_rows_turn(struct sink_host *host)
{
    if (!host->has_rows)
        return;
    int64_t now_ns = host->loop.now_ns;
    int64_t due_ns = host->flushed_ns + SINK_FLUSH_NS;
    if (now_ns < due_ns) {
        if (!wheel_timer_is_armed(&host->flush))
            wheel_arm(&host->loop.wheel, &host->flush, due_ns);
        return;
    }
    if (!sink_rows_flush(host))
        wheel_arm(&host->loop.wheel, &host->flush, now_ns + SINK_RETRY_NS);
}

/* ---- the shards' side ---- */

struct sink_batch *sink_host_take(struct sink_host *host, int shard)
{
    MUST(shard >= 0);
    MUST(shard < host->config.shard_count);
    return ring_pop(&host->ports[shard].full);
}

void sink_host_return(struct sink_host *host, int shard, struct sink_batch *batch)
{
    MUST(shard >= 0);
    MUST(shard < host->config.shard_count);
    if (!ring_push(&host->ports[shard].empty, batch))
        mem_free(batch);
}

void sink_host_attach(struct sink_host *host, int shard, struct loop *loop)
{
    MUST(shard >= 0);
    MUST(shard < host->config.shard_count);
    host->ports[shard].loop = loop;
}
