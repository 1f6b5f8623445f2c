/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of a sink thread: one loop, the sinks of a plan on it, and the rings by which it speaks
 * with the others. Everything between threads is a pointer in a bounded ring (base/ring.h):
 *
 *     host ── batches of rows ──> shard (stream % shards)     and back when they were read
 *     host ── counts ──> coordinator, once a second           and back
 *     host ── text to save ──> coordinator                    and back
 *     coordinator ── orders ──> host
 *
 * Batches are handed over when they are full, and otherwise soon (SINK_FLUSH_NS at most), with one
 * wake of the shard's loop each. When a shard does not take them the host keeps what it has, stops
 * reading its sockets at SINK_WAITING_MAX batches, and counts how long (full_ns).
 *
 *     sink_host_create      the ports are open, nobody is served yet
 *     sink_host_attach      whose loops are to be woken; before the thread starts
 *     sink_host_main        on the host's thread, until it has stopped
 *     sink_host_order       from the coordinator
 *     (the thread is joined)
 *     sink_host_take…       what is left
 *     sink_host_destroy
 */
#ifndef BR_SINK_SINK_HOST_H
#define BR_SINK_SINK_HOST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/stamp.h"
#include "plan/plan_sink.h"
#include "sink/sink_arrival.h"
#include "sink/sink_count.h"
#include "sys/sock.h"

enum { SINK_WAITING_MAX = 256 };
#define SINK_FLUSH_NS INT64_C(200000)

struct loop;
struct sink_host;

struct sink_host_config {
    const struct plan_sinks *sinks; /* borrowed */
    uint64_t seed;
    const struct stamp_run *run; /* whose stamps are ours; borrowed */
    unsigned stamp_forms;        /* enum stamp_forms */
    bool counts;     /* no identities: the records of messages count as arrivals, without rows */
    int shard_count; /* 0: nobody wants rows */
    struct loop *watcher; /* woken when counts or text are there; NULL: nobody */
    uint32_t last_count;  /* how many messages to keep for /last; 0: none, and no /last */
};

/* Opens everything; a sentence when it cannot. On the coordinator's thread. */
BR_NODISCARD enum br_err sink_host_create(const struct sink_host_config *config,
                                          struct sink_host **out_host, struct diag *diag);
/* When its thread has been joined, or never ran. */
void sink_host_destroy(struct sink_host **host);

/* A server of ours for whoever tests by hand: GET /last and /counts. Before the thread starts. */
BR_NODISCARD enum br_err sink_host_open_control(struct sink_host *host,
                                                const struct sock_addr *addr,
                                                struct sock_addr *out_bound, struct diag *diag);

/* Before the thread starts: rows for that shard wake this loop, which lives until the thread is
 * joined. */
void sink_host_attach(struct sink_host *host, int shard, struct loop *loop);

/* A thread's main function; context is the host. Ends after SINK_ORDER_STOP has been obeyed and all
 * rows were handed over, or after SINK_ORDER_QUIT. */
void sink_host_main(void *context);
/* The loop it lives on, for tests that turn it themselves (after sink_host_begin). */
struct loop *sink_host_loop(struct sink_host *host);
void sink_host_begin(struct sink_host *host);

enum sink_order_kind {
    SINK_ORDER_START, /* load time 0: stretches begin to count */
    SINK_ORDER_STOP,  /* close the sinks, hand over what is left, end */
    SINK_ORDER_QUIT,  /* end now, even if nobody takes the rows */
};

/* From the coordinator, each kind once. at_ns: of START, monotonic. */
void sink_host_order(struct sink_host *host, enum sink_order_kind kind, int64_t at_ns);

/* The shard's side: the next batch, NULL when there is none now. Return it soon. */
struct sink_batch *sink_host_take(struct sink_host *host, int shard);
void sink_host_return(struct sink_host *host, int shard, struct sink_batch *batch);

/* The coordinator's side: a block that was handed over, NULL when there is none now. */
struct sink_block *sink_host_take_block(struct sink_host *host);
void sink_host_return_block(struct sink_host *host, struct sink_block *block);
/* After the join, and after the blocks: what was counted since the last of them. Borrowed. */
struct sink_block *sink_host_last_block(struct sink_host *host);

/* Text for a sink's save_dir: whole lines of JSON, one a message. Taken until NULL, also after the
 * join. */
struct sink_text {
    uint16_t sink;
    struct buf text;
};
struct sink_text *sink_host_take_text(struct sink_host *host);
void sink_host_return_text(struct sink_host *host, struct sink_text *text);

/* Facts that stay, once created. */
int sink_host_count(const struct sink_host *host);
void sink_host_describe(const struct sink_host *host, int sink, struct buf *out);
/* "kernel", "read", … and how wrong at_ns can be where the kernel has no stamp, ns. */
const char *sink_host_stamps(const struct sink_host *host, int sink, int64_t *out_error_ns);
/* Whether `late` means something there. */
bool sink_host_replies(const struct sink_host *host, int sink);

#endif
