/* SPDX-License-Identifier: Apache-2.0
 *
 * The module k6: check, group, sleep, fail, randomSeed; and what is global beside it.
 */
#include <math.h>

#include "base/must.h"
#include "script/script_loader.h"
#include "script/script_value.h"
#include "script/script_vu.h"

/* ---- sleep, fail, randomSeed ---- */

static JSValue k6_sleep(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                        JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    double seconds = 0.0;
    if (argc < 1 || JS_IsUndefined(argv[0]))
        return JS_ThrowTypeError(ctx, "sleep() needs a number of seconds");
    if (JS_ToFloat64(ctx, &seconds, argv[0]) < 0)
        return JS_EXCEPTION;
    if (!(seconds > 0.0))
        return JS_UNDEFINED;
    double ns = seconds < 1e9 ? seconds * 1e9 : 1e18;
    if (!script_vu_sleep_until(vu, loop_now(vu->shard->loop) + (int64_t)ns))
        return script_engine_throw_interrupted(ctx);
    return JS_UNDEFINED;
}

static JSValue k6_fail(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                       JSValueConst *argv)
{
    JSValue error = JS_NewError(ctx);
    JSValue text =
        argc > 0 && !JS_IsUndefined(argv[0]) ? JS_ToString(ctx, argv[0]) : JS_NewString(ctx, "");
    if (JS_IsException(text)) {
        JS_FreeValue(ctx, error);
        return text;
    }
    (void)JS_DefinePropertyValueStr(ctx, error, "message", text,
                                    JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    return JS_Throw(ctx, error);
}

static JSValue k6_random(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                         JSValueConst *argv BR_UNUSED)
{
    return JS_NewFloat64(ctx, rng_double(&script_vu_of(ctx)->rng));
}

/* Math.random is the engine's until somebody asks for a sequence of his own. */
static JSValue k6_random_seed(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                              JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    int64_t seed = 0;
    if (argc < 1 || JS_ToInt64(ctx, &seed, argv[0]) < 0)
        return argc < 1 ? JS_ThrowTypeError(ctx, "randomSeed() needs a number") : JS_EXCEPTION;
    rng_init(&vu->rng, (uint64_t)seed);
    if (!vu->rng_seeded) {
        vu->rng_seeded = true;
        JSValue global = JS_GetGlobalObject(ctx);
        JSValue math = JS_GetPropertyStr(ctx, global, "Math");
        (void)JS_SetPropertyStr(ctx, math, "random", JS_NewCFunction(ctx, k6_random, "random", 0));
        JS_FreeValue(ctx, math);
        JS_FreeValue(ctx, global);
    }
    return JS_UNDEFINED;
}

/* ---- check ---- */

static struct metric_group *k6_group(struct script_vu *vu)
{
    return vu->group != NULL ? vu->group : &vu->shard->tree->root;
}

static void k6_record_check(struct script_vu *vu, struct bytes name, const struct tag_set *tags,
                            bool passed)
{
    struct script_shard *shard = vu->shard;
    int64_t now_ns = loop_now(shard->loop);
    struct metric_check *check = metric_tree_check(shard->tree, k6_group(vu), name, now_ns);
    if (passed)
        check->passes++;
    else
        check->fails++;
    tags = tag_with_system(shard->recorder->tags, tags, TAG_CHECK, name);
    script_vu_record(vu, METRIC_CHECKS, tags, passed, now_ns);
}

static bool k6_is_promise(JSContext *ctx, JSValueConst value)
{
    if (!JS_IsObject(value))
        return false;
    JSPromiseStateEnum state = JS_PromiseState(ctx, value);
    return state == JS_PROMISE_PENDING || state == JS_PROMISE_FULFILLED ||
           state == JS_PROMISE_REJECTED;
}

/* One predicate: 1 passed, 0 not, -1 an exception is pending. */
static int k6_run_check(struct script_vu *vu, JSValueConst value, JSValueConst predicate,
                        struct bytes name, const struct tag_set *tags)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue result;
    if (JS_IsFunction(ctx, predicate))
        result = JS_Call(ctx, predicate, JS_UNDEFINED, 1, &value);
    else
        result = JS_DupValue(ctx, predicate);
    if (JS_IsException(result)) {
        if (!vu->engine.interrupted)
            k6_record_check(vu, name, tags, false);
        return -1;
    }
    if (k6_is_promise(ctx, result)) {
        JS_FreeValue(ctx, result);
        (void)JS_ThrowTypeError(ctx, "check() does not take async functions (\"%.*s\")",
                                BYTES_ARG(name));
        return -1;
    }
    int passed = JS_ToBool(ctx, result);
    JS_FreeValue(ctx, result);
    k6_record_check(vu, name, tags, passed > 0);
    return passed;
}

static const struct tag_set *k6_check_tags(struct script_vu *vu, int argc, JSValueConst *argv,
                                           bool *out_failed)
{
    const struct tag_set *tags = vu->tags;
    *out_failed = false;
    if (argc > 2 && JS_IsObject(argv[2]))
        *out_failed = !script_tags_from_object(vu, tags, argv[2], &tags);
    return tags;
}

