/* SPDX-License-Identifier: Apache-2.0
 *
 * Params are walked by their own keys: most scripts give one or two of the dozen there are.
 */
#include "script/script_request.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "plan/plan_scenario.h"
#include "script/script_encode.h"
#include "script/script_text.h"
#include "script/script_value.h"

static bool request_append(JSContext *ctx, struct buf *out, JSValueConst value)
{
    struct script_bytes text;
    if (!script_bytes_get(ctx, value, &text))
        return false;
    bool fits = buf_append(out, text.bytes) == BR_ERR_NONE;
    script_bytes_release(ctx, &text);
    if (!fits)
        (void)JS_ThrowRangeError(ctx, "a URL or body is too long");
    return fits;
}

/* ---- URL and method ---- */

/* A string, or what http.url`…` gave. */
bool script_request_url(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    if (!JS_IsObject(value))
        return request_append(ctx, &call->url, value);
    JSValue url = JS_GetPropertyStr(ctx, value, "url");
    JSValue name = JS_GetPropertyStr(ctx, value, "name");
    bool good = true;
    if (JS_IsString(url) && JS_IsString(name))
        good = request_append(ctx, &call->url, url) && request_append(ctx, &call->name, name);
    else
        good = request_append(ctx, &call->url, value); /* a URL object */
    JS_FreeValue(ctx, url);
    JS_FreeValue(ctx, name);
    return good;
}

bool script_request_method(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    size_t len;
    const char *text = JS_ToCStringLen(ctx, &len, value);
    if (text == NULL)
        return false;
    bool good = len > 0 && len < sizeof(call->method) && h1_is_token(bytes_make(text, len));
    if (!good)
        (void)JS_ThrowTypeError(ctx, "\"%.40s\" is no HTTP method", text);
    for (size_t i = 0; good && i <= len; i++)
        call->method[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    JS_FreeCString(ctx, text);
    return good;
}

/* ---- the body ---- */

struct request_field {
    const char *key;
    JSAtom atom;
};

static bool request_put_form_value(JSContext *ctx, struct buf *out, const char *key,
                                   JSValueConst value)
{
    struct buf text;
    bool good = true;
    buf_init(&text, SCRIPT_BODY_MAX);
    if (!JS_IsNull(value) && !JS_IsUndefined(value) && !JS_IsObject(value))
        good = request_append(ctx, &text, value);
    if (good) {
        if (out->len > 0)
            buf_put(out, BYTES("&"));
        script_put_query_escaped(out, bytes_from_str(key));
        buf_put(out, BYTES("="));
        script_put_query_escaped(out, buf_bytes(&text));
    }
    buf_fini(&text);
    return good;
}

static bool request_put_form_field(JSContext *ctx, struct buf *out, const char *key,
                                   JSValueConst value)
{
    if (JS_IsArray(ctx, value) <= 0)
        return request_put_form_value(ctx, out, key, value);
    int64_t count = 0;
    JSValue length = JS_GetPropertyStr(ctx, value, "length");
    (void)JS_ToInt64(ctx, &count, length);
    JS_FreeValue(ctx, length);
    for (int64_t i = 0; i < count; i++) {
        JSValue item = JS_GetPropertyUint32(ctx, value, (uint32_t)i);
        bool good = request_put_form_value(ctx, out, key, item);
        JS_FreeValue(ctx, item);
        if (!good)
            return false;
    }
    return true;
}

/* Names of members in order; an insertion sort, as forms are small. */
static void request_sort(struct request_field *fields, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct request_field field = fields[i];
        uint32_t at = i;
        while (at > 0 && strcmp(fields[at - 1].key, field.key) > 0) {
            fields[at] = fields[at - 1];
            at--;
        }
        fields[at] = field;
    }
}

static bool request_add_type(struct script_call *call, struct bytes type)
{
    for (uint32_t i = 0; i < call->header_count; i++) {
        struct bytes name =
            bytes_make(call->texts.data + call->headers[i].name_at, call->headers[i].name_len);
        if (bytes_eq_nocase(name, BYTES("content-type")))
            return true; /* the script's own wins */
    }
    script_call_add_header(call, BYTES("Content-Type"), type);
    return true;
}

