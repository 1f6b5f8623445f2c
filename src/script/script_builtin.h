/* SPDX-License-Identifier: Apache-2.0
 *
 * The JavaScript modules that brunt carries (js/), compiled to bytecode when brunt was built. Their
 * names: "k6/html" and "brunt/track" as scripts write them, "jslib/k6-utils" for what scripts
 * import from jslib.k6.io, "brunt:dom" for what only modules of ours may import.
 */
#ifndef BR_SCRIPT_SCRIPT_BUILTIN_H
#define BR_SCRIPT_SCRIPT_BUILTIN_H

#include <quickjs/quickjs.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct script_builtin {
    const char *name;
    const uint8_t *code; /* NULL: could not be made when brunt was built (no npm) */
    size_t size;
};

/* All of them; written by tools/embed_js. */
extern const struct script_builtin script_builtin_table[];
extern const size_t script_builtin_count;

/* NULL when there is none of that name. */
const struct script_builtin *script_builtin_find(struct bytes name);

/* What a module loader answers: the module, of the name it has in the table, or NULL with an
 * exception pending that says why. Its imports are asked for by the same loader, in this call. */
JSModuleDef *script_builtin_load(JSContext *ctx, const struct script_builtin *builtin);

/* For C: loads, runs and returns what the module exports, or JS_EXCEPTION. The module
 * must not await anything at its top. Each call makes a new instance of it; keep what it returns.
 */
JSValue script_builtin_names(JSContext *ctx, const char *name);
/* One of them. */
JSValue script_builtin_take(JSContext *ctx, const char *name, const char *export_name);

#endif
