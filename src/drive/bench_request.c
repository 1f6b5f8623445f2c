/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendering requests. The body comes first, into a scratch buffer of the shard, since the head
 * tells its length.
 */
#include "drive/bench_request.h"

#include "base/mem.h"
#include "base/must.h"

enum { BENCH_REQUEST_MAX = 1 << 30 };

/* Methods that say with a length of 0 that there is no body. */
static bool bench_method_has_body(struct bytes method)
{
    return bytes_eq(method, BYTES("POST")) || bytes_eq(method, BYTES("PUT")) ||
           bytes_eq(method, BYTES("PATCH"));
}

static bool bench_is_fixed(const struct plan *plan, const struct plan_target *target)
{
    bool fixed = target->tmpl == NULL && plan->request.tmpl == NULL;
    for (size_t i = 0; i < plan->request.header_count; i++)
        fixed = fixed && plan->request.headers[i].tmpl == NULL;
    return fixed;
}

static enum br_err bench_put(const struct tmpl *tmpl, struct bytes text,
                             const struct tmpl_record *record, struct buf *out)
{
    return tmpl != NULL ? tmpl_render(tmpl, record, out) : buf_append(out, text);
}

/* All of the head but the length of the body. */
static enum br_err bench_put_head(const struct bench_requests *requests,
                                  const struct plan_target *target,
                                  const struct tmpl_record *record, struct buf *out)
{
    const struct plan *plan = requests->plan;
    const struct plan_request *request = &plan->request;
    enum br_err err = buf_printf(out, "%.*s ", BYTES_ARG(request->method));
    if (err == BR_ERR_NONE)
        err = bench_put(target->tmpl, target->path, record, out);
    if (err == BR_ERR_NONE)
        err = buf_append(out, BYTES(" HTTP/1.1\r\n"));
    if (err == BR_ERR_NONE && plan_find_header(request, BYTES("host")) == NULL)
        err = buf_printf(out, "Host: %.*s\r\n", BYTES_ARG(target->authority));
    for (size_t i = 0; i < request->header_count && err == BR_ERR_NONE; i++) {
        const struct plan_header *header = &request->headers[i];
        err = buf_printf(out, "%.*s: ", BYTES_ARG(header->name));
        if (err == BR_ERR_NONE)
            err = bench_put(header->tmpl, header->value, record, out);
        if (err == BR_ERR_NONE)
            err = buf_append(out, BYTES("\r\n"));
    }
    if (err == BR_ERR_NONE && !plan->keep_alive)
        err = buf_append(out, BYTES("Connection: close\r\n"));
    return err;
}

/* Gives a record its row and its event. */
struct bench_filling {
    struct bench_requests *requests;
    const struct bench_fill *events;
};

static enum br_err bench_fill_row(struct bench_requests *requests, struct tmpl_record *record)
{
    if (requests->rows.reader == NULL)
        return BR_ERR_NONE;
    struct diag why = DIAG_INIT;
    enum br_err err = drive_rows_get(&requests->rows, record->index, &record->row, &why);
    if (err != BR_ERR_NONE && requests->wrong.err == BR_ERR_NONE)
        requests->wrong = why;
    return err;
}

static enum br_err bench_fill_record(struct tmpl_record *record, void *context)
{
    struct bench_filling *filling = context;
    enum br_err err = bench_fill_row(filling->requests, record);
    if (err == BR_ERR_NONE && filling->events->fill != NULL)
        err = filling->events->fill(record, filling->events->context);
    return err;
}

/* The records of a batch, into the scratch buffer. */
static enum br_err bench_render_batch(struct bench_requests *requests, uint64_t k,
                                      const struct tmpl_record *first,
                                      const struct bench_fill *fill)
{
    const struct plan_request *request = &requests->plan->request;
    struct batch batch = {.tmpl = request->tmpl, .count = request->batch, .join = request->join};
    struct bench_filling filling = {requests, fill};
    return batch_render(&batch, k, first, bench_fill_record, &filling, &requests->body);
}

/* The head before the body: URL and headers are those of the first record, and rows are only read
 * on. */
static enum br_err bench_render(struct bench_requests *requests, int target, uint64_t k,
                                struct tmpl_record *record, const struct bench_fill *fill,
                                struct buf *out)
{
    const struct plan_request *request = &requests->plan->request;
    bool batch = request->tmpl != NULL && request->batch > 1;
    struct bytes body = request->body;
    struct bench_filling filling = {requests, fill};
    buf_clear(out);
    record->index = k * request->batch;
    enum br_err err =
        batch ? bench_fill_row(requests, record) : bench_fill_record(record, &filling);
    if (err == BR_ERR_NONE)
        err = bench_put_head(requests, &requests->plan->targets[target], record, out);
    if (err == BR_ERR_NONE && request->tmpl != NULL) {
        buf_clear(&requests->body);
        err = batch ? bench_render_batch(requests, k, record, fill)
                    : tmpl_render(request->tmpl, record, &requests->body);
        body = buf_bytes(&requests->body);
    }
    if (err == BR_ERR_NONE && requests->has_body)
        err = buf_printf(out, "Content-Length: %zu\r\n", body.len);
    if (err == BR_ERR_NONE)
        err = buf_append(out, BYTES("\r\n"));
    return err == BR_ERR_NONE ? buf_append(out, body) : err;
}

enum br_err bench_requests_init(struct bench_requests *requests, const struct plan *plan,
                                struct diag *diag)
{
    const struct plan_request *request = &plan->request;
    *requests = (struct bench_requests){.plan = plan,
                                        .fixed = mem_zalloc(plan->target_count, sizeof(struct buf)),
                                        .rows.in.fd = -1,
                                        .has_body = request->body.len > 0 ||
                                                    bench_method_has_body(request->method)};
    buf_init(&requests->body, BENCH_REQUEST_MAX);
    for (size_t i = 0; i < plan->target_count; i++) {
        static const struct bench_fill none;
        struct tmpl_record record = {.seed = plan->seed};
        buf_init(&requests->fixed[i], (size_t)BENCH_REQUEST_MAX * 2);
        if (!bench_is_fixed(plan, &plan->targets[i]))
            continue;
        enum br_err err = bench_render(requests, (int)i, 0, &record, &none, &requests->fixed[i]);
        MUST(err == BR_ERR_NONE);
    }
    if (request->data_path.len == 0)
        return BR_ERR_NONE;
    return drive_rows_open(&requests->rows, request->data_path.ptr, plan->templates, diag);
}

void bench_requests_fini(struct bench_requests *requests)
{
    for (size_t i = 0; i < requests->plan->target_count; i++)
        buf_fini(&requests->fixed[i]);
    mem_free(requests->fixed);
    buf_fini(&requests->body);
    drive_rows_close(&requests->rows);
}

enum br_err bench_requests_render(struct bench_requests *requests, int target, uint64_t k,
                                  int64_t wall_ns, const struct bench_fill *fill, struct buf *out,
                                  struct bytes *out_request)
{
    if (requests->fixed[target].len > 0) {
        *out_request = buf_bytes(&requests->fixed[target]);
        return BR_ERR_NONE;
    }
    struct tmpl_record record = {.seed = requests->plan->seed, .wall_ns = (uint64_t)wall_ns};
    enum br_err err = bench_render(requests, target, k, &record, fill, out);
    if (err == BR_ERR_NONE)
        *out_request = buf_bytes(out);
    return err;
}
