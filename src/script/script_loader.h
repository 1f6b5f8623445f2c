/* SPDX-License-Identifier: Apache-2.0
 *
 * How a VU finds modules: natives are rows of one table that make an object each; files and URLs
 * come from the program; CommonJS and natives are seen by import through their objects' members.
 */
#ifndef BR_SCRIPT_SCRIPT_LOADER_H
#define BR_SCRIPT_SCRIPT_LOADER_H

#include "script/script_vu.h"

/* Makes a module's exports; JS_EXCEPTION. */
typedef JSValue script_native_fn(JSContext *ctx);

struct script_native {
    const char *name;
    script_native_fn *make;
};

/* Globals and the loader. */
void script_loader_set_up(struct script_vu *vu);
/* Evaluates the entry module: vu->exports. False with the exception pending. */
bool script_loader_run_entry(struct script_vu *vu);

/* An object with these functions. */
JSValue script_make_object(JSContext *ctx, const JSCFunctionListEntry *entries, size_t count);
#define SCRIPT_MAKE(ctx, entries)                                                                  \
    script_make_object(ctx, entries, sizeof(entries) / sizeof((entries)[0]))

/* An export of a JavaScript module of ours, loaded when it is first asked for; JS_EXCEPTION. */
JSValue script_helper(JSContext *ctx, const char *module, const char *name);

/* The rows (each in the file of its module). */
JSValue script_make_k6(JSContext *ctx);
JSValue script_make_http(JSContext *ctx);
JSValue script_make_metrics(JSContext *ctx);
JSValue script_make_data(JSContext *ctx);
JSValue script_make_execution(JSContext *ctx);
JSValue script_make_options(JSContext *ctx);
/* Globals. */
void script_define_console(JSContext *ctx, JSValueConst global);
void script_define_globals(JSContext *ctx, JSValueConst global);

#endif