static JSValue k6_check(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                        JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool failed;
    int all = 1;
    if (!script_vu_records(vu))
        return JS_ThrowTypeError(ctx, "check() is not available in the init code");
    if (argc < 2 || !JS_IsObject(argv[1]))
        return JS_ThrowTypeError(ctx, "check() needs a value and an object of functions");
    const struct tag_set *tags = k6_check_tags(vu, argc, argv, &failed);
    if (failed || JS_GetOwnPropertyNames(ctx, &names, &count, argv[1],
                                         JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return JS_EXCEPTION;
    for (uint32_t i = 0; i < count && all >= 0; i++) {
        size_t len;
        JSValue predicate = JS_GetProperty(ctx, argv[1], names[i].atom);
        JSValue key = JS_AtomToString(ctx, names[i].atom);
        const char *name = JS_ToCStringLen(ctx, &len, key);
        int passed = -1;
        if (name != NULL && memmem(name, len, "::", 2) != NULL)
            (void)JS_ThrowTypeError(ctx, "the name of a check may not contain '::' (\"%s\")", name);
        else if (name != NULL && !JS_IsException(predicate))
            passed = k6_run_check(vu, argv[0], predicate, bytes_make(name, len), tags);
        if (passed <= 0)
            all = passed;
        JS_FreeCString(ctx, name);
        JS_FreeValue(ctx, key);
        JS_FreeValue(ctx, predicate);
    }
    script_free_names(ctx, names, count);
    return all < 0 ? JS_EXCEPTION : JS_NewBool(ctx, all);
}

/* ---- group ---- */

static JSValue k6_enter_group(struct script_vu *vu, struct bytes name, JSValueConst function)
{
    JSContext *ctx = vu->engine.ctx;
    struct script_shard *shard = vu->shard;
    struct metric_group *outer = vu->group;
    const struct tag_set *outer_tags = vu->tags;
    int64_t begun_ns = loop_now(shard->loop);
    vu->group = metric_tree_group(shard->tree, k6_group(vu), name, begun_ns);
    vu->tags = tag_with_system(shard->recorder->tags, outer_tags, TAG_GROUP, vu->group->path);
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, 0, NULL);
    int64_t end_ns = loop_now(shard->loop);
    if (!vu->engine.interrupted)
        script_vu_record(vu, METRIC_GROUP_DURATION, vu->tags, (double)(end_ns - begun_ns) / 1e6,
                         end_ns);
    vu->group = outer;
    vu->tags = outer_tags;
    return result;
}

static JSValue k6_group_call(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                             JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    size_t len;
    if (!script_vu_records(vu))
        return JS_ThrowTypeError(ctx, "group() is not available in the init code");
    if (argc < 2 || !JS_IsFunction(ctx, argv[1]))
        return JS_ThrowTypeError(ctx, "group() needs a name and a function");
    const char *name = JS_ToCStringLen(ctx, &len, argv[0]);
    if (name == NULL)
        return JS_EXCEPTION;
    JSValue result;
    if (memmem(name, len, "::", 2) != NULL)
        result = JS_ThrowTypeError(ctx, "the name of a group may not contain '::' (\"%s\")", name);
    else
        result = k6_enter_group(vu, bytes_make(name, len), argv[1]);
    JS_FreeCString(ctx, name);
    if (k6_is_promise(ctx, result)) {
        JS_FreeValue(ctx, result);
        return JS_ThrowTypeError(ctx, "group() does not take async functions");
    }
    return result;
}

static const JSCFunctionListEntry k6_functions[] = {
    JS_CFUNC_DEF("check", 2, k6_check),      JS_CFUNC_DEF("fail", 1, k6_fail),
    JS_CFUNC_DEF("group", 2, k6_group_call), JS_CFUNC_DEF("randomSeed", 1, k6_random_seed),
    JS_CFUNC_DEF("sleep", 1, k6_sleep),
};

JSValue script_make_k6(JSContext *ctx)
{
    return SCRIPT_MAKE(ctx, k6_functions);
}

/* ---- tags of objects ---- */

bool script_tags_from_object(struct script_vu *vu, const struct tag_set *tags, JSValueConst object,
                             const struct tag_set **out_tags)
{
    JSContext *ctx = vu->engine.ctx;
    struct tag_store *store = vu->shard->recorder->tags;
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool good = true;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0)
        return false;
    for (uint32_t i = 0; i < count && good; i++) {
        size_t len;
        JSValue value = JS_GetProperty(ctx, object, names[i].atom);
        const char *key = JS_AtomToCString(ctx, names[i].atom);
        const char *text = NULL;
        if (!JS_IsException(value) &&
            (JS_IsObject(value) || JS_IsNull(value) || JS_IsUndefined(value)))
            (void)JS_ThrowTypeError(ctx, "the value of tag \"%s\" is no string, number or boolean",
                                    key);
        else if (!JS_IsException(value))
            text = JS_ToCStringLen(ctx, &len, value);
        good = text != NULL && key != NULL;
        if (good)
            tags = tag_with(store, tags, tag_store_key(store, bytes_from_str(key)),
                            bytes_make(text, len));
        JS_FreeCString(ctx, text);
        JS_FreeCString(ctx, key);
        JS_FreeValue(ctx, value);
    }
    script_free_names(ctx, names, count);
    if (good)
        *out_tags = tags;
    return good;
}
