/* SPDX-License-Identifier: Apache-2.0
 *
 * The body decoder. Known lengths take one step. The chunked coding is a state machine over single
 * bytes, but for the data of a chunk, which is one step again: its lines are a few bytes long, and
 * any cut through them must do.
 *
 * Stricter than a head's lines: here a bare LF is refused, as two readers that disagree about the
 * end of a chunk can be made to disagree about whole messages (request smuggling).
 */
#include "wire/h1_body.h"

#include "base/must.h"
#include "wire/h1_scan.h"

enum { H1_CHUNK_DIGITS_MAX = 16 };

static const char h1_hex_digits[] = "0123456789abcdef";

void h1_body_init(struct h1_body *body, enum h1_framing framing, uint64_t content_length)
{
    static const uint8_t first[] = {
        [H1_FRAMING_NONE] = H1_BODY_DONE,
        [H1_FRAMING_LENGTH] = H1_BODY_LENGTH,
        [H1_FRAMING_CHUNKED] = H1_BODY_CHUNK_SIZE,
        [H1_FRAMING_UNTIL_CLOSE] = H1_BODY_UNTIL_CLOSE,
    };
    *body = (struct h1_body){.state = first[framing]};
    if (framing == H1_FRAMING_LENGTH) {
        body->left = content_length;
        if (content_length == 0)
            body->state = H1_BODY_DONE;
    }
}

static int h1_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* In a chunk's size: the next state, or -1. */
static int h1_step_chunk_size(struct h1_body *body, char c)
{
    int digit = h1_hex_value(c);
    if (digit >= 0) {
        if (body->digits == H1_CHUNK_DIGITS_MAX || body->left > (uint64_t)INT64_MAX >> 4)
            return -1;
        body->digits++;
        body->left = body->left << 4 | (uint64_t)digit;
        return H1_BODY_CHUNK_SIZE;
    }
    if (body->digits == 0)
        return -1;
    if (c == '\r')
        return H1_BODY_CHUNK_LF;
    if (c == ';')
        return H1_BODY_CHUNK_EXT;
    return c == ' ' || c == '\t' ? H1_BODY_CHUNK_BLANK : -1;
}

/* One byte of the lines around chunks: the next state, or -1. */
static int h1_step_chunk_line(struct h1_body *body, char c)
{
    switch (body->state) {
    case H1_BODY_CHUNK_SIZE:
        return h1_step_chunk_size(body, c);
    case H1_BODY_CHUNK_BLANK:
        if (c == '\r')
            return H1_BODY_CHUNK_LF;
        if (c == ';')
            return H1_BODY_CHUNK_EXT;
        return c == ' ' || c == '\t' ? H1_BODY_CHUNK_BLANK : -1;
    case H1_BODY_CHUNK_EXT:
        if (c == '\r')
            return H1_BODY_CHUNK_LF;
        return c == '\t' || h1_is_class(c, H1_CLASS_VALUE) ? H1_BODY_CHUNK_EXT : -1;
    case H1_BODY_CHUNK_LF:
        if (c != '\n')
            return -1;
        body->extra = 0;
        body->digits = 0;
        return body->left == 0 ? H1_BODY_TRAILER_START : H1_BODY_CHUNK_DATA;
    case H1_BODY_CHUNK_CR:
        return c == '\r' ? H1_BODY_CHUNK_END_LF : -1;
    default:
        MUST(body->state == H1_BODY_CHUNK_END_LF);
        body->extra = 0;
        return c == '\n' ? H1_BODY_CHUNK_SIZE : -1;
    }
}

