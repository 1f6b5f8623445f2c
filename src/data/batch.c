/* SPDX-License-Identifier: Apache-2.0
 *
 * Joining records: one after the other into the body of a request, or into pieces of a file.
 */
#include "data/batch.h"

#include "base/must.h"

enum { BATCH_PIECE_SIZE = 256 * 1024 };

enum br_err batch_parse_join(struct bytes text, enum batch_join *out_join, struct diag *diag)
{
    static const struct {
        struct bytes name;
        enum batch_join join;
    } joins[] = {{BYTES_INIT("lines"), BATCH_LINES},
                 {BYTES_INIT("array"), BATCH_ARRAY},
                 {BYTES_INIT("comma"), BATCH_COMMA}};
    for (size_t i = 0; i < BR_COUNT(joins); i++) {
        if (bytes_eq(text, joins[i].name)) {
            *out_join = joins[i].join;
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "records are joined by lines, array or comma, not by \"%.*s\"",
                    text.len > 40 ? 40 : (int)text.len, text.ptr);
}

static enum br_err batch_render_one(const struct tmpl *tmpl, struct tmpl_record *record,
                                    batch_fill_fn *fill, void *context, struct buf *out)
{
    enum br_err err = fill == NULL ? BR_ERR_NONE : fill(record, context);
    return err == BR_ERR_NONE ? tmpl_render(tmpl, record, out) : err;
}

/* A record that was written with its newline (a body from a file) needs no second one. */
static enum br_err batch_end_line(struct buf *out, size_t start)
{
    if (out->len > start && out->data[out->len - 1] == '\n')
        return BR_ERR_NONE;
    return buf_append(out, BYTES("\n"));
}

enum br_err batch_render(const struct batch *batch, uint64_t request,
                         const struct tmpl_record *record, batch_fill_fn *fill, void *context,
                         struct buf *out)
{
    MUST(batch->count >= 1 && batch->count <= BATCH_COUNT_MAX);
    size_t start = out->len;
    struct tmpl_record each = *record;
    enum br_err err = batch->join == BATCH_ARRAY ? buf_append(out, BYTES("[")) : BR_ERR_NONE;
    for (uint64_t i = 0; i < batch->count && err == BR_ERR_NONE; i++) {
        each.index = request * batch->count + i;
        if (i > 0 && batch->join != BATCH_LINES)
            err = buf_append(out, BYTES(","));
        size_t from = out->len;
        if (err == BR_ERR_NONE)
            err = batch_render_one(batch->tmpl, &each, fill, context, out);
        if (err == BR_ERR_NONE && batch->join == BATCH_LINES)
            err = batch_end_line(out, from);
    }
    if (err == BR_ERR_NONE && batch->join == BATCH_ARRAY)
        err = buf_append(out, BYTES("]"));
    if (err != BR_ERR_NONE)
        out->len = start;
    return err;
}

enum br_err batch_write_lines(const struct tmpl *tmpl, uint64_t first, uint64_t count,
                              const struct tmpl_record *record, batch_fill_fn *fill,
                              void *fill_context, batch_write_fn *write, void *write_context,
                              struct diag *diag)
{
    struct buf piece;
    buf_init(&piece, BATCH_PIECE_SIZE + (size_t)2 * TMPL_SIZE_MAX);
    struct tmpl_record each = *record;
    enum br_err err = BR_ERR_NONE;
    for (uint64_t i = 0; i < count && err == BR_ERR_NONE; i++) {
        size_t from = piece.len;
        each.index = first + i;
        err = batch_render_one(tmpl, &each, fill, fill_context, &piece);
        if (err == BR_ERR_NONE)
            err = batch_end_line(&piece, from);
        if (err != BR_ERR_NONE) {
            err = diag_set(diag, err, "record %llu could not be made: %s",
                           (unsigned long long)each.index, err_text(err));
        } else if (piece.len >= BATCH_PIECE_SIZE || i + 1 == count) {
            err = write(buf_bytes(&piece), write_context, diag);
            buf_clear(&piece);
        }
    }
    buf_fini(&piece);
    return err;
}
