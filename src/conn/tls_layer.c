/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS as a layer. OpenSSL reaches the layer below through a BIO of ours: it reads straight into
 * OpenSSL's record buffer (read_ahead: one recv for as many records as there are), and writes into
 * a scratch buffer of the shard that is sent when a batch of records is complete.
 *
 * What the socket does not take of a batch is held here, encrypted, and the plain bytes of records
 * that are not wholly in the kernel count as not taken: when the caller offers them again they are
 * skipped, not encrypted twice. So "taken" means "in the kernel" as it does without TLS: nothing
 * has to be flushed behind the caller's back, and what was not taken cannot have been understood.
 */
#include "conn/tls_layer.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"

/* A record on its way into the kernel. */
struct tls_record {
    size_t cipher; /* bytes of it that are not there yet */
    size_t plain;  /* what it carries */
};

struct tls_layer {
    struct layer layer;
    struct tls_shared *shared;
    SSL *ssl;
    struct tls_session *session;                  /* where to keep a session; NULL: nowhere */
    struct buf held;                              /* ciphertext that the socket did not take */
    struct tls_record records[TLS_BATCH_RECORDS]; /* those not wholly in the kernel */
    unsigned record_at, record_count;
    size_t ready;          /* plain bytes in the kernel, not yet told as taken */
    int64_t wall_ns;       /* the kernel's stamp of the last read */
    enum br_err below_err; /* what the layer below failed with, for good */
    bool handshaken;
    bool broken;      /* OpenSSL failed: nothing more may be asked of it */
    bool blocked;     /* the last call stopped for lack of input */
    bool no_read;     /* the socket is known to be empty: do not ask it */
    bool is_partial;  /* what OpenSSL holds is less than a record */
    bool ended;       /* the transport's end was read */
    bool has_verdict; /* an end or an error waits to be told by the next recv */
};

static struct tls_layer *tls_of(const struct layer *layer)
{
    union {
        const struct layer *from;
        struct layer *to;
    } ptr = {layer};
    return BR_CONTAINER(ptr.to, struct tls_layer, layer);
}

/* ---- the BIO ---- */

static int tls_bio_write(BIO *bio, const char *bytes, int len)
{
    struct tls_layer *tls = BIO_get_data(bio);
    /* Order: behind what already waits. */
    struct buf *to = tls->held.len > 0 ? &tls->held : &tls->shared->out;
    if (buf_append(to, bytes_make(bytes, (size_t)len)) != BR_ERR_NONE)
        return -1;
    return len;
}

static int tls_bio_read(BIO *bio, char *bytes, int size)
{
    struct tls_layer *tls = BIO_get_data(bio);
    struct layer *next = tls->layer.next;
    BIO_clear_retry_flags(bio);
    if (tls->ended)
        return 0;
    if (tls->below_err != BR_ERR_NONE)
        return -1;
    ssize_t got = LAYER_AGAIN;
    if (!tls->no_read)
        got = next->ops->recv(next, bytes, (size_t)size, &tls->wall_ns);
    if (got > 0) {
        tls->no_read = got < size;
        tls->is_partial = false;
        return (int)got;
    }
    if (got == 0) {
        tls->ended = true;
        return 0;
    }
    if (got == LAYER_AGAIN) {
        tls->blocked = true;
        BIO_set_retry_read(bio);
    } else {
        tls->below_err = layer_err(got);
    }
    return -1;
}

static long tls_bio_ctrl(BIO *bio, int command, long number, void *ptr)
{
    (void)number;
    (void)ptr;
    const struct tls_layer *tls = BIO_get_data(bio);
    if (command == BIO_CTRL_FLUSH)
        return 1;
    return command == BIO_CTRL_EOF ? tls->ended : 0;
}

BIO_METHOD *tls_bio_method_create(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "layer");
    if (method == NULL)
        return NULL;
    (void)BIO_meth_set_write(method, tls_bio_write);
    (void)BIO_meth_set_read(method, tls_bio_read);
    (void)BIO_meth_set_ctrl(method, tls_bio_ctrl);
    return method;
}

/* ---- what went wrong ---- */