/* One byte of the trailers: the next state, or -1. */
static int h1_step_trailer(const struct h1_body *body, char c)
{
    bool is_token = h1_is_class(c, H1_CLASS_TOKEN);
    switch (body->state) {
    case H1_BODY_TRAILER_START:
        if (c == '\r')
            return H1_BODY_LAST_LF;
        return is_token ? H1_BODY_TRAILER_NAME : -1;
    case H1_BODY_TRAILER_NAME:
        if (c == ':')
            return H1_BODY_TRAILER_VALUE;
        return is_token ? H1_BODY_TRAILER_NAME : -1;
    case H1_BODY_TRAILER_VALUE:
        if (c == '\r')
            return H1_BODY_TRAILER_LF;
        return c == '\t' || h1_is_class(c, H1_CLASS_VALUE) ? H1_BODY_TRAILER_VALUE : -1;
    case H1_BODY_TRAILER_LF:
        return c == '\n' ? H1_BODY_TRAILER_START : -1;
    default:
        MUST(body->state == H1_BODY_LAST_LF);
        return c == '\n' ? H1_BODY_DONE : -1;
    }
}

/* One byte that is not chunk data; false, err set: refused. */
static enum br_err h1_step_byte(struct h1_body *body, char c)
{
    bool in_trailers = body->state >= H1_BODY_TRAILER_START;
    if (++body->extra > (in_trailers ? H1_TRAILER_SIZE_MAX : H1_CHUNK_LINE_MAX))
        return BR_ERR_WIRE_HEAD_LIMIT;
    int next = in_trailers ? h1_step_trailer(body, c) : h1_step_chunk_line(body, c);
    if (next < 0)
        return BR_ERR_WIRE_MALFORMED;
    body->state = (uint8_t)next;
    return BR_ERR_NONE;
}

/* Up to `left` bytes at `at`; *out_piece gets them. Their number. */
static size_t h1_take_data(struct h1_body *body, struct bytes input, size_t at,
                           struct bytes *out_piece)
{
    size_t have = input.len - at;
    size_t count = have < body->left ? have : (size_t)body->left;
    *out_piece = bytes_make(input.ptr + at, count);
    h1_body_skip(body, count);
    return count;
}

ssize_t h1_body_decode(struct h1_body *body, struct bytes input, struct bytes *out_piece)
{
    size_t at = 0;
    switch (body->state) {
    case H1_BODY_UNTIL_CLOSE:
        *out_piece = input;
        return (ssize_t)input.len;
    case H1_BODY_LENGTH:
        return (ssize_t)h1_take_data(body, input, 0, out_piece);
    default:
        break;
    }
    while (at < input.len && body->state != H1_BODY_DONE) {
        if (body->state == H1_BODY_CHUNK_DATA)
            return (ssize_t)(at + h1_take_data(body, input, at, out_piece));
        enum br_err err = h1_step_byte(body, input.ptr[at]);
        if (err != BR_ERR_NONE)
            return -(ssize_t)err;
        at++;
    }
    *out_piece = BYTES_NONE;
    return (ssize_t)at;
}

uint64_t h1_body_discardable(const struct h1_body *body)
{
    if (body->state == H1_BODY_UNTIL_CLOSE)
        return UINT64_MAX;
    return body->state == H1_BODY_LENGTH || body->state == H1_BODY_CHUNK_DATA ? body->left : 0;
}

void h1_body_skip(struct h1_body *body, uint64_t count)
{
    if (body->state == H1_BODY_UNTIL_CLOSE || count == 0)
        return;
    MUST(body->state == H1_BODY_LENGTH || body->state == H1_BODY_CHUNK_DATA);
    MUST(count <= body->left);
    body->left -= count;
    if (body->left == 0)
        body->state = body->state == H1_BODY_LENGTH ? H1_BODY_DONE : H1_BODY_CHUNK_CR;
}

enum br_err h1_body_end(struct h1_body *body)
{
    if (body->state == H1_BODY_UNTIL_CLOSE)
        body->state = H1_BODY_DONE;
    return body->state == H1_BODY_DONE ? BR_ERR_NONE : BR_ERR_CLOSED_EARLY;
}

size_t h1_emit_chunk_head(char out[H1_CHUNK_HEAD_SIZE], uint64_t len)
{
    size_t digits = 1;
    while (digits < H1_CHUNK_DIGITS_MAX && len >> (4 * digits) != 0)
        digits++;
    for (size_t i = 0; i < digits; i++)
        out[i] = h1_hex_digits[(len >> (4 * (digits - 1 - i))) & 15];
    out[digits] = '\r';
    out[digits + 1] = '\n';
    return digits + 2;
}
