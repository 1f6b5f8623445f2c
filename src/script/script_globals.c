/* SPDX-License-Identifier: Apache-2.0
 *
 * Globals of k6: __ENV, __VU, open, TextEncoder and TextDecoder, crypto.randomUUID; and global.
 */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "data/json.h"
#include "script/script_loader.h"
#include "script/script_module.h"
#include "script/script_value.h"
#include "script/script_vu.h"

/* ---- open ---- */

/* The path of a file named in the script, from the entry script's folder. */
static enum br_err globals_path(struct script_vu *vu, struct bytes given, struct buf *out_path,
                                struct diag *diag)
{
    struct bytes entry = script_module_path(bytes_from_str(vu->shard->program->entry));
    struct buf whole;
    buf_init(&whole, SCRIPT_NAME_MAX);
    size_t folder = entry.len;
    while (folder > 0 && entry.ptr[folder - 1] != '/')
        folder--;
    enum br_err err = BR_ERR_NONE;
    if (bytes_starts(given, BYTES("file://")))
        given = bytes_skip(given, 7);
    if (!bytes_starts(given, BYTES("/")))
        err = buf_append(&whole, bytes_make(entry.ptr, folder));
    if (err == BR_ERR_NONE)
        err = buf_append(&whole, given);
    if (err == BR_ERR_NONE)
        err = script_module_name_file(buf_bytes(&whole), out_path);
    buf_fini(&whole);
    if (err != BR_ERR_NONE)
        return diag_set(diag, err, "open(): the path is too long");
    buf_consume(out_path, 7);
    return BR_ERR_NONE;
}

static JSValue globals_open(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                            JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    struct diag diag = DIAG_INIT;
    struct bytes data = BYTES_NONE;
    struct buf path;
    size_t len;
    if (vu->stage != SCRIPT_STAGE_INIT)
        return JS_ThrowTypeError(ctx, "open() is only available in the init code (the script's top "
                                      "level); see k6's documentation of the test life cycle");
    const char *given = argc > 0 ? JS_ToCStringLen(ctx, &len, argv[0]) : NULL;
    if (given == NULL || len == 0) {
        JS_FreeCString(ctx, given);
        return JS_ThrowTypeError(ctx, "open() needs the name of a file");
    }
    const char *mode = argc > 1 && JS_IsString(argv[1]) ? JS_ToCString(ctx, argv[1]) : NULL;
    buf_init(&path, SCRIPT_NAME_MAX);
    enum br_err err = globals_path(vu, bytes_make(given, len), &path, &diag);
    if (err == BR_ERR_NONE)
        err = script_program_open(vu->shard->program, buf_cstr(&path), &data, &diag);
    JSValue result;
    if (err != BR_ERR_NONE)
        result = JS_ThrowTypeError(ctx, "open(): %s", diag.text);
    else if (mode != NULL && strcmp(mode, "b") == 0)
        result = JS_NewArrayBufferCopy(ctx, (const uint8_t *)data.ptr, data.len);
    else
        result = script_new_text(ctx, data);
    buf_fini(&path);
    JS_FreeCString(ctx, mode);
    JS_FreeCString(ctx, given);
    return result;
}

/* ---- TextEncoder, TextDecoder ---- */

static JSValue globals_encode(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                              JSValueConst *argv)
{
    size_t len = 0;
    const char *text =
        argc > 0 && !JS_IsUndefined(argv[0]) ? JS_ToCStringLen(ctx, &len, argv[0]) : NULL;
    if (argc > 0 && !JS_IsUndefined(argv[0]) && text == NULL)
        return JS_EXCEPTION;
    JSValue result = script_new_uint8_array(ctx, bytes_make(text, len));
    JS_FreeCString(ctx, text);
    return result;
}

static JSValue globals_decode(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                              JSValueConst *argv)
{
    struct script_bytes input;
    if (argc < 1 || JS_IsUndefined(argv[0]))
        return JS_NewString(ctx, "");
    if (!script_bytes_get(ctx, argv[0], &input))
        return JS_EXCEPTION;
    struct bytes text = input.bytes;
    if (bytes_starts(text, BYTES("\xef\xbb\xbf")))
        text = bytes_skip(text, 3);
    JSValue result = script_new_text(ctx, text);
    script_bytes_release(ctx, &input);
    return result;
}

