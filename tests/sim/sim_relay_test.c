/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay in the simulated world: a sender, the relay and a receiver that fails now and then, all
 * on one loop, by seed. What came out is what was sent and what the notes say, event by event.
 */
#include "sim.h"

#include "base/mem.h"
#include "base/rng.h"
#include "proto/http_client.h"
#include "proto/http_server.h"
#include "standin/relay.h"
#include "sys/clock.h"
#include "unit.h"

enum { PIPE_EVENTS = 200, PIPE_STREAMS = 3, PIPE_BODY_MAX = 4096, PIPE_SEEDS = 100 };

/* What became of an event. */
struct pipe_event {
    int answered; /* status of its request */
    int arrivals; /* whose reply was written in full */
    int damaged;  /* … with another text */
    int overtaken;
    bool intended;
    enum relay_fault fault;
    enum relay_state state;
    bool gave_up;
    char text[128];
};

struct pipe {
    struct loop loop;
    struct standin_relay *relay;
    struct http_server *sink;
    struct http_client client;
    struct http_session sender;
    struct pool pool;
    struct conn_target target;
    struct stamp_run run;
    struct rng rng;
    struct pipe_event events[PIPE_STREAMS][PIPE_EVENTS];
    uint64_t sent; /* requests */
    uint64_t seen[PIPE_STREAMS];
    double fail_share;
    struct buf request;
    int wrong;
};

static struct pipe pipe_world;

/* One request's body at the receiver, until its reply is out. */
struct pipe_arrival {
    size_t len;
    char body[PIPE_BODY_MAX];
};

/* ---- the receiver ---- */

static void pipe_on_arrival(struct http_server_session *session, const struct http_request *request)
{
    struct pipe_arrival *arrival = http_server_extra(session);
    struct http_answer answer = {.status = 204};
    double lot = rng_double(&pipe_world.rng);
    arrival->len = 0;
    if (lot < pipe_world.fail_share / 2) {
        http_server_drop(session, false);
        return;
    }
    if (lot < pipe_world.fail_share) {
        answer.status = 503;
    } else if (request->body.len <= PIPE_BODY_MAX) {
        memcpy(arrival->body, request->body.ptr, request->body.len);
        arrival->len = request->body.len;
    }
    http_server_reply(session, &answer);
}

static void pipe_take(struct bytes text, struct stamp_id id)
{
    struct pipe_event *event = &pipe_world.events[id.stream][id.seq];
    event->arrivals++;
    event->damaged += !bytes_eq(text, bytes_from_str(event->text));
    event->overtaken += event->arrivals == 1 && id.seq < pipe_world.seen[id.stream];
    if (id.seq > pipe_world.seen[id.stream])
        pipe_world.seen[id.stream] = id.seq;
}

/* Lines, each with a stamp. */
static void pipe_on_replied(struct http_server_session *session, enum br_err err)
{
    struct pipe_arrival *arrival = http_server_extra(session);
    struct bytes rest = bytes_make(arrival->body, arrival->len);
    while (err == BR_ERR_NONE && rest.len > 0) {
        struct bytes line = bytes_cut(&rest, '\n');
        struct stamp_scan scan;
        struct stamp_hit hit;
        stamp_scan_start(&scan, &pipe_world.run, STAMP_FORM_TEXT);
        stamp_scan_feed(&scan, line);
        if (stamp_scan_next(&scan, &hit) && hit.kind == STAMP_OURS)
            pipe_take(line, hit.id);
        else
            pipe_world.wrong++;
    }
}

static const struct http_server_ops pipe_sink_ops = {
    .on_request = pipe_on_arrival,
    .on_end = pipe_on_replied,
};

/* ---- the sender: one request after the other, each the next event of each stream ---- */

static void pipe_send_next(void)
{
    char body[1024];
    char stamp[STAMP_SIZE];
    int len = 0;
    uint64_t seq = pipe_world.sent++;
    for (uint32_t stream = 0; stream < PIPE_STREAMS; stream++) {
        char *text = pipe_world.events[stream][seq].text;
        stamp_emit(&pipe_world.run, (struct stamp_id){stream, seq}, stamp);
        (void)snprintf(text, sizeof(pipe_world.events[0][0].text), "paid %.*s in full", STAMP_SIZE,
                       stamp);
        len += snprintf(body + len, sizeof(body) - (size_t)len, "%s\n", text);
    }
    buf_clear(&pipe_world.request);
    buf_putf(&pipe_world.request, "POST /x HTTP/1.1\r\nHost: relay\r\nContent-Length: %d\r\n\r\n%s",
             len, body);
    struct http_exchange exchange = {
        .request = buf_bytes(&pipe_world.request),
        .may_keep_alive = true,
        .deadline_ns = loop_now(&pipe_world.loop) + 60 * CLOCK_NS_PER_SEC,
        .deadline_connect_ns = INT64_MAX,
    };
    if (pool_take(&pipe_world.pool) != NULL)
        http_session_start(&pipe_world.sender, &exchange);
    else
        http_session_connect(&pipe_world.sender, &pipe_world.pool, &pipe_world.target, &exchange);
}

