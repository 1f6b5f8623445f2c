/* SPDX-License-Identifier: Apache-2.0
 *
 * `intact=FIELD`: which text belongs to which event. A message is one JSON value, or several (one a
 * line); an event is where its stamp is; its text is that of the innermost object around the stamp
 * that has the field. So it is right for one event a message, for arrays of records, and for
 * envelopes around records (the stamp in a label, the text in an annotation: annotations.text).
 * A stamp in the head belongs to the outermost value. Where a stamp stands several times, its first
 * place with a text counts.
 */
#include "data/hash.h"
#include "data/jscan.h"
#include "sink/sink_host_inner.h"

enum { SINK_DEPTH_MAX = 32 };

struct sink_walk {
    struct bytes field;
    const char *base; /* of the body; the hits' offsets count from body_at there */
    uint64_t body_at;
    struct sink_hit *hits; /* in the order of their offsets */
    struct buf *text;
};

/* Some of the hits. */
struct sink_range {
    size_t first;
    size_t end;
};

static struct sink_range sink_range_within(const struct sink_walk *walk, struct sink_range range,
                                           struct bytes raw, int depth)
{
    uint64_t at = walk->body_at + (uint64_t)(raw.ptr - walk->base);
    uint64_t from = depth == 0 && range.first == 0 ? 0 : at;
    while (range.first < range.end && walk->hits[range.first].offset < from)
        range.first++;
    while (range.first < range.end && walk->hits[range.end - 1].offset >= at + raw.len)
        range.end--;
    return range;
}

static bool sink_find_member(struct bytes object, struct bytes name, struct jscan_value *out_value)
{
    struct jscan scan = jscan_over(object);
    struct jscan_value value;
    struct bytes key;
    if (!jscan_open(&scan, '{'))
        return false;
    while (jscan_next_member(&scan, &key, &value) == JSCAN_MORE) {
        if (jscan_string_is(key, name)) {
            *out_value = value;
            return true;
        }
    }
    return false;
}

/* The string at a path; a member whose very name has the dots comes first. */
static bool sink_find_text(struct bytes object, struct bytes path, struct bytes *out_raw)
{
    struct jscan_value value;
    while (!sink_find_member(object, path, &value)) {
        struct bytes first = bytes_cut(&path, '.');
        if (path.ptr == NULL || !sink_find_member(object, first, &value) ||
            value.kind != JSCAN_OBJECT)
            return false;
        object = value.raw;
    }
    if (value.kind != JSCAN_STRING)
        return false;
    *out_raw = value.raw;
    return true;
}

static void sink_walk_hash(const struct sink_walk *walk, struct sink_range range, struct bytes raw)
{
    buf_clear(walk->text);
    if (buf_reserve(walk->text, raw.len) != BR_ERR_NONE)
        return; /* longer than a message may be: cannot happen, and says "not there" */
    size_t len = jscan_unescape(raw, walk->text->data);
    uint64_t hash = hash_bytes(bytes_make(walk->text->data, len), 0);
    for (size_t i = range.first; i < range.end; i++)
        walk->hits[i].hash = hash == 0 ? 1 : hash;
}

/* The outer objects first, so that inner ones have the last word. */
static void sink_walk_value(const struct sink_walk *walk, const struct jscan_value *value,
                            struct sink_range range, int depth)
{
    struct jscan scan = jscan_over(value->raw);
    struct jscan_value inner;
    struct bytes text;
    if (value->kind != JSCAN_OBJECT && value->kind != JSCAN_ARRAY)
        return;
    range = sink_range_within(walk, range, value->raw, depth);
    if (range.first == range.end || depth == SINK_DEPTH_MAX)
        return;
    if (value->kind == JSCAN_ARRAY) {
        (void)jscan_open(&scan, '[');
        while (jscan_next_item(&scan, &inner) == JSCAN_MORE)
            sink_walk_value(walk, &inner, range, depth + 1);
        return;
    }
    if (sink_find_text(value->raw, walk->field, &text))
        sink_walk_hash(walk, range, text);
    (void)jscan_open(&scan, '{');
    while (jscan_next_member(&scan, &text, &inner) == JSCAN_MORE)
        sink_walk_value(walk, &inner, range, depth + 1);
}

static void sink_walk_body(const struct sink_walk *walk, struct bytes body, size_t count)
{
    struct jscan scan = jscan_over(body);
    struct jscan_value value;
    size_t first = 0; /* what is in the head belongs to the first value */
    while (first < count && jscan_read(&scan, &value)) {
        uint64_t end = walk->body_at + (uint64_t)(scan.at - walk->base);
        sink_walk_value(walk, &value, (struct sink_range){first, count}, 0);
        while (first < count && walk->hits[first].offset < end)
            first++;
    }
}

/* What an event's first place did not tell, another may. */
static void sink_use_echoes(struct sink_host *host)
{
    size_t at = 0; /* echoes come in about the order of the hits */
    for (size_t i = 0; i < host->echo_count; i++) {
        const struct sink_hit *echo = &host->echoes[i];
        for (size_t tries = 0; tries < host->hit_count && echo->hash != 0; tries++) {
            struct sink_hit *hit = &host->hits[at];
            if (hit->seq == echo->seq && hit->stream == echo->stream) {
                if (hit->hash == 0)
                    hit->hash = echo->hash;
                break;
            }
            at = at + 1 == host->hit_count ? 0 : at + 1;
        }
    }
}

void sink_intact_hash(struct sink_host *host, struct bytes field, struct bytes body,
                      uint64_t body_at)
{
    struct sink_walk walk = {field, body.ptr, body_at, host->hits, &host->field};
    sink_walk_body(&walk, body, host->hit_count);
    walk.hits = host->echoes;
    sink_walk_body(&walk, body, host->echo_count);
    sink_use_echoes(host);
}
