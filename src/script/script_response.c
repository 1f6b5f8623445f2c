/* SPDX-License-Identifier: Apache-2.0
 *
 * Most scripts look at the status and drop the rest: so the rest stays bytes. What was built once
 * is kept, since scripts compare and change it (k6's is a plain object).
 */
#include "script/script_response.h"

#include <string.h>

#include "base/mem.h"
#include "script/script_loader.h"
#include "script/script_path_json.h"
#include "script/script_text.h"
#include "script/script_url.h"
#include "script/script_value.h"
#include "sys/clock.h"
#include "wire/h1_emit.h"

enum response_member {
    RESPONSE_STATUS,
    RESPONSE_STATUS_TEXT,
    RESPONSE_BODY,
    RESPONSE_HEADERS,
    RESPONSE_COOKIES,
    RESPONSE_URL,
    RESPONSE_PROTO,
    RESPONSE_REMOTE_IP,
    RESPONSE_REMOTE_PORT,
    RESPONSE_TIMINGS,
    RESPONSE_TLS_VERSION,
    RESPONSE_TLS_CIPHER,
    RESPONSE_OCSP,
    RESPONSE_ERROR,
    RESPONSE_ERROR_CODE,
    RESPONSE_REQUEST,
    RESPONSE_JSON, /* the whole body, parsed */
    RESPONSE_MEMBER_COUNT
};

struct response {
    JSValue built[RESPONSE_MEMBER_COUNT]; /* undefined: not yet */
    int status;
    int error_code;
    enum script_response_type type;
    bool failed; /* no reply */
    bool has_body;
    struct script_times times;
    struct buf url;
    struct buf head;
    struct buf body;
    struct buf sent_headers;
    struct buf sent_body;
    char method[32];
    char remote[SOCK_TEXT_SIZE];
    char tls_version[16];
    char tls_cipher[64];
    char *error; /* NULL: none */
};

static JSClassID response_class;

/* ---- its life ---- */

static void response_finalize(JSRuntime *runtime, JSValue value)
{
    struct response *response = JS_GetOpaque(value, response_class);
    if (response == NULL)
        return;
    for (int i = 0; i < RESPONSE_MEMBER_COUNT; i++)
        JS_FreeValueRT(runtime, response->built[i]);
    buf_fini(&response->url);
    buf_fini(&response->head);
    buf_fini(&response->body);
    buf_fini(&response->sent_headers);
    buf_fini(&response->sent_body);
    mem_free(response->error);
    mem_free(response);
}

static void response_mark(JSRuntime *runtime, JSValueConst value, JS_MarkFunc *mark)
{
    struct response *response = JS_GetOpaque(value, response_class);
    for (int i = 0; response != NULL && i < RESPONSE_MEMBER_COUNT; i++)
        JS_MarkValue(runtime, response->built[i], mark);
}

static void response_move(struct buf *to, struct buf *from)
{
    *to = *from;
    buf_init(from, from->max);
}

JSValue script_response_new(JSContext *ctx, struct script_call *call)
{
    struct script_hop *hop = &call->hop;
    JSValue object = JS_NewObjectClass(ctx, (int)response_class);
    if (JS_IsException(object))
        return object;
    struct response *response = mem_alloc(sizeof(*response));
    for (int i = 0; i < RESPONSE_MEMBER_COUNT; i++)
        response->built[i] = JS_UNDEFINED;
    response->status = hop->status;
    response->error_code = hop->error_code;
    response->type = call->response_type;
    response->failed = hop->err != BR_ERR_NONE;
    response->has_body = call->has_body;
    response->times = hop->times;
    response_move(&response->url, call->current.len > 0 ? &call->current : &call->url);
    response_move(&response->head, &hop->head);
    response_move(&response->body, &hop->body);
    response_move(&response->sent_headers, &call->sent_headers);
    response_move(&response->sent_body, &call->body);
    memcpy(response->method, call->sent_method, sizeof(response->method));
    memcpy(response->remote, hop->remote, sizeof(response->remote));
    memcpy(response->tls_version, hop->tls_version, sizeof(response->tls_version));
    memcpy(response->tls_cipher, hop->tls_cipher, sizeof(response->tls_cipher));
    response->error = response->failed ? mem_copy_str(bytes_from_str(hop->error)) : NULL;
    JS_SetOpaque(object, response);
    return object;
}

