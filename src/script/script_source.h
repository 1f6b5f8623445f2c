/* SPDX-License-Identifier: Apache-2.0
 *
 * A text to bytecode: finds out whether it is an ES module, CommonJS or TypeScript.
 */
#ifndef BR_SCRIPT_SCRIPT_SOURCE_H
#define BR_SCRIPT_SCRIPT_SOURCE_H

#include <quickjs/quickjs.h>
#include <stdbool.h>

#include "base/bytes.h"

/* Does a statement of the text begin with import or export? */
bool script_source_is_module(struct bytes text);
/* Compiled, not evaluated; JS_EXCEPTION with the error pending. A NUL stands behind the text. */
JSValue script_source_compile(JSContext *ctx, const char *name, struct bytes text,
                              bool *out_is_common);

#endif
