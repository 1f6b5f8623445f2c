/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP digest authentication (RFC 7616), MD5 and SHA-256, with qop=auth or without.
 */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/must.h"
#include "data/hash.h"
#include "script/script_call.h"

enum { DIGEST_HEX_MAX = 64, DIGEST_TEXT_MAX = 64 * 1024 };

struct digest_challenge {
    struct bytes realm;
    struct bytes nonce;
    struct bytes opaque;
    struct bytes algorithm;
    bool has_auth;
};

/* name=value or name="value", one after the other. */
static void digest_parse(struct bytes text, struct digest_challenge *out)
{
    while (text.len > 0) {
        size_t equals = bytes_find(text, '=');
        if (equals == text.len)
            return;
        struct bytes name = bytes_trim(bytes_make(text.ptr, equals));
        struct bytes value;
        text = bytes_skip(text, equals + 1);
        if (bytes_starts(text, BYTES("\""))) {
            text = bytes_skip(text, 1);
            value = bytes_cut(&text, '"');
            (void)bytes_cut(&text, ',');
        } else {
            value = bytes_trim(bytes_cut(&text, ','));
        }
        if (bytes_eq_nocase(name, BYTES("realm")))
            out->realm = value;
        else if (bytes_eq_nocase(name, BYTES("nonce")))
            out->nonce = value;
        else if (bytes_eq_nocase(name, BYTES("opaque")))
            out->opaque = value;
        else if (bytes_eq_nocase(name, BYTES("algorithm")))
            out->algorithm = value;
        else if (bytes_eq_nocase(name, BYTES("qop")))
            out->has_auth = memmem(value.ptr, value.len, "auth", 4) != NULL;
    }
}

static struct bytes digest_hex(const EVP_MD *kind, const struct buf *text, char *out)
{
    uint8_t raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    MUST(EVP_Digest(text->data, text->len, raw, &len, kind, NULL) == 1);
    hash_put_hex(bytes_make((const char *)raw, len), out);
    return bytes_make(out, (size_t)len * 2);
}

bool script_digest_answer(struct bytes challenge, struct bytes method, struct bytes target,
                          struct bytes user, struct bytes password, struct buf *out_value)
{
    struct digest_challenge asked = {.has_auth = false};
    char ha1_room[DIGEST_HEX_MAX * 2], ha2_room[DIGEST_HEX_MAX * 2],
        answer_room[DIGEST_HEX_MAX * 2];
    uint8_t raw[8];
    char cnonce[16];
    struct buf text;
    if (challenge.len < 7 || !bytes_eq_nocase(bytes_make(challenge.ptr, 7), BYTES("digest ")))
        return false;
    digest_parse(bytes_skip(challenge, 7), &asked);
    const EVP_MD *kind =
        bytes_eq_nocase(asked.algorithm, BYTES("SHA-256")) ? EVP_sha256() : EVP_md5();
    MUST(RAND_bytes(raw, sizeof(raw)) == 1);
    hash_put_hex(bytes_make((const char *)raw, sizeof(raw)), cnonce);
    buf_init(&text, DIGEST_TEXT_MAX);
    buf_putf(&text, "%.*s:%.*s:%.*s", BYTES_ARG(user), BYTES_ARG(asked.realm), BYTES_ARG(password));
    struct bytes ha1 = digest_hex(kind, &text, ha1_room);
    buf_clear(&text);
    buf_putf(&text, "%.*s:%.*s", BYTES_ARG(method), BYTES_ARG(target));
    struct bytes ha2 = digest_hex(kind, &text, ha2_room);
    buf_clear(&text);
    buf_putf(&text, "%.*s:%.*s:", BYTES_ARG(ha1), BYTES_ARG(asked.nonce));
    if (asked.has_auth)
        buf_putf(&text, "00000001:%.16s:auth:", cnonce);
    buf_put(&text, ha2);
    struct bytes answer = digest_hex(kind, &text, answer_room);
    buf_fini(&text);
    buf_putf(out_value, "Digest username=\"%.*s\", realm=\"%.*s\", nonce=\"%.*s\", uri=\"%.*s\"",
             BYTES_ARG(user), BYTES_ARG(asked.realm), BYTES_ARG(asked.nonce), BYTES_ARG(target));
    if (asked.algorithm.len > 0)
        buf_putf(out_value, ", algorithm=%.*s", BYTES_ARG(asked.algorithm));
    if (asked.has_auth)
        buf_putf(out_value, ", qop=auth, nc=00000001, cnonce=\"%.16s\"", cnonce);
    if (asked.opaque.len > 0)
        buf_putf(out_value, ", opaque=\"%.*s\"", BYTES_ARG(asked.opaque));
    buf_putf(out_value, ", response=\"%.*s\"", BYTES_ARG(answer));
    return true;
}
