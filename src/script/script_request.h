/* SPDX-License-Identifier: Apache-2.0
 *
 * What a script passes to http.*: URL, body and params, read into a call.
 */
#ifndef BR_SCRIPT_SCRIPT_REQUEST_H
#define BR_SCRIPT_SCRIPT_REQUEST_H

#include "script/script_call.h"

/* Each false with an exception pending. */
bool script_request_url(JSContext *ctx, struct script_call *call, JSValueConst value);
bool script_request_method(JSContext *ctx, struct script_call *call, JSValueConst value);
bool script_request_body(JSContext *ctx, struct script_call *call, JSValueConst value);
bool script_request_params(JSContext *ctx, struct script_call *call, JSValueConst value);

/* "1m30s" or a number of ms. */
bool script_read_timeout(JSContext *ctx, JSValueConst value, int64_t *out_ns);
/* The ranges that http.expectedStatuses gave; null: nobody asks. */
bool script_read_expected(JSContext *ctx, JSValueConst value, struct script_expected *out_expected);

/* http.file(data, name, type), an object known by its prototype's mark. */
JSValue script_file_new(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
bool script_file_is(JSContext *ctx, JSValueConst value);

/* Cookie jars as objects of scripts. */
JSValue script_jar_of_vu(JSContext *ctx);
JSValue script_jar_constructor(JSContext *ctx);
/* NULL when the value is none. */
struct script_jar *script_jar_get(JSContext *ctx, JSValueConst value);
void script_jar_define(JSContext *ctx);

#endif
