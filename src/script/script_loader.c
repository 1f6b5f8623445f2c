/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine asks for a module by its name; what it gets is bytecode that was compiled once, or a
 * module made of an object's members.
 */
#include "script/script_loader.h"

#include <string.h>

#include "base/must.h"
#include "script/script_builtin.h"
#include "script/script_library.h"
#include "script/script_module.h"
#include "script/script_timer.h"
#include "script/script_value.h"
#include "sys/file.h"

static const struct script_native loader_natives[] = {
    {"k6", script_make_k6},
    {"k6/http", script_make_http},
    {"k6/metrics", script_make_metrics},
    {"k6/data", script_make_data},
    {"k6/execution", script_make_execution},
    {"k6/options", script_make_options},
};

static const char *const loader_native_names[] = {
    "k6",           "k6/http",    "k6/metrics",  "k6/data",
    "k6/execution", "k6/options", "k6/encoding", "brunt:cipher",
    "brunt:crypto", "brunt:text", NULL};

JSValue script_make_object(JSContext *ctx, const JSCFunctionListEntry *entries, size_t count)
{
    JSValue object = JS_NewObject(ctx);
    if (!JS_IsException(object))
        JS_SetPropertyFunctionList(ctx, object, entries, (int)count);
    return object;
}

JSValue script_make_options(JSContext *ctx)
{
    return JS_NewObject(ctx); /* types only */
}

/* ---- modules made of objects ---- */

/* The object of that name, or undefined. */
static JSValue loader_object(struct script_vu *vu, const char *name)
{
    return JS_GetPropertyStr(vu->engine.ctx, vu->objects, name);
}

static JSValue loader_member(JSContext *ctx, JSValueConst object, JSAtom name)
{
    JSValue value = JS_IsObject(object) ? JS_GetProperty(ctx, object, name) : JS_UNDEFINED;
    return value;
}

/* What `import x from` gives: the member "default" where the object has one, else the object. */
static JSValue loader_default(JSContext *ctx, JSValueConst object)
{
    JSAtom name = JS_NewAtom(ctx, "default");
    JSValue value = loader_member(ctx, object, name);
    JS_FreeAtom(ctx, name);
    return JS_IsUndefined(value) ? JS_DupValue(ctx, object) : value;
}

static int loader_fill(JSContext *ctx, JSModuleDef *module)
{
    struct script_vu *vu = script_vu_of(ctx);
    JSAtom name = JS_GetModuleName(ctx, module);
    JSValue object = JS_GetProperty(ctx, vu->objects, name);
    JSPropertyEnum *members = NULL;
    uint32_t count = 0;
    JS_FreeAtom(ctx, name);
    (void)JS_SetModuleExport(ctx, module, "default", loader_default(ctx, object));
    if (JS_IsObject(object) &&
        JS_GetOwnPropertyNames(ctx, &members, &count, object, JS_GPN_STRING_MASK) < 0)
        count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *key = JS_AtomToCString(ctx, members[i].atom);
        if (key != NULL && strcmp(key, "default") != 0)
            (void)JS_SetModuleExport(ctx, module, key,
                                     JS_GetProperty(ctx, object, members[i].atom));
        JS_FreeCString(ctx, key);
    }
    script_free_names(ctx, members, count);
    JS_FreeValue(ctx, object);
    return 0;
}

/* Takes over the object. */
static JSModuleDef *loader_wrap(struct script_vu *vu, const char *name, JSValue object)
{
    JSContext *ctx = vu->engine.ctx;
    JSModuleDef *module = JS_NewCModule(ctx, name, loader_fill);
    JSPropertyEnum *members = NULL;
    uint32_t count = 0;
    (void)JS_SetPropertyStr(ctx, vu->objects, name, JS_DupValue(ctx, object));
    (void)JS_AddModuleExport(ctx, module, "default");
    if (JS_IsObject(object) &&
        JS_GetOwnPropertyNames(ctx, &members, &count, object, JS_GPN_STRING_MASK) < 0)
        count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *key = JS_AtomToCString(ctx, members[i].atom);
        if (key != NULL && strcmp(key, "default") != 0)
            (void)JS_AddModuleExport(ctx, module, key);
        JS_FreeCString(ctx, key);
    }
    script_free_names(ctx, members, count);
    JS_FreeValue(ctx, object);
    return module;
}

