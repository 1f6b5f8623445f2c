/* SPDX-License-Identifier: Apache-2.0
 *
 * The module k6/data: SharedArray. Its elements are JSON texts of the program, one store for all
 * VUs; an element that is read is parsed and frozen, a fresh copy each time, as in k6. The script
 * sees a proxy of an object that knows only "length" and numbers, with Array's methods behind it.
 */
#include <string.h>

#include "base/mem.h"
#include "script/script_loader.h"
#include "script/script_vu.h"

enum { DATA_ATOM_MAX = 32 };

/* A program of JavaScript: the handler of the proxies, made once a VU. */
static const char data_source[] =
    "(function (element, count) {\n"
    "  const freeze = (v) => {\n"
    "    if (v !== null && typeof v === 'object') {\n"
    "      for (const k of Object.keys(v)) freeze(v[k]);\n"
    "      Object.freeze(v);\n"
    "    }\n"
    "    return v;\n"
    "  };\n"
    "  const index = (k) => (typeof k === 'string' && /^(0|[1-9][0-9]*)$/.test(k) ? +k : -1);\n"
    "  const deny = () => { throw new TypeError('SharedArray is immutable'); };\n"
    "  return (id) => {\n"
    "    const length = count(id);\n"
    "    const get = (i) => (i < length ? freeze(element(id, i)) : undefined);\n"
    "    return new Proxy([], {\n"
    "      get(target, key) {\n"
    "        const i = index(key);\n"
    "        if (i >= 0) return get(i);\n"
    "        return key === 'length' ? length : target[key];\n"
    "      },\n"
    "      has: (target, key) => { const i = index(key); return i >= 0 ? i < length : key in "
    "target; },\n"
    "      set: deny, defineProperty: deny, deleteProperty: deny, setPrototypeOf: deny,\n"
    "      ownKeys: () => [...Array(length).keys()].map(String).concat('length'),\n"
    "      getOwnPropertyDescriptor(target, key) {\n"
    "        const i = index(key);\n"
    "        if (i >= 0 && i < length)\n"
    "          return { value: get(i), writable: false, enumerable: true, configurable: true };\n"
    "        return key === 'length' ? { value: 0, writable: true, enumerable: false, "
    "configurable: "
    "false } : undefined;\n"
    "      },\n"
    "    });\n"
    "  };\n"
    "})";

/* ---- elements ---- */

static const struct script_shared *data_shared(JSContext *ctx, JSValueConst id)
{
    const char *name = JS_ToCString(ctx, id);
    const struct script_shared *shared =
        name == NULL
            ? NULL
            : script_program_shared(script_vu_of(ctx)->shard->program, bytes_from_str(name));
    JS_FreeCString(ctx, name);
    return shared;
}

static JSValue data_count(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                          JSValueConst *argv)
{
    const struct script_shared *shared = data_shared(ctx, argv[0]);
    return shared == NULL ? JS_EXCEPTION : JS_NewInt64(ctx, (int64_t)shared->count);
}

static JSValue data_element(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                            JSValueConst *argv)
{
    const struct script_shared *shared = data_shared(ctx, argv[0]);
    uint32_t index = 0;
    if (shared == NULL || JS_ToUint32(ctx, &index, argv[1]) < 0)
        return JS_EXCEPTION;
    if (index >= shared->count)
        return JS_UNDEFINED;
    size_t at = shared->at[index];
    size_t len = shared->at[index + 1] - at - 1;
    if (len == 0)
        return JS_UNDEFINED;
    return JS_ParseJSON(ctx, shared->data + at, len, shared->name);
}

/* ---- making one ---- */

struct data_store {
    struct buf data;
    size_t *at;
    size_t count;
};

static bool data_store_element(JSContext *ctx, struct data_store *store, JSValueConst element)
{
    JSValue json = JS_JSONStringify(ctx, element, JS_UNDEFINED, JS_UNDEFINED);
    size_t len = 0;
    const char *text = NULL;
    if (JS_IsException(json))
        return false;
    if (JS_IsString(json))
        text = JS_ToCStringLen(ctx, &len, json);
    store->at[store->count++] = store->data.len;
    buf_put(&store->data, bytes_make(text, len));
    buf_put(&store->data, bytes_make("", 1));
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, json);
    return true;
}