/* Keeps the reason for a person; OpenSSL's queue is empty afterwards. */
static void tls_note_failure(struct tls_layer *tls, const char *text)
{
    (void)snprintf(tls->shared->failure, TLS_FAILURE_SIZE, "%s", text);
    ERR_clear_error();
    tls->broken = true;
}

static enum br_err tls_note_error(struct tls_layer *tls, enum br_err err)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    tls_note_failure(tls, reason == NULL ? err_text(err) : reason);
    return err;
}

static enum br_err tls_handshake_err(struct tls_layer *tls)
{
    if (tls->ended) {
        tls_note_failure(tls, "the peer closed the connection during the handshake");
        return BR_ERR_TLS_HANDSHAKE;
    }
    if (tls->below_err != BR_ERR_NONE) {
        tls_note_failure(tls, err_text(tls->below_err));
        return BR_ERR_TLS_HANDSHAKE;
    }
    long verify = SSL_get_verify_result(tls->ssl);
    if (verify != X509_V_OK && !tls->shared->insecure) {
        tls_note_failure(tls, X509_verify_cert_error_string(verify));
        return BR_ERR_TLS_VERIFY;
    }
    return tls_note_error(tls, BR_ERR_TLS_HANDSHAKE);
}

/* ---- sending ---- */

/* `len` more bytes of ciphertext are in the kernel. What follows the records is OpenSSL's own. */
static void tls_count_sent(struct tls_layer *tls, size_t len)
{
    while (len > 0 && tls->record_at < tls->record_count) {
        struct tls_record *record = &tls->records[tls->record_at];
        size_t step = len < record->cipher ? len : record->cipher;
        record->cipher -= step;
        len -= step;
        if (record->cipher == 0) {
            tls->ready += record->plain;
            tls->record_at++;
        }
    }
}

/* One attempt to send `from`; what is left over stays in it. */
static ssize_t tls_send_buf(struct tls_layer *tls, struct buf *from)
{
    struct layer *next = tls->layer.next;
    struct iovec part = {from->data, from->len};
    ssize_t sent = next->ops->send(next, &part, 1);
    if (layer_is_err(sent))
        return sent;
    if (sent > 0) {
        buf_consume(from, (size_t)sent);
        tls_count_sent(tls, (size_t)sent);
    }
    return 0;
}

/* 0 when all ciphertext is in the kernel, LAYER_AGAIN when some is held, or an error. */
static ssize_t tls_flush(struct tls_layer *tls)
{
    struct buf *out = &tls->shared->out;
    ssize_t result = 0;
    if (tls->held.len > 0) {
        MUST(out->len == 0);
        result = tls_send_buf(tls, &tls->held);
        if (tls->held.len == 0)
            buf_fini(&tls->held);
    } else if (out->len > 0) {
        result = tls_send_buf(tls, out);
        if (result == 0 && out->len > 0 && buf_append(&tls->held, buf_bytes(out)) != BR_ERR_NONE)
            result = layer_fail(BR_ERR_LIMIT);
        buf_clear(out);
    }
    if (result != 0 || tls->held.len == 0)
        return result;
    tls->layer.conn->want = POLLER_OUT;
    return LAYER_AGAIN;
}

/* Where we are in the caller's parts. */
struct tls_cursor {
    const struct iovec *parts;
    int count;
    int at;
    size_t offset;
};

static void tls_cursor_skip(struct tls_cursor *cursor, size_t len)
{
    while (cursor->at < cursor->count) {
        size_t rest = cursor->parts[cursor->at].iov_len - cursor->offset;
        if (len < rest) {
            cursor->offset += len;
            return;
        }
        len -= rest;
        cursor->at++;
        cursor->offset = 0;
    }
}

