/* SPDX-License-Identifier: Apache-2.0
 *
 * QuickJS writes lone surrogates as three bytes that are no UTF-8; they become U+FFFD, as
 * everywhere else on the web.
 */
#include "script/script_bytes.h"

#include "base/buf.h"

static const struct bytes replacement = BYTES_INIT("\xef\xbf\xbd");

/* Length of the character at the start of the text; 0 when it is none, then `out_bad` says how many
 * bytes one U+FFFD stands for. */
static size_t utf8_size(struct bytes text, size_t *out_bad)
{
    const uint8_t *at = (const uint8_t *)text.ptr;
    uint8_t low = 0x80, high = 0xbf;
    size_t size;
    *out_bad = 1;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        size = 2;
    } else if ((at[0] & 0xf0) == 0xe0) {
        size = 3;
        low = at[0] == 0xe0 ? 0xa0 : 0x80;
        high = at[0] == 0xed ? 0x9f : 0xbf;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        size = 4;
        low = at[0] == 0xf0 ? 0x90 : 0x80;
        high = at[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (i >= text.len || at[i] < low || at[i] > high) {
            *out_bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return size;
}

/* Where the first byte stands that is no UTF-8; text.len when there is none. */
static size_t utf8_valid(struct bytes text)
{
    size_t at = 0, bad;
    while (at < text.len) {
        size_t size = utf8_size(bytes_skip(text, at), &bad);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

bool script_bytes_is_utf8(struct bytes text)
{
    return utf8_valid(text) == text.len;
}

JSValue script_bytes_text(JSContext *ctx, struct bytes text)
{
    size_t valid = utf8_valid(text);
    if (valid == text.len)
        return JS_NewStringLen(ctx, text.len ? text.ptr : "", text.len);
    struct buf clean;
    buf_init(&clean, 3 * text.len); /* each bad byte may become three */
    while (text.len > 0) {
        buf_put(&clean, bytes_make(text.ptr, valid));
        text = bytes_skip(text, valid);
        size_t bad;
        if (text.len > 0 && utf8_size(text, &bad) == 0) {
            buf_put(&clean, replacement);
            text = bytes_skip(text, bad);
        }
        valid = utf8_valid(text);
    }
    JSValue value = JS_NewStringLen(ctx, clean.data, clean.len);
    buf_fini(&clean);
    return value;
}

/* Lone surrogates are the only thing that QuickJS gives as ED A0…BF xx. */
static void replace_surrogates(char *text, size_t len)
{
    for (char *at = text; (at = memchr(at, 0xed, len - (size_t)(at - text))) != NULL; at++)
        if ((uint8_t)at[1] >= 0xa0)
            memcpy(at, replacement.ptr, replacement.len);
}

static bool take_string(JSContext *ctx, JSValueConst value, struct script_bytes *out_bytes)
{
    size_t len;
    const char *string = JS_ToCStringLen(ctx, &len, value);
    if (!string)
        return false;
    if (memchr(string, 0xed, len)) {
        /* QuickJS may lend its own copy of the text: ours is another string. */
        char *copy = js_malloc(ctx, len + 1);
        if (copy)
            memcpy(copy, string, len + 1);
        JS_FreeCString(ctx, string);
        if (!copy)
            return false;
        replace_surrogates(copy, len);
        JSValue clean = JS_NewStringLen(ctx, copy, len);
        js_free(ctx, copy);
        string = JS_IsException(clean) ? NULL : JS_ToCStringLen(ctx, &len, clean);
        JS_FreeValue(ctx, clean);
        if (!string)
            return false;
    }
    *out_bytes = (struct script_bytes){bytes_make(string, len), string};
    return true;
}

/* Drops what JS_GetArrayBuffer threw. */
static void drop_exception(JSContext *ctx)
{
    JS_FreeValue(ctx, JS_GetException(ctx));
}

static bool take_whole(JSContext *ctx, JSValueConst value, struct bytes *out_bytes)
{
    size_t size;
    uint8_t *data = JS_GetArrayBuffer(ctx, &size, value);
    if (!data && JS_HasException(ctx)) {
        drop_exception(ctx);
        return false;
    }
    *out_bytes = bytes_make((const char *)data, data ? size : 0);
    return true;
}

/* A part of a buffer. Asks no property, so that no getter of the script runs. */
static bool take_view(JSContext *ctx, JSValueConst value, struct bytes *out_bytes)
{
    size_t offset, size, item;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &size, &item);
    if (JS_IsException(buffer)) {
        drop_exception(ctx);
        return false;
    }
    struct bytes whole;
    bool is_there =
        take_whole(ctx, buffer, &whole) && offset <= whole.len && size <= whole.len - offset;
    JS_FreeValue(ctx, buffer); /* the view holds it */
    if (is_there)
        *out_bytes = bytes_make(whole.len ? whole.ptr + offset : "", size);
    return is_there;
}

bool script_bytes_take_buffer(JSContext *ctx, JSValueConst value, const char *what,
                              struct script_bytes *out_bytes)
{
    struct bytes bytes;
    if (take_whole(ctx, value, &bytes) || take_view(ctx, value, &bytes)) {
        *out_bytes = (struct script_bytes){bytes, NULL};
        return true;
    }
    JS_ThrowTypeError(ctx, "%s must be an ArrayBuffer or a typed array", what);
    return false;
}

bool script_bytes_take(JSContext *ctx, JSValueConst value, const char *what,
                       struct script_bytes *out_bytes)
{
    if (JS_IsString(value))
        return take_string(ctx, value, out_bytes);
    struct bytes bytes;
    if (take_whole(ctx, value, &bytes) || take_view(ctx, value, &bytes)) {
        *out_bytes = (struct script_bytes){bytes, NULL};
        return true;
    }
    JS_ThrowTypeError(ctx, "%s must be a string or an ArrayBuffer", what);
    return false;
}

void script_bytes_release(JSContext *ctx, struct script_bytes *bytes)
{
    if (bytes->string)
        JS_FreeCString(ctx, bytes->string);
    *bytes = (struct script_bytes){BYTES_NONE, NULL};
}

JSValue script_bytes_buffer(JSContext *ctx, struct bytes bytes)
{
    return JS_NewArrayBufferCopy(ctx, (const uint8_t *)(bytes.len ? bytes.ptr : ""), bytes.len);
}