static JSValue globals_new_coder(JSContext *ctx, JSValueConst new_target, int argc BR_UNUSED,
                                 JSValueConst *argv BR_UNUSED)
{
    JSValue proto = JS_GetPropertyStr(ctx, new_target, "prototype");
    JSValue object = JS_NewObjectProto(ctx, proto);
    JS_FreeValue(ctx, proto);
    return object;
}

static const JSCFunctionListEntry encoder_members[] = {
    JS_CFUNC_DEF("encode", 0, globals_encode),
    JS_PROP_STRING_DEF("encoding", "utf-8", JS_PROP_CONFIGURABLE),
};
static const JSCFunctionListEntry decoder_members[] = {
    JS_CFUNC_DEF("decode", 0, globals_decode),
    JS_PROP_STRING_DEF("encoding", "utf-8", JS_PROP_CONFIGURABLE),
};

static void globals_define_class(JSContext *ctx, JSValueConst global, const char *name,
                                 const JSCFunctionListEntry *members, int count)
{
    JSValue constructor =
        JS_NewCFunction2(ctx, globals_new_coder, name, 0, JS_CFUNC_constructor, 0);
    JSValue proto = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, proto, members, count);
    JS_SetConstructor(ctx, constructor, proto);
    JS_FreeValue(ctx, proto);
    (void)JS_DefinePropertyValueStr(ctx, global, name, constructor,
                                    JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

/* ---- crypto ---- */

static JSValue globals_random_uuid(JSContext *ctx, JSValueConst this_value BR_UNUSED,
                                   int argc BR_UNUSED, JSValueConst *argv BR_UNUSED)
{
    uint8_t raw[16];
    char text[37];
    size_t at = 0;
    MUST(RAND_bytes(raw, sizeof(raw)) == 1);
    raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40);
    raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = "0123456789abcdef"[raw[i] >> 4];
        text[at++] = "0123456789abcdef"[raw[i] & 15];
    }
    return JS_NewStringLen(ctx, text, at);
}

static JSValue globals_random_values(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                                     JSValueConst *argv)
{
    size_t offset, len, unit, size;
    if (argc < 1)
        return JS_ThrowTypeError(ctx, "getRandomValues() needs an array of integers");
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, argv[0], &offset, &len, &unit);
    if (JS_IsException(buffer))
        return buffer;
    uint8_t *data = JS_GetArrayBuffer(ctx, &size, buffer);
    JS_FreeValue(ctx, buffer);
    if (len > 65536)
        return JS_ThrowRangeError(ctx, "getRandomValues() gives at most 65536 bytes");
    MUST(len == 0 || RAND_bytes(data + offset, (int)len) == 1);
    return JS_DupValue(ctx, argv[0]);
}

static const JSCFunctionListEntry crypto_functions[] = {
    JS_CFUNC_DEF("getRandomValues", 1, globals_random_values),
    JS_CFUNC_DEF("randomUUID", 0, globals_random_uuid),
};

/* ---- all of them ---- */

static JSValue globals_make_env(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    const struct script_program *program = vu->shard->program;
    JSValue env = JS_NewObject(ctx);
    for (size_t i = 0; i < program->env_count; i++)
        (void)JS_SetPropertyStr(ctx, env, program->env[i].name,
                                JS_NewString(ctx, program->env[i].value));
    return env;
}

void script_define_globals(JSContext *ctx, JSValueConst global)
{
    struct script_vu *vu = script_vu_of(ctx);
    vu->env = globals_make_env(vu);
    (void)JS_SetPropertyStr(ctx, global, "__ENV", JS_DupValue(ctx, vu->env));
    (void)JS_SetPropertyStr(ctx, global, "__VU", JS_NewInt64(ctx, (int64_t)vu->vu.id));
    (void)JS_SetPropertyStr(ctx, global, "__ITER", JS_UNDEFINED);
    (void)JS_SetPropertyStr(ctx, global, "global", JS_DupValue(ctx, global));
    (void)JS_SetPropertyStr(ctx, global, "open", JS_NewCFunction(ctx, globals_open, "open", 1));
    (void)JS_SetPropertyStr(ctx, global, "crypto", SCRIPT_MAKE(ctx, crypto_functions));
    globals_define_class(ctx, global, "TextEncoder", encoder_members,
                         (int)BR_COUNT(encoder_members));
    globals_define_class(ctx, global, "TextDecoder", decoder_members,
                         (int)BR_COUNT(decoder_members));
}
