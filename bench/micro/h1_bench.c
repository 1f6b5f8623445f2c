/* SPDX-License-Identifier: Apache-2.0
 *
 * What a head costs to parse: what servers really send, whole, from a warm cache; the minimum of
 * several rounds, as noise only adds.
 */
#include <math.h>
#include <stdio.h>

#include "bench.h"
#include "wire/h1.h"
#include "wire/h1_body.h"

enum { BENCH_LAPS = 200000, BENCH_ROUNDS = 15, BENCH_FIELDS_SIZE = 32 };

static const struct bytes bench_response_4 =
    BYTES_INIT("HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
               "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!");
static const struct bytes bench_response_11 = BYTES_INIT(
    "HTTP/1.1 200 OK\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nServer: nginx/1.22.1\r\n"
    "Content-Type: application/json; charset=utf-8\r\nContent-Length: 13\r\n"
    "Connection: keep-alive\r\nVary: Accept-Encoding\r\nETag: \"5f8c1a2b-264\"\r\n"
    "Cache-Control: no-cache, no-store, must-revalidate\r\nX-Request-Id: 3f2c9d1a7b8e4f50\r\n"
    "X-Frame-Options: SAMEORIGIN\r\nStrict-Transport-Security: max-age=31536000\r\n\r\n"
    "Hello, world!");
static const struct bytes bench_request_2 =
    BYTES_INIT("GET /orders HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: brunt\r\n\r\n");
static const struct bytes bench_request_8 = BYTES_INIT(
    "POST /v1/projects/42/webhooks/incoming?source=alerts HTTP/1.1\r\nHost: api.example.org\r\n"
    "User-Agent: Go-http-client/1.1\r\nContent-Length: 1024\r\nContent-Type: application/json\r\n"
    "Accept-Encoding: gzip\r\nX-Signature: sha256=0123456789abcdef0123456789abcdef\r\n"
    "X-Trace-Id: 0af7651916cd43dd8448eb211c80319c\r\nAccept: */*\r\n\r\n");

static void bench_print(const char *name, double best_ns, uint32_t fields)
{
    printf("%-36s %6.1f ns/head  (%u fields)\n", name, best_ns, fields);
}

static void bench_response(const char *name, struct bytes text, const struct h1_want *want)
{
    double best_ns = 1e9;
    struct h1_response response = {0};
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct h1_scan scan = {0};
        int64_t start_ns = bench_now_ns();
        for (int lap = 0; lap < BENCH_LAPS; lap++) {
            ssize_t used = h1_parse_response(text, false, want, &scan, &response);
            bench_keep((uint64_t)used + response.content_length);
        }
        best_ns = fmin(best_ns, (double)(bench_now_ns() - start_ns) / BENCH_LAPS);
    }
    bench_print(name, best_ns, response.field_count);
}

static void bench_request(const char *name, struct bytes text, const struct h1_want *want)
{
    double best_ns = 1e9;
    struct h1_request request = {0};
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct h1_scan scan = {0};
        int64_t start_ns = bench_now_ns();
        for (int lap = 0; lap < BENCH_LAPS; lap++) {
            ssize_t used = h1_parse_request(text, want, &scan, &request);
            bench_keep((uint64_t)used + request.content_length);
        }
        best_ns = fmin(best_ns, (double)(bench_now_ns() - start_ns) / BENCH_LAPS);
    }
    bench_print(name, best_ns, request.field_count);
}

int main(void)
{
    struct h1_field fields[BENCH_FIELDS_SIZE];
    struct h1_want asked = h1_want_default;
    asked.fields = fields;
    asked.fields_size = BENCH_FIELDS_SIZE;
    bench_response("response, 4 fields, none asked for", bench_response_4, &h1_want_default);
    bench_response("response, 11 fields, none asked for", bench_response_11, &h1_want_default);
    bench_response("response, 11 fields, asked for", bench_response_11, &asked);
    bench_request("request, 2 fields, none asked for", bench_request_2, &h1_want_default);
    bench_request("request, 8 fields, none asked for", bench_request_8, &h1_want_default);
    bench_request("request, 8 fields, asked for", bench_request_8, &asked);
    return 0;
}
