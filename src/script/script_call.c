/* SPDX-License-Identifier: Apache-2.0
 *
 * Go's client, as k6 uses it: cookies of the jar, authentication from the URL, redirects that turn
 * POST into GET, and nine samples for each exchange.
 */
#include "script/script_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "script/script_url.h"
#include "sys/clock.h"
#include "wire/base64.h"
#include "wire/h1_emit.h"

enum { CALL_HEAD_SIZE = 4096, CALL_TARGET_SIZE = 2048, CALL_AUTH_MAX = 2048 };

void script_call_init(struct script_call *call, struct script_vu *vu)
{
    memset(call, 0, offsetof(struct script_call, headers));
    memset((char *)call + offsetof(struct script_call, header_count), 0,
           sizeof(*call) - offsetof(struct script_call, header_count));
    call->vu = vu;
    buf_init(&call->url, SCRIPT_URL_MAX);
    buf_init(&call->name, SCRIPT_URL_MAX);
    buf_init(&call->texts, SCRIPT_HEADERS_MAX);
    buf_init(&call->cookies, SCRIPT_HEADERS_MAX);
    buf_init(&call->body, SCRIPT_BODY_MAX);
    buf_init(&call->codings, CALL_AUTH_MAX);
    buf_init(&call->current, SCRIPT_URL_MAX);
    buf_init(&call->target, SCRIPT_URL_MAX * 4);
    buf_init(&call->rendered, SCRIPT_BODY_MAX);
    buf_init(&call->sent_headers, SCRIPT_HEADERS_MAX);
    buf_init(&call->authorization, CALL_AUTH_MAX);
    call->timeout_ns = INT64_C(60000000000);
    call->redirects = -1;
    call->expected = vu->http->expected;
    call->tags = vu->tags;
    call->jar = &vu->http->jar;
    call->throws = vu->shard->settings->throws;
    if (vu->shard->settings->discard_bodies)
        call->response_type = SCRIPT_RESPONSE_NONE;
    script_hop_init(&call->hop, vu);
}

void script_call_fini(struct script_call *call)
{
    buf_fini(&call->url);
    buf_fini(&call->name);
    buf_fini(&call->texts);
    buf_fini(&call->cookies);
    buf_fini(&call->body);
    buf_fini(&call->codings);
    buf_fini(&call->current);
    buf_fini(&call->target);
    buf_fini(&call->rendered);
    buf_fini(&call->sent_headers);
    buf_fini(&call->authorization);
    script_hop_fini(&call->hop);
}

void script_call_add_header(struct script_call *call, struct bytes name, struct bytes value)
{
    if (call->header_count == SCRIPT_CALL_HEADERS_MAX)
        return;
    struct script_call_header *header = &call->headers[call->header_count++];
    header->name_at = (uint32_t)call->texts.len;
    header->name_len = (uint32_t)name.len;
    buf_put(&call->texts, name);
    header->value_at = (uint32_t)call->texts.len;
    header->value_len = (uint32_t)value.len;
    buf_put(&call->texts, value);
}

static struct h1_header call_header(const struct script_call *call, uint32_t i)
{
    const struct script_call_header *header = &call->headers[i];
    return (struct h1_header){bytes_make(call->texts.data + header->name_at, header->name_len),
                              bytes_make(call->texts.data + header->value_at, header->value_len)};
}

/* ---- heads of replies ---- */

bool script_head_next(struct bytes head, size_t *at, struct bytes *out_name,
                      struct bytes *out_value)
{
    if (*at == 0) /* the status line */
        *at = bytes_find(head, '\n') + 1;
    while (*at < head.len) {
        struct bytes rest = bytes_skip(head, *at);
        struct bytes line = bytes_make(rest.ptr, bytes_find(rest, '\n'));
        *at += line.len + 1;
        size_t colon = bytes_find(line, ':');
        if (colon == line.len)
            continue;
        *out_name = bytes_make(line.ptr, colon);
        *out_value = bytes_trim(bytes_skip(line, colon + 1));
        return true;
    }
    return false;
}

struct bytes script_head_find(struct bytes head, struct bytes name)
{
    struct bytes found, value;
    size_t at = 0;
    while (script_head_next(head, &at, &found, &value))
        if (bytes_eq_nocase(found, name))
            return value;
    return BYTES_NONE;
}

/* ---- a request's bytes ---- */

