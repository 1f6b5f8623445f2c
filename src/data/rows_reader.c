/* SPDX-License-Identifier: Apache-2.0
 *
 * Row k of a file that is only ever read on.
 */
#include "data/rows.h"

#include "base/mem.h"
#include "base/must.h"
#include "data/rows_impl.h"

enum { ROWS_CHUNK_SIZE = 64 * 1024 };

struct rows_reader {
    struct rows *rows;
    struct rows_source source;
    uint64_t passed; /* rows of this pass that were read or skipped */
    uint64_t count;  /* of the file; 0: not known yet */
    bool loaded;     /* the values are those of row passed - 1 */
    char *chunk;
    struct diag wrong; /* the file is of no use */
};

struct rows_reader *rows_reader_create(struct rows **rows, struct rows_source source)
{
    struct rows_reader *reader = MEM_NEW(struct rows_reader);
    reader->rows = *rows;
    *rows = NULL;
    reader->source = source;
    reader->chunk = mem_alloc(ROWS_CHUNK_SIZE);
    return reader;
}

void rows_reader_destroy(struct rows_reader **reader)
{
    if (*reader == NULL)
        return;
    rows_destroy(&(*reader)->rows);
    mem_free((*reader)->chunk);
    mem_free(*reader);
    *reader = NULL;
}

uint64_t rows_reader_count(const struct rows_reader *reader)
{
    return reader->count;
}

static enum br_err rows_reader_restart(struct rows_reader *reader, struct diag *diag)
{
    enum br_err err = reader->source.rewind(reader->source.context, diag);
    if (err != BR_ERR_NONE)
        return err;
    rows_restart(reader->rows);
    reader->passed = 0;
    reader->loaded = false;
    return BR_ERR_NONE;
}

/* One row further; *out_step is ROWS_ROW or ROWS_END. */
static enum br_err rows_reader_step(struct rows_reader *reader, bool wanted,
                                    enum rows_step *out_step, struct diag *diag)
{
    for (;;) {
        struct diag wrong = DIAG_INIT;
        enum rows_step step =
            wanted ? rows_next(reader->rows, &wrong) : rows_skip(reader->rows, &wrong);
        if (step == ROWS_BAD) {
            reader->wrong = wrong;
            return diag_set(diag, wrong.err, "%s", wrong.text);
        }
        if (step != ROWS_MORE) {
            *out_step = step;
            return BR_ERR_NONE;
        }
        size_t got = 0;
        enum br_err err =
            reader->source.read(reader->chunk, ROWS_CHUNK_SIZE, &got, reader->source.context, diag);
        if (err != BR_ERR_NONE)
            return err;
        if (got == 0)
            rows_finish(reader->rows);
        else
            rows_feed(reader->rows, bytes_make(reader->chunk, got));
    }
}

enum br_err rows_reader_get(struct rows_reader *reader, uint64_t k,
                            const struct tmpl_value **out_values, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    if (reader->wrong.err != BR_ERR_NONE)
        return diag_set(diag, reader->wrong.err, "%s", reader->wrong.text);
    for (;;) {
        uint64_t row = reader->count == 0 ? k : k % reader->count;
        if (reader->loaded && row + 1 == reader->passed)
            break;
        if (row < reader->passed)
            err = rows_reader_restart(reader, diag);
        if (err != BR_ERR_NONE)
            return err;
        enum rows_step step = ROWS_END;
        bool wanted = row == reader->passed;
        err = rows_reader_step(reader, wanted, &step, diag);
        if (err != BR_ERR_NONE)
            return err;
        if (step == ROWS_ROW) {
            reader->passed++;
            reader->loaded = wanted;
            continue;
        }
        if (reader->passed == 0)
            return diag_set(diag, BR_ERR_CONFIG, "%s has no rows", reader->rows->what);
        if (reader->count != 0 && reader->count != reader->passed)
            return diag_set(diag, BR_ERR_IO, "%s changed while it was read", reader->rows->what);
        reader->count = reader->passed;
        err = rows_reader_restart(reader, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    *out_values = rows_values(reader->rows);
    return BR_ERR_NONE;
}