static void pipe_on_answered(struct http_session *session, enum br_err err)
{
    for (uint32_t stream = 0; stream < PIPE_STREAMS; stream++)
        pipe_world.events[stream][pipe_world.sent - 1].answered = session->reply.status;
    pipe_world.wrong += err != BR_ERR_NONE;
    if (pipe_world.sent < PIPE_EVENTS)
        pipe_send_next();
    else
        standin_relay_drain(pipe_world.relay);
}

static void pipe_on_closed(struct http_session *session)
{
    (void)session;
}

static const struct http_session_ops pipe_sender_ops = {
    .on_done = pipe_on_answered,
    .on_idle_closed = pipe_on_closed,
};

/* ---- playing it ---- */

static void pipe_on_note(void *context, const struct relay_note *note)
{
    struct pipe_event *event = &pipe_world.events[note->id.stream][note->id.seq];
    pipe_world.wrong += context != &pipe_world || note->event.len != STAMP_SIZE;
    if (note->fault == RELAY_GAVE_UP) {
        event->gave_up = true;
        return;
    }
    /* An intent first, of one fault only, and one word behind it. */
    pipe_world.wrong += (note->state == RELAY_INTENT) == event->intended;
    pipe_world.wrong += event->intended && event->fault != note->fault;
    event->intended = true;
    event->fault = note->fault;
    event->state = note->state;
}

static void pipe_turn(void *context)
{
    (void)context;
    if (pipe_world.sent == PIPE_EVENTS && pipe_world.sender.state <= HTTP_IDLE &&
        standin_relay_stats(pipe_world.relay)->depth == 0)
        loop_stop(&pipe_world.loop);
}

static void pipe_listen(char *out_url, size_t size)
{
    struct http_server_config config = {
        .ops = &pipe_sink_ops,
        .extra_size = sizeof(struct pipe_arrival),
        .body_size_max = PIPE_BODY_MAX,
        .body_mode = HTTP_BODY_COLLECT,
    };
    struct sock_addr addr, bound;
    char text[SOCK_TEXT_SIZE];
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    pipe_world.sink = http_server_create(&pipe_world.loop, &config);
    UNIT_EQ_INT(http_server_listen(pipe_world.sink, &addr, &bound, NULL), BR_ERR_NONE);
    sock_addr_format(&bound, text);
    (void)snprintf(out_url, size, "http://%s/in", text);
}

static uint64_t pipe_play(const struct sim_options *options, struct standin_relay_config *config,
                          double fail_share)
{
    char url[SOCK_TEXT_SIZE + 16];
    struct diag diag = DIAG_INIT;
    sim_begin(options);
    memset(&pipe_world, 0, sizeof(pipe_world));
    pipe_world.fail_share = fail_share;
    rng_init(&pipe_world.rng, options->seed);
    stamp_run_init(&pipe_world.run, options->seed);
    UNIT_EQ_INT(loop_init(&pipe_world.loop, NULL), BR_ERR_NONE);
    pipe_listen(url, sizeof(url));
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &config->listen));
    config->out = (struct relay_out){RELAY_OUT_WEBHOOK, bytes_from_str(url)};
    config->on_note = pipe_on_note;
    config->context = &pipe_world;
    UNIT_EQ_INT(standin_relay_create(&pipe_world.loop, config, &pipe_world.relay, &diag),
                BR_ERR_NONE);
    buf_init(&pipe_world.request, PIPE_BODY_MAX);
    http_client_init(&pipe_world.client, &pipe_world.loop);
    pool_init(&pipe_world.pool, 1);
    pipe_world.target.addr = standin_relay_addr(pipe_world.relay);
    http_session_init(&pipe_world.sender, &pipe_world.client, &pipe_sender_ops);
    pipe_world.loop.turn_hook = pipe_turn;
    pipe_send_next();
    loop_run(&pipe_world.loop);
    http_session_fini(&pipe_world.sender);
    pool_fini(&pipe_world.pool);
    http_client_fini(&pipe_world.client);
    buf_fini(&pipe_world.request);
    UNIT_EQ_INT(standin_relay_destroy(&pipe_world.relay, &diag), BR_ERR_NONE);
    http_server_destroy(&pipe_world.sink);
    loop_fini(&pipe_world.loop);
    UNIT_EQ_INT(pipe_world.wrong, 0);
    return sim_end();
}

/* Event by event: what the notes say is what came out. `keeps_order`: nobody is overtaken but by
 * plan. */
