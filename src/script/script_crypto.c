/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash is a row of a table; what k6 and WebCrypto call it is how it is found.
 */
#include "script/script_crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/must.h"
#include "script/script_bytes.h"
#include "script/script_encoding.h"
#include "script/script_md4.h"

enum { RANDOM_MAX = 1 << 28 };

static const struct {
    const char *name;     /* k6's */
    const char *open_ssl; /* NULL: ours */
} hashes[] = {
    {"md4", NULL},
    {"md5", "MD5"},
    {"sha1", "SHA1"},
    {"sha256", "SHA2-256"},
    {"sha384", "SHA2-384"},
    {"sha512", "SHA2-512"},
    {"sha512_224", "SHA2-512/224"},
    {"sha512_256", "SHA2-512/256"},
    {"ripemd160", "RIPEMD160"},
};

struct digest {
    uint8_t bytes[EVP_MAX_MD_SIZE];
    size_t size;
};

static bool throw_open_ssl(JSContext *ctx, const char *what)
{
    JS_ThrowInternalError(ctx, "OpenSSL refuses %s", what);
    return false;
}

static bool hash_compute(JSContext *ctx, size_t row, struct bytes text, struct digest *out_digest)
{
    if (!hashes[row].open_ssl) {
        script_md4(text, out_digest->bytes);
        out_digest->size = SCRIPT_MD4_SIZE;
        return true;
    }
    EVP_MD *hash = EVP_MD_fetch(NULL, hashes[row].open_ssl, NULL);
    if (!hash)
        return throw_open_ssl(ctx, hashes[row].name);
    unsigned size = 0;
    int is_done = EVP_Digest(text.ptr, text.len, out_digest->bytes, &size, hash, NULL);
    EVP_MD_free(hash);
    out_digest->size = size;
    return is_done == 1 || throw_open_ssl(ctx, hashes[row].name);
}

/* RFC 2104 over a hash of ours, where OpenSSL has none. */
static void md4_mac(struct bytes key, struct bytes text, struct digest *out_digest)
{
    enum { BLOCK = 64 };
    uint8_t block[BLOCK] = {0};
    if (key.len > BLOCK)
        script_md4(key, block);
    else if (key.len)
        memcpy(block, key.ptr, key.len);
    struct buf inner;
    buf_init(&inner, BLOCK + text.len);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36;
    buf_put(&inner, bytes_make((const char *)block, BLOCK));
    buf_put(&inner, text);
    uint8_t outer[BLOCK + SCRIPT_MD4_SIZE];
    script_md4(buf_bytes(&inner), outer + BLOCK);
    buf_fini(&inner);
    for (size_t i = 0; i < BLOCK; i++)
        outer[i] = block[i] ^ 0x36 ^ 0x5c;
    script_md4(bytes_make((const char *)outer, sizeof(outer)), out_digest->bytes);
    out_digest->size = SCRIPT_MD4_SIZE;
}

static bool mac_compute(JSContext *ctx, size_t row, struct bytes key, struct bytes text,
                        struct digest *out_digest)
{
    if (!hashes[row].open_ssl) {
        md4_mac(key, text, out_digest);
        return true;
    }
    if (key.len > INT_MAX)
        return throw_open_ssl(ctx, "so long a key");
    EVP_MD *hash = EVP_MD_fetch(NULL, hashes[row].open_ssl, NULL);
    if (!hash)
        return throw_open_ssl(ctx, hashes[row].name);
    unsigned size = 0;
    uint8_t *done =
        HMAC(hash, key.len ? key.ptr : "", (int)key.len,
             (const uint8_t *)(text.len ? text.ptr : ""), text.len, out_digest->bytes, &size);
    EVP_MD_free(hash);
    out_digest->size = size;
    return done || throw_open_ssl(ctx, hashes[row].name);
}

