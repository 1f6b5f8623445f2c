/* SPDX-License-Identifier: Apache-2.0
 *
 * Globals that are modules of ours: made when a script first asks for one, so that they cost
 * nothing in the VUs of scripts that never do. TextEncoder, TextDecoder, atob, btoa; crypto, with
 * subtle.
 */
#ifndef BR_SCRIPT_SCRIPT_LAZY_H
#define BR_SCRIPT_SCRIPT_LAZY_H

#include <quickjs/quickjs.h>

/* Replaces globals of these names. The runtime's module loader must find what is in
 * script_builtin_table and script_library_table. */
void script_lazy_define(JSContext *ctx, JSValueConst global);

#endif
