/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 and UTF-8 for scripts: `k6/encoding` whole, and what TextEncoder, TextDecoder, atob and
 * btoa (js/brunt/text.js) stand on. Base64 is Go's: padding is asked for or refused, line ends are
 * passed over.
 */
#ifndef BR_SCRIPT_SCRIPT_ENCODING_H
#define BR_SCRIPT_SCRIPT_ENCODING_H

#include <quickjs/quickjs.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum script_base64 {
    SCRIPT_BASE64_STD,
    SCRIPT_BASE64_RAWSTD,
    SCRIPT_BASE64_URL,
    SCRIPT_BASE64_RAWURL
};

/* Appends. */
BR_NODISCARD enum br_err script_base64_encode(enum script_base64 form, struct bytes bytes,
                                              struct buf *out);
/* Appends; SIZE_MAX when all of the text is base64, else the index of the byte that is not. */
size_t script_base64_decode(enum script_base64 form, struct bytes text, struct buf *out);

/* `k6/encoding`: b64encode, b64decode. NULL with an exception pending when memory is out. */
JSModuleDef *script_encoding_module(JSContext *ctx, const char *name);
/* `brunt:text`: utf8Encode, utf8Decode. */
JSModuleDef *script_text_module(JSContext *ctx, const char *name);

#endif
