/* SPDX-License-Identifier: Apache-2.0
 *
 * Straight code on a fiber: take an idle connection or make one, send, wait. Whoever ends the wait
 * (the reply, a time-out, the end of the run) resumes the fiber.
 */
#include "script/script_hop.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "script/script_net.h"

enum { HOP_KEY_MAX = 400 };
static const int64_t hop_connect_ns = INT64_C(30000000000);

void script_hop_init(struct script_hop *hop, struct script_vu *vu)
{
    *hop = (struct script_hop){.vu = vu};
    buf_init(&hop->head, SCRIPT_HEAD_MAX);
    buf_init(&hop->body, SCRIPT_BODY_MAX);
}

void script_hop_fini(struct script_hop *hop)
{
    buf_fini(&hop->head);
    buf_fini(&hop->body);
}

/* ---- errors, in k6's words ---- */

static const struct {
    enum br_err err;
    int code;
    const char *text;
} hop_errors[] = {
    {BR_ERR_TIMEOUT_TOTAL, 1050, "request timeout"},
    {BR_ERR_TIMEOUT_FIRST, 1050, "request timeout"},
    {BR_ERR_NAME_NOT_FOUND, 1101, "lookup: no such host"},
    {BR_ERR_NAME_TIMEOUT, 1100, "lookup: i/o timeout"},
    {BR_ERR_NAME_FAILED, 1100, "lookup: server misbehaving"},
    {BR_ERR_CONN_REFUSED, 1212, "dial: connection refused"},
    {BR_ERR_CONN_TIMEOUT, 1211, "dial: i/o timeout"},
    {BR_ERR_CONN_UNREACHABLE, 1213,
     "dial: unknown errno `113` on linux with message `no route to host`"},
    {BR_ERR_CONN_FAILED, 1210, "dial: connection failed"},
    {BR_ERR_NO_PORTS, 1213,
     "dial: unknown errno `99` on linux with message `cannot assign requested address`"},
    {BR_ERR_NO_DESCRIPTORS, 1210, "dial: too many open files"},
    {BR_ERR_RESET, 1220, "read: connection reset by peer"},
    {BR_ERR_SEND_FAILED, 1201, "write: broken pipe"},
    {BR_ERR_TLS_VERIFY, 1310, "x509: certificate signed by unknown authority"},
    {BR_ERR_TLS_HANDSHAKE, 1300, "remote error: tls: handshake failure"},
    {BR_ERR_TLS_PROTOCOL, 1301, "tls: first record does not look like a TLS handshake"},
    {BR_ERR_CLOSED_EARLY, 1000, "EOF"},
    {BR_ERR_KEEPALIVE_CLOSED, 1000, "EOF"},
    {BR_ERR_WIRE_MALFORMED, 1000, "malformed HTTP response"},
    {BR_ERR_INTERRUPTED, 1000, "context canceled"},
};

void script_hop_fail(struct script_hop *hop, enum br_err err)
{
    const char *text = err_text(err);
    hop->err = err;
    hop->error_code = 1000;
    for (size_t i = 0; i < BR_COUNT(hop_errors); i++) {
        if (hop_errors[i].err == err) {
            hop->error_code = hop_errors[i].code;
            text = hop_errors[i].text;
        }
    }
    (void)snprintf(hop->error, sizeof(hop->error), "%s", text);
}

/* ---- the session's callbacks ---- */

static void hop_finish(struct script_hop *hop, enum br_err err)
{
    hop->err = err;
    hop->done = true;
    if (hop->fiber == fiber_current())
        return; /* inside the call that began it */
    if (hop->fiber == hop->vu->fiber)
        script_vu_resume(hop->vu);
    else
        (void)fiber_resume(hop->fiber);
}

static void session_free(struct script_session *session)
{
    list_remove(&session->node);
    http_session_fini(&session->http);
    mem_free(session);
}

static void session_on_done(struct http_session *http, enum br_err err)
{
    struct script_session *session = BR_CONTAINER(http, struct script_session, http);
    hop_finish(session->hop, err);
}

static void session_on_connected(struct http_session *http)
{
    struct script_session *session = BR_CONTAINER(http, struct script_session, http);
    struct script_hop *hop = session->hop;
    const struct conn *conn = &http->conn;
    hop->ready_ns = conn->tls_ns != 0 ? conn->tls_ns : conn->tcp_ns;
    hop->times.connecting = conn->tcp_ns - conn->open_start_ns;
    hop->times.tls = conn->tls_ns != 0 ? conn->tls_ns - conn->tcp_ns : 0;
    hop->times.blocked = hop->ready_ns - hop->asked_ns;
}

