/* SPDX-License-Identifier: Apache-2.0
 *
 * TypeScript to JavaScript: types go, nothing is checked, every line stays where it was. Sucrase
 * does it, in a JavaScript world of its own that lives as long as the call; a script's files are
 * few.
 */
#ifndef BR_SCRIPT_SCRIPT_TYPESCRIPT_H
#define BR_SCRIPT_SCRIPT_TYPESCRIPT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

/* Appends the JavaScript. May be called on any stack, a VU's too. BR_ERR_CONFIG with the sentence,
 * line and column when `text` is no TypeScript, or when brunt was built without sucrase. */
BR_NODISCARD enum br_err script_typescript_strip(struct bytes text, struct buf *out,
                                                 struct diag *diag);

#endif