static bool request_object_body(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool good = true;
    bool has_file = false;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0)
        return false;
    struct request_field *fields = mem_zalloc(count + 1, sizeof(fields[0]));
    for (uint32_t i = 0; i < count; i++) {
        fields[i].key = JS_AtomToCString(ctx, names[i].atom);
        fields[i].atom = names[i].atom;
        JSValue member = JS_GetProperty(ctx, value, names[i].atom);
        has_file = has_file || script_file_is(ctx, member);
        JS_FreeValue(ctx, member);
    }
    request_sort(fields, count);
    struct script_multipart multipart;
    script_multipart_begin(&multipart, &call->body);
    for (uint32_t i = 0; i < count && good; i++) {
        JSValue member = JS_GetProperty(ctx, value, fields[i].atom);
        if (has_file)
            good = script_multipart_add(ctx, &multipart, fields[i].key, member);
        else
            good = request_put_form_field(ctx, &call->body, fields[i].key, member);
        JS_FreeValue(ctx, member);
    }
    if (has_file)
        script_multipart_end(&multipart);
    for (uint32_t i = 0; i < count; i++)
        JS_FreeCString(ctx, fields[i].key);
    mem_free(fields);
    script_free_names(ctx, names, count);
    call->has_body = true;
    return good && request_add_type(call, has_file ? bytes_from_str(multipart.type)
                                                   : BYTES("application/x-www-form-urlencoded"));
}

bool script_request_body(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    if (JS_IsNull(value) || JS_IsUndefined(value))
        return true;
    if (JS_IsString(value) || script_is_binary(ctx, value)) {
        call->has_body = true;
        return request_append(ctx, &call->body, value);
    }
    if (script_file_is(ctx, value)) {
        JSValue data = JS_GetPropertyStr(ctx, value, "data");
        call->has_body = true;
        bool good = request_append(ctx, &call->body, data);
        JS_FreeValue(ctx, data);
        return good;
    }
    if (JS_IsObject(value))
        return request_object_body(ctx, call, value);
    (void)JS_ThrowTypeError(ctx, "unknown request body type: a body is a string, an object, an "
                                 "ArrayBuffer or a typed array");
    return false;
}

/* ---- params ---- */

static bool request_headers(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool good = true;
    if (!JS_IsObject(value))
        return true;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0)
        return false;
    for (uint32_t i = 0; i < count && good; i++) {
        size_t name_len, len;
        JSValue member = JS_GetProperty(ctx, value, names[i].atom);
        JSValue key = JS_AtomToString(ctx, names[i].atom);
        const char *name = JS_ToCStringLen(ctx, &name_len, key);
        const char *text = JS_ToCStringLen(ctx, &len, member);
        good = name != NULL && text != NULL;
        if (good)
            script_call_add_header(call, bytes_make(name, name_len),
                                   bytes_trim(bytes_make(text, len)));
        JS_FreeCString(ctx, name);
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, key);
        JS_FreeValue(ctx, member);
    }
    script_free_names(ctx, names, count);
    return good;
}

/* name: "value", or name: {value, replace}. */
static bool request_cookies(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool good = true;
    if (!JS_IsObject(value))
        return true;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0)
        return false;
    for (uint32_t i = 0; i < count && good; i++) {
        JSValue member = JS_GetProperty(ctx, value, names[i].atom);
        if (JS_IsObject(member)) {
            JSValue inner = JS_GetPropertyStr(ctx, member, "value");
            JS_FreeValue(ctx, member);
            member = inner;
        }
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        const char *text = JS_ToCString(ctx, member);
        good = name != NULL && text != NULL;
        if (good)
            buf_putf(&call->cookies, "%s%s=%s", call->cookies.len > 0 ? "; " : "", name, text);
        JS_FreeCString(ctx, name);
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, member);
    }
    script_free_names(ctx, names, count);
    return good;
}

bool script_read_timeout(JSContext *ctx, JSValueConst value, int64_t *out_ns)
{
    struct diag diag = DIAG_INIT;
    double ms = 0.0;
    if (JS_IsNumber(value)) {
        if (JS_ToFloat64(ctx, &ms, value) < 0)
            return false;
        if (ms > 0.0)
            *out_ns = ms < 1e12 ? (int64_t)(ms * 1e6) : INT64_MAX / 4;
        return true;
    }
    const char *text = JS_ToCString(ctx, value);
    if (text == NULL)
        return false;
    bool good = plan_read_duration(bytes_from_str(text), out_ns, &diag) == BR_ERR_NONE;
    if (!good)
        (void)JS_ThrowTypeError(ctx, "invalid timeout value \"%.60s\": %s", text, diag.text);
    JS_FreeCString(ctx, text);
    return good;
}