static void call_put_basic(struct buf *out, struct bytes user)
{
    struct buf plain;
    char coded[CALL_AUTH_MAX];
    buf_init(&plain, CALL_AUTH_MAX / 2);
    if (user.len < CALL_AUTH_MAX / 4) {
        script_url_put_decoded(&plain, user);
        if (bytes_find(buf_bytes(&plain), ':') == plain.len)
            buf_put(&plain, BYTES(":"));
        base64_encode(buf_bytes(&plain), coded);
        buf_put(out, BYTES("Basic "));
        buf_put(out, bytes_make(coded, base64_size(plain.len)));
    }
    buf_fini(&plain);
}

static void call_put_cookies(struct script_call *call, const struct url *url, struct buf *out)
{
    const struct list *at = &call->jar->cookies;
    const struct script_cookie *cookie;
    int64_t now_s = list_is_empty(&call->jar->cookies) ? 0 : clock_wall_ns() / CLOCK_NS_PER_SEC;
    buf_put(out, buf_bytes(&call->cookies));
    while ((cookie = script_jar_next(call->jar, &at, url->host, url->path, url->tls, now_s)) !=
           NULL) {
        struct buf mine;
        buf_init(&mine, SCRIPT_HEADERS_MAX);
        buf_putf(&mine, "%s=", cookie->name);
        /* One of params.cookies comes first, and alone unless it says otherwise. */
        bool given =
            call->cookies.len > 0 && (bytes_starts(buf_bytes(&call->cookies), buf_bytes(&mine)));
        buf_fini(&mine);
        if (given)
            continue;
        buf_putf(out, "%s%s=%s", out->len > 0 ? "; " : "", cookie->name, cookie->value);
    }
}

struct call_render {
    struct h1_header headers[SCRIPT_CALL_HEADERS_MAX + 8];
    uint32_t count;
    struct bytes host;
};

static void call_render_add(struct call_render *render, struct bytes name, struct bytes value)
{
    render->headers[render->count++] = (struct h1_header){name, value};
}

/* The script's own headers; Host and Content-Length are not among them. */
static void call_render_own(struct script_call *call, struct call_render *render, bool body_dropped,
                            bool *out_user_agent, bool *out_authorization)
{
    for (uint32_t i = 0; i < call->header_count; i++) {
        struct h1_header header = call_header(call, i);
        if (bytes_eq_nocase(header.name, BYTES("host"))) {
            render->host = header.value;
            continue;
        }
        if (bytes_eq_nocase(header.name, BYTES("content-length")))
            continue;
        if (body_dropped && bytes_eq_nocase(header.name, BYTES("content-type")))
            continue;
        if (bytes_eq_nocase(header.name, BYTES("user-agent"))) {
            *out_user_agent = true;
            if (header.value.len == 0)
                continue;
        }
        if (bytes_eq_nocase(header.name, BYTES("authorization"))) {
            *out_authorization = true;
            if (call->drop_authorization)
                continue;
        }
        if (h1_is_token(header.name) && h1_is_value(header.value))
            render->headers[render->count++] = header;
    }
}

static void call_emit(struct script_call *call, struct h1_request_text *text, bool with_body)
{
    char head[CALL_HEAD_SIZE];
    size_t size = h1_emit_request(head, sizeof(head), text);
    size_t body_size = with_body ? call->body.len : 0;
    buf_clear(&call->rendered);
    if (size <= sizeof(head)) {
        buf_put(&call->rendered, bytes_make(head, size));
    } else {
        MUST(buf_reserve(&call->rendered, size) == BR_ERR_NONE);
        (void)h1_emit_request(call->rendered.data, size, text);
        call->rendered.len = size;
    }
    buf_clear(&call->sent_headers);
    buf_put(&call->sent_headers, bytes_make(call->rendered.data, call->rendered.len));
    if (body_size > 0)
        buf_put(&call->rendered, buf_bytes(&call->body));
}

/* In the room, or on the heap when it is long. */
static struct bytes call_target(struct script_call *call, const struct url *url,
                                char room[CALL_TARGET_SIZE])
{
    size_t len = url_emit_target(url, room, CALL_TARGET_SIZE);
    if (len <= CALL_TARGET_SIZE)
        return bytes_make(room, len);
    buf_clear(&call->target);
    MUST(buf_reserve(&call->target, len) == BR_ERR_NONE);
    (void)url_emit_target(url, call->target.data, len);
    return bytes_make(call->target.data, len);
}

