/* SPDX-License-Identifier: Apache-2.0
 *
 * The page's server. The text is made anew for each request and kept until it was sent: scrapers
 * come every few seconds, and nobody else is served from it.
 */
#include "live/page.h"

#include "base/mem.h"
#include "live/prometheus.h"
#include "proto/http_server.h"

enum { LIVE_TEXT_MAX = 256 << 20 };

struct live_page {
    struct http_server *server;
    const struct result *result;
};

/* A session's part: the text that is on its way. */
struct live_call {
    struct buf text;
    bool filled;
};

static void live_answer(struct http_server_session *session, uint16_t status, const char *type,
                        struct bytes body)
{
    struct h1_header header = {BYTES("Content-Type"), bytes_from_str(type)};
    struct http_answer answer = {
        .status = status, .headers = &header, .header_count = 1, .body = body};
    http_server_reply(session, &answer);
}

static void live_forget(struct live_call *call)
{
    if (call->filled)
        buf_fini(&call->text);
    call->filled = false;
}

static void live_on_request(struct http_server_session *session, const struct http_request *request)
{
    struct live_page *page = http_server_context(session);
    struct live_call *call = http_server_extra(session);
    struct bytes path = http_request_path(request);
    if (!bytes_eq(request->method, BYTES("GET")) && !bytes_eq(request->method, BYTES("HEAD"))) {
        live_answer(session, 405, "text/plain", BYTES("GET /metrics\n"));
        return;
    }
    if (!bytes_eq(path, BYTES("/metrics"))) {
        live_answer(session, bytes_eq(path, BYTES("/")) ? 200 : 404, "text/plain",
                    BYTES("a run of brunt: its numbers for Prometheus are on /metrics\n"));
        return;
    }
    live_forget(call);
    buf_init(&call->text, LIVE_TEXT_MAX);
    call->filled = true;
    live_prometheus_put(page->result, &call->text);
    live_answer(session, 200, "text/plain; version=0.0.4; charset=utf-8", buf_bytes(&call->text));
}

static void live_on_close(struct http_server_session *session, enum br_err err)
{
    (void)err;
    live_forget(http_server_extra(session));
}

static const struct http_server_ops live_ops = {
    .on_request = live_on_request,
    .on_close = live_on_close,
};

enum br_err live_page_open(struct loop *loop, const struct result *result,
                           const struct sock_addr *addr, struct live_page **out_page,
                           struct sock_addr *out_bound, struct diag *diag)
{
    struct live_page *page = MEM_NEW(struct live_page);
    struct http_server_config config = {.ops = &live_ops,
                                        .context = page,
                                        .extra_size = sizeof(struct live_call),
                                        .body_mode = HTTP_BODY_DISCARD};
    page->result = result;
    page->server = http_server_create(loop, &config);
    enum br_err err = http_server_listen(page->server, addr, out_bound, diag);
    if (err != BR_ERR_NONE)
        live_page_close(&page);
    else
        *out_page = page;
    return err;
}

void live_page_close(struct live_page **page)
{
    if (*page == NULL)
        return;
    http_server_destroy(&(*page)->server);
    mem_free(*page);
    *page = NULL;
}
