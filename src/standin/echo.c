/* SPDX-License-Identifier: Apache-2.0
 *
 * The echo stand-in's server. A request that nothing is to befall costs one receive, one send and
 * two looks at the clock: replies are rendered before the start. Delays are timers of the wheel,
 * late by a tick at most; what was really applied is what the log and the summary say.
 */
#include "standin/echo.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rng.h"
#include "conn/tls.h"
#include "standin/echo_inner.h"
#include "sys/clock.h"
#include "sys/limit.h"
#include "sys/signal.h"
#include "wire/h1_emit.h"

enum { STANDIN_TEXT_MAX = 64 * 1024, STANDIN_FLUSH_NS = CLOCK_NS_PER_SEC };

/* A session's part: the request under way. */
struct standin_call {
    struct wheel_timer timer;
    struct wheel_timer idle;     /* ends the connection */
    uint64_t requests;           /* of the connection */
    struct standin_reply *reply; /* NULL: /health or /metrics, which do not count */
    int64_t read_ns;
};

static const struct h1_header standin_header = {BYTES_INIT("Content-Type"),
                                                BYTES_INIT("text/plain; charset=utf-8")};

/* ---- replies ---- */

static bool standin_is_last(const struct standin_echo_config *config,
                            const struct standin_call *call)
{
    return config->requests_max > 0 && call->requests >= config->requests_max;
}

static void standin_reply_now(struct http_server_session *session, struct standin_reply *reply)
{
    const struct standin_echo *echo = http_server_context(session);
    bool last = standin_is_last(echo->config, http_server_extra(session));
    if (BR_LIKELY(http_server_may_reply_raw(session) && !last)) {
        http_server_reply_raw(session, bytes_make(reply->raw, reply->raw_len));
        return;
    }
    struct http_answer answer = {
        .status = reply->status,
        .headers = reply->headers,
        .header_count = reply->header_count,
        .body = reply->body,
        .close = last,
    };
    http_server_reply(session, &answer);
}

static void standin_on_timer(struct wheel_timer *timer, void *context)
{
    struct standin_call *call = BR_CONTAINER(timer, struct standin_call, timer);
    standin_reply_now(context, call->reply);
}

static bool standin_has_body(uint16_t status)
{
    return status != 204 && status != 304;
}

/* extra: one more header, or NULL. */
static void standin_reply_init(struct standin_reply *reply, uint16_t status, struct bytes body,
                               const struct h1_header *extra)
{
    *reply = (struct standin_reply){
        .status = status, .body = body, .headers = {standin_header}, .header_count = 1};
    if (extra != NULL)
        reply->headers[reply->header_count++] = *extra;
    struct h1_response_text text = {
        .status = status,
        .headers = reply->headers,
        .header_count = reply->header_count,
        .framing = standin_has_body(status) ? H1_FRAMING_LENGTH : H1_FRAMING_NONE,
        .content_length = body.len,
    };
    size_t head_len = h1_emit_response(NULL, 0, &text);
    reply->raw_len = head_len + (standin_has_body(status) ? body.len : 0);
    reply->raw = mem_alloc(reply->raw_len);
    (void)h1_emit_response(reply->raw, head_len, &text);
    if (reply->raw_len > head_len)
        memcpy(reply->raw + head_len, body.ptr, body.len);
}

