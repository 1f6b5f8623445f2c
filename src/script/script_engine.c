/* SPDX-License-Identifier: Apache-2.0
 *
 * Intrinsics are all there: scripts expect them, and what each of them costs is small beside what
 * the base objects do.
 */
#include "script/script_engine.h"

#include "base/must.h"

enum { ENGINE_TEXT_MAX = 64 * 1024 };

static int engine_on_interrupt(JSRuntime *runtime BR_UNUSED, void *opaque)
{
    const struct script_engine *engine = opaque;
    if (!engine->interrupted && engine->on_running != NULL)
        engine->on_running(engine->context);
    return engine->interrupted;
}

void script_engine_init(struct script_engine *engine, size_t memory_max, size_t stack_size)
{
    engine->interrupted = false;
    engine->on_running = NULL;
    script_heap_init(&engine->heap);
    engine->runtime = JS_NewRuntime2(&script_heap_functions, &engine->heap);
    MUST(engine->runtime != NULL);
    JS_SetMaxStackSize(engine->runtime, stack_size);
    JS_SetInterruptHandler(engine->runtime, engine_on_interrupt, engine);
    JS_SetStripInfo(engine->runtime, JS_STRIP_SOURCE);
    engine->ctx = JS_NewContext(engine->runtime);
    MUST(engine->ctx != NULL);
    JS_SetMemoryLimit(engine->runtime, memory_max);
}

void script_engine_fini(struct script_engine *engine)
{
    JS_FreeContext(engine->ctx);
    JS_FreeRuntime(engine->runtime);
    script_heap_fini(&engine->heap);
}

void script_engine_enter(struct script_engine *engine)
{
    JS_UpdateStackTop(engine->runtime);
}

JSValue script_engine_throw_interrupted(JSContext *ctx)
{
    (void)JS_ThrowInternalError(ctx, "interrupted");
    JSValue error = JS_GetException(ctx);
    JS_SetUncatchableError(ctx, error, 1);
    return JS_Throw(ctx, error);
}

static void engine_put(JSContext *ctx, JSValueConst value, struct buf *out)
{
    size_t len;
    const char *text = JS_ToCStringLen(ctx, &len, value);
    if (text == NULL) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return;
    }
    if (len > ENGINE_TEXT_MAX)
        len = ENGINE_TEXT_MAX;
    buf_put(out, bytes_make(text, len));
    JS_FreeCString(ctx, text);
}

void script_engine_describe_value(JSContext *ctx, JSValueConst value, struct buf *out)
{
    engine_put(ctx, value, out);
    if (!JS_IsObject(value))
        return;
    JSValue stack = JS_GetPropertyStr(ctx, value, "stack");
    if (JS_IsString(stack)) {
        buf_put(out, BYTES("\n"));
        engine_put(ctx, stack, out);
        while (out->len > 0 && out->data[out->len - 1] == '\n')
            out->len--;
    }
    JS_FreeValue(ctx, stack);
}

void script_engine_describe(JSContext *ctx, struct buf *out)
{
    JSValue error = JS_GetException(ctx);
    script_engine_describe_value(ctx, error, out);
    JS_FreeValue(ctx, error);
}