/* ---- CommonJS ---- */

static JSValue loader_require_from(struct script_vu *vu, const char *base, const char *specifier);

static JSValue loader_require(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                              JSValueConst *argv, int magic BR_UNUSED, JSValue *data)
{
    struct script_vu *vu = script_vu_of(ctx);
    const char *specifier = argc > 0 ? JS_ToCString(ctx, argv[0]) : NULL;
    const char *base = JS_ToCString(ctx, data[0]);
    JSValue result = JS_EXCEPTION;
    if (specifier != NULL && base != NULL)
        result = loader_require_from(vu, base, specifier);
    else if (argc == 0)
        result = JS_ThrowTypeError(ctx, "require() needs a name");
    JS_FreeCString(ctx, specifier);
    JS_FreeCString(ctx, base);
    return result;
}

static JSValue loader_make_require(JSContext *ctx, const char *base)
{
    JSValue name = JS_NewString(ctx, base);
    JSValue function = JS_NewCFunctionData(ctx, loader_require, 1, 0, 1, &name);
    JS_FreeValue(ctx, name);
    return function;
}

/* Runs the function that a CommonJS file is; its exports. */
static JSValue loader_run_common(struct script_vu *vu, const char *name, JSValue code)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue function = JS_EvalFunction(ctx, code);
    if (JS_IsException(function))
        return function;
    struct bytes path = bytes_from_str(name);
    if (bytes_starts(path, BYTES("file://")))
        path = script_module_path(path);
    size_t folder = path.len;
    while (folder > 1 && path.ptr[folder - 1] != '/')
        folder--;
    JSValue module = JS_NewObject(ctx);
    JSValue exports = JS_NewObject(ctx);
    (void)JS_SetPropertyStr(ctx, module, "exports", JS_DupValue(ctx, exports));
    /* Seen by those who require it in a circle. */
    (void)JS_SetPropertyStr(ctx, vu->objects, name, JS_DupValue(ctx, exports));
    JSValue args[] = {module, exports, loader_make_require(ctx, name),
                      JS_NewStringLen(ctx, path.ptr, path.len),
                      JS_NewStringLen(ctx, path.ptr, folder)};
    JSValue result = JS_Call(ctx, function, exports, 5, args);
    JSValue value = JS_EXCEPTION;
    if (!JS_IsException(result))
        value = JS_GetPropertyStr(ctx, module, "exports");
    JS_FreeValue(ctx, result);
    for (size_t i = 0; i < 5; i++)
        JS_FreeValue(ctx, args[i]);
    JS_FreeValue(ctx, function);
    return value;
}

/* ---- the engine's questions ---- */

static char *loader_normalize(JSContext *ctx, const char *base, const char *specifier,
                              void *opaque BR_UNUSED)
{
    struct buf name;
    struct diag diag = DIAG_INIT;
    enum script_module_kind kind;
    char *result = NULL;
    buf_init(&name, SCRIPT_NAME_MAX);
    enum br_err err = script_module_resolve(bytes_from_str(specifier), bytes_from_str(base),
                                            loader_native_names, &name, &kind, &diag);
    if (err == BR_ERR_NONE && kind == SCRIPT_MODULE_SHIM) {
        struct buf text;
        buf_init(&text, SCRIPT_FILE_MAX);
        const char *path = script_module_path(bytes_from_str(buf_cstr(&name))).ptr;
        if (file_read_all(path, &text, &diag) != BR_ERR_NONE ||
            script_module_is_shim(buf_bytes(&text))) {
            buf_clear(&name);
            buf_put(&name, BYTES("brunt/track"));
        }
        buf_fini(&text);
    }
    if (err == BR_ERR_NONE)
        result = js_strndup(ctx, name.data, name.len);
    else
        (void)JS_ThrowReferenceError(ctx, "%s", diag.text);
    buf_fini(&name);
    return result;
}