/* Renders the request for the URL of the hop. */
static void call_render(struct script_call *call, const struct url *url, const char *method,
                        struct bytes user, bool with_body, bool body_dropped)
{
    const struct script_settings *settings = call->vu->shard->settings;
    char target_room[CALL_TARGET_SIZE];
    char host[URL_HOST_SIZE_MAX + 16];
    struct call_render render = {.count = 0};
    struct buf cookies, basic;
    bool has_agent = false, has_authorization = false;
    buf_init(&cookies, SCRIPT_HEADERS_MAX);
    buf_init(&basic, CALL_AUTH_MAX);
    call_render_own(call, &render, body_dropped, &has_agent, &has_authorization);
    size_t host_len = url_emit_host(url, host, sizeof(host));
    if (render.host.len == 0)
        render.host = bytes_make(host, host_len < sizeof(host) ? host_len : sizeof(host));
    if (!has_agent && settings->user_agent.len > 0)
        call_render_add(&render, BYTES("User-Agent"), settings->user_agent);
    if (call->authorization.len > 0 && !call->drop_authorization)
        call_render_add(&render, BYTES("Authorization"), buf_bytes(&call->authorization));
    else if (user.len > 0 && !has_authorization && call->auth != SCRIPT_AUTH_DIGEST) {
        call_put_basic(&basic, user);
        call_render_add(&render, BYTES("Authorization"), buf_bytes(&basic));
    }
    call_put_cookies(call, url, &cookies);
    if (cookies.len > 0 && h1_is_value(buf_bytes(&cookies)))
        call_render_add(&render, BYTES("Cookie"), buf_bytes(&cookies));
    struct bytes target = call_target(call, url, target_room);
    bool wants_length = with_body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                        strcmp(method, "PATCH") == 0;
    struct h1_request_text text = {
        .method = bytes_from_str(method),
        .target = target,
        .host = render.host,
        .headers = render.headers,
        .header_count = render.count,
        .framing = wants_length ? H1_FRAMING_LENGTH : H1_FRAMING_NONE,
        .content_length = with_body ? call->body.len : 0,
        .connection = settings->no_connection_reuse ? H1_CONNECTION_CLOSE : H1_CONNECTION_SILENT,
    };
    call_emit(call, &text, with_body);
    buf_fini(&cookies);
    buf_fini(&basic);
}

/* ---- samples ---- */

static bool call_is_expected(const struct script_call *call)
{
    int status = call->hop.status;
    for (unsigned i = 0; i < call->expected.count; i++)
        if (status >= call->expected.ranges[i].min && status <= call->expected.ranges[i].max)
            return true;
    return false;
}

static const struct tag_set *call_tags(struct script_call *call)
{
    struct tag_store *store = call->vu->shard->recorder->tags;
    const struct script_hop *hop = &call->hop;
    const struct tag_set *tags = call->tags;
    struct bytes url = buf_bytes(&call->current);
    char number[16];
    if (call->name.len > 0)
        url = buf_bytes(&call->name);
    if (!call->named) {
        tags = tag_with_system(store, tags, TAG_NAME, url);
        tags = tag_with_system(store, tags, TAG_URL, url);
    } else {
        const struct bytes *name = tag_find(tags, BYTES("name"));
        if (name != NULL)
            tags = tag_with_system(store, tags, TAG_URL, *name);
    }
    tags = tag_with_system(store, tags, TAG_METHOD, bytes_from_str(call->sent_method));
    (void)snprintf(number, sizeof(number), "%d", hop->status);
    tags = tag_with_system(store, tags, TAG_STATUS, bytes_from_str(number));
    if (hop->status > 0)
        tags = tag_with_system(store, tags, TAG_PROTO, BYTES("HTTP/1.1"));
    if (hop->tls_version[0] != '\0')
        tags = tag_with_system(store, tags, TAG_TLS_VERSION, bytes_from_str(hop->tls_version));
    if (hop->err != BR_ERR_NONE)
        tags = tag_with_system(store, tags, TAG_ERROR, bytes_from_str(hop->error));
    if (hop->error_code != 0) {
        (void)snprintf(number, sizeof(number), "%d", hop->error_code);
        tags = tag_with_system(store, tags, TAG_ERROR_CODE, bytes_from_str(number));
    }
    if (hop->remote[0] != '\0' && store->system_keys[TAG_IP]->wanted) {
        struct bytes ip = bytes_from_str(hop->remote);
        while (ip.len > 0 && ip.ptr[ip.len - 1] != ':')
            ip.len--;
        tags =
            tag_with_system(store, tags, TAG_IP, bytes_make(ip.ptr, ip.len > 0 ? ip.len - 1 : 0));
    }
    return tags;
}

