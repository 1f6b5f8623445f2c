/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendering requests. The body comes first, into a scratch buffer of the shard, since the head
 * tells its length.
 */
#include "drive/bench_request.h"

#include "base/mem.h"
#include "base/must.h"
#include "data/gen.h"

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

/* ---- heads ---- */

/* Fixed text, then a template (NULL: the end). */
struct bench_piece {
    size_t at; /* in the head's text */
    size_t len;
    const struct tmpl *tmpl;
};

/* The head of requests to one target, but for what changes and the length of the body. */
struct bench_head {
    struct buf text;
    struct bench_piece *pieces;
    size_t count;
    size_t start; /* of the piece under way, while it is made */
};

static void bench_end_piece(struct bench_head *head, const struct tmpl *tmpl)
{
    head->pieces[head->count++] =
        (struct bench_piece){head->start, head->text.len - head->start, tmpl};
    head->start = head->text.len;
}

static void bench_add(struct bench_head *head, struct bytes text, const struct tmpl *tmpl)
{
    if (tmpl != NULL)
        bench_end_piece(head, tmpl);
    else
        buf_put(&head->text, text);
}

static void bench_head_init(struct bench_head *head, const struct plan *plan,
                            const struct plan_target *target, bool has_body)
{
    const struct plan_request *request = &plan->request;
    *head = (struct bench_head){
        .pieces = mem_zalloc(request->header_count + 2, sizeof(struct bench_piece))};
    buf_init(&head->text, BENCH_REQUEST_MAX);
    buf_putf(&head->text, "%.*s ", BYTES_ARG(request->method));
    bench_add(head, target->path, target->tmpl);
    buf_put_str(&head->text, " HTTP/1.1\r\n");
    if (plan_find_header(request, BYTES("host")) == NULL)
        buf_putf(&head->text, "Host: %.*s\r\n", BYTES_ARG(target->authority));
    for (size_t i = 0; i < request->header_count; i++) {
        buf_putf(&head->text, "%.*s: ", BYTES_ARG(request->headers[i].name));
        bench_add(head, request->headers[i].value, request->headers[i].tmpl);
        buf_put_str(&head->text, "\r\n");
    }
    if (!plan->keep_alive)
        buf_put_str(&head->text, "Connection: close\r\n");
    if (has_body)
        buf_put_str(&head->text, "Content-Length: ");
    bench_end_piece(head, NULL);
}

static void bench_head_fini(struct bench_head *head)
{
    mem_free(head->pieces);
    buf_fini(&head->text);
}

static enum br_err bench_put_head(const struct bench_head *head, const struct tmpl_record *record,
                                  struct buf *out)
{
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < head->count && err == BR_ERR_NONE; i++) {
        const struct bench_piece *piece = &head->pieces[i];
        err = buf_append(out, bytes_make(head->text.data + piece->at, piece->len));
        if (err == BR_ERR_NONE && piece->tmpl != NULL)
            err = tmpl_render(piece->tmpl, record, out);
    }
    return err;
}

/* Behind the head: the length of the body, where there may be one, and the body. */
static enum br_err bench_put_body(struct bytes body, bool has_body, struct buf *out)
{
    char text[GEN_INT_MAX];
    size_t len = has_body ? (size_t)(gen_put_u64(text, body.len) - text) : 0;
    struct bytes end = has_body ? BYTES("\r\n\r\n") : BYTES("\r\n");
    enum br_err err = buf_reserve(out, len + end.len + body.len);
    if (err != BR_ERR_NONE)
        return err;
    buf_put(out, bytes_make(text, len));
    buf_put(out, end);
    buf_put(out, body);
    return BR_ERR_NONE;
}

/* ---- records ---- */

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
    bool batch = request->tmpl != NULL && request->is_joined;
    struct bytes body = request->body;
    struct bench_filling filling = {requests, fill};
    buf_clear(out);
    record->index = k * request->batch;
    enum br_err err =
        batch ? bench_fill_row(requests, record) : bench_fill_record(record, &filling);
    if (err == BR_ERR_NONE)
        err = bench_put_head(&requests->heads[target], record, out);
    if (err == BR_ERR_NONE && request->tmpl != NULL) {
        buf_clear(&requests->body);
        err = batch ? bench_render_batch(requests, k, record, fill)
                    : tmpl_render(request->tmpl, record, &requests->body);
        body = buf_bytes(&requests->body);
    }
    return err == BR_ERR_NONE ? bench_put_body(body, requests->has_body, out) : err;
}

enum br_err bench_requests_init(struct bench_requests *requests, const struct plan *plan,
                                struct diag *diag)
{
    const struct plan_request *request = &plan->request;
    *requests = (struct bench_requests){
        .plan = plan,
        .fixed = mem_zalloc(plan->target_count, sizeof(struct buf)),
        .heads = mem_zalloc(plan->target_count, sizeof(struct bench_head)),
        .rows.in.fd = -1,
        .has_body = request->body.len > 0 || bench_method_has_body(request->method)};
    buf_init(&requests->body, BENCH_REQUEST_MAX);
    for (size_t i = 0; i < plan->target_count; i++) {
        static const struct bench_fill none;
        struct tmpl_record record = {.seed = plan->seed};
        buf_init(&requests->fixed[i], (size_t)BENCH_REQUEST_MAX * 2);
        bench_head_init(&requests->heads[i], plan, &plan->targets[i], requests->has_body);
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
    for (size_t i = 0; i < requests->plan->target_count; i++) {
        buf_fini(&requests->fixed[i]);
        bench_head_fini(&requests->heads[i]);
    }
    mem_free(requests->fixed);
    mem_free(requests->heads);
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
