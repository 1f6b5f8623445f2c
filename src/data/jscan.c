/* SPDX-License-Identifier: Apache-2.0
 *
 * The scanner: values are skipped without recursion, with one bit a level.
 */
#include "data/jscan.h"

#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "data/json.h"

static void jscan_skip_blanks(struct jscan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool jscan_take(struct jscan *scan, char c)
{
    jscan_skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

struct jscan jscan_over(struct bytes text)
{
    static const char nothing[1] = "";
    const char *start = text.ptr == NULL ? nothing : text.ptr;
    return (struct jscan){start, start + text.len, false};
}

/* Digits after digits; false without one. */
static bool jscan_digits(struct jscan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at != start;
}

static bool jscan_number(struct jscan *scan)
{
    if (*scan->at == '-')
        scan->at++;
    bool zero = scan->at < scan->end && *scan->at == '0';
    const char *start = scan->at;
    if (!jscan_digits(scan) || (zero && scan->at != start + 1))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!jscan_digits(scan))
            return false;
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
            scan->at++;
        return jscan_digits(scan);
    }
    return true;
}

static bool jscan_word(struct jscan *scan, struct bytes word)
{
    if ((size_t)(scan->end - scan->at) < word.len || memcmp(scan->at, word.ptr, word.len) != 0)
        return false;
    scan->at += word.len;
    return true;
}

static int jscan_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Behind the backslash. */
static bool jscan_escape(struct jscan *scan)
{
    if (scan->at == scan->end)
        return false;
    char c = *scan->at++;
    if (c != 'u')
        return memchr("\"\\/bfnrt", c, 8) != NULL;
    if (scan->end - scan->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        if (jscan_hex(*scan->at++) < 0)
            return false;
    }
    return true;
}

/* How many bytes of `text` can be passed over eight at a time: up to a quote, a backslash, a
 * control character or what is no ASCII, or somewhat before it. */
static size_t jscan_plain_size(const char *text, size_t size)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        /* A byte that is 0 after the exclusive-or borrows; borrows only go upwards. */
        uint64_t quote = (word ^ (ones * '"')) - ones;
        uint64_t slash = (word ^ (ones * '\\')) - ones;
        uint64_t found = (quote | slash | (word - ones * 0x20) | word) & tops;
        if (found != 0 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            return at + (size_t)__builtin_ctzll(found) / 8;
        if (found != 0)
            break;
    }
    return at;
}

/* Behind the opening quote; *out_raw ends before the closing one. */
static bool jscan_string(struct jscan *scan, struct bytes *out_raw)
{
    const char *start = scan->at;
    while (scan->at < scan->end) {
        scan->at += jscan_plain_size(scan->at, (size_t)(scan->end - scan->at));
        if (scan->at == scan->end)
            return false;
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"') {
            *out_raw = bytes_make(start, (size_t)(scan->at - start));
            scan->at++;
            return true;
        }
        if (c < 0x20)
            return false;
        if (c == '\\') {
            scan->at++;
            if (!jscan_escape(scan))
                return false;
            continue;
        }
        size_t size = json_utf8_size(scan->at, (size_t)(scan->end - scan->at));
        if (size == 0)
            return false;
        scan->at += size;
    }
    return false;
}

/* A value without an inside; at least one byte is left. */
static bool jscan_scalar(struct jscan *scan, struct jscan_value *out_value)
{
    const char *start = scan->at;
    bool good = false;
    switch (*start) {
    case '"':
        scan->at++;
        out_value->kind = JSCAN_STRING;
        return jscan_string(scan, &out_value->raw);
    case 't':
        out_value->kind = JSCAN_TRUE;
        good = jscan_word(scan, BYTES("true"));
        break;
    case 'f':
        out_value->kind = JSCAN_FALSE;
        good = jscan_word(scan, BYTES("false"));
        break;
    case 'n':
        out_value->kind = JSCAN_NULL;
        good = jscan_word(scan, BYTES("null"));
        break;
    default:
        out_value->kind = JSCAN_NUMBER;
        good = jscan_number(scan);
        break;
    }
    out_value->raw = bytes_make(start, (size_t)(scan->at - start));
    return good;
}

/* The open containers of a value that is skipped: bit set: an object. */
struct jscan_stack {
    uint64_t objects[JSCAN_DEPTH_MAX / 64];
    unsigned depth;
};

static bool jscan_is_in_object(const struct jscan_stack *stack)
{
    unsigned level = stack->depth - 1;
    return (stack->objects[level / 64] >> (level % 64) & 1) != 0;
}