static void call_record(struct script_call *call)
{
    struct script_vu *vu = call->vu;
    const struct script_hop *hop = &call->hop;
    const struct script_times *t = &hop->times;
    if (!script_vu_records(vu) || hop->err == BR_ERR_INTERRUPTED)
        return;
    const struct tag_set *tags = call_tags(call);
    bool expected = call_is_expected(call);
    if (!call->expected.none) {
        tags = tag_with_system(vu->shard->recorder->tags, tags, TAG_EXPECTED_RESPONSE,
                               expected ? BYTES("true") : BYTES("false"));
    }
    int64_t at_ns = hop->end_ns;
    script_vu_record(vu, METRIC_HTTP_REQS, tags, 1.0, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_DURATION, tags,
                     (double)(t->sending + t->waiting + t->receiving) / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_BLOCKED, tags, (double)t->blocked / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_CONNECTING, tags, (double)t->connecting / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_TLS_HANDSHAKING, tags, (double)t->tls / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_SENDING, tags, (double)t->sending / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_WAITING, tags, (double)t->waiting / 1e6, at_ns);
    script_vu_record(vu, METRIC_HTTP_REQ_RECEIVING, tags, (double)t->receiving / 1e6, at_ns);
    if (!call->expected.none)
        script_vu_record(vu, METRIC_HTTP_REQ_FAILED, tags, expected ? 0.0 : 1.0, at_ns);
}

/* ---- after a hop ---- */

static void call_take_cookies(struct script_call *call, const struct url *url)
{
    struct bytes head = buf_bytes(&call->hop.head);
    struct bytes name, value;
    size_t at = 0;
    while (script_head_next(head, &at, &name, &value)) {
        struct script_set_cookie cookie;
        if (bytes_eq_nocase(name, BYTES("set-cookie")) && script_cookie_parse(value, &cookie))
            script_jar_set(call->jar, url->host, url->path, &cookie,
                           clock_wall_ns() / CLOCK_NS_PER_SEC);
    }
}

static void call_decode_body(struct script_call *call)
{
    struct script_hop *hop = &call->hop;
    struct bytes coding = script_head_find(buf_bytes(&hop->head), BYTES("content-encoding"));
    if (coding.len == 0 || hop->body.len == 0 || bytes_eq_nocase(coding, BYTES("identity")))
        return;
    struct buf plain;
    buf_init(&plain, SCRIPT_BODY_MAX);
    enum br_err err =
        http_inflate_body(call->vu->shard->http->inflate, coding, buf_bytes(&hop->body), &plain);
    if (err == BR_ERR_NONE) {
        buf_fini(&hop->body);
        hop->body = plain;
        return;
    }
    buf_fini(&plain);
    if (err == BR_ERR_WIRE_UNSUPPORTED)
        return; /* an encoding that nobody knows stays as it is */
    script_hop_fail(hop, err);
    hop->error_code = 1701;
    (void)snprintf(hop->error, sizeof(hop->error), "error decompressing response body");
}

/* Where the reply sends us; false: nowhere. */
static bool call_redirect(struct script_call *call, const char **method, bool *with_body,
                          bool *body_dropped)
{
    const struct script_hop *hop = &call->hop;
    int status = hop->status;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return false;
    struct bytes location = script_head_find(buf_bytes(&hop->head), BYTES("location"));
    if (location.len == 0 || location.len > SCRIPT_URL_MAX / 2)
        return false;
    if (status < 307 && strcmp(*method, "GET") != 0 && strcmp(*method, "HEAD") != 0) {
        *method = "GET";
        *body_dropped = *with_body;
        *with_body = false;
    }
    struct buf next;
    buf_init(&next, SCRIPT_URL_MAX);
    script_url_join(buf_bytes(&call->current), location, &next);
    buf_fini(&call->current);
    call->current = next;
    return true;
}

/* A digest challenge that can be answered: once more. */
static bool call_answer_challenge(struct script_call *call, const struct url *url,
                                  const char *method, struct bytes user)
{
    if (call->auth != SCRIPT_AUTH_DIGEST || call->hop.status != 401 || call->authorization.len > 0)
        return false;
    struct bytes challenge =
        script_head_find(buf_bytes(&call->hop.head), BYTES("www-authenticate"));
    char room[CALL_TARGET_SIZE];
    struct bytes target = call_target(call, url, room);
    struct buf name, password;
    buf_init(&name, CALL_AUTH_MAX);
    buf_init(&password, CALL_AUTH_MAX);
    struct bytes rest = user;
    struct bytes first = bytes_cut(&rest, ':');
    bool answered = false;
    if (user.len < CALL_AUTH_MAX / 2) {
        script_url_put_decoded(&name, first);
        script_url_put_decoded(&password, rest);
        answered = script_digest_answer(challenge, bytes_from_str(method), target, buf_bytes(&name),
                                        buf_bytes(&password), &call->authorization);
    }
    buf_fini(&name);
    buf_fini(&password);
    return answered;
}

