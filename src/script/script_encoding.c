/* SPDX-License-Identifier: Apache-2.0
 *
 * See the header.
 */
#include "script/script_encoding.h"

#include "script/script_bytes.h"

enum { TEXT_MAX = 1 << 30 };

static const char std_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool is_url_form(enum script_base64 form)
{
    return form == SCRIPT_BASE64_URL || form == SCRIPT_BASE64_RAWURL;
}

static bool is_padded(enum script_base64 form)
{
    return form == SCRIPT_BASE64_STD || form == SCRIPT_BASE64_URL;
}

enum br_err script_base64_encode(enum script_base64 form, struct bytes bytes, struct buf *out)
{
    const char *digits = is_url_form(form) ? url_digits : std_digits;
    enum br_err err = buf_reserve(out, (bytes.len + 2) / 3 * 4);
    if (err)
        return err;
    const uint8_t *in = (const uint8_t *)bytes.ptr;
    char *to = out->data + out->len;
    size_t left = bytes.len;
    for (; left >= 3; left -= 3, in += 3) {
        uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        for (unsigned shift = 18; shift < 24; shift -= 6)
            *to++ = digits[bits >> shift & 63];
    }
    if (left) {
        uint32_t bits = (uint32_t)in[0] << 16 | (left == 2 ? (uint32_t)in[1] << 8 : 0);
        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        if (left == 2)
            *to++ = digits[bits >> 6 & 63];
        for (size_t i = left; is_padded(form) && i < 3; i++)
            *to++ = '=';
    }
    out->len = (size_t)(to - out->data);
    return BR_ERR_NONE;
}

static int digit_value(enum script_base64 form, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (is_url_form(form) ? '-' : '+'))
        return 62;
    return c == (is_url_form(form) ? '_' : '/') ? 63 : -1;
}

static size_t skip_line_ends(struct bytes text, size_t at)
{
    while (at < text.len && (text.ptr[at] == '\n' || text.ptr[at] == '\r'))
        at++;
    return at;
}

/* The last group, of `digits` digits; `at` is behind them. */
static size_t decode_end(enum script_base64 form, struct bytes text, size_t at, size_t digits)
{
    if (digits == 1)
        return at < text.len ? at : text.len;
    if (is_padded(form)) {
        for (size_t i = digits; i < 4; i++, at++) {
            at = skip_line_ends(text, at);
            if (at >= text.len || text.ptr[at] != '=')
                return at;
        }
    }
    at = skip_line_ends(text, at);
    return at < text.len ? at : SIZE_MAX;
}

size_t script_base64_decode(enum script_base64 form, struct bytes text, struct buf *out)
{
    uint32_t bits = 0;
    size_t digits = 0, at = 0;
    if (buf_reserve(out, text.len / 4 * 3 + 3))
        return 0;
    for (; at < text.len; at++) {
        int value = digit_value(form, text.ptr[at]);
        if (value < 0) {
            if (text.ptr[at] == '\n' || text.ptr[at] == '\r')
                continue;
            break;
        }
        bits = bits << 6 | (uint32_t)value;
        if (++digits == 4) {
            char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
            memcpy(out->data + out->len, bytes, 3);
            out->len += 3;
            digits = 0;
        }
    }
    if (digits == 0)
        return at < text.len ? at : SIZE_MAX;
    bits <<= 6 * (4 - digits);
    char bytes[2] = {(char)(bits >> 16), (char)(bits >> 8)};
    if (digits > 1) {
        memcpy(out->data + out->len, bytes, digits - 1);
        out->len += digits - 1;
    }
    return decode_end(form, text, at, digits);
}

/* k6 takes what it does not know for std. */
static bool take_form(JSContext *ctx, int argc, JSValueConst *argv, enum script_base64 *out_form)
{
    static const char *const names[] = {"std", "rawstd", "url", "rawurl"};
    *out_form = SCRIPT_BASE64_STD;
    if (argc < 2 || !JS_IsString(argv[1]))
        return true;
    const char *name = JS_ToCString(ctx, argv[1]);
    if (!name)
        return false;
    for (size_t i = 0; i < BR_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            *out_form = (enum script_base64)i;
    JS_FreeCString(ctx, name);
    return true;
}

static JSValue on_b64encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct script_bytes input;
    enum script_base64 form;
    if (!take_form(ctx, argc, argv, &form) ||
        !script_bytes_take(ctx, argv[0], "the input of b64encode", &input))
        return JS_EXCEPTION;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    enum br_err err = script_base64_encode(form, input.bytes, &out);
    script_bytes_release(ctx, &input);
    JSValue value = err ? JS_ThrowRangeError(ctx, "the input of b64encode is too long")
                        : JS_NewStringLen(ctx, out.len ? out.data : "", out.len);
    buf_fini(&out);
    return value;
}

