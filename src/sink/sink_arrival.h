/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sink tells the shard that owns the stream: one row an event and message. Rows travel in
 * batches, by pointer; who reads them gives the batch back.
 *
 * An arrival is a delivery when our success reply was written in full (or, where nothing is
 * replied, when it was read); else it is an attempt (design.md 7.4). Whether the peer read the
 * reply cannot be known; that it perhaps did not sometimes shows a moment later, when the
 * connection comes back reset. So that is a row of its own, SINK_UNREAD, behind the delivery's: a
 * second delivery of that event after it is `redelivered`.
 */
#ifndef BR_SINK_SINK_ARRIVAL_H
#define BR_SINK_SINK_ARRIVAL_H

#include <stddef.h>
#include <stdint.h>

enum sink_arrival_kind {
    SINK_DELIVERY,
    SINK_ATTEMPT_ERROR,   /* we answered with an error */
    SINK_ATTEMPT_RESET,   /* we reset the connection */
    SINK_ATTEMPT_STALL,   /* we never answered */
    SINK_ATTEMPT_HUNG_UP, /* the peer was gone before our reply */
    SINK_UNREAD,          /* no arrival: the reply to the delivery before may not have been read */
};

enum sink_arrival_flag {
    SINK_KERNEL_STAMP = 1, /* at_ns is when the kernel received it; else when we read it */
    SINK_HAS_HASH = 2,     /* `intact` was asked for */
};

/* Times are monotonic ns. */
struct sink_arrival {
    uint64_t seq;
    int64_t at_ns;      /* it was here; of UNREAD the delivery's */
    int64_t replied_ns; /* the reply was written, or what else was its fate */
    uint64_t hash; /* of the field as it came; 0: it was not there (a hash of 0 is told as 1) */
    uint32_t stream;
    uint32_t conn;  /* a number of the connection, the sink's own */
    uint32_t place; /* among the events of its message: 0, 1, … in the order of the text */
    uint16_t sink;  /* index in the plan */
    uint8_t kind;   /* enum sink_arrival_kind */
    uint8_t flags;
};

enum { SINK_BATCH_ROWS = 128 };

struct sink_batch {
    struct sink_batch *next; /* the host's */
    size_t count;
    struct sink_arrival rows[SINK_BATCH_ROWS];
};

#endif
