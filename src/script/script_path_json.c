/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain paths (names, numbers, #) are walked here; those with queries, wildcards or modifiers go to
 * a module in JavaScript, which is loaded when the first of them comes.
 */
#include "script/script_path_json.h"

#include <string.h>

#include "base/bytes.h"
#include "script/script_loader.h"

static bool path_is_plain(struct bytes path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] == '\0' || strchr("#*?\\@|{[(!", path.ptr[i]) != NULL)
            return false;
    return true;
}

static JSValue path_walk(JSContext *ctx, JSValueConst value, struct bytes path)
{
    JSValue at = JS_DupValue(ctx, value);
    while (path.len > 0 || path.ptr != NULL) {
        struct bytes part = bytes_cut(&path, '.');
        if (!JS_IsObject(at)) {
            JS_FreeValue(ctx, at);
            return JS_UNDEFINED;
        }
        /* An array has numbers and no names: not "length". */
        bool number = part.len > 0 && part.ptr[0] >= '0' && part.ptr[0] <= '9';
        JSValue next = JS_UNDEFINED;
        if (JS_IsArray(ctx, at) <= 0 || number) {
            JSAtom atom = JS_NewAtomLen(ctx, part.ptr, part.len);
            JSPropertyDescriptor own;
            if (JS_GetOwnProperty(ctx, &own, at, atom) > 0) {
                next = JS_DupValue(ctx, own.value);
                JS_FreeValue(ctx, own.value);
                JS_FreeValue(ctx, own.getter);
                JS_FreeValue(ctx, own.setter);
            }
            JS_FreeAtom(ctx, atom);
        }
        JS_FreeValue(ctx, at);
        at = next;
    }
    return at;
}

JSValue script_path_select(JSContext *ctx, JSValueConst value, JSValueConst path)
{
    size_t len;
    const char *text = JS_ToCStringLen(ctx, &len, path);
    JSValue result;
    if (text == NULL)
        return JS_EXCEPTION;
    if (len == 0) {
        result = JS_UNDEFINED;
    } else if (path_is_plain(bytes_make(text, len))) {
        result = path_walk(ctx, value, bytes_make(text, len));
    } else {
        JSValue select = script_helper(ctx, "brunt:gjson", "select");
        JSValue args[] = {value, path};
        result = JS_IsException(select) ? select : JS_Call(ctx, select, JS_UNDEFINED, 2, args);
        if (!JS_IsException(select))
            JS_FreeValue(ctx, select);
    }
    JS_FreeCString(ctx, text);
    return result;
}
