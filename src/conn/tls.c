/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS contexts of a shard: options in, SSL_CTX out, with a sentence for a person when a file or a
 * list is not acceptable.
 */
#include "conn/tls.h"

#include <openssl/err.h>

#include "base/mem.h"
#include "base/must.h"
#include "conn/tls_layer.h"

enum { TLS_ALPN_NAME_MAX = 255 };

/* Sets `diag` from the oldest error of OpenSSL's queue and empties it. */
static enum br_err tls_refuse(struct diag *diag, enum br_err err, const char *what,
                              const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return diag_set(diag, err, "%s %s: %s", what, file, reason == NULL ? "refused" : reason);
}

static int tls_version_number(enum tls_version version, int by_default)
{
    static const int numbers[] = {
        [TLS_VERSION_1_0] = TLS1_VERSION,
        [TLS_VERSION_1_1] = TLS1_1_VERSION,
        [TLS_VERSION_1_2] = TLS1_2_VERSION,
        [TLS_VERSION_1_3] = TLS1_3_VERSION,
    };
    return version == TLS_VERSION_DEFAULT ? by_default : numbers[version];
}

static enum br_err tls_shared_init(struct tls_shared *shared, bool is_server, struct diag *diag)
{
    shared->is_server = is_server;
    list_init(&shared->sessions);
    buf_init(&shared->out, TLS_OUT_SIZE + TLS_RECORD_MAX);
    shared->plain = mem_alloc(TLS_RECORD_MAX);
    shared->method = tls_bio_method_create();
    shared->ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (shared->ctx == NULL || shared->method == NULL)
        return tls_refuse(diag, BR_ERR_NO_MEMORY, "TLS", "cannot be initialised");
    (void)SSL_CTX_set_mode(shared->ctx, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_options(shared->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(shared->ctx, 1);
    return buf_reserve(&shared->out, TLS_OUT_SIZE);
}

static void tls_shared_fini(struct tls_shared *shared)
{
    struct list *node;
    while ((node = list_pop_head(&shared->sessions)) != NULL) {
        struct tls_session *session = BR_CONTAINER(node, struct tls_session, node);
        SSL_SESSION_free(session->session);
        mem_free(session->name);
        mem_free(session);
    }
    SSL_CTX_free(shared->ctx);
    BIO_meth_free(shared->method);
    mem_free(shared->plain);
    buf_fini(&shared->out);
}

static enum br_err tls_load_pair(struct tls_shared *shared, const char *cert_file,
                                 const char *key_file, struct diag *diag)
{
    if (key_file == NULL)
        return diag_set(diag, BR_ERR_CONFIG, "the certificate %s needs a key file", cert_file);
    if (SSL_CTX_use_certificate_chain_file(shared->ctx, cert_file) != 1)
        return tls_refuse(diag, BR_ERR_CONFIG, "no PEM certificate could be read from", cert_file);
    if (SSL_CTX_use_PrivateKey_file(shared->ctx, key_file, SSL_FILETYPE_PEM) != 1)
        return tls_refuse(diag, BR_ERR_CONFIG, "no PEM key that fits the certificate in", key_file);
    return BR_ERR_NONE;
}

static enum br_err tls_load_ca(struct tls_shared *shared, const char *ca_file, struct diag *diag)
{
    if (ca_file == NULL) {
        if (SSL_CTX_set_default_verify_paths(shared->ctx) != 1)
            return tls_refuse(diag, BR_ERR_IO, "certificates", "of the system");
        return BR_ERR_NONE;
    }
    if (SSL_CTX_load_verify_locations(shared->ctx, ca_file, NULL) != 1)
        return tls_refuse(diag, BR_ERR_CONFIG, "no PEM certificates could be read from", ca_file);
    return BR_ERR_NONE;
}

/* "h2,http/1.1" to names with a length byte before each (RFC 7301 3.1). The caller frees. */
static enum br_err tls_alpn_to_wire(const char *list, unsigned char **out_wire, unsigned *out_len,
                                    struct diag *diag)
{
    struct bytes rest = bytes_from_str(list);
    unsigned char *wire = mem_alloc(rest.len + 1);
    unsigned len = 0;
    while (rest.ptr != NULL) {
        struct bytes name = bytes_trim(bytes_cut(&rest, ','));
        if (name.len == 0 || name.len > TLS_ALPN_NAME_MAX) {
            mem_free(wire);
            return diag_set(diag, BR_ERR_CONFIG,
                            "protocols for ALPN are names with commas between them, "
                            "such as h2,http/1.1, not '%s'",
                            list);
        }
        wire[len++] = (unsigned char)name.len;
        memcpy(wire + len, name.ptr, name.len);
        len += (unsigned)name.len;
    }
    *out_wire = wire;
    *out_len = len;
    return BR_ERR_NONE;
}

static enum br_err tls_client_set_alpn(struct tls_client *client, const char *list,
                                       struct diag *diag)
{
    unsigned char *wire = NULL;
    unsigned len = 0;
    enum br_err err = tls_alpn_to_wire(list, &wire, &len, diag);
    if (err != BR_ERR_NONE)
        return err;
    /* The only function of OpenSSL's that returns 0 for success. */
    if (SSL_CTX_set_alpn_protos(client->shared.ctx, wire, len) != 0)
        err = tls_refuse(diag, BR_ERR_CONFIG, "protocols for ALPN", list);
    mem_free(wire);
    return err;
}

static enum br_err tls_client_set_up(struct tls_client *client,
                                     const struct tls_client_options *options, struct diag *diag)
{
    struct tls_shared *shared = &client->shared;
    enum br_err err = tls_shared_init(shared, false, diag);
    if (err != BR_ERR_NONE)
        return err;
    shared->insecure = options->insecure;
    shared->resume = options->resume;
    int min = tls_version_number(options->min_version, TLS1_2_VERSION);
    int max = tls_version_number(options->max_version, 0);
    if (SSL_CTX_set_min_proto_version(shared->ctx, min) != 1 ||
        SSL_CTX_set_max_proto_version(shared->ctx, max) != 1)
        return tls_refuse(diag, BR_ERR_CONFIG, "TLS versions", "from min_version to max_version");

    SSL_CTX_set_verify(shared->ctx, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_session_cache_mode(
        shared->ctx,
        options->resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
    if (options->resume)
        SSL_CTX_sess_set_new_cb(shared->ctx, tls_on_session);
    if (!options->insecure)
        err = tls_load_ca(shared, options->ca_file, diag);
    if (err == BR_ERR_NONE && options->cert_file != NULL)
        err = tls_load_pair(shared, options->cert_file, options->key_file, diag);
    if (err == BR_ERR_NONE && options->alpn != NULL)
        err = tls_client_set_alpn(client, options->alpn, diag);
    return err;
}

enum br_err tls_client_create(const struct tls_client_options *options,
                              struct tls_client **out_client, struct diag *diag)
{
    struct tls_client *client = MEM_NEW(struct tls_client);
    enum br_err err = tls_client_set_up(client, options, diag);
    if (err != BR_ERR_NONE)
        tls_client_destroy(&client);
    else
        *out_client = client;
    return err;
}

void tls_client_destroy(struct tls_client **client)
{
    if (*client == NULL)
        return;
    tls_shared_fini(&(*client)->shared);
    mem_free(*client);
    *client = NULL;
}

const char *tls_client_failure(const struct tls_client *client)
{
    return client->shared.failure;
}

/* The first of ours that the client offers, too; none in common is no reason to refuse it. */
static int tls_server_choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                                  const unsigned char *offered, unsigned offered_len, void *context)
{
    (void)ssl;
    const struct tls_server *server = context;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_len, server->alpn, server->alpn_len, offered,
                              offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static enum br_err tls_server_set_up(struct tls_server *server,
                                     const struct tls_server_options *options, struct diag *diag)
{
    struct tls_shared *shared = &server->shared;
    enum br_err err = tls_shared_init(shared, true, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (options->cert_file == NULL && !options->self_made)
        return diag_set(diag, BR_ERR_CONFIG, "a TLS server needs a certificate and a key file");
    static const unsigned char id[] = "brunt";
    (void)SSL_CTX_set_session_id_context(shared->ctx, id, sizeof(id) - 1);
    err = options->self_made ? tls_use_self_made(shared, diag)
                             : tls_load_pair(shared, options->cert_file, options->key_file, diag);
    if (err == BR_ERR_NONE && options->client_ca_file != NULL) {
        SSL_CTX_set_verify(shared->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        err = tls_load_ca(shared, options->client_ca_file, diag);
    }
    if (err == BR_ERR_NONE && options->alpn != NULL) {
        err = tls_alpn_to_wire(options->alpn, &server->alpn, &server->alpn_len, diag);
        SSL_CTX_set_alpn_select_cb(shared->ctx, tls_server_choose_alpn, server);
    }
    return err;
}

enum br_err tls_server_create(const struct tls_server_options *options,
                              struct tls_server **out_server, struct diag *diag)
{
    struct tls_server *server = MEM_NEW(struct tls_server);
    enum br_err err = tls_server_set_up(server, options, diag);
    if (err != BR_ERR_NONE)
        tls_server_destroy(&server);
    else
        *out_server = server;
    return err;
}

void tls_server_destroy(struct tls_server **server)
{
    if (*server == NULL)
        return;
    tls_shared_fini(&(*server)->shared);
    mem_free((*server)->alpn);
    mem_free(*server);
    *server = NULL;
}

const char *tls_server_failure(const struct tls_server *server)
{
    return server->shared.failure;
}

const char *tls_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
