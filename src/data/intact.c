/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk through the JSON of a message, outer objects first, with the stamps that lie inside.
 */
#include "data/intact.h"

#include "data/hash.h"
#include "data/jscan.h"

enum { INTACT_DEPTH_MAX = 32 };

struct intact_walk {
    struct bytes field;
    const char *base; /* of the body; the hits' offsets count from body_at there */
    uint64_t body_at;
    struct intact_hit *hits; /* in the order of their offsets */
    struct buf *text;
};

/* Some of the hits. */
struct intact_range {
    size_t first;
    size_t end;
};

static struct intact_range intact_range_within(const struct intact_walk *walk,
                                               struct intact_range range, struct bytes raw,
                                               int depth)
{
    uint64_t at = walk->body_at + (uint64_t)(raw.ptr - walk->base);
    uint64_t from = depth == 0 && range.first == 0 ? 0 : at;
    while (range.first < range.end && walk->hits[range.first].offset < from)
        range.first++;
    while (range.first < range.end && walk->hits[range.end - 1].offset >= at + raw.len)
        range.end--;
    return range;
}

static bool intact_find_member(struct bytes object, struct bytes name,
                               struct jscan_value *out_value)
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
static bool intact_find_text(struct bytes object, struct bytes path, struct bytes *out_raw)
{
    struct jscan_value value;
    while (!intact_find_member(object, path, &value)) {
        struct bytes first = bytes_cut(&path, '.');
        if (path.ptr == NULL || !intact_find_member(object, first, &value) ||
            value.kind != JSCAN_OBJECT)
            return false;
        object = value.raw;
    }
    if (value.kind != JSCAN_STRING)
        return false;
    *out_raw = value.raw;
    return true;
}

static void intact_walk_hash(const struct intact_walk *walk, struct intact_range range,
                             struct bytes raw)
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
static void intact_walk_value(const struct intact_walk *walk, const struct jscan_value *value,
                              struct intact_range range, int depth)
{
    struct jscan scan = jscan_over(value->raw);
    struct jscan_value inner;
    struct bytes text;
    if (value->kind != JSCAN_OBJECT && value->kind != JSCAN_ARRAY)
        return;
    range = intact_range_within(walk, range, value->raw, depth);
    if (range.first == range.end || depth == INTACT_DEPTH_MAX)
        return;
    if (value->kind == JSCAN_ARRAY) {
        (void)jscan_open(&scan, '[');
        while (jscan_next_item(&scan, &inner) == JSCAN_MORE)
            intact_walk_value(walk, &inner, range, depth + 1);
        return;
    }
    if (intact_find_text(value->raw, walk->field, &text))
        intact_walk_hash(walk, range, text);
    (void)jscan_open(&scan, '{');
    while (jscan_next_member(&scan, &text, &inner) == JSCAN_MORE)
        intact_walk_value(walk, &inner, range, depth + 1);
}

/* Records that are joined by commas alone. */
static void intact_skip_comma(struct jscan *scan)
{
    const char *at = scan->at;
    while (at < scan->end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    if (at < scan->end && *at == ',')
        scan->at = at + 1;
}

static void intact_walk_body(const struct intact_walk *walk, struct bytes body, size_t count)
{
    struct jscan scan = jscan_over(body);
    struct jscan_value value;
    size_t first = 0; /* what is in the head belongs to the first value */
    while (first < count && jscan_read(&scan, &value)) {
        uint64_t end = walk->body_at + (uint64_t)(scan.at - walk->base);
        intact_walk_value(walk, &value, (struct intact_range){first, count}, 0);
        while (first < count && walk->hits[first].offset < end)
            first++;
        intact_skip_comma(&scan);
    }
}

void intact_hash(struct bytes field, struct bytes body, uint64_t body_at, struct intact_hit *hits,
                 size_t count, struct buf *scratch)
{
    struct intact_walk walk = {field, body.ptr, body_at, hits, scratch};
    intact_walk_body(&walk, body, count);
}
