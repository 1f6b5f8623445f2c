/* SPDX-License-Identifier: Apache-2.0
 *
 * What sinks count: in blocks that are handed over once a second and add up, the pattern of
 * metric/block.h.
 */
#ifndef BR_SINK_SINK_COUNT_H
#define BR_SINK_SINK_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "metric/hist.h"

/* Messages: messages == answered + failed + reset + stalled + hung_up + those under way; arrivals
 * (events, each once a message): arrivals == deliveries + attempts. Names are keys of the result
 * file. */
#define SINK_COUNTERS(X)                                                                           \
    X(connections, "connections accepted")                                                         \
    X(bytes, "bytes of messages, decoded")                                                         \
    X(messages, "messages that came in whole")                                                     \
    X(answered, "messages answered well, or read where nothing is answered")                       \
    X(failed, "messages answered with an error")                                                   \
    X(reset, "messages whose connection we reset")                                                 \
    X(stalled, "messages that we never answered")                                                  \
    X(hung_up, "messages whose peer was gone before our answer")                                   \
    X(bad_auth, "the part of failed that did not say who it was")                                  \
    X(undecodable, "the part of failed whose body could not be decoded")                           \
    X(refused, "requests that broke the protocol or a limit, or were for nobody")                  \
    X(arrivals, "events in messages, each once a message")                                         \
    X(deliveries, "arrivals in messages that were answered well")                                  \
    X(attempts, "arrivals in the others")                                                          \
    X(unread, "deliveries whose reply the peer may not have read")                                 \
    X(repeated, "further stamps of an event in the same message")                                  \
    X(foreign, "stamps of other runs")                                                             \
    X(unreadable, "stamps of ours that were damaged")                                              \
    X(stampless, "messages without a stamp of any kind")                                           \
    X(kernel_stamped, "messages with the kernel's time of receipt")                                \
    X(read_stamped, "messages with the time we read them")                                         \
    X(cut, "messages longer than the limit, of which the rest was not looked at")                  \
    X(unsaved, "messages that could not be saved in time")

/* One sink in one interval. Owns `late`. */
struct sink_counts {
#define X(name, text) uint64_t name;
    SINK_COUNTERS(X)
#undef X
    uint64_t open;    /* connections now */
    int64_t first_ns; /* of arrivals, monotonic; INT64_MAX: none */
    int64_t last_ns;  /* INT64_MIN: none */
    struct hist late; /* replies: how much later than told they were written, ns */
};

/* All sinks of a host, and the thread they live on. */
struct sink_block {
    int sink_count;
    struct sink_counts *counts;
    uint64_t busy_ns;
    uint64_t idle_ns;
    uint64_t busy_permille_max; /* of the block's seconds */
    uint64_t full_ns;           /* not reading, because nobody took the rows */
    uint64_t rows;              /* handed to the shards */
};

struct sink_block *sink_block_create(int sink_count);
void sink_block_destroy(struct sink_block **block);
void sink_block_reset(struct sink_block *block);

/* One sink, added up. Owns `late`. */
struct sink_totals {
#define X(name, text) uint64_t name;
    SINK_COUNTERS(X)
#undef X
    uint64_t open;
    int64_t first_ns;
    int64_t last_ns;
    struct hist_sum late;
};

void sink_totals_init(struct sink_totals *totals);
void sink_totals_fini(struct sink_totals *totals);
void sink_totals_add(struct sink_totals *totals, const struct sink_counts *counts);

#endif
