/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails and forms taken apart, however they are cut.
 */
#include "wire/mime.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "unit.h"

static void take(struct mime *mime, enum mime_event event, struct bytes piece,
                 struct mime_decoder *decoder, struct buf *log)
{
    char *out = mem_alloc(piece.len + QP_HELD_MAX);
    switch (event) {
    case MIME_FIELD:
        buf_putf(log, "[%.*s|%.*s%s]", BYTES_ARG(mime->name), BYTES_ARG(mime->value),
                 mime->cut ? "…" : "");
        break;
    case MIME_BODY:
        buf_putf(log, "<%.*s %d %u:", BYTES_ARG(mime->type), (int)mime->coding, mime->depth);
        mime_decoder_init(decoder, mime->coding);
        break;
    case MIME_PIECE:
        UNIT_OK(piece.len > 0);
        buf_put(log, bytes_make(out, mime_decode(decoder, piece, out)));
        break;
    case MIME_BODY_END:
        buf_put(log, bytes_make(out, mime_decode_finish(decoder, out)));
        buf_put_str(log, ">");
        break;
    case MIME_MORE:
    case MIME_END:
        break;
    }
    mem_free(out);
}

/* What comes of `text`, fed `size` bytes at a time; content_type NULL: a message with its header.
 */
static void run(const char *content_type, struct bytes text, size_t size, struct buf *log)
{
    struct mime *mime = MEM_NEW(struct mime);
    struct mime_decoder decoder;
    mime_decoder_init(&decoder, MIME_PLAIN);
    if (content_type == NULL)
        mime_init_message(mime);
    else
        mime_init_body(mime, bytes_from_str(content_type));
    buf_clear(log);
    enum mime_event event = MIME_MORE;
    while (event != MIME_END) {
        size_t len = text.len < size ? text.len : size;
        char *copy = mem_alloc(len);
        memcpy(copy, text.ptr, len);
        struct bytes input = bytes_make(copy, len);
        text = bytes_skip(text, len);
        if (len == 0)
            mime_finish(mime);
        do {
            struct bytes piece = BYTES_NONE;
            event = mime_next(mime, &input, &piece);
            take(mime, event, piece, &decoder, log);
        } while (event != MIME_MORE && event != MIME_END);
        UNIT_EQ_INT(input.len, 0);
        mem_free(copy);
    }
    mem_free(mime);
}

