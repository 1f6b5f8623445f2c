/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads of HTTP/1.x messages (RFC 9112), both directions, without I/O, clock or memory of its own.
 * Zero-copy: what is found is told as spans (offset and length) of the input, so that it stays
 * valid when the caller's buffer moves. Incremental: call again with the same bytes and more behind
 * them; what is known already is not read twice. A client that does not ask for fields pays for
 * none: only Content-Length, Transfer-Encoding and Connection are understood.
 *
 * Where RFC 9112 leaves a choice:
 *  - a bare LF ends a line of a head (2.2), never one of the chunked coding;
 *  - obs-fold, blanks before the colon, a bare CR, NUL and the other control characters are
 * refused;
 *  - "200" without the blank behind it is a status line (many servers leave it out);
 *  - equal repeated Content-Length is one, different ones are refused (6.3);
 *  - Transfer-Encoding and Content-Length together: a request is refused; in a response the former
 *    wins and the connection is not used again (6.3);
 *  - Transfer-Encoding in HTTP/1.0: the same (6.1);
 *  - a coding other than chunked is BR_ERR_WIRE_UNSUPPORTED;
 *  - empty lines before a request are skipped (2.2), before a response they are an error.
 *
 * The outcome is a function of the bytes alone, however they were cut: a line is judged when it is
 * complete, except that bytes that cannot begin a message are refused at once.
 */
#ifndef BR_WIRE_H1_H
#define BR_WIRE_H1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    H1_HEAD_SIZE_MAX = 64 * 1024, /* the usual limit, see struct h1_want */
    H1_FIELD_COUNT_MAX = 128,
};

/* `len` bytes at offset `at` of the input. */
struct h1_span {
    uint32_t at;
    uint32_t len;
};

/* A header field: its name as sent, its value without the blanks around it. */
struct h1_field {
    struct h1_span name;
    struct h1_span value;
};

/* What the caller asks for and allows. `fields` is written by the call that returns a whole head
 * (it need not survive from call to call) and may be NULL: nobody asks. */
struct h1_want {
    struct h1_field *fields;
    uint32_t fields_size;     /* of the array; more fields than that are BR_ERR_WIRE_HEAD_LIMIT */
    uint32_t head_size_max;   /* bytes, from the first to the end of the empty line */
    uint32_t field_count_max; /* fields, asked for or not */
};

/* The usual limits, no fields. */
extern const struct h1_want h1_want_default;

/* Progress through one head; all zero at its beginning, and again after it was parsed. */
struct h1_scan {
    uint64_t content_length;
    uint32_t line;   /* where the first line that is not parsed yet begins */
    uint32_t seen;   /* up to here there is no end of that line */
    uint32_t fields; /* where the fields begin; 0 while the first line is not complete */
    uint32_t field_count;
    uint32_t flags; /* enum h1_flag in h1_field.h */
    struct h1_span first;
    struct h1_span second;
    uint16_t status;
    uint8_t minor;
};

enum h1_framing {
    H1_FRAMING_NONE,        /* no body follows */
    H1_FRAMING_LENGTH,      /* content_length bytes follow */
    H1_FRAMING_CHUNKED,     /* chunks, then trailers */
    H1_FRAMING_UNTIL_CLOSE, /* whatever comes until the peer ends the connection */
};

struct h1_response {
    uint64_t content_length; /* as announced (also when no body follows: HEAD, 304); 0 without */
    struct h1_span reason;
    uint32_t field_count;
    uint16_t status; /* 100 to 999; below 200 another head follows, but for 101 */
    uint8_t minor;   /* of HTTP/1.x */
    uint8_t framing; /* enum h1_framing */
    bool keep_alive; /* the connection may be used again once the body was read */
};

struct h1_request {
    uint64_t content_length;
    struct h1_span method;
    struct h1_span target; /* as sent: origin, absolute, authority or asterisk form */
    uint32_t field_count;
    uint8_t minor;
    uint8_t framing;
    bool keep_alive;
    bool expects_continue; /* waits for 100 (Continue) before it sends its body */
    bool has_host;         /* exactly one Host; RFC 9112 3.2 wants 400 without, in HTTP/1.1 */
};

/* Result: bytes of the head (> 0); 0: more input is needed; -(enum br_err): BR_ERR_WIRE_MALFORMED,
 * BR_ERR_WIRE_HEAD_LIMIT, BR_ERR_WIRE_UNSUPPORTED. `input` begins with the head and may go on
 * behind it. `to_head`: answers HEAD, so that no body follows. */
BR_NODISCARD ssize_t h1_parse_response(struct bytes input, bool to_head, const struct h1_want *want,
                                       struct h1_scan *scan, struct h1_response *out_response);
BR_NODISCARD ssize_t h1_parse_request(struct bytes input, const struct h1_want *want,
                                      struct h1_scan *scan, struct h1_request *out_request);

static inline struct bytes h1_bytes(const char *input, struct h1_span span)
{
    return bytes_make(input + span.at, span.len);
}

/* The first field of that name (in any case of letters), NULL when there is none. */
const struct h1_field *h1_find_field(const char *input, const struct h1_field *fields,
                                     uint32_t count, struct bytes name);
/* Does a comma-separated list hold that token (in any case of letters)? */
bool h1_list_has(struct bytes list, struct bytes token);

/* What may be sent: a name or method; a field's value (no line breaks, no control characters); a
 * request target (visible bytes only, not empty). */
bool h1_is_token(struct bytes text);
bool h1_is_value(struct bytes text);
bool h1_is_target(struct bytes text);

#endif
