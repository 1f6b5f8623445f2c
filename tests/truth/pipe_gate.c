/* SPDX-License-Identifier: Apache-2.0
 *
 * The pipeline's thread: the gate, and the relays behind it on the same loop. The gate hands a
 * request to the relays one after the other, so that it keeps the order in which requests came.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "pipe.h"
#include "proto/http_client.h"
#include "proto/http_server.h"
#include "sys/clock.h"
#include "sys/thread.h"

enum { PIPE_BODY_MAX = 64 * 1024, PIPE_GATE_PORT = 8000 };

/* A request at the gate. */
struct pipe_call {
    struct pipe_gate *gate;
    struct list lanes[PIPE_SINKS_MAX];   /* in a lane's queue */
    struct http_server_session *session; /* NULL: gone, or answered */
    struct pipe_request *request;        /* NULL: the first event's */
    enum pipe_deed deed;
    int status; /* to be answered */
    int waits_for;
    bool is_refused; /* a relay did not take it */
    struct stamp_id ids[PIPE_BATCH_MAX];
    uint32_t id_count;
    char reply[PIPE_REPLY_SIZE];
    struct wheel_timer answer;
    size_t len;
    char body[];
};

/* The way to one relay. */
struct pipe_lane {
    struct pipe_gate *gate;
    int at;
    struct list queue;
    struct pipe_call *call; /* under way */
    struct http_session session;
    struct pool pool;
    struct conn_target target;
    struct buf request;
    struct standin_relay *relay; /* NULL: killed */
};

/* What the relays' callbacks are given. */
struct pipe_account {
    struct pipe_gate *gate;
    int at;
};

struct pipe_gate {
    struct pipe_plan *plan;
    const struct stamp_run *run;
    struct pipe_truth *truth;
    struct thread *thread;
    struct loop loop;
    struct http_server *server;
    struct sock_addr addr;
    struct http_client client;
    struct pipe_lane lanes[PIPE_SINKS_MAX];
    struct pipe_account accounts[PIPE_SINKS_MAX];
    struct wheel_timer look;
    int64_t start_ns;
    bool is_ready;
    bool is_down;
    bool is_told; /* to stop */
};

static void pipe_wrong(struct pipe_truth *truth, const char *what)
{
    if (!truth->is_broken)
        (void)snprintf(truth->why, sizeof(truth->why), "the world: %s", what);
    truth->is_broken = true;
}

struct pipe_event *pipe_truth_event(struct pipe_truth *truth, struct stamp_id id)
{
    if (id.stream >= PIPE_STREAMS_MAX || id.seq >= (UINT64_C(1) << 20)) {
        pipe_wrong(truth, "an event that nobody sent");
        return NULL;
    }
    struct pipe_stream *stream = &truth->streams[id.stream];
    if (id.seq >= stream->size) {
        size_t size = id.seq < 512 ? 1024 : 2 * (size_t)id.seq;
        stream->events = mem_realloc(stream->events, size * sizeof(stream->events[0]));
        memset(&stream->events[stream->size], 0, (size - stream->size) * sizeof(stream->events[0]));
        stream->size = size;
    }
    if (id.seq >= stream->count)
        stream->count = (size_t)id.seq + 1;
    return &stream->events[id.seq];
}

/* ---- the relays' own accounts ---- */

static void pipe_on_note(void *context, const struct relay_note *note)
{
    struct pipe_account *account = context;
    struct pipe_truth *truth = account->gate->truth;
    if (note->id.stream == STAMP_STREAM_MAX)
        return;
    struct pipe_event *event = pipe_truth_event(truth, note->id);
    if (event == NULL)
        return;
    struct pipe_out *out = &event->outs[account->at];
    if (note->fault == RELAY_GAVE_UP) {
        out->gave_up = true;
        return;
    }
    out->is_open = note->state == RELAY_INTENT;
    if (note->state == RELAY_DONE)
        out->fault = note->fault;
    if (note->fault == RELAY_DAMAGE)
        out->in_stamp = note->in_stamp;
}

