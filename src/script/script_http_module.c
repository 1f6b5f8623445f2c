/* SPDX-License-Identifier: Apache-2.0
 *
 * The module k6/http.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "script/script_encode.h"
#include "script/script_loader.h"
#include "script/script_request.h"
#include "script/script_response.h"
#include "script/script_timer.h"
#include "script/script_value.h"

/* ---- one request ---- */

enum http_method { VERB_GET, VERB_HEAD, VERB_POST, VERB_PUT, VERB_PATCH, VERB_DEL, VERB_OPTIONS };

static const char *const http_methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                           "PATCH", "DELETE", "OPTIONS"};

static bool module_allowed(JSContext *ctx)
{
    if (script_vu_records(script_vu_of(ctx)))
        return true;
    (void)JS_ThrowTypeError(ctx, "making http requests in the init context is not supported");
    return false;
}

static void module_warn(struct script_call *call)
{
    const struct script_log *log = &call->vu->shard->program->log;
    struct buf error;
    buf_init(&error, SCRIPT_URL_MAX + 2 * SCRIPT_ERROR_MAX);
    char verb[32];
    (void)snprintf(verb, sizeof(verb), "%s", call->sent_method);
    for (char *c = verb + 1; verb[0] != '\0' && *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    buf_putf(&error, "%s \"%.*s\": %s", verb, BYTES_ARG(buf_bytes(&call->current)),
             call->hop.error);
    struct script_log_field field = {"error", buf_bytes(&error)};
    script_log_line(log, SCRIPT_WARN, BYTES("Request Failed"), &field, 1);
    buf_fini(&error);
}

/* After a call: what the script gets. */
static JSValue module_result(JSContext *ctx, struct script_call *call)
{
    if (call->vu->engine.interrupted)
        return script_engine_throw_interrupted(ctx);
    if (call->redirects_exceeded)
        script_logf(&call->vu->shard->program->log, SCRIPT_WARN,
                    "Stopped after %d redirects and returned the redirection; pass { redirects: n "
                    "} in request params or set global maxRedirects to silence this",
                    call->vu->shard->settings->max_redirects);
    if (call->hop.err != BR_ERR_NONE) {
        if (call->throws || (call->failed_early && call->vu->shard->settings->throws)) {
            JSValue error = JS_NewError(ctx);
            (void)JS_SetPropertyStr(ctx, error, "message", JS_NewString(ctx, call->hop.error));
            (void)JS_SetPropertyStr(ctx, error, "error_code",
                                    JS_NewInt32(ctx, call->hop.error_code));
            return JS_Throw(ctx, error);
        }
        module_warn(call);
    }
    return script_response_new(ctx, call);
}

/* The body is made when the params are known: its type and its coding depend on them. */
static bool module_read(JSContext *ctx, struct script_call *call, JSValueConst url,
                        JSValueConst body, JSValueConst params)
{
    return script_request_url(ctx, call, url) && script_request_params(ctx, call, params) &&
           script_request_body(ctx, call, body) &&
           (call->codings.len == 0 || script_compress_body(ctx, call, buf_bytes(&call->codings)));
}

static JSValue module_run(JSContext *ctx, const char *method, JSValueConst url, JSValueConst body,
                          JSValueConst params)
{
    struct script_call call;
    if (!module_allowed(ctx))
        return JS_EXCEPTION;
    script_call_init(&call, script_vu_of(ctx));
    (void)snprintf(call.method, sizeof(call.method), "%s", method);
    JSValue result = JS_EXCEPTION;
    if (module_read(ctx, &call, url, body, params)) {
        script_call_run(&call);
        result = module_result(ctx, &call);
    }
    script_call_fini(&call);
    return result;
}

static JSValue module_arg(int argc, JSValueConst *argv, int i)
{
    return i < argc ? argv[i] : JS_UNDEFINED;
}

static JSValue module_verb(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                           JSValueConst *argv, int method)
{
    bool bare = method == VERB_GET || method == VERB_HEAD;
    if (argc < 1)
        return JS_ThrowTypeError(ctx, "a URL is missing");
    return module_run(ctx, http_methods[method], argv[0],
                      bare ? JS_UNDEFINED : module_arg(argc, argv, 1),
                      module_arg(argc, argv, bare ? 1 : 2));
}

static bool module_take_method(JSContext *ctx, JSValueConst value, char out_method[32])
{
    struct script_call probe;
    script_call_init(&probe, script_vu_of(ctx));
    bool good = script_request_method(ctx, &probe, value);
    memcpy(out_method, probe.method, 32);
    script_call_fini(&probe);
    return good;
}

static JSValue module_request(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                              JSValueConst *argv)
{
    char method[32];
    if (argc < 2)
        return JS_ThrowTypeError(ctx, "request() needs a method and a URL");
    if (!module_take_method(ctx, argv[0], method))
        return JS_EXCEPTION;
    return module_run(ctx, method, argv[1], module_arg(argc, argv, 2), module_arg(argc, argv, 3));
}

/* ---- requests side by side ---- */

struct module_batch {
    struct script_vu *vu;
    struct module_item *items;
    size_t count;
    size_t left;
    unsigned running;
    size_t next;
};

/* One request of a batch, or one asynchronous one. */
struct module_item {
    struct script_call call;
    struct module_batch *batch; /* NULL: asynchronous */
    struct script_async async;
    bool started;
    bool ended;
    bool is_string;                     /* given as a bare URL */
    char place[URL_HOST_SIZE_MAX + 16]; /* for batchPerHost */
};

static void module_item_main(void *context)
{
    struct module_item *item = context;
    struct script_vu *vu = item->call.vu;
    script_call_run(&item->call);
    item->ended = true;
    if (item->batch == NULL) {
        script_async_complete(vu, &item->async);
        return;
    }
    item->batch->left--;
    item->batch->running--;
    script_vu_wake(vu);
}

static void module_item_start(struct module_item *item)
{
    struct script_vu *vu = item->call.vu;
    struct fiber *fiber;
    struct diag diag;
    item->started = true;
    MUST(fiber_create(vu->shard->http->fibers, module_item_main, item, &fiber, &diag) ==
         BR_ERR_NONE);
    (void)fiber_resume(fiber);
}

static void module_note_place(struct module_item *item)
{
    struct buf clean;
    struct bytes user;
    buf_init(&clean, SCRIPT_URL_MAX);
    buf_put(&clean, buf_bytes(&item->call.url));
    user = buf_bytes(&clean);
    const char *mark = memmem(user.ptr, user.len, "://", 3);
    if (mark != NULL) {
        user = bytes_skip(user, (size_t)(mark - user.ptr) + 3);
        size_t len = 0;
        while (len < user.len && strchr("/?#", user.ptr[len]) == NULL)
            len++;
        (void)snprintf(item->place, sizeof(item->place), "%.*s", (int)len, user.ptr);
    }
    buf_fini(&clean);
}

static bool batch_may_start(const struct module_batch *batch, const struct module_item *item)
{
    const struct script_settings *settings = batch->vu->shard->settings;
    int same = 0;
    if (settings->batch_per_host <= 0)
        return true;
    for (size_t i = 0; i < batch->count; i++) {
        const struct module_item *other = &batch->items[i];
        if (other->started && !other->ended && strcmp(other->place, item->place) == 0)
            same++;
    }
    return same < settings->batch_per_host;
}

static void batch_start_some(struct module_batch *batch)
{
    int limit = batch->vu->shard->settings->batch;
    for (size_t i = 0; i < batch->count; i++) {
        struct module_item *item = &batch->items[i];
        if (limit > 0 && batch->running >= (unsigned)limit)
            return;
        if (item->started || !batch_may_start(batch, item))
            continue;
        batch->running++;
        module_item_start(item);
    }
}

static void batch_run(struct module_batch *batch)
{
    struct script_vu *vu = batch->vu;
    while (batch->left > 0) {
        if (!vu->engine.interrupted)
            batch_start_some(batch);
        else if (batch->running == 0)
            return;
        if (batch->left == 0)
            return;
        script_vu_park(vu);
        if (vu->engine.interrupted)
            script_http_cancel_all(vu->http);
    }
}

/* A URL, [method, url, body, params], or {method, url, body, params}. */
static bool batch_read_item(JSContext *ctx, struct module_item *item, JSValueConst value)
{
    struct script_call *call = &item->call;
    JSValue parts[4] = {JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED};
    static const char *const names[] = {"method", "url", "body", "params"};
    bool is_array = JS_IsArray(ctx, value) > 0;
    JSValue name = JS_IsObject(value) ? JS_GetPropertyStr(ctx, value, "name") : JS_UNDEFINED;
    bool is_url = !JS_IsObject(value) || JS_IsString(name);
    JS_FreeValue(ctx, name);
    (void)snprintf(call->method, sizeof(call->method), "GET");
    if (is_url)
        return script_request_url(ctx, call, value);
    for (int i = 0; i < 4; i++)
        parts[i] = is_array ? JS_GetPropertyUint32(ctx, value, (uint32_t)i)
                            : JS_GetPropertyStr(ctx, value, names[i]);
    bool good = JS_IsUndefined(parts[0]) || script_request_method(ctx, call, parts[0]);
    good = good && module_read(ctx, call, parts[1], parts[2], parts[3]);
    for (int i = 0; i < 4; i++)
        JS_FreeValue(ctx, parts[i]);
    return good;
}

static JSValue batch_results(JSContext *ctx, struct module_batch *batch, JSPropertyEnum *names,
                             bool is_array)
{
    JSValue results = is_array ? JS_NewArray(ctx) : JS_NewObject(ctx);
    for (size_t i = 0; i < batch->count; i++) {
        JSValue result = module_result(ctx, &batch->items[i].call);
        if (JS_IsException(result)) {
            JS_FreeValue(ctx, results);
            return result;
        }
        (void)JS_SetProperty(ctx, results, names[i].atom, result);
    }
    return results;
}

static JSValue module_batch(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                            JSValueConst *argv)
{
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    struct module_batch batch = {.vu = script_vu_of(ctx)};
    if (!module_allowed(ctx))
        return JS_EXCEPTION;
    if (argc < 1 || !JS_IsObject(argv[0]))
        return JS_ThrowTypeError(ctx, "batch() needs an array or an object of requests");
    if (JS_GetOwnPropertyNames(ctx, &names, &count, argv[0],
                               JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return JS_EXCEPTION;
    batch.items = mem_zalloc(count + 1, sizeof(batch.items[0]));
    bool good = true;
    for (uint32_t i = 0; i < count && good; i++) {
        struct module_item *item = &batch.items[batch.count++];
        JSValue value = JS_GetProperty(ctx, argv[0], names[i].atom);
        script_call_init(&item->call, batch.vu);
        item->batch = &batch;
        good = batch_read_item(ctx, item, value);
        module_note_place(item);
        JS_FreeValue(ctx, value);
    }
    JSValue result = JS_EXCEPTION;
    if (good) {
        batch.left = batch.count;
        batch_run(&batch);
        if (batch.vu->engine.interrupted)
            result = script_engine_throw_interrupted(ctx);
        else
            result = batch_results(ctx, &batch, names, JS_IsArray(ctx, argv[0]) > 0);
    }
    for (size_t i = 0; i < batch.count; i++)
        script_call_fini(&batch.items[i].call);
    mem_free(batch.items);
    script_free_names(ctx, names, count);
    return result;
}

static void module_finish_async(struct script_vu *vu, struct script_async *async)
{
    struct module_item *item = BR_CONTAINER(async, struct module_item, async);
    JSContext *ctx = vu->engine.ctx;
    JSValue result = module_result(ctx, &item->call);
    bool failed = JS_IsException(result);
    if (failed)
        result = JS_GetException(ctx);
    script_async_settle(vu, async, result, failed);
    script_call_fini(&item->call);
    mem_free(item);
}

static JSValue module_async(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                            JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    if (!module_allowed(ctx))
        return JS_EXCEPTION;
    if (argc < 2)
        return JS_ThrowTypeError(ctx, "asyncRequest() needs a method and a URL");
    struct module_item *item = MEM_NEW(struct module_item);
    script_call_init(&item->call, vu);
    item->async.finish = module_finish_async;
    bool good = script_request_method(ctx, &item->call, argv[0]) &&
                module_read(ctx, &item->call, argv[1], module_arg(argc, argv, 2),
                            module_arg(argc, argv, 3));
    JSValue promise = good ? script_async_begin(vu, &item->async) : JS_EXCEPTION;
    if (JS_IsException(promise)) {
        script_call_fini(&item->call);
        mem_free(item);
        return promise;
    }
    module_item_start(item);
    return promise;
}

/* ---- the rest ---- */

static JSValue module_expected(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                               JSValueConst *argv)
{
    JSValue object = JS_NewObject(ctx);
    JSValue list = JS_NewArray(ctx);
    uint32_t at = 0;
    (void)JS_SetPropertyStr(ctx, object, "__statuses", JS_DupValue(ctx, list));
    for (int i = 0; i < argc; i++) {
        JSValue low, high;
        if (JS_IsNumber(argv[i])) {
            low = JS_DupValue(ctx, argv[i]);
            high = JS_DupValue(ctx, argv[i]);
        } else if (JS_IsObject(argv[i])) {
            low = JS_GetPropertyStr(ctx, argv[i], "min");
            high = JS_GetPropertyStr(ctx, argv[i], "max");
        } else {
            JS_FreeValue(ctx, list);
            JS_FreeValue(ctx, object);
            return JS_ThrowTypeError(ctx,
                                     "argument number %d to expectedStatuses was neither an "
                                     "integer nor an object like {min:100, max:329}",
                                     i + 1);
        }
        (void)JS_SetPropertyUint32(ctx, list, at++, low);
        (void)JS_SetPropertyUint32(ctx, list, at++, high);
    }
    JS_FreeValue(ctx, list);
    return object;
}

static JSValue module_set_callback(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                                   JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    if (argc < 1 || !script_read_expected(ctx, argv[0], &vu->http->expected))
        return argc < 1 ? JS_UNDEFINED : JS_EXCEPTION;
    return JS_UNDEFINED;
}

/* http.url`…`: the URL, and its name with ${} in the places. */
static JSValue module_url(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                          JSValueConst *argv)
{
    struct buf url, name;
    bool good = argc > 0;
    buf_init(&url, SCRIPT_URL_MAX);
    buf_init(&name, SCRIPT_URL_MAX);
    for (int i = 0; i < argc && good; i++) {
        struct script_bytes part, value;
        JSValue piece = JS_GetPropertyUint32(ctx, argv[0], (uint32_t)i);
        good = script_bytes_get(ctx, piece, &part);
        if (good) {
            good = buf_append(&url, part.bytes) == BR_ERR_NONE &&
                   buf_append(&name, part.bytes) == BR_ERR_NONE;
            script_bytes_release(ctx, &part);
        }
        JS_FreeValue(ctx, piece);
        if (good && i + 1 < argc) {
            good = script_bytes_get(ctx, argv[i + 1], &value);
            if (good) {
                good = buf_append(&url, value.bytes) == BR_ERR_NONE &&
                       buf_append(&name, BYTES("${}")) == BR_ERR_NONE;
                script_bytes_release(ctx, &value);
            }
        }
    }
    JSValue object = JS_EXCEPTION;
    if (good) {
        object = JS_NewObject(ctx);
        (void)JS_SetPropertyStr(ctx, object, "url", JS_NewStringLen(ctx, url.data, url.len));
        (void)JS_SetPropertyStr(ctx, object, "name", JS_NewStringLen(ctx, name.data, name.len));
    } else if (!JS_HasException(ctx)) {
        (void)JS_ThrowTypeError(ctx, "http.url is a tag of template strings");
    }
    buf_fini(&url);
    buf_fini(&name);
    return object;
}

static JSValue module_jar(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc BR_UNUSED,
                          JSValueConst *argv BR_UNUSED)
{
    if (!script_vu_records(script_vu_of(ctx)))
        return JS_ThrowTypeError(ctx, "getting cookie jars in the init context is not supported");
    return script_jar_of_vu(ctx);
}

static const JSCFunctionListEntry module_functions[] = {
    JS_CFUNC_MAGIC_DEF("get", 2, module_verb, VERB_GET),
    JS_CFUNC_MAGIC_DEF("head", 2, module_verb, VERB_HEAD),
    JS_CFUNC_MAGIC_DEF("post", 3, module_verb, VERB_POST),
    JS_CFUNC_MAGIC_DEF("put", 3, module_verb, VERB_PUT),
    JS_CFUNC_MAGIC_DEF("patch", 3, module_verb, VERB_PATCH),
    JS_CFUNC_MAGIC_DEF("del", 3, module_verb, VERB_DEL),
    JS_CFUNC_MAGIC_DEF("options", 3, module_verb, VERB_OPTIONS),
    JS_CFUNC_DEF("request", 4, module_request),
    JS_CFUNC_DEF("asyncRequest", 4, module_async),
    JS_CFUNC_DEF("batch", 1, module_batch),
    JS_CFUNC_DEF("file", 3, script_file_new),
    JS_CFUNC_DEF("cookieJar", 0, module_jar),
    JS_CFUNC_DEF("expectedStatuses", 1, module_expected),
    JS_CFUNC_DEF("setResponseCallback", 1, module_set_callback),
    JS_CFUNC_DEF("url", 1, module_url),
    JS_PROP_STRING_DEF("TLS_1_0", "tls1.0", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("TLS_1_1", "tls1.1", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("TLS_1_2", "tls1.2", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("TLS_1_3", "tls1.3", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("OCSP_STATUS_GOOD", "good", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("OCSP_STATUS_REVOKED", "revoked", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("OCSP_STATUS_SERVER_FAILED", "server_failed", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("OCSP_STATUS_UNKNOWN", "unknown", JS_PROP_ENUMERABLE),
};

JSValue script_make_http(JSContext *ctx)
{
    script_response_define(ctx);
    script_jar_define(ctx);
    JSValue module = SCRIPT_MAKE(ctx, module_functions);
    (void)JS_SetPropertyStr(ctx, module, "CookieJar", script_jar_constructor(ctx));
    return module;
}
