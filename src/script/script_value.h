/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of JavaScript as k6 takes them: bytes where there are some, else what ToString makes.
 */
#ifndef BR_SCRIPT_SCRIPT_VALUE_H
#define BR_SCRIPT_SCRIPT_VALUE_H

#include "script/script_bytes.h"

/* Is it an ArrayBuffer or a view of one? */
bool script_is_binary(JSContext *ctx, JSValueConst value);
/* What is in an ArrayBuffer or a view; of all else the UTF-8 of its ToString. False with an
 * exception pending. Released by script_bytes_release. */
bool script_bytes_get(JSContext *ctx, JSValueConst value, struct script_bytes *out_bytes);
JSValue script_new_uint8_array(JSContext *ctx, struct bytes bytes);

/* What JS_GetOwnPropertyNames gave. */
static inline void script_free_names(JSContext *ctx, JSPropertyEnum *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        JS_FreeAtom(ctx, names[i].atom);
    js_free(ctx, names);
}

static inline JSValue script_new_text(JSContext *ctx, struct bytes text)
{
    return script_bytes_text(ctx, text);
}

#endif