static const struct {
    const char *name;
    const char *type; /* of an HTTP body; NULL: a message */
    const char *text;
    const char *want;
} rows[] = {
    {"plain", NULL, "Subject: a\r\nTo: b\r\n\r\nbody\r\nmore\r\n",
     "[Subject|a][To|b]<text/plain 0 0:body\r\nmore\r\n>"},
    {"unix lines", NULL, "Subject: a\n\nbody\n", "[Subject|a]<text/plain 0 0:body\n>"},
    {"no body", NULL, "Subject: a\r\n", "[Subject|a]"},
    {"no body, cut", NULL, "Subject: a", "[Subject|a]"},
    {"empty body", NULL, "Subject: a\r\n\r\n", "[Subject|a]<text/plain 0 0:>"},
    {"empty", NULL, "", ""},
    {"no header", NULL, "\r\nbody", "<text/plain 0 0:body>"},
    {"folded", NULL, "Subject: a\r\n\tb\r\n  c\r\nX:\r\n y\r\n\r\n.",
     "[Subject|a\tb  c][X|y]<text/plain 0 0:.>"},
    {"no field", NULL, "From someone\r\nA: b\r\n\r\n.", "[A|b]<text/plain 0 0:.>"},
    {"coding", NULL,
     "Content-Type: TEXT/Html; charset=utf-8\r\ncontent-transfer-encoding: Quoted-Printable\r\n\r\n"
     "zxr4=\r\nt0ve=3D \r\n",
     "[Content-Type|TEXT/Html; charset=utf-8][content-transfer-encoding|Quoted-Printable]"
     "<text/html 1 0:zxr4t0ve=\r\n>"},
    {"alternative", NULL,
     "Content-Type: multipart/alternative;\r\n boundary=\"=_b 1\"\r\n\r\npreamble\r\n--=_b "
     "1\r\n\r\n"
     "one\r\n--=_b 1\r\nContent-Transfer-Encoding: base64\r\n\r\ndHdv\r\n--=_b 1--\r\nepilogue\r\n",
     "[Content-Type|multipart/alternative; boundary=\"=_b 1\"]<text/plain 0 1:one>"
     "[Content-Transfer-Encoding|base64]<text/plain 2 1:two>"},
    {"what looks like a delimiter", "multipart/mixed; boundary=abc",
     "--abc\r\n\r\n-\r\n--\r\n--ab\r\n--abcd\r\n--abc-\r\n--abc x\r\n "
     "--abc\r\nx--abc\r\n--abc--x\r\n"
     "\r\n--abc \t\r\n\r\nlast\r\n--abc-- \r\n",
     "<text/plain 0 1:-\r\n--\r\n--ab\r\n--abcd\r\n--abc-\r\n--abc x\r\n "
     "--abc\r\nx--abc\r\n--abc--x\r\n>"
     "<text/plain 0 1:last>"},
    {"empty parts", "multipart/mixed; boundary=b", "--b\n\n--b\n\n\n--b\nX: y\n--b\n\nz\n--b--",
     "<text/plain 0 1:><text/plain 0 1:>[X|y]<text/plain 0 1:z>"},
    {"cut off", "multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b\r\n\r\ntw",
     "<text/plain 0 1:one><text/plain 0 1:tw>"},
    {"cut off in a delimiter", "multipart/mixed; boundary=bound", "--bound\r\n\r\none\r\n--bou",
     "<text/plain 0 1:one\r\n--bou>"},
    {"nested", "multipart/mixed; boundary=o",
     "--o\r\nContent-Type: multipart/related; boundary=oo\r\n\r\n--oo\r\n\r\ninner "
     "1\r\n--oo\r\n\r\n"
     "inner 2\r\n--oo--\r\nbetween\r\n--o\r\n\r\nouter\r\n--o--\r\n",
     "[Content-Type|multipart/related; boundary=oo]<text/plain 0 2:inner 1><text/plain 0 2:inner 2>"
     "<text/plain 0 1:outer>"},
    {"nested, not closed", "multipart/mixed; boundary=o",
     "--o\nContent-Type: multipart/related; boundary=i\n\n--i\n\ninner\n--o\n\nouter\n--o--\n",
     "[Content-Type|multipart/related; boundary=i]<text/plain 0 2:inner><text/plain 0 1:outer>"},
    {"message in a part", "multipart/mixed; boundary=o",
     "--o\nContent-Type: message/rfc822\n\nSubject: s\nContent-Type: text/html\n\nhello\n--o--\n",
     "[Content-Type|message/rfc822][Subject|s][Content-Type|text/html]<text/html 0 1:hello>"},
    {"multipart in a message in a part", "multipart/mixed; boundary=o",
     "--o\nContent-Type: message/rfc822\n\nContent-Type: multipart/x; "
     "boundary=i\n\n--i\n\na\n--i--\n"
     "--o\n\nb\n--o--\n",
     "[Content-Type|message/rfc822][Content-Type|multipart/x; boundary=i]<text/plain 0 2:a>"
     "<text/plain 0 1:b>"},
    {"form", "multipart/form-data; boundary=----WebKit7",
     "------WebKit7\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n------WebKit7--\r\n",
     "[Content-Disposition|form-data; name=\"a\"]<text/plain 0 1:1>"},
    {"no boundary", "multipart/mixed", "--b\r\n\r\nx", "<multipart/mixed 0 0:--b\r\n\r\nx>"},
    {"json", "application/json", "{}\r\n--b", "<application/json 0 0:{}\r\n--b>"},
    {"no type", "", "x", "<text/plain 0 0:x>"},
};

UNIT_TEST(messages_are_taken_apart_however_they_are_cut)
{
    struct buf log;
    buf_init(&log, 1 << 16);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        struct bytes text = bytes_from_str(rows[i].text);
        for (size_t size = 1; size <= text.len + 1; size++) {
            run(rows[i].type, text, size, &log);
            UNIT_EQ_BYTES(buf_bytes(&log), bytes_from_str(rows[i].want));
        }
    }
    buf_fini(&log);
}

