/* SPDX-License-Identifier: Apache-2.0
 *
 * Content codings taken off, by zlib, brotli and zstd.
 */
#include "proto/http_inflate.h"

#include <brotli/decode.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/must.h"

enum {
    HTTP_INFLATE_STEP = 64 * 1024,
    HTTP_INFLATE_CODINGS_MAX = 4, /* nobody means more */
    HTTP_INFLATE_WINDOW_ZLIB = 15,
    HTTP_INFLATE_WINDOW_GZIP = 15 + 16,
    HTTP_INFLATE_WINDOW_RAW = -15,
};

struct http_inflate {
    z_stream stream;
};

struct http_inflate *http_inflate_create(void)
{
    struct http_inflate *inflate = MEM_NEW(struct http_inflate);
    int result = inflateInit2(&inflate->stream, HTTP_INFLATE_WINDOW_GZIP);
    MUST(result == Z_OK);
    return inflate;
}

void http_inflate_destroy(struct http_inflate **inflate)
{
    if (*inflate == NULL)
        return;
    (void)inflateEnd(&(*inflate)->stream);
    mem_free(*inflate);
    *inflate = NULL;
}

/* One stream; *out_rest: what is behind it. */
static enum br_err http_inflate_stream(z_stream *stream, int window, struct bytes body,
                                       struct buf *out, struct bytes *out_rest)
{
    union {
        const char *from;
        Bytef *to;
    } input = {body.ptr}; /* zlib only reads through it */
    int result = inflateReset2(stream, window);
    MUST(result == Z_OK);
    stream->next_in = input.to;
    stream->avail_in = (uInt)body.len;
    while (result == Z_OK) {
        size_t step = out->max - out->len;
        if (step > HTTP_INFLATE_STEP)
            step = HTTP_INFLATE_STEP;
        if (step == 0 || buf_reserve(out, step) != BR_ERR_NONE)
            return BR_ERR_WIRE_BODY_LIMIT;
        stream->next_out = (Bytef *)(out->data + out->len);
        stream->avail_out = (uInt)step;
        result = inflate(stream, Z_NO_FLUSH);
        out->len += step - stream->avail_out;
    }
    if (result != Z_STREAM_END) /* Z_BUF_ERROR: it is cut off */
        return BR_ERR_WIRE_MALFORMED;
    *out_rest = bytes_skip(body, body.len - stream->avail_in);
    return BR_ERR_NONE;
}

static enum br_err http_inflate_gzip(z_stream *stream, struct bytes body, struct buf *out)
{
    enum br_err err = BR_ERR_NONE;
    do {
        err = http_inflate_stream(stream, HTTP_INFLATE_WINDOW_GZIP, body, out, &body);
    } while (err == BR_ERR_NONE && body.len > 0);
    return err;
}

/* "deflate" means zlib's format (RFC 9110 8.4.1.2), and some send it without its head. */
static enum br_err http_inflate_deflate(z_stream *stream, struct bytes body, struct buf *out)
{
    size_t before = out->len;
    struct bytes rest;
    enum br_err err = http_inflate_stream(stream, HTTP_INFLATE_WINDOW_ZLIB, body, out, &rest);
    if (err != BR_ERR_WIRE_MALFORMED)
        return err;
    out->len = before;
    return http_inflate_stream(stream, HTTP_INFLATE_WINDOW_RAW, body, out, &rest);
}

static enum br_err http_inflate_brotli(struct bytes body, struct buf *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *input = (const uint8_t *)body.ptr;
    size_t left = body.len;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    MUST(state != NULL);
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t room = out->max - out->len;
        room = room < HTTP_INFLATE_STEP ? room : HTTP_INFLATE_STEP;
        if (room == 0 || buf_reserve(out, room) != BR_ERR_NONE)
            break;
        size_t free_bytes = room;
        uint8_t *to = (uint8_t *)out->data + out->len;
        result = BrotliDecoderDecompressStream(state, &left, &input, &free_bytes, &to, NULL);
        out->len += room - free_bytes;
    }
    BrotliDecoderDestroyInstance(state);
    if (result == BROTLI_DECODER_RESULT_SUCCESS)
        return BR_ERR_NONE;
    return result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ? BR_ERR_WIRE_BODY_LIMIT
                                                             : BR_ERR_WIRE_MALFORMED;
}

