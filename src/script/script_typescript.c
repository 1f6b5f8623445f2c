/* SPDX-License-Identifier: Apache-2.0
 *
 * See the header.
 */
#include "script/script_typescript.h"

#include "script/script_builtin.h"
#include "script/script_bytes.h"
#include "script/script_engine.h"

enum { TYPESCRIPT_HEAP_MAX = 1 << 29, TYPESCRIPT_STACK = 2 << 20, TYPESCRIPT_WHY_MAX = 1 << 18 };

static enum br_err typescript_fail(JSContext *ctx, struct diag *diag)
{
    struct buf why;
    buf_init(&why, TYPESCRIPT_WHY_MAX);
    script_engine_describe(ctx, &why);
    struct bytes line = buf_bytes(&why);
    line.len = bytes_find(line, '\n'); /* the stack is the stripper's */
    enum br_err err = diag_set(diag, BR_ERR_CONFIG, "%.*s", BYTES_ARG(line));
    buf_fini(&why);
    return err;
}

static enum br_err typescript_call(JSContext *ctx, struct bytes text, struct buf *out,
                                   struct diag *diag)
{
    JSValue strip = script_builtin_take(ctx, "brunt:sucrase", "stripTypes");
    if (JS_IsException(strip))
        return typescript_fail(ctx, diag);
    JSValue source = script_bytes_text(ctx, text);
    JSValueConst args[] = {source};
    JSValue code = JS_IsException(source) ? source : JS_Call(ctx, strip, JS_UNDEFINED, 1, args);
    size_t len = 0;
    const char *javascript = JS_IsException(code) ? NULL : JS_ToCStringLen(ctx, &len, code);
    enum br_err err = BR_ERR_NONE;
    if (!javascript)
        err = typescript_fail(ctx, diag);
    else if (buf_append(out, bytes_make(javascript, len)))
        err = diag_set(diag, BR_ERR_LIMIT, "the script is longer than %zu bytes", out->max);
    JS_FreeCString(ctx, javascript);
    if (!JS_IsException(source))
        JS_FreeValue(ctx, code);
    JS_FreeValue(ctx, source);
    JS_FreeValue(ctx, strip);
    return err;
}

enum br_err script_typescript_strip(struct bytes text, struct buf *out, struct diag *diag)
{
    struct script_engine engine;
    script_engine_init(&engine, TYPESCRIPT_HEAP_MAX, TYPESCRIPT_STACK);
    script_engine_enter(&engine);
    enum br_err err = typescript_call(engine.ctx, text, out, diag);
    script_engine_fini(&engine);
    return err;
}
