/* SPDX-License-Identifier: Apache-2.0
 *
 * The module k6/execution: where in the test this code runs. Its objects are of JavaScript, their
 * members are asked of C when they are read; tags that a script sets are kept as it set them, since
 * samples keep only those that somebody looks at.
 */
#include <string.h>

#include "script/script_loader.h"
#include "script/script_value.h"
#include "sys/clock.h"

static const char execution_source[] =
    "(function (native) {\n"
    "  const object = (part, names) => {\n"
    "    const made = {};\n"
    "    for (const name of names) {\n"
    "      Object.defineProperty(made, name, { enumerable: true, get: () => native.get(part + "
    "name) });\n"
    "    }\n"
    "    return made;\n"
    "  };\n"
    "  const own = {};\n"
    "  const all = () => ({ ...native.tags(), ...own });\n"
    "  const tags = new Proxy({}, {\n"
    "    get: (_, key) => (typeof key === 'string' ? all()[key] : undefined),\n"
    "    has: (_, key) => key in all(),\n"
    "    ownKeys: () => Object.keys(all()),\n"
    "    getOwnPropertyDescriptor: (_, key) => (key in all()\n"
    "      ? { value: all()[key], enumerable: true, configurable: true, writable: true } : "
    "undefined),\n"
    "    set(_, key, value) {\n"
    "      if (!['string', 'number', 'boolean'].includes(typeof value)) {\n"
    "        throw new TypeError(`the value of tag \"${key}\" is no string, number or boolean`);\n"
    "      }\n"
    "      own[key] = String(value);\n"
    "      native.retag(own);\n"
    "      return true;\n"
    "    },\n"
    "    deleteProperty(_, key) { delete own[key]; native.retag(own); return true; },\n"
    "  });\n"
    "  const freeze = (value) => {\n"
    "    if (value !== null && typeof value === 'object') Object.values(value).forEach(freeze);\n"
    "    return Object.freeze(value);\n"
    "  };\n"
    "  let options;\n"
    "  const vu = object('vu.', ['idInInstance', 'idInTest', 'iterationInInstance', "
    "'iterationInScenario']);\n"
    "  vu.tags = tags;\n"
    "  vu.metrics = { tags, metadata: {} };\n"
    "  return {\n"
    "    instance: object('instance.', ['currentTestRunDuration', 'iterationsCompleted', "
    "'iterationsInterrupted', 'vusActive', 'vusInitialized']),\n"
    "    scenario: object('scenario.', ['name', 'executor', 'startTime', 'progress', "
    "'iterationInInstance', 'iterationInTest']),\n"
    "    vu,\n"
    "    test: {\n"
    "      abort: native.abort,\n"
    "      fail: native.fail,\n"
    "      get options() { return options = options || freeze(JSON.parse(native.options())); },\n"
    "    },\n"
    "  };\n"
    "})";

/* ---- members ---- */

static JSValue execution_scenario(JSContext *ctx, struct script_vu *vu, const char *name)
{
    struct vu_host *host = vu->vu.host;
    if (host == NULL || vu->stage != SCRIPT_STAGE_VU || vu->vu.scenario == NULL)
        return JS_ThrowTypeError(ctx, "getting scenario information outside of the VU context is "
                                      "not supported");
    if (strcmp(name, "name") == 0)
        return script_new_text(ctx, vu->vu.scenario->name);
    if (strcmp(name, "executor") == 0)
        return JS_NewString(ctx, plan_executor_name(vu->vu.scenario->executor));
    if (strcmp(name, "progress") == 0)
        return JS_NewFloat64(ctx, vu_host_progress(host, vu->vu.scenario_index));
    if (strcmp(name, "startTime") == 0) {
        int64_t ago_ns = clock_now_ns() - vu_host_scenario_start_ns(host, vu->vu.scenario_index);
        return JS_NewFloat64(ctx, (double)((clock_wall_ns() - ago_ns) / CLOCK_NS_PER_MS));
    }
    return JS_NewInt64(ctx, (int64_t)vu->vu.number);
}

static JSValue execution_instance(JSContext *ctx, struct script_vu *vu, const char *name)
{
    const struct script_shard *shard = vu->shard;
    struct vu_host *host = vu->vu.host;
    if (vu->stage == SCRIPT_STAGE_INIT)
        return JS_ThrowTypeError(ctx, "getting instance information in the init context is not "
                                      "supported");
    if (strcmp(name, "currentTestRunDuration") == 0)
        return JS_NewFloat64(ctx, (double)(clock_now_ns() - shard->start_ns) / 1e6);
    if (strcmp(name, "iterationsCompleted") == 0)
        return JS_NewInt64(ctx, (int64_t)shard->iterations_done);
    if (strcmp(name, "iterationsInterrupted") == 0)
        return JS_NewInt64(ctx, (int64_t)shard->iterations_cut);
    if (host == NULL)
        return JS_NewInt32(ctx, 0);
    if (strcmp(name, "vusActive") == 0)
        return JS_NewInt64(ctx, (int64_t)vu_host_active(host));
    return JS_NewInt64(ctx, (int64_t)vu_host_initialised(host));
}