UNIT_TEST(depth_and_fields_have_ceilings)
{
    struct buf text;
    struct buf log;
    buf_init(&text, 1 << 20);
    buf_init(&log, 1 << 20);
    for (int i = 0; i < MIME_DEPTH_MAX + 3; i++)
        buf_putf(&text, "Content-Type: multipart/x; boundary=b%c\r\n\r\n--b%c\r\n", 'a' + i,
                 'a' + i);
    buf_put_str(&text, "\r\nstamp\r\n");
    run(NULL, buf_bytes(&text), 100, &log);
    UNIT_OK(strstr(buf_cstr(&log), "stamp") != NULL);

    buf_clear(&text);
    buf_put_str(&text, "Subject: ");
    for (int i = 0; i < 1000; i++)
        buf_put_str(&text, "0123456789");
    buf_put_str(&text, "\r\nX: y\r\n\r\nbody");
    run(NULL, buf_bytes(&text), 33, &log);
    UNIT_OK(strstr(buf_cstr(&log), "…][X|y]<text/plain 0 0:body>") != NULL);
    UNIT_OK(log.len < MIME_FIELD_MAX + 100);
    buf_fini(&text);
    buf_fini(&log);
}

UNIT_TEST(encoded_words_become_bytes)
{
    static const struct {
        const char *value;
        const char *want;
    } words[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"=?utf-8?q?caf=C3=A9_x?=", "caf\xc3\xa9 x"},
        {"=?UTF-8?B?8J+UpSBhbGVydA==?= tail", "\xf0\x9f\x94\xa5 alert tail"},
        /* a stamp cut in two by a mailer */
        {"=?utf-8?q?=F0=9F=94=A5_zxr4t0ve0000?= =?utf-8?q?g0000002q1m9sd?=",
         "\xf0\x9f\x94\xa5 zxr4t0ve0000g0000002q1m9sd"},
        {"a =?utf-8?q?b?= c", "a b c"},
        {"a  =?utf-8?q?b?= \t =?utf-8*en?Q?c?=  d", "a  bc  d"},
        {"=?utf-8?q?=4?=", "=4"},
        {"=?utf-8?q?open", "=?utf-8?q?open"},
        {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
        {"=?utf-8?q", "=?utf-8?q"},
        {"=?", "=?"},
        {"=??q?a?=", "=??q?a?="},
        {"=?u?q?"
         "?=",
         ""},
    };
    for (size_t i = 0; i < BR_COUNT(words); i++) {
        UNIT_ROW(words[i].value);
        struct bytes value = bytes_from_str(words[i].value);
        char *copy = mem_alloc(value.len);
        char *out = mem_alloc(value.len);
        memcpy(copy, value.ptr, value.len);
        size_t len = mime_decode_words(bytes_make(copy, value.len), out);
        UNIT_EQ_BYTES(bytes_make(out, len), bytes_from_str(words[i].want));
        mem_free(copy);
        mem_free(out);
    }
}

UNIT_TEST(parameters_are_found)
{
    static const struct {
        const char *value;
        const char *want;
    } values[] = {
        {"a/b; name=x", "x"},
        {"a/b;NAME = x ; y=z", "x"},
        {"a/b; x=\"; name=no\"; name=\"a \\\"b\\\" ;c\"", "a \"b\" ;c"},
        {"a/b; flag; name=x", "x"},
        {"a/b; names=x", ""},
        {"a/b; name", ""},
        {"a/b; name=", ""},
        {"a/b; name=\"open", "open"},
        {"name=x", ""},
        {"a/b; name=0123456789abcdefg", ""},
        {"", ""},
    };
    for (size_t i = 0; i < BR_COUNT(values); i++) {
        UNIT_ROW(values[i].value);
        char out[16];
        size_t len =
            mime_parameter(bytes_from_str(values[i].value), BYTES("name"), out, sizeof(out));
        UNIT_EQ_BYTES(bytes_make(out, len), bytes_from_str(values[i].want));
    }
}

UNIT_MAIN(UNIT_RUN(messages_are_taken_apart_however_they_are_cut),
          UNIT_RUN(depth_and_fields_have_ceilings), UNIT_RUN(encoded_words_become_bytes),
          UNIT_RUN(parameters_are_found))
