/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies: decoded whole and in pieces, by skipping and by reading, the outcome is the same; chunked
 * bodies of our own making are read back.
 */
#include "base/must.h"
#include "cuts.h"
#include "wire/h1_body.h"

struct outcome {
    enum br_err err;
    bool is_done;
    uint64_t len;  /* of the body */
    uint64_t hash; /* of its bytes; not known when they were skipped */
    size_t used;
};

static void take(struct outcome *o, struct bytes piece)
{
    for (size_t i = 0; i < piece.len; i++)
        o->hash = o->hash * 31 + (unsigned char)piece.ptr[i];
    o->len += piece.len;
}

/* One step over `input`; bytes used. */
static size_t step(struct h1_body *body, struct bytes input, bool skips, struct outcome *o)
{
    uint64_t certain = h1_body_discardable(body);
    if (skips && certain > 0) {
        size_t count = certain < input.len ? (size_t)certain : input.len;
        h1_body_skip(body, count);
        o->len += count;
        return count;
    }
    struct bytes piece = BYTES_NONE;
    ssize_t used = h1_body_decode(body, input, &piece);
    if (used < 0) {
        o->err = (enum br_err) - used;
        return 0;
    }
    MUST(used > 0);
    MUST(piece.len <= (size_t)used);
    MUST(piece.len == 0 || (piece.ptr >= input.ptr && piece.ptr + piece.len <= input.ptr + used));
    take(o, piece);
    return (size_t)used;
}

static struct outcome decode(const uint8_t *seed, struct bytes text, size_t piece_max, bool skips)
{
    static const enum h1_framing framings[] = {H1_FRAMING_CHUNKED, H1_FRAMING_CHUNKED,
                                               H1_FRAMING_LENGTH, H1_FRAMING_UNTIL_CLOSE};
    struct outcome o = {0};
    struct cuts cuts = cuts_of(seed, piece_max);
    struct h1_body body;
    h1_body_init(&body, framings[seed[0] & 3], seed[1]);
    while (o.used < text.len && o.err == BR_ERR_NONE && !h1_body_is_done(&body)) {
        struct bytes piece = bytes_make(text.ptr + o.used, cuts_next(&cuts, text.len - o.used));
        while (piece.len > 0 && o.err == BR_ERR_NONE && !h1_body_is_done(&body)) {
            size_t used = step(&body, piece, skips, &o);
            piece = bytes_skip(piece, used);
            o.used += used;
        }
    }
    if (o.err == BR_ERR_NONE)
        o.err = h1_body_end(&body);
    o.is_done = h1_body_is_done(&body);
    return o;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    MUST(a->err == b->err);
    MUST(a->is_done == b->is_done);
    MUST(a->len == b->len);
    MUST(a->err != BR_ERR_NONE || a->used == b->used);
}

/* `text` as chunks of the cuts' sizes, decoded. */
static void check_round_trip(const uint8_t *seed, struct bytes text)
{
    struct cuts cuts = cuts_of(seed, 100);
    struct h1_body body;
    h1_body_init(&body, H1_FRAMING_CHUNKED, 0);
    for (size_t at = 0; at < text.len;) {
        char head[H1_CHUNK_HEAD_SIZE];
        struct bytes piece;
        size_t len = cuts_next(&cuts, text.len - at);
        size_t head_len = h1_emit_chunk_head(head, len);
        MUST(h1_body_decode(&body, bytes_make(head, head_len), &piece) == (ssize_t)head_len);
        MUST(h1_body_decode(&body, bytes_make(text.ptr + at, len), &piece) == (ssize_t)len);
        MUST(piece.ptr == text.ptr + at && piece.len == len);
        MUST(h1_body_decode(&body, BYTES("\r\n"), &piece) == 2);
        at += len;
    }
    struct bytes piece;
    MUST(h1_body_decode(&body, BYTES(H1_LAST_CHUNK), &piece) == 5);
    MUST(h1_body_is_done(&body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct outcome whole = decode(data, text, SIZE_MAX / 2, false);
    struct outcome bytewise = decode(data, text, 1, false);
    struct outcome pieces = decode(data, text, 20, false);
    struct outcome skipped = decode(data, text, 20, true);
    check_same(&whole, &bytewise);
    check_same(&whole, &pieces);
    check_same(&whole, &skipped);
    MUST(whole.hash == bytewise.hash);
    MUST(whole.hash == pieces.hash);
    check_round_trip(data, text);
    return 0;
}
