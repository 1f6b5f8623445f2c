/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP server and its clients in one loop: the handler answers with what it saw, at once, later,
 * or as a test tells it to; clients are bare sockets.
 */
#ifndef BR_TESTS_HTTP_WORLD_H
#define BR_TESTS_HTTP_WORLD_H

#include "base/buf.h"
#include "proto/http_server.h"
#include "sys/clock.h"
#include "unit.h"

enum { WORLD_NOTES_MAX = 1024, WORLD_BODY_MAX = 64 };

/* What the handler does with a request. */
enum world_mode {
    WORLD_AT_ONCE,
    WORLD_LATER, /* by a timer, some milliseconds later */
    WORLD_NEVER,
    WORLD_RESET,
    WORLD_DROP,
    WORLD_RAW,  /* "raw" with a head that was rendered before, where that is allowed */
    WORLD_BIG,  /* `big` as the body */
    WORLD_SWAP, /* holds the first request; the second answers the first, then itself */
};

struct world {
    struct loop loop;
    struct http_server *server;
    struct sock_addr addr;
    enum world_mode mode;
    uint16_t status;
    struct bytes big;
    struct http_server_session *held;
    int ended[BR_ERR_COUNT]; /* on_end by error */
    int opened;              /* on_open */
    int closed;              /* on_close, and how */
    int closed_by[BR_ERR_COUNT];
    size_t parts;
    struct http_request last; /* numbers only: the rest is gone */
};

void world_init(struct world *world, enum world_mode mode, enum http_body_mode body_mode);
void world_fini(struct world *world);
/* A connected client's fd. */
int world_connect(struct world *world);
void world_send(int fd, struct bytes text);
/* One turn of the loop that does not sleep for long. */
void world_turn(struct world *world);
/* Reads what there is; appends to `in`. 1: open still, 0: ended, -1: reset. */
int world_read(int fd, struct buf *in);
/* Turns and reads until `in` holds `len` bytes or the connection is over; the last world_read. */
int world_read_until(struct world *world, int fd, struct buf *in, size_t len);

/* Turns until it holds, for a few seconds at most. */
#define WORLD_WAIT(world, cond)                                                                    \
    do {                                                                                           \
        int64_t world_end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;                             \
        while (!(cond) && clock_now_ns() < world_end_ns)                                           \
            world_turn(world);                                                                     \
        UNIT_OK(cond);                                                                             \
    } while (0)

#endif
