/* SPDX-License-Identifier: Apache-2.0
 *
 * intact=FIELD at the sender: the request that is about to go is looked at as a sink will look at
 * what comes out, and the ledger is told the hash of each event's text.
 */
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "drive/bench_events_inner.h"

enum { BENCH_HITS_FIRST = 64, BENCH_FIELD_MAX = 1 << 30 };

static void bench_intact_push(struct bench_intact *intact, const struct stamp_hit *stamp)
{
    if (intact->count == intact->size) {
        intact->size = intact->size == 0 ? BENCH_HITS_FIRST : 2 * intact->size;
        intact->hits = mem_realloc(intact->hits, intact->size * sizeof(intact->hits[0]));
    }
    intact->hits[intact->count++] = (struct intact_hit){
        .seq = stamp->id.seq, .stream = stamp->id.stream, .offset = stamp->offset};
}

static void bench_intact_scan(struct bench_events *events, struct bytes request)
{
    struct stamp_scan scan;
    struct stamp_hit stamp;
    events->intact.count = 0;
    stamp_scan_start(&scan, &events->plan->run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    stamp_scan_feed(&scan, request);
    for (int i = 0; i < 2; i++) {
        while (stamp_scan_next(&scan, &stamp)) {
            if (stamp.kind == STAMP_OURS)
                bench_intact_push(&events->intact, &stamp);
        }
        if (i == 0)
            stamp_scan_end(&scan);
    }
}

void bench_events_look(struct bench_events *events, const struct bench_batch *batch,
                       struct bytes request)
{
    struct bench_intact *intact = &events->intact;
    if (events->plan->intact_field.len == 0)
        return;
    if (intact->text.max == 0)
        buf_init(&intact->text, BENCH_FIELD_MAX);
    bench_intact_scan(events, request);
    const char *end = memmem(request.ptr, request.len, "\r\n\r\n", 4);
    MUST(end != NULL);
    size_t head = (size_t)(end - request.ptr) + 4;
    intact_hash(events->plan->intact_field, bytes_skip(request, head), head, intact->hits,
                intact->count, &intact->text);
    for (size_t i = 0; i < intact->count; i++) {
        const struct intact_hit *hit = &intact->hits[i];
        struct stamp_id id = {.stream = hit->stream, .seq = hit->seq};
        /* A stamp that a row of data brought along may be anybody's. */
        if (hit->hash != 0 && bench_batch_has(batch, id))
            ledger_set_hash(events->ledger, id, hit->hash);
    }
}

void bench_intact_fini(struct bench_intact *intact)
{
    mem_free(intact->hits);
    buf_fini(&intact->text);
}
