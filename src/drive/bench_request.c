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

static enum br_err bench_put_head(const struct bench_requests *requests,
                                  const struct plan_target *target,
                                  const struct tmpl_record *record, size_t body_len,
                                  struct buf *out)
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
    if (err == BR_ERR_NONE && requests->has_body)
        err = buf_printf(out, "Content-Length: %zu\r\n", body_len);
    return err == BR_ERR_NONE ? buf_append(out, BYTES("\r\n")) : err;
}

static enum br_err bench_render(struct bench_requests *requests, int target,
                                struct tmpl_record *record, const struct bench_fill *fill,
                                struct buf *out)
{
    const struct plan *plan = requests->plan;
    const struct plan_request *request = &plan->request;
    struct bytes body = request->body;
    enum br_err err = BR_ERR_NONE;
    buf_clear(out);
    if (request->tmpl != NULL) {
        struct batch batch = {
            .tmpl = request->tmpl, .count = request->batch, .join = request->join};
        uint64_t number = record->index;
        buf_clear(&requests->body);
        err = request->batch > 1
                  ? batch_render(&batch, number, record, fill->fill, fill->context, &requests->body)
                  : tmpl_render(request->tmpl, record, &requests->body);
        body = buf_bytes(&requests->body);
        /* URL and headers are those of the first record. */
        record->index = number * request->batch;
    }
    if (err == BR_ERR_NONE)
        err = bench_put_head(requests, &plan->targets[target], record, body.len, out);
    return err == BR_ERR_NONE ? buf_append(out, body) : err;
}

void bench_requests_init(struct bench_requests *requests, const struct plan *plan)
{
    const struct plan_request *request = &plan->request;
    *requests = (struct bench_requests){.plan = plan,
                                        .fixed = mem_zalloc(plan->target_count, sizeof(struct buf)),
                                        .has_body = request->body.len > 0 ||
                                                    bench_method_has_body(request->method)};
    buf_init(&requests->body, BENCH_REQUEST_MAX);
    for (size_t i = 0; i < plan->target_count; i++) {
        static const struct bench_fill none;
        struct tmpl_record record = {.seed = plan->seed};
        buf_init(&requests->fixed[i], (size_t)BENCH_REQUEST_MAX * 2);
        if (!bench_is_fixed(plan, &plan->targets[i]))
            continue;
        enum br_err err = bench_render(requests, (int)i, &record, &none, &requests->fixed[i]);
        MUST(err == BR_ERR_NONE);
    }
}

void bench_requests_fini(struct bench_requests *requests)
{
    for (size_t i = 0; i < requests->plan->target_count; i++)
        buf_fini(&requests->fixed[i]);
    mem_free(requests->fixed);
    buf_fini(&requests->body);
}

enum br_err bench_requests_render(struct bench_requests *requests, int target, uint64_t k,
                                  int64_t wall_ns, const struct bench_fill *fill, struct buf *out,
                                  struct bytes *out_request)
{
    if (requests->fixed[target].len > 0) {
        *out_request = buf_bytes(&requests->fixed[target]);
        return BR_ERR_NONE;
    }
    struct tmpl_record record = {
        .seed = requests->plan->seed, .index = k, .wall_ns = (uint64_t)wall_ns};
    if (fill->fill != NULL && requests->plan->request.batch == 1) {
        enum br_err err = fill->fill(&record, fill->context);
        if (err != BR_ERR_NONE)
            return err;
    }
    enum br_err err = bench_render(requests, target, &record, fill, out);
    if (err == BR_ERR_NONE)
        *out_request = buf_bytes(out);
    return err;
}
