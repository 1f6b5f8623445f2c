/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shard records about its operations during one interval, and the totals that such blocks
 * add up to. A shard owns one block and fills it; about once a second it hands it to the
 * coordinator by pointer, if that has given the other one back, else it goes on in the same one:
 * nothing is copied, nothing is lost, no send is late because of it.
 *
 * Operations are counted by phase (warm-up, steady, …) and target: an operation belongs to the
 * phase it was due in.
 */
#ifndef BR_METRIC_BLOCK_H
#define BR_METRIC_BLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "metric/hist.h"

enum { BLOCK_STATUS_MAX = 1000 };

/* One kind of error at one target: when it was first and last seen (run time ns; -1: never). */
struct block_error {
    uint64_t count;
    int64_t first_ns;
    int64_t last_ns;
};

/* Everything that is only a number and adds up. One row each: the struct, the merge, the files and
 * the schema are made from it. */
#define BLOCK_COUNTERS(X)                                                                          \
    X(sent, "operations whose first byte was sent")                                                \
    X(done, "operations that ended, well or not")                                                  \
    X(failed, "operations that ended with an error or a status outside 200-399")                   \
    X(bytes_sent, "bytes handed to the transport, heads and bodies")                               \
    X(bytes_received, "bytes read from the transport, heads and bodies")                           \
    X(conns_opened, "connections established")                                                     \
    X(conns_failed, "connections that could not be established")                                   \
    X(conns_closed, "connections that the peer closed while idle")                                 \
    X(tls_resumed, "connections that resumed a TLS session")                                       \
    X(late_replies, "kernel receive stamps that were missing or unusable")

/* One target in one phase. */
struct block_ops {
#define X(name, text) uint64_t name;
    BLOCK_COUNTERS(X)
#undef X
    int64_t first_ns; /* first send; -1: none yet */
    int64_t last_ns;  /* last end */
    uint32_t status[BLOCK_STATUS_MAX];
    struct block_error errors[BR_ERR_COUNT];
    struct hist latency_ok;     /* done - due, operations that succeeded */
    struct hist latency_failed; /* done - due, the others (a time-out counts what elapsed) */
    struct hist service_ok;     /* done - sent */
    struct hist service_failed;
};

/* What does not belong to a target. */
#define BLOCK_SHARD_COUNTERS(X)                                                                    \
    X(due, "operations that came due (open model) or were begun (closed model)")                   \
    X(waited, "operations that found no free connection when they were due")                       \
    X(busy_ns, "time the shard was at work")                                                       \
    X(idle_ns, "time it was not, asleep or spinning")                                              \
    X(spin_ns, "the part of it that burnt CPU")

struct block_phase {
#define X(name, text) uint64_t name;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    struct hist lateness;    /* ready - due: ours */
    struct hist wait;        /* sent - ready: no free connection, or connecting */
    struct hist connect;     /* set-up of a connection, transport and TLS */
    struct hist handshake;   /* the TLS part of it */
    struct hist receive_lag; /* how long a reply lay unread in our kernel, sampled */
};

/* A shard's interval. Owns everything; phases * targets rows of ops. */
struct block {
    int shard;
    int64_t start_ns; /* run time: ns since the start of the load */
    int64_t end_ns;
    uint64_t busy_permille_max; /* of any whole second inside */
    int phase_count;
    int target_count;
    struct block_phase *phases;
    struct block_ops *ops; /* [phase * target_count + target] */
    uint64_t in_flight;    /* when it was handed over */
    uint64_t behind;       /* due and not started, when it was handed over */
    uint64_t conns_open;
};

/* Empty; both counts at least 1. */
struct block *block_create(int shard, int phase_count, int target_count);
void block_destroy(struct block **block);
/* Empties it for the next interval and keeps its octaves. */
void block_reset(struct block *block, int64_t start_ns);
/* Bytes it holds now. */
size_t block_size(const struct block *block);

/* Counts one error; times may come in any order. */
static inline void block_error_record(struct block_error *error, int64_t at_ns)
{
    error->count++;
    if (error->first_ns < 0 || at_ns < error->first_ns)
        error->first_ns = at_ns;
    if (at_ns > error->last_ns)
        error->last_ns = at_ns;
}

static inline struct block_ops *block_ops_at(struct block *block, int phase, int target)
{
    return &block->ops[phase * block->target_count + target];
}

/* The same, added up over shards and time. */
struct block_ops_sum {
#define X(name, text) uint64_t name;
    BLOCK_COUNTERS(X)
#undef X
    int64_t first_ns;
    int64_t last_ns;
    uint64_t status[BLOCK_STATUS_MAX];
    struct block_error errors[BR_ERR_COUNT];
    struct hist_sum latency_ok;
    struct hist_sum latency_failed;
    struct hist_sum service_ok;
    struct hist_sum service_failed;
};

struct block_phase_sum {
#define X(name, text) uint64_t name;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    struct hist_sum lateness;
    struct hist_sum wait;
    struct hist_sum connect;
    struct hist_sum handshake;
    struct hist_sum receive_lag;
};

void block_ops_sum_init(struct block_ops_sum *sum);
void block_ops_sum_fini(struct block_ops_sum *sum);
void block_ops_sum_add(struct block_ops_sum *into, const struct block_ops *from);
void block_ops_sum_merge(struct block_ops_sum *into, const struct block_ops_sum *from);
void block_phase_sum_init(struct block_phase_sum *sum);
void block_phase_sum_fini(struct block_phase_sum *sum);
void block_phase_sum_add(struct block_phase_sum *into, const struct block_phase *from);
void block_phase_sum_merge(struct block_phase_sum *into, const struct block_phase_sum *from);

#endif
