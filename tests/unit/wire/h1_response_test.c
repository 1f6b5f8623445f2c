/* SPDX-License-Identifier: Apache-2.0
 *
 * Response heads: good ones with what they mean, bad ones with how they are refused.
 */
#include "fence.h"
#include "h1_feed.h"
#include "unit.h"

#include "base/mem.h"

struct good {
    const char *name;
    struct bytes head;
    int status;
    enum h1_framing framing;
    uint64_t length;
    bool keep_alive;
    unsigned fields;
};

#define OK "HTTP/1.1 200 OK\r\n"
#define GOOD(name, text, status, framing, length, keep, fields)                                    \
    {                                                                                              \
        name, BYTES_INIT(text), status, H1_FRAMING_##framing, length, keep, fields                 \
    }

static const struct good goods[] = {
    GOOD("length", OK "Content-Length: 5\r\n\r\n", 200, LENGTH, 5, true, 1),
    GOOD("length zero", OK "Content-Length: 0\r\n\r\n", 200, LENGTH, 0, true, 1),
    GOOD("leading zeros", OK "Content-Length: 0005\r\n\r\n", 200, LENGTH, 5, true, 1),
    GOOD("case of names", OK "cOnTeNt-LeNgTh:7\r\n\r\n", 200, LENGTH, 7, true, 1),
    GOOD("blanks around", OK "Content-Length: \t 7 \t \r\n\r\n", 200, LENGTH, 7, true, 1),
    GOOD("largest", OK "Content-Length: 9223372036854775807\r\n\r\n", 200, LENGTH, INT64_MAX, true,
         1),
    GOOD("same twice", OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 200, LENGTH, 5, true,
         2),
    GOOD("same twice in a list", OK "Content-Length: 5, 5\r\n\r\n", 200, LENGTH, 5, true, 1),
    GOOD("chunked", OK "Transfer-Encoding: chunked\r\n\r\n", 200, CHUNKED, 0, true, 1),
    GOOD("chunked in capitals", OK "TRANSFER-ENCODING: CHUNKED\r\n\r\n", 200, CHUNKED, 0, true, 1),
    GOOD("chunked in a list", OK "Transfer-Encoding: , chunked ,\r\n\r\n", 200, CHUNKED, 0, true,
         1),
    GOOD("coding wins over length", OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         200, CHUNKED, 5, false, 2),
    GOOD("until close", OK "Server: x\r\n\r\n", 200, UNTIL_CLOSE, 0, false, 1),
    GOOD("no fields", OK "\r\n", 200, UNTIL_CLOSE, 0, false, 0),
    GOOD("close", OK "Connection: close\r\nContent-Length: 1\r\n\r\n", 200, LENGTH, 1, false, 2),
    GOOD("close in a list", OK "Connection: foo, Close\r\nContent-Length: 1\r\n\r\n", 200, LENGTH,
         1, false, 2),
    GOOD("close and keep-alive", OK "Connection: keep-alive, close\r\nContent-Length: 1\r\n\r\n",
         200, LENGTH, 1, false, 2),
    GOOD("not close", OK "Connection: closed\r\nContent-Length: 1\r\n\r\n", 200, LENGTH, 1, true,
         2),
    GOOD("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", 200, LENGTH, 1, false, 1),
    GOOD("1.0 kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n", 200,
         LENGTH, 1, true, 2),
    GOOD("1.0 chunked",
         "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n", 200,
         CHUNKED, 0, false, 2),
    GOOD("1.2 is read as 1.1", "HTTP/1.2 200 OK\r\nContent-Length: 1\r\n\r\n", 200, LENGTH, 1, true,
         1),
    GOOD("204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, NONE, 5, true, 1),
    GOOD("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, NONE, 5, true, 1),
    GOOD("100", "HTTP/1.1 100 Continue\r\n\r\n", 100, NONE, 0, true, 0),
    GOOD("103", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 103, NONE, 0, true, 1),
    GOOD("101", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n", 101, NONE, 0,
         true, 1),
    GOOD("999", "HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", 999, LENGTH, 0, true, 1),
    GOOD("no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, LENGTH, 0, true, 1),
    GOOD("no blank either", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, LENGTH, 0, true, 1),
    GOOD("reason beyond ASCII", "HTTP/1.1 200 \xc3\x9c\tx\r\nContent-Length: 0\r\n\r\n", 200,
         LENGTH, 0, true, 1),
    GOOD("bare LF", "HTTP/1.1 200 OK\nContent-Length: 3\n\n", 200, LENGTH, 3, true, 1),
    GOOD("bare LF mixed", "HTTP/1.1 200\nContent-Length: 3\r\nA: b\n\r\n", 200, LENGTH, 3, true, 2),
    GOOD("empty value", OK "A:\r\nB: \r\nContent-Length: 3\r\n\r\n", 200, LENGTH, 3, true, 3),
    GOOD("odd names", OK "!#$%&'*+-.^_`|~09azAZ: x\r\nContent-Length: 3\r\n\r\n", 200, LENGTH, 3,
         true, 2),
    GOOD("values beyond ASCII", OK "A: \x80\xff\xc3\xbc\tx\r\nContent-Length: 3\r\n\r\n", 200,
         LENGTH, 3, true, 2),
    GOOD("lookalikes",
         OK "Content-Lengthy: 9\r\nXontent-Length: 8\r\nConnectiox: close\r\n"
            "Transfer-Encodinh: chunked\r\nContent-Length: 3\r\n\r\n",
         200, LENGTH, 3, true, 5),
    GOOD("body behind", OK "Content-Length: 3\r\n\r\nabc", 200, LENGTH, 3, true, 1),
    GOOD("long lines",
         OK "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nServer: a-rather-long-server-name/1.2\r\n"
            "X-A-Header-Name-Longer-Than-Sixteen-Bytes: and a value that goes on and on and on\r\n"
            "Content-Length: 13\r\n\r\n0123456789abc",
         200, LENGTH, 13, true, 4),
};

static struct bytes good_head(const struct good *row)
{
    size_t len = row->head.len;
    while (len > 0 && row->head.ptr[len - 1] != '\n')
        len--;
    return bytes_make(row->head.ptr, len);
}

UNIT_TEST(good_responses_are_understood_however_cut)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        const struct good *row = &goods[i];
        UNIT_ROW(row->name);
        struct h1_feed feed = h1_feed_all(H1_FEED_RESPONSE, row->head, NULL);
        UNIT_EQ_INT(feed.result, good_head(row).len);
        UNIT_EQ_INT(feed.response.status, row->status);
        UNIT_EQ_INT(feed.response.framing, row->framing);
        UNIT_EQ_INT(feed.response.content_length, row->length);
        UNIT_EQ_INT(feed.response.keep_alive, row->keep_alive);
        UNIT_EQ_INT(feed.response.field_count, row->fields);
    }
}

UNIT_TEST(an_answer_to_head_has_no_body)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        const struct good *row = &goods[i];
        UNIT_ROW(row->name);
        struct h1_feed feed = h1_feed_all(H1_FEED_RESPONSE_TO_HEAD, row->head, NULL);
        UNIT_EQ_INT(feed.result, good_head(row).len);
        UNIT_EQ_INT(feed.response.framing, H1_FRAMING_NONE);
        UNIT_EQ_INT(feed.response.content_length, row->length);
    }
}

