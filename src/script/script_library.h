/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules of C that need nothing of a VU: the loader makes them by name.
 */
#ifndef BR_SCRIPT_SCRIPT_LIBRARY_H
#define BR_SCRIPT_SCRIPT_LIBRARY_H

#include <quickjs/quickjs.h>
#include <stddef.h>

#include "base/bytes.h"

/* NULL with an exception pending when memory is out. */
typedef JSModuleDef *script_library_create_fn(JSContext *ctx, const char *name);

struct script_library {
    const char *name;
    script_library_create_fn *create;
};

extern const struct script_library script_library_table[];
extern const size_t script_library_count;

/* NULL when there is none of that name. */
const struct script_library *script_library_find(struct bytes name);

#endif
