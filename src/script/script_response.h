/* SPDX-License-Identifier: Apache-2.0
 *
 * The Response that http.* returns: a native object whose members are built when they are read.
 */
#ifndef BR_SCRIPT_SCRIPT_RESPONSE_H
#define BR_SCRIPT_SCRIPT_RESPONSE_H

#include "script/script_call.h"

/* Takes what the call found (its buffers are empty afterwards). */
JSValue script_response_new(JSContext *ctx, struct script_call *call);
/* Makes the class known to a runtime; its prototype on the first use. */
void script_response_define(JSContext *ctx);

#endif