static void pipe_check(bool keeps_order)
{
    for (int stream = 0; stream < PIPE_STREAMS; stream++) {
        for (int seq = 0; seq < PIPE_EVENTS; seq++) {
            const struct pipe_event *event = &pipe_world.events[stream][seq];
            bool is_done = event->state == RELAY_DONE;
            enum relay_fault fault = is_done ? event->fault : RELAY_NO_FAULT;
            int want = 1 + (fault == RELAY_DUP);
            if (fault == RELAY_LOSE || fault == RELAY_REFUSE || event->gave_up)
                want = 0;
            UNIT_OK(!event->intended || event->state != RELAY_INTENT);
            UNIT_EQ_INT(event->answered, fault == RELAY_REFUSE ? 422 : 200);
            UNIT_EQ_INT(event->arrivals, want);
            UNIT_EQ_INT(event->damaged, fault == RELAY_DAMAGE);
            if (keeps_order)
                UNIT_EQ_INT(event->overtaken, fault == RELAY_REORDER);
        }
    }
}

static const struct standin_relay_config pipe_plain = {
    .queue_max = 100000,
    .workers = 1,
    .batch = 10,
    .out_batch = 1,
    .retries = 100,
    .backoff_ns = CLOCK_NS_PER_MS,
    .timeout_ns = CLOCK_NS_PER_SEC,
};

UNIT_TEST(a_healthy_relay_changes_nothing)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct sim_options options = {.seed = seed,
                                      .link = {.jitter_ns = 300 * CLOCK_NS_PER_US,
                                               .short_send_odds = 0.1,
                                               .short_recv_odds = 0.1}};
        struct standin_relay_config config = pipe_plain;
        config.out_batch = 1 + (uint32_t)seed % 4;
        (void)pipe_play(&options, &config, seed % 2 == 0 ? 0.2 : 0);
        pipe_check(true);
        for (int stream = 0; stream < PIPE_STREAMS; stream++) {
            for (int seq = 0; seq < PIPE_EVENTS; seq++)
                UNIT_EQ_INT(pipe_world.events[stream][seq].arrivals, 1);
        }
    }
}

UNIT_TEST(what_is_planted_is_what_comes_out)
{
    uint64_t done[RELAY_FAULT_COUNT] = {0};
    for (uint64_t seed = 1; seed <= PIPE_SEEDS; seed++) {
        struct sim_options options = {.seed = seed,
                                      .link = {.jitter_ns = 100 * CLOCK_NS_PER_US,
                                               .short_send_odds = 0.05,
                                               .short_recv_odds = 0.05}};
        struct standin_relay_config config = pipe_plain;
        bool is_wild = seed % 2 == 0;
        for (int fault = RELAY_LOSE; fault < RELAY_DELAY; fault++)
            config.shares[fault] = 0.03;
        config.refuse = (struct standin_fail){0.02, 422};
        config.seed = seed;
        config.workers = is_wild ? 3 : 1;
        config.out_batch = is_wild ? 3 : 1;
        config.flush_ns = is_wild ? 2 * CLOCK_NS_PER_MS : 0;
        config.retries = is_wild ? 1 : 100;
        config.shares[RELAY_DELAY] = is_wild ? 0.03 : 0;
        config.delay_one_ns = 30 * CLOCK_NS_PER_MS;
        (void)pipe_play(&options, &config, seed % 3 == 0 ? 0.1 : 0);
        pipe_check(!is_wild);
        for (int stream = 0; stream < PIPE_STREAMS; stream++) {
            for (int seq = 0; seq < PIPE_EVENTS; seq++) {
                const struct pipe_event *event = &pipe_world.events[stream][seq];
                done[event->state == RELAY_DONE ? event->fault : RELAY_NO_FAULT]++;
                done[RELAY_GAVE_UP] += event->gave_up;
            }
        }
    }
    for (int fault = RELAY_NO_FAULT; fault < RELAY_FAULT_COUNT; fault++)
        UNIT_OK(done[fault] > 100);
}

UNIT_TEST(the_same_seed_is_the_same_world)
{
    struct sim_options options = {.seed = 3};
    struct standin_relay_config config = pipe_plain;
    config.shares[RELAY_LOSE] = 0.1;
    config.shares[RELAY_REORDER] = 0.1;
    uint64_t first = pipe_play(&options, &config, 0.1);
    UNIT_OK(pipe_play(&options, &config, 0.1) == first);
    config.seed++;
    UNIT_OK(pipe_play(&options, &config, 0.1) != first);
}

UNIT_MAIN(UNIT_RUN(a_healthy_relay_changes_nothing), UNIT_RUN(what_is_planted_is_what_comes_out),
          UNIT_RUN(the_same_seed_is_the_same_world))
