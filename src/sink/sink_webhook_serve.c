/* SPDX-License-Identifier: Apache-2.0
 *
 * A webhook's request, from its last byte to its fate. Answered at once, which is the usual case,
 * it costs a receive, a send and two looks at the clock, and nothing is kept; else what was found
 * in it is kept until the answer is due.
 *
 * The answer is 200 with {"ok":true}: most senders look at the status alone, and those that want
 * JSON get some.
 */
#include <stdio.h>

#include "base/must.h"
#include "sink/sink_control.h"
#include "sink/sink_hook.h"

enum { SINK_STATUS_OK = 200 };
#define SINK_OK_BODY "{\"ok\":true}\n"
#define SINK_FAIL_BODY "{\"ok\":false}\n"

static const struct bytes sink_ok_raw = BYTES_INIT(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n" SINK_OK_BODY);
static const struct h1_header sink_json_header = {BYTES_INIT("Content-Type"),
                                                  BYTES_INIT("application/json")};

/* ---- who it is for, and who it is from ---- */

/* A path's webhook: the one with the longest beginning of it, at a whole segment. */
static struct sink_webhook *sink_hook_route(const struct sink_hook *hook,
                                            const struct http_request *request)
{
    struct sink_webhook *best = hook->webhooks[0];
    if (BR_LIKELY(hook->count == 1 && best->path.len == 0))
        return best;
    struct bytes path = http_request_path(request);
    best = NULL;
    for (int i = 0; i < hook->count; i++) {
        struct sink_webhook *webhook = hook->webhooks[i];
        struct bytes own = webhook->path;
        bool fits = bytes_starts(path, own) &&
                    (path.len == own.len || own.len == 0 || path.ptr[own.len] == '/');
        if (fits && (best == NULL || own.len > best->path.len))
            best = webhook;
    }
    return best;
}

/* "Bearer TOKEN": the scheme in any case (RFC 9110 11.1), the rest exactly. */
static bool sink_has_credentials(const struct http_request *request, struct bytes scheme,
                                 struct bytes want)
{
    struct bytes value = http_request_field(request, BYTES("authorization"));
    struct bytes name = bytes_cut(&value, ' ');
    return bytes_eq_nocase(name, scheme) && bytes_eq(bytes_trim(value), want);
}

bool sink_webhook_is_let_in(const struct sink_webhook *webhook, const struct http_request *request)
{
    const struct plan_sink_auth *auth = &webhook->sink.config->auth;
    uint8_t mac[HASH_HMAC_SIZE];
    switch (auth->kind) {
    case PLAN_SINK_AUTH_NONE:
        return true;
    case PLAN_SINK_AUTH_BEARER:
        return sink_has_credentials(request, BYTES("bearer"), auth->secret);
    case PLAN_SINK_AUTH_BASIC:
        return sink_has_credentials(request, BYTES("basic"), buf_bytes(&webhook->login));
    case PLAN_SINK_AUTH_HMAC:
        break;
    }
    struct bytes signature = http_request_field(request, auth->header);
    hash_hmac_begin(webhook->hmac);
    hash_hmac_update(webhook->hmac, request->body);
    hash_hmac_end(webhook->hmac, mac);
    return signature.len > 0 && hash_hmac_is(mac, signature);
}

/* ---- answers ---- */

static void sink_call_answer_badly(struct http_server_session *session,
                                   const struct sink_call *call)
{
    struct h1_header headers[2] = {sink_json_header};
    char seconds[16];
    struct http_answer answer = {
        .status = call->deed.status,
        .headers = headers,
        .header_count = 1,
        .body = BYTES(SINK_FAIL_BODY),
    };
    if (call->deed.retry_after_sec > 0) {
        int len = snprintf(seconds, sizeof(seconds), "%u", (unsigned)call->deed.retry_after_sec);
        headers[answer.header_count++] =
            (struct h1_header){BYTES("Retry-After"), bytes_make(seconds, (size_t)len)};
    }
    if (call->deed.status == 401)
        headers[answer.header_count++] =
            (struct h1_header){BYTES("WWW-Authenticate"), BYTES("Bearer")};
    http_server_reply(session, &answer);
}

static void sink_call_answer(struct http_server_session *session, const struct sink_call *call)
{
    if (call->deed.kind == SINK_DO_FAIL) {
        sink_call_answer_badly(session, call);
    } else if (BR_LIKELY(http_server_may_reply_raw(session))) {
        http_server_reply_raw(session, sink_ok_raw);
    } else {
        struct http_answer answer = {
            .status = SINK_STATUS_OK,
            .headers = &sink_json_header,
            .header_count = 1,
            .body = BYTES(SINK_OK_BODY),
        };
        http_server_reply(session, &answer);
    }
}

/* Its fate is told; what was found is let go. */
static void sink_call_tell(struct sink_call *call, enum sink_arrival_kind kind, int64_t now_ns,
                           int64_t due_ns)
{
    sink_tell(&call->webhook->sink, &call->found, kind, now_ns, due_ns);
    sink_found_drop(&call->found);
    call->webhook = NULL;
}

static void sink_call_reset(struct http_server_session *session, struct sink_call *call)
{
    sink_call_tell(call, SINK_ATTEMPT_RESET, loop_now(call->webhook->sink.loop), 0);
    http_server_drop(session, false);
}

static void sink_call_on_timer(struct wheel_timer *timer, void *context)
{
    struct http_server_session *session = context;
    struct sink_call *call = BR_CONTAINER(timer, struct sink_call, timer);
    if (call->deed.kind == SINK_DO_RESET)
        sink_call_reset(session, call);
    else
        sink_call_answer(session, call);
}

static void sink_call_do(struct http_server_session *session, struct sink_call *call)
{
    struct loop *loop = call->webhook->sink.loop;
    if (call->deed.kind == SINK_DO_STALL) {
        /* The session waits for a reply until its peer has enough. */
        sink_call_tell(call, SINK_ATTEMPT_STALL, loop_now(loop), 0);
        return;
    }
    if (call->deed.delay_ns > 0) {
        sink_found_keep(&call->found);
        wheel_timer_init(&call->timer, sink_call_on_timer, session);
        wheel_arm(&loop->wheel, &call->timer, call->due_ns);
        return;
    }
    if (call->deed.kind == SINK_DO_RESET) {
        sink_call_reset(session, call);
        return;
    }
    sink_call_answer(session, call);
    /* The reply did not fit into the socket (the session cannot have been freed: it is being fed).
     */
    if (BR_UNLIKELY(call->webhook != NULL))
        sink_found_keep(&call->found);
}

/* ---- requests ---- */

static void sink_hook_count_refused(struct sink_hook *hook)
{
    uint64_t refused = http_server_stats(hook->server)->refused;
    hook->webhooks[0]->sink.counts->refused += refused - hook->refused_seen;
    hook->refused_seen = refused;
}

/* Requests for ourselves, or for nobody: true when it was one. */
static bool sink_hook_answer_own(struct sink_hook *hook, struct http_server_session *session,
                                 const struct http_request *request,
                                 const struct sink_webhook *webhook)
{
    if (hook->host->config.last_count > 0 && sink_control_answer(hook->host, session, request))
        return true;
    if (webhook != NULL)
        return false;
    struct http_answer answer = {.status = 404, .body = BYTES("no sink has this path\n")};
    hook->webhooks[0]->sink.counts->refused++;
    http_server_reply(session, &answer);
    return true;
}

/* The body with its codings taken off; what cannot be is answered badly. */
static struct bytes sink_hook_decode(struct sink_hook *hook, struct sink_call *call,
                                     const struct http_request *request)
{
    struct bytes codings = http_request_field(request, BYTES("content-encoding"));
    if (BR_LIKELY(codings.len == 0))
        return request->body;
    if (hook->inflate == NULL)
        hook->inflate = http_inflate_create();
    buf_clear(&hook->inflated);
    enum br_err err = http_inflate_body(hook->inflate, codings, request->body, &hook->inflated);
    if (err == BR_ERR_NONE)
        return buf_bytes(&hook->inflated);
    call->webhook->sink.counts->undecodable++;
    call->deed.kind = SINK_DO_FAIL;
    call->deed.status = err == BR_ERR_WIRE_UNSUPPORTED ? 415 : 400;
    if (err == BR_ERR_WIRE_BODY_LIMIT)
        call->deed.status = 413;
    return request->body;
}

static void sink_hook_look(struct sink_hook *hook, struct sink_call *call,
                           const struct http_request *request)
{
    struct sink *sink = &call->webhook->sink;
    struct sink_message message = {
        .parts = {request->head, sink_hook_decode(hook, call, request)},
        .at_ns = request->arrived_ns,
        .is_kernel = request->arrived_known,
        .conn = call->conn,
    };
    sink_look(sink, &message, &call->found);
    struct sink_record record = {
        .method = request->method,
        .target = request->target,
        .head = request->head,
        .body = message.parts[1],
        .at_ns = request->arrived_ns,
        .conn = call->conn,
    };
    sink_record(sink, &record);
}

static void sink_hook_on_request(struct http_server_session *session,
                                 const struct http_request *request)
{
    struct sink_hook *hook = http_server_context(session);
    struct sink_call *call = http_server_extra(session);
    struct sink_webhook *webhook = sink_hook_route(hook, request);
    call->told = NULL; /* it has read the last reply, or does not care */
    sink_found_drop(&call->last);
    if (BR_UNLIKELY(hook->host->config.last_count > 0 || webhook == NULL) &&
        sink_hook_answer_own(hook, session, request, webhook))
        return;
    call->webhook = webhook;
    call->deed = (struct sink_deed){.kind = SINK_DO_ANSWER};
    sink_hook_look(hook, call, request);
    if (BR_UNLIKELY(!sink_webhook_is_let_in(webhook, request))) {
        webhook->sink.counts->bad_auth++;
        call->deed = (struct sink_deed){.kind = SINK_DO_FAIL, .status = 401};
    }
    if (BR_LIKELY(call->deed.kind == SINK_DO_ANSWER))
        sink_decide(&webhook->sink, &call->deed);
    /* What waited in the kernel because we read slowly on purpose was not late. */
    bool is_slow = (webhook->sink.force.acts & PLAN_SINK_READ) != 0;
    call->due_ns = (is_slow ? request->read_ns : request->arrived_ns) + call->deed.delay_ns;
    sink_call_do(session, call);
}

static void sink_hook_on_end(struct http_server_session *session, enum br_err err)
{
    struct sink_hook *hook = http_server_context(session);
    struct sink_call *call = http_server_extra(session);
    if (call->webhook == NULL) {
        sink_control_end(hook->host, session);
        return;
    }
    struct sink_webhook *webhook = call->webhook;
    int64_t now_ns = loop_now(webhook->sink.loop);
    if (call->deed.delay_ns > 0)
        wheel_disarm(&webhook->sink.loop->wheel, &call->timer);
    if (BR_UNLIKELY(err != BR_ERR_NONE)) {
        sink_call_tell(call, hook->is_closing ? SINK_ATTEMPT_RESET : SINK_ATTEMPT_HUNG_UP, now_ns,
                       0);
        return;
    }
    if (call->deed.kind == SINK_DO_FAIL) {
        sink_call_tell(call, SINK_ATTEMPT_ERROR, now_ns, call->due_ns);
        return;
    }
    sink_tell(&webhook->sink, &call->found, SINK_DELIVERY, now_ns, call->due_ns);
    if (call->found.count > 0) {
        sink_found_keep(&call->found);
        call->last = call->found;
        call->told = webhook;
    }
    call->found = (struct sink_found){.count = 0};
    call->webhook = NULL;
}

/* ---- connections ---- */

static void sink_hook_on_open(struct http_server_session *session)
{
    struct sink_hook *hook = http_server_context(session);
    struct sink_call *call = http_server_extra(session);
    call->conn = ++hook->conn_last;
    for (int i = 0; i < hook->count; i++) {
        hook->webhooks[i]->sink.counts->connections++;
        hook->webhooks[i]->sink.open++;
    }
}

static void sink_hook_on_close(struct http_server_session *session, enum br_err err)
{
    struct sink_hook *hook = http_server_context(session);
    struct sink_call *call = http_server_extra(session);
    MUST(call->webhook == NULL);
    if (call->told != NULL && err == BR_ERR_RESET && !hook->is_closing)
        sink_tell_unread(&call->told->sink, &call->last);
    sink_found_drop(&call->last);
    for (int i = 0; i < hook->count; i++)
        hook->webhooks[i]->sink.open--;
    if (hook->server != NULL)
        sink_hook_count_refused(hook);
}

const struct http_server_ops sink_hook_server_ops = {
    .on_open = sink_hook_on_open,
    .on_request = sink_hook_on_request,
    .on_end = sink_hook_on_end,
    .on_close = sink_hook_on_close,
};
