/* SPDX-License-Identifier: Apache-2.0
 *
 * Content codings put on, at the usual levels.
 */
#include "proto/http_deflate.h"

#include <brotli/encode.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "base/must.h"

enum { HTTP_DEFLATE_WINDOW = 15, HTTP_DEFLATE_GZIP = 16, HTTP_DEFLATE_MEMORY = 8 };
enum { HTTP_BROTLI_QUALITY = 6, HTTP_ZSTD_LEVEL = 3 };

static enum br_err deflate_zlib(int window, struct bytes body, struct buf *out)
{
    z_stream stream = {.zalloc = Z_NULL};
    union {
        const char *from;
        Bytef *to;
    } input = {body.ptr}; /* zlib only reads through it */
    if (body.len > UINT32_MAX / 2)
        return BR_ERR_WIRE_BODY_LIMIT;
    int result = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window,
                              HTTP_DEFLATE_MEMORY, Z_DEFAULT_STRATEGY);
    MUST(result == Z_OK);
    size_t bound = deflateBound(&stream, (uLong)body.len);
    enum br_err err = buf_reserve(out, bound);
    if (err == BR_ERR_NONE) {
        stream.next_in = input.to;
        stream.avail_in = (uInt)body.len;
        stream.next_out = (Bytef *)(out->data + out->len);
        stream.avail_out = (uInt)bound;
        result = deflate(&stream, Z_FINISH);
        MUST(result == Z_STREAM_END);
        out->len += stream.total_out;
    }
    (void)deflateEnd(&stream);
    return err == BR_ERR_NONE ? err : BR_ERR_WIRE_BODY_LIMIT;
}

static enum br_err deflate_brotli(struct bytes body, struct buf *out)
{
    size_t size = BrotliEncoderMaxCompressedSize(body.len);
    if (buf_reserve(out, size) != BR_ERR_NONE)
        return BR_ERR_WIRE_BODY_LIMIT;
    int done = BrotliEncoderCompress(HTTP_BROTLI_QUALITY, BROTLI_DEFAULT_WINDOW,
                                     BROTLI_DEFAULT_MODE, body.len, (const uint8_t *)body.ptr,
                                     &size, (uint8_t *)out->data + out->len);
    MUST(done == BROTLI_TRUE);
    out->len += size;
    return BR_ERR_NONE;
}

static enum br_err deflate_zstd(struct bytes body, struct buf *out)
{
    size_t bound = ZSTD_compressBound(body.len);
    if (buf_reserve(out, bound) != BR_ERR_NONE)
        return BR_ERR_WIRE_BODY_LIMIT;
    size_t size = ZSTD_compress(out->data + out->len, bound, body.ptr, body.len, HTTP_ZSTD_LEVEL);
    MUST(!ZSTD_isError(size));
    out->len += size;
    return BR_ERR_NONE;
}

enum br_err http_deflate_body(struct bytes coding, struct bytes body, struct buf *out)
{
    if (bytes_eq_nocase(coding, BYTES("gzip")))
        return deflate_zlib(HTTP_DEFLATE_WINDOW + HTTP_DEFLATE_GZIP, body, out);
    if (bytes_eq_nocase(coding, BYTES("deflate")))
        return deflate_zlib(HTTP_DEFLATE_WINDOW, body, out);
    if (bytes_eq_nocase(coding, BYTES("br")))
        return deflate_brotli(body, out);
    if (bytes_eq_nocase(coding, BYTES("zstd")))
        return deflate_zstd(body, out);
    return BR_ERR_WIRE_UNSUPPORTED;
}