/* A head that ends too early is no error: whoever reads decides how long to wait. */
UNIT_TEST(every_proper_prefix_wants_more)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        struct bytes head = good_head(&goods[i]);
        UNIT_ROW(goods[i].name);
        for (size_t len = 0; len < head.len; len++) {
            struct h1_scan scan = {0};
            struct h1_response response = {.status = 7};
            struct bytes input = fence_put(bytes_make(head.ptr, len));
            UNIT_EQ_INT(h1_parse_response(input, false, &h1_want_default, &scan, &response), 0);
            UNIT_EQ_INT(response.status, 7);
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

static const struct bad bads[] = {
    BAD("not HTTP", "220 mail.example ESMTP\r\n", MALFORMED),
    BAD("not HTTP, no line", "220", MALFORMED),
    BAD("a TLS alert", "\x15\x03\x01", MALFORMED),
    BAD("lower case", "http/1.1 200 OK\r\n\r\n", MALFORMED),
    BAD("an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", MALFORMED),
    BAD("HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", UNSUPPORTED),
    BAD("HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n", UNSUPPORTED),
    BAD("HTTP/x", "HTTP/x.1 200 OK\r\n\r\n", MALFORMED),
    BAD("HTTP/11", "HTTP/11 200 OK\r\n\r\n", MALFORMED),
    BAD("HTTP/1.x", "HTTP/1.x 200 OK\r\n\r\n", MALFORMED),
    BAD("HTTP/1.10", "HTTP/1.10 200 OK\r\n\r\n", MALFORMED),
    BAD("no status", "HTTP/1.1\r\n\r\n", MALFORMED),
    BAD("short line", "HTTP/1.1 20\n", MALFORMED),
    BAD("two digits", "HTTP/1.1 20 OK\r\n\r\n", MALFORMED),
    BAD("four digits", "HTTP/1.1 2000 OK\r\n\r\n", MALFORMED),
    BAD("status 0xx", "HTTP/1.1 099 OK\r\n\r\n", MALFORMED),
    BAD("no number", "HTTP/1.1 abc OK\r\n\r\n", MALFORMED),
    BAD("signed", "HTTP/1.1 +20 OK\r\n\r\n", MALFORMED),
    BAD("two blanks", "HTTP/1.1  200 OK\r\n\r\n", MALFORMED),
    BAD("tab", "HTTP/1.1\t200 OK\r\n\r\n", MALFORMED),
    BAD("bare CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n", MALFORMED),
    BAD("NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", MALFORMED),
    BAD("obs-fold", OK "A: b\r\n c\r\n\r\n", MALFORMED),
    BAD("obs-fold by tab", OK "A: b\r\n\tc\r\n\r\n", MALFORMED),
    BAD("blank before the first field", OK " A: b\r\n\r\n", MALFORMED),
    BAD("blank before the colon", OK "A : b\r\n\r\n", MALFORMED),
    BAD("tab before the colon", OK "Content-Length\t: 5\r\n\r\n", MALFORMED),
    BAD("no name", OK ": b\r\n\r\n", MALFORMED),
    BAD("no colon", OK "Ab\r\n\r\n", MALFORMED),
    BAD("no colon but blanks", OK "Some words here\r\n\r\n", MALFORMED),
    BAD("long name without colon", OK "A-name-that-is-longer-than-16-bytes\r\n\r\n", MALFORMED),
    BAD("bad byte in a name", OK "A(b): c\r\n\r\n", MALFORMED),
    BAD("high byte in a name", OK "A\xc3\xbc: c\r\n\r\n", MALFORMED),
    BAD("NUL in a name", OK "A\0b: c\r\n\r\n", MALFORMED),
    BAD("NUL in a value", OK "A: b\0c\r\n\r\n", MALFORMED),
    BAD("NUL far out in a value", OK "A: 0123456789abcdef0123456789abcdef\0c\r\n\r\n", MALFORMED),
    BAD("control byte in a value", OK "A: b\x01\r\n\r\n", MALFORMED),
    BAD("DEL in a value", OK "A: 0123456789abcdef0123456\x7f\r\n\r\n", MALFORMED),
    BAD("bare CR in a value", OK "A: b\rc\r\n\r\n", MALFORMED),
    BAD("CR CR LF", OK "A: b\r\r\n\r\n", MALFORMED),
    BAD("CR alone ends the head", OK "A: b\r\n\rx\n", MALFORMED),
    BAD("length negative", OK "Content-Length: -5\r\n\r\n", MALFORMED),
    BAD("length signed", OK "Content-Length: +5\r\n\r\n", MALFORMED),
    BAD("length hexadecimal", OK "Content-Length: 0x5\r\n\r\n", MALFORMED),
    BAD("length empty", OK "Content-Length: \r\n\r\n", MALFORMED),
    BAD("length with blanks inside", OK "Content-Length: 5 5\r\n\r\n", MALFORMED),
    BAD("length with a fraction", OK "Content-Length: 5.0\r\n\r\n", MALFORMED),
    BAD("length 2^63", OK "Content-Length: 9223372036854775808\r\n\r\n", MALFORMED),
    BAD("length 2^64+5", OK "Content-Length: 18446744073709551621\r\n\r\n", MALFORMED),
    BAD("lengths differ", OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", MALFORMED),
    BAD("lengths differ in a list", OK "Content-Length: 5, 6\r\n\r\n", MALFORMED),
    BAD("length list ends in a comma", OK "Content-Length: 5,\r\n\r\n", MALFORMED),
    BAD("bad length to 204", "HTTP/1.1 204 No\r\nContent-Length: x\r\n\r\n", MALFORMED),
    BAD("no coding", OK "Transfer-Encoding: \r\n\r\n", MALFORMED),
    BAD("chunked twice", OK "Transfer-Encoding: chunked, chunked\r\n\r\n", MALFORMED),
    BAD("chunked twice on lines",
        OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", MALFORMED),
    BAD("chunked is not last", OK "Transfer-Encoding: chunked, gzip\r\n\r\n", MALFORMED),
    BAD("another coding", OK "Transfer-Encoding: gzip\r\n\r\n", UNSUPPORTED),
    BAD("another coding before", OK "Transfer-Encoding: gzip, chunked\r\n\r\n", UNSUPPORTED),
    BAD("chunked with a parameter", OK "Transfer-Encoding: chunked;a=b\r\n\r\n", UNSUPPORTED),
    BAD("not quite chunked",
        OK "Transfer-Encoding: \x0b"
           "chunked\r\n\r\n",
        MALFORMED),
};

UNIT_TEST(bad_responses_are_refused_however_cut)
{
    for (size_t i = 0; i < BR_COUNT(bads); i++) {
        UNIT_ROW(bads[i].name);
        struct h1_feed feed = h1_feed_all(H1_FEED_RESPONSE, bads[i].head, NULL);
        UNIT_EQ_INT(feed.result, -(int)bads[i].err);
        UNIT_EQ_INT(feed.response.status, 0);
    }
}

/* Each byte value in a name and in a value, at several distances from the end of the input. */
UNIT_TEST(each_byte_is_judged_by_the_standard)
{
    static const char tokens[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int c = 0; c < 256; c++) {
        for (size_t pad = 0; pad < 40; pad++) {
            char text[256];
            bool is_token = c != 0 && strchr(tokens, c) != NULL;
            bool is_value = (c >= 0x20 && c != 0x7f) || c == '\t';
            struct h1_scan scan = {0};
            struct h1_response response;
            int len = snprintf(text, sizeof(text), OK "%.*s?b: 1\r\n\r\n%.*s", (int)pad,
                               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", (int)(40 - pad),
                               "                                        ");
            text[17 + pad] = (char)c;
            struct bytes input = fence_put(bytes_make(text, (size_t)len));
            ssize_t used = h1_parse_response(input, false, &h1_want_default, &scan, &response);
            /* "aaa:b: 1" is a good field, ":b: 1" is not; a line break at once ends the head. */
            bool is_good = is_token || (c == ':' && pad > 0) || (c == '\n' && pad == 0);
            UNIT_EQ_INT(used > 0, is_good);

            len = snprintf(text, sizeof(text), OK "a: %.*s?b\r\n\r\n%.*s", (int)pad,
                           "                                        ", (int)(40 - pad),
                           "                                        ");
            text[17 + 3 + pad] = (char)c;
            scan = (struct h1_scan){0};
            input = fence_put(bytes_make(text, (size_t)len));
            used = h1_parse_response(input, false, &h1_want_default, &scan, &response);
            UNIT_EQ_INT(used > 0, is_value);
        }
    }
}

UNIT_TEST(fields_are_told_as_sent)
{
    struct bytes head = BYTES(OK "Content-Type:  text/plain; charset=x \t\r\nX-A:\r\nx-b: \t\r\n"
                                 "Content-Length: 3\r\n\r\nabc");
    struct h1_feed feed = h1_feed_all(H1_FEED_RESPONSE, head, NULL);
    UNIT_EQ_INT(feed.response.field_count, 4);
    UNIT_EQ_BYTES(h1_bytes(head.ptr, feed.response.reason), BYTES("OK"));
    UNIT_EQ_BYTES(h1_bytes(head.ptr, feed.fields[0].name), BYTES("Content-Type"));
    UNIT_EQ_BYTES(h1_bytes(head.ptr, feed.fields[0].value), BYTES("text/plain; charset=x"));
    UNIT_EQ_BYTES(h1_bytes(head.ptr, feed.fields[1].value), BYTES(""));
    UNIT_EQ_BYTES(h1_bytes(head.ptr, feed.fields[2].value), BYTES(""));
    const struct h1_field *found = h1_find_field(head.ptr, feed.fields, 4, BYTES("X-B"));
    UNIT_OK(found == &feed.fields[2]);
    UNIT_OK(h1_find_field(head.ptr, feed.fields, 4, BYTES("X-C")) == NULL);
}

UNIT_TEST(limits_hold_to_the_byte)
{
    struct bytes head = BYTES(OK "A: b\r\nC: d\r\nE: f\r\n\r\n");
    struct h1_want want = h1_want_default;
    want.head_size_max = (uint32_t)head.len;
    UNIT_EQ_INT(h1_feed_all(H1_FEED_RESPONSE, head, &want).result, head.len);
    want.head_size_max--;
    UNIT_EQ_INT(h1_feed_all(H1_FEED_RESPONSE, head, &want).result, -(int)BR_ERR_WIRE_HEAD_LIMIT);

    want = h1_want_default;
    want.field_count_max = 3;
    UNIT_EQ_INT(h1_feed_all(H1_FEED_RESPONSE, head, &want).result, head.len);
    want.field_count_max = 2;
    UNIT_EQ_INT(h1_feed_all(H1_FEED_RESPONSE, head, &want).result, -(int)BR_ERR_WIRE_HEAD_LIMIT);

    want = h1_want_default;
    want.fields_size = 2; /* no room for the third */
    UNIT_EQ_INT(h1_feed_all(H1_FEED_RESPONSE, head, &want).result, -(int)BR_ERR_WIRE_HEAD_LIMIT);
}

/* One endless line, byte by byte: refused at the limit, and in linear time (this test would take
 * minutes otherwise). */
UNIT_TEST(an_endless_line_is_refused_at_the_limit)
{
    size_t size = H1_HEAD_SIZE_MAX + 10;
    char *text = mem_alloc(size);
    memset(text, 'a', size);
    memcpy(text, OK, 17);
    struct h1_scan scan = {0};
    struct h1_response response;
    ssize_t used = 0;
    size_t len = 0;
    while (used == 0 && len < size) {
        len++;
        used = h1_parse_response(bytes_make(text, len), false, &h1_want_default, &scan, &response);
    }
    mem_free(text);
    UNIT_EQ_INT(used, -(int)BR_ERR_WIRE_HEAD_LIMIT);
    UNIT_EQ_INT(len, H1_HEAD_SIZE_MAX);
}

UNIT_TEST(heads_follow_each_other)
{
    struct bytes input = BYTES("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n");
    struct h1_scan scan = {0};
    struct h1_response response;
    ssize_t used = h1_parse_response(input, false, &h1_want_default, &scan, &response);
    UNIT_EQ_INT(used, 25);
    UNIT_EQ_INT(response.status, 100);
    input = bytes_skip(input, (size_t)used);
    used = h1_parse_response(input, false, &h1_want_default, &scan, &response);
    UNIT_EQ_INT(used, input.len);
    UNIT_EQ_INT(response.status, 200);
}

UNIT_MAIN(UNIT_RUN(good_responses_are_understood_however_cut),
          UNIT_RUN(an_answer_to_head_has_no_body), UNIT_RUN(every_proper_prefix_wants_more),
          UNIT_RUN(bad_responses_are_refused_however_cut),
          UNIT_RUN(each_byte_is_judged_by_the_standard), UNIT_RUN(fields_are_told_as_sent),
          UNIT_RUN(limits_hold_to_the_byte), UNIT_RUN(an_endless_line_is_refused_at_the_limit),
          UNIT_RUN(heads_follow_each_other))