/* ---- members ---- */

static JSValue response_status_text(JSContext *ctx, const struct response *response)
{
    struct bytes line = bytes_make(response->head.data, response->head.len);
    line.len = bytes_find(line, '\n');
    size_t blank = bytes_find(line, ' ');
    if (response->status == 0 || blank >= line.len)
        return JS_NewString(ctx, "");
    struct bytes text = bytes_trim(bytes_skip(line, blank + 1));
    return script_new_text(ctx, text);
}

static JSValue response_body(JSContext *ctx, const struct response *response)
{
    struct bytes body = bytes_make(response->body.data, response->body.len);
    if (response->failed || response->type == SCRIPT_RESPONSE_NONE)
        return JS_NULL;
    if (response->type == SCRIPT_RESPONSE_BINARY)
        return JS_NewArrayBufferCopy(ctx, (const uint8_t *)body.ptr, body.len);
    return script_new_text(ctx, body);
}

/* Adds a header to an object: the same again joins by ", ". */
static void response_add_header(JSContext *ctx, JSValueConst object, struct bytes name,
                                struct bytes value)
{
    struct buf canonical;
    buf_init(&canonical, SCRIPT_HEAD_MAX);
    buf_put(&canonical, name);
    script_canonical_header(canonical.data, canonical.len);
    JSAtom atom = JS_NewAtomLen(ctx, canonical.data, canonical.len);
    JSValue before = JS_GetProperty(ctx, object, atom);
    if (JS_IsString(before)) {
        size_t len;
        const char *text = JS_ToCStringLen(ctx, &len, before);
        buf_clear(&canonical);
        buf_put(&canonical, bytes_make(text, len));
        buf_put(&canonical, BYTES(", "));
        buf_put(&canonical, value);
        JS_FreeCString(ctx, text);
        value = buf_bytes(&canonical);
    }
    (void)JS_SetProperty(ctx, object, atom, script_new_text(ctx, value));
    JS_FreeValue(ctx, before);
    JS_FreeAtom(ctx, atom);
    buf_fini(&canonical);
}

static JSValue response_headers(JSContext *ctx, const struct response *response)
{
    JSValue headers = JS_NewObject(ctx);
    struct bytes head = bytes_make(response->head.data, response->head.len);
    struct bytes name, value;
    size_t at = 0;
    if (response->failed)
        return headers;
    while (script_head_next(head, &at, &name, &value))
        if (name.len > 0)
            response_add_header(ctx, headers, name, value);
    return headers;
}

static JSValue response_cookie(JSContext *ctx, const struct script_set_cookie *cookie)
{
    JSValue object = JS_NewObject(ctx);
    double expires = cookie->has_expires ? (double)cookie->expires_s * 1e3 : -62135596800000.0;
    double max_age = cookie->has_max_age ? (double)cookie->max_age : 0.0;
    (void)JS_SetPropertyStr(ctx, object, "name", script_new_text(ctx, cookie->name));
    (void)JS_SetPropertyStr(ctx, object, "value", script_new_text(ctx, cookie->value));
    (void)JS_SetPropertyStr(ctx, object, "domain", script_new_text(ctx, cookie->domain));
    (void)JS_SetPropertyStr(ctx, object, "path", script_new_text(ctx, cookie->path));
    (void)JS_SetPropertyStr(ctx, object, "http_only", JS_NewBool(ctx, cookie->http_only));
    (void)JS_SetPropertyStr(ctx, object, "secure", JS_NewBool(ctx, cookie->secure));
    (void)JS_SetPropertyStr(ctx, object, "max_age", JS_NewFloat64(ctx, max_age));
    (void)JS_SetPropertyStr(ctx, object, "expires", JS_NewFloat64(ctx, expires));
    return object;
}