static void loader_set_meta(JSContext *ctx, JSModuleDef *module, const char *name)
{
    JSValue meta = JS_GetImportMeta(ctx, module);
    if (JS_IsObject(meta))
        (void)JS_DefinePropertyValueStr(ctx, meta, "url", JS_NewString(ctx, name), JS_PROP_C_W_E);
    JS_FreeValue(ctx, meta);
}

static JSModuleDef *loader_load_file(struct script_vu *vu, const char *name)
{
    JSContext *ctx = vu->engine.ctx;
    bool is_common = false;
    JSValue code = script_program_load(vu->shard->program, ctx, name, &is_common);
    if (JS_IsException(code))
        return NULL;
    if (is_common) {
        JSValue exports = loader_run_common(vu, name, code);
        return JS_IsException(exports) ? NULL : loader_wrap(vu, name, exports);
    }
    JSModuleDef *module = JS_VALUE_GET_PTR(code);
    int resolved = JS_ResolveModule(ctx, code);
    JS_FreeValue(ctx, code);
    if (resolved < 0)
        return NULL;
    loader_set_meta(ctx, module, name);
    return module;
}

static const struct script_native *loader_native(const char *name)
{
    for (size_t i = 0; i < BR_COUNT(loader_natives); i++)
        if (strcmp(loader_natives[i].name, name) == 0)
            return &loader_natives[i];
    return NULL;
}

static JSModuleDef *loader_load(JSContext *ctx, const char *name, void *opaque BR_UNUSED)
{
    struct script_vu *vu = script_vu_of(ctx);
    const struct script_native *native = loader_native(name);
    if (native != NULL) {
        JSValue object = native->make(ctx);
        return JS_IsException(object) ? NULL : loader_wrap(vu, name, object);
    }
    const struct script_library *library = script_library_find(bytes_from_str(name));
    if (library != NULL)
        return library->create(ctx, name);
    const struct script_builtin *builtin = script_builtin_find(bytes_from_str(name));
    if (builtin != NULL)
        return script_builtin_load(ctx, builtin);
    return loader_load_file(vu, name);
}

/* Evaluates a module and waits for its top-level awaits; its namespace. */
static JSValue loader_evaluate(struct script_vu *vu, JSModuleDef *module, JSValue code)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue promise = JS_EvalFunction(ctx, code);
    if (JS_IsException(promise))
        return promise;
    if (!script_vu_run_loop(vu, promise)) {
        JS_FreeValue(ctx, promise);
        return script_engine_throw_interrupted(ctx);
    }
    JSPromiseStateEnum state = JS_PromiseState(ctx, promise);
    JSValue value = JS_PromiseResult(ctx, promise);
    JS_FreeValue(ctx, promise);
    if (state == JS_PROMISE_REJECTED)
        return JS_Throw(ctx, value);
    JS_FreeValue(ctx, value);
    if (state == JS_PROMISE_PENDING)
        return JS_ThrowInternalError(ctx, "the init code awaits what never comes");
    return JS_GetModuleNamespace(ctx, module);
}

/* What an ES module exports, for those who require it: loaded by the engine, evaluated at once. */
static JSValue loader_require_module(struct script_vu *vu, const char *name)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue promise = JS_LoadModule(ctx, "file:///", name);
    if (JS_IsException(promise))
        return promise;
    (void)script_vu_run_loop(vu, promise);
    JSPromiseStateEnum state = JS_PromiseState(ctx, promise);
    JSValue value = JS_PromiseResult(ctx, promise);
    JS_FreeValue(ctx, promise);
    return state == JS_PROMISE_REJECTED ? JS_Throw(ctx, value) : value;
}

