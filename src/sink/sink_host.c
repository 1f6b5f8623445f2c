/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a sink thread: sinks are opened before it runs, so that whoever starts it hears at
 * once what is wrong; then it serves, counts, obeys, and ends when everything is handed over.
 */
#include "sink/sink_host.h"

#include "base/mem.h"
#include "base/must.h"
#include "proto/http_server.h"
#include "sink/sink_control.h"
#include "sink/sink_host_inner.h"
#include "sys/clock.h"

enum { SINK_BLOCKS = 2 };
#define SINK_AGAIN_NS (10 * CLOCK_NS_PER_MS)

/* ---- what is in force ---- */

static void sink_apply_stretch(struct sink *sink, int64_t now_ns)
{
    struct sink_host *host = sink->host;
    unsigned before = sink->force.acts;
    if (host->start_ns == INT64_MAX || host->is_stopping || now_ns < host->start_ns)
        sink->force = (struct plan_sink_stretch){.to_ns = INT64_MAX};
    else
        plan_sink_stretch_at(sink->config, now_ns - host->start_ns, &sink->force);
    unsigned port_acts = (before | sink->force.acts) & (PLAN_SINK_DOWN | PLAN_SINK_READ);
    if (port_acts != 0 || sink->is_behind)
        sink->is_behind = !sink->ops->change(sink);
}

static void sink_on_change(struct wheel_timer *timer, void *context)
{
    struct sink *sink = context;
    struct sink_host *host = sink->host;
    int64_t now_ns = loop_now(&host->loop);
    sink_apply_stretch(sink, now_ns);
    if (host->start_ns == INT64_MAX || host->is_stopping)
        return;
    int64_t next_ns = plan_sink_next_change(sink->config, now_ns - host->start_ns);
    next_ns = next_ns == INT64_MAX ? INT64_MAX : next_ns + host->start_ns;
    if (sink->is_behind && next_ns > now_ns + SINK_AGAIN_NS)
        next_ns = now_ns + SINK_AGAIN_NS;
    if (next_ns != INT64_MAX)
        wheel_arm(&host->loop.wheel, timer, next_ns);
}

static void sink_host_start_load(struct sink_host *host, int64_t start_ns)
{
    host->start_ns = start_ns;
    for (int i = 0; i < host->count; i++) {
        struct sink *sink = host->sinks[i];
        if (sink->config->stretch_count == 0)
            continue;
        if (start_ns > host->loop.now_ns)
            wheel_arm(&host->loop.wheel, &sink->change, start_ns);
        else
            sink_on_change(&sink->change, sink);
    }
}

void sink_host_pause(struct sink_host *host, bool is_full)
{
    int64_t now_ns = host->loop.now_ns;
    host->is_full = is_full;
    if (is_full)
        host->full_at_ns = now_ns;
    else
        host->block->full_ns += (uint64_t)(now_ns - host->full_at_ns);
    for (int i = 0; i < host->count; i++) {
        host->sinks[i]->is_paused = is_full;
        host->sinks[i]->ops->pause(host->sinks[i], is_full);
    }
}

/* ---- counts, once a second ---- */

static void sink_host_seal_block(struct sink_host *host)
{
    struct sink_block *block = host->block;
    int64_t now_ns = host->loop.now_ns;
    int64_t wall_ns = now_ns - host->ticked_ns;
    int64_t idle_ns = host->loop.account.idle_ns - host->seen.idle_ns;
    int64_t busy_ns = wall_ns > idle_ns ? wall_ns - idle_ns : 0;
    block->busy_ns += (uint64_t)busy_ns;
    block->idle_ns += (uint64_t)idle_ns;
    if (wall_ns > CLOCK_NS_PER_SEC / 2) {
        uint64_t permille = (uint64_t)(busy_ns * 1000 / wall_ns);
        if (permille > block->busy_permille_max)
            block->busy_permille_max = permille;
    }
    if (host->is_full) {
        block->full_ns += (uint64_t)(now_ns - host->full_at_ns);
        host->full_at_ns = now_ns;
    }
    for (int i = 0; i < host->count; i++)
        block->counts[i].open = host->sinks[i]->open;
    host->ticked_ns = now_ns;
    host->seen = host->loop.account;
}

static void sink_host_use_block(struct sink_host *host, struct sink_block *block)
{
    host->block = block;
    for (int i = 0; i < host->count; i++)
        host->sinks[i]->counts = &block->counts[i];
}

