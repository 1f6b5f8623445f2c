/* SPDX-License-Identifier: Apache-2.0
 *
 * console.log and its kin: values as k6 (1.5 and later) shows them, to the log.
 */
#include <string.h>

#include "script/script_loader.h"
#include "script/script_value.h"
#include "script/script_vu.h"

enum { CONSOLE_TEXT_MAX = 1 << 22, CONSOLE_TEXT_FULL = 1 << 20, CONSOLE_DEPTH_MAX = 64 };

struct console_pen {
    JSContext *ctx;
    struct buf *out;
    int depth;
    const void *stack[CONSOLE_DEPTH_MAX]; /* objects under way */
};

static void console_put_value(struct console_pen *pen, JSValueConst value);

static void console_put(struct console_pen *pen, struct bytes text)
{
    if (pen->out->len + text.len < CONSOLE_TEXT_FULL)
        buf_put(pen->out, text);
}

/* What ToString gives; nothing when it throws. */
static void console_put_plain(struct console_pen *pen, JSValueConst value)
{
    size_t len;
    const char *text = JS_ToCStringLen(pen->ctx, &len, value);
    if (text == NULL)
        JS_FreeValue(pen->ctx, JS_GetException(pen->ctx));
    else
        console_put(pen, bytes_make(text, len));
    JS_FreeCString(pen->ctx, text);
}

static void console_put_json(struct console_pen *pen, JSValueConst value)
{
    JSValue json = JS_JSONStringify(pen->ctx, value, JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(json))
        JS_FreeValue(pen->ctx, JS_GetException(pen->ctx));
    else
        console_put_plain(pen, json);
    JS_FreeValue(pen->ctx, json);
}

/* The name of the value's constructor, "" when there is none; JS_FreeCString. */
static const char *console_class(struct console_pen *pen, JSValueConst value)
{
    JSValue constructor = JS_GetPropertyStr(pen->ctx, value, "constructor");
    JSValue name = JS_IsObject(constructor) ? JS_GetPropertyStr(pen->ctx, constructor, "name")
                                            : JS_NewString(pen->ctx, "");
    const char *text = JS_ToCString(pen->ctx, name);
    if (text == NULL || JS_IsException(constructor))
        JS_FreeValue(pen->ctx, JS_GetException(pen->ctx));
    JS_FreeValue(pen->ctx, name);
    JS_FreeValue(pen->ctx, constructor);
    return text;
}

static void console_put_array(struct console_pen *pen, JSValueConst value)
{
    JSContext *ctx = pen->ctx;
    JSValue length = JS_GetPropertyStr(ctx, value, "length");
    int64_t count = 0;
    (void)JS_ToInt64(ctx, &count, length);
    JS_FreeValue(ctx, length);
    if (count == 0) {
        console_put(pen, BYTES("[]"));
        return;
    }
    console_put(pen, BYTES("[ "));
    for (int64_t i = 0; i < count && pen->out->len < CONSOLE_TEXT_FULL / 2; i++) {
        JSValue item = JS_GetPropertyUint32(ctx, value, (uint32_t)i);
        if (i > 0)
            console_put(pen, BYTES(", "));
        console_put_value(pen, item);
        JS_FreeValue(ctx, item);
    }
    console_put(pen, BYTES(" ]"));
}

static bool console_is_name(const char *key)
{
    if (key[0] >= '0' && key[0] <= '9')
        return false;
    for (; *key != '\0'; key++)
        if (!((*key >= 'a' && *key <= 'z') || (*key >= 'A' && *key <= 'Z') ||
              (*key >= '0' && *key <= '9') || *key == '_' || *key == '$'))
            return false;
    return true;
}

static void console_put_members(struct console_pen *pen, JSValueConst value)
{
    JSContext *ctx = pen->ctx;
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        count = 0;
    }
    console_put(pen, count == 0 ? BYTES("{") : BYTES("{ "));
    for (uint32_t i = 0; i < count; i++) {
        JSValue member = JS_GetProperty(ctx, value, names[i].atom);
        const char *key = JS_AtomToCString(ctx, names[i].atom);
        if (i > 0)
            console_put(pen, BYTES(", "));
        bool plain = key != NULL && console_is_name(key);
        console_put(pen, plain ? BYTES("") : BYTES("\""));
        console_put(pen, bytes_from_str(key == NULL ? "" : key));
        console_put(pen, plain ? BYTES(": ") : BYTES("\": "));
        if (JS_IsException(member))
            JS_FreeValue(ctx, JS_GetException(ctx));
        else
            console_put_value(pen, member);
        JS_FreeCString(ctx, key);
        JS_FreeValue(ctx, member);
    }
    console_put(pen, count == 0 ? BYTES("}") : BYTES(" }"));
    script_free_names(ctx, names, count);
}

