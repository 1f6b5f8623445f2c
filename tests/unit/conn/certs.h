/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates for tests, made when they run: no keys in the tree.
 */
#ifndef BR_TESTS_CONN_CERTS_H
#define BR_TESTS_CONN_CERTS_H

enum { CERTS_PATH_SIZE = 96 };

/* Paths in a directory of its own; each name also has a key: path of the certificate + ".key". */
struct certs {
    char dir[CERTS_PATH_SIZE];
    char ca[CERTS_PATH_SIZE];       /* signs the others */
    char other_ca[CERTS_PATH_SIZE]; /* signs nothing */
    char good[CERTS_PATH_SIZE];     /* localhost, good.test, *.wild.test, 127.0.0.1, ::1 */
    char expired[CERTS_PATH_SIZE];  /* the same names, yesterday */
    char wrong[CERTS_PATH_SIZE];    /* wrong.test only */
};

void certs_create(struct certs *certs);
/* Removes them. */
void certs_destroy(struct certs *certs);
/* The key's path beside a certificate's; static storage, good for two calls. */
const char *certs_key(const char *cert);

#endif
