/* SPDX-License-Identifier: Apache-2.0
 *
 * Request heads: good ones with what they mean, bad ones with how they are refused. What two
 * readers could frame in two ways is refused (request smuggling).
 */
#include "fence.h"
#include "h1_feed.h"
#include "unit.h"

struct good {
    const char *name;
    struct bytes head;
    const char *method;
    const char *target;
    enum h1_framing framing;
    uint64_t length;
    bool keep_alive;
    bool expects_continue;
    bool has_host;
    unsigned fields;
};

#define H "Host: h\r\n"
#define GOOD(name, text, method, target, framing, length, keep, cont, host, fields)                \
    {                                                                                              \
        name, BYTES_INIT(text), method, target, H1_FRAMING_##framing, length, keep, cont, host,    \
            fields                                                                                 \
    }

static const struct good goods[] = {
    GOOD("plain", "GET / HTTP/1.1\r\n" H "\r\n", "GET", "/", NONE, 0, true, false, true, 1),
    GOOD("query", "GET /a?b=c%20d#e HTTP/1.1\r\n" H "\r\n", "GET", "/a?b=c%20d#e", NONE, 0, true,
         false, true, 1),
    GOOD("no host", "GET / HTTP/1.1\r\n\r\n", "GET", "/", NONE, 0, true, false, false, 0),
    GOOD("two hosts", "GET / HTTP/1.1\r\n" H H "\r\n", "GET", "/", NONE, 0, true, false, false, 2),
    GOOD("three hosts", "GET / HTTP/1.1\r\n" H H H "\r\n", "GET", "/", NONE, 0, true, false, false,
         3),
    GOOD("absolute", "GET http://h:1/x HTTP/1.1\r\n" H "\r\n", "GET", "http://h:1/x", NONE, 0, true,
         false, true, 1),
    GOOD("authority", "CONNECT h:1 HTTP/1.1\r\n" H "\r\n", "CONNECT", "h:1", NONE, 0, true, false,
         true, 1),
    GOOD("asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS", "*", NONE, 0, true, false, true,
         1),
    GOOD("odd method", "M-SEARCH! /x HTTP/1.1\r\n" H "\r\n", "M-SEARCH!", "/x", NONE, 0, true,
         false, true, 1),
    GOOD("target beyond ASCII", "GET /\xc3\xbc HTTP/1.1\r\n" H "\r\n", "GET", "/\xc3\xbc", NONE, 0,
         true, false, true, 1),
    GOOD("empty lines first", "\r\n\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET", "/", NONE, 0, true,
         false, true, 1),
    GOOD("bare LF", "GET / HTTP/1.1\nHost: h\n\n", "GET", "/", NONE, 0, true, false, true, 1),
    GOOD("length", "POST / HTTP/1.1\r\n" H "Content-Length: 12\r\n\r\n", "POST", "/", LENGTH, 12,
         true, false, true, 2),
    GOOD("same length twice",
         "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "POST", "/",
         LENGTH, 1, true, false, true, 3),
    GOOD("chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n", "POST", "/",
         CHUNKED, 0, true, false, true, 2),
    GOOD("continue", "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
         "POST", "/", LENGTH, 1, true, true, true, 3),
    GOOD("expects something else", "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n", "POST", "/",
         NONE, 0, true, false, true, 2),
    GOOD("continue in 1.0", "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "POST", "/", NONE, 0,
         false, false, false, 1),
    GOOD("close", "GET / HTTP/1.1\r\n" H "Connection: TE, close\r\n\r\n", "GET", "/", NONE, 0,
         false, false, true, 2),
    GOOD("1.0", "GET / HTTP/1.0\r\n\r\n", "GET", "/", NONE, 0, false, false, false, 0),
    GOOD("1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", "/", NONE, 0, true,
         false, false, 1),
    GOOD("1.9", "GET / HTTP/1.9\r\n" H "\r\n", "GET", "/", NONE, 0, true, false, true, 1),
};

UNIT_TEST(good_requests_are_understood_however_cut)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        const struct good *row = &goods[i];
        UNIT_ROW(row->name);
        struct h1_feed feed = h1_feed_all(H1_FEED_REQUEST, row->head, NULL);
        const struct h1_request *request = &feed.request;
        UNIT_EQ_INT(feed.result, row->head.len);
        UNIT_EQ_BYTES(h1_bytes(row->head.ptr, request->method), bytes_from_str(row->method));
        UNIT_EQ_BYTES(h1_bytes(row->head.ptr, request->target), bytes_from_str(row->target));
        UNIT_EQ_INT(request->framing, row->framing);
        UNIT_EQ_INT(request->content_length, row->length);
        UNIT_EQ_INT(request->keep_alive, row->keep_alive);
        UNIT_EQ_INT(request->expects_continue, row->expects_continue);
        UNIT_EQ_INT(request->has_host, row->has_host);
        UNIT_EQ_INT(request->field_count, row->fields);
    }
}

UNIT_TEST(every_proper_prefix_wants_more)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        UNIT_ROW(goods[i].name);
        for (size_t len = 0; len < goods[i].head.len; len++) {
            struct h1_scan scan = {0};
            struct h1_request request;
            struct bytes input = fence_put(bytes_make(goods[i].head.ptr, len));
            UNIT_EQ_INT(h1_parse_request(input, &h1_want_default, &scan, &request), 0);
        }
    }
}

struct bad {
    const char *name;
    struct bytes head;
    enum br_err err;
};

