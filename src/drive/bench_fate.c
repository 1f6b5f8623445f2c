/* SPDX-License-Identifier: Apache-2.0
 *
 * From replies to the ledger (design.md 7.3). Mostly the status speaks for all events of a request;
 * where the plan has a path into replies that accept, each event has a fate of its own, and events
 * of a stream that follow each other and share one are resolved together.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "drive/bench_events_inner.h"

enum { BENCH_REPLY_MAX = 64 << 20 };

void bench_fates_init(struct bench_events *events)
{
    if (!accept_has_paths(&events->plan->accept))
        return;
    events->fates.of = mem_zalloc(events->records, sizeof(uint8_t));
    events->fates.starts = mem_zalloc(events->records + 1, sizeof(uint32_t));
    events->fates.records = mem_zalloc(events->records, sizeof(uint32_t));
}

void bench_fates_fini(struct bench_fates *fates)
{
    mem_free(fates->of);
    mem_free(fates->starts);
    mem_free(fates->records);
}

/* ---- keeping a reply ---- */

bool bench_events_wants_reply(const struct bench_events *events, int status)
{
    return accept_wants_body(&events->plan->accept, status);
}

void bench_events_keep_reply(struct bench_batch *batch, struct bytes part)
{
    if (batch->reply.max == 0)
        buf_init(&batch->reply, BENCH_REPLY_MAX);
    if (batch->is_reply_too_large || buf_append(&batch->reply, part) == BR_ERR_NONE)
        return;
    batch->is_reply_too_large = true;
    buf_clear(&batch->reply);
}

/* ---- who is meant ---- */

static enum track_entry bench_entry_of(enum accept_fate fate)
{
    static const enum track_entry entries[] = {
        [ACCEPT_ACCEPTED] = TRACK_ACCEPTED,
        [ACCEPT_REFUSED] = TRACK_REFUSED,
        [ACCEPT_UNSURE] = TRACK_UNSURE,
    };
    return entries[fate];
}

/* Which record is the one of that number in a span: a table of the records sorted by span. */
static void bench_fates_index(struct bench_events *events, const struct bench_batch *batch)
{
    struct bench_fates *fates = &events->fates;
    uint32_t at = 0;
    for (size_t i = 0; i < batch->count; i++) {
        fates->starts[i] = at;
        at += batch->spans[i].count;
    }
    for (size_t i = 0; i < events->records; i++)
        fates->records[fates->starts[events->span_of[i]]++] = (uint32_t)i;
    for (size_t i = 0; i < batch->count; i++)
        fates->starts[i] -= batch->spans[i].count;
}

struct bench_search {
    const struct bench_events *events;
    const struct bench_batch *batch;
};

/* accept_find_fn: the record whose stamp is in the text. */
static int64_t bench_find_record(struct bytes text, void *context)
{
    const struct bench_search *search = context;
    const struct bench_fates *fates = &search->events->fates;
    struct stamp_scan scan;
    struct stamp_hit hit;
    stamp_scan_start(&scan, &search->events->plan->run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    stamp_scan_feed(&scan, text);
    bool found = stamp_scan_next(&scan, &hit);
    if (!found) {
        stamp_scan_end(&scan);
        found = stamp_scan_next(&scan, &hit);
    }
    if (!found || hit.kind != STAMP_OURS)
        return -1;
    for (size_t i = 0; i < search->batch->count; i++) {
        const struct ledger_span *span = &search->batch->spans[i];
        if (span->stream == hit.id.stream && hit.id.seq >= span->first &&
            hit.id.seq - span->first < span->count)
            return fates->records[fates->starts[i] + (hit.id.seq - span->first)];
    }
    return -1;
}

/* ---- telling the ledger ---- */

static void bench_resolve(struct bench_events *events, struct ledger_span span,
                          enum track_entry entry, int64_t at_ns)
{
    ledger_resolve(events->ledger, span, entry, at_ns - events->env->recorder->t0_ns);
}

static void bench_resolve_all(struct bench_events *events, const struct bench_batch *batch,
                              enum track_entry entry, int64_t at_ns)
{
    for (size_t i = 0; i < batch->count; i++)
        bench_resolve(events, batch->spans[i], entry, at_ns);
}

/* Each span's events that follow each other with one fate are resolved in one go. */
static void bench_resolve_each(struct bench_events *events, const struct bench_batch *batch,
                               int64_t at_ns)
{
    const struct bench_fates *fates = &events->fates;
    for (size_t i = 0; i < batch->count; i++) {
        const uint32_t *records = &fates->records[fates->starts[i]];
        struct ledger_span run = {batch->spans[i].stream, 0, batch->spans[i].first};
        for (uint32_t at = 0; at < batch->spans[i].count; at++) {
            uint8_t fate = fates->of[records[at]];
            run.count++;
            if (at + 1 < batch->spans[i].count && fates->of[records[at + 1]] == fate)
                continue;
            bench_resolve(events, run, bench_entry_of((enum accept_fate)fate), at_ns);
            run.first += run.count;
            run.count = 0;
        }
    }
}

static void bench_note_silent(struct bench_fates *fates, const struct bench_batch *batch,
                              int status)
{
    if (fates->silent++ > 0)
        return;
    fates->silent_status = status;
    fates->silent_is_large = batch->is_reply_too_large;
}

/* A reply that speaks of its events one by one. */
static void bench_fates_read(struct bench_events *events, struct bench_batch *batch,
                             const struct op *op)
{
    struct bench_fates *fates = &events->fates;
    struct bench_search search = {events, batch};
    struct bench_batch sorted = {0};
    if (events->key != NULL) {
        /* The scratch tables are another operation's by now; the same records sort the same way. */
        enum br_err err = bench_events_sort(events, op->k, &sorted);
        MUST(err == BR_ERR_NONE && sorted.count == batch->count);
        bench_batch_fini(&sorted);
    }
    bench_fates_index(events, batch);
    if (!accept_reply(&events->plan->accept, op->status, buf_bytes(&batch->reply), events->records,
                      bench_find_record, &search, fates->of))
        bench_note_silent(fates, batch, op->status);
    bench_resolve_each(events, batch, op->done_ns);
}

void bench_fates_tell(struct bench_events *events, struct bench_batch *batch, const struct op *op)
{
    const struct accept *accept = &events->plan->accept;
    /* A status counts only when its reply was read whole. */
    bool whole = op->status > 0 && (op->err == BR_ERR_NONE || op->err == BR_ERR_STATUS);
    if (!whole)
        bench_resolve_all(events, batch, track_entry_of(0, op->err, op->bytes_sent > 0),
                          op->done_ns);
    else if (accept_wants_body(accept, op->status))
        bench_fates_read(events, batch, op);
    else
        bench_resolve_all(events, batch, bench_entry_of(accept_by_status(accept, op->status)),
                          op->done_ns);
}

const char *bench_events_remark(struct bench_events *events)
{
    struct bench_fates *fates = &events->fates;
    const struct accept *accept = &events->plan->accept;
    struct bytes path = accept->accepts.by != ACCEPT_BY_STATUS ? accept->accepts.path.text
                                                               : accept->refuses.path.text;
    if (fates->silent == 0)
        return NULL;
    (void)snprintf(fates->remark, sizeof(fates->remark),
                   "%llu replies do not tell which events they accept (the first: %d, %s%.*s); "
                   "nobody knows of those they do not speak of",
                   (unsigned long long)fates->silent, fates->silent_status,
                   fates->silent_is_large ? "too large to be read for " : "nothing fit at ",
                   path.len > 60 ? 60 : (int)path.len, path.ptr);
    return fates->remark;
}
