/* SPDX-License-Identifier: Apache-2.0
 *
 * Fingerprints of texts. hash_bytes tells whether a field came out as it went in (`intact=FIELD`):
 * 8 bytes, fast, not for secrets; XXH64 by its public specification (xxHash fast digest algorithm,
 * version 0.1.1), so that anybody can compute it again. HMAC-SHA256 (RFC 2104) is for signatures of
 * webhooks; OpenSSL computes it.
 */
#ifndef BR_DATA_HASH_H
#define BR_DATA_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum { HASH_HMAC_SIZE = 32, HASH_MD5_SIZE = 16 };

/* The same on every machine. */
uint64_t hash_bytes(struct bytes text, uint64_t seed);

/* MD5 (RFC 1321), for ids that others compute so; zeros where the library is not allowed to. */
void hash_md5(struct bytes text, uint8_t out_digest[static HASH_MD5_SIZE]);

/* Two digits a byte, lower case; no NUL. */
void hash_put_hex(struct bytes bytes, char *out);

/* A key, ready to sign many messages, one at a time. The caller owns it. */
struct hash_hmac;

BR_NODISCARD enum br_err hash_hmac_create(struct bytes key, struct hash_hmac **out_hmac,
                                          struct diag *diag);
void hash_hmac_destroy(struct hash_hmac **hmac);

/* A message in pieces. Begin also drops one that was never ended. */
void hash_hmac_begin(struct hash_hmac *hmac);
void hash_hmac_update(struct hash_hmac *hmac, struct bytes piece);
void hash_hmac_end(struct hash_hmac *hmac, uint8_t out_mac[static HASH_HMAC_SIZE]);

/* Whether a header says this signature, as senders write it: hexadecimal in any case or base64,
 * with or without "sha256=" before it. */
bool hash_hmac_is(const uint8_t mac[static HASH_HMAC_SIZE], struct bytes header);

#endif