static void session_on_idle_closed(struct http_session *http)
{
    session_free(BR_CONTAINER(http, struct script_session, http));
}

static void session_on_head(struct http_session *http, struct bytes head)
{
    struct script_hop *hop = BR_CONTAINER(http, struct script_session, http)->hop;
    buf_clear(&hop->head);
    (void)!buf_append(&hop->head, head);
}

static void session_on_body(struct http_session *http, struct bytes part)
{
    struct script_hop *hop = BR_CONTAINER(http, struct script_session, http)->hop;
    if (!hop->discard && buf_append(&hop->body, part) != BR_ERR_NONE)
        hop->discard = true;
}

static const struct http_session_ops session_ops = {
    .on_done = session_on_done,
    .on_connected = session_on_connected,
    .on_idle_closed = session_on_idle_closed,
    .on_head = session_on_head,
    .on_body = session_on_body,
};

/* ---- peers ---- */

static struct script_peer *hop_peer(struct script_hop *hop)
{
    struct script_http *http = hop->vu->http;
    const struct url *url = hop->url;
    for (struct list *node = http->peers.next; node != &http->peers; node = node->next) {
        struct script_peer *peer = BR_CONTAINER(node, struct script_peer, node);
        if (peer->port == url->port && peer->tls == url->tls &&
            bytes_eq(bytes_from_str(peer->host), url->host))
            return peer;
    }
    struct script_peer *peer = MEM_NEW(struct script_peer);
    peer->host = mem_copy_str(url->host);
    peer->port = url->port;
    peer->tls = url->tls;
    pool_init(&peer->pool, UINT32_MAX);
    list_push_tail(&http->peers, &peer->node);
    return peer;
}

static struct script_session *session_create(struct script_hop *hop, struct script_peer *peer)
{
    struct script_session *session = MEM_NEW(struct script_session);
    session->owner = hop->vu->http;
    session->peer = peer;
    http_session_init(&session->http, &hop->vu->shard->http->client, &session_ops);
    list_push_tail(&session->owner->sessions, &session->node);
    return session;
}

/* ---- an exchange ---- */

static void hop_wait(struct script_hop *hop)
{
    struct script_vu *vu = hop->vu;
    while (!hop->done) {
        if (hop->fiber == vu->fiber)
            script_vu_park(vu);
        else
            fiber_yield();
        if (vu->engine.interrupted && !hop->done)
            http_session_cancel(&hop->session->http, BR_ERR_INTERRUPTED);
    }
}

static struct http_exchange hop_exchange(const struct script_hop *hop)
{
    int64_t connect_ns = hop->asked_ns + hop_connect_ns;
    return (struct http_exchange){
        .request = hop->request,
        .is_head = hop->is_head,
        .may_keep_alive = !hop->vu->shard->settings->no_connection_reuse,
        .deadline_ns = hop->deadline_ns,
        .deadline_connect_ns = connect_ns < hop->deadline_ns ? connect_ns : hop->deadline_ns,
    };
}

static void hop_note_tls(struct script_hop *hop, const struct conn *conn)
{
    struct tls_info info;
    if (!hop->url->tls || !tls_get_info(conn, &info))
        return;
    const char *digits = strncmp(info.version, "TLSv", 4) == 0 ? info.version + 4 : info.version;
    (void)snprintf(hop->tls_version, sizeof(hop->tls_version), "tls%s%s", digits,
                   strchr(digits, '.') == NULL ? ".0" : "");
    (void)snprintf(hop->tls_cipher, sizeof(hop->tls_cipher), "%s", info.cipher);
}

/* What the session knows, before it goes its way. */
static void hop_take(struct script_hop *hop, struct script_session *session)
{
    const struct http_reply *reply = &session->http.reply;
    struct script_http *http = hop->vu->http;
    http->bytes_sent += reply->bytes_sent;
    http->bytes_received += reply->bytes_received;
    hop->end_ns = reply->done_ns;
    hop->status = hop->err == BR_ERR_NONE ? reply->status : 0;
    memcpy(hop->remote, session->remote, sizeof(hop->remote));
    if (reply->sent_ns == 0)
        return;
    int64_t written_ns = reply->written_ns > reply->sent_ns ? reply->written_ns : reply->sent_ns;
    int64_t first_ns = reply->first_byte_ns > written_ns ? reply->first_byte_ns : written_ns;
    if (reply->first_byte_ns == 0)
        first_ns = reply->done_ns;
    hop->times.sending = written_ns - hop->ready_ns;
    hop->times.waiting = first_ns - written_ns;
    hop->times.receiving = reply->done_ns - first_ns;
}

