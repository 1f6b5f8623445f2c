/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies: each row whole, in two pieces at every place and byte by byte; what comes out must be the
 * same, and never a byte of the next message.
 */
#include "wire/h1_body.h"

#include "fence.h"
#include "unit.h"

enum { OUT_SIZE = 512 };

struct outcome {
    enum br_err err;
    bool is_done;
    size_t used; /* bytes of the text up to the body's end or the error's step */
    size_t len;
    char out[OUT_SIZE];
};

/* All of one piece of input, as the header's example shows it. */
static void feed(struct h1_body *body, struct bytes text, struct outcome *o)
{
    struct bytes input = fence_put(text);
    while (!h1_body_is_done(body) && input.len > 0) {
        struct bytes piece = BYTES("untouched");
        ssize_t used = h1_body_decode(body, input, &piece);
        if (used < 0) {
            o->err = (enum br_err) - used;
            return;
        }
        UNIT_OK(used > 0);
        UNIT_OK(o->len + piece.len <= OUT_SIZE);
        if (piece.len > 0)
            memcpy(o->out + o->len, piece.ptr, piece.len);
        o->len += piece.len;
        o->used += (size_t)used;
        input = bytes_skip(input, (size_t)used);
    }
}

static struct outcome decode(enum h1_framing framing, uint64_t length, struct bytes text,
                             size_t first, size_t step)
{
    struct h1_body body;
    struct outcome o = {0};
    h1_body_init(&body, framing, length);
    for (size_t at = 0; at < text.len && o.err == BR_ERR_NONE && !h1_body_is_done(&body);) {
        size_t len = at == 0 && first > 0 ? first : step;
        if (len > text.len - at)
            len = text.len - at;
        feed(&body, bytes_make(text.ptr + at, len), &o);
        at += len;
    }
    if (o.err == BR_ERR_NONE && !h1_body_is_done(&body))
        o.err = h1_body_end(&body);
    o.is_done = h1_body_is_done(&body);
    return o;
}

static struct outcome decode_all(enum h1_framing framing, uint64_t length, struct bytes text)
{
    struct outcome whole = decode(framing, length, text, 0, text.len + 1);
    for (size_t cut = 0; cut <= text.len; cut++) {
        struct outcome other = decode(framing, length, text, cut, cut == 0 ? 1 : text.len);
        UNIT_EQ_INT(other.err, whole.err);
        UNIT_EQ_INT(other.is_done, whole.is_done);
        if (whole.err == BR_ERR_NONE)
            UNIT_EQ_INT(other.used, whole.used);
        UNIT_EQ_BYTES(bytes_make(other.out, other.len), bytes_make(whole.out, whole.len));
    }
    return whole;
}

struct row {
    const char *name;
    struct bytes text;
    enum br_err err;
    const char *body;
    size_t rest; /* bytes that belong to the next message */
};

#define ROW(name, text, err, body, rest)                                                           \
    {                                                                                              \
        name, BYTES_INIT(text), BR_ERR_##err, body, rest                                           \
    }

