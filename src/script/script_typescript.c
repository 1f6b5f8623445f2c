/* SPDX-License-Identifier: Apache-2.0
 *
 * On a fiber, for its stack: who asks may stand on a VU's, which is too small for a parser that
 * calls itself for each level of a script.
 */
#include "script/script_typescript.h"

#include "base/must.h"
#include "loop/fiber.h"
#include "script/script_builtin.h"
#include "script/script_bytes.h"
#include "script/script_engine.h"

enum {
    TYPESCRIPT_HEAP_MAX = 1 << 29,
    TYPESCRIPT_STACK = 8 << 20,
    TYPESCRIPT_RESERVE = 1 << 20, /* for what the engine calls at the end of its part */
    TYPESCRIPT_WHY_MAX = 1 << 18,
};

static enum br_err typescript_fail(JSContext *ctx, struct diag *diag)
{
    struct buf why;
    buf_init(&why, TYPESCRIPT_WHY_MAX);
    script_engine_describe(ctx, &why);
    struct bytes line = buf_bytes(&why);
    line.len = bytes_find(line, '\n'); /* the stack is the stripper's */
    if (bytes_starts(line, BYTES("SyntaxError: ")))
        line = bytes_skip(line, 13);
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

struct typescript_job {
    struct bytes text;
    struct buf *out;
    struct diag *diag;
    enum br_err err;
};

static void typescript_main(void *context)
{
    struct typescript_job *job = context;
    struct script_engine engine;
    script_engine_init(&engine, TYPESCRIPT_HEAP_MAX, TYPESCRIPT_STACK - TYPESCRIPT_RESERVE);
    script_engine_enter(&engine);
    job->err = typescript_call(engine.ctx, job->text, job->out, job->diag);
    script_engine_fini(&engine);
}

enum br_err script_typescript_strip(struct bytes text, struct buf *out, struct diag *diag)
{
    struct typescript_job job = {.text = text, .out = out, .diag = diag};
    struct fiber_pool *pool = fiber_pool_create(TYPESCRIPT_STACK);
    struct fiber *fiber;
    enum br_err err = fiber_create(pool, typescript_main, &job, &fiber, diag);
    if (!err) {
        bool is_running = fiber_resume(fiber);
        MUST(!is_running); /* it never waits */
        err = job.err;
    }
    fiber_pool_destroy(&pool);
    return err;
}