static void pipe_on_out(void *context, struct stamp_id id, int64_t now_ns)
{
    struct pipe_account *account = context;
    struct pipe_truth *truth = account->gate->truth;
    if (id.stream == STAMP_STREAM_MAX)
        return;
    struct pipe_event *event = pipe_truth_event(truth, id);
    if (event == NULL)
        return;
    struct pipe_out *out = &event->outs[account->at];
    if (!event->is_seen)
        pipe_wrong(truth, "an event came out that did not come in");
    if (out->count++ > 0)
        return;
    out->first_ns = now_ns;
    out->first_order = ++truth->orders[account->at];
}

/* ---- the end of a request ---- */

static void pipe_call_free(struct pipe_call *call)
{
    wheel_disarm(&call->gate->loop.wheel, &call->answer);
    mem_free(call);
}

/* Nobody holds it any more. */
static void pipe_call_let_go(struct pipe_call *call)
{
    if (call->waits_for == 0 && call->session == NULL && !wheel_timer_is_armed(&call->answer))
        pipe_call_free(call);
}

/* What it says of each event, in the manner that the plan of the bench expects. */
static struct bytes pipe_reply(struct pipe_call *call)
{
    enum pipe_reply manner = call->gate->plan->reply;
    bool is_items = manner == PIPE_REPLY_ITEMS;
    size_t len = 0;
    char stamp[STAMP_SIZE];
    const char *comma = "";
    if (manner == PIPE_REPLY_NONE || call->status != 200)
        return BYTES_NONE;
    len += (size_t)snprintf(call->reply, PIPE_REPLY_SIZE, is_items ? "{\"items\":[" : "{\"bad\":[");
    for (uint32_t i = 0; i < call->id_count; i++) {
        bool is_bad =
            call->request != NULL && pipe_truth_event(call->gate->truth, call->ids[i])->is_rejected;
        if (!is_items && !is_bad)
            continue;
        stamp_emit(call->gate->run, call->ids[i], stamp);
        len +=
            (size_t)(is_items ? snprintf(call->reply + len, PIPE_REPLY_SIZE - len,
                                         "%s{\"put\":{\"status\":%d}}", comma, is_bad ? 429 : 201)
                              : snprintf(call->reply + len, PIPE_REPLY_SIZE - len,
                                         "%s{\"id\":\"x-%.*s\"}", comma, STAMP_SIZE, stamp));
        comma = ",";
    }
    len += (size_t)snprintf(call->reply + len, PIPE_REPLY_SIZE - len, "]}");
    return bytes_make(call->reply, len);
}

static void pipe_call_answer(struct pipe_call *call)
{
    struct http_server_session *session = call->session;
    if (session == NULL) {
        pipe_call_let_go(call);
        return;
    }
    if (call->deed == PIPE_CUT || call->deed == PIPE_PASS_CUT) {
        call->session = NULL;
        http_server_drop(session, false);
        pipe_call_let_go(call);
        return;
    }
    if (call->deed == PIPE_HANG || call->deed == PIPE_PASS_HANG)
        return; /* until the peer hangs up */
    struct http_answer answer = {.status = (uint16_t)call->status, .body = pipe_reply(call)};
    http_server_reply(session, &answer);
}

static void pipe_on_answer_time(struct wheel_timer *timer, void *context)
{
    (void)timer;
    pipe_call_answer(context);
}

/* The relays have had their say. */
static void pipe_call_finish(struct pipe_call *call)
{
    struct pipe_gate *gate = call->gate;
    if (call->request != NULL && call->deed >= PIPE_PASSED)
        call->request->was_taken = !call->is_refused;
    if (call->deed == PIPE_PASS && call->request != NULL)
        call->request->was_taken = !call->is_refused;
    int64_t delay_ns = 0;
    if (gate->plan->deed_delay_ns > 0 && call->request != NULL) {
        struct rng rng = rng_at(gate->plan->asked.seed, (uint64_t)call->request->got_ns);
        delay_ns = (int64_t)rng_below(&rng, (uint64_t)gate->plan->deed_delay_ns);
    }
    if (delay_ns == 0)
        pipe_call_answer(call);
    else
        wheel_arm(&gate->loop.wheel, &call->answer, loop_now(&gate->loop) + delay_ns);
}

/* ---- to the relays ---- */

