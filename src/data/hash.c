/* SPDX-License-Identifier: Apache-2.0
 *
 * XXH64 as its specification describes it, step by step; HMAC through OpenSSL's EVP.
 */
#include "data/hash.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

#define HASH_PRIME_1 UINT64_C(0x9e3779b185ebca87)
#define HASH_PRIME_2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define HASH_PRIME_3 UINT64_C(0x165667b19e3779f9)
#define HASH_PRIME_4 UINT64_C(0x85ebca77c2b2ae63)
#define HASH_PRIME_5 UINT64_C(0x27d4eb2f165667c5)

enum { HASH_STRIPE_SIZE = 32 };

static uint64_t hash_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t hash_read64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap64(value);
}

static uint64_t hash_read32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap32(value);
}

static uint64_t hash_round(uint64_t lane, uint64_t input)
{
    return hash_rotate(lane + input * HASH_PRIME_2, 31) * HASH_PRIME_1;
}

/* Whole stripes; *at goes behind them. */
static uint64_t hash_stripes(const char **at, const char *end, uint64_t seed)
{
    uint64_t lanes[4] = {seed + HASH_PRIME_1 + HASH_PRIME_2, seed + HASH_PRIME_2, seed,
                         seed - HASH_PRIME_1};
    for (; end - *at >= HASH_STRIPE_SIZE; *at += HASH_STRIPE_SIZE) {
        for (int i = 0; i < 4; i++)
            lanes[i] = hash_round(lanes[i], hash_read64(*at + 8 * i));
    }
    uint64_t hash = hash_rotate(lanes[0], 1) + hash_rotate(lanes[1], 7) +
                    hash_rotate(lanes[2], 12) + hash_rotate(lanes[3], 18);
    for (int i = 0; i < 4; i++)
        hash = (hash ^ hash_round(0, lanes[i])) * HASH_PRIME_1 + HASH_PRIME_4;
    return hash;
}

uint64_t hash_bytes(struct bytes text, uint64_t seed)
{
    static const char nothing[1] = "";
    const char *at = text.ptr == NULL ? nothing : text.ptr;
    const char *end = at + text.len;
    uint64_t hash =
        text.len >= HASH_STRIPE_SIZE ? hash_stripes(&at, end, seed) : seed + HASH_PRIME_5;
    hash += text.len;
    for (; end - at >= 8; at += 8)
        hash = hash_rotate(hash ^ hash_round(0, hash_read64(at)), 27) * HASH_PRIME_1 + HASH_PRIME_4;
    if (end - at >= 4) {
        hash = hash_rotate(hash ^ hash_read32(at) * HASH_PRIME_1, 23) * HASH_PRIME_2 + HASH_PRIME_3;
        at += 4;
    }
    for (; at < end; at++)
        hash = hash_rotate(hash ^ (unsigned char)*at * HASH_PRIME_5, 11) * HASH_PRIME_1;
    hash = (hash ^ hash >> 33) * HASH_PRIME_2;
    hash = (hash ^ hash >> 29) * HASH_PRIME_3;
    return hash ^ hash >> 32;
}

void hash_put_hex(struct bytes bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        out[2 * i] = digits[c >> 4];
        out[2 * i + 1] = digits[c & 15];
    }
}

/* ---- HMAC ---- */

void hash_md5(struct bytes text, uint8_t out_digest[static HASH_MD5_SIZE])
{
    memset(out_digest, 0, HASH_MD5_SIZE);
    (void)EVP_Digest(text.ptr, text.len, out_digest, NULL, EVP_md5(), NULL);
}

struct hash_hmac {
    EVP_MAC *mac;
    EVP_MAC_CTX *context;
};

enum br_err hash_hmac_create(struct bytes key, struct hash_hmac **out_hmac, struct diag *diag)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[2];
    memset(params, 0, sizeof(params)); /* the second one ends the list */
    params[0] = (OSSL_PARAM){.key = "digest",
                             .data_type = OSSL_PARAM_UTF8_STRING,
                             .data = digest,
                             .data_size = sizeof(digest) - 1};
    struct hash_hmac *hmac = MEM_NEW(struct hash_hmac);
    hmac->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (hmac->mac != NULL)
        hmac->context = EVP_MAC_CTX_new(hmac->mac);
    /* Without a key OpenSSL refuses, but an empty one is fine. */
    const char *bytes = key.ptr == NULL ? "" : key.ptr;
    if (hmac->context == NULL ||
        EVP_MAC_init(hmac->context, (const unsigned char *)bytes, key.len, params) != 1) {
        hash_hmac_destroy(&hmac);
        return diag_set(diag, BR_ERR_MISSING,
                        "OpenSSL gives no HMAC-SHA256, which signatures need");
    }
    *out_hmac = hmac;
    return BR_ERR_NONE;
}

void hash_hmac_destroy(struct hash_hmac **hmac)
{
    if (*hmac == NULL)
        return;
    EVP_MAC_CTX_free((*hmac)->context);
    EVP_MAC_free((*hmac)->mac);
    mem_free(*hmac);
    *hmac = NULL;
}

void hash_hmac_begin(struct hash_hmac *hmac)
{
    int done = EVP_MAC_init(hmac->context, NULL, 0, NULL);
    MUST(done == 1);
}

void hash_hmac_update(struct hash_hmac *hmac, struct bytes piece)
{
    if (piece.len == 0)
        return;
    int done = EVP_MAC_update(hmac->context, (const unsigned char *)piece.ptr, piece.len);
    MUST(done == 1);
}

void hash_hmac_end(struct hash_hmac *hmac, uint8_t out_mac[static HASH_HMAC_SIZE])
{
    size_t len = 0;
    int done = EVP_MAC_final(hmac->context, out_mac, &len, HASH_HMAC_SIZE);
    MUST(done == 1);
    MUST(len == HASH_HMAC_SIZE);
}

bool hash_hmac_is(const uint8_t mac[static HASH_HMAC_SIZE], struct bytes header)
{
    static const struct bytes prefix = BYTES_INIT("sha256=");
    enum { BASE64_SIZE = 44 };
    struct bytes given = bytes_trim(header);
    if (given.len > prefix.len && bytes_eq_nocase(bytes_make(given.ptr, prefix.len), prefix))
        given = bytes_skip(given, prefix.len);

    char hex[2 * HASH_HMAC_SIZE];
    hash_put_hex(bytes_make((const char *)mac, HASH_HMAC_SIZE), hex);
    if (bytes_eq_nocase(given, bytes_make(hex, sizeof(hex))))
        return true;
    unsigned char base64[BASE64_SIZE + 1];
    int len = EVP_EncodeBlock(base64, mac, HASH_HMAC_SIZE);
    MUST(len == BASE64_SIZE);
    return bytes_eq(given, bytes_make((const char *)base64, BASE64_SIZE));
}