/* On an idle connection; false when there is none. */
static bool hop_reuse(struct script_hop *hop, struct script_peer *peer)
{
    struct pool_node *node = pool_take(&peer->pool);
    if (node == NULL)
        return false;
    struct script_session *session =
        BR_CONTAINER(BR_CONTAINER(node, struct http_session, pooled), struct script_session, http);
    struct http_exchange exchange = hop_exchange(hop);
    hop->session = session;
    session->hop = hop;
    hop->done = false;
    hop->ready_ns = loop_now(hop->vu->shard->loop);
    hop->times.blocked = hop->ready_ns - hop->asked_ns;
    http_session_start(&session->http, &exchange);
    hop_wait(hop);
    return true;
}

static void hop_connect(struct script_hop *hop, struct script_peer *peer,
                        const struct sock_addr *addr, struct tls_client *tls)
{
    struct script_session *session = session_create(hop, peer);
    struct http_exchange exchange = hop_exchange(hop);
    struct conn_target target = {
        .addr = addr, .tls = tls, .server_name = tls != NULL ? peer->host : NULL};
    hop->session = session;
    session->hop = hop;
    hop->done = false;
    sock_addr_format(addr, session->remote);
    http_session_connect(&session->http, &peer->pool, &target, &exchange);
    hop_wait(hop);
}

/* After an exchange: takes the results; the session stays when it is open. */
static void hop_settle(struct script_hop *hop)
{
    struct script_session *session = hop->session;
    if (hop->err == BR_ERR_NONE)
        hop_note_tls(hop, &session->http.conn);
    hop_take(hop, session);
    hop->session = NULL;
    session->hop = NULL;
    if (!http_session_is_open(&session->http))
        session_free(session);
}

static void hop_run_new(struct script_hop *hop, struct script_peer *peer)
{
    struct script_addrs addrs;
    struct diag diag = DIAG_INIT;
    struct tls_client *tls = NULL;
    if (!script_net_find(hop, &addrs))
        return;
    if (hop->url->tls) {
        tls = script_http_tls(hop->vu->shard->http, hop->url->host, &diag);
        if (tls == NULL) {
            script_hop_fail(hop, BR_ERR_TLS_HANDSHAKE);
            return;
        }
    }
    for (size_t i = 0; i < addrs.count; i++) {
        hop_connect(hop, peer, &addrs.addrs[(addrs.first + i) % addrs.count], tls);
        bool failed_to_connect = hop->session->http.reply.sent_ns == 0 && hop->err != BR_ERR_NONE &&
                                 hop->err != BR_ERR_INTERRUPTED && hop->err != BR_ERR_TLS_VERIFY;
        hop_settle(hop);
        if (!failed_to_connect)
            break;
    }
    if (hop->err == BR_ERR_TLS_VERIFY || hop->err == BR_ERR_TLS_HANDSHAKE) {
        enum br_err err = hop->err;
        script_hop_fail(hop, err);
        script_net_word_tls(hop, tls_client_failure(tls));
    }
}

void script_hop_run(struct script_hop *hop)
{
    struct script_shard *shard = hop->vu->shard;
    hop->fiber = fiber_current();
    MUST(hop->fiber != NULL);
    hop->asked_ns = loop_now(shard->loop);
    hop->end_ns = hop->asked_ns;
    hop->vu->http->calls++;
    struct script_peer *peer = hop_peer(hop);
    bool reused = hop_reuse(hop, peer);
    if (reused) {
        hop_settle(hop);
        if (hop->err == BR_ERR_KEEPALIVE_CLOSED && hop->may_retry) {
            buf_clear(&hop->head);
            buf_clear(&hop->body);
            hop->err = BR_ERR_NONE;
            reused = false;
        }
    }
    if (!reused)
        hop_run_new(hop, peer);
    hop->vu->http->calls--;
    if (hop->err != BR_ERR_NONE && hop->error_code == 0)
        script_hop_fail(hop, hop->err);
    if (hop->end_ns == hop->asked_ns)
        hop->end_ns = loop_now(shard->loop);
}
