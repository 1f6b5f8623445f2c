/* SPDX-License-Identifier: Apache-2.0
 *
 * http.cookieJar() and new http.CookieJar(): a jar that is the VU's, or one of its own. And
 * http.file(), which is an object too.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "script/script_loader.h"
#include "script/script_request.h"
#include "script/script_text.h"
#include "script/script_url.h"
#include "script/script_value.h"
#include "sys/clock.h"

static JSClassID jar_class;

struct jar_object {
    struct script_jar own;
    struct script_jar *jar; /* own, or the VU's */
};

static void jar_finalize(JSRuntime *runtime BR_UNUSED, JSValue value)
{
    struct jar_object *object = JS_GetOpaque(value, jar_class);
    if (object == NULL)
        return;
    script_jar_fini(&object->own);
    mem_free(object);
}

struct script_jar *script_jar_get(JSContext *ctx BR_UNUSED, JSValueConst value)
{
    struct jar_object *object = JS_GetOpaque(value, jar_class);
    return object == NULL ? NULL : object->jar;
}

static JSValue jar_new(JSContext *ctx, struct script_jar *jar)
{
    JSValue value = JS_NewObjectClass(ctx, (int)jar_class);
    struct jar_object *object = MEM_NEW(struct jar_object);
    script_jar_init(&object->own);
    object->jar = jar != NULL ? jar : &object->own;
    JS_SetOpaque(value, object);
    return value;
}

JSValue script_jar_of_vu(JSContext *ctx)
{
    struct script_http *http = script_vu_of(ctx)->http;
    if (JS_IsUndefined(http->jar_object))
        http->jar_object = jar_new(ctx, &http->jar);
    return JS_DupValue(ctx, http->jar_object);
}

/* ---- methods ---- */

/* The jar and the place that a URL names; the text stays with the caller. */
static bool jar_place(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv,
                      struct buf *text, struct script_jar **out_jar, struct url *out_url)
{
    struct script_bytes given;
    struct bytes user;
    struct diag diag = DIAG_INIT;
    struct jar_object *object = JS_GetOpaque2(ctx, this_value, jar_class);
    if (object == NULL)
        return false;
    if (argc < 1 || !script_bytes_get(ctx, argv[0], &given)) {
        if (argc < 1)
            (void)JS_ThrowTypeError(ctx, "a URL is missing");
        return false;
    }
    if (given.bytes.len < SCRIPT_URL_MAX)
        script_url_split_user(given.bytes, text, &user);
    script_bytes_release(ctx, &given);
    if (url_parse(buf_bytes(text), out_url, &diag) != BR_ERR_NONE) {
        (void)JS_ThrowTypeError(ctx, "%s", diag.text);
        return false;
    }
    *out_jar = object->jar;
    return true;
}

static void jar_list(JSContext *ctx, JSValueConst result, const struct script_cookie *cookie)
{
    JSValue list = JS_GetPropertyStr(ctx, result, cookie->name);
    int64_t count = 0;
    if (JS_IsUndefined(list)) {
        list = JS_NewArray(ctx);
        (void)JS_SetPropertyStr(ctx, result, cookie->name, JS_DupValue(ctx, list));
    } else {
        JSValue length = JS_GetPropertyStr(ctx, list, "length");
        (void)JS_ToInt64(ctx, &count, length);
        JS_FreeValue(ctx, length);
    }
    (void)JS_SetPropertyUint32(ctx, list, (uint32_t)count,
                               script_new_text(ctx, bytes_from_str(cookie->value)));
    JS_FreeValue(ctx, list);
}

static JSValue jar_cookies_for(JSContext *ctx, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    struct script_jar *jar;
    struct url url;
    struct buf text;
    JSValue result = JS_EXCEPTION;
    buf_init(&text, SCRIPT_URL_MAX);
    if (jar_place(ctx, this_value, argc, argv, &text, &jar, &url)) {
        const struct list *at = &jar->cookies;
        const struct script_cookie *cookie;
        int64_t now_s = clock_wall_ns() / CLOCK_NS_PER_SEC;
        result = JS_NewObject(ctx);
        while ((cookie = script_jar_next(jar, &at, url.host, url.path, url.tls, now_s)) != NULL)
            jar_list(ctx, result, cookie);
    }
    buf_fini(&text);
    return result;
}

/* The texts of an options object, kept while the cookie is set. */
struct jar_options {
    struct buf domain;
    struct buf path;
};

static void jar_take_text(JSContext *ctx, JSValueConst options, const char *name, struct buf *out)
{
    struct script_bytes text;
    JSValue value = JS_GetPropertyStr(ctx, options, name);
    if (JS_IsString(value) && script_bytes_get(ctx, value, &text)) {
        if (text.bytes.len < 4096)
            buf_put(out, text.bytes);
        script_bytes_release(ctx, &text);
    }
    JS_FreeValue(ctx, value);
}

static bool jar_take_flag(JSContext *ctx, JSValueConst options, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, options, name);
    bool flag = JS_ToBool(ctx, value) > 0;
    JS_FreeValue(ctx, value);
    return flag;
}

static void jar_take_options(JSContext *ctx, JSValueConst options, struct jar_options *texts,
                             struct script_set_cookie *cookie)
{
    struct buf expires;
    buf_init(&expires, 4096);
    jar_take_text(ctx, options, "domain", &texts->domain);
    jar_take_text(ctx, options, "path", &texts->path);
    jar_take_text(ctx, options, "expires", &expires);
    cookie->domain = buf_bytes(&texts->domain);
    if (bytes_starts(cookie->domain, BYTES(".")))
        cookie->domain = bytes_skip(cookie->domain, 1);
    cookie->path = buf_bytes(&texts->path);
    cookie->has_expires =
        expires.len > 0 && script_parse_http_date(buf_bytes(&expires), &cookie->expires_s);
    JSValue age = JS_GetPropertyStr(ctx, options, "max_age");
    cookie->has_max_age =
        JS_IsNumber(age) && JS_ToInt64(ctx, &cookie->max_age, age) == 0 && cookie->max_age != 0;
    JS_FreeValue(ctx, age);
    cookie->secure = jar_take_flag(ctx, options, "secure");
    cookie->http_only = jar_take_flag(ctx, options, "http_only");
    buf_fini(&expires);
}

