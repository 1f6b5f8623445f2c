/* SPDX-License-Identifier: Apache-2.0
 *
 * The splitter: a state machine over lines. In a body only the beginning of a line is of interest,
 * and only while it may still be a delimiter; the line end before it is held back with it, because
 * it belongs to the delimiter.
 */
#include "wire/mime.h"

#include <string.h>

#include "base/must.h"

static void mime_begin_header(struct mime *mime)
{
    mime->state = MIME_STATE_HEADER;
    mime->is_multipart = false;
    mime->is_message = false;
    mime->coding = MIME_PLAIN;
    static const char plain[] = "text/plain";
    memcpy(mime->type_text, plain, sizeof(plain) - 1);
    mime->type = bytes_make(mime->type_text, sizeof(plain) - 1);
}

void mime_init_message(struct mime *mime)
{
    memset(mime, 0, sizeof(*mime));
    mime_begin_header(mime);
}

/* ---- fields ---- */

static char mime_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void mime_learn_type(struct mime *mime, struct bytes value)
{
    struct bytes type = bytes_trim(bytes_make(value.ptr, bytes_find(value, ';')));
    if (type.len > MIME_TYPE_MAX)
        type.len = MIME_TYPE_MAX;
    for (size_t i = 0; i < type.len; i++)
        mime->type_text[i] = mime_lower(type.ptr[i]);
    mime->type = bytes_make(mime->type_text, type.len);
    mime->is_message = bytes_eq(mime->type, BYTES("message/rfc822"));
    mime->is_multipart = false;
    if (bytes_starts(mime->type, BYTES("multipart/"))) {
        size_t len =
            mime_parameter(value, BYTES("boundary"), mime->boundary.text, MIME_BOUNDARY_MAX);
        mime->boundary.len = (uint8_t)len;
        mime->is_multipart = len > 0 && mime->levels < MIME_DEPTH_MAX;
    }
}

static void mime_learn_coding(struct mime *mime, struct bytes value)
{
    mime->coding = MIME_PLAIN;
    if (bytes_eq_nocase(value, BYTES("quoted-printable")))
        mime->coding = MIME_QP;
    else if (bytes_eq_nocase(value, BYTES("base64")))
        mime->coding = MIME_BASE64;
}

/* What is in mime->field as a field; false when it is none. */
static bool mime_end_field(struct mime *mime)
{
    struct bytes line = bytes_make(mime->field, mime->field_len);
    size_t colon = bytes_find(line, ':');
    mime->field_len = 0;
    if (colon == line.len)
        return false;
    mime->name = bytes_trim(bytes_make(line.ptr, colon));
    mime->value = bytes_trim(bytes_skip(line, colon + 1));
    if (bytes_eq_nocase(mime->name, BYTES("Content-Type")))
        mime_learn_type(mime, mime->value);
    else if (bytes_eq_nocase(mime->name, BYTES("Content-Transfer-Encoding")))
        mime_learn_coding(mime, mime->value);
    return true;
}

static void mime_keep(struct mime *mime, struct bytes bytes)
{
    size_t room = MIME_FIELD_MAX - mime->field_len;
    mime->cut |= bytes.len > room;
    size_t len = bytes.len < room ? bytes.len : room;
    if (len > 0)
        memcpy(mime->field + mime->field_len, bytes.ptr, len);
    mime->field_len = (uint16_t)(mime->field_len + len);
}

/* ---- bodies ---- */

/* Behind the empty line: what follows the header? */
static enum mime_event mime_begin_body(struct mime *mime)
{
    mime->state = MIME_STATE_LINE_START;
    mime->held_len = 0;
    if (mime->is_multipart) {
        mime->boundaries[mime->levels++] = mime->boundary;
        mime->is_multipart = false;
        mime->skips = true;
        return MIME_MORE;
    }
    if (mime->is_message && mime->coding == MIME_PLAIN) {
        mime_begin_header(mime);
        return MIME_MORE;
    }
    mime->skips = false;
    mime->in_body = true;
    mime->depth = mime->levels;
    return MIME_BODY;
}

void mime_init_body(struct mime *mime, struct bytes content_type)
{
    mime_init_message(mime);
    if (content_type.len > 0)
        mime_learn_type(mime, content_type);
    /* The header is over; the first call says what begins. */
    mime->state = MIME_STATE_HEADER_END;
}

/* Of the line in `text`: the level whose delimiter it is, or may become with more bytes, or -1. */
struct mime_match {
    int level; /* -1: of none */
    bool whole;
    bool closes;
};