bool script_read_expected(JSContext *ctx, JSValueConst value, struct script_expected *out_expected)
{
    struct script_expected expected = {.none = JS_IsNull(value)};
    JSValue list = JS_UNDEFINED;
    int64_t count = 0;
    if (JS_IsUndefined(value))
        return true;
    if (!expected.none) {
        list = JS_IsObject(value) ? JS_GetPropertyStr(ctx, value, "__statuses") : JS_UNDEFINED;
        if (JS_IsArray(ctx, list) <= 0) {
            JS_FreeValue(ctx, list);
            (void)JS_ThrowTypeError(ctx,
                                    "a response callback is what http.expectedStatuses() gives, "
                                    "or null");
            return false;
        }
        JSValue length = JS_GetPropertyStr(ctx, list, "length");
        (void)JS_ToInt64(ctx, &count, length);
    }
    for (int64_t i = 0; i + 1 < count && expected.count < SCRIPT_STATUS_RANGES_MAX; i += 2) {
        JSValue low = JS_GetPropertyUint32(ctx, list, (uint32_t)i);
        JSValue high = JS_GetPropertyUint32(ctx, list, (uint32_t)i + 1);
        (void)JS_ToInt32(ctx, &expected.ranges[expected.count].min, low);
        (void)JS_ToInt32(ctx, &expected.ranges[expected.count].max, high);
        expected.count++;
    }
    JS_FreeValue(ctx, list);
    *out_expected = expected;
    return true;
}

static bool request_response_type(JSContext *ctx, struct script_call *call, const char *text)
{
    if (strcmp(text, "text") == 0)
        call->response_type = SCRIPT_RESPONSE_TEXT;
    else if (strcmp(text, "binary") == 0)
        call->response_type = SCRIPT_RESPONSE_BINARY;
    else if (strcmp(text, "none") == 0)
        call->response_type = SCRIPT_RESPONSE_NONE;
    else {
        (void)JS_ThrowTypeError(ctx, "responseType is text, binary or none, not \"%.40s\"", text);
        return false;
    }
    return true;
}

/* Those whose value is a text. */
static bool request_text_param(JSContext *ctx, struct script_call *call, const char *key,
                               JSValueConst value)
{
    const char *text = JS_ToCString(ctx, value);
    bool good = text != NULL;
    if (good && strcmp(key, "responseType") == 0) {
        good = request_response_type(ctx, call, text);
    } else if (good && strcmp(key, "auth") == 0) {
        call->auth = strcmp(text, "digest") == 0 ? SCRIPT_AUTH_DIGEST : SCRIPT_AUTH_BASIC;
        if (strcmp(text, "digest") != 0 && strcmp(text, "basic") != 0 && text[0] != '\0') {
            (void)JS_ThrowTypeError(ctx, "auth is basic or digest, not \"%.40s\"", text);
            good = false;
        }
    } else if (good) {
        good = buf_append(&call->codings, bytes_from_str(text)) == BR_ERR_NONE;
    }
    JS_FreeCString(ctx, text);
    return good;
}

static bool request_tags(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    if (!JS_IsObject(value) || !script_vu_records(call->vu))
        return true;
    if (!script_tags_from_object(call->vu, call->tags, value, &call->tags))
        return false;
    JSValue name = JS_GetPropertyStr(ctx, value, "name");
    call->named = !JS_IsUndefined(name);
    JS_FreeValue(ctx, name);
    return true;
}

static bool request_param(JSContext *ctx, struct script_call *call, const char *key,
                          JSValueConst value)
{
    if (strcmp(key, "headers") == 0)
        return request_headers(ctx, call, value);
    if (strcmp(key, "tags") == 0)
        return request_tags(ctx, call, value);
    if (JS_IsUndefined(value))
        return true;
    if (strcmp(key, "responseCallback") == 0)
        return script_read_expected(ctx, value, &call->expected);
    if (JS_IsNull(value))
        return true;
    if (strcmp(key, "cookies") == 0)
        return request_cookies(ctx, call, value);
    if (strcmp(key, "timeout") == 0)
        return script_read_timeout(ctx, value, &call->timeout_ns);
    if (strcmp(key, "redirects") == 0)
        return JS_ToInt32(ctx, &call->redirects, value) == 0;
    if (strcmp(key, "throw") == 0) {
        call->throws = JS_ToBool(ctx, value) > 0;
        return true;
    }
    if (strcmp(key, "jar") == 0) {
        struct script_jar *jar = script_jar_get(ctx, value);
        if (jar != NULL)
            call->jar = jar;
        return true;
    }
    if (strcmp(key, "responseType") == 0 || strcmp(key, "auth") == 0 ||
        strcmp(key, "compression") == 0)
        return request_text_param(ctx, call, key, value);
    return true; /* k6 says nothing of keys it does not know */
}

bool script_request_params(JSContext *ctx, struct script_call *call, JSValueConst value)
{
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    bool good = true;
    if (!JS_IsObject(value))
        return true;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) <
        0)
        return false;
    for (uint32_t i = 0; i < count && good; i++) {
        JSValue member = JS_GetProperty(ctx, value, names[i].atom);
        const char *key = JS_AtomToCString(ctx, names[i].atom);
        good = key != NULL && !JS_IsException(member) && request_param(ctx, call, key, member);
        JS_FreeCString(ctx, key);
        JS_FreeValue(ctx, member);
    }
    script_free_names(ctx, names, count);
    return good;
}