/* Passes the block on if another one is back, else goes on in it. */
static void sink_host_pass_block(struct sink_host *host)
{
    sink_host_seal_block(host);
    struct sink_block *blank = ring_pop(&host->blanks);
    if (blank == NULL)
        return;
    for (int i = 0; i < host->count && host->config.last_count > 0; i++)
        sink_totals_add(&host->totals[i], &host->block->counts[i]);
    bool pushed = ring_push(&host->blocks, host->block);
    MUST(pushed); /* the ring has room for all there are */
    sink_host_use_block(host, blank);
    if (host->config.watcher != NULL)
        loop_wake(host->config.watcher);
}

static void sink_host_on_tick(struct wheel_timer *timer, void *context)
{
    struct sink_host *host = context;
    (void)loop_now(&host->loop);
    sink_store_flush(host);
    sink_host_pass_block(host);
    wheel_arm(&host->loop.wheel, timer, timer->due_ns + CLOCK_NS_PER_SEC);
}

struct sink_block *sink_host_take_block(struct sink_host *host)
{
    return ring_pop(&host->blocks);
}

void sink_host_return_block(struct sink_host *host, struct sink_block *block)
{
    sink_block_reset(block);
    bool pushed = ring_push(&host->blanks, block);
    MUST(pushed);
}

struct sink_block *sink_host_last_block(struct sink_host *host)
{
    return host->block;
}

/* ---- orders ---- */

static void sink_host_stop(struct sink_host *host)
{
    host->is_stopping = true;
    if (host->control != NULL)
        sink_control_close(host);
    for (int i = 0; i < host->count; i++) {
        struct sink *sink = host->sinks[i];
        wheel_disarm(&host->loop.wheel, &sink->change);
        sink->ops->close(sink);
    }
    sink_store_flush(host);
}

static void sink_host_obey(struct sink_host *host)
{
    const struct sink_order *order;
    while ((order = ring_pop(&host->orders)) != NULL) {
        if (order->kind == SINK_ORDER_START)
            sink_host_start_load(host, order->at_ns);
        else if (!host->is_stopping)
            sink_host_stop(host);
        if (order->kind == SINK_ORDER_QUIT)
            loop_stop(&host->loop);
    }
}

static void sink_host_on_turn(void *context)
{
    struct sink_host *host = context;
    sink_host_obey(host);
    if (!host->is_stopping) {
        sink_rows_turn(host);
        return;
    }
    if (sink_rows_flush(host))
        loop_stop(&host->loop);
    else
        wheel_arm(&host->loop.wheel, &host->flush, loop_now(&host->loop) + CLOCK_NS_PER_MS);
}

void sink_host_order(struct sink_host *host, enum sink_order_kind kind, int64_t at_ns)
{
    MUST(host->order_count < SINK_ORDERS_MAX);
    struct sink_order *order = &host->order_room[host->order_count++];
    *order = (struct sink_order){kind, at_ns};
    bool pushed = ring_push(&host->orders, order);
    MUST(pushed);
    loop_wake(&host->loop);
}

/* ---- life ---- */

static enum br_err sink_host_open_sink(struct sink_host *host, int index, struct diag *diag)
{
    const struct plan_sink *config = &host->config.sinks->sinks[index];
    const struct sink_ops *ops = sink_ops_find(config->kind);
    struct diag why = DIAG_INIT;
    struct sink *sink = ops->create();
    sink->ops = ops;
    sink->config = config;
    sink->host = host;
    sink->loop = &host->loop;
    sink->counts = &host->block->counts[index];
    sink->force.to_ns = INT64_MAX;
    sink->seed = rng_at(host->config.seed, (uint64_t)index).state;
    sink->index = (uint16_t)index;
    wheel_timer_init(&sink->change, sink_on_change, sink);
    host->sinks[host->count++] = sink;
    enum br_err err = ops->open(sink, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, err, "sink %.*s: %s", BYTES_ARG(config->name), why.text);
    return BR_ERR_NONE;
}