static JSValue response_cookies(JSContext *ctx, const struct response *response)
{
    JSValue cookies = JS_NewObject(ctx);
    struct bytes head = bytes_make(response->head.data, response->head.len);
    struct bytes name, value;
    size_t at = 0;
    while (!response->failed && script_head_next(head, &at, &name, &value)) {
        struct script_set_cookie cookie;
        if (!bytes_eq_nocase(name, BYTES("set-cookie")) || !script_cookie_parse(value, &cookie))
            continue;
        JSAtom atom = JS_NewAtomLen(ctx, cookie.name.ptr, cookie.name.len);
        JSValue list = JS_GetProperty(ctx, cookies, atom);
        int64_t count = 0;
        if (JS_IsUndefined(list)) {
            list = JS_NewArray(ctx);
            (void)JS_SetProperty(ctx, cookies, atom, JS_DupValue(ctx, list));
        } else {
            JSValue length = JS_GetPropertyStr(ctx, list, "length");
            (void)JS_ToInt64(ctx, &count, length);
            JS_FreeValue(ctx, length);
        }
        (void)JS_SetPropertyUint32(ctx, list, (uint32_t)count, response_cookie(ctx, &cookie));
        JS_FreeValue(ctx, list);
        JS_FreeAtom(ctx, atom);
    }
    return cookies;
}