/* The next record's worth: lent from the caller where it lies in one piece, else gathered. */
static struct bytes tls_cursor_next(struct tls_cursor *cursor, char *gather)
{
    size_t len = 0;
    tls_cursor_skip(cursor, 0);
    while (cursor->at < cursor->count && len < TLS_RECORD_MAX) {
        const struct iovec *part = &cursor->parts[cursor->at];
        const char *from = (const char *)part->iov_base + cursor->offset;
        size_t rest = part->iov_len - cursor->offset;
        size_t room = TLS_RECORD_MAX - len;
        size_t piece = rest < room ? rest : room;
        bool is_whole = piece == TLS_RECORD_MAX || cursor->at == cursor->count - 1;
        tls_cursor_skip(cursor, piece);
        if (len == 0 && is_whole)
            return bytes_make(from, piece);
        memcpy(gather + len, from, piece);
        len += piece;
    }
    return bytes_make(gather, len);
}

/* Encrypts up to a batch into the scratch buffer; false when OpenSSL failed. */
static bool tls_encrypt_batch(struct tls_layer *tls, struct tls_cursor *cursor)
{
    const struct buf *out = &tls->shared->out;
    tls->record_at = 0;
    tls->record_count = 0;
    while (tls->record_count < TLS_BATCH_RECORDS) {
        struct bytes piece = tls_cursor_next(cursor, tls->shared->plain);
        size_t written = 0, before = out->len;
        if (piece.len == 0)
            break;
        if (SSL_write_ex(tls->ssl, piece.ptr, piece.len, &written) != 1)
            return false;
        MUST(written == piece.len);
        tls->records[tls->record_count++] = (struct tls_record){out->len - before, piece.len};
    }
    return true;
}

/* Tells of what is ready, up to `len`. */
static size_t tls_claim(struct tls_layer *tls, size_t len)
{
    size_t claimed = tls->ready < len ? tls->ready : len;
    tls->ready -= claimed;
    return claimed;
}

static size_t tls_parts_len(const struct iovec *parts, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += parts[i].iov_len;
    return len;
}

static ssize_t tls_send(struct layer *layer, const struct iovec *parts, int count)
{
    struct tls_layer *tls = tls_of(layer);
    if (tls->broken)
        return layer_fail(BR_ERR_TLS_PROTOCOL);
    size_t len = tls_parts_len(parts, count);
    ssize_t result = tls_flush(tls);
    size_t taken = tls_claim(tls, len);
    struct tls_cursor cursor = {parts, count, 0, 0};
    tls_cursor_skip(&cursor, taken);
    while (result == 0 && taken < len) {
        if (!tls_encrypt_batch(tls, &cursor)) {
            buf_clear(&tls->shared->out);
            result = layer_fail(tls_note_error(tls, BR_ERR_TLS_PROTOCOL));
            break;
        }
        result = tls_flush(tls);
        taken += tls_claim(tls, len - taken);
    }
    /* What was taken counts, even before an error: the layer below (or `broken`) fails again. */
    return taken > 0 || len == 0 ? (ssize_t)taken : result;
}

/* ---- receiving ---- */

/* Why SSL_read gave nothing. */
static ssize_t tls_recv_failed(struct tls_layer *tls)
{
    if (tls->below_err != BR_ERR_NONE) {
        ERR_clear_error();
        return layer_fail(tls->below_err);
    }
    if (tls->ended) {
        tls->layer.conn->truncated = true;
        ERR_clear_error();
        return 0;
    }
    if (tls->blocked) {
        tls->is_partial = true;
        tls->layer.conn->want = POLLER_IN;
        return LAYER_AGAIN;
    }
    if (tls->broken)
        return layer_fail(BR_ERR_TLS_PROTOCOL);
    /* Not SSL_get_shutdown: fatal alerts set that, too. */
    if (SSL_get_error(tls->ssl, 0) == SSL_ERROR_ZERO_RETURN)
        return 0;
    enum br_err err = tls_note_error(tls, BR_ERR_TLS_PROTOCOL);
    (void)tls_flush(tls); /* the alert that says why, if it fits */
    return layer_fail(err);
}