static JSValue hex_value(JSContext *ctx, struct bytes bytes)
{
    struct buf text;
    buf_init(&text, 2 * bytes.len + 1);
    if (buf_reserve(&text, 2 * bytes.len))
        return JS_ThrowRangeError(ctx, "too long");
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = (uint8_t)bytes.ptr[i];
        text.data[text.len++] = "0123456789abcdef"[byte >> 4];
        text.data[text.len++] = "0123456789abcdef"[byte & 15];
    }
    JSValue value = JS_NewStringLen(ctx, text.len ? text.data : "", text.len);
    buf_fini(&text);
    return value;
}

static JSValue base64_value(JSContext *ctx, enum script_base64 form, struct bytes bytes)
{
    struct buf text;
    buf_init(&text, 2 * EVP_MAX_MD_SIZE);
    enum br_err err = script_base64_encode(form, bytes, &text);
    MUST(!err);
    JSValue value = JS_NewStringLen(ctx, text.data, text.len);
    buf_fini(&text);
    return value;
}

/* A digest in the encoding that the script names. */
static JSValue digest_value(JSContext *ctx, const struct digest *digest, JSValueConst encoding)
{
    struct bytes bytes = bytes_make((const char *)digest->bytes, digest->size);
    const char *name = JS_IsUndefined(encoding) ? "" : JS_ToCString(ctx, encoding);
    if (!name)
        return JS_EXCEPTION;
    JSValue value;
    if (strcmp(name, "hex") == 0)
        value = hex_value(ctx, bytes);
    else if (strcmp(name, "base64") == 0)
        value = base64_value(ctx, SCRIPT_BASE64_STD, bytes);
    else if (strcmp(name, "base64url") == 0)
        value = base64_value(ctx, SCRIPT_BASE64_URL, bytes);
    else if (strcmp(name, "base64rawurl") == 0)
        value = base64_value(ctx, SCRIPT_BASE64_RAWURL, bytes);
    else if (strcmp(name, "binary") == 0)
        value = script_bytes_buffer(ctx, bytes);
    else
        value = JS_ThrowTypeError(ctx,
                                  "Invalid output encoding: %s; there are hex, base64, base64url, "
                                  "base64rawurl and binary",
                                  name);
    if (!JS_IsUndefined(encoding))
        JS_FreeCString(ctx, name);
    return value;
}

/* (text, encoding); magic is the row. */
static JSValue on_hash(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv,
                       int magic)
{
    (void)this_value;
    (void)argc;
    struct script_bytes text;
    if (!script_bytes_take(ctx, argv[0], "what is hashed", &text))
        return JS_EXCEPTION;
    struct digest digest;
    bool is_done = hash_compute(ctx, (size_t)magic, text.bytes, &digest);
    script_bytes_release(ctx, &text);
    return is_done ? digest_value(ctx, &digest, argv[1]) : JS_EXCEPTION;
}

static bool find_hash(JSContext *ctx, JSValueConst value, size_t *out_row)
{
    const char *name = JS_ToCString(ctx, value);
    if (!name)
        return false;
    size_t row = 0;
    while (row < BR_COUNT(hashes) && strcmp(hashes[row].name, name) != 0)
        row++;
    *out_row = row;
    if (row == BR_COUNT(hashes))
        JS_ThrowTypeError(ctx, "Invalid algorithm: %s", name);
    JS_FreeCString(ctx, name);
    return row < BR_COUNT(hashes);
}

/* (algorithm, key, text, encoding) */
static JSValue on_hmac(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    size_t row;
    struct script_bytes key, text;
    if (!find_hash(ctx, argv[0], &row) || !script_bytes_take(ctx, argv[1], "the secret", &key))
        return JS_EXCEPTION;
    if (!script_bytes_take(ctx, argv[2], "what is signed", &text)) {
        script_bytes_release(ctx, &key);
        return JS_EXCEPTION;
    }
    struct digest digest;
    bool is_done = mac_compute(ctx, row, key.bytes, text.bytes, &digest);
    script_bytes_release(ctx, &text);
    script_bytes_release(ctx, &key);
    return is_done ? digest_value(ctx, &digest, argv[3]) : JS_EXCEPTION;
}