static void standin_replies_init(struct standin_echo *echo)
{
    const struct standin_echo_config *config = echo->config;
    echo->body = mem_alloc((size_t)config->size);
    if (config->size > 0) {
        memset(echo->body, 'x', (size_t)config->size);
        echo->body[config->size - 1] = '\n';
    }
    standin_reply_init(&echo->replies[STANDIN_REPLY_GOOD], config->status,
                       bytes_make(echo->body, (size_t)config->size), NULL);
    uint64_t wait_s =
        config->rate_count == 0
            ? 1
            : ((uint64_t)config->rate_per_ns / config->rate_count + CLOCK_NS_PER_SEC - 1) /
                  CLOCK_NS_PER_SEC;
    (void)snprintf(echo->retry_after, sizeof(echo->retry_after), "%llu",
                   (unsigned long long)(wait_s > 0 ? wait_s : 1));
    struct h1_header retry = {BYTES("Retry-After"), bytes_from_str(echo->retry_after)};
    struct h1_header who = {BYTES("WWW-Authenticate"), BYTES("Bearer")};
    standin_reply_init(&echo->replies[STANDIN_REPLY_LIMITED], 429, h1_reason(429), &retry);
    standin_reply_init(&echo->replies[STANDIN_REPLY_UNKNOWN], 401, h1_reason(401), &who);
    for (uint32_t i = 0; i < config->fail_count; i++) {
        uint16_t status = config->fails[i].status;
        standin_reply_init(&echo->replies[STANDIN_REPLY_FAILS + i], status, h1_reason(status),
                           NULL);
    }
    echo->reply_count = STANDIN_REPLY_FAILS + config->fail_count;
}

/* ---- requests ---- */

static void standin_answer_text(struct http_server_session *session, uint16_t status,
                                struct bytes text)
{
    struct http_answer answer = {
        .status = status,
        .headers = &standin_header,
        .header_count = 1,
        .body = text,
    };
    http_server_reply(session, &answer);
}

/* /health and /metrics: true when it was one of them. They have no part in faults and counts. */
static bool standin_answer_own(struct standin_echo *echo, struct http_server_session *session,
                               const struct http_request *request)
{
    struct bytes path = http_request_path(request);
    if (bytes_eq(path, BYTES("/health"))) {
        standin_answer_text(session, 200, BYTES("ok\n"));
        return true;
    }
    if (!bytes_eq(path, BYTES("/metrics")))
        return false;
    struct buf text;
    buf_init(&text, STANDIN_TEXT_MAX);
    standin_echo_metrics(echo, &text);
    /* Small enough to be rendered into the server's buffer at once. */
    standin_answer_text(session, 200, buf_bytes(&text));
    buf_fini(&text);
    return true;
}

/* What befalls request k: a reply, or NULL for a reset. *out_delay_ns untouched then. */
static struct standin_reply *standin_choose(struct standin_echo *echo, uint64_t k,
                                            int64_t *out_delay_ns)
{
    const struct standin_echo_config *config = echo->config;
    struct rng rng = rng_at(config->seed, k);
    double lot = rng_double(&rng) - config->reset_share;
    if (lot < 0)
        return NULL;
    *out_delay_ns = dist_sample(&config->delay, &rng);
    for (uint32_t i = 0; i < config->fail_count; i++) {
        lot -= config->fails[i].share;
        if (lot < 0)
            return &echo->replies[STANDIN_REPLY_FAILS + i];
    }
    return &echo->replies[0];
}

static bool standin_knows(const struct standin_echo *echo, const struct http_request *request)
{
    struct bytes scheme = http_request_field(request, BYTES("authorization"));
    if (scheme.ptr == NULL)
        return false;
    struct bytes token = scheme;
    scheme = bytes_cut(&token, ' ');
    return bytes_eq_nocase(scheme, BYTES("bearer")) && token.ptr != NULL &&
           bytes_eq(bytes_trim(token), echo->config->bearer);
}

/* Who is not let in at all; NULL: let in. */
static struct standin_reply *standin_refuse(struct standin_echo *echo,
                                            const struct http_request *request)
{
    const struct standin_echo_config *config = echo->config;
    if (config->bearer.len > 0 && !standin_knows(echo, request))
        return &echo->replies[STANDIN_REPLY_UNKNOWN];
    if (config->rate_count > 0 &&
        !standin_limit_admits(config, request->read_ns, &echo->limit_tat_ns))
        return &echo->replies[STANDIN_REPLY_LIMITED];
    return NULL;
}

