/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink host that a test turns itself. Seeds and run ids are fixed: what is decided by lot is the
 * same each time.
 */
#include "sink_world.h"

#include <errno.h>

#include "base/mem.h"
#include "base/must.h"
#include "sink/sink_host_inner.h"

void world_plan(struct world *world, const char *sinks)
{
    struct bytes rest = bytes_from_str(sinks);
    memset(world, 0, sizeof(*world));
    world->is_taking = true;
    for (int i = 0; i < WORLD_SINKS_MAX; i++)
        sink_totals_init(&world->sums[i]);
    stamp_run_init(&world->run, 42);
    plan_sinks_init(&world->plan);
    while (rest.ptr != NULL)
        UNIT_EQ_INT(plan_sinks_add(&world->plan, bytes_cut(&rest, ' '), NULL), BR_ERR_NONE);
}

void world_open(struct world *world, int shards, uint32_t last_count)
{
    struct sink_host_config config = {.sinks = &world->plan,
                                      .seed = 7,
                                      .run = &world->run,
                                      .stamp_forms = STAMP_FORM_TEXT,
                                      .shard_count = shards,
                                      .last_count = last_count};
    struct diag diag = DIAG_INIT;
    enum br_err err = sink_host_create(&config, &world->host, &diag);
    if (err != BR_ERR_NONE)
        printf("# %s\n", diag.text);
    UNIT_EQ_INT(err, BR_ERR_NONE);
    world->shards = shards;
    sink_host_begin(world->host);
}

void world_init(struct world *world, const char *sinks)
{
    world_plan(world, sinks);
    world_open(world, 1, 0);
}

void world_fini(struct world *world)
{
    sink_host_destroy(&world->host);
    for (int i = 0; i < WORLD_SINKS_MAX; i++)
        sink_totals_fini(&world->sums[i]);
    plan_sinks_fini(&world->plan);
}

static void world_take(struct world *world)
{
    for (int shard = 0; shard < world->shards; shard++) {
        struct sink_batch *batch;
        while ((batch = sink_host_take(world->host, shard)) != NULL) {
            for (size_t i = 0; i < batch->count; i++) {
                MUST(world->row_count < WORLD_ROWS_MAX);
                world->row_shards[world->row_count] = shard;
                world->rows[world->row_count++] = batch->rows[i];
            }
            sink_host_return(world->host, shard, batch);
        }
    }
}

static void world_add_blocks(struct world *world)
{
    struct sink_block *block;
    while ((block = sink_host_take_block(world->host)) != NULL) {
        for (int i = 0; i < block->sink_count; i++)
            sink_totals_add(&world->sums[i], &block->counts[i]);
        sink_host_return_block(world->host, block);
    }
}

void world_turn(struct world *world)
{
    struct loop *loop = sink_host_loop(world->host);
    loop_turn(loop, loop_now(loop) + CLOCK_NS_PER_MS);
    world_add_blocks(world);
    if (world->is_taking)
        world_take(world);
}

void world_totals(struct world *world, int sink, struct sink_totals *out_totals)
{
    const struct sink_totals *sums = &world->sums[sink];
    sink_totals_init(out_totals);
    sink_totals_add(out_totals, &sink_host_last_block(world->host)->counts[sink]);
#define X(name, text) out_totals->name += sums->name;
    SINK_COUNTERS(X)
#undef X
    hist_sum_merge(&out_totals->late, &sums->late);
    out_totals->open = world->host->sinks[sink]->open;
}

const char *world_place(const struct world *world, int sink)
{
    static char text[256];
    struct buf out;
    buf_init(&out, sizeof(text) - 1);
    sink_host_describe(world->host, sink, &out);
    struct bytes place = buf_bytes(&out);
    if (bytes_starts(place, BYTES("http://"))) {
        place = bytes_skip(place, 7);
        place = bytes_cut(&place, '/');
    }
    memcpy(text, place.ptr, place.len);
    text[place.len] = '\0';
    buf_fini(&out);
    return text;
}

int world_connect(const struct world *world, int sink)
{
    struct sock_addr addr;
    UNIT_EQ_INT(sock_addr_parse(bytes_from_str(world_place(world, sink)), &addr, NULL),
                BR_ERR_NONE);
    int fd = sock_open(addr.u.any.sa_family);
    UNIT_OK(fd != -1);
    /* The kernel accepts for us: it is connected, or will be at once. */
    UNIT_OK(sock_connect(fd, &addr) == 0 || errno == EINPROGRESS);
    return fd;
}

void world_send(int fd, struct bytes text)
{
    while (text.len > 0) {
        ssize_t sent = sock_send(fd, text.ptr, text.len);
        UNIT_OK(sent > 0 || errno == EAGAIN);
        if (sent > 0)
            text = bytes_skip(text, (size_t)sent);
    }
}

void world_post(int fd, const char *target, const char *headers, struct bytes body)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    buf_putf(&text, "POST %s HTTP/1.1\r\nHost: sink\r\n%sContent-Length: %zu\r\n\r\n", target,
             headers, body.len);
    buf_put(&text, body);
    world_send(fd, buf_bytes(&text));
    buf_fini(&text);
}

/* Whether a whole reply is there. */
static bool world_has_reply(const struct buf *in)
{
    struct bytes text = buf_bytes(in);
    for (size_t at = 0; at + 4 <= text.len; at++) {
        if (memcmp(text.ptr + at, "\r\n\r\n", 4) != 0)
            continue;
        const char *length = memmem(text.ptr, at, "Content-Length: ", 16);
        size_t size = 0;
        for (const char *c = length == NULL ? "" : length + 16; *c >= '0' && *c <= '9'; c++)
            size = size * 10 + (size_t)(*c - '0');
        return text.len >= at + 4 + size;
    }
    return false;
}

int world_reply(struct world *world, int fd, struct buf *in)
{
    int64_t end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;
    char room[4096];
    buf_clear(in);
    while (!world_has_reply(in)) {
        UNIT_OK(clock_now_ns() < end_ns);
        world_turn(world);
        ssize_t got = sock_recv(fd, room, sizeof(room));
        if (got == 0)
            return 0;
        if (got == -1 && errno != EAGAIN && errno != ENOTCONN)
            return -1;
        if (got > 0)
            buf_put(in, bytes_make(room, (size_t)got));
    }
    UNIT_OK(in->len > 12);
    return (in->data[9] - '0') * 100 + (in->data[10] - '0') * 10 + (in->data[11] - '0');
}

int world_ask(struct world *world, int fd, const char *target, const char *headers,
              struct bytes body)
{
    struct buf in;
    buf_init(&in, 1 << 20);
    world_post(fd, target, headers, body);
    int status = world_reply(world, fd, &in);
    buf_fini(&in);
    return status;
}

const char *world_stamp(const struct world *world, uint32_t stream, uint64_t seq)
{
    static char texts[8][STAMP_SIZE + 1];
    static int next;
    char *text = texts[next++ % 8];
    stamp_emit(&world->run, (struct stamp_id){stream, seq}, text);
    text[STAMP_SIZE] = '\0';
    return text;
}
