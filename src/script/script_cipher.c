/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures of OpenSSL here come from what the script gave (a key, a padding, a tag): they are the
 * OperationError of the standard, without a word of why, as the standard wants it.
 */
#include "script/script_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/attr.h"
#include "base/buf.h"
#include "script/script_bytes.h"
#include "script/script_crypto.h"

enum { OUTPUT_MAX = 1 << 30, ARGS_MAX = 4, AES_BLOCK = 16 };

/* The byte arguments of a call, released together. */
struct loans {
    struct script_bytes taken[ARGS_MAX];
    size_t count;
};

static bool loans_take(JSContext *ctx, struct loans *loans, JSValueConst value, const char *what)
{
    if (!script_bytes_take(ctx, value, what, &loans->taken[loans->count]))
        return false;
    if (loans->taken[loans->count++].bytes.len < INT_MAX)
        return true;
    JS_ThrowRangeError(ctx, "%s is too long", what);
    return false;
}

static void loans_release(JSContext *ctx, struct loans *loans)
{
    for (size_t i = 0; i < loans->count; i++)
        script_bytes_release(ctx, &loans->taken[i]);
    loans->count = 0;
}

static const uint8_t *loan_data(const struct loans *loans, size_t i)
{
    struct bytes bytes = loans->taken[i].bytes;
    return (const uint8_t *)(bytes.len ? bytes.ptr : "");
}

static int loan_size(const struct loans *loans, size_t i)
{
    return (int)loans->taken[i].bytes.len;
}

static JSValue throw_operation(JSContext *ctx)
{
    return JS_ThrowInternalError(ctx, "the operation failed");
}

static const EVP_MD *find_hash(JSContext *ctx, JSValueConst value)
{
    static const struct {
        const char *name;
        const EVP_MD *(*hash)(void);
    } rows[] = {{"SHA-1", EVP_sha1},
                {"SHA-256", EVP_sha256},
                {"SHA-384", EVP_sha384},
                {"SHA-512", EVP_sha512}};
    const char *name = JS_ToCString(ctx, value);
    if (!name)
        return NULL;
    const EVP_MD *found = NULL;
    for (size_t i = 0; !found && i < BR_COUNT(rows); i++)
        if (strcasecmp(name, rows[i].name) == 0)
            found = rows[i].hash();
    if (!found)
        JS_ThrowTypeError(ctx, "there is no hash %s; there are SHA-1, SHA-256, SHA-384 and SHA-512",
                          name);
    JS_FreeCString(ctx, name);
    return found;
}

static JSValue on_fill_random(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    return script_crypto_fill_random(ctx, argv[0]) ? JS_UNDEFINED : JS_EXCEPTION;
}

static JSValue on_digest(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct loans loans = {.count = 0};
    const EVP_MD *hash = find_hash(ctx, argv[0]);
    if (!hash || !loans_take(ctx, &loans, argv[1], "what is hashed"))
        return JS_EXCEPTION;
    uint8_t result[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int is_done =
        EVP_Digest(loan_data(&loans, 0), loans.taken[0].bytes.len, result, &size, hash, NULL);
    loans_release(ctx, &loans);
    return is_done == 1 ? JS_NewArrayBufferCopy(ctx, result, size) : throw_operation(ctx);
}

static JSValue on_mac(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct loans loans = {.count = 0};
    const EVP_MD *hash = find_hash(ctx, argv[0]);
    uint8_t result[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    JSValue value = JS_EXCEPTION;
    if (hash && loans_take(ctx, &loans, argv[1], "the key") &&
        loans_take(ctx, &loans, argv[2], "what is signed"))
        value = HMAC(hash, loan_data(&loans, 0), loan_size(&loans, 0), loan_data(&loans, 1),
                     loans.taken[1].bytes.len, result, &size)
                    ? JS_NewArrayBufferCopy(ctx, result, size)
                    : throw_operation(ctx);
    loans_release(ctx, &loans);
    return value;
}

/* In a time that does not tell where they differ. */
static JSValue on_equal(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct loans loans = {.count = 0};
    JSValue value = JS_EXCEPTION;
    if (loans_take(ctx, &loans, argv[0], "the one") &&
        loans_take(ctx, &loans, argv[1], "the other"))
        value = JS_NewBool(ctx, loan_size(&loans, 0) == loan_size(&loans, 1) &&
                                    CRYPTO_memcmp(loan_data(&loans, 0), loan_data(&loans, 1),
                                                  loans.taken[0].bytes.len) == 0);
    loans_release(ctx, &loans);
    return value;
}

struct aes {
    const EVP_CIPHER *cipher;
    bool is_gcm;
    int is_encrypting;
    int tag_size; /* bytes, GCM */
};

enum { AES_KEY, AES_IV, AES_INPUT, AES_EXTRA };

static const EVP_CIPHER *aes_cipher(const char *mode, int key_size)
{
    static const struct {
        const char *mode;
        int key_size;
        const EVP_CIPHER *(*cipher)(void);
    } rows[] = {
        {"CBC", 16, EVP_aes_128_cbc}, {"CBC", 24, EVP_aes_192_cbc}, {"CBC", 32, EVP_aes_256_cbc},
        {"CTR", 16, EVP_aes_128_ctr}, {"CTR", 24, EVP_aes_192_ctr}, {"CTR", 32, EVP_aes_256_ctr},
        {"GCM", 16, EVP_aes_128_gcm}, {"GCM", 24, EVP_aes_192_gcm}, {"GCM", 32, EVP_aes_256_gcm},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        if (strcmp(mode, rows[i].mode) == 0 && key_size == rows[i].key_size)
            return rows[i].cipher();
    return NULL;
}

/* Key, IV and what is authenticated only. */
static bool aes_begin(EVP_CIPHER_CTX *ctx, const struct aes *aes, const struct loans *loans)
{
    int size;
    if (EVP_CipherInit_ex(ctx, aes->cipher, NULL, NULL, NULL, aes->is_encrypting) != 1)
        return false;
    if (aes->is_gcm) {
        if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, loan_size(loans, AES_IV), NULL) != 1)
            return false;
    } else if (loan_size(loans, AES_IV) != AES_BLOCK) {
        return false;
    }
    if (EVP_CipherInit_ex(ctx, NULL, NULL, loan_data(loans, AES_KEY), loan_data(loans, AES_IV),
                          -1) != 1)
        return false;
    return !aes->is_gcm || loan_size(loans, AES_EXTRA) == 0 ||
           EVP_CipherUpdate(ctx, NULL, &size, loan_data(loans, AES_EXTRA),
                            loan_size(loans, AES_EXTRA)) == 1;
}

/* The whole of it; GCM's tag stands behind the text. */
static bool aes_run(EVP_CIPHER_CTX *ctx, const struct aes *aes, const struct loans *loans,
                    struct buf *out)
{
    int input = loan_size(loans, AES_INPUT), size = 0, rest = 0;
    int tag = aes->is_gcm ? aes->tag_size : 0;
    const uint8_t *data = loan_data(loans, AES_INPUT);
    if (!aes->is_encrypting)
        input -= tag;
    if (input < 0 || buf_reserve(out, (size_t)input + 2 * AES_BLOCK) || !aes_begin(ctx, aes, loans))
        return false;
    uint8_t *to = (uint8_t *)out->data, given[AES_BLOCK];
    if (tag && !aes->is_encrypting) {
        memcpy(given, data + input, (size_t)tag);
        if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag, given) != 1)
            return false;
    }
    if (EVP_CipherUpdate(ctx, to, &size, data, input) != 1 ||
        EVP_CipherFinal_ex(ctx, to + size, &rest) != 1)
        return false;
    out->len = (size_t)size + (size_t)rest;
    if (!tag || !aes->is_encrypting)
        return true;
    if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag, to + out->len) != 1)
        return false;
    out->len += (size_t)tag;
    return true;
}

