/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes, ciphers and random bytes for scripts, by OpenSSL: what `k6/crypto` (js/k6/crypto.js) and
 * the global `crypto` (js/brunt/webcrypto.js) stand on.
 */
#ifndef BR_SCRIPT_SCRIPT_CRYPTO_H
#define BR_SCRIPT_SCRIPT_CRYPTO_H

#include <quickjs/quickjs.h>
#include <stdbool.h>

/* `brunt:crypto`: md4 … ripemd160, hmac, hash, randomBytes, hexEncode. NULL with an exception
 * pending when memory is out. */
JSModuleDef *script_crypto_module(JSContext *ctx, const char *name);
/* Replaces the bytes of a buffer or view by random ones; false with an exception pending. */
bool script_crypto_fill_random(JSContext *ctx, JSValueConst target);

#endif
