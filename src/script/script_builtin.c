/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytecode of ours is trusted: it was made by the very library that reads it here.
 */
#include "script/script_builtin.h"

#include "base/must.h"

const struct script_builtin *script_builtin_find(struct bytes name)
{
    for (size_t i = 0; i < script_builtin_count; i++)
        if (bytes_eq(bytes_from_str(script_builtin_table[i].name), name))
            return &script_builtin_table[i];
    return NULL;
}

/* What a person misses when a module of ours for ours is not there. */
static const char *builtin_serves(const char *name)
{
    if (strcmp(name, "brunt:dom") == 0)
        return "k6/html";
    if (strcmp(name, "brunt:sucrase") == 0)
        return "TypeScript";
    return name;
}

/* The module as a value, its imports resolved. */
static JSValue builtin_read(JSContext *ctx, const struct script_builtin *builtin)
{
    if (!builtin->code)
        return JS_ThrowReferenceError(
            ctx, "%s is not part of this brunt: it was built without npm, which brings it",
            builtin_serves(builtin->name));
    JSValue module = JS_ReadObject(ctx, builtin->code, builtin->size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module))
        return module;
    if (JS_ResolveModule(ctx, module) < 0) {
        JS_FreeValue(ctx, module);
        return JS_EXCEPTION;
    }
    return module;
}

JSModuleDef *script_builtin_load(JSContext *ctx, const struct script_builtin *builtin)
{
    JSValue module = builtin_read(ctx, builtin);
    if (JS_IsException(module))
        return NULL;
    /* The context holds it; the value only counted it once more. */
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    JS_FreeValue(ctx, module);
    return definition;
}

JSValue script_builtin_names(JSContext *ctx, const char *name)
{
    const struct script_builtin *builtin = script_builtin_find(bytes_from_str(name));
    MUST(builtin);
    JSValue module = builtin_read(ctx, builtin);
    if (JS_IsException(module))
        return module;
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    JSValue promise = JS_EvalFunction(ctx, module);
    if (JS_IsException(promise))
        return promise;
    JSPromiseStateEnum state = JS_PromiseState(ctx, promise);
    JSValue result = JS_PromiseResult(ctx, promise);
    JS_FreeValue(ctx, promise);
    if (state == JS_PROMISE_REJECTED)
        return JS_Throw(ctx, result);
    JS_FreeValue(ctx, result);
    MUST(state == JS_PROMISE_FULFILLED);
    return JS_GetModuleNamespace(ctx, definition);
}

JSValue script_builtin_take(JSContext *ctx, const char *name, const char *export_name)
{
    JSValue names = script_builtin_names(ctx, name);
    if (JS_IsException(names))
        return names;
    JSValue value = JS_GetPropertyStr(ctx, names, export_name);
    JS_FreeValue(ctx, names);
    return value;
}
