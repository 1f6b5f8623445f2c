/* SPDX-License-Identifier: Apache-2.0
 *
 * What outlives an exchange: peers, sessions, TLS contexts, cookies.
 */
#include "script/script_http.h"

#include "base/mem.h"
#include "base/must.h"
#include "script/script_hop.h"
#include "sys/file.h"

enum { HTTP_FIBER_STACK = 256 * 1024 };

/* ---- a shard's ---- */

struct script_http_shard *script_http_shard_create(struct script_shard *shard)
{
    struct script_http_shard *http = MEM_NEW(struct script_http_shard);
    struct diag diag = DIAG_INIT;
    struct name_options names = {.keep_ns = shard->settings->dns_ttl_ns};
    http->shard = shard;
    http_client_init(&http->client, shard->loop);
    enum br_err err = name_resolver_create(shard->loop, &names, &http->resolver, &diag);
    MUST(err == BR_ERR_NONE);
    http->inflate = http_inflate_create();
    http->fibers = fiber_pool_create(HTTP_FIBER_STACK);
    list_init(&http->tls_rows);
    return http;
}

void script_http_shard_destroy(struct script_http_shard **http_at)
{
    struct script_http_shard *http = *http_at;
    struct list *node;
    while ((node = list_pop_head(&http->tls_rows)) != NULL) {
        struct script_tls_row *row = BR_CONTAINER(node, struct script_tls_row, node);
        tls_client_destroy(&row->client);
        mem_free(row->domain);
        mem_free(row);
    }
    if (http->tls != NULL)
        tls_client_destroy(&http->tls);
    http_inflate_destroy(&http->inflate);
    fiber_pool_destroy(&http->fibers);
    name_resolver_destroy(&http->resolver);
    http_client_fini(&http->client);
    mem_free(http);
    *http_at = NULL;
}

struct tls_client *script_http_tls(struct script_http_shard *http, struct bytes host BR_UNUSED,
                                   struct diag *diag)
{
    const struct script_settings *settings = http->shard->settings;
    if (http->tls != NULL)
        return http->tls;
    struct tls_client_options options = {
        .insecure = settings->insecure,
        .min_version = settings->tls_min,
        .max_version = settings->tls_max,
        .alpn = "http/1.1",
    };
    if (tls_client_create(&options, &http->tls, diag) != BR_ERR_NONE)
        return NULL;
    return http->tls;
}

/* ---- a VU's ---- */

struct script_http *script_http_create(struct script_vu *vu)
{
    struct script_http *http = MEM_NEW(struct script_http);
    http->vu = vu;
    http->jar_object = JS_UNDEFINED;
    list_init(&http->peers);
    list_init(&http->sessions);
    script_jar_init(&http->jar);
    http->expected.count = 1;
    http->expected.ranges[0].min = 200;
    http->expected.ranges[0].max = 399;
    return http;
}

static void http_close_idle(struct script_http *http)
{
    for (struct list *node = http->sessions.next; node != &http->sessions;) {
        struct script_session *session = BR_CONTAINER(node, struct script_session, node);
        node = node->next;
        if (session->hop == NULL) {
            list_remove(&session->node);
            http_session_fini(&session->http);
            mem_free(session);
        }
    }
}

void script_http_destroy(struct script_http **http_at)
{
    struct script_http *http = *http_at;
    struct list *node;
    http_close_idle(http);
    MUST(list_is_empty(&http->sessions));
    while ((node = list_pop_head(&http->peers)) != NULL) {
        struct script_peer *peer = BR_CONTAINER(node, struct script_peer, node);
        pool_fini(&peer->pool);
        mem_free(peer->key);
        mem_free(peer->host);
        mem_free(peer);
    }
    script_jar_fini(&http->jar);
    JS_FreeValue(http->vu->engine.ctx, http->jar_object);
    mem_free(http);
    *http_at = NULL;
}

void script_http_begin_iteration(struct script_vu *vu)
{
    if (!vu->shard->settings->no_cookies_reset)
        script_jar_clear(&vu->http->jar);
}

void script_http_end_iteration(struct script_vu *vu)
{
    if (vu->shard->settings->no_vu_connection_reuse)
        http_close_idle(vu->http);
}

void script_http_record_data(struct script_vu *vu)
{
    struct script_http *http = vu->http;
    int64_t now_ns = loop_now(vu->shard->loop);
    if (!script_vu_records(vu))
        return;
    script_vu_record(vu, METRIC_DATA_SENT, vu->tags, (double)http->bytes_sent, now_ns);
    script_vu_record(vu, METRIC_DATA_RECEIVED, vu->tags, (double)http->bytes_received, now_ns);
    http->bytes_sent = 0;
    http->bytes_received = 0;
}

void script_http_cancel_all(struct script_http *http)
{
    for (struct list *node = http->sessions.next; node != &http->sessions;) {
        struct script_session *session = BR_CONTAINER(node, struct script_session, node);
        node = node->next;
        if (session->hop != NULL && !session->hop->done)
            http_session_cancel(&session->http, BR_ERR_INTERRUPTED);
    }
}