static JSValue response_timings(JSContext *ctx, const struct response *response)
{
    const struct script_times *t = &response->times;
    JSValue timings = JS_NewObject(ctx);
    const struct {
        const char *name;
        int64_t ns;
    } rows[] = {
        {"duration", t->sending + t->waiting + t->receiving},
        {"blocked", t->blocked},
        {"looking_up", 0},
        {"connecting", t->connecting},
        {"tls_handshaking", t->tls},
        {"sending", t->sending},
        {"waiting", t->waiting},
        {"receiving", t->receiving},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        (void)JS_SetPropertyStr(ctx, timings, rows[i].name,
                                JS_NewFloat64(ctx, (double)rows[i].ns / 1e6));
    return timings;
}

/* The part of "ip:port" before or behind the last colon. */
static JSValue response_remote(JSContext *ctx, const struct response *response, bool port)
{
    struct bytes text = bytes_from_str(response->remote);
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (port) {
        int64_t number = 0;
        for (size_t i = colon; i < text.len; i++)
            number = number * 10 + (text.ptr[i] - '0');
        return JS_NewInt64(ctx, number);
    }
    text.len = colon > 0 ? colon - 1 : 0;
    if (bytes_starts(text, BYTES("[")))
        text = bytes_make(text.ptr + 1, text.len - 2);
    return JS_NewStringLen(ctx, text.len == 0 ? "" : text.ptr, text.len);
}

static JSValue response_request(JSContext *ctx, const struct response *response)
{
    JSValue request = JS_NewObject(ctx);
    JSValue headers = JS_NewObject(ctx);
    struct bytes head = bytes_make(response->sent_headers.data, response->sent_headers.len);
    struct bytes name, value;
    size_t at = 0;
    while (script_head_next(head, &at, &name, &value)) {
        if (name.len == 0 || bytes_eq_nocase(name, BYTES("host")))
            continue;
        JSAtom atom = JS_NewAtomLen(ctx, name.ptr, name.len);
        JSValue list = JS_NewArray(ctx);
        (void)JS_SetPropertyUint32(ctx, list, 0, script_new_text(ctx, value));
        (void)JS_SetProperty(ctx, headers, atom, list);
        JS_FreeAtom(ctx, atom);
    }
    struct bytes body = bytes_make(response->sent_body.data, response->sent_body.len);
    (void)JS_SetPropertyStr(ctx, request, "method", JS_NewString(ctx, response->method));
    (void)JS_SetPropertyStr(
        ctx, request, "url",
        script_new_text(ctx, bytes_make(response->url.data, response->url.len)));
    (void)JS_SetPropertyStr(ctx, request, "headers", headers);
    (void)JS_SetPropertyStr(ctx, request, "body", script_new_text(ctx, body));
    (void)JS_SetPropertyStr(ctx, request, "cookies", JS_NewObject(ctx));
    return request;
}

static JSValue response_ocsp(JSContext *ctx)
{
    JSValue object = JS_NewObject(ctx);
    static const char *const zeros[] = {"produced_at", "this_update", "next_update", "revoked_at"};
    for (size_t i = 0; i < BR_COUNT(zeros); i++)
        (void)JS_SetPropertyStr(ctx, object, zeros[i], JS_NewInt32(ctx, 0));
    (void)JS_SetPropertyStr(ctx, object, "revocation_reason", JS_NewString(ctx, ""));
    (void)JS_SetPropertyStr(ctx, object, "status", JS_NewString(ctx, ""));
    return object;
}

static JSValue response_build(JSContext *ctx, const struct response *response,
                              enum response_member member)
{
    switch (member) {
    case RESPONSE_STATUS:
        return JS_NewInt32(ctx, response->status);
    case RESPONSE_STATUS_TEXT:
        return response_status_text(ctx, response);
    case RESPONSE_BODY:
        return response_body(ctx, response);
    case RESPONSE_HEADERS:
        return response_headers(ctx, response);
    case RESPONSE_COOKIES:
        return response_cookies(ctx, response);
    case RESPONSE_URL:
        return script_new_text(ctx, bytes_make(response->url.data, response->url.len));
    case RESPONSE_PROTO:
        return JS_NewString(ctx, response->status > 0 ? "HTTP/1.1" : "");
    case RESPONSE_REMOTE_IP:
    case RESPONSE_REMOTE_PORT:
        return response_remote(ctx, response, member == RESPONSE_REMOTE_PORT);
    case RESPONSE_TIMINGS:
        return response_timings(ctx, response);
    case RESPONSE_TLS_VERSION:
        return JS_NewString(ctx, response->tls_version);
    case RESPONSE_TLS_CIPHER:
        return JS_NewString(ctx, response->tls_cipher);
    case RESPONSE_OCSP:
        return response_ocsp(ctx);
    case RESPONSE_ERROR:
        return JS_NewString(ctx, response->error == NULL ? "" : response->error);
    case RESPONSE_ERROR_CODE:
        return JS_NewInt32(ctx, response->error_code);
    case RESPONSE_REQUEST:
        return response_request(ctx, response);
    default:
        return JS_UNDEFINED;
    }
}

static JSValue response_get(JSContext *ctx, JSValueConst this_value, int magic)
{
    struct response *response = JS_GetOpaque2(ctx, this_value, response_class);
    if (response == NULL)
        return JS_EXCEPTION;
    if (magic == RESPONSE_STATUS && JS_IsUndefined(response->built[magic]))
        return JS_NewInt32(ctx, response->status);
    if (JS_IsUndefined(response->built[magic]))
        response->built[magic] = response_build(ctx, response, (enum response_member)magic);
    return JS_DupValue(ctx, response->built[magic]);
}

/* Scripts may put something else in a member's place. */
static JSValue response_set(JSContext *ctx, JSValueConst this_value, JSValueConst value, int magic)
{
    struct response *response = JS_GetOpaque2(ctx, this_value, response_class);
    if (response == NULL)
        return JS_EXCEPTION;
    JS_FreeValue(ctx, response->built[magic]);
    response->built[magic] = JS_DupValue(ctx, value);
    return JS_UNDEFINED;
}

/* ---- methods ---- */

/* The body as JSON, parsed once. */
static JSValue response_parse(JSContext *ctx, struct response *response)
{
    if (!JS_IsUndefined(response->built[RESPONSE_JSON]))
        return JS_DupValue(ctx, response->built[RESPONSE_JSON]);
    if (response->failed || response->type == SCRIPT_RESPONSE_NONE)
        return JS_ThrowTypeError(ctx, "the body is null so we can't transform it to JSON - this "
                                      "likely was because of a request error getting the response");
    (void)buf_cstr(&response->body);
    JSValue value = JS_ParseJSON(ctx, response->body.data, response->body.len, "response body");
    if (JS_IsException(value)) {
        struct buf text;
        buf_init(&text, 1 << 20);
        script_engine_describe(ctx, &text);
        text.len = bytes_find(buf_bytes(&text), '\n');
        (void)JS_ThrowTypeError(ctx, "cannot parse json due to an error: %.200s", buf_cstr(&text));
        buf_fini(&text);
        return value;
    }
    response->built[RESPONSE_JSON] = JS_DupValue(ctx, value);
    return value;
}

static JSValue response_json(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct response *response = JS_GetOpaque2(ctx, this_value, response_class);
    if (response == NULL)
        return JS_EXCEPTION;
    JSValue whole = response_parse(ctx, response);
    if (JS_IsException(whole) || argc < 1 || JS_IsUndefined(argv[0]))
        return whole;
    JSValue value = script_path_select(ctx, whole, argv[0]);
    JS_FreeValue(ctx, whole);
    return value;
}

/* html(), submitForm(), clickLink(): modules of ours that are loaded when they are asked for. */
static JSValue response_by_module(JSContext *ctx, JSValueConst this_value, int argc,
                                  JSValueConst *argv, int magic)
{
    static const char *const names[] = {"html", "submitForm", "clickLink"};
    JSValue function = script_helper(ctx, "brunt:response", names[magic]);
    if (JS_IsException(function))
        return function;
    JSValue args[3] = {this_value, argc > 0 ? argv[0] : JS_UNDEFINED, JS_UNDEFINED};
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, 2, args);
    JS_FreeValue(ctx, function);
    return result;
}