static void pipe_lane_start(struct pipe_lane *lane);

static void pipe_lane_end(struct pipe_lane *lane, int status)
{
    struct pipe_call *call = lane->call;
    lane->call = NULL;
    call->waits_for--;
    if (status != 200) {
        call->is_refused = true;
        if (call->deed == PIPE_PASS)
            call->status = status;
    }
    if (call->waits_for == 0)
        pipe_call_finish(call);
    pipe_lane_start(lane);
}

static void pipe_lane_start(struct pipe_lane *lane)
{
    struct list *node;
    if (lane->call != NULL || (node = list_pop_head(&lane->queue)) == NULL)
        return;
    lane->call = BR_CONTAINER(node - lane->at, struct pipe_call, lanes);
    if (lane->relay == NULL) {
        pipe_lane_end(lane, 503);
        return;
    }
    buf_clear(&lane->request);
    buf_putf(&lane->request, "POST /x HTTP/1.1\r\nHost: relay\r\nContent-Length: %zu\r\n\r\n%.*s",
             lane->call->len, (int)lane->call->len, lane->call->body);
    struct http_exchange exchange = {
        .request = buf_bytes(&lane->request),
        .may_keep_alive = true,
        .deadline_ns = loop_now(&lane->gate->loop) + 60 * CLOCK_NS_PER_SEC,
        .deadline_connect_ns = INT64_MAX,
    };
    if (pool_take(&lane->pool) != NULL)
        http_session_start(&lane->session, &exchange);
    else
        http_session_connect(&lane->session, &lane->pool, &lane->target, &exchange);
}

static void pipe_on_taken(struct http_session *session, enum br_err err)
{
    struct pipe_lane *lane = BR_CONTAINER(session, struct pipe_lane, session);
    if (err != BR_ERR_NONE && lane->relay != NULL)
        pipe_wrong(lane->gate->truth, "a relay does not answer");
    pipe_lane_end(lane, err == BR_ERR_NONE ? session->reply.status : 503);
}

static void pipe_on_closed(struct http_session *session)
{
    (void)session;
}

static const struct http_session_ops pipe_lane_ops = {
    .on_done = pipe_on_taken,
    .on_idle_closed = pipe_on_closed,
};

/* ---- from the bench ---- */

static enum pipe_deed pipe_decide(const struct pipe_gate *gate, struct pipe_call *call)
{
    static const int refusals[] = {400, 404, 422, 429, 503};
    static const int breaks[] = {302, 408, 500, 502, 504};
    struct stamp_id first = call->ids[0];
    struct rng rng = rng_at(gate->plan->asked.seed + RNG_STEP,
                            (uint64_t)first.stream << STAMP_SEQ_BITS | first.seq);
    double lot = rng_double(&rng);
    enum pipe_deed deed = PIPE_PASS;
    for (int i = PIPE_REFUSE; i < PIPE_DEED_COUNT && deed == PIPE_PASS; i++) {
        lot -= gate->plan->deeds[i];
        if (lot < 0)
            deed = (enum pipe_deed)i;
    }
    if (gate->is_down)
        deed = PIPE_CUT;
    if (deed == PIPE_REFUSE || deed == PIPE_LEAK)
        call->status = refusals[rng_below(&rng, BR_COUNT(refusals))];
    else if (deed == PIPE_BREAK || deed == PIPE_PASS_BREAK)
        call->status = breaks[rng_below(&rng, BR_COUNT(breaks))];
    for (uint32_t i = 0; i < call->id_count && (deed == PIPE_PART || deed == PIPE_PASS_PART); i++)
        pipe_truth_event(gate->truth, call->ids[i])->is_rejected = rng_below(&rng, 2) == 0;
    return deed;
}

