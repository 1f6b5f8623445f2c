/* SPDX-License-Identifier: Apache-2.0
 *
 * bench's events: each record of a request is registered in the shard's ledger before a byte of it
 * is sent, carries its stamp, and shares the fate of its request (design.md 7.3), unless the reply
 * tells the records apart.
 */
#ifndef BR_DRIVE_BENCH_EVENTS_H
#define BR_DRIVE_BENCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "drive/bench_request.h"
#include "load/driver.h"
#include "track/ledger.h"

struct bench_events;

/* The events of one operation; embedded in its session, zeroed at first. */
struct bench_batch {
    struct ledger_span *spans; /* a stream each; owned */
    size_t count;
    size_t size;
    struct buf reply; /* its body, where somebody looks into it */
    bool is_reply_too_large;
};

void bench_batch_fini(struct bench_batch *batch);

/* NULL when the plan follows nothing. Borrows env. */
struct bench_events *bench_events_create(const struct driver_env *env);
void bench_events_destroy(struct bench_events **events);

/* Registers the events of op and tells how to write their stamps into its records. BR_ERR_LIMIT:
 * the ledger is full; nothing is registered. */
BR_NODISCARD enum br_err bench_events_begin(struct bench_events *events, const struct op *op,
                                            struct bench_batch *batch, struct bench_fill *out_fill);
/* The request is rendered, with its stamps: the field that is to come out intact is noted. */
void bench_events_look(struct bench_events *events, const struct bench_batch *batch,
                       struct bytes request);
/* The first byte goes out. */
void bench_events_send(struct bench_events *events, const struct bench_batch *batch,
                       int64_t sent_ns, uint32_t conn);
/* Whether the body of a reply with that status has to be kept for the end, in batch->reply. */
bool bench_events_wants_reply(const struct bench_events *events, int status);
void bench_events_keep_reply(struct bench_batch *batch, struct bytes part);
/* The operation has ended: op holds how. */
void bench_events_end(struct bench_events *events, struct bench_batch *batch, const struct op *op);
/* What a person should know about the replies; NULL: nothing. Lent. */
const char *bench_events_remark(struct bench_events *events);
/* The operation cannot even be begun: its events are registered and unsent. */
void bench_events_skip(struct bench_events *events, const struct op *op, int64_t at_ns);
/* It was registered and never begun. */
void bench_events_drop(struct bench_events *events, struct bench_batch *batch, int64_t at_ns);

#endif
