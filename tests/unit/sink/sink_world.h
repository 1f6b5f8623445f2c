/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink host that a test turns itself, and bare sockets that talk to it.
 */
#ifndef BR_TESTS_SINK_WORLD_H
#define BR_TESTS_SINK_WORLD_H

#include "base/buf.h"
#include "base/stamp.h"
#include "loop/loop.h"
#include "sink/sink_host.h"
#include "sys/clock.h"
#include "unit.h"

enum { WORLD_ROWS_MAX = 4096, WORLD_SINKS_MAX = 4 };

struct world {
    struct plan_sinks plan;
    struct stamp_run run;
    struct sink_host *host;
    int shards;
    struct sink_arrival rows[WORLD_ROWS_MAX]; /* what came, in order */
    int row_shards[WORLD_ROWS_MAX];
    size_t row_count;
    struct sink_totals sums[WORLD_SINKS_MAX]; /* of blocks that were handed over */
    bool is_taking;                           /* rows are taken off the rings with each turn */
};

/* Sinks separated by blanks; those of a plan that is changed before world_open. */
void world_plan(struct world *world, const char *sinks);
/* Opens with that many shards; last_count messages are kept. */
void world_open(struct world *world, int shards, uint32_t last_count);
void world_fini(struct world *world);
/* Both of the above, one shard. */
void world_init(struct world *world, const char *sinks);

/* One turn of the loop that does not sleep for long. */
void world_turn(struct world *world);
/* What the sink has counted, all together. Fills *out_totals, to be let go by sink_totals_fini. */
void world_totals(struct world *world, int sink, struct sink_totals *out_totals);
/* One of its counts, by member. */
#define WORLD_EQ(world, sink, member, want)                                                        \
    do {                                                                                           \
        struct sink_totals world_totals_now;                                                       \
        world_totals(world, sink, &world_totals_now);                                              \
        sink_totals_fini(&world_totals_now);                                                       \
        UNIT_EQ_INT(world_totals_now.member, want);                                                \
    } while (0)

/* The address of a sink, as it describes itself; "host:port" alone. Static storage. */
const char *world_place(const struct world *world, int sink);
/* A connected client's fd. */
int world_connect(const struct world *world, int sink);
void world_send(int fd, struct bytes text);
/* Sends a POST of that body with some header lines (each with its CR LF). */
void world_post(int fd, const char *target, const char *headers, struct bytes body);
/* Turns and reads until `in` holds a whole reply; its status, 0 when the connection ended, -1 when
 * it was reset. The reply is left in `in`. */
int world_reply(struct world *world, int fd, struct buf *in);
/* A POST and its reply's status. */
int world_ask(struct world *world, int fd, const char *target, const char *headers,
              struct bytes body);

/* A stamp of the world's run. Static storage, one of a few in turn. */
const char *world_stamp(const struct world *world, uint32_t stream, uint64_t seq);

/* Turns until it holds, for a few seconds at most. */
#define WORLD_WAIT(world, cond)                                                                    \
    do {                                                                                           \
        int64_t world_end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;                             \
        while (!(cond) && clock_now_ns() < world_end_ns)                                           \
            world_turn(world);                                                                     \
        UNIT_OK(cond);                                                                             \
    } while (0)

#endif