/* ---- all of it ---- */

static void call_reset_hop(struct script_call *call)
{
    struct script_hop *hop = &call->hop;
    struct buf head = hop->head;
    struct buf body = hop->body;
    buf_clear(&head);
    buf_clear(&body);
    *hop = (struct script_hop){.vu = call->vu, .head = head, .body = body};
}

static void call_wait_for_rps(struct script_call *call)
{
    struct script_shard *shard = call->vu->shard;
    if (shard->settings->rps <= 0.0 || fiber_current() != call->vu->fiber)
        return;
    int64_t now_ns = loop_now(shard->loop);
    int64_t turn_ns = shard->http->rps_next_ns > now_ns ? shard->http->rps_next_ns : now_ns;
    shard->http->rps_next_ns = turn_ns + (int64_t)(1e9 / shard->settings->rps);
    if (turn_ns > now_ns)
        (void)script_vu_sleep_until(call->vu, turn_ns);
}

static bool call_hop(struct script_call *call, const char *method, struct bytes user,
                     bool with_body, bool body_dropped, int64_t deadline_ns, struct url *out_url)
{
    struct diag diag = DIAG_INIT;
    call_reset_hop(call);
    (void)snprintf(call->sent_method, sizeof(call->sent_method), "%s", method);
    if (url_parse(buf_bytes(&call->current), out_url, &diag) != BR_ERR_NONE) {
        script_hop_fail(&call->hop, BR_ERR_CONFIG);
        call->hop.error_code = 1020;
        (void)snprintf(call->hop.error, sizeof(call->hop.error), "invalid URL: %.300s", diag.text);
        call->failed_early = true;
        return false;
    }
    call_render(call, out_url, method, user, with_body, body_dropped);
    struct script_hop *hop = &call->hop;
    hop->url = out_url;
    hop->request = buf_bytes(&call->rendered);
    hop->is_head = strcmp(method, "HEAD") == 0;
    hop->may_retry = strcmp(method, "GET") == 0 || hop->is_head || strcmp(method, "OPTIONS") == 0 ||
                     call->body.len == 0;
    hop->discard = call->response_type == SCRIPT_RESPONSE_NONE;
    hop->deadline_ns = deadline_ns;
    call_wait_for_rps(call);
    script_hop_run(hop);
    if (hop->err == BR_ERR_NONE) {
        call_take_cookies(call, out_url);
        call_decode_body(call);
    }
    if (hop->err == BR_ERR_NONE && hop->status >= 400)
        hop->error_code = 1000 + hop->status;
    call_record(call);
    return hop->err == BR_ERR_NONE;
}

static bool call_same_host(struct bytes a, struct bytes b)
{
    struct url first, second;
    struct diag diag;
    return url_parse(a, &first, &diag) == BR_ERR_NONE &&
           url_parse(b, &second, &diag) == BR_ERR_NONE && bytes_eq_nocase(first.host, second.host);
}

void script_call_run(struct script_call *call)
{
    const char *method = call->method;
    bool with_body = call->has_body;
    bool body_dropped = false;
    struct bytes user;
    struct url url;
    struct buf first;
    int redirects =
        call->redirects >= 0 ? call->redirects : call->vu->shard->settings->max_redirects;
    int64_t deadline_ns = loop_now(call->vu->shard->loop) + call->timeout_ns;
    script_url_split_user(buf_bytes(&call->url), &call->current, &user);
    buf_init(&first, SCRIPT_URL_MAX);
    buf_put(&first, buf_bytes(&call->current));
    while (call_hop(call, method, user, with_body, body_dropped, deadline_ns, &url)) {
        if (call_answer_challenge(call, &url, method, user))
            continue;
        struct buf here;
        if (redirects == 0) {
            call->redirects_exceeded = call->redirects < 0 && call->hop.status >= 301 &&
                                       call->hop.status <= 308 && call->hop.status != 304;
            break;
        }
        buf_init(&here, SCRIPT_URL_MAX);
        buf_put(&here, buf_bytes(&call->current));
        bool moved = call_redirect(call, &method, &with_body, &body_dropped);
        buf_fini(&here);
        if (!moved)
            break;
        redirects--;
        struct bytes next_user;
        struct buf clean;
        buf_init(&clean, SCRIPT_URL_MAX);
        script_url_split_user(buf_bytes(&call->current), &clean, &next_user);
        buf_fini(&call->current);
        call->current = clean;
        call->drop_authorization = !call_same_host(buf_bytes(&first), buf_bytes(&clean));
        if (call->drop_authorization)
            user = BYTES_NONE;
    }
    buf_fini(&first);
}
