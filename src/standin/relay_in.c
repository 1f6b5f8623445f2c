/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in: HTTP on any path. A request is answered when its events were committed, all requests
 * of a loop's turn by one commit.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "standin/relay_inner.h"

static const struct h1_header relay_json[] = {
    {BYTES_INIT("Content-Type"), BYTES_INIT("application/json")},
    {BYTES_INIT("Retry-After"), BYTES_INIT("1")},
};
static const struct h1_header relay_text[] = {
    {BYTES_INIT("Content-Type"), BYTES_INIT("text/plain; charset=utf-8")},
};

/* What a request's callbacks need beside its own part. */
struct relay_intake {
    struct standin_relay *relay;
    struct list events;
    uint64_t count;
};

static void relay_answer(struct http_server_session *session, uint16_t status, struct bytes body,
                         bool is_json)
{
    struct http_answer answer = {
        .status = status,
        .headers = is_json ? relay_json : relay_text,
        .header_count = is_json && status == 503 ? 2 : 1,
        .body = body,
    };
    http_server_reply(session, &answer);
}

/* {"accepted":N}, or why not. */
static void relay_answer_count(struct http_server_session *session, uint16_t status,
                               const char *word, uint64_t count)
{
    struct relay_request *part = http_server_extra(session);
    int len = snprintf(part->reply, sizeof(part->reply), "{\"%s\":%llu}\n", word,
                       (unsigned long long)count);
    relay_answer(session, status, bytes_make(part->reply, (size_t)len), true);
}

static bool relay_answer_own(struct standin_relay *relay, struct http_server_session *session,
                             const struct http_request *request)
{
    struct relay_request *part = http_server_extra(session);
    struct bytes path = http_request_path(request);
    bool is_metrics = bytes_eq(path, BYTES("/metrics"));
    if (bytes_eq(path, BYTES("/health"))) {
        relay_answer(session, 200, BYTES("ok\n"), false);
        return true;
    }
    if (!is_metrics && !bytes_eq(path, BYTES("/queue")))
        return false;
    buf_init(&part->page, RELAY_TEXT_MAX);
    if (is_metrics)
        relay_put_metrics(relay, &part->page);
    else
        relay_put_queue(relay, &part->page);
    relay_answer(session, 200, buf_bytes(&part->page), !is_metrics);
    return true;
}

static void relay_on_record(void *context, struct bytes record, bool is_json)
{
    struct relay_intake *intake = context;
    struct relay_event *event = relay_event_make(intake->relay, record, is_json);
    list_push_tail(&intake->events, &event->node);
    intake->count++;
}

static void relay_refuse(struct standin_relay *relay, struct http_server_session *session,
                         struct relay_intake *intake)
{
    struct relay_request *part = http_server_extra(session);
    uint16_t status = relay->config->refuse.status;
    struct list *node;
    while ((node = list_pop_head(&intake->events)) != NULL) {
        relay_note(relay, relay_event_of(node), RELAY_REFUSE, RELAY_INTENT, status);
        list_push_tail(&part->refused, node);
    }
    relay_answer_count(session, status, "refused", intake->count);
}

static void relay_accept(struct standin_relay *relay, struct http_server_session *session,
                         struct relay_intake *intake)
{
    struct relay_request *part = http_server_extra(session);
    struct list *node;
    while ((node = list_pop_head(&intake->events)) != NULL) {
        struct relay_event *event = relay_event_of(node);
        list_push_tail(&relay->arriving, node);
        if (relay->store != NULL)
            relay_store_put(relay->store, event->number, event->taken_ns,
                            bytes_make(event->text, event->len));
    }
    relay->stats.depth += intake->count;
    if (relay->stats.depth > relay->stats.depth_max)
        relay->stats.depth_max = relay->stats.depth;
    part->count = intake->count;
    list_push_tail(&relay->waiting, &part->node);
    relay_soon(relay);
}

static void relay_on_request(struct http_server_session *session,
                             const struct http_request *request)
{
    struct standin_relay *relay = http_server_context(session);
    struct relay_request *part = http_server_extra(session);
    struct relay_intake intake = {.relay = relay};
    *part = (struct relay_request){.session = session};
    list_init(&part->node);
    list_init(&part->refused);
    list_init(&intake.events);
    if (relay_answer_own(relay, session, request))
        return;
    relay_split(request->body, relay_on_record, &intake);
    relay->stats.requests += intake.count > 0;
    if (intake.count == 0) {
        relay_answer_count(session, 200, "accepted", 0);
    } else if (relay->draining || relay->stats.depth + intake.count > relay->config->queue_max) {
        relay->stats.turned_away += intake.count;
        relay_events_free(&intake.events);
        relay_answer_count(session, 503, relay->draining ? "stopping" : "full", intake.count);
    } else if (relay_decide_refusal(relay, relay_event_of(intake.events.next))) {
        relay_refuse(relay, session, &intake);
    } else {
        relay_accept(relay, session, &intake);
    }
}

static void relay_on_end(struct http_server_session *session, enum br_err err)
{
    struct standin_relay *relay = http_server_context(session);
    struct relay_request *part = http_server_extra(session);
    struct list *node;
    list_remove(&part->node);
    while ((node = list_pop_head(&part->refused)) != NULL) {
        struct relay_event *event = relay_event_of(node);
        if (err == BR_ERR_NONE)
            relay_note(relay, event, RELAY_REFUSE, RELAY_DONE, relay->config->refuse.status);
        relay_event_free(event);
    }
    buf_fini(&part->page);
}

void relay_in_answer(struct standin_relay *relay, bool committed)
{
    struct list waiting;
    struct list *node;
    /* What comes in while replies go out waits for the next commit. */
    list_init(&waiting);
    while ((node = list_pop_head(&relay->waiting)) != NULL)
        list_push_tail(&waiting, node);
    while ((node = list_pop_head(&waiting)) != NULL) {
        struct relay_request *part = BR_CONTAINER(node, struct relay_request, node);
        relay_answer_count(part->session, committed ? 200 : 503, committed ? "accepted" : "failed",
                           part->count);
    }
}

static const struct http_server_ops relay_ops = {
    .on_request = relay_on_request,
    .on_end = relay_on_end,
};

enum br_err relay_in_open(struct standin_relay *relay, struct diag *diag)
{
    struct http_server_config server = {
        .ops = &relay_ops,
        .context = relay,
        .extra_size = sizeof(struct relay_request),
        .body_size_max = RELAY_BODY_MAX,
        .body_mode = HTTP_BODY_COLLECT,
    };
    relay->server = http_server_create(relay->loop, &server);
    return http_server_listen(relay->server, &relay->config->listen, &relay->addr, diag);
}