static JSValue execution_vu(JSContext *ctx, struct script_vu *vu, const char *name)
{
    if (strcmp(name, "idInInstance") == 0 || strcmp(name, "idInTest") == 0)
        return JS_NewInt64(ctx, (int64_t)vu->vu.id);
    if (strcmp(name, "iterationInScenario") == 0)
        return JS_NewInt64(ctx, (int64_t)vu->vu.scenario_iteration);
    return JS_NewInt64(ctx, (int64_t)vu->vu.iteration);
}

static JSValue execution_get(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                             JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    const char *name = JS_ToCString(ctx, argv[0]);
    JSValue result;
    if (name == NULL)
        return JS_EXCEPTION;
    if (strncmp(name, "vu.", 3) == 0)
        result = execution_vu(ctx, vu, name + 3);
    else if (strncmp(name, "scenario.", 9) == 0)
        result = execution_scenario(ctx, vu, name + 9);
    else
        result = execution_instance(ctx, vu, name + 9);
    JS_FreeCString(ctx, name);
    return result;
}

/* ---- tags ---- */

static void execution_put_pairs(JSContext *ctx, JSValueConst object, const struct plan_pair *pairs,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        JSAtom name = JS_NewAtomLen(ctx, pairs[i].name.ptr, pairs[i].name.len);
        (void)JS_SetProperty(ctx, object, name, script_new_text(ctx, pairs[i].value));
        JS_FreeAtom(ctx, name);
    }
}

static JSValue execution_tags(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                              JSValueConst *argv BR_UNUSED)
{
    struct script_vu *vu = script_vu_of(ctx);
    const struct script_settings *settings = vu->shard->settings;
    JSValue tags = JS_NewObject(ctx);
    execution_put_pairs(ctx, tags, settings->tags, settings->tag_count);
    if (vu->stage != SCRIPT_STAGE_VU || vu->vu.scenario == NULL)
        return tags;
    (void)JS_SetPropertyStr(ctx, tags, "scenario", script_new_text(ctx, vu->vu.scenario->name));
    (void)JS_SetPropertyStr(ctx, tags, "group",
                            script_new_text(ctx, vu->group == NULL ? BYTES("") : vu->group->path));
    execution_put_pairs(ctx, tags, vu->vu.scenario->tags, vu->vu.scenario->tag_count);
    return tags;
}

static JSValue execution_retag(JSContext *ctx, JSValueConst this_value BR_UNUSED,
                               int argc BR_UNUSED, JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    if (!script_vu_records(vu))
        return JS_UNDEFINED;
    if (!script_tags_from_object(vu, vu->shard->recorder->tags->empty, argv[0], &vu->own_tags))
        return JS_EXCEPTION;
    script_vu_retag(vu);
    return JS_UNDEFINED;
}

/* ---- the end ---- */

static JSValue execution_end(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                             JSValueConst *argv, int verdict)
{
    struct script_vu *vu = script_vu_of(ctx);
    struct script_bytes text = {.string = NULL};
    struct bytes words = BYTES_NONE;
    if (argc > 0 && !JS_IsUndefined(argv[0])) {
        if (!script_bytes_get(ctx, argv[0], &text))
            return JS_EXCEPTION;
        words = text.bytes;
    }
    bool aborts = verdict == SCRIPT_ABORTED;
    script_logf(&vu->shard->program->log, SCRIPT_ERROR, "test %s%s%.*s",
                aborts ? "aborted" : "marked as failed", words.len > 0 ? ": " : "",
                BYTES_ARG(words));
    script_vu_abort_test(vu, (enum script_verdict)verdict, words);
    script_bytes_release(ctx, &text);
    if (!aborts)
        return JS_UNDEFINED;
    vu->engine.interrupted = true;
    return script_engine_throw_interrupted(ctx);
}

static JSValue execution_options(JSContext *ctx, JSValueConst this_value BR_UNUSED,
                                 int argc BR_UNUSED, JSValueConst *argv BR_UNUSED)
{
    struct bytes json = script_vu_of(ctx)->shard->settings->options_json;
    return script_new_text(ctx, json.len > 0 ? json : BYTES("{}"));
}

static const JSCFunctionListEntry execution_functions[] = {
    JS_CFUNC_DEF("get", 1, execution_get),
    JS_CFUNC_DEF("tags", 0, execution_tags),
    JS_CFUNC_DEF("retag", 1, execution_retag),
    JS_CFUNC_DEF("options", 0, execution_options),
    JS_CFUNC_MAGIC_DEF("abort", 1, execution_end, SCRIPT_ABORTED),
    JS_CFUNC_MAGIC_DEF("fail", 1, execution_end, SCRIPT_MARKED_FAILED),
};

JSValue script_make_execution(JSContext *ctx)
{
    JSValue factory = JS_Eval(ctx, execution_source, sizeof(execution_source) - 1, "k6/execution",
                              JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(factory))
        return factory;
    JSValue native = SCRIPT_MAKE(ctx, execution_functions);
    JSValue module = JS_Call(ctx, factory, JS_UNDEFINED, 1, &native);
    JS_FreeValue(ctx, native);
    JS_FreeValue(ctx, factory);
    return module;
}
