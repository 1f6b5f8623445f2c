/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads are put together piece by piece by one writer that counts on when the room is used up: the
 * same walk asks for the size and writes.
 */
#include "wire/h1_emit.h"

#include "base/must.h"

/* Where the next piece goes; `len` counts what was wanted, written or not. */
struct h1_writer {
    char *out;
    size_t size;
    size_t len;
};

static void h1_put(struct h1_writer *w, struct bytes text)
{
    if (text.len > 0 && w->len + text.len <= w->size)
        memcpy(w->out + w->len, text.ptr, text.len);
    w->len += text.len;
}

static void h1_put_number(struct h1_writer *w, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    h1_put(w, bytes_make(digits + at, sizeof(digits) - at));
}

static void h1_put_header(struct h1_writer *w, struct bytes name, struct bytes value)
{
    MUST(h1_is_token(name));
    MUST(h1_is_value(value));
    h1_put(w, name);
    h1_put(w, BYTES(": "));
    h1_put(w, value);
    h1_put(w, BYTES("\r\n"));
}

static void h1_put_rest(struct h1_writer *w, const struct h1_header *headers, uint32_t header_count,
                        enum h1_framing framing, uint64_t content_length,
                        enum h1_connection connection)
{
    for (uint32_t i = 0; i < header_count; i++)
        h1_put_header(w, headers[i].name, headers[i].value);
    if (framing == H1_FRAMING_LENGTH) {
        h1_put(w, BYTES("Content-Length: "));
        h1_put_number(w, content_length);
        h1_put(w, BYTES("\r\n"));
    } else if (framing == H1_FRAMING_CHUNKED) {
        h1_put(w, BYTES("Transfer-Encoding: chunked\r\n"));
    }
    if (connection == H1_CONNECTION_CLOSE)
        h1_put(w, BYTES("Connection: close\r\n"));
    else if (connection == H1_CONNECTION_KEEP_ALIVE)
        h1_put(w, BYTES("Connection: keep-alive\r\n"));
    h1_put(w, BYTES("\r\n"));
}

size_t h1_emit_request(char *out, size_t size, const struct h1_request_text *request)
{
    MUST(h1_is_token(request->method));
    MUST(h1_is_target(request->target));
    struct h1_writer w = {out, size, 0};
    h1_put(&w, request->method);
    h1_put(&w, BYTES(" "));
    h1_put(&w, request->target);
    h1_put(&w, BYTES(" HTTP/1.1\r\n"));
    if (request->host.len > 0)
        h1_put_header(&w, BYTES("Host"), request->host);
    h1_put_rest(&w, request->headers, request->header_count, request->framing,
                request->content_length, request->connection);
    return w.len;
}

size_t h1_emit_response(char *out, size_t size, const struct h1_response_text *response)
{
    MUST(response->status >= 100 && response->status <= 999);
    MUST(h1_is_value(response->reason));
    struct h1_writer w = {out, size, 0};
    h1_put(&w, BYTES("HTTP/1.1 "));
    h1_put_number(&w, response->status);
    h1_put(&w, BYTES(" "));
    h1_put(&w, response->reason.len > 0 ? response->reason : h1_reason(response->status));
    h1_put(&w, BYTES("\r\n"));
    h1_put_rest(&w, response->headers, response->header_count, response->framing,
                response->content_length, response->connection);
    return w.len;
}

struct h1_phrase {
    uint16_t status;
    struct bytes text;
};

static const struct h1_phrase h1_phrases[] = {
    {100, BYTES_INIT("Continue")},
    {101, BYTES_INIT("Switching Protocols")},
    {200, BYTES_INIT("OK")},
    {201, BYTES_INIT("Created")},
    {202, BYTES_INIT("Accepted")},
    {204, BYTES_INIT("No Content")},
    {206, BYTES_INIT("Partial Content")},
    {301, BYTES_INIT("Moved Permanently")},
    {302, BYTES_INIT("Found")},
    {303, BYTES_INIT("See Other")},
    {304, BYTES_INIT("Not Modified")},
    {307, BYTES_INIT("Temporary Redirect")},
    {308, BYTES_INIT("Permanent Redirect")},
    {400, BYTES_INIT("Bad Request")},
    {401, BYTES_INIT("Unauthorized")},
    {403, BYTES_INIT("Forbidden")},
    {404, BYTES_INIT("Not Found")},
    {405, BYTES_INIT("Method Not Allowed")},
    {408, BYTES_INIT("Request Timeout")},
    {409, BYTES_INIT("Conflict")},
    {410, BYTES_INIT("Gone")},
    {411, BYTES_INIT("Length Required")},
    {413, BYTES_INIT("Content Too Large")},
    {414, BYTES_INIT("URI Too Long")},
    {415, BYTES_INIT("Unsupported Media Type")},
    {417, BYTES_INIT("Expectation Failed")},
    {422, BYTES_INIT("Unprocessable Content")},
    {426, BYTES_INIT("Upgrade Required")},
    {429, BYTES_INIT("Too Many Requests")},
    {431, BYTES_INIT("Request Header Fields Too Large")},
    {500, BYTES_INIT("Internal Server Error")},
    {501, BYTES_INIT("Not Implemented")},
    {502, BYTES_INIT("Bad Gateway")},
    {503, BYTES_INIT("Service Unavailable")},
    {504, BYTES_INIT("Gateway Timeout")},
    {505, BYTES_INIT("HTTP Version Not Supported")},
};

struct bytes h1_reason(uint16_t status)
{
    for (size_t i = 0; i < BR_COUNT(h1_phrases); i++) {
        if (h1_phrases[i].status == status)
            return h1_phrases[i].text;
    }
    return BYTES_NONE;
}
