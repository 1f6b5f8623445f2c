/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS by OpenSSL: what all TLS connections of a shard share, and what can be asked of one of them.
 * A shard has contexts of its own: OpenSSL 3's locks are never contended then.
 *
 * The end of a connection: close_notify is 0 from conn_recv. So is the end of the transport without
 * one, because real servers leave it out, but conn->truncated is set then: a message that was
 * complete by its own length is complete, one that ends with the connection is not (RFC 9112 9.8).
 */
#ifndef BR_CONN_TLS_H
#define BR_CONN_TLS_H

#include "base/attr.h"
#include "base/diag.h"
#include "conn/conn.h"

struct tls_client;
struct tls_server;

enum tls_version {
    TLS_VERSION_DEFAULT, /* at least 1.2 */
    TLS_VERSION_1_0,
    TLS_VERSION_1_1,
    TLS_VERSION_1_2,
    TLS_VERSION_1_3,
};

/* Borrowed during the create call. All zero is a sensible choice. */
struct tls_client_options {
    bool insecure;         /* verify nothing */
    bool resume;           /* keep sessions by server name and resume them */
    const char *ca_file;   /* PEM; NULL: the system's */
    const char *cert_file; /* our own certificate (PEM chain) and key; NULL: none */
    const char *key_file;
    const char *alpn; /* "h2,http/1.1", best first; NULL: not offered */
    enum tls_version min_version;
    enum tls_version max_version; /* DEFAULT: the newest */
};

/* Owned by the caller; must outlive its connections. */
BR_NODISCARD enum br_err tls_client_create(const struct tls_client_options *options,
                                           struct tls_client **out_client, struct diag *diag);
void tls_client_destroy(struct tls_client **client);
/* Why the last connection of this client failed, for a person ("certificate has expired"); to be
 * asked in on_open or right after conn_recv. Empty when none did. Lent. */
const char *tls_client_failure(const struct tls_client *client);

struct tls_server_options {
    const char *cert_file; /* PEM chain */
    const char *key_file;
    bool self_made;             /* instead of both: a certificate of its own for localhost */
    const char *client_ca_file; /* asks for a client certificate signed by these; NULL: does not */
    const char *alpn;           /* best first; NULL: none */
};

BR_NODISCARD enum br_err tls_server_create(const struct tls_server_options *options,
                                           struct tls_server **out_server, struct diag *diag);
/* Its own certificate as PEM, for those who are to trust it. The text is the caller's (mem_free).
 */
BR_NODISCARD char *tls_server_certificate(const struct tls_server *server);
void tls_server_destroy(struct tls_server **server);
const char *tls_server_failure(const struct tls_server *server);

/* As conn_accept, but the connection is open only after the handshake: on_open tells, not from
 * inside this call. */
BR_NODISCARD enum br_err conn_accept_tls(struct conn *conn, int fd, struct tls_server *server);

/* What was negotiated. Lent as long as the connection is open. */
struct tls_info {
    const char *version; /* "TLSv1.3" */
    const char *cipher;  /* "TLS_AES_256_GCM_SHA384" */
    struct bytes alpn;   /* empty: none */
    bool resumed;
};

/* Of the library at run time: "3.0.15". */
const char *tls_library_version(void);

/* False when the connection is not open or has no TLS. */
bool tls_get_info(const struct conn *conn, struct tls_info *out_info);

#endif