static struct mime_match mime_match_level(const struct mime *mime, struct bytes text, int level)
{
    const struct mime_match none = {-1, false, false};
    const struct mime_boundary *boundary = &mime->boundaries[level];
    size_t head = text.len < 2 ? text.len : 2;
    if (memcmp(text.ptr, "--", head) != 0)
        return none;
    struct bytes rest = bytes_skip(text, head);
    size_t len = rest.len < boundary->len ? rest.len : boundary->len;
    if (len > 0 && memcmp(rest.ptr, boundary->text, len) != 0)
        return none;
    struct mime_match match = {level, rest.len >= boundary->len && head == 2, false};
    if (!match.whole)
        return match;
    rest = bytes_skip(rest, boundary->len);
    match.closes = bytes_starts(rest, BYTES("--"));
    if (match.closes)
        rest = bytes_skip(rest, 2);
    else if (rest.len == 1 && rest.ptr[0] == '-')
        return (struct mime_match){level, false, false};
    return bytes_trim(rest).len == 0 ? match : none;
}

static struct mime_match mime_match(const struct mime *mime, struct bytes text)
{
    struct mime_match partly = {-1, false, false};
    for (int level = mime->levels - 1; level >= 0; level--) {
        struct mime_match match = mime_match_level(mime, text, level);
        if (match.whole)
            return match;
        if (match.level >= 0)
            partly = match;
    }
    return partly;
}

/* A delimiter: a part ends, or several; another one begins, or none. */
static enum mime_event mime_pass_delimiter(struct mime *mime, struct mime_match match)
{
    bool ended = mime->in_body;
    mime->in_body = false;
    mime->held_len = 0;
    if (match.closes) {
        mime->levels = (uint8_t)match.level;
        mime->skips = true;
        mime->state = MIME_STATE_LINE_START;
    } else {
        mime->levels = (uint8_t)(match.level + 1);
        mime_begin_header(mime);
    }
    return ended ? MIME_BODY_END : MIME_MORE;
}

/* The held line without the line end before it. */
static struct bytes mime_held_line(const struct mime *mime)
{
    struct bytes line = bytes_make(mime->held, mime->held_len);
    if (line.len > 0 && line.ptr[0] == '\r')
        line = bytes_skip(line, 1);
    if (line.len > 0 && line.ptr[0] == '\n')
        line = bytes_skip(line, 1);
    return line;
}

/* What was held is body. */
static enum mime_event mime_release(struct mime *mime, struct bytes *out_piece)
{
    *out_piece = bytes_make(mime->held, mime->held_len);
    mime->held_len = 0;
    return mime->skips || out_piece->len == 0 ? MIME_MORE : MIME_PIECE;
}

/* At the start of a line, one byte. */
static enum mime_event mime_line_start(struct mime *mime, struct bytes *input,
                                       struct bytes *out_piece)
{
    struct bytes line = mime_held_line(mime);
    char c = input->ptr[0];
    if (c == '\n') {
        struct mime_match match = mime_match(mime, line);
        if (match.whole) {
            *input = bytes_skip(*input, 1);
            return mime_pass_delimiter(mime, match);
        }
    } else if (mime->held_len < MIME_HELD_MAX) {
        mime->held[mime->held_len] = c;
        line.len++;
        if (mime_match(mime, line).level >= 0) {
            mime->held_len++;
            *input = bytes_skip(*input, 1);
            return MIME_MORE;
        }
    }
    mime->state = MIME_STATE_LINE;
    return mime_release(mime, out_piece);
}

/* Outside of multiparts nothing but the end of the input ends a body. */
static enum mime_event mime_undelimited(const struct mime *mime, struct bytes *input,
                                        struct bytes *out_piece)
{
    *out_piece = *input;
    *input = bytes_skip(*input, input->len);
    return mime->skips ? MIME_MORE : MIME_PIECE;
}

/* In a line that is no delimiter; a CR at the end of the input was held. */
static enum mime_event mime_line(struct mime *mime, struct bytes *input, struct bytes *out_piece)
{
    if (mime->held_len > 0 && input->ptr[0] != '\n')
        return mime_release(mime, out_piece);
    size_t newline = bytes_find(*input, '\n');
    size_t len = newline;
    if (len > 0 && input->ptr[len - 1] == '\r') {
        len--;
        mime->held[mime->held_len++] = '\r';
    }
    if (newline < input->len) {
        mime->held[mime->held_len++] = '\n';
        mime->state = MIME_STATE_LINE_START;
        newline++;
    }
    *out_piece = bytes_make(input->ptr, len);
    *input = bytes_skip(*input, newline);
    return mime->skips || len == 0 ? MIME_MORE : MIME_PIECE;
}

