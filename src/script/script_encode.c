/* SPDX-License-Identifier: Apache-2.0
 *
 * Forms with files are written as Go's mime/multipart does.
 */
#include "script/script_encode.h"

#include <stdio.h>
#include <string.h>

#include "data/hash.h"
#include "proto/http_deflate.h"
#include "script/script_request.h"
#include "script/script_value.h"
#include "sys/self.h"

void script_multipart_begin(struct script_multipart *multipart, struct buf *out)
{
    uint64_t raw = self_random();
    multipart->out = out;
    char digits[16];
    hash_put_hex(bytes_make((const char *)&raw, sizeof(raw)), digits);
    (void)snprintf(multipart->boundary, sizeof(multipart->boundary), "----brunt%.16s", digits);
    (void)snprintf(multipart->type, sizeof(multipart->type), "multipart/form-data; boundary=%s",
                   multipart->boundary);
}

/* Quotes and line breaks are escaped as browsers do. */
static void multipart_put_quoted(struct buf *out, struct bytes text)
{
    buf_put(out, BYTES("\""));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"')
            buf_put(out, BYTES("\\\""));
        else if (c == '\\')
            buf_put(out, BYTES("\\\\"));
        else if (c == '\r')
            buf_put(out, BYTES("%0D"));
        else if (c == '\n')
            buf_put(out, BYTES("%0A"));
        else
            buf_put(out, bytes_make(&c, 1));
    }
    buf_put(out, BYTES("\""));
}

static bool multipart_add_file(JSContext *ctx, struct script_multipart *multipart,
                               JSValueConst value)
{
    struct buf *out = multipart->out;
    JSValue data = JS_GetPropertyStr(ctx, value, "data");
    JSValue filename = JS_GetPropertyStr(ctx, value, "filename");
    JSValue type = JS_GetPropertyStr(ctx, value, "content_type");
    const char *name = JS_ToCString(ctx, filename);
    const char *kind = JS_ToCString(ctx, type);
    struct script_bytes bytes;
    bool good = name != NULL && kind != NULL && script_bytes_get(ctx, data, &bytes);
    if (good) {
        buf_put(out, BYTES("; filename="));
        multipart_put_quoted(out, bytes_from_str(name));
        buf_putf(out, "\r\nContent-Type: %s\r\n\r\n", kind);
        buf_put(out, bytes.bytes);
        script_bytes_release(ctx, &bytes);
    }
    JS_FreeCString(ctx, name);
    JS_FreeCString(ctx, kind);
    JS_FreeValue(ctx, data);
    JS_FreeValue(ctx, filename);
    JS_FreeValue(ctx, type);
    return good;
}

bool script_multipart_add(JSContext *ctx, struct script_multipart *multipart, const char *name,
                          JSValueConst value)
{
    struct buf *out = multipart->out;
    struct script_bytes text;
    bool good = true;
    buf_putf(out, "%s--%s\r\nContent-Disposition: form-data; name=", out->len > 0 ? "\r\n" : "",
             multipart->boundary);
    multipart_put_quoted(out, bytes_from_str(name));
    if (script_file_is(ctx, value))
        return multipart_add_file(ctx, multipart, value);
    buf_put(out, BYTES("\r\n\r\n"));
    if (JS_IsNull(value) || JS_IsUndefined(value))
        return true;
    good = script_bytes_get(ctx, value, &text);
    if (good) {
        buf_put(out, text.bytes);
        script_bytes_release(ctx, &text);
    }
    return good;
}

void script_multipart_end(struct script_multipart *multipart)
{
    buf_putf(multipart->out, "\r\n--%s--\r\n", multipart->boundary);
}

bool script_compress_body(JSContext *ctx, struct script_call *call, struct bytes codings)
{
    struct bytes rest = codings;
    while (rest.len > 0) {
        struct bytes coding = bytes_trim(bytes_cut(&rest, ','));
        struct buf packed;
        buf_init(&packed, SCRIPT_BODY_MAX);
        if (coding.len == 0)
            continue;
        if (http_deflate_body(coding, buf_bytes(&call->body), &packed) != BR_ERR_NONE) {
            buf_fini(&packed);
            (void)JS_ThrowTypeError(ctx, "compression is gzip, deflate, br or zstd, not \"%.*s\"",
                                    BYTES_ARG(coding));
            return false;
        }
        buf_fini(&call->body);
        call->body = packed;
    }
    if (codings.len > 0)
        script_call_add_header(call, BYTES("Content-Encoding"), codings);
    return true;
}
