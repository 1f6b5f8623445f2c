/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person who tests by hand may ask. It is answered on the sinks' thread, as what is asked
 * for lives there; nobody asks a thousand times a second.
 */
#include "sink/sink_control.h"

#include "data/json.h"
#include "sink/sink_host_inner.h"

static const struct h1_header sink_control_header = {BYTES_INIT("Content-Type"),
                                                     BYTES_INIT("application/json")};

/* Of the whole time. */
static void sink_control_print_counts(const struct sink_host *host, struct buf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out, true);
    json_open_object(&writer);
    for (int i = 0; i < host->count; i++) {
        const struct sink_totals *totals = &host->totals[i];
        const struct sink_counts *counts = host->sinks[i]->counts;
        json_add_object(&writer, host->sinks[i]->config->name.ptr);
#define X(name, text) json_add_u64(&writer, #name, totals->name + counts->name);
        SINK_COUNTERS(X)
#undef X
        json_add_u64(&writer, "open", host->sinks[i]->open);
        json_close_object(&writer);
    }
    json_close_object(&writer);
    buf_put_str(out, "\n");
}

bool sink_control_answer(struct sink_host *host, struct http_server_session *session,
                         const struct http_request *request)
{
    struct bytes path = http_request_path(request);
    bool is_last = bytes_eq(path, BYTES("/last"));
    if (!bytes_eq(request->method, BYTES("GET")) || (!is_last && !bytes_eq(path, BYTES("/counts"))))
        return false;
    if (host->answering != NULL) {
        /* The text is lent to that reply until it is written. */
        struct http_answer later = {.status = 503, .body = BYTES("one at a time\n")};
        http_server_reply(session, &later);
        return true;
    }
    host->answering = session;
    buf_clear(&host->answer);
    if (is_last)
        sink_store_print(host, &host->answer);
    else
        sink_control_print_counts(host, &host->answer);
    struct http_answer answer = {
        .status = 200,
        .headers = &sink_control_header,
        .header_count = 1,
        .body = buf_bytes(&host->answer),
    };
    http_server_reply(session, &answer);
    return true;
}

void sink_control_end(struct sink_host *host, const struct http_server_session *session)
{
    if (host->answering == session)
        host->answering = NULL;
}

/* ---- a server of its own ---- */

static void sink_control_on_request(struct http_server_session *session,
                                    const struct http_request *request)
{
    static const struct http_answer none = {.status = 404,
                                            .body = BYTES_INIT("there are /last and /counts\n")};
    if (!sink_control_answer(http_server_context(session), session, request))
        http_server_reply(session, &none);
}

static void sink_control_on_end(struct http_server_session *session, enum br_err err)
{
    (void)err;
    sink_control_end(http_server_context(session), session);
}

static const struct http_server_ops sink_control_ops = {
    .on_request = sink_control_on_request,
    .on_end = sink_control_on_end,
};

enum br_err sink_host_open_control(struct sink_host *host, const struct sock_addr *addr,
                                   struct sock_addr *out_bound, struct diag *diag)
{
    struct http_server_config config = {
        .ops = &sink_control_ops,
        .context = host,
        .body_mode = HTTP_BODY_DISCARD,
    };
    host->control = http_server_create(&host->loop, &config);
    return http_server_listen(host->control, addr, out_bound, diag);
}

void sink_control_close(struct sink_host *host)
{
    http_server_destroy(&host->control);
}