static void standin_serve(struct standin_echo *echo, struct http_server_session *session,
                          const struct http_request *request, uint64_t k)
{
    struct standin_call *call = http_server_extra(session);
    int64_t delay_ns = 0;
    call->reply = standin_refuse(echo, request);
    if (call->reply != NULL) {
        standin_reply_now(session, call->reply);
        return;
    }
    call->reply = standin_choose(echo, k, &delay_ns);
    if (call->reply == NULL) {
        echo->resets++;
        standin_log_row(&echo->log, call->read_ns, 0, BYTES("reset"));
        http_server_drop(session, false);
        return;
    }
    int64_t due_ns = call->read_ns + delay_ns;
    int64_t leave_ns = standin_stall_shift(&echo->config->stall, echo->first_ns, due_ns);
    echo->stalled += leave_ns != due_ns;
    if (leave_ns <= call->read_ns) {
        standin_reply_now(session, call->reply);
        return;
    }
    wheel_timer_init(&call->timer, standin_on_timer, session);
    wheel_arm(&echo->loop.wheel, &call->timer, leave_ns);
}

static void standin_on_request(struct http_server_session *session,
                               const struct http_request *request)
{
    struct standin_echo *echo = http_server_context(session);
    struct standin_call *call = http_server_extra(session);
    call->reply = NULL;
    call->requests++;
    if (echo->config->idle_ns > 0)
        wheel_disarm(&echo->loop.wheel, &call->idle);
    if (standin_answer_own(echo, session, request))
        return;
    uint64_t k = echo->requests++;
    call->read_ns = request->read_ns;
    if (BR_UNLIKELY(k == 0))
        echo->first_ns = request->read_ns;
    echo->last_ns = request->read_ns;
    standin_log_arrival(&echo->arrivals, request->read_ns);
    if (BR_UNLIKELY(!echo->is_simple)) {
        standin_serve(echo, session, request, k);
        return;
    }
    call->reply = &echo->replies[0];
    standin_reply_now(session, call->reply);
}

static void standin_on_end(struct http_server_session *session, enum br_err err)
{
    struct standin_echo *echo = http_server_context(session);
    struct standin_call *call = http_server_extra(session);
    if (echo->config->idle_ns > 0 && err == BR_ERR_NONE)
        wheel_arm(&echo->loop.wheel, &call->idle, loop_now(&echo->loop) + echo->config->idle_ns);
    if (call->reply == NULL)
        return;
    int64_t delay_ns = loop_now(&echo->loop) - call->read_ns;
    if (BR_UNLIKELY(err != BR_ERR_NONE)) {
        if (call->timer.fire != NULL)
            wheel_disarm(&echo->loop.wheel, &call->timer);
        standin_log_row(&echo->log, call->read_ns, delay_ns, BYTES("gone"));
        return;
    }
    call->reply->count++;
    hist_record_ns(&echo->delays, delay_ns);
    if (echo->log.room != NULL) {
        char status[3] = {(char)('0' + call->reply->status / 100),
                          (char)('0' + call->reply->status / 10 % 10),
                          (char)('0' + call->reply->status % 10)};
        standin_log_row(&echo->log, call->read_ns, delay_ns, bytes_make(status, 3));
    }
}

static void standin_on_idle(struct wheel_timer *timer, void *context)
{
    (void)timer;
    http_server_close_idle(context);
}

static void standin_on_open(struct http_server_session *session)
{
    struct standin_echo *echo = http_server_context(session);
    struct standin_call *call = http_server_extra(session);
    wheel_timer_init(&call->idle, standin_on_idle, session);
    if (echo->config->idle_ns > 0)
        wheel_arm(&echo->loop.wheel, &call->idle, loop_now(&echo->loop) + echo->config->idle_ns);
}

static void standin_on_close(struct http_server_session *session, enum br_err err)
{
    struct standin_echo *echo = http_server_context(session);
    struct standin_call *call = http_server_extra(session);
    (void)err;
    if (call->idle.fire != NULL)
        wheel_disarm(&echo->loop.wheel, &call->idle);
}

static const struct http_server_ops standin_ops = {
    .on_open = standin_on_open,
    .on_close = standin_on_close,
    .on_request = standin_on_request,
    .on_end = standin_on_end,
};

