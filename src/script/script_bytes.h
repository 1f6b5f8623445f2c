/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes across the border: what JavaScript gives as bytes, read in place, and bytes given to it as
 * text or as a buffer.
 */
#ifndef BR_SCRIPT_SCRIPT_BYTES_H
#define BR_SCRIPT_SCRIPT_BYTES_H

#include <quickjs/quickjs.h>
#include <stdbool.h>

#include "base/bytes.h"

/* Lends the bytes of a value until it is released; the value must stay, and no code of the script
 * may run in between (it could detach the buffer). */
struct script_bytes {
    struct bytes bytes;
    const char *string; /* QuickJS's, of a string; else NULL */
};

/* A string (as UTF-8), an ArrayBuffer, or a typed array. False with a TypeError pending for
 * anything else; `what` names the argument in it. */
bool script_bytes_take(JSContext *ctx, JSValueConst value, const char *what,
                       struct script_bytes *out_bytes);
/* The same without a string. */
bool script_bytes_take_buffer(JSContext *ctx, JSValueConst value, const char *what,
                              struct script_bytes *out_bytes);
void script_bytes_release(JSContext *ctx, struct script_bytes *bytes);

/* UTF-8 from anywhere as a string: what is no UTF-8 becomes U+FFFD as the Encoding standard wants
 * it (one for each maximal part of a character). JS_EXCEPTION when memory is out. */
JSValue script_bytes_text(JSContext *ctx, struct bytes text);
/* Whether it is UTF-8, to the end. */
bool script_bytes_is_utf8(struct bytes text);

/* A new ArrayBuffer with a copy. */
JSValue script_bytes_buffer(JSContext *ctx, struct bytes bytes);

#endif