static enum br_err http_inflate_zstd(struct bytes body, struct buf *out)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer input = {body.ptr, body.len, 0};
    enum br_err err = BR_ERR_NONE;
    size_t result = 1;
    MUST(stream != NULL);
    while (err == BR_ERR_NONE && (input.pos < input.size || result != 0)) {
        size_t room = out->max - out->len;
        room = room < HTTP_INFLATE_STEP ? room : HTTP_INFLATE_STEP;
        if (room == 0 || buf_reserve(out, room) != BR_ERR_NONE) {
            err = BR_ERR_WIRE_BODY_LIMIT;
            break;
        }
        ZSTD_outBuffer output = {out->data + out->len, room, 0};
        size_t before = input.pos;
        result = ZSTD_decompressStream(stream, &output, &input);
        out->len += output.pos;
        if (ZSTD_isError(result) || (output.pos == 0 && input.pos == before))
            err = BR_ERR_WIRE_MALFORMED;
    }
    (void)ZSTD_freeDStream(stream);
    return err;
}

static enum br_err http_inflate_one(struct http_inflate *inflate, struct bytes coding,
                                    struct bytes body, struct buf *out)
{
    if (body.len == 0)
        return BR_ERR_NONE; /* nothing was coded */
    if (body.len > UINT32_MAX)
        return BR_ERR_WIRE_BODY_LIMIT;
    if (bytes_eq_nocase(coding, BYTES("gzip")) || bytes_eq_nocase(coding, BYTES("x-gzip")))
        return http_inflate_gzip(&inflate->stream, body, out);
    if (bytes_eq_nocase(coding, BYTES("deflate")))
        return http_inflate_deflate(&inflate->stream, body, out);
    if (bytes_eq_nocase(coding, BYTES("br")))
        return http_inflate_brotli(body, out);
    if (bytes_eq_nocase(coding, BYTES("zstd")))
        return http_inflate_zstd(body, out);
    if (coding.len > 0 && !bytes_eq_nocase(coding, BYTES("identity")))
        return BR_ERR_WIRE_UNSUPPORTED;
    return buf_append(out, body) == BR_ERR_NONE ? BR_ERR_NONE : BR_ERR_WIRE_BODY_LIMIT;
}

static struct bytes http_inflate_cut_last(struct bytes *codings)
{
    size_t at = codings->len;
    while (at > 0 && codings->ptr[at - 1] != ',')
        at--;
    struct bytes last = bytes_trim(bytes_skip(*codings, at));
    codings->len = at > 0 ? at - 1 : 0;
    return last;
}

enum br_err http_inflate_body(struct http_inflate *inflate, struct bytes codings, struct bytes body,
                              struct buf *out)
{
    size_t before = out->len;
    struct buf between; /* what an earlier step made, for the next */
    enum br_err err;
    int steps = 0;
    buf_init(&between, out->max);
    do {
        out->len = before;
        err = http_inflate_one(inflate, http_inflate_cut_last(&codings), body, out);
        if (err != BR_ERR_NONE || codings.len == 0)
            break;
        buf_clear(&between);
        err = buf_append(&between, bytes_skip(buf_bytes(out), before));
        body = buf_bytes(&between);
        if (++steps == HTTP_INFLATE_CODINGS_MAX)
            err = BR_ERR_WIRE_UNSUPPORTED;
    } while (err == BR_ERR_NONE);
    if (err != BR_ERR_NONE)
        out->len = before;
    buf_fini(&between);
    return err;
}
