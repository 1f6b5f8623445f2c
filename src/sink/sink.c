/* SPDX-License-Identifier: Apache-2.0
 *
 * What all kinds share: finding the events of a message, deciding what is done to it, and telling
 * its fate.
 */
#include "sink/sink.h"

#include "base/mem.h"
#include "base/must.h"
#include "data/jscan.h"
#include "sink/sink_host_inner.h"

enum {
    SINK_FEW = 8, /* so many are compared with each other; more go into a set */
    SINK_HITS_FIRST = 64,
};

/* ---- looking ---- */

static bool sink_is_new(struct sink_host *host, struct stamp_id id)
{
    if (host->hit_count < SINK_FEW) {
        for (size_t i = 0; i < host->hit_count; i++) {
            if (host->hits[i].seq == id.seq && host->hits[i].stream == id.stream)
                return false;
        }
        return true;
    }
    if (host->hit_count == SINK_FEW) {
        stamp_set_clear(&host->set);
        for (size_t i = 0; i < host->hit_count; i++)
            (void)stamp_set_add(&host->set,
                                (struct stamp_id){host->hits[i].stream, host->hits[i].seq});
    }
    return stamp_set_add(&host->set, id);
}

static void sink_push_hit(struct intact_hit **hits, size_t *count, size_t *size,
                          const struct stamp_hit *hit)
{
    if (*count == *size) {
        *size = *size == 0 ? SINK_HITS_FIRST : 2 * *size;
        *hits = mem_realloc(*hits, *size * sizeof(**hits));
    }
    (*hits)[(*count)++] =
        (struct intact_hit){.seq = hit->id.seq, .stream = hit->id.stream, .offset = hit->offset};
}

static void sink_note_hit(struct sink *sink, const struct stamp_hit *hit)
{
    struct sink_host *host = sink->host;
    if (hit->kind == STAMP_FOREIGN) {
        sink->counts->foreign++;
        return;
    }
    if (hit->kind == STAMP_UNREADABLE) {
        sink->counts->unreadable++;
        return;
    }
    if (sink_is_new(host, hit->id)) {
        sink_push_hit(&host->hits, &host->hit_count, &host->hit_size, hit);
        return;
    }
    sink->counts->repeated++;
    if (sink->config->intact.len > 0)
        sink_push_hit(&host->echoes, &host->echo_count, &host->echo_size, hit);
}

/* True when there was a stamp of any kind. */
static bool sink_scan(struct sink *sink, const struct sink_message *message)
{
    struct sink_host *host = sink->host;
    struct stamp_scan scan;
    struct stamp_hit hit;
    bool any = false;
    host->hit_count = 0;
    host->echo_count = 0;
    stamp_scan_start(&scan, host->config.run, host->config.stamp_forms);
    for (int i = 0; i <= SINK_PARTS_MAX; i++) {
        if (i == SINK_PARTS_MAX)
            stamp_scan_end(&scan);
        else if (message->parts[i].len > 0)
            stamp_scan_feed(&scan, message->parts[i]);
        else
            continue;
        while (stamp_scan_next(&scan, &hit)) {
            any = true;
            sink_note_hit(sink, &hit);
        }
    }
    return any;
}

/* What an event's first place did not tell, another may. */
static void sink_use_echoes(struct sink_host *host)
{
    size_t at = 0; /* echoes come in about the order of the hits */
    for (size_t i = 0; i < host->echo_count; i++) {
        const struct intact_hit *echo = &host->echoes[i];
        for (size_t tries = 0; tries < host->hit_count && echo->hash != 0; tries++) {
            struct intact_hit *hit = &host->hits[at];
            if (hit->seq == echo->seq && hit->stream == echo->stream) {
                if (hit->hash == 0)
                    hit->hash = echo->hash;
                break;
            }
            at = at + 1 == host->hit_count ? 0 : at + 1;
        }
    }
}

static void sink_hash(struct sink_host *host, struct bytes field, struct bytes body,
                      uint64_t body_at)
{
    intact_hash(field, body, body_at, host->hits, host->hit_count, &host->field);
    intact_hash(field, body, body_at, host->echoes, host->echo_count, &host->field);
    sink_use_echoes(host);
}

/* Records of a message that nothing tells apart: a line is one; a request's body is the items of a
 * JSON array, or one JSON value, or else its lines that are not blank. */
static uint32_t sink_count_records(struct bytes head, struct bytes body)
{
    struct jscan scan = jscan_over(body);
    struct jscan_value value;
    uint32_t count = 0;
    if (head.len == 0)
        return 1;
    if (jscan_is_value(body) && jscan_open(&scan, '[')) {
        while (jscan_next_item(&scan, &value) == JSCAN_MORE)
            count++;
        return count;
    }
    if (jscan_is_value(body))
        return 1;
    while (body.ptr != NULL)
        count += bytes_trim(bytes_cut(&body, '\n')).len > 0;
    return count;
}