static JSValue jar_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct script_jar *jar;
    struct url url;
    struct buf text;
    struct script_bytes name = {.string = NULL}, value = {.string = NULL};
    struct script_set_cookie cookie = {.secure = false};
    struct jar_options texts;
    JSValue result = JS_EXCEPTION;
    buf_init(&text, SCRIPT_URL_MAX);
    buf_init(&texts.domain, 4096);
    buf_init(&texts.path, 4096);
    if (argc < 3)
        result = JS_ThrowTypeError(ctx, "set() needs a URL, a name and a value");
    else if (jar_place(ctx, this_value, argc, argv, &text, &jar, &url) &&
             script_bytes_get(ctx, argv[1], &name) && script_bytes_get(ctx, argv[2], &value)) {
        if (argc > 3 && JS_IsObject(argv[3]))
            jar_take_options(ctx, argv[3], &texts, &cookie);
        cookie.name = name.bytes;
        cookie.value = value.bytes;
        script_jar_set(jar, url.host, url.path, &cookie, clock_wall_ns() / CLOCK_NS_PER_SEC);
        result = JS_TRUE;
    }
    script_bytes_release(ctx, &name);
    script_bytes_release(ctx, &value);
    buf_fini(&texts.domain);
    buf_fini(&texts.path);
    buf_fini(&text);
    return result;
}

/* clear(url) and delete(url, name). */
static JSValue jar_remove(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv,
                          int named)
{
    struct script_jar *jar;
    struct url url;
    struct buf text;
    struct script_bytes name = {.string = NULL};
    JSValue result = JS_EXCEPTION;
    buf_init(&text, SCRIPT_URL_MAX);
    if (jar_place(ctx, this_value, argc, argv, &text, &jar, &url) &&
        (!named || argc < 2 || script_bytes_get(ctx, argv[1], &name))) {
        if (named)
            script_jar_delete(jar, url.host, url.path, name.bytes);
        else
            script_jar_clear_place(jar, url.host, url.path);
        result = JS_UNDEFINED;
    }
    script_bytes_release(ctx, &name);
    buf_fini(&text);
    return result;
}

static const JSCFunctionListEntry jar_members[] = {
    JS_CFUNC_DEF("cookiesForURL", 1, jar_cookies_for),
    JS_CFUNC_DEF("set", 4, jar_set),
    JS_CFUNC_MAGIC_DEF("clear", 1, jar_remove, 0),
    JS_CFUNC_MAGIC_DEF("delete", 2, jar_remove, 1),
};

static JSValue jar_construct(JSContext *ctx, JSValueConst new_target BR_UNUSED, int argc BR_UNUSED,
                             JSValueConst *argv BR_UNUSED)
{
    return jar_new(ctx, NULL);
}

void script_jar_define(JSContext *ctx)
{
    static const JSClassDef definition = {.class_name = "CookieJar", .finalizer = jar_finalize};
    JSRuntime *runtime = JS_GetRuntime(ctx);
    (void)JS_NewClassID(&jar_class);
    if (JS_IsRegisteredClass(runtime, jar_class))
        return;
    (void)JS_NewClass(runtime, jar_class, &definition);
    JS_SetClassProto(ctx, jar_class, SCRIPT_MAKE(ctx, jar_members));
}

JSValue script_jar_constructor(JSContext *ctx)
{
    JSValue constructor =
        JS_NewCFunction2(ctx, jar_construct, "CookieJar", 0, JS_CFUNC_constructor, 0);
    JSValue proto = JS_GetClassProto(ctx, jar_class);
    JS_SetConstructor(ctx, constructor, proto);
    JS_FreeValue(ctx, proto);
    return constructor;
}

/* ---- files ---- */

JSValue script_file_new(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                        JSValueConst *argv)
{
    char name[32];
    if (argc < 1)
        return JS_ThrowTypeError(ctx, "file() needs data");
    JSValue proto = JS_NewObject(ctx);
    (void)JS_SetPropertyStr(ctx, proto, "__file", JS_TRUE);
    JSValue file = JS_NewObjectProto(ctx, proto);
    JS_FreeValue(ctx, proto);
    (void)snprintf(name, sizeof(name), "%lld", (long long)clock_wall_ns());
    bool named = argc > 1 && JS_IsString(argv[1]);
    bool typed = argc > 2 && JS_IsString(argv[2]);
    (void)JS_SetPropertyStr(ctx, file, "data", JS_DupValue(ctx, argv[0]));
    (void)JS_SetPropertyStr(ctx, file, "filename",
                            named ? JS_DupValue(ctx, argv[1]) : JS_NewString(ctx, name));
    (void)JS_SetPropertyStr(ctx, file, "content_type",
                            typed ? JS_DupValue(ctx, argv[2])
                                  : JS_NewString(ctx, "application/octet-stream"));
    return file;
}

bool script_file_is(JSContext *ctx, JSValueConst value)
{
    if (!JS_IsObject(value))
        return false;
    JSValue mark = JS_GetPropertyStr(ctx, value, "__file");
    bool is = JS_IsBool(mark);
    JS_FreeValue(ctx, mark);
    return is;
}
