/* SPDX-License-Identifier: Apache-2.0
 *
 * The arithmetic of WebCrypto, by OpenSSL; js/brunt/webcrypto.js makes the standard's objects of
 * it.
 */
#ifndef BR_SCRIPT_SCRIPT_CIPHER_H
#define BR_SCRIPT_SCRIPT_CIPHER_H

#include <quickjs/quickjs.h>

/* `brunt:cipher`; hashes are named as WebCrypto names them ("SHA-256"), bytes are buffers or views,
 * results are ArrayBuffers: fillRandom(view), digest(hash, bytes), mac(hash, key, bytes),
 * equal(bytes, bytes), aes(name, isEncrypting, key, iv, bytes, extra, tagSize)   name: "CBC", "CTR"
 * or "GCM" pbkdf2(hash, password, salt, iterations, size) NULL with an exception pending when
 * memory is out. */
JSModuleDef *script_cipher_module(JSContext *ctx, const char *name);

#endif
