/* SPDX-License-Identifier: Apache-2.0
 *
 * A property with a getter that puts the value, and those of its neighbours in the same module, in
 * its place. A script that writes to one has its own way.
 */
#include "script/script_lazy.h"

#include "base/attr.h"
#include "script/script_builtin.h"

static const struct {
    const char *name;
    const char *module;
} globals[] = {
    {"TextEncoder", "brunt:text_globals"}, {"TextDecoder", "brunt:text_globals"},
    {"atob", "brunt:text_globals"},        {"btoa", "brunt:text_globals"},
    {"crypto", "brunt:webcrypto"},
};

enum { LAZY_FLAGS = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE };

/* Those of the module that nobody has replaced yet: the others are no getters of ours any more. */
static bool lazy_fill(JSContext *ctx, JSValueConst global, JSValueConst names, const char *module)
{
    for (size_t i = 0; i < BR_COUNT(globals); i++) {
        if (strcmp(globals[i].module, module) != 0)
            continue;
        JSAtom atom = JS_NewAtom(ctx, globals[i].name);
        JSPropertyDescriptor own;
        int is_there = JS_GetOwnProperty(ctx, &own, global, atom);
        bool is_lazy = is_there > 0 && (own.flags & JS_PROP_GETSET) != 0;
        if (is_there > 0) {
            JS_FreeValue(ctx, own.value);
            JS_FreeValue(ctx, own.getter);
            JS_FreeValue(ctx, own.setter);
        }
        JSValue value = is_lazy ? JS_GetProperty(ctx, names, atom) : JS_UNDEFINED;
        int done = is_there;
        if (is_lazy)
            done = JS_IsException(value)
                       ? -1
                       : JS_DefinePropertyValue(ctx, global, atom, value, LAZY_FLAGS);
        JS_FreeAtom(ctx, atom);
        if (done < 0)
            return false;
    }
    return true;
}

static JSValue lazy_get(JSContext *ctx, JSValueConst this_value BR_UNUSED, int magic)
{
    JSValue names = script_builtin_names(ctx, globals[magic].module);
    if (JS_IsException(names))
        return names;
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue value = JS_EXCEPTION;
    if (lazy_fill(ctx, global, names, globals[magic].module))
        value = JS_GetPropertyStr(ctx, names, globals[magic].name);
    JS_FreeValue(ctx, global);
    JS_FreeValue(ctx, names);
    return value;
}

static JSValue lazy_set(JSContext *ctx, JSValueConst this_value BR_UNUSED, JSValueConst value,
                        int magic)
{
    JSValue global = JS_GetGlobalObject(ctx);
    int done = JS_DefinePropertyValueStr(ctx, global, globals[magic].name, JS_DupValue(ctx, value),
                                         LAZY_FLAGS);
    JS_FreeValue(ctx, global);
    return done < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

static const JSCFunctionListEntry lazy_members[] = {
    JS_CGETSET_MAGIC_DEF("TextEncoder", lazy_get, lazy_set, 0),
    JS_CGETSET_MAGIC_DEF("TextDecoder", lazy_get, lazy_set, 1),
    JS_CGETSET_MAGIC_DEF("atob", lazy_get, lazy_set, 2),
    JS_CGETSET_MAGIC_DEF("btoa", lazy_get, lazy_set, 3),
    JS_CGETSET_MAGIC_DEF("crypto", lazy_get, lazy_set, 4),
};
_Static_assert(BR_COUNT(lazy_members) == BR_COUNT(globals), "a getter for each, of its number");

void script_lazy_define(JSContext *ctx, JSValueConst global)
{
    JS_SetPropertyFunctionList(ctx, global, lazy_members, BR_COUNT(lazy_members));
}