static void console_put_buffer(struct console_pen *pen, JSValueConst value)
{
    struct script_bytes data;
    if (!script_bytes_get(pen->ctx, value, &data))
        return;
    console_put(pen, BYTES("ArrayBuffer { [Uint8Contents]: <"));
    for (size_t i = 0; i < data.bytes.len && i < 50; i++) {
        unsigned char c = (unsigned char)data.bytes.ptr[i];
        char hex[3] = {"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15], ' '};
        console_put(pen, bytes_make(hex, i + 1 < data.bytes.len ? 3 : 2));
    }
    console_put(pen, BYTES(">, byteLength: "));
    JSValue size = JS_NewInt64(pen->ctx, (int64_t)data.bytes.len);
    console_put_plain(pen, size);
    console_put(pen, BYTES(" }"));
    script_bytes_release(pen->ctx, &data);
}

static void console_put_view(struct console_pen *pen, JSValueConst value, const char *name)
{
    JSValue length = JS_GetPropertyStr(pen->ctx, value, "length");
    console_put(pen, bytes_from_str(name));
    console_put(pen, BYTES("("));
    console_put_plain(pen, length);
    console_put(pen, BYTES(") "));
    console_put_array(pen, value);
    JS_FreeValue(pen->ctx, length);
}

/* What JSON would see of an object with toJSON (a Response). */
static bool console_put_by_json(struct console_pen *pen, JSValueConst value)
{
    JSValue function = JS_GetPropertyStr(pen->ctx, value, "toJSON");
    bool has = JS_IsFunction(pen->ctx, function);
    if (has) {
        JSValue plain = JS_Call(pen->ctx, function, value, 0, NULL);
        if (JS_IsException(plain))
            JS_FreeValue(pen->ctx, JS_GetException(pen->ctx));
        else
            console_put_value(pen, plain);
        JS_FreeValue(pen->ctx, plain);
    }
    JS_FreeValue(pen->ctx, function);
    return has;
}

static void console_put_object(struct console_pen *pen, JSValueConst value)
{
    const char *name = console_class(pen, value);
    const char *known = name == NULL ? "" : name;
    size_t len = strlen(known);
    if (JS_IsFunction(pen->ctx, value))
        console_put(pen, BYTES("[object Function]"));
    else if (JS_IsError(pen->ctx, value))
        console_put_plain(pen, value);
    else if (strcmp(known, "Date") == 0)
        console_put_json(pen, value);
    else if (strcmp(known, "ArrayBuffer") == 0)
        console_put_buffer(pen, value);
    else if (len > 5 && strcmp(known + len - 5, "Array") == 0 && script_is_binary(pen->ctx, value))
        console_put_view(pen, value, known);
    else if (JS_IsArray(pen->ctx, value) > 0)
        console_put_array(pen, value);
    else if (!console_put_by_json(pen, value))
        console_put_members(pen, value);
    JS_FreeCString(pen->ctx, name);
}

static void console_put_value(struct console_pen *pen, JSValueConst value)
{
    if (JS_IsUndefined(value) || JS_IsNull(value)) {
        console_put(pen, BYTES("null"));
    } else if (JS_IsString(value)) {
        console_put_json(pen, value);
    } else if (!JS_IsObject(value)) {
        console_put_plain(pen, value);
    } else {
        const void *identity = JS_VALUE_GET_PTR(value);
        for (int i = 0; i < pen->depth; i++) {
            if (pen->stack[i] == identity) {
                console_put(pen, BYTES("[Circular]"));
                return;
            }
        }
        if (pen->depth == CONSOLE_DEPTH_MAX) {
            console_put(pen, BYTES("[Object]"));
            return;
        }
        pen->stack[pen->depth++] = identity;
        console_put_object(pen, value);
        pen->depth--;
    }
}

static JSValue console_write(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                             JSValueConst *argv, int level)
{
    struct script_vu *vu = script_vu_of(ctx);
    struct script_log_field source = {"source", BYTES_INIT("console")};
    const struct script_log *log = &vu->shard->program->log;
    struct buf text;
    if ((int)log->least > level)
        return JS_UNDEFINED;
    buf_init(&text, CONSOLE_TEXT_MAX);
    struct console_pen pen = {.ctx = ctx, .out = &text};
    for (int i = 0; i < argc; i++) {
        if (i > 0)
            console_put(&pen, BYTES(" "));
        if (JS_IsObject(argv[i]))
            console_put_value(&pen, argv[i]);
        else
            console_put_plain(&pen, argv[i]);
    }
    script_log_line(log, (enum script_level)level, buf_bytes(&text), &source, 1);
    buf_fini(&text);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry console_functions[] = {
    JS_CFUNC_MAGIC_DEF("log", 0, console_write, SCRIPT_INFO),
    JS_CFUNC_MAGIC_DEF("info", 0, console_write, SCRIPT_INFO),
    JS_CFUNC_MAGIC_DEF("debug", 0, console_write, SCRIPT_DEBUG),
    JS_CFUNC_MAGIC_DEF("warn", 0, console_write, SCRIPT_WARN),
    JS_CFUNC_MAGIC_DEF("error", 0, console_write, SCRIPT_ERROR),
};

void script_define_console(JSContext *ctx, JSValueConst global)
{
    (void)JS_SetPropertyStr(ctx, global, "console", SCRIPT_MAKE(ctx, console_functions));
}