/* Writes down what is in it; the first event in *out_first. */
static struct pipe_request *pipe_take_events(struct pipe_gate *gate, struct pipe_call *call,
                                             int64_t got_ns)
{
    struct bytes body = bytes_make(call->body, call->len);
    struct pipe_truth *truth = gate->truth;
    struct stamp_scan scan;
    struct stamp_hit hit;
    uint32_t place = 0;
    stamp_scan_start(&scan, gate->run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    stamp_scan_feed(&scan, body);
    for (int round = 0; round < 2; round++) {
        while (stamp_scan_next(&scan, &hit)) {
            if (hit.kind != STAMP_OURS || (place > 0 && hit.id.stream == STAMP_STREAM_MAX))
                pipe_wrong(truth, "a stamp that is none");
            if (place == 0)
                call->ids[call->id_count++] = hit.id;
            if (hit.id.stream == STAMP_STREAM_MAX)
                return NULL;
            struct pipe_event *event = pipe_truth_event(truth, hit.id);
            if (event == NULL)
                return NULL;
            /* The stamp twice in a record is one event. */
            if (event->is_seen && event->request == truth->request_count && place > 0 &&
                event->place == place - 1)
                continue;
            if (event->is_seen)
                pipe_wrong(truth, "an event was sent twice");
            if (place > 0 && place < PIPE_BATCH_MAX)
                call->ids[call->id_count++] = hit.id;
            event->is_seen = true;
            event->request = truth->request_count;
            event->place = place++;
            truth->event_count++;
        }
        if (round == 0)
            stamp_scan_end(&scan);
    }
    if (place != gate->plan->batch)
        pipe_wrong(truth, "a request of another size");
    MUST(truth->request_count < PIPE_REQUESTS_MAX);
    struct pipe_request *request = &truth->requests[truth->request_count++];
    request->got_ns = got_ns;
    return request;
}

static void pipe_on_request(struct http_server_session *session, const struct http_request *in)
{
    struct pipe_gate *gate = http_server_context(session);
    struct pipe_call *call = mem_zalloc(1, sizeof(*call) + in->body.len);
    *(struct pipe_call **)http_server_extra(session) = call;
    call->gate = gate;
    call->session = session;
    call->len = in->body.len;
    memcpy(call->body, in->body.ptr, in->body.len);
    wheel_timer_init(&call->answer, pipe_on_answer_time, call);
    call->request = pipe_take_events(gate, call, in->arrived_ns);
    call->status = 200;
    if (call->request != NULL)
        call->deed = call->request->deed = pipe_decide(gate, call);
    if (call->deed != PIPE_PASS && call->deed < PIPE_PASSED) {
        pipe_call_finish(call);
        return;
    }
    call->waits_for = gate->plan->relays;
    for (int i = 0; i < gate->plan->relays; i++)
        list_push_tail(&gate->lanes[i].queue, &call->lanes[i]);
    for (int i = 0; i < gate->plan->relays; i++)
        pipe_lane_start(&gate->lanes[i]);
}

static void pipe_on_end(struct http_server_session *session, enum br_err err)
{
    struct pipe_call *call = *(struct pipe_call **)http_server_extra(session);
    call->session = NULL;
    if (err == BR_ERR_NONE && call->request != NULL) {
        call->request->replied_ns = loop_now(&call->gate->loop);
        call->request->status = call->status;
    }
    pipe_call_let_go(call);
}

static const struct http_server_ops pipe_gate_ops = {
    .on_request = pipe_on_request,
    .on_end = pipe_on_end,
};

/* ---- the thread ---- */

static void pipe_gate_at_times(struct pipe_gate *gate, int64_t now_ns)
{
    const struct pipe_plan *plan = gate->plan;
    int64_t at_ns = now_ns - gate->start_ns;
    bool is_down = plan->down_to_ns > 0 && at_ns >= plan->down_from_ns && at_ns < plan->down_to_ns;
    if (is_down != gate->is_down)
        sim_set_fault(&gate->addr, is_down ? SIM_FAULT_REFUSE : SIM_FAULT_NONE);
    gate->is_down = is_down;
    if (plan->kill_ns > 0 && at_ns >= plan->kill_ns && gate->lanes[0].relay != NULL) {
        struct standin_relay *relay = gate->lanes[0].relay;
        gate->lanes[0].relay = NULL;
        gate->truth->killed_ns = now_ns;
        if (standin_relay_destroy(&relay, NULL) != BR_ERR_NONE)
            pipe_wrong(gate->truth, "a relay ends badly");
    }
}

static void pipe_on_look(struct wheel_timer *timer, void *context)
{
    struct pipe_gate *gate = context;
    int64_t now_ns = loop_now(&gate->loop);
    if (gate->is_told) {
        loop_stop(&gate->loop);
        return;
    }
    pipe_gate_at_times(gate, now_ns);
    wheel_arm(&gate->loop.wheel, timer, now_ns + 10 * PIPE_MS);
}

static void pipe_lane_open(struct pipe_gate *gate, int at)
{
    struct pipe_lane *lane = &gate->lanes[at];
    struct standin_relay_config *config = &gate->plan->relay[at].config;
    struct diag diag = DIAG_INIT;
    char host[24];
    gate->accounts[at] = (struct pipe_account){gate, at};
    config->on_note = pipe_on_note;
    config->on_out = pipe_on_out;
    config->context = &gate->accounts[at];
    (void)snprintf(host, sizeof(host), "10.0.1.%d", at + 1);
    MUST(sock_addr_from_ip(bytes_from_str(host), PIPE_GATE_PORT, &config->listen));
    if (standin_relay_create(&gate->loop, config, &lane->relay, &diag) != BR_ERR_NONE)
        pipe_wrong(gate->truth, diag.text);
    MUST(lane->relay != NULL);
    lane->gate = gate;
    lane->at = at;
    list_init(&lane->queue);
    buf_init(&lane->request, PIPE_BODY_MAX);
    pool_init(&lane->pool, 1);
    lane->target.addr = &config->listen;
    http_session_init(&lane->session, &gate->client, &pipe_lane_ops);
}

static void pipe_lane_close(struct pipe_gate *gate, int at)
{
    struct pipe_lane *lane = &gate->lanes[at];
    http_session_fini(&lane->session);
    pool_fini(&lane->pool);
    buf_fini(&lane->request);
    if (lane->relay != NULL && standin_relay_destroy(&lane->relay, NULL) != BR_ERR_NONE)
        pipe_wrong(gate->truth, "a relay ends badly");
    if (lane->call != NULL || !list_is_empty(&lane->queue))
        pipe_wrong(gate->truth, "requests at the gate when all is over");
}

static void pipe_gate_main(void *context)
{
    struct pipe_gate *gate = context;
    struct http_server_config config = {.ops = &pipe_gate_ops,
                                        .context = gate,
                                        .extra_size = sizeof(struct pipe_call *),
                                        .body_size_max = PIPE_BODY_MAX,
                                        .body_mode = HTTP_BODY_COLLECT};
    MUST(loop_init(&gate->loop, NULL) == BR_ERR_NONE);
    http_client_init(&gate->client, &gate->loop);
    for (int i = 0; i < gate->plan->relays; i++)
        pipe_lane_open(gate, i);
    gate->server = http_server_create(&gate->loop, &config);
    MUST(sock_addr_from_ip(BYTES("10.0.0.1"), PIPE_GATE_PORT, &gate->addr));
    MUST(http_server_listen(gate->server, &gate->addr, &gate->addr, NULL) == BR_ERR_NONE);
    wheel_timer_init(&gate->look, pipe_on_look, gate);
    gate->start_ns = loop_now(&gate->loop);
    wheel_arm(&gate->loop.wheel, &gate->look, gate->start_ns);
    gate->is_ready = true;
    loop_run(&gate->loop);
    http_server_destroy(&gate->server);
    for (int i = 0; i < gate->plan->relays; i++)
        pipe_lane_close(gate, i);
    http_client_fini(&gate->client);
    loop_fini(&gate->loop);
}

struct pipe_gate *pipe_gate_start(struct pipe_plan *plan, const struct stamp_run *run,
                                  struct pipe_truth *truth)
{
    struct pipe_gate *gate = MEM_NEW(struct pipe_gate);
    gate->plan = plan;
    gate->run = run;
    gate->truth = truth;
    gate->thread = thread_start("gate", pipe_gate_main, gate);
    MUST(gate->thread != NULL);
    while (!gate->is_ready)
        sim_sleep(PIPE_MS);
    return gate;
}

void pipe_gate_stop(struct pipe_gate **gate)
{
    (*gate)->is_told = true;
    thread_join(&(*gate)->thread);
    mem_free(*gate);
    *gate = NULL;
}
