/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads to be sent: their exact bytes, their size asked first, and that our own parser reads back
 * what was meant. The two scanners agree.
 */
#include "wire/h1_emit.h"

#include "base/rng.h"
#include "fence.h"
#include "unit.h"
#include "wire/h1_scan.h"

static const struct h1_header headers[] = {
    {BYTES_INIT("Content-Type"), BYTES_INIT("application/json")},
    {BYTES_INIT("X-Empty"), BYTES_INIT("")},
};

UNIT_TEST(requests_are_written_as_meant)
{
    struct h1_request_text request = {
        .method = BYTES("POST"),
        .target = BYTES("/a?b=c"),
        .host = BYTES("example.org:8080"),
        .headers = headers,
        .header_count = BR_COUNT(headers),
        .framing = H1_FRAMING_LENGTH,
        .content_length = 1234567890123,
        .connection = H1_CONNECTION_CLOSE,
    };
    struct bytes want = BYTES("POST /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\n"
                              "Content-Type: application/json\r\nX-Empty: \r\n"
                              "Content-Length: 1234567890123\r\nConnection: close\r\n\r\n");
    char text[512];
    size_t len = h1_emit_request(NULL, 0, &request);
    UNIT_EQ_INT(len, want.len);
    UNIT_EQ_INT(h1_emit_request(text, len, &request), len);
    UNIT_EQ_BYTES(bytes_make(text, len), want);
    memset(text, '#', sizeof(text));
    UNIT_EQ_INT(h1_emit_request(text, len - 1, &request), len);
    UNIT_EQ_INT(text[len - 1], '#');

    request = (struct h1_request_text){.method = BYTES("GET"), .target = BYTES("/")};
    len = h1_emit_request(text, sizeof(text), &request);
    UNIT_EQ_BYTES(bytes_make(text, len), BYTES("GET / HTTP/1.1\r\n\r\n"));
}

UNIT_TEST(responses_are_written_as_meant)
{
    struct h1_response_text response = {.status = 503, .framing = H1_FRAMING_LENGTH};
    char text[512];
    size_t len = h1_emit_response(text, sizeof(text), &response);
    UNIT_EQ_BYTES(bytes_make(text, len),
                  BYTES("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));

    response = (struct h1_response_text){
        .status = 299,
        .headers = headers,
        .header_count = 1,
        .framing = H1_FRAMING_CHUNKED,
        .connection = H1_CONNECTION_KEEP_ALIVE,
    };
    len = h1_emit_response(text, sizeof(text), &response);
    UNIT_EQ_BYTES(bytes_make(text, len),
                  BYTES("HTTP/1.1 299 \r\nContent-Type: application/json\r\n"
                        "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"));

    response = (struct h1_response_text){.status = 200, .reason = BYTES("Fine")};
    len = h1_emit_response(text, sizeof(text), &response);
    UNIT_EQ_BYTES(bytes_make(text, len), BYTES("HTTP/1.1 200 Fine\r\n\r\n"));
}

UNIT_TEST(what_is_written_is_read_back)
{
    for (uint16_t status = 200; status < 600; status++) {
        struct h1_response_text text = {
            .status = status,
            .headers = headers,
            .header_count = BR_COUNT(headers),
            .framing = H1_FRAMING_LENGTH,
            .content_length = status,
        };
        char bytes[512];
        size_t len = h1_emit_response(bytes, sizeof(bytes), &text);
        struct h1_scan scan = {0};
        struct h1_response response;
        ssize_t used =
            h1_parse_response(bytes_make(bytes, len), false, &h1_want_default, &scan, &response);
        UNIT_EQ_INT(used, len);
        UNIT_EQ_INT(response.status, status);
        UNIT_EQ_INT(response.content_length, status);
        UNIT_EQ_BYTES(h1_bytes(bytes, response.reason), h1_reason(status));
    }
}

/* Random bytes, most of them good, at every length up to some vectors' worth. */
UNIT_TEST(both_scanners_agree)
{
    struct rng rng;
    rng_init(&rng, 42);
    for (int i = 0; i < 20000; i++) {
        char text[256];
        size_t len = rng_below(&rng, sizeof(text) + 1);
        for (size_t j = 0; j < len; j++)
            text[j] = (char)(rng_below(&rng, 40) == 0 ? rng_next(&rng) : 'a' + rng_below(&rng, 26));
        struct bytes b = fence_put(bytes_make(text, len));
        const char *end = b.ptr + b.len;
        struct h1_window window = h1_window_at(b.ptr);
        for (const char *p = b.ptr; p < end;) {
            const char *stop = h1_scan_value(&window, p, end);
            UNIT_OK(stop == h1_scan_class(p, end, H1_CLASS_VALUE));
            p = stop + 1;
        }
        UNIT_OK(h1_scan_value_plain(b.ptr, end) == h1_scan_class(b.ptr, end, H1_CLASS_VALUE));
        UNIT_OK(h1_scan_target(b.ptr, end) == h1_scan_class(b.ptr, end, H1_CLASS_TARGET));
        UNIT_OK(h1_scan_name(b.ptr, end) == h1_scan_class(b.ptr, end, H1_CLASS_TOKEN));
        UNIT_OK(h1_scan_name_plain(b.ptr, end) == h1_scan_class(b.ptr, end, H1_CLASS_TOKEN));
    }
}

UNIT_MAIN(UNIT_RUN(requests_are_written_as_meant), UNIT_RUN(responses_are_written_as_meant),
          UNIT_RUN(what_is_written_is_read_back), UNIT_RUN(both_scanners_agree))