void sink_look(struct sink *sink, const struct sink_message *message, struct sink_found *out_found)
{
    struct sink_host *host = sink->host;
    struct sink_counts *counts = sink->counts;
    struct bytes head = message->parts[0], body = message->parts[SINK_PARTS_MAX - 1];
    uint8_t flags = 0;

    counts->messages++;
    counts->bytes += body.len;
    if (message->is_kernel) {
        counts->kernel_stamped++;
        flags |= SINK_KERNEL_STAMP;
    } else {
        counts->read_stamped++;
    }
    uint32_t records = host->config.counts ? sink_count_records(head, body) : 0;
    if (host->config.counts)
        host->hit_count = 0;
    else if (!sink_scan(sink, message))
        counts->stampless++;
    counts->arrivals += host->hit_count + records;
    if (host->hit_count + records > 0) {
        if (message->at_ns < counts->first_ns)
            counts->first_ns = message->at_ns;
        if (message->at_ns > counts->last_ns)
            counts->last_ns = message->at_ns;
    }
    if (sink->config->intact.len > 0) {
        flags |= SINK_HAS_HASH;
        if (host->hit_count > 0)
            sink_hash(host, sink->config->intact, body, head.len);
    }
    *out_found = (struct sink_found){.at_ns = message->at_ns,
                                     .conn = message->conn,
                                     .count = (uint32_t)host->hit_count,
                                     .records = records,
                                     .flags = flags,
                                     .hits = host->hits};
}

void sink_found_keep(struct sink_found *found)
{
    if (found->is_kept)
        return;
    found->is_kept = true;
    struct intact_hit *lent = found->hits;
    found->hits = NULL;
    if (found->count == 1)
        found->one = lent[0];
    if (found->count <= 1)
        return;
    found->hits = mem_alloc(found->count * sizeof(*lent));
    memcpy(found->hits, lent, found->count * sizeof(*lent));
}

void sink_found_drop(struct sink_found *found)
{
    if (found->is_kept)
        mem_free(found->hits);
    *found = (struct sink_found){.count = 0};
}

/* ---- deciding ---- */

void sink_decide(struct sink *sink, struct sink_deed *out_deed)
{
    const struct plan_sink_stretch *force = &sink->force;
    uint64_t number = sink->decided++;
    *out_deed = (struct sink_deed){.kind = SINK_DO_ANSWER};
    if (BR_LIKELY(force->acts == 0))
        return;
    struct rng rng = rng_at(sink->seed, number);
    double lot = rng_double(&rng);
    if ((force->acts & PLAN_SINK_DELAY) != 0)
        out_deed->delay_ns = dist_sample(&force->delay, &rng);
    /* What is not among the acts has a share of 0. */
    if (lot < force->fail_share) {
        out_deed->kind = SINK_DO_FAIL;
        out_deed->status = force->fail_status;
        out_deed->retry_after_sec = (uint32_t)(force->retry_after_ns / INT64_C(1000000000));
    } else if (lot < force->fail_share + force->reset_share) {
        out_deed->kind = SINK_DO_RESET;
    } else if (lot < force->fail_share + force->reset_share + force->stall_share) {
        out_deed->kind = SINK_DO_STALL;
    }
}

/* ---- telling ---- */

static void sink_count_fate(struct sink_counts *counts, enum sink_arrival_kind kind,
                            uint64_t events)
{
    switch (kind) {
    case SINK_DELIVERY:
        counts->answered++;
        counts->deliveries += events;
        return;
    case SINK_ATTEMPT_ERROR:
        counts->failed++;
        break;
    case SINK_ATTEMPT_RESET:
        counts->reset++;
        break;
    case SINK_ATTEMPT_STALL:
        counts->stalled++;
        break;
    case SINK_ATTEMPT_HUNG_UP:
        counts->hung_up++;
        break;
    case SINK_UNREAD:
        counts->unread += events;
        return;
    }
    counts->attempts += events;
}

static void sink_tell_rows(struct sink *sink, const struct sink_found *found,
                           enum sink_arrival_kind kind, int64_t replied_ns)
{
    const struct intact_hit *hits = found->hits == NULL ? &found->one : found->hits;
    for (uint32_t i = 0; i < found->count; i++) {
        struct sink_arrival row = {
            .seq = hits[i].seq,
            .at_ns = found->at_ns,
            .replied_ns = replied_ns,
            .hash = hits[i].hash,
            .stream = hits[i].stream,
            .conn = found->conn,
            .place = i,
            .sink = sink->index,
            .kind = (uint8_t)kind,
            .flags = found->flags,
        };
        sink_rows_add(sink->host, &row);
    }
}

void sink_tell(struct sink *sink, const struct sink_found *found, enum sink_arrival_kind kind,
               int64_t replied_ns, int64_t due_ns)
{
    MUST(kind != SINK_UNREAD);
    sink_count_fate(sink->counts, kind, found->count + found->records);
    if (due_ns != 0)
        hist_record_ns(&sink->counts->late, replied_ns > due_ns ? replied_ns - due_ns : 0);
    sink_tell_rows(sink, found, kind, replied_ns);
}

void sink_tell_unread(struct sink *sink, const struct sink_found *found)
{
    sink_count_fate(sink->counts, SINK_UNREAD, found->count + found->records);
    sink_tell_rows(sink, found, SINK_UNREAD, 0);
}
