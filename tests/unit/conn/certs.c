/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates for tests by OpenSSL's own functions. P-256 keys, as they are made in no time.
 */
#include "certs.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

static const char certs_names[] = "DNS:localhost,DNS:good.test,DNS:*.wild.test,IP:127.0.0.1,IP:::1";

/* What a certificate is made of. */
struct certs_wish {
    const char *path;
    const char *names;    /* subjectAltName; NULL: an authority */
    long from_s, until_s; /* relative to now */
    X509 *issuer;         /* NULL: itself */
    EVP_PKEY *issuer_key;
};

const char *certs_key(const char *cert)
{
    static char paths[2][CERTS_PATH_SIZE];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    MUST(snprintf(path, CERTS_PATH_SIZE, "%s.key", cert) < CERTS_PATH_SIZE);
    return path;
}

static void certs_extend(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    MUST(extension != NULL);
    MUST(X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static void certs_write(const char *path, X509 *cert, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    MUST(file != NULL);
    MUST(PEM_write_X509(file, cert) == 1);
    (void)fclose(file);
    file = fopen(certs_key(path), "w");
    MUST(file != NULL);
    MUST(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(file);
}

static X509 *certs_make(const struct certs_wish *wish, EVP_PKEY **out_key)
{
    static long serial = 1;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    MUST(key != NULL && cert != NULL);
    MUST(X509_set_version(cert, X509_VERSION_3) == 1);
    MUST(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) == 1);
    MUST(X509_gmtime_adj(X509_getm_notBefore(cert), wish->from_s) != NULL);
    MUST(X509_gmtime_adj(X509_getm_notAfter(cert), wish->until_s) != NULL);
    MUST(X509_set_pubkey(cert, key) == 1);
    X509_NAME *name = X509_get_subject_name(cert);
    const unsigned char *title =
        (const unsigned char *)(wish->names == NULL ? wish->path : "brunt test");
    MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, title, -1, -1, 0) == 1);
    MUST(X509_set_issuer_name(
             cert, wish->issuer == NULL ? name : X509_get_subject_name(wish->issuer)) == 1);
    certs_extend(cert, NID_basic_constraints,
                 wish->names == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (wish->names != NULL)
        certs_extend(cert, NID_subject_alt_name, wish->names);
    MUST(X509_sign(cert, wish->issuer == NULL ? key : wish->issuer_key, EVP_sha256()) > 0);
    certs_write(wish->path, cert, key);
    *out_key = key;
    return cert;
}

static void certs_make_one(const struct certs_wish *wish)
{
    EVP_PKEY *key = NULL;
    X509 *cert = certs_make(wish, &key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void certs_path(const struct certs *certs, const char *name, char out_path[CERTS_PATH_SIZE])
{
    MUST(snprintf(out_path, CERTS_PATH_SIZE, "%.40s/%s", certs->dir, name) < CERTS_PATH_SIZE);
}

void certs_create(struct certs *certs)
{
    enum { DAY_S = 86400 };
    (void)snprintf(certs->dir, sizeof(certs->dir), "/tmp/brunt-certs-XXXXXX");
    MUST(mkdtemp(certs->dir) != NULL);
    certs_path(certs, "ca.pem", certs->ca);
    certs_path(certs, "other.pem", certs->other_ca);
    certs_path(certs, "good.pem", certs->good);
    certs_path(certs, "expired.pem", certs->expired);
    certs_path(certs, "wrong.pem", certs->wrong);
    EVP_PKEY *key = NULL;
    X509 *ca = certs_make(&(struct certs_wish){certs->ca, NULL, -DAY_S, DAY_S, NULL, NULL}, &key);
    certs_make_one(&(struct certs_wish){certs->other_ca, NULL, -DAY_S, DAY_S, NULL, NULL});
    certs_make_one(&(struct certs_wish){certs->good, certs_names, -DAY_S, DAY_S, ca, key});
    certs_make_one(&(struct certs_wish){certs->expired, certs_names, -2 * DAY_S, -DAY_S, ca, key});
    certs_make_one(&(struct certs_wish){certs->wrong, "DNS:wrong.test", -DAY_S, DAY_S, ca, key});
    X509_free(ca);
    EVP_PKEY_free(key);
}

void certs_destroy(struct certs *certs)
{
    const char *const paths[] = {certs->ca, certs->other_ca, certs->good, certs->expired,
                                 certs->wrong};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        (void)unlink(paths[i]);
        (void)unlink(certs_key(paths[i]));
    }
    (void)rmdir(certs->dir);
}
