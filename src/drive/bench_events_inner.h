/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of bench's events, for the files that make them up: bench_events.c (records to the
 * ledger) and bench_fate.c (replies to the ledger).
 */
#ifndef BR_DRIVE_BENCH_EVENTS_INNER_H
#define BR_DRIVE_BENCH_EVENTS_INNER_H

#include "base/stamp.h"
#include "data/intact.h"
#include "drive/bench_events.h"
#include "drive/bench_streams.h"

enum { BENCH_EVENTS_REMARK_SIZE = 240 };

/* Room for the fates of one reply's events, where replies are looked into. */
struct bench_fates {
    uint8_t *of;          /* each record: enum accept_fate */
    uint32_t *starts;     /* each span: its first record in `records` */
    uint32_t *records;    /* the records sorted by span */
    uint64_t silent;      /* replies that did not say what they were asked */
    int silent_status;    /* of the first of them */
    bool silent_is_large; /* it was too large to be looked into */
    char remark[BENCH_EVENTS_REMARK_SIZE];
};

/* Places of stamps in the request that was rendered last, and room for a field. */
struct bench_intact {
    struct intact_hit *hits;
    size_t count;
    size_t size;
    struct buf text;
};

struct bench_events {
    const struct driver_env *env;
    const struct plan_events *plan;
    struct ledger *ledger;
    const struct tmpl *key; /* NULL: one stream */
    struct bench_streams streams;
    struct buf key_text;
    uint32_t stream;   /* without a key */
    unsigned uses;     /* enum tmpl_use */
    size_t records;    /* of a request */
    uint32_t *span_of; /* of each record: the index of its span */
    uint64_t *next_of; /* of each span: the number of its next event */
    size_t filled;
    const struct bench_batch *filling;
    struct bench_fates fates;
    struct bench_intact intact;
    struct stamp_writer stamps;
    char uuid[STAMP_UUID_SIZE];
};

/* Sorts the records of operation k into streams: span_of, and a span for each stream in *batch,
 * numbers left out. Where *batch has its spans already they come out the same. */
BR_NODISCARD enum br_err bench_events_sort(struct bench_events *events, uint64_t k,
                                           struct bench_batch *batch);

/* Whether the event is one of the operation's. */
static inline bool bench_batch_has(const struct bench_batch *batch, struct stamp_id id)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct ledger_span *span = &batch->spans[i];
        if (span->stream == id.stream && id.seq >= span->first &&
            id.seq - span->first < span->count)
            return true;
    }
    return false;
}

/* bench_intact.c */
void bench_intact_fini(struct bench_intact *intact);

/* bench_fate.c */
void bench_fates_init(struct bench_events *events);
void bench_fates_fini(struct bench_fates *fates);
/* The operation has ended: what its reply, or its lack, says about its events. */
void bench_fates_tell(struct bench_events *events, struct bench_batch *batch, const struct op *op);

#endif