/* ---- the run ---- */

static enum br_err standin_listen(struct standin_echo *echo, struct diag *diag)
{
    const struct standin_echo_config *config = echo->config;
    for (uint32_t i = 0; i < config->listen_count; i++) {
        struct sock_addr bound;
        char text[SOCK_TEXT_SIZE], line[SOCK_TEXT_SIZE + 32];
        enum br_err err = http_server_listen(echo->server, &config->listen[i], &bound, diag);
        if (err != BR_ERR_NONE)
            return err;
        sock_addr_format(&bound, text);
        int len = snprintf(line, sizeof(line), "listening on %s%s\n",
                           bound.u.any.sa_family == AF_UNIX ? ""
                           : config->tls                    ? "https://"
                                                            : "http://",
                           text);
        (void)file_print(1, bytes_make(line, (size_t)len));
    }
    return BR_ERR_NONE;
}

/* What stops the run, and what is done once a second. */
struct standin_watch {
    struct loop_watch signals;
    struct standin_echo *echo;
    struct wheel_timer end;
    struct wheel_timer second;
};

static void standin_on_signal(struct loop_watch *watch, unsigned events)
{
    struct standin_watch *run = BR_CONTAINER(watch, struct standin_watch, signals);
    (void)events;
    if ((signal_take(watch->fd) & (SIGNAL_INT | SIGNAL_TERM | SIGNAL_HUP)) != 0)
        loop_stop(&run->echo->loop);
}

static void standin_on_over(struct wheel_timer *timer, void *context)
{
    struct standin_watch *run = context;
    (void)timer;
    loop_stop(&run->echo->loop);
}

static void standin_on_second(struct wheel_timer *timer, void *context)
{
    struct standin_echo *echo = ((struct standin_watch *)context)->echo;
    standin_log_flush(&echo->log);
    standin_log_flush(&echo->arrivals);
    wheel_arm(&echo->loop.wheel, timer, loop_now(&echo->loop) + STANDIN_FLUSH_NS);
}

static enum br_err standin_serve_until_told(struct standin_echo *echo, struct diag *diag)
{
    struct standin_watch run = {.echo = echo};
    struct loop *loop = &echo->loop;
    int fd;
    enum br_err err = signal_open(&fd, diag);
    if (err != BR_ERR_NONE)
        return err;
    err = loop_watch_add(loop, &run.signals, fd, POLLER_IN, standin_on_signal);
    if (err == BR_ERR_NONE)
        err = standin_listen(echo, diag);
    wheel_timer_init(&run.end, standin_on_over, &run);
    wheel_timer_init(&run.second, standin_on_second, &run);
    int64_t now_ns = loop_now(loop);
    if (echo->config->for_ns > 0)
        wheel_arm(&loop->wheel, &run.end, now_ns + echo->config->for_ns);
    if (echo->log.room != NULL || echo->arrivals.room != NULL)
        wheel_arm(&loop->wheel, &run.second, now_ns + STANDIN_FLUSH_NS);
    if (err == BR_ERR_NONE && echo->config->spin) {
        while (!loop->stopping)
            loop_turn(loop, 0);
    } else if (err == BR_ERR_NONE) {
        loop_run(loop);
    }
    wheel_disarm(&loop->wheel, &run.end);
    wheel_disarm(&loop->wheel, &run.second);
    if (run.signals.events != 0)
        loop_watch_remove(loop, &run.signals);
    signal_close(fd);
    return err;
}

static void standin_print_summary(struct standin_echo *echo)
{
    struct buf text;
    buf_init(&text, STANDIN_TEXT_MAX);
    standin_echo_summary(echo, &text);
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}

static enum br_err standin_write_certificate(const struct standin_echo *echo, struct diag *diag)
{
    const char *path = echo->config->cert_out_path;
    struct file_out out = {.fd = -1};
    enum br_err err = file_out_open(&out, path, FILE_REPLACE, diag);
    if (err != BR_ERR_NONE)
        return err;
    char *pem = tls_server_certificate(echo->tls);
    err = file_out_write(&out, bytes_from_str(pem));
    mem_free(pem);
    enum br_err close_err = file_out_close(&out);
    if (err == BR_ERR_NONE)
        err = close_err;
    return err == BR_ERR_NONE ? err : diag_set(diag, err, "could not write to %s", path);
}

