/* SPDX-License-Identifier: Apache-2.0
 *
 * What is binary is found by asking for its buffer; the engine's complaint is taken back.
 */
#include "script/script_value.h"

static void value_forget(JSContext *ctx)
{
    JS_FreeValue(ctx, JS_GetException(ctx));
}

/* Of an ArrayBuffer or a view of one. */
static bool value_find_binary(JSContext *ctx, JSValueConst value, struct bytes *out_bytes)
{
    size_t size, offset, len, unit;
    if (!JS_IsObject(value))
        return false;
    uint8_t *data = JS_GetArrayBuffer(ctx, &size, value);
    if (data != NULL) {
        *out_bytes = bytes_make((const char *)data, size);
        return true;
    }
    bool is_null = !JS_HasException(ctx); /* an empty buffer has no address */
    value_forget(ctx);
    if (is_null) {
        *out_bytes = bytes_make("", 0);
        return true;
    }
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &len, &unit);
    if (JS_IsException(buffer)) {
        value_forget(ctx);
        return false;
    }
    data = JS_GetArrayBuffer(ctx, &size, buffer);
    JS_FreeValue(ctx, buffer);
    if (data == NULL)
        value_forget(ctx);
    *out_bytes = data == NULL ? bytes_make("", 0) : bytes_make((const char *)data + offset, len);
    return true;
}

bool script_is_binary(JSContext *ctx, JSValueConst value)
{
    struct bytes bytes;
    return value_find_binary(ctx, value, &bytes);
}

bool script_bytes_get(JSContext *ctx, JSValueConst value, struct script_bytes *out_bytes)
{
    out_bytes->string = NULL;
    if (value_find_binary(ctx, value, &out_bytes->bytes))
        return true;
    size_t len;
    out_bytes->string = JS_ToCStringLen(ctx, &len, value);
    out_bytes->bytes = bytes_make(out_bytes->string, len);
    return out_bytes->string != NULL;
}

JSValue script_new_uint8_array(JSContext *ctx, struct bytes bytes)
{
    JSValue buffer = JS_NewArrayBufferCopy(ctx, (const uint8_t *)bytes.ptr, bytes.len);
    if (JS_IsException(buffer))
        return buffer;
    /* It reads three arguments, whatever their count. */
    JSValue args[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
    JSValue array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, buffer);
    return array;
}