/* (mode, isEncrypting, key, iv, input, extra, tagSize) */
static JSValue on_aes(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct loans loans = {.count = 0};
    struct aes aes = {.is_encrypting = JS_ToBool(ctx, argv[1])};
    const char *mode = JS_ToCString(ctx, argv[0]);
    JSValue value = JS_EXCEPTION;
    if (mode && loans_take(ctx, &loans, argv[2], "the key") &&
        loans_take(ctx, &loans, argv[3], "the iv") &&
        loans_take(ctx, &loans, argv[4], "the input") &&
        loans_take(ctx, &loans, argv[5], "additionalData") &&
        JS_ToInt32(ctx, &aes.tag_size, argv[6]) == 0) {
        struct buf out;
        buf_init(&out, OUTPUT_MAX);
        aes.cipher = aes_cipher(mode, loan_size(&loans, AES_KEY));
        aes.is_gcm = strcmp(mode, "GCM") == 0;
        EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
        bool is_done = cipher && aes.cipher && aes.tag_size >= 0 && aes.tag_size <= AES_BLOCK &&
                       aes_run(cipher, &aes, &loans, &out);
        value = is_done ? script_bytes_buffer(ctx, buf_bytes(&out)) : throw_operation(ctx);
        EVP_CIPHER_CTX_free(cipher);
        buf_fini(&out);
    }
    JS_FreeCString(ctx, mode);
    loans_release(ctx, &loans);
    return value;
}

/* (hash, password, salt, iterations, size) */
static JSValue on_pbkdf2(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    enum { SIZE_MOST = 1024 };
    struct loans loans = {.count = 0};
    const EVP_MD *hash = find_hash(ctx, argv[0]);
    uint8_t result[SIZE_MOST];
    int32_t iterations, size;
    JSValue value = JS_EXCEPTION;
    if (hash && loans_take(ctx, &loans, argv[1], "the password") &&
        loans_take(ctx, &loans, argv[2], "the salt") &&
        JS_ToInt32(ctx, &iterations, argv[3]) == 0 && JS_ToInt32(ctx, &size, argv[4]) == 0) {
        bool is_done = iterations > 0 && size > 0 && size <= SIZE_MOST &&
                       PKCS5_PBKDF2_HMAC((const char *)loan_data(&loans, 0), loan_size(&loans, 0),
                                         loan_data(&loans, 1), loan_size(&loans, 1), iterations,
                                         hash, size, result) == 1;
        value = is_done ? JS_NewArrayBufferCopy(ctx, result, (size_t)size) : throw_operation(ctx);
    }
    loans_release(ctx, &loans);
    return value;
}

static const JSCFunctionListEntry cipher_exports[] = {
    JS_CFUNC_DEF("fillRandom", 1, on_fill_random),
    JS_CFUNC_DEF("digest", 2, on_digest),
    JS_CFUNC_DEF("mac", 3, on_mac),
    JS_CFUNC_DEF("equal", 2, on_equal),
    JS_CFUNC_DEF("aes", 7, on_aes),
    JS_CFUNC_DEF("pbkdf2", 5, on_pbkdf2),
};

static int on_init_cipher(JSContext *ctx, JSModuleDef *module)
{
    return JS_SetModuleExportList(ctx, module, cipher_exports, BR_COUNT(cipher_exports));
}

JSModuleDef *script_cipher_module(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, on_init_cipher);
    if (!module || JS_AddModuleExportList(ctx, module, cipher_exports, BR_COUNT(cipher_exports)))
        return NULL;
    return module;
}