#define BAD(name, text, err)                                                                       \
    {                                                                                              \
        name, BYTES_INIT(text), BR_ERR_WIRE_##err                                                  \
    }
#define P "POST / HTTP/1.1\r\n" H

static const struct bad bads[] = {
    BAD("a TLS hello", "\x16\x03\x01\x02", MALFORMED),
    BAD("a blank first", " GET / HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("a field first", "Host: h\r\n\r\n", MALFORMED),
    BAD("HTTP/0.9", "GET /\r\n", MALFORMED),
    BAD("HTTP/0.9 with a blank", "GET / \r\n", MALFORMED),
    BAD("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", UNSUPPORTED),
    BAD("version cut", "GET / HTTP/1\r\n\r\n", MALFORMED),
    BAD("version cut at the LF", "GET / HTTP/1.\n\n", MALFORMED),
    BAD("version in lower case", "GET / http/1.1\r\n\r\n", MALFORMED),
    BAD("words behind the version", "GET / HTTP/1.1 x\r\n\r\n", MALFORMED),
    BAD("blank behind the version", "GET / HTTP/1.1 \r\n\r\n", MALFORMED),
    BAD("two blanks", "GET  / HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("two blanks before the version", "GET /  HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("tab", "GET\t/\tHTTP/1.1\r\n\r\n", MALFORMED),
    BAD("no target", "GET HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("blank in the target", "GET /a b HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("NUL in the target", "GET /a\0b HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("DEL in the target", "GET /a\x7f HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("bad method", "G(T / HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("bare CR behind the version", "GET / HTTP/1.1\rHost: h\r\n\r\n", MALFORMED),
    BAD("bare CR first", "\rGET / HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("obs-fold", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", MALFORMED),
    BAD("blank before the colon", P "Content-Length : 5\r\n\r\n", MALFORMED),
    BAD("NUL in a value", P "A: \0\r\n\r\n", MALFORMED),
    BAD("length and coding", P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        MALFORMED),
    BAD("coding and length", P "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        MALFORMED),
    BAD("lengths differ", P "Content-Length: 5\r\nContent-Length: 05, 6\r\n\r\n", MALFORMED),
    BAD("length signed", P "Content-Length: +5\r\n\r\n", MALFORMED),
    BAD("length overflows", P "Content-Length: 99999999999999999999\r\n\r\n", MALFORMED),
    BAD("coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", MALFORMED),
    BAD("chunked is not last", P "Transfer-Encoding: chunked, identity\r\n\r\n", MALFORMED),
    BAD("chunked twice", P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        MALFORMED),
    BAD("another coding", P "Transfer-Encoding: gzip, chunked\r\n\r\n", UNSUPPORTED),
    BAD("identity", P "Transfer-Encoding: identity\r\n\r\n", UNSUPPORTED),
    BAD("empty coding", P "Transfer-Encoding:\r\n\r\n", MALFORMED),
};

UNIT_TEST(bad_requests_are_refused_however_cut)
{
    for (size_t i = 0; i < BR_COUNT(bads); i++) {
        UNIT_ROW(bads[i].name);
        struct h1_feed feed = h1_feed_all(H1_FEED_REQUEST, bads[i].head, NULL);
        UNIT_EQ_INT(feed.result, -(int)bads[i].err);
    }
}

UNIT_TEST(fields_are_told_as_sent)
{
    struct bytes head = BYTES("\r\nPOST /hook?x HTTP/1.1\r\nHost: h\r\nX-Signature:\tabc \r\n\r\n");
    struct h1_feed feed = h1_feed_all(H1_FEED_REQUEST, head, NULL);
    UNIT_EQ_INT(feed.request.field_count, 2);
    const struct h1_field *field =
        h1_find_field(head.ptr, feed.fields, feed.request.field_count, BYTES("x-signature"));
    UNIT_OK(field != NULL);
    UNIT_EQ_BYTES(h1_bytes(head.ptr, field->value), BYTES("abc"));
}

UNIT_TEST(texts_that_may_be_sent_are_known)
{
    UNIT_OK(h1_is_token(BYTES("X-Request_Id.1")));
    UNIT_OK(!h1_is_token(BYTES("")));
    UNIT_OK(!h1_is_token(BYTES("a b")));
    UNIT_OK(!h1_is_token(BYTES("a:")));
    UNIT_OK(h1_is_value(BYTES("")));
    UNIT_OK(h1_is_value(BYTES("a\tb \xc3\xbc")));
    UNIT_OK(!h1_is_value(BYTES("a\r\nb: c")));
    UNIT_OK(!h1_is_value(BYTES("a\0")));
    UNIT_OK(h1_is_target(BYTES("/a?b")));
    UNIT_OK(!h1_is_target(BYTES("")));
    UNIT_OK(!h1_is_target(BYTES("/a b")));
    UNIT_OK(!h1_is_target(BYTES("/a\nb")));
    UNIT_OK(h1_list_has(BYTES("a, Close ,b"), BYTES("close")));
    UNIT_OK(!h1_list_has(BYTES("a, not-close"), BYTES("close")));
    UNIT_OK(!h1_list_has(BYTES(""), BYTES("close")));
}

UNIT_MAIN(UNIT_RUN(good_requests_are_understood_however_cut),
          UNIT_RUN(every_proper_prefix_wants_more), UNIT_RUN(bad_requests_are_refused_however_cut),
          UNIT_RUN(fields_are_told_as_sent), UNIT_RUN(texts_that_may_be_sent_are_known))
