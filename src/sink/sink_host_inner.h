/* SPDX-License-Identifier: Apache-2.0
 *
 * The host's own struct and what its files share. Kinds include it for the parts that are theirs:
 * the loop, the shared receive buffer, the webhooks' ports.
 */
#ifndef BR_SINK_SINK_HOST_INNER_H
#define BR_SINK_SINK_HOST_INNER_H

#include "base/list.h"
#include "base/ring.h"
#include "base/stamp_set.h"
#include "sink/sink.h"
#include "sink/sink_host.h"

enum {
    SINK_RECEIVE_SIZE = 64 * 1024,
    SINK_MESSAGE_MAX = 16 * 1024 * 1024, /* of a body, decoded */
    SINK_TEXTS_MAX = 64,                 /* blocks of text to save, full or empty */
    SINK_ORDERS_MAX = 8,
    SINK_ANSWER_MAX = 256 * 1024 * 1024,
};

/* One shard's end. */
struct sink_port {
    struct ring full;         /* host -> shard */
    struct ring empty;        /* shard -> host */
    struct loop *loop;        /* the shard's; NULL: nobody is woken */
    struct sink_batch *batch; /* being filled; NULL: none yet */
    struct sink_batch *first; /* full, and not in the ring yet */
    struct sink_batch *last;
    size_t waiting;
};

struct http_server;
struct http_server_session;

struct sink_order {
    enum sink_order_kind kind;
    int64_t at_ns;
};

/* sink_store.c: messages as they came. */
struct sink_store {
    struct sink_memory *memories; /* the last ones, a circle */
    uint32_t memory_count;
    uint64_t remembered;                     /* ever */
    struct sink_text *texts[PLAN_SINKS_MAX]; /* being filled, per sink; NULL: none */
    uint32_t text_count;                     /* allocated */
    struct ring full;                        /* host -> coordinator */
    struct ring empty;
};

struct sink_host {
    struct loop loop;
    struct sink_host_config config;
    struct sink *sinks[PLAN_SINKS_MAX];
    int count;
    struct sink_port *ports; /* shard_count of them */
    struct wheel_timer flush;
    struct wheel_timer tick;
    int64_t flushed_ns;
    bool has_rows;      /* in a batch that is being filled, or waiting */
    bool is_full;       /* sinks are paused */
    int64_t full_at_ns; /* since when */
    bool is_stopping;
    int64_t begin_ns;
    int64_t start_ns; /* load time 0; INT64_MAX: not known yet */

    struct sink_block *block; /* being filled */
    struct ring blocks;       /* host -> coordinator */
    struct ring blanks;       /* coordinator -> host */
    int64_t ticked_ns;
    struct loop_account seen;

    struct ring orders;
    struct sink_order order_room[SINK_ORDERS_MAX];
    size_t order_count; /* the coordinator's */

    /* sink_look's */
    struct intact_hit *hits;
    size_t hit_count;
    size_t hit_size;
    struct intact_hit *echoes; /* further places of the same events, for intact= */
    size_t echo_count;
    size_t echo_size;
    struct stamp_set set;
    struct buf field; /* a decoded field of intact= */

    struct sink_store store;
    struct list hooks;           /* the webhooks' ports (sink_hook.h) */
    struct http_server *control; /* NULL: none */
    struct buf answer;           /* of /last or /counts, lent to the reply of `answering` */
    struct http_server_session *answering;
    struct sink_totals *totals; /* of the blocks that were passed on, for /counts */
    char *receive;              /* SINK_RECEIVE_SIZE bytes, for who reads now */
};

/* ---- sink_rows.c ---- */

void sink_rows_init(struct sink_host *host);
void sink_rows_fini(struct sink_host *host);
/* A row for the shard that owns its stream. */
void sink_rows_add(struct sink_host *host, const struct sink_arrival *row);
/* Once a turn: hands over what is due; pauses or resumes the sinks. */
void sink_rows_turn(struct sink_host *host);
/* Hands over all; true when nothing is left. */
bool sink_rows_flush(struct sink_host *host);
/* Stops or resumes the reading of all sinks. */
void sink_host_pause(struct sink_host *host, bool is_full);

/* ---- sink_store.c ---- */

void sink_store_init(struct sink_host *host);
void sink_store_fini(struct sink_host *host);
/* Passes on what was gathered to be saved. */
void sink_store_flush(struct sink_host *host);
/* The last messages as a JSON array, the newest first. */
void sink_store_print(const struct sink_host *host, struct buf *out);

#endif
