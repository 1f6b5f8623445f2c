/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendering a record again. Which record of its operation an event was: without keys the events of
 * a shard are one stream, and each operation takes as many numbers as a batch has records; with
 * keys it is the n-th one of its operation that has its key.
 */
#include "drive/bench_carried.h"

#include "data/json.h"

enum { CARRIED_KEY_MAX = 4096, CARRIED_TEXT_MAX = 1 << 20 };

#define CARRIED_EVENT ((unsigned)TMPL_USES_EVENT | TMPL_USES_EVENT_UUID)

/* The text that the event stands in. */
static const struct tmpl *carried_tmpl(const struct plan *plan, const struct track_anomaly *anomaly)
{
    const struct plan_request *request = &plan->request;
    if (request->tmpl != NULL && (tmpl_uses(request->tmpl) & CARRIED_EVENT) != 0)
        return request->tmpl;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct tmpl *tmpl = request->headers[i].tmpl;
        if (tmpl != NULL && (tmpl_uses(tmpl) & CARRIED_EVENT) != 0)
            return tmpl;
    }
    return anomaly->op.target < plan->target_count ? plan->targets[anomaly->op.target].tmpl : NULL;
}

static bool carried_has_key(const struct tmpl *tmpl, const struct tmpl_record *record,
                            struct bytes key, struct buf *text)
{
    buf_clear(text);
    return tmpl_render(tmpl, record, text) == BR_ERR_NONE && bytes_eq(buf_bytes(text), key);
}

/* The place among the operation's records of that key; false when it cannot be told. */
static bool carried_place_by_key(const struct plan *plan, const struct tmpl *tmpl, struct bytes key,
                                 const struct track_anomaly *anomaly, uint64_t *out_place)
{
    uint64_t nth = anomaly->id.seq - anomaly->op.first_seq;
    uint64_t found = 0;
    uint64_t only = 0;
    struct buf text;
    buf_init(&text, CARRIED_KEY_MAX);
    for (uint64_t i = 0; i < plan->request.batch; i++) {
        struct tmpl_record record = {.seed = plan->seed,
                                     .index = anomaly->op.number * plan->request.batch + i};
        if (!carried_has_key(tmpl, &record, key, &text))
            continue;
        if (found == nth)
            *out_place = i;
        only = i;
        found++;
    }
    buf_fini(&text);
    if (found == 1)
        *out_place = only;
    /* Some may have been told apart from the others: then the first one is not known. */
    return found == 1 || found == anomaly->op.count;
}

static bool carried_place(const struct plan *plan, struct bytes key,
                          const struct track_anomaly *anomaly, uint64_t *out_place)
{
    const struct tmpl *tmpl;
    *out_place = anomaly->id.seq % plan->request.batch;
    if (plan->events.stream_key.len == 0)
        return true;
    tmpl = tmpl_set_named(plan->templates, plan->events.stream_key);
    if (tmpl == NULL || (tmpl_uses(tmpl) & TMPL_USES_ROW) != 0)
        return false;
    return carried_place_by_key(plan, tmpl, key, anomaly, out_place);
}

static void carried_put(struct bytes text, size_t most, struct buf *out)
{
    size_t at = 0;
    while (at < text.len && at < most) {
        size_t size = json_utf8_size(text.ptr + at, text.len - at);
        bool plain =
            size > 1 || (size == 1 && (unsigned char)text.ptr[at] >= 0x20 && text.ptr[at] != 0x7f);
        buf_put(out, plain ? bytes_make(text.ptr + at, size) : BYTES("?"));
        at += size > 0 ? size : 1;
    }
    if (at < text.len)
        buf_put(out, BYTES("..."));
}

bool bench_carried_tell(const struct plan *plan, struct bytes key,
                        const struct track_anomaly *anomaly, int64_t start_unix_ns, size_t most,
                        struct buf *out)
{
    struct tmpl_record record = {.seed = plan->seed};
    char stamp[STAMP_SIZE];
    char uuid[STAMP_UUID_SIZE];
    uint64_t place = 0;
    struct buf text;
    if (!anomaly->op.is_known || plan->templates == NULL || plan->request.batch == 0)
        return false;
    const struct tmpl *tmpl = carried_tmpl(plan, anomaly);
    if (tmpl == NULL || (tmpl_uses(tmpl) & TMPL_USES_ROW) != 0 ||
        !carried_place(plan, key, anomaly, &place))
        return false;
    stamp_emit(&plan->events.run, anomaly->id, stamp);
    stamp_emit_uuid(&plan->events.run, anomaly->id, uuid);
    record.index = anomaly->op.number * plan->request.batch + place;
    record.event = bytes_make(stamp, sizeof(stamp));
    record.event_uuid = bytes_make(uuid, sizeof(uuid));
    int64_t at_ns = anomaly->op.sent_ns == TRACK_NO_TIME ? anomaly->due_ns : anomaly->op.sent_ns;
    record.wall_ns = (uint64_t)(start_unix_ns + at_ns);
    buf_init(&text, CARRIED_TEXT_MAX);
    bool told = tmpl_render(tmpl, &record, &text) == BR_ERR_NONE;
    if (told)
        carried_put(buf_bytes(&text), most, out);
    buf_fini(&text);
    return told;
}
