/* SPDX-License-Identifier: Apache-2.0
 *
 * Between tls.c (contexts, made once) and tls_layer.c (one connection).
 */
#ifndef BR_CONN_TLS_LAYER_H
#define BR_CONN_TLS_LAYER_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/list.h"
#include "conn/tls.h"

enum {
    TLS_RECORD_MAX = SSL3_RT_MAX_PLAIN_LENGTH,
    TLS_BATCH_RECORDS = 4, /* records per send(2) */
    TLS_OUT_SIZE = TLS_BATCH_RECORDS * (TLS_RECORD_MAX + SSL3_RT_MAX_ENCRYPTED_OVERHEAD),
    TLS_HELD_MAX = 1 << 20, /* ciphertext that waits for room in the socket */
    TLS_FAILURE_SIZE = 256,
    TLS_SESSIONS_MAX = 256, /* server names whose sessions are kept */
};

/* One server name and the newest session with it. */
struct tls_session {
    struct list node;
    char *name;
    SSL_SESSION *session; /* owned; NULL: none yet */
};

/* The common part of struct tls_client and struct tls_server. The buffers are scratch: full only
 * while one connection is being served, so that an idle one has none of its own. */
struct tls_shared {
    SSL_CTX *ctx;
    BIO_METHOD *method;
    struct buf out;
    char *plain; /* TLS_RECORD_MAX bytes: small pieces become one record here */
    bool is_server;
    bool insecure;
    bool resume;
    struct list sessions;
    size_t session_count;
    char failure[TLS_FAILURE_SIZE];
};

struct tls_client {
    struct tls_shared shared;
};

struct tls_server {
    struct tls_shared shared;
    unsigned char *alpn; /* wire form */
    unsigned alpn_len;
};

/* The BIO through which OpenSSL reaches the layer below; NULL without memory. */
BIO_METHOD *tls_bio_method_create(void);

/* Called by OpenSSL when a session can be kept; the signature is SSL_CTX_sess_set_new_cb's. */
int tls_on_session(SSL *ssl, SSL_SESSION *session);

/* A layer of its own for a connection, not linked yet: the caller sets next and conn. */
BR_NODISCARD enum br_err tls_client_layer(struct tls_client *client, const char *server_name,
                                          struct layer **out_layer);
BR_NODISCARD enum br_err tls_server_layer(struct tls_server *server, struct layer **out_layer);

/* tls_self.c: gives the context a certificate that was made for it alone. */
BR_NODISCARD enum br_err tls_use_self_made(struct tls_shared *shared, struct diag *diag);

#endif
