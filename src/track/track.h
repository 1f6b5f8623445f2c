/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shard's ledger counts during one interval, and the totals that such blocks add up to: the
 * pattern of metric/block.h. The ledger writes into one block and is given another about once a
 * second; the filled one goes to whoever adds up. Counts are signed changes: an event that was
 * delivered and comes again takes one off `delivered` and adds one to `duplicated`, maybe an hour
 * later. Only sums over the whole run are counts of events.
 *
 * Everything is by phase (an event belongs to the phase it was due in) and, behind the entry, by
 * sink.
 */
#ifndef BR_TRACK_TRACK_H
#define BR_TRACK_TRACK_H

#include <stdint.h>

#include "metric/hist.h"
#include "track/class.h"

enum { TRACK_SINKS_MAX = 16, TRACK_PHASES_MAX = 16 };

/* Of a phase, whatever the sink. registered == pending + unsent + refused + accepted + unsure. */
#define TRACK_ENTRY_COUNTERS(X)                                                                    \
    X(registered, "events that were given an identity")                                            \
    X(pending, "events of operations that have not ended")                                         \
    X(sent, "events whose operation had its first byte sent")                                      \
    X(accepted, "events that the pipeline accepted")                                               \
    X(refused, "events that it refused")                                                           \
    X(unsure, "events of which nobody knows whether they were accepted")                           \
    X(unsent, "events of which no byte was sent")

/* Of a phase and a sink, beside the classes. deliveries == first ones (delivered + late +
 * duplicated + unsure_delivered + leaked + unsent_came + early) + redelivered + copies. */
#define TRACK_SINK_COUNTERS(X)                                                                     \
    X(early, "events that came while their operation had not ended")                               \
    X(deliveries, "arrivals that we answered well")                                                \
    X(copies, "deliveries of an event that had been delivered before")                             \
    X(redelivered, "deliveries after a reply of ours that the peer may not have read")             \
    X(attempts, "arrivals that we answered with an error, a reset or a stall")                     \
    X(retries, "arrivals of an event after an attempt")                                            \
    X(reordered, "events that came after one that must come later")                                \
    X(damaged, "events whose field did not come as it was sent")                                   \
    X(lag_negative, "events that came before their acceptance was read")

/* One phase at one sink. Classes are signed changes, see above. */
struct track_at {
#define X(name, NAME, text) int64_t name;
    TRACK_CLASSES(X)
#undef X
#define X(name, text) int64_t name;
    TRACK_SINK_COUNTERS(X)
#undef X
    /* First deliveries of accepted and unsure events; the third of accepted ones. */
    struct hist lag_due;
    struct hist lag_sent;
    struct hist lag_accepted;
};

struct track_entries {
#define X(name, text) int64_t name;
    TRACK_ENTRY_COUNTERS(X)
#undef X
};

/* One sink, whatever the phase. */
struct track_flow {
    int64_t backlog;     /* accepted and not come, at the end of the interval */
    int64_t backlog_max; /* the most it was */
    int64_t unknown;     /* stamps of our run that were never sent: a bug, ours or the pipeline's */
};

/* A shard's interval. Owns everything. */
struct track_block {
    int shard;
    int64_t start_ns;
    int64_t end_ns;
    int phase_count;
    int sink_count;
    struct track_entries *entries; /* [phase] */
    struct track_at *ats;          /* [phase * sink_count + sink] */
    struct track_flow *flows;      /* [sink] */
    uint64_t size;                 /* bytes the ledger holds, at the end */
};

struct track_block *track_block_create(int shard, int phase_count, int sink_count);
void track_block_destroy(struct track_block **block);
/* Empties it for the next interval and keeps its octaves. */
void track_block_reset(struct track_block *block, int64_t start_ns);

static inline struct track_at *track_block_at(struct track_block *block, int phase, int sink)
{
    return &block->ats[phase * block->sink_count + sink];
}

/* The same, added up over shards and time. */
struct track_at_sum {
#define X(name, NAME, text) int64_t name;
    TRACK_CLASSES(X)
#undef X
#define X(name, text) int64_t name;
    TRACK_SINK_COUNTERS(X)
#undef X
    struct hist_sum lag_due;
    struct hist_sum lag_sent;
    struct hist_sum lag_accepted;
};

struct track_sum {
    int phase_count;
    int sink_count;
    struct track_entries *entries;
    struct track_at_sum *ats;
    int64_t *unknown; /* [sink] */
};

void track_sum_init(struct track_sum *sum, int phase_count, int sink_count);
void track_sum_fini(struct track_sum *sum);
void track_sum_add(struct track_sum *into, const struct track_block *from);
/* Of the same phases and sinks. */
void track_sum_merge(struct track_sum *into, const struct track_sum *from);
/* Back to nothing counted. */
void track_sum_reset(struct track_sum *sum);

static inline struct track_at_sum *track_sum_at(const struct track_sum *sum, int phase, int sink)
{
    return &sum->ats[phase * sum->sink_count + sink];
}

/* A class of a sum by its enum. */
int64_t track_at_sum_class(const struct track_at_sum *at, enum track_class class);
/* Adds `from` to *into (for all phases of a sink together). */
void track_at_sum_init(struct track_at_sum *at);
void track_at_sum_fini(struct track_at_sum *at);
void track_at_sum_merge(struct track_at_sum *into, const struct track_at_sum *from);

#endif
