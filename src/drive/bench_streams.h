/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams by key: which stream of the ledger a key's events belong to. The ledger keeps the keys;
 * here is only the way from one to its stream.
 */
#ifndef BR_DRIVE_BENCH_STREAMS_H
#define BR_DRIVE_BENCH_STREAMS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"
#include "track/ledger.h"

/* Open addressing; a free slot holds UINT32_MAX. Owns `slots`, borrows the ledger. */
struct bench_streams {
    struct ledger *ledger;
    uint32_t sinks; /* where events are awaited: ledger_open_stream */
    uint32_t *slots;
    size_t size; /* a power of two */
    size_t count;
};

void bench_streams_init(struct bench_streams *streams, struct ledger *ledger, uint32_t sinks);
void bench_streams_fini(struct bench_streams *streams);

/* The key's stream, opened when it is new. BR_ERR_LIMIT: there are no numbers left. */
BR_NODISCARD enum br_err bench_streams_find(struct bench_streams *streams, struct bytes key,
                                            uint32_t *out_stream);

#endif
