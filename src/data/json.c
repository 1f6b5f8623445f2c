/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON (RFC 8259).
 */
#include "data/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void json_writer_init(struct json_writer *writer, struct buf *buf, bool pretty)
{
    *writer = (struct json_writer){.buf = buf, .pretty = pretty};
}

static void json_break_line(struct json_writer *writer)
{
    static const char blanks[2 * JSON_DEPTH_MAX + 1] = "                                          "
                                                       "                                          "
                                                       "                                          ";
    if (!writer->pretty)
        return;
    buf_put(writer->buf, BYTES("\n"));
    buf_put(writer->buf, bytes_make(blanks, 2 * (size_t)writer->depth));
}

/* What stands before a value: nothing behind a key, else a comma unless it is the first one. */
static void json_begin_value(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->depth == 0)
        return;
    uint64_t bit = UINT64_C(1) << writer->depth;
    MUST((writer->arrays & bit) != 0);
    if ((writer->filled & bit) != 0)
        buf_put(writer->buf, BYTES(","));
    writer->filled |= bit;
    json_break_line(writer);
}

static void json_open(struct json_writer *writer, struct bytes bracket, bool array)
{
    json_begin_value(writer);
    MUST(writer->depth < JSON_DEPTH_MAX);
    buf_put(writer->buf, bracket);
    writer->depth++;
    uint64_t bit = UINT64_C(1) << writer->depth;
    writer->filled &= ~bit;
    writer->arrays = array ? writer->arrays | bit : writer->arrays & ~bit;
}

static void json_close(struct json_writer *writer, struct bytes bracket, bool array)
{
    MUST(writer->depth > 0);
    MUST(!writer->after_key);
    uint64_t bit = UINT64_C(1) << writer->depth;
    MUST(((writer->arrays & bit) != 0) == array);
    writer->depth--;
    if ((writer->filled & bit) != 0)
        json_break_line(writer);
    buf_put(writer->buf, bracket);
}

void json_open_object(struct json_writer *writer)
{
    json_open(writer, BYTES("{"), false);
}

void json_close_object(struct json_writer *writer)
{
    json_close(writer, BYTES("}"), false);
}

void json_open_array(struct json_writer *writer)
{
    json_open(writer, BYTES("["), true);
}

void json_close_array(struct json_writer *writer)
{
    json_close(writer, BYTES("]"), true);
}

/* ---- text ---- */

size_t json_utf8_size(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char first = at[0];
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t size;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        size = 2;
    else if (first >= 0xe0 && first <= 0xef)
        size = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        size = 4;
    else
        return 0;
    /* No overlong forms, no surrogates, nothing beyond U+10FFFF. */
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (left < size || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    }
    return size;
}

static bool json_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void json_put_escaped(struct buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        buf_put(buf, BYTES("\\\""));
        break;
    case '\\':
        buf_put(buf, BYTES("\\\\"));
        break;
    case '\n':
        buf_put(buf, BYTES("\\n"));
        break;
    case '\r':
        buf_put(buf, BYTES("\\r"));
        break;
    case '\t':
        buf_put(buf, BYTES("\\t"));
        break;
    default:
        buf_putf(buf, "\\u%04x", c);
        break;
    }
}

void json_put_inside(struct buf *buf, struct bytes text)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t i = 0;
    while (i < text.len) {
        size_t end = i;
        while (end < text.len && json_is_plain(at[end]))
            end++;
        buf_put(buf, bytes_make(text.ptr + i, end - i));
        i = end;
        if (i == text.len)
            break;
        size_t size = json_utf8_size(text.ptr + i, text.len - i);
        if (size > 1)
            buf_put(buf, bytes_make(text.ptr + i, size));
        else if (size == 1)
            json_put_escaped(buf, at[i]);
        else
            buf_put(buf, BYTES("\xef\xbf\xbd"));
        i += size > 0 ? size : 1;
    }
}

static void json_put_string(struct buf *buf, struct bytes text)
{
    buf_put(buf, BYTES("\""));
    json_put_inside(buf, text);
    buf_put(buf, BYTES("\""));
}

void json_put_key(struct json_writer *writer, const char *key)
{
    MUST(writer->depth > 0);
    MUST(!writer->after_key);
    uint64_t bit = UINT64_C(1) << writer->depth;
    MUST((writer->arrays & bit) == 0);
    if ((writer->filled & bit) != 0)
        buf_put(writer->buf, BYTES(","));
    writer->filled |= bit;
    json_break_line(writer);
    json_put_string(writer->buf, bytes_from_str(key));
    buf_put(writer->buf, writer->pretty ? BYTES(": ") : BYTES(":"));
    writer->after_key = true;
}

void json_put_text(struct json_writer *writer, struct bytes text)
{
    json_begin_value(writer);
    json_put_string(writer->buf, text);
}

/* ---- numbers ---- */

void json_put_i64(struct json_writer *writer, int64_t value)
{
    json_begin_value(writer);
    buf_putf(writer->buf, "%" PRId64, value);
}

void json_put_u64(struct json_writer *writer, uint64_t value)
{
    json_begin_value(writer);
    buf_putf(writer->buf, "%" PRIu64, value);
}

void json_put_f64(struct json_writer *writer, double value)
{
    enum { DIGITS_ENOUGH = 17, WHOLE_MAX = 53 };
    char text[40];

    json_begin_value(writer);
    if (!isfinite(value)) {
        buf_put(writer->buf, BYTES("null"));
        return;
    }
    if (value == floor(value) && fabs(value) < ldexp(1.0, WHOLE_MAX)) {
        buf_putf(writer->buf, "%" PRId64, (int64_t)value);
        return;
    }
    for (int digits = 15; digits <= DIGITS_ENOUGH; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (digits == DIGITS_ENOUGH || strtod(text, NULL) == value)
            break;
    }
    buf_put_str(writer->buf, text);
}

void json_put_bool(struct json_writer *writer, bool value)
{
    json_begin_value(writer);
    buf_put(writer->buf, value ? BYTES("true") : BYTES("false"));
}

void json_put_null(struct json_writer *writer)
{
    json_begin_value(writer);
    buf_put(writer->buf, BYTES("null"));
}

/* ---- members ---- */

void json_add_text(struct json_writer *writer, const char *key, struct bytes text)
{
    json_put_key(writer, key);
    json_put_text(writer, text);
}

void json_add_str(struct json_writer *writer, const char *key, const char *text)
{
    json_add_text(writer, key, bytes_from_str(text));
}

void json_add_i64(struct json_writer *writer, const char *key, int64_t value)
{
    json_put_key(writer, key);
    json_put_i64(writer, value);
}

void json_add_u64(struct json_writer *writer, const char *key, uint64_t value)
{
    json_put_key(writer, key);
    json_put_u64(writer, value);
}

void json_add_f64(struct json_writer *writer, const char *key, double value)
{
    json_put_key(writer, key);
    json_put_f64(writer, value);
}

void json_add_bool(struct json_writer *writer, const char *key, bool value)
{
    json_put_key(writer, key);
    json_put_bool(writer, value);
}

void json_add_object(struct json_writer *writer, const char *key)
{
    json_put_key(writer, key);
    json_open_object(writer);
}

void json_add_array(struct json_writer *writer, const char *key)
{
    json_put_key(writer, key);
    json_open_array(writer);
}