/* (algorithm, text, encoding) */
static JSValue on_hash_named(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t row;
    if (!find_hash(ctx, argv[0], &row))
        return JS_EXCEPTION;
    return on_hash(ctx, this_value, argc - 1, argv + 1, (int)row);
}

bool script_crypto_fill_random(JSContext *ctx, JSValueConst target)
{
    struct script_bytes bytes;
    if (!script_bytes_take_buffer(ctx, target, "what is filled", &bytes))
        return false;
    if (bytes.bytes.len > INT_MAX)
        return throw_open_ssl(ctx, "so many random bytes");
    /* The buffer is the script's, lent to us; a view of bytes to read and, here, to write. */
    union {
        const char *lent;
        unsigned char *own;
    } to = {.lent = bytes.bytes.ptr};
    if (bytes.bytes.len && RAND_bytes(to.own, (int)bytes.bytes.len) != 1)
        return throw_open_ssl(ctx, "random bytes");
    return true;
}

static JSValue on_random_bytes(JSContext *ctx, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    int64_t size;
    if (JS_ToInt64(ctx, &size, argv[0]))
        return JS_EXCEPTION;
    if (size < 1 || size > RANDOM_MAX)
        return JS_ThrowRangeError(ctx, "invalid size: randomBytes gives 1 to %d bytes", RANDOM_MAX);
    /* It reads three arguments, whatever their count. */
    JSValueConst args[] = {argv[0], JS_UNDEFINED, JS_UNDEFINED};
    JSValue array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    if (JS_IsException(array))
        return array;
    JSValue buffer = JS_GetPropertyStr(ctx, array, "buffer");
    JS_FreeValue(ctx, array);
    if (!script_crypto_fill_random(ctx, buffer)) {
        JS_FreeValue(ctx, buffer);
        return JS_EXCEPTION;
    }
    return buffer;
}

static JSValue on_hex_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct script_bytes bytes;
    if (!script_bytes_take(ctx, argv[0], "the input of hexEncode", &bytes))
        return JS_EXCEPTION;
    JSValue value = hex_value(ctx, bytes.bytes);
    script_bytes_release(ctx, &bytes);
    return value;
}

static const JSCFunctionListEntry crypto_exports[] = {
    JS_CFUNC_MAGIC_DEF("md4", 2, on_hash, 0),
    JS_CFUNC_MAGIC_DEF("md5", 2, on_hash, 1),
    JS_CFUNC_MAGIC_DEF("sha1", 2, on_hash, 2),
    JS_CFUNC_MAGIC_DEF("sha256", 2, on_hash, 3),
    JS_CFUNC_MAGIC_DEF("sha384", 2, on_hash, 4),
    JS_CFUNC_MAGIC_DEF("sha512", 2, on_hash, 5),
    JS_CFUNC_MAGIC_DEF("sha512_224", 2, on_hash, 6),
    JS_CFUNC_MAGIC_DEF("sha512_256", 2, on_hash, 7),
    JS_CFUNC_MAGIC_DEF("ripemd160", 2, on_hash, 8),
    JS_CFUNC_DEF("hash", 3, on_hash_named),
    JS_CFUNC_DEF("hmac", 4, on_hmac),
    JS_CFUNC_DEF("randomBytes", 1, on_random_bytes),
    JS_CFUNC_DEF("hexEncode", 1, on_hex_encode),
};

static int on_init_crypto(JSContext *ctx, JSModuleDef *module)
{
    return JS_SetModuleExportList(ctx, module, crypto_exports, BR_COUNT(crypto_exports));
}

JSModuleDef *script_crypto_module(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, on_init_crypto);
    if (!module || JS_AddModuleExportList(ctx, module, crypto_exports, BR_COUNT(crypto_exports)))
        return NULL;
    return module;
}
