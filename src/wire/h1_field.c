/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that say how a message is framed and what becomes of its connection; questions about
 * fields and about texts that shall be sent.
 */
#include "wire/h1_field.h"

#include "wire/h1_scan.h"

#define H1_CASE_BITS UINT64_C(0x2020202020202020)

/* Are the `len` (8 to 16) bytes at `text` those of `lower`, letters in any case? `text` must hold
 * no control characters: then setting the bit of the lower case is exact for letters and '-'. */
static inline bool h1_is_word(const char *text, const char *lower, size_t len)
{
    uint64_t a[2], b[2];
    memcpy(&a[0], text, 8);
    memcpy(&a[1], text + len - 8, 8);
    memcpy(&b[0], lower, 8);
    memcpy(&b[1], lower + len - 8, 8);
    return (((a[0] | H1_CASE_BITS) ^ b[0]) | ((a[1] | H1_CASE_BITS) ^ b[1])) == 0;
}

/* 1*DIGIT up to INT64_MAX. */
static bool h1_parse_length(struct bytes text, uint64_t *out_length)
{
    uint64_t length = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (digit > 9 || length > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        length = length * 10 + digit;
    }
    *out_length = length;
    return true;
}

static bool h1_note_length(struct h1_scan *scan, uint64_t length)
{
    if ((scan->flags & H1_FLAG_LENGTH) != 0 && scan->content_length != length)
        return false;
    scan->content_length = length;
    scan->flags |= H1_FLAG_LENGTH;
    return true;
}

/* "42" or, after careless joining, "42, 42". */
static bool h1_learn_length(struct h1_scan *scan, struct bytes value)
{
    uint64_t length;
    if (BR_LIKELY(h1_parse_length(value, &length)))
        return h1_note_length(scan, length);
    do {
        if (!h1_parse_length(bytes_trim(bytes_cut(&value, ',')), &length))
            return false;
        if (!h1_note_length(scan, length))
            return false;
    } while (value.ptr != NULL);
    return true;
}

/* chunked is the last coding and there is one of it (RFC 9112 6.1). */
static bool h1_learn_coding(struct h1_scan *scan, struct bytes value)
{
    scan->flags |= H1_FLAG_CODING;
    while (value.len > 0) {
        struct bytes coding = bytes_trim(bytes_cut(&value, ','));
        if (coding.len == 0)
            continue;
        if ((scan->flags & H1_FLAG_CHUNKED) != 0)
            return false;
        bool is_chunked = bytes_eq_nocase(coding, BYTES("chunked"));
        scan->flags |= is_chunked ? H1_FLAG_CHUNKED : H1_FLAG_OTHER_CODING;
    }
    return true;
}

static void h1_learn_connection(struct h1_scan *scan, struct bytes value)
{
    if (value.len == 10 && h1_is_word(value.ptr, "keep-alive", 10)) {
        scan->flags |= H1_FLAG_KEEP_ALIVE;
        return;
    }
    if (h1_list_has(value, BYTES("close")))
        scan->flags |= H1_FLAG_CLOSE;
    if (h1_list_has(value, BYTES("keep-alive")))
        scan->flags |= H1_FLAG_KEEP_ALIVE;
}

bool h1_field_learn(struct h1_scan *scan, struct bytes name, struct bytes value)
{
    switch (name.len) {
    case H1_LEN_CONTENT_LENGTH:
        if (h1_is_word(name.ptr, "content-length", 14))
            return h1_learn_length(scan, value);
        return true;
    case H1_LEN_CONNECTION:
        if (h1_is_word(name.ptr, "connection", 10))
            h1_learn_connection(scan, value);
        return true;
    case H1_LEN_TRANSFER_ENCODING:
        if (bytes_eq_nocase(name, BYTES("transfer-encoding")))
            return h1_learn_coding(scan, value);
        return true;
    case H1_LEN_HOST:
        if (bytes_eq_nocase(name, BYTES("host")))
            scan->flags |= (scan->flags & H1_FLAG_HOST) != 0 ? H1_FLAG_HOSTS : H1_FLAG_HOST;
        return true;
    case H1_LEN_EXPECT:
        if (bytes_eq_nocase(name, BYTES("expect")) && bytes_eq_nocase(value, BYTES("100-continue")))
            scan->flags |= H1_FLAG_CONTINUE;
        return true;
    default:
        return true;
    }
}

const struct h1_field *h1_find_field(const char *input, const struct h1_field *fields,
                                     uint32_t count, struct bytes name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes_eq_nocase(h1_bytes(input, fields[i].name), name))
            return &fields[i];
    }
    return NULL;
}

bool h1_list_has(struct bytes list, struct bytes token)
{
    while (list.len > 0) {
        if (bytes_eq_nocase(bytes_trim(bytes_cut(&list, ',')), token))
            return true;
    }
    return false;
}

bool h1_is_token(struct bytes text)
{
    const char *end = text.ptr + text.len;
    return text.len > 0 && h1_scan_class(text.ptr, end, H1_CLASS_TOKEN) == end;
}

bool h1_is_value(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\t' && !h1_is_class(text.ptr[i], H1_CLASS_VALUE))
            return false;
    }
    return true;
}

bool h1_is_target(struct bytes text)
{
    const char *end = text.ptr + text.len;
    return text.len > 0 && h1_scan_class(text.ptr, end, H1_CLASS_TARGET) == end;
}