static bool wants_text(JSContext *ctx, int argc, JSValueConst *argv)
{
    if (argc < 3 || !JS_IsString(argv[2]))
        return false;
    const char *format = JS_ToCString(ctx, argv[2]);
    bool is_text = format && strcmp(format, "s") == 0;
    JS_FreeCString(ctx, format);
    return is_text;
}

static JSValue on_b64decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct script_bytes input;
    enum script_base64 form;
    if (!take_form(ctx, argc, argv, &form) ||
        !script_bytes_take(ctx, argv[0], "the input of b64decode", &input))
        return JS_EXCEPTION;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    size_t bad = script_base64_decode(form, input.bytes, &out);
    script_bytes_release(ctx, &input);
    JSValue value;
    if (bad != SIZE_MAX)
        value = JS_ThrowTypeError(ctx, "illegal base64 data at input byte %zu", bad);
    else if (wants_text(ctx, argc, argv))
        value = script_bytes_text(ctx, buf_bytes(&out));
    else
        value = script_bytes_buffer(ctx, buf_bytes(&out));
    buf_fini(&out);
    return value;
}

static const JSCFunctionListEntry encoding_exports[] = {
    JS_CFUNC_DEF("b64encode", 2, on_b64encode),
    JS_CFUNC_DEF("b64decode", 3, on_b64decode),
};

/* All as names, and all in one default object, as scripts import it either way. */
static int on_init_encoding(JSContext *ctx, JSModuleDef *module)
{
    JSValue all = JS_NewObject(ctx);
    if (JS_IsException(all))
        return -1;
    JS_SetPropertyFunctionList(ctx, all, encoding_exports, BR_COUNT(encoding_exports));
    if (JS_SetModuleExport(ctx, module, "default", all))
        return -1;
    return JS_SetModuleExportList(ctx, module, encoding_exports, BR_COUNT(encoding_exports));
}

JSModuleDef *script_encoding_module(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, on_init_encoding);
    if (!module || JS_AddModuleExport(ctx, module, "default") ||
        JS_AddModuleExportList(ctx, module, encoding_exports, BR_COUNT(encoding_exports)))
        return NULL;
    return module;
}

static JSValue on_utf8_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct script_bytes input;
    if (!script_bytes_take(ctx, argv[0], "the text", &input))
        return JS_EXCEPTION;
    JSValue buffer = script_bytes_buffer(ctx, input.bytes);
    script_bytes_release(ctx, &input);
    if (JS_IsException(buffer))
        return buffer;
    /* It reads three arguments, whatever their count. */
    JSValueConst args[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
    JSValue array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, buffer);
    return array;
}

/* (bytes, fatal) */
static JSValue on_utf8_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct script_bytes input;
    if (!script_bytes_take_buffer(ctx, argv[0], "the input", &input))
        return JS_EXCEPTION;
    if (JS_ToBool(ctx, argv[1]) && !script_bytes_is_utf8(input.bytes))
        return JS_ThrowTypeError(ctx, "the bytes are no UTF-8");
    return script_bytes_text(ctx, input.bytes);
}

static const JSCFunctionListEntry text_exports[] = {
    JS_CFUNC_DEF("utf8Encode", 1, on_utf8_encode),
    JS_CFUNC_DEF("utf8Decode", 2, on_utf8_decode),
};

static int on_init_text(JSContext *ctx, JSModuleDef *module)
{
    return JS_SetModuleExportList(ctx, module, text_exports, BR_COUNT(text_exports));
}

JSModuleDef *script_text_module(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, on_init_text);
    if (!module || JS_AddModuleExportList(ctx, module, text_exports, BR_COUNT(text_exports)))
        return NULL;
    return module;
}
