/* SPDX-License-Identifier: Apache-2.0
 *
 * A certificate of a server's own, for practice: a fresh P-256 key, valid for localhost and the
 * loopback addresses from yesterday (clocks differ) for ten years. Nobody trusts it who was not
 * given it, and nobody can be given its key: that never leaves this process.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "conn/tls.h"
#include "conn/tls_layer.h"

enum { TLS_SELF_DAY_S = 86400, TLS_SELF_DAYS = 3650, TLS_SELF_SERIAL_BITS = 63 };

static const char tls_self_names[] = "DNS:localhost,IP:127.0.0.1,IP:::1";

static bool tls_self_extend(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* A serial number that no other certificate has: browsers refuse two of one issuer. */
static bool tls_self_number(X509 *cert)
{
    BIGNUM *number = BN_new();
    bool done = number != NULL &&
                BN_rand(number, TLS_SELF_SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return done;
}

static bool tls_self_fill(X509 *cert, EVP_PKEY *key)
{
    static const unsigned char title[] = "brunt standin";
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) == 1 && tls_self_number(cert) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -TLS_SELF_DAY_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), (long)TLS_SELF_DAYS * TLS_SELF_DAY_S) !=
               NULL &&
           X509_set_pubkey(cert, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, title, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 &&
           tls_self_extend(cert, NID_basic_constraints, "critical,CA:TRUE") &&
           tls_self_extend(cert, NID_subject_alt_name, tls_self_names) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

enum br_err tls_use_self_made(struct tls_shared *shared, struct diag *diag)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    bool done = key != NULL && cert != NULL && tls_self_fill(cert, key) &&
                SSL_CTX_use_certificate(shared->ctx, cert) == 1 &&
                SSL_CTX_use_PrivateKey(shared->ctx, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    if (!done)
        return diag_set(diag, BR_ERR_NO_MEMORY, "no certificate could be made");
    return BR_ERR_NONE;
}

char *tls_server_certificate(const struct tls_server *server)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    X509 *cert = SSL_CTX_get0_certificate(server->shared.ctx);
    if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1) {
        char *text;
        long len = BIO_get_mem_data(bio, &text);
        pem = mem_copy_str(bytes_make(text, (size_t)len));
    }
    BIO_free(bio);
    return pem == NULL ? mem_copy_str(BYTES("")) : pem;
}
