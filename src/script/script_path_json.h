/* SPDX-License-Identifier: Apache-2.0
 *
 * Selectors of response.json('a.b.#.c'): the paths of GJSON, over values that were parsed.
 */
#ifndef BR_SCRIPT_SCRIPT_PATH_JSON_H
#define BR_SCRIPT_SCRIPT_PATH_JSON_H

#include <quickjs/quickjs.h>

/* What the path selects, undefined for nothing; JS_EXCEPTION. */
JSValue script_path_select(JSContext *ctx, JSValueConst value, JSValueConst path);

#endif
