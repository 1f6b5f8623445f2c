/* SPDX-License-Identifier: Apache-2.0
 *
 * Globals of k6: __ENV, __VU, open and global; those that are modules are made when they are asked
 * for (script_lazy.h).
 */
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "data/json.h"
#include "script/script_lazy.h"
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
    script_lazy_define(ctx, global);
}