static JSValue loader_require_file(struct script_vu *vu, const char *name)
{
    JSContext *ctx = vu->engine.ctx;
    bool is_common = false;
    JSValue code = script_program_load(vu->shard->program, ctx, name, &is_common);
    if (JS_IsException(code))
        return code;
    if (!is_common) {
        JS_FreeValue(ctx, code);
        return loader_require_module(vu, name);
    }
    JSValue exports = loader_run_common(vu, name, code);
    if (!JS_IsException(exports))
        (void)JS_SetPropertyStr(ctx, vu->objects, name, JS_DupValue(ctx, exports));
    return exports;
}

static JSValue loader_require_from(struct script_vu *vu, const char *base, const char *specifier)
{
    JSContext *ctx = vu->engine.ctx;
    char *name = loader_normalize(ctx, base, specifier, NULL);
    if (name == NULL)
        return JS_EXCEPTION;
    JSValue value = loader_object(vu, name);
    const struct script_native *native = loader_native(name);
    if (JS_IsUndefined(value)) {
        if (native != NULL) {
            value = native->make(ctx);
            if (!JS_IsException(value))
                (void)JS_SetPropertyStr(ctx, vu->objects, name, JS_DupValue(ctx, value));
        } else if (bytes_starts(bytes_from_str(name), BYTES("file://"))) {
            value = loader_require_file(vu, name);
        } else {
            value = loader_require_module(vu, name);
        }
    }
    js_free(ctx, name);
    return value;
}

JSValue script_helper(JSContext *ctx, const char *module, const char *name)
{
    struct script_vu *vu = script_vu_of(ctx);
    struct buf key;
    buf_init(&key, SCRIPT_NAME_MAX);
    buf_putf(&key, "%s#%s", module, name);
    JSValue value = loader_object(vu, buf_cstr(&key));
    if (JS_IsUndefined(value)) {
        value = script_builtin_take(ctx, module, name);
        if (!JS_IsException(value))
            (void)JS_SetPropertyStr(ctx, vu->objects, buf_cstr(&key), JS_DupValue(ctx, value));
    }
    buf_fini(&key);
    return value;
}

/* ---- the life of a VU ---- */

static void loader_on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason,
                                JS_BOOL is_handled, void *opaque)
{
    script_vu_note_rejection(opaque, ctx, promise, reason, is_handled);
}

void script_loader_set_up(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue global = JS_GetGlobalObject(ctx);
    vu->objects = JS_NewObjectProto(ctx, JS_NULL);
    JS_SetModuleLoaderFunc(vu->engine.runtime, loader_normalize, loader_load, vu);
    JS_SetHostPromiseRejectionTracker(vu->engine.runtime, loader_on_rejection, vu);
    script_define_console(ctx, global);
    script_define_globals(ctx, global);
    script_timer_define(ctx, global);
    (void)JS_SetPropertyStr(ctx, global, "require",
                            loader_make_require(ctx, vu->shard->program->entry));
    JS_FreeValue(ctx, global);
}

/* Nothing holds what was not said before: the engine's end frees it. */
bool script_loader_run_entry(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    const char *name = vu->shard->program->entry;
    bool is_common = false;
    JSValue code = script_program_load(vu->shard->program, ctx, name, &is_common);
    if (JS_IsException(code))
        return false;
    if (is_common) {
        vu->exports = loader_run_common(vu, name, code);
        if (!JS_IsException(vu->exports))
            (void)script_vu_run_loop(vu, JS_UNDEFINED);
    } else {
        JSModuleDef *module = JS_VALUE_GET_PTR(code);
        if (JS_ResolveModule(ctx, code) < 0) {
            JS_FreeValue(ctx, code);
            return false;
        }
        loader_set_meta(ctx, module, name);
        vu->exports = loader_evaluate(vu, module, code);
    }
    bool done = !JS_IsException(vu->exports);
    if (!done)
        vu->exports = JS_UNDEFINED;
    return done;
}