static enum br_err standin_make_tls(struct standin_echo *echo, struct diag *diag)
{
    const struct standin_echo_config *config = echo->config;
    if (!config->tls)
        return BR_ERR_NONE;
    struct tls_server_options options = {.cert_file = config->cert_file,
                                         .key_file = config->key_file,
                                         .self_made = config->cert_file == NULL,
                                         .client_ca_file = config->client_ca_file,
                                         .alpn = "http/1.1"};
    enum br_err err = tls_server_create(&options, &echo->tls, diag);
    if (err == BR_ERR_NONE && config->cert_out_path != NULL)
        err = standin_write_certificate(echo, diag);
    return err;
}

static enum br_err standin_run_server(struct standin_echo *echo, struct diag *diag)
{
    const struct standin_echo_config *config = echo->config;
    struct http_server_config server = {
        .ops = &standin_ops,
        .context = echo,
        .extra_size = sizeof(struct standin_call),
        .body_mode = HTTP_BODY_DISCARD,
    };
    enum br_err err = loop_init(&echo->loop, diag);
    if (err != BR_ERR_NONE)
        return err;
    standin_replies_init(echo);
    hist_init(&echo->delays);
    echo->is_simple = config->fail_count == 0 && !(config->reset_share > 0) &&
                      config->stall.every_ns == 0 && dist_is_zero(&config->delay) &&
                      config->bearer.len == 0 && config->rate_count == 0;
    err = standin_make_tls(echo, diag);
    server.tls = echo->tls;
    echo->server = http_server_create(&echo->loop, &server);
    http_server_set_read_rate(echo->server, config->read_rate);
    if (err == BR_ERR_NONE)
        err = standin_serve_until_told(echo, diag);
    if (err == BR_ERR_NONE)
        standin_print_summary(echo);
    http_server_destroy(&echo->server);
    hist_fini(&echo->delays);
    if (echo->tls != NULL)
        tls_server_destroy(&echo->tls);
    for (uint32_t i = 0; i < echo->reply_count; i++)
        mem_free(echo->replies[i].raw);
    mem_free(echo->body);
    loop_fini(&echo->loop);
    return err;
}

static enum br_err standin_check(const struct standin_echo_config *config, struct diag *diag)
{
    double share = config->reset_share;
    for (uint32_t i = 0; i < config->fail_count; i++)
        share += config->fails[i].share;
    if (share > 1.0 + 1e-9)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--fail and --reset take more than all requests together; their shares may "
                        "add up to 100%%");
    if (config->size > STANDIN_REPLY_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--size may be up to 1GiB");
    MUST(config->listen_count > 0);
    return BR_ERR_NONE;
}

enum br_err standin_echo_run(const struct standin_echo_config *config, struct diag *diag)
{
    struct standin_echo *echo = MEM_NEW(struct standin_echo);
    struct diag later = DIAG_INIT;
    echo->config = config;
    (void)limit_raise_nofile();
    enum br_err err = standin_check(config, diag);
    if (err == BR_ERR_NONE)
        err = standin_log_open(&echo->log, config->log_path, diag);
    if (err == BR_ERR_NONE)
        err = standin_log_open(&echo->arrivals, config->arrivals_path, diag);
    if (err == BR_ERR_NONE)
        err = standin_run_server(echo, diag);
    struct diag *told = err == BR_ERR_NONE ? diag : &later;
    enum br_err log_err = standin_log_close(&echo->log, config->log_path, told);
    enum br_err arrivals_err = standin_log_close(&echo->arrivals, config->arrivals_path, told);
    mem_free(echo);
    if (err != BR_ERR_NONE)
        return err;
    return log_err != BR_ERR_NONE ? log_err : arrivals_err;
}