static ssize_t tls_recv(struct layer *layer, void *bytes, size_t size, int64_t *out_wall_ns)
{
    struct tls_layer *tls = tls_of(layer);
    if (tls->held.len > 0)
        (void)tls_flush(tls);
    /* Whole records that are here already need no system call. */
    tls->no_read = !tls->is_partial && SSL_has_pending(tls->ssl) == 1;
    /* Errors that other users of the library left behind would be taken for ours. */
    if (ERR_peek_error() != 0)
        ERR_clear_error();
    size_t total = 0;
    ssize_t result = 0;
    do {
        size_t got = 0;
        tls->blocked = false;
        if (SSL_read_ex(tls->ssl, (char *)bytes + total, size - total, &got) != 1) {
            result = tls_recv_failed(tls);
            tls->has_verdict = result != LAYER_AGAIN;
            break;
        }
        total += got;
    } while (total < size && (!tls->no_read || SSL_has_pending(tls->ssl) == 1));
    /* Answers of OpenSSL's own (key updates) go out now. */
    if (tls->shared->out.len > 0)
        (void)tls_flush(tls);
    if (out_wall_ns != NULL)
        *out_wall_ns = tls->wall_ns;
    return total > 0 ? (ssize_t)total : result;
}

static bool tls_has_pending(const struct layer *layer)
{
    const struct tls_layer *tls = tls_of(layer);
    return tls->has_verdict || (!tls->is_partial && SSL_has_pending(tls->ssl) == 1);
}

/* ---- opening and closing ---- */

static void tls_handshake_done(struct tls_layer *tls)
{
    tls->handshaken = true;
    tls->layer.conn->tls_ns = loop_now(tls->layer.conn->loop);
}

static ssize_t tls_open(struct layer *layer)
{
    struct tls_layer *tls = tls_of(layer);
    ssize_t result = tls_flush(tls);
    if (result != 0 || tls->handshaken)
        return result;
    tls->blocked = false;
    tls->no_read = false;
    int done = SSL_do_handshake(tls->ssl);
    /* Before it is known why a handshake failed its alert goes out. */
    result = tls_flush(tls);
    if (done == 1) {
        tls_handshake_done(tls);
        return result;
    }
    if (tls->blocked && !tls->ended && tls->below_err == BR_ERR_NONE) {
        if (result == 0) {
            layer->conn->want = POLLER_IN;
            result = LAYER_AGAIN;
        }
        return layer_is_err(result) ? layer_fail(tls_handshake_err(tls)) : result;
    }
    return layer_fail(tls_handshake_err(tls));
}

/* What the peer said that nobody read (session tickets, mostly): the kernel would answer a close
 * with a reset otherwise, and what it has still to send would be lost. */
static void tls_drain(struct tls_layer *tls)
{
    struct layer *next = tls->layer.next;
    for (int i = 0; i < TLS_BATCH_RECORDS; i++) {
        if (next->ops->recv(next, tls->shared->plain, TLS_RECORD_MAX, NULL) <= 0)
            return;
    }
}