static const struct row chunked[] = {
    ROW("empty", "0\r\n\r\n", NONE, "", 0),
    ROW("one", "5\r\nhello\r\n0\r\n\r\n", NONE, "hello", 0),
    ROW("two", "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", NONE, "hello, world", 0),
    ROW("upper case", "A\r\n0123456789\r\n0\r\n\r\n", NONE, "0123456789", 0),
    ROW("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", NONE, "hello", 0),
    ROW("next message behind", "5\r\nhello\r\n0\r\n\r\nHTTP/1.1", NONE, "hello", 8),
    ROW("line breaks are data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", NONE, "\r\n\r\n", 0),
    ROW("extension", "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", NONE, "hello", 0),
    ROW("blanks before the extension", "5 \t ;a\r\nhello\r\n0\r\n\r\n", NONE, "hello", 0),
    ROW("blanks behind the size", "5  \r\nhello\r\n0 \r\n\r\n", NONE, "hello", 0),
    ROW("trailers", "5\r\nhello\r\n0\r\nA: b\r\nX-C:\td \r\nE:\r\n\r\nx", NONE, "hello", 1),
    ROW("cut in the size", "5", CLOSED_EARLY, "", 0),
    ROW("cut in the data", "5\r\nhel", CLOSED_EARLY, "hel", 0),
    ROW("cut behind the data", "5\r\nhello\r\n", CLOSED_EARLY, "hello", 0),
    ROW("cut in the end", "5\r\nhello\r\n0\r\n", CLOSED_EARLY, "hello", 0),
    ROW("no size", "\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("no digit", "x\r\n", WIRE_MALFORMED, "", 0),
    ROW("only an extension", ";a\r\n", WIRE_MALFORMED, "", 0),
    ROW("signed", "+5\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("hexadecimal prefix", "0x5\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("blank first", " 5\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("words behind the size", "5 5\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("2^63", "8000000000000000\r\n", WIRE_MALFORMED, "", 0),
    ROW("2^64+5", "10000000000000005\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("bare LF behind the size", "5\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("bare CR behind the size", "5\rhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("more data than said", "5\r\nhelloo\r\n0\r\n\r\n", WIRE_MALFORMED, "hello", 0),
    ROW("bare LF behind the data", "5\r\nhello\n0\r\n\r\n", WIRE_MALFORMED, "hello", 0),
    ROW("no LF behind the data", "5\r\nhello\rx0\r\n\r\n", WIRE_MALFORMED, "hello", 0),
    ROW("trailer without colon", "0\r\nab\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("trailer without name", "0\r\n: b\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("folded trailer", "0\r\nA: b\r\n c\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("bare LF in the trailers", "0\r\nA: b\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("NUL in a trailer", "0\r\nA: \0\r\n\r\n", WIRE_MALFORMED, "", 0),
    ROW("bare CR in the end", "0\r\n\rx", WIRE_MALFORMED, "", 0),
};

UNIT_TEST(chunked_bodies_are_read_however_cut)
{
    for (size_t i = 0; i < BR_COUNT(chunked); i++) {
        const struct row *row = &chunked[i];
        UNIT_ROW(row->name);
        struct outcome o = decode_all(H1_FRAMING_CHUNKED, 0, row->text);
        UNIT_EQ_INT(o.err, row->err);
        UNIT_EQ_INT(o.is_done, row->err == BR_ERR_NONE);
        UNIT_EQ_BYTES(bytes_make(o.out, o.len), bytes_from_str(row->body));
        if (row->err == BR_ERR_NONE)
            UNIT_EQ_INT(row->text.len - o.used, row->rest);
    }
}

UNIT_TEST(known_lengths_are_read_however_cut)
{
    struct outcome o = decode_all(H1_FRAMING_LENGTH, 5, BYTES("helloHTTP"));
    UNIT_EQ_INT(o.err, BR_ERR_NONE);
    UNIT_EQ_INT(o.used, 5);
    UNIT_EQ_BYTES(bytes_make(o.out, o.len), BYTES("hello"));
    o = decode_all(H1_FRAMING_LENGTH, 6, BYTES("hello"));
    UNIT_EQ_INT(o.err, BR_ERR_CLOSED_EARLY);
    o = decode_all(H1_FRAMING_LENGTH, 0, BYTES("x"));
    UNIT_EQ_INT(o.used, 0);
    UNIT_OK(o.is_done);
    o = decode_all(H1_FRAMING_NONE, 5, BYTES("x"));
    UNIT_EQ_INT(o.used, 0);
    UNIT_OK(o.is_done);
    o = decode_all(H1_FRAMING_UNTIL_CLOSE, 0, BYTES("all of it"));
    UNIT_EQ_INT(o.err, BR_ERR_NONE);
    UNIT_OK(o.is_done);
    UNIT_EQ_BYTES(bytes_make(o.out, o.len), BYTES("all of it"));
}

UNIT_TEST(what_is_certain_to_be_body_may_be_skipped)
{
    struct h1_body body;
    struct bytes piece;
    h1_body_init(&body, H1_FRAMING_LENGTH, 100);
    UNIT_EQ_INT(h1_body_discardable(&body), 100);
    h1_body_skip(&body, 60);
    UNIT_EQ_INT(h1_body_discardable(&body), 40);
    h1_body_skip(&body, 40);
    UNIT_OK(h1_body_is_done(&body));

    h1_body_init(&body, H1_FRAMING_CHUNKED, 0);
    UNIT_EQ_INT(h1_body_discardable(&body), 0);
    UNIT_EQ_INT(h1_body_decode(&body, BYTES("10\r\n"), &piece), 4);
    UNIT_EQ_INT(piece.len, 0);
    UNIT_EQ_INT(h1_body_discardable(&body), 16);
    h1_body_skip(&body, 16);
    UNIT_EQ_INT(h1_body_discardable(&body), 0);
    UNIT_EQ_INT(h1_body_decode(&body, BYTES("\r\n0\r\n\r\n"), &piece), 7);
    UNIT_OK(h1_body_is_done(&body));

    h1_body_init(&body, H1_FRAMING_UNTIL_CLOSE, 0);
    UNIT_OK(h1_body_discardable(&body) == UINT64_MAX);
    h1_body_skip(&body, 1000);
    UNIT_OK(!h1_body_is_done(&body));
    UNIT_EQ_INT(h1_body_end(&body), BR_ERR_NONE);
}

/* `count` bytes of `c` behind `start`. */
static enum br_err decode_flood(const char *start, char c, size_t count)
{
    struct h1_body body;
    struct bytes piece;
    h1_body_init(&body, H1_FRAMING_CHUNKED, 0);
    ssize_t used = h1_body_decode(&body, bytes_from_str(start), &piece);
    for (size_t i = 0; i < count && used >= 0; i++)
        used = h1_body_decode(&body, bytes_make(&c, 1), &piece);
    return used < 0 ? (enum br_err) - used : BR_ERR_NONE;
}

UNIT_TEST(extensions_and_trailers_are_bounded)
{
    UNIT_EQ_INT(decode_flood("5;", 'a', H1_CHUNK_LINE_MAX - 2), BR_ERR_NONE);
    UNIT_EQ_INT(decode_flood("5;", 'a', H1_CHUNK_LINE_MAX - 1), BR_ERR_WIRE_HEAD_LIMIT);
    UNIT_EQ_INT(decode_flood("5", ' ', H1_CHUNK_LINE_MAX), BR_ERR_WIRE_HEAD_LIMIT);
    UNIT_EQ_INT(decode_flood("0\r\nA:", 'a', H1_TRAILER_SIZE_MAX - 2), BR_ERR_NONE);
    UNIT_EQ_INT(decode_flood("0\r\nA:", 'a', H1_TRAILER_SIZE_MAX - 1), BR_ERR_WIRE_HEAD_LIMIT);
}

UNIT_TEST(chunk_heads_are_read_back)
{
    static const uint64_t sizes[] = {1, 9, 10, 15, 16, 255, 256, 65535, 65536, INT64_MAX};
    for (size_t i = 0; i < BR_COUNT(sizes); i++) {
        char head[H1_CHUNK_HEAD_SIZE];
        size_t len = h1_emit_chunk_head(head, sizes[i]);
        struct h1_body body;
        struct bytes piece;
        h1_body_init(&body, H1_FRAMING_CHUNKED, 0);
        UNIT_OK(len <= sizeof(head));
        UNIT_EQ_INT(h1_body_decode(&body, bytes_make(head, len), &piece), len);
        UNIT_EQ_INT(h1_body_discardable(&body), sizes[i]);
    }
    char head[H1_CHUNK_HEAD_SIZE];
    size_t len = h1_emit_chunk_head(head, 0x1f4);
    UNIT_EQ_BYTES(bytes_make(head, len), BYTES("1f4\r\n"));
}

UNIT_MAIN(UNIT_RUN(chunked_bodies_are_read_however_cut),
          UNIT_RUN(known_lengths_are_read_however_cut),
          UNIT_RUN(what_is_certain_to_be_body_may_be_skipped),
          UNIT_RUN(extensions_and_trailers_are_bounded), UNIT_RUN(chunk_heads_are_read_back))