static bool data_store_array(JSContext *ctx, struct data_store *store, JSValueConst array)
{
    int64_t count = 0;
    JSValue length = JS_GetPropertyStr(ctx, array, "length");
    (void)JS_ToInt64(ctx, &count, length);
    JS_FreeValue(ctx, length);
    buf_init(&store->data, SCRIPT_FILE_MAX);
    store->at = mem_zalloc((size_t)count + 1, sizeof(store->at[0]));
    store->count = 0;
    for (int64_t i = 0; i < count; i++) {
        JSValue element = JS_GetPropertyUint32(ctx, array, (uint32_t)i);
        bool stored = !JS_IsException(element) && data_store_element(ctx, store, element);
        JS_FreeValue(ctx, element);
        if (!stored) {
            buf_fini(&store->data);
            mem_free(store->at);
            return false;
        }
    }
    store->at[store->count] = store->data.len;
    return true;
}

static bool data_fill(struct script_vu *vu, struct bytes name, JSValueConst function)
{
    JSContext *ctx = vu->engine.ctx;
    struct data_store store;
    JSValue array = JS_Call(ctx, function, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(array))
        return false;
    bool good = JS_IsArray(ctx, array) > 0;
    if (!good)
        (void)JS_ThrowTypeError(ctx,
                                "only arrays can be made into SharedArray[]: the function of "
                                "\"%.*s\" returned something else",
                                BYTES_ARG(name));
    good = good && data_store_array(ctx, &store, array);
    JS_FreeValue(ctx, array);
    if (good)
        (void)script_program_add_shared(vu->shard->program, name, store.data.data, store.at,
                                        store.count);
    return good;
}

/* The maker of proxies, kept among the VU's modules. */
static JSValue data_proxy(struct script_vu *vu, JSValueConst name)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue maker = JS_GetPropertyStr(ctx, vu->objects, "brunt:shared");
    if (JS_IsUndefined(maker)) {
        JSValue factory =
            JS_Eval(ctx, data_source, sizeof(data_source) - 1, "brunt:shared", JS_EVAL_TYPE_GLOBAL);
        JSValue args[] = {JS_NewCFunction(ctx, data_element, "element", 2),
                          JS_NewCFunction(ctx, data_count, "count", 1)};
        maker = JS_Call(ctx, factory, JS_UNDEFINED, 2, args);
        JS_FreeValue(ctx, args[0]);
        JS_FreeValue(ctx, args[1]);
        JS_FreeValue(ctx, factory);
        (void)JS_SetPropertyStr(ctx, vu->objects, "brunt:shared", JS_DupValue(ctx, maker));
    }
    JSValue proxy = JS_Call(ctx, maker, JS_UNDEFINED, 1, &name);
    JS_FreeValue(ctx, maker);
    return proxy;
}

static JSValue data_new_shared(JSContext *ctx, JSValueConst new_target BR_UNUSED, int argc,
                               JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    size_t len;
    if (vu->stage != SCRIPT_STAGE_INIT)
        return JS_ThrowTypeError(ctx, "new SharedArray must be called in the init context");
    const char *name =
        argc > 0 && JS_IsString(argv[0]) ? JS_ToCStringLen(ctx, &len, argv[0]) : NULL;
    if (name == NULL || len == 0 || argc < 2 || !JS_IsFunction(ctx, argv[1])) {
        JS_FreeCString(ctx, name);
        return JS_ThrowTypeError(ctx, "new SharedArray needs a name and a function that returns an "
                                      "array");
    }
    JSValue result = JS_EXCEPTION;
    if (script_program_shared(vu->shard->program, bytes_make(name, len)) != NULL ||
        data_fill(vu, bytes_make(name, len), argv[1]))
        result = data_proxy(vu, argv[0]);
    JS_FreeCString(ctx, name);
    return result;
}

JSValue script_make_data(JSContext *ctx)
{
    JSValue module = JS_NewObject(ctx);
    JSValue constructor =
        JS_NewCFunction2(ctx, data_new_shared, "SharedArray", 2, JS_CFUNC_constructor, 0);
    JSValue proto = JS_NewObject(ctx);
    JS_SetConstructor(ctx, constructor, proto);
    JS_FreeValue(ctx, proto);
    (void)JS_SetPropertyStr(ctx, module, "SharedArray", constructor);
    return module;
}