static const char *const response_names[] = {
    "status", "status_text", "body",        "headers", "cookies",     "url",
    "proto",  "remote_ip",   "remote_port", "timings", "tls_version", "tls_cipher_suite",
    "ocsp",   "error",       "error_code",  "request",
};

static JSValue response_to_json(JSContext *ctx, JSValueConst this_value, int argc BR_UNUSED,
                                JSValueConst *argv BR_UNUSED)
{
    JSValue object = JS_NewObject(ctx);
    for (int i = 0; i < (int)BR_COUNT(response_names); i++)
        (void)JS_SetPropertyStr(ctx, object, response_names[i], response_get(ctx, this_value, i));
    return object;
}

#define RESPONSE_MEMBER(name, magic) JS_CGETSET_MAGIC_DEF(name, response_get, response_set, magic)

static const JSCFunctionListEntry response_members[] = {
    RESPONSE_MEMBER("status", RESPONSE_STATUS),
    RESPONSE_MEMBER("status_text", RESPONSE_STATUS_TEXT),
    RESPONSE_MEMBER("body", RESPONSE_BODY),
    RESPONSE_MEMBER("headers", RESPONSE_HEADERS),
    RESPONSE_MEMBER("cookies", RESPONSE_COOKIES),
    RESPONSE_MEMBER("url", RESPONSE_URL),
    RESPONSE_MEMBER("proto", RESPONSE_PROTO),
    RESPONSE_MEMBER("remote_ip", RESPONSE_REMOTE_IP),
    RESPONSE_MEMBER("remote_port", RESPONSE_REMOTE_PORT),
    RESPONSE_MEMBER("timings", RESPONSE_TIMINGS),
    RESPONSE_MEMBER("tls_version", RESPONSE_TLS_VERSION),
    RESPONSE_MEMBER("tls_cipher_suite", RESPONSE_TLS_CIPHER),
    RESPONSE_MEMBER("ocsp", RESPONSE_OCSP),
    RESPONSE_MEMBER("error", RESPONSE_ERROR),
    RESPONSE_MEMBER("error_code", RESPONSE_ERROR_CODE),
    RESPONSE_MEMBER("request", RESPONSE_REQUEST),
    JS_CFUNC_DEF("json", 1, response_json),
    JS_CFUNC_MAGIC_DEF("html", 1, response_by_module, 0),
    JS_CFUNC_MAGIC_DEF("submitForm", 1, response_by_module, 1),
    JS_CFUNC_MAGIC_DEF("clickLink", 1, response_by_module, 2),
    JS_CFUNC_DEF("toJSON", 0, response_to_json),
};

void script_response_define(JSContext *ctx)
{
    static const JSClassDef definition = {
        .class_name = "Response",
        .finalizer = response_finalize,
        .gc_mark = response_mark,
    };
    JSRuntime *runtime = JS_GetRuntime(ctx);
    (void)JS_NewClassID(&response_class);
    if (JS_IsRegisteredClass(runtime, response_class))
        return;
    (void)JS_NewClass(runtime, response_class, &definition);
    JS_SetClassProto(ctx, response_class, SCRIPT_MAKE(ctx, response_members));
}
