/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads of HTTP/1.1 messages to be sent. What is emitted is what was given: whoever takes texts
 * from outside checks them first (h1_is_token, h1_is_target, h1_is_value), as a line break in one
 * would be a message of somebody else's; that they pass is a MUST.
 */
#ifndef BR_WIRE_H1_EMIT_H
#define BR_WIRE_H1_EMIT_H

#include "wire/h1.h"

/* A header to be sent. */
struct h1_header {
    struct bytes name;
    struct bytes value;
};

enum h1_connection {
    H1_CONNECTION_SILENT,     /* say nothing: HTTP/1.1 keeps it alive */
    H1_CONNECTION_KEEP_ALIVE, /* what an HTTP/1.0 peer must be told */
    H1_CONNECTION_CLOSE,
};

struct h1_request_text {
    struct bytes method;
    struct bytes target;
    struct bytes host; /* the value of Host; len 0: no such line (it is among the headers) */
    const struct h1_header *headers;
    uint32_t header_count;
    enum h1_framing framing; /* NONE: no line; LENGTH; CHUNKED */
    uint64_t content_length;
    enum h1_connection connection;
};

struct h1_response_text {
    uint16_t status;     /* 100 to 999 */
    struct bytes reason; /* len 0: the standard's phrase */
    const struct h1_header *headers;
    uint32_t header_count;
    enum h1_framing framing; /* NONE and UNTIL_CLOSE: no line; LENGTH; CHUNKED */
    uint64_t content_length;
    enum h1_connection connection;
};

/* Bytes of the head; what is in `out` is complete only if they are at most `size`. `out` may be
 * NULL with size 0, to ask. */
size_t h1_emit_request(char *out, size_t size, const struct h1_request_text *request);
size_t h1_emit_response(char *out, size_t size, const struct h1_response_text *response);

/* The standard's reason phrase (RFC 9110 15, RFC 6585); empty when there is none. Static storage.
 */
struct bytes h1_reason(uint16_t status);

#endif