static void sink_host_init(struct sink_host *host, const struct sink_host_config *config)
{
    int count = (int)config->sinks->count;
    host->config = *config;
    host->start_ns = INT64_MAX;
    host->receive = mem_alloc(SINK_RECEIVE_SIZE);
    list_init(&host->hooks);
    stamp_set_init(&host->set);
    buf_init(&host->field, SINK_MESSAGE_MAX);
    buf_init(&host->answer, SINK_ANSWER_MAX);
    host->totals = mem_zalloc((size_t)count, sizeof(*host->totals));
    for (int i = 0; i < count; i++)
        sink_totals_init(&host->totals[i]);
    ring_init(&host->orders, SINK_ORDERS_MAX);
    ring_init(&host->blocks, SINK_BLOCKS);
    ring_init(&host->blanks, SINK_BLOCKS);
    host->block = sink_block_create(count);
    bool pushed = ring_push(&host->blanks, sink_block_create(count));
    MUST(pushed);
    wheel_timer_init(&host->tick, sink_host_on_tick, host);
    host->loop.turn_hook = sink_host_on_turn;
    host->loop.turn_hook_context = host;
    sink_rows_init(host);
    sink_store_init(host);
}

enum br_err sink_host_create(const struct sink_host_config *config, struct sink_host **out_host,
                             struct diag *diag)
{
    MUST(config->run != NULL);
    enum br_err err = sink_check(config->sinks, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct sink_host *host = MEM_NEW(struct sink_host);
    err = loop_init(&host->loop, diag);
    if (err != BR_ERR_NONE) {
        mem_free(host);
        return err;
    }
    sink_host_init(host, config);
    for (size_t i = 0; i < config->sinks->count && err == BR_ERR_NONE; i++)
        err = sink_host_open_sink(host, (int)i, diag);
    if (err != BR_ERR_NONE) {
        sink_host_destroy(&host);
        return err;
    }
    *out_host = host;
    return BR_ERR_NONE;
}

static void sink_host_free_blocks(struct sink_host *host)
{
    struct sink_block *block;
    while ((block = ring_pop(&host->blocks)) != NULL)
        sink_block_destroy(&block);
    while ((block = ring_pop(&host->blanks)) != NULL)
        sink_block_destroy(&block);
    sink_block_destroy(&host->block);
    ring_fini(&host->blocks);
    ring_fini(&host->blanks);
    ring_fini(&host->orders);
}

void sink_host_destroy(struct sink_host **host_ptr)
{
    struct sink_host *host = *host_ptr;
    if (host == NULL)
        return;
    *host_ptr = NULL;
    if (!host->is_stopping)
        sink_host_stop(host);
    wheel_disarm(&host->loop.wheel, &host->tick);
    for (int i = 0; i < host->count; i++)
        host->sinks[i]->ops->destroy(host->sinks[i]);
    for (int i = 0; i < host->block->sink_count; i++)
        sink_totals_fini(&host->totals[i]);
    mem_free(host->totals);
    buf_fini(&host->answer);
    sink_rows_fini(host);
    sink_store_fini(host);
    sink_host_free_blocks(host);
    stamp_set_fini(&host->set);
    buf_fini(&host->field);
    mem_free(host->hits);
    mem_free(host->echoes);
    mem_free(host->receive);
    loop_fini(&host->loop);
    mem_free(host);
}

struct loop *sink_host_loop(struct sink_host *host)
{
    return &host->loop;
}

void sink_host_begin(struct sink_host *host)
{
    host->begin_ns = loop_now(&host->loop);
    host->ticked_ns = host->begin_ns;
    host->flushed_ns = host->begin_ns;
    wheel_arm(&host->loop.wheel, &host->tick, host->begin_ns + CLOCK_NS_PER_SEC);
    sink_host_obey(host); /* before anybody is served */
}

void sink_host_main(void *context)
{
    struct sink_host *host = context;
    sink_host_begin(host);
    loop_run(&host->loop);
    (void)loop_now(&host->loop);
    sink_host_seal_block(host);
}

int sink_host_count(const struct sink_host *host)
{
    return host->count;
}

static const struct sink *sink_host_sink(const struct sink_host *host, int sink)
{
    MUST(sink >= 0);
    MUST(sink < host->count);
    return host->sinks[sink];
}

void sink_host_describe(const struct sink_host *host, int sink, struct buf *out)
{
    const struct sink *one = sink_host_sink(host, sink);
    one->ops->describe(one, out);
}

const char *sink_host_stamps(const struct sink_host *host, int sink, int64_t *out_error_ns)
{
    const struct sink *one = sink_host_sink(host, sink);
    *out_error_ns = one->ops->error_ns;
    return one->ops->stamps;
}

bool sink_host_replies(const struct sink_host *host, int sink)
{
    return sink_host_sink(host, sink)->ops->replies;
}