static bool jscan_push(struct jscan_stack *stack, bool object)
{
    if (stack->depth == JSCAN_DEPTH_MAX)
        return false;
    uint64_t bit = UINT64_C(1) << (stack->depth % 64);
    uint64_t *word = &stack->objects[stack->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    stack->depth++;
    return true;
}

static bool jscan_key(struct jscan *scan, struct bytes *out_key)
{
    return jscan_take(scan, '"') && jscan_string(scan, out_key) && jscan_take(scan, ':');
}

/* Takes the brackets that close behind a value, then the comma before the next one; the stack is
 * empty when the whole value is over. */
static bool jscan_close(struct jscan *scan, struct jscan_stack *stack)
{
    while (stack->depth > 0) {
        bool object = jscan_is_in_object(stack);
        if (!jscan_take(scan, object ? '}' : ']')) {
            struct bytes key;
            return jscan_take(scan, ',') && (!object || jscan_key(scan, &key));
        }
        stack->depth--;
    }
    return true;
}

static bool jscan_container(struct jscan *scan)
{
    struct jscan_stack stack = {.depth = 0};
    do {
        jscan_skip_blanks(scan);
        if (scan->at == scan->end)
            return false;
        if (*scan->at == '{' || *scan->at == '[') {
            bool object = *scan->at == '{';
            scan->at++;
            if (!jscan_push(&stack, object))
                return false;
            jscan_skip_blanks(scan);
            bool empty = scan->at < scan->end && *scan->at == (object ? '}' : ']');
            struct bytes key;
            if (!empty && object && !jscan_key(scan, &key))
                return false;
            if (!empty)
                continue;
        } else {
            struct jscan_value inner;
            if (!jscan_scalar(scan, &inner))
                return false;
        }
        if (!jscan_close(scan, &stack))
            return false;
    } while (stack.depth > 0);
    return true;
}

bool jscan_read(struct jscan *scan, struct jscan_value *out_value)
{
    jscan_skip_blanks(scan);
    if (scan->at == scan->end)
        return false;
    const char *start = scan->at;
    struct jscan_value value = {JSCAN_NONE, BYTES_NONE};
    if (*start == '{' || *start == '[') {
        if (!jscan_container(scan))
            return false;
        value.kind = *start == '{' ? JSCAN_OBJECT : JSCAN_ARRAY;
        value.raw = bytes_make(start, (size_t)(scan->at - start));
    } else if (!jscan_scalar(scan, &value)) {
        return false;
    }
    *out_value = value;
    return true;
}

bool jscan_is_over(struct jscan *scan)
{
    jscan_skip_blanks(scan);
    return scan->at == scan->end;
}

bool jscan_is_value(struct bytes text)
{
    struct jscan scan = jscan_over(text);
    struct jscan_value value;
    return jscan_read(&scan, &value) && jscan_is_over(&scan);
}

bool jscan_open(struct jscan *scan, char bracket)
{
    MUST(bracket == '{' || bracket == '[');
    scan->filled = false;
    return jscan_take(scan, bracket);
}

/* To the next value of the open container, or behind its end. */
static enum jscan_step jscan_advance(struct jscan *scan, char close)
{
    if (jscan_take(scan, close))
        return JSCAN_END;
    if (scan->filled && !jscan_take(scan, ','))
        return JSCAN_BAD;
    scan->filled = true;
    return JSCAN_MORE;
}

enum jscan_step jscan_next_member(struct jscan *scan, struct bytes *out_key,
                                  struct jscan_value *out_value)
{
    enum jscan_step step = jscan_advance(scan, '}');
    if (step != JSCAN_MORE)
        return step;
    return jscan_key(scan, out_key) && jscan_read(scan, out_value) ? JSCAN_MORE : JSCAN_BAD;
}

enum jscan_step jscan_next_item(struct jscan *scan, struct jscan_value *out_value)
{
    enum jscan_step step = jscan_advance(scan, ']');
    if (step != JSCAN_MORE)
        return step;
    return jscan_read(scan, out_value) ? JSCAN_MORE : JSCAN_BAD;
}

static uint32_t jscan_hex4(const char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 4 | (uint32_t)jscan_hex(at[i]);
    return value;
}

static char *jscan_put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 63));
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    }
    return out;
}

/* The escape at raw.ptr[*at], which is its backslash; *at goes behind it. */
static uint32_t jscan_decode_escape(struct bytes raw, size_t *at)
{
    static const char names[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    char c = raw.ptr[*at + 1];
    *at += 2;
    if (c != 'u') {
        const char *hit = memchr(names, c, sizeof(names) - 1);
        return (unsigned char)(hit == NULL ? c : meanings[hit - names]);
    }
    uint32_t code = jscan_hex4(raw.ptr + *at);
    *at += 4;
    if (code < 0xd800 || code > 0xdfff)
        return code;
    if (code < 0xdc00 && raw.len - *at >= 6 && raw.ptr[*at] == '\\' && raw.ptr[*at + 1] == 'u') {
        uint32_t low = jscan_hex4(raw.ptr + *at + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *at += 6;
            return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

size_t jscan_unescape(struct bytes raw, char *out)
{
    char *end = out;
    size_t at = 0;
    while (at < raw.len) {
        size_t plain = bytes_find(bytes_skip(raw, at), '\\');
        memcpy(end, raw.ptr + at, plain);
        end += plain;
        at += plain;
        if (at < raw.len)
            end = jscan_put_utf8(end, jscan_decode_escape(raw, &at));
    }
    return (size_t)(end - out);
}

bool jscan_string_is(struct bytes raw, struct bytes text)
{
    size_t done = 0;
    size_t at = 0;
    while (at < raw.len) {
        char piece[4];
        size_t size = 1;
        piece[0] = raw.ptr[at];
        if (piece[0] == '\\')
            size = (size_t)(jscan_put_utf8(piece, jscan_decode_escape(raw, &at)) - piece);
        else
            at++;
        if (text.len - done < size || memcmp(text.ptr + done, piece, size) != 0)
            return false;
        done += size;
    }
    return done == text.len;
}
