/* SPDX-License-Identifier: Apache-2.0
 *
 * The module k6/metrics: Counter, Gauge, Rate, Trend. An object is a number of the registry; the
 * first look at the script defines it, each VU's finds it.
 */
#include <math.h>

#include "script/script_loader.h"
#include "script/script_vu.h"

/* The metric's id is kept in a hidden member, by a symbol of ours that no script sees. */
static const char metrics_key[] = "__metric";

static int metrics_id(JSContext *ctx, JSValueConst object)
{
    JSValue value = JS_GetPropertyStr(ctx, object, metrics_key);
    int32_t id = -1;
    if (!JS_IsNumber(value) || JS_ToInt32(ctx, &id, value) < 0)
        id = -1;
    JS_FreeValue(ctx, value);
    return id;
}

static JSValue metrics_define(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv,
                              int type)
{
    struct script_vu *vu = script_vu_of(ctx);
    struct diag diag = DIAG_INIT;
    size_t len;
    int id;
    if (vu->stage != SCRIPT_STAGE_INIT)
        return JS_ThrowTypeError(ctx, "metrics must be declared in the init context");
    const char *name =
        argc > 0 && JS_IsString(argv[0]) ? JS_ToCStringLen(ctx, &len, argv[0]) : NULL;
    if (name == NULL)
        return JS_ThrowTypeError(ctx, "a metric needs a name");
    bool is_time = argc > 1 && JS_ToBool(ctx, argv[1]) > 0;
    enum br_err err =
        metric_define(vu->shard->program->registry, bytes_make(name, len), (enum metric_type)type,
                      is_time ? METRIC_CONTAINS_TIME : METRIC_CONTAINS_DEFAULT, &id, &diag);
    JSValue result;
    if (err == BR_ERR_NONE) {
        JSValue proto = JS_GetPropertyStr(ctx, new_target, "prototype");
        result = JS_NewObjectProto(ctx, proto);
        JS_FreeValue(ctx, proto);
        (void)JS_DefinePropertyValueStr(ctx, result, metrics_key, JS_NewInt32(ctx, id), 0);
        (void)JS_DefinePropertyValueStr(ctx, result, "name", JS_NewStringLen(ctx, name, len),
                                        JS_PROP_ENUMERABLE);
    } else {
        result = JS_ThrowTypeError(ctx, "%s", diag.text);
    }
    JS_FreeCString(ctx, name);
    return result;
}

/* A value that k6 takes: numbers, booleans, strings of numbers. */
static bool metrics_value(JSContext *ctx, JSValueConst value, double *out_value)
{
    if (JS_IsNull(value) || JS_IsUndefined(value) || JS_IsObject(value))
        return false;
    if (JS_ToFloat64(ctx, out_value, value) < 0) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return false;
    }
    return isfinite(*out_value) != 0;
}

static JSValue metrics_refuse(JSContext *ctx, int id)
{
    struct script_vu *vu = script_vu_of(ctx);
    const struct metric *metric = metric_at(vu->shard->program->registry, id);
    if (vu->shard->settings->throws)
        return JS_ThrowTypeError(ctx, "'%.*s' takes numbers only", BYTES_ARG(metric->name));
    script_logf(&vu->shard->program->log, SCRIPT_WARN,
                "'%.*s': a value that is no number was not added", BYTES_ARG(metric->name));
    return JS_FALSE;
}

static JSValue metrics_add(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    double value;
    int id = metrics_id(ctx, this_value);
    if (id < 0)
        return JS_ThrowTypeError(ctx, "add() is a method of a metric");
    if (!script_vu_records(vu))
        return JS_ThrowTypeError(ctx, "metrics cannot be added to in the init context");
    if (argc < 1 || !metrics_value(ctx, argv[0], &value))
        return metrics_refuse(ctx, id);
    const struct tag_set *tags = vu->tags;
    if (argc > 1 && JS_IsObject(argv[1]) && !script_tags_from_object(vu, tags, argv[1], &tags))
        return JS_EXCEPTION;
    script_vu_record(vu, id, tags, value, loop_now(vu->shard->loop));
    return JS_TRUE;
}

static const JSCFunctionListEntry metrics_members[] = {
    JS_CFUNC_DEF("add", 1, metrics_add),
};

JSValue script_make_metrics(JSContext *ctx)
{
    static const struct {
        const char *name;
        enum metric_type type;
    } rows[] = {
        {"Counter", METRIC_TYPE_COUNTER},
        {"Gauge", METRIC_TYPE_GAUGE},
        {"Rate", METRIC_TYPE_RATE},
        {"Trend", METRIC_TYPE_TREND},
    };
    JSValue module = JS_NewObject(ctx);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        JSCFunctionType function = {.constructor_magic = metrics_define};
        JSValue constructor = JS_NewCFunction2(ctx, function.generic, rows[i].name, 1,
                                               JS_CFUNC_constructor_magic, (int)rows[i].type);
        JSValue proto = SCRIPT_MAKE(ctx, metrics_members);
        JS_SetConstructor(ctx, constructor, proto);
        JS_FreeValue(ctx, proto);
        (void)JS_SetPropertyStr(ctx, module, rows[i].name, constructor);
    }
    return module;
}