static void tls_close(struct layer *layer, bool orderly)
{
    struct tls_layer *tls = tls_of(layer);
    if (tls->handshaken && !tls->broken) {
        if (orderly && tls->held.len == 0 && tls->below_err == BR_ERR_NONE) {
            (void)SSL_shutdown(tls->ssl);
            (void)tls_flush(tls);
        }
        /* A session whose connection was just dropped would not be resumed otherwise. */
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    if (orderly && layer->conn->opened > 0 && tls->below_err == BR_ERR_NONE && !tls->ended)
        tls_drain(tls);
    SSL_free(tls->ssl);
    ERR_clear_error();
    buf_clear(&tls->shared->out);
    buf_fini(&tls->held);
    mem_free(tls);
}

static const struct layer_ops tls_ops = {
    .name = "tls",
    .open = tls_open,
    .send = tls_send,
    .recv = tls_recv,
    .has_pending = tls_has_pending,
    .close = tls_close,
};

static enum br_err tls_layer_create(struct tls_shared *shared, struct tls_layer **out_tls)
{
    SSL *ssl = SSL_new(shared->ctx);
    BIO *bio = BIO_new(shared->method);
    if (ssl == NULL || bio == NULL) {
        SSL_free(ssl);
        BIO_free(bio);
        ERR_clear_error();
        return BR_ERR_NO_MEMORY;
    }
    struct tls_layer *tls = MEM_NEW(struct tls_layer);
    tls->layer.ops = &tls_ops;
    tls->shared = shared;
    tls->ssl = ssl;
    buf_init(&tls->held, TLS_HELD_MAX);
    BIO_set_data(bio, tls);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, tls);
    if (shared->is_server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    *out_tls = tls;
    return BR_ERR_NONE;
}

/* ---- sessions that are kept ---- */

static struct tls_session *tls_session_of(struct tls_shared *shared, const char *name)
{
    for (struct list *node = shared->sessions.next; node != &shared->sessions; node = node->next) {
        struct tls_session *session = BR_CONTAINER(node, struct tls_session, node);
        if (strcmp(session->name, name) == 0)
            return session;
    }
    if (shared->session_count == TLS_SESSIONS_MAX)
        return NULL;
    struct tls_session *session = MEM_NEW(struct tls_session);
    session->name = mem_copy_str(bytes_from_str(name));
    list_push_head(&shared->sessions, &session->node);
    shared->session_count++;
    return session;
}

int tls_on_session(SSL *ssl, SSL_SESSION *session)
{
    const struct tls_layer *tls = SSL_get_app_data(ssl);
    if (tls->session == NULL)
        return 0;
    SSL_SESSION_free(tls->session->session);
    tls->session->session = session;
    return 1; /* the reference is ours now */
}

/* ---- the two kinds ---- */

/* SNI is for names only (RFC 6066 3); an address is checked against the certificate's addresses. */
static bool tls_set_peer_name(struct tls_layer *tls, const char *server_name)
{
    struct sock_addr addr;
    if (sock_addr_from_ip(bytes_from_str(server_name), 0, &addr))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), server_name) == 1;
    SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    /* What SSL_set_tlsext_host_name is, without its cast. */
    union {
        const char *from;
        void *to;
    } name = {server_name};
    return SSL_ctrl(tls->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.to) ==
               1 &&
           SSL_set1_host(tls->ssl, server_name) == 1;
}

enum br_err tls_client_layer(struct tls_client *client, const char *server_name,
                             struct layer **out_layer)
{
    struct tls_shared *shared = &client->shared;
    struct tls_layer *tls = NULL;
    enum br_err err = tls_layer_create(shared, &tls);
    if (err != BR_ERR_NONE)
        return err;
    /* Without a name a certificate would verify for anybody: only --insecure may leave it out. */
    MUST(server_name != NULL || shared->insecure);
    if (server_name != NULL && !tls_set_peer_name(tls, server_name)) {
        tls_note_failure(tls, "the server's name cannot be sent in a handshake");
        tls_close(&tls->layer, false);
        return BR_ERR_TLS_HANDSHAKE;
    }
    if (shared->resume && server_name != NULL)
        tls->session = tls_session_of(shared, server_name);
    if (tls->session != NULL && tls->session->session != NULL)
        (void)SSL_set_session(tls->ssl, tls->session->session);
    *out_layer = &tls->layer;
    return BR_ERR_NONE;
}

enum br_err tls_server_layer(struct tls_server *server, struct layer **out_layer)
{
    struct tls_layer *tls = NULL;
    enum br_err err = tls_layer_create(&server->shared, &tls);
    if (err == BR_ERR_NONE)
        *out_layer = &tls->layer;
    return err;
}

bool tls_get_info(const struct conn *conn, struct tls_info *out_info)
{
    const struct layer *layer = conn->state == CONN_OPEN ? conn->top : NULL;
    while (layer != NULL && layer->ops != &tls_ops)
        layer = layer->next;
    if (layer == NULL)
        return false;
    const struct tls_layer *tls = tls_of(layer);
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    SSL_get0_alpn_selected(tls->ssl, &alpn, &alpn_len);
    *out_info = (struct tls_info){
        .version = SSL_get_version(tls->ssl),
        .cipher = SSL_get_cipher_name(tls->ssl),
        .alpn = bytes_make((const char *)alpn, alpn_len),
        .resumed = SSL_session_reused(tls->ssl) == 1,
    };
    return true;
}
