/* SPDX-License-Identifier: Apache-2.0
 *
 * Events that went wrong on their way from a shard's ledger to the coordinator, who writes them to
 * the file of --anomalies: batches by pointer in a ring, a bounded number of them. A ring that is
 * full is not waited for: what has no room is counted instead.
 */
#ifndef BR_RUN_TALES_H
#define BR_RUN_TALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ring.h"
#include "track/anomaly.h"
#include "track/ledger.h"

enum { RUN_TALES_ROWS = 64, RUN_TALES_BATCHES = 128 };

struct loop;

struct run_tale {
    struct track_anomaly anomaly;
    char *key; /* of its stream, owned; NULL: it has none */
};

struct run_tale_batch {
    size_t count;
    struct run_tale rows[RUN_TALES_ROWS];
};

/* One a shard. */
struct run_tales {
    bool is_wanted; /* false: all of it is empty */
    struct loop *reader;
    struct ring full;  /* shard -> coordinator */
    struct ring empty; /* and back */
    struct run_tale_batch *current;
    size_t made;
    uint64_t dropped;
};

/* Batches that are full wake the reader. */
void run_tales_init(struct run_tales *tales, struct loop *reader);
/* When both threads are done with it. */
void run_tales_fini(struct run_tales *tales);

/* The shard's side. */
void run_tales_put(struct run_tales *tales, const struct track_anomaly *anomaly, struct bytes key);
/* Hands over what has gathered. */
void run_tales_flush(struct run_tales *tales);

/* The coordinator's side: NULL when there is none now. To be returned, its keys freed. */
struct run_tale_batch *run_tales_take(struct run_tales *tales);
void run_tales_return(struct run_tales *tales, struct run_tale_batch *batch);

#endif