/* ---- headers ---- */

static enum mime_event mime_field(struct mime *mime, struct bytes *input)
{
    size_t newline = bytes_find(*input, '\n');
    mime_keep(mime, bytes_make(input->ptr, newline));
    if (newline < input->len) {
        if (mime->field_len > 0 && mime->field[mime->field_len - 1] == '\r')
            mime->field_len--;
        mime->state = MIME_STATE_FOLD;
        newline++;
    }
    *input = bytes_skip(*input, newline);
    return MIME_MORE;
}

/* The line is over and the next one does not go on with it. */
static enum mime_event mime_line_of_header(struct mime *mime)
{
    struct bytes line = bytes_make(mime->field, mime->field_len);
    mime->state = MIME_STATE_HEADER;
    if (line.len == 0) {
        mime->state = MIME_STATE_HEADER_END;
        return MIME_MORE;
    }
    struct mime_match match = {-1, false, false};
    if (mime->levels > 0)
        match = mime_match(mime, line);
    if (match.whole) {
        /* A part that ends in its header. */
        mime->field_len = 0;
        return mime_pass_delimiter(mime, match);
    }
    return mime_end_field(mime) ? MIME_FIELD : MIME_MORE;
}

static enum mime_event mime_step(struct mime *mime, struct bytes *input, struct bytes *out_piece)
{
    char c = input->ptr[0];
    switch ((enum mime_state)mime->state) {
    case MIME_STATE_HEADER:
        mime->cut = false;
        mime->field_len = 0;
        mime->state = MIME_STATE_FIELD;
        return MIME_MORE;
    case MIME_STATE_FIELD:
        return mime_field(mime, input);
    case MIME_STATE_FOLD:
        if (mime->field_len > 0 && (c == ' ' || c == '\t')) {
            mime->state = MIME_STATE_FIELD;
            return MIME_MORE;
        }
        return mime_line_of_header(mime);
    case MIME_STATE_HEADER_END:
        return mime_begin_body(mime);
    case MIME_STATE_LINE_START:
        if (mime->levels == 0)
            return mime_undelimited(mime, input, out_piece);
        return mime_line_start(mime, input, out_piece);
    case MIME_STATE_LINE:
        return mime_line(mime, input, out_piece);
    }
    return MIME_END;
}

/* No input comes any more: one thing after the other comes to its end. */
static enum mime_event mime_step_to_end(struct mime *mime, struct bytes *out_piece)
{
    switch ((enum mime_state)mime->state) {
    case MIME_STATE_FIELD:
    case MIME_STATE_FOLD:
        return mime_line_of_header(mime);
    case MIME_STATE_HEADER_END:
        return mime_begin_body(mime);
    case MIME_STATE_HEADER:
        return MIME_END;
    case MIME_STATE_LINE_START:
    case MIME_STATE_LINE:
        break;
    }
    struct bytes line = mime_held_line(mime);
    struct mime_match match = {-1, false, false};
    if (mime->state == MIME_STATE_LINE_START && mime->levels > 0 && line.len > 0)
        match = mime_match(mime, line);
    if (match.whole) {
        match.closes = true; /* nothing comes behind it */
        return mime_pass_delimiter(mime, match);
    }
    if (mime->held_len > 0)
        return mime_release(mime, out_piece);
    bool ended = mime->in_body;
    mime->in_body = false;
    return ended ? MIME_BODY_END : MIME_END;
}

enum mime_event mime_next(struct mime *mime, struct bytes *input, struct bytes *out_piece)
{
    enum mime_event event = MIME_MORE;
    while (input->len > 0 && event == MIME_MORE)
        event = mime_step(mime, input, out_piece);
    /* An end may take several steps: only some of them are worth telling. */
    bool moved = true;
    while (mime->finished && input->len == 0 && event == MIME_MORE && moved) {
        uint8_t state = mime->state;
        uint8_t held_len = mime->held_len;
        event = mime_step_to_end(mime, out_piece);
        moved = event != MIME_MORE || mime->state != state || mime->held_len != held_len;
    }
    MUST(moved);
    return event;
}

void mime_finish(struct mime *mime)
{
    mime->finished = true;
}
