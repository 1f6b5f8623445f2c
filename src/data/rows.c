/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting bytes into rows. The end of a row is found first, going on where the last search stopped,
 * so that a row that comes in many pieces is not searched again and again; then, in one piece, it
 * is split.
 */
#include "data/rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "data/rows_impl.h"

enum br_err rows_format_of(struct bytes path, enum rows_format *out_format, struct diag *diag)
{
    static const struct {
        struct bytes suffix;
        enum rows_format format;
    } known[] = {{BYTES_INIT(".csv"), ROWS_CSV},
                 {BYTES_INIT(".jsonl"), ROWS_JSONL},
                 {BYTES_INIT(".ndjson"), ROWS_JSONL},
                 {BYTES_INIT(".json"), ROWS_JSONL}};
    for (size_t i = 0; i < BR_COUNT(known); i++) {
        size_t len = known[i].suffix.len;
        if (path.len > len && bytes_eq_nocase(bytes_skip(path, path.len - len), known[i].suffix)) {
            *out_format = known[i].format;
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "%.*s: rows come from a file whose name ends with .csv, .jsonl or .ndjson",
                    BYTES_ARG(path));
}

struct rows *rows_create(enum rows_format format, const struct bytes *fields, size_t count,
                         const char *what)
{
    struct rows *rows = MEM_NEW(struct rows);
    arena_init(&rows->arena);
    rows->format = format;
    rows->what = arena_copy(&rows->arena, bytes_from_str(what)).ptr;
    rows->fields = arena_alloc(&rows->arena, count, sizeof(*rows->fields));
    for (size_t i = 0; i < count; i++)
        rows->fields[i] = arena_copy(&rows->arena, fields[i]);
    rows->field_count = count;
    rows->values = arena_alloc(&rows->arena, count, sizeof(*rows->values));
    buf_init(&rows->bytes, SIZE_MAX / 2);
    buf_init(&rows->plain, SIZE_MAX / 2);
    return rows;
}

void rows_destroy(struct rows **rows)
{
    if (*rows == NULL)
        return;
    buf_fini(&(*rows)->bytes);
    buf_fini(&(*rows)->plain);
    mem_free((*rows)->columns);
    arena_fini(&(*rows)->arena);
    mem_free(*rows);
    *rows = NULL;
}

void rows_feed(struct rows *rows, struct bytes chunk)
{
    MUST(!rows->finished);
    buf_consume(&rows->bytes, rows->start);
    rows->searched -= rows->start;
    rows->start = 0;
    buf_put(&rows->bytes, chunk);
}

void rows_finish(struct rows *rows)
{
    rows->finished = true;
}

void rows_restart(struct rows *rows)
{
    buf_clear(&rows->bytes);
    rows->start = 0;
    rows->searched = 0;
    rows->in_quotes = false;
    rows->finished = false;
    rows->began = false;
    rows->header_read = false;
    rows->line = 0;
    rows->line_next = 1;
    rows->wrong = (struct diag)DIAG_INIT;
}

const struct tmpl_value *rows_values(const struct rows *rows)
{
    return rows->values;
}

enum rows_step rows_fail(struct rows *rows, const char *why)
{
    (void)diag_set(&rows->wrong, BR_ERR_PARSE, "%s, line %llu: %s", rows->what,
                   (unsigned long long)rows->line, why);
    return ROWS_BAD;
}

/* Whether the end of the row was found: rows->searched stands behind its newline. */
static bool rows_find_end(struct rows *rows)
{
    const char *bytes = rows->bytes.data;
    size_t len = rows->bytes.len;
    size_t i = rows->searched;
    while (i < len) {
        const char *newline = memchr(bytes + i, '\n', len - i);
        size_t stop = newline == NULL ? len : (size_t)(newline - bytes);
        if (rows->format == ROWS_CSV) {
            /* Doubled quotes toggle twice, so counting is enough. */
            const char *quote = bytes + i;
            while ((quote = memchr(quote, '"', (size_t)(bytes + stop - quote))) != NULL) {
                rows->in_quotes = !rows->in_quotes;
                quote++;
            }
        }
        i = newline == NULL ? stop : stop + 1;
        rows->line_next += newline == NULL ? 0 : 1;
        if (newline != NULL && !rows->in_quotes) {
            rows->searched = i;
            return true;
        }
    }
    rows->searched = i;
    return false;
}

static void rows_skip_mark(struct rows *rows)
{
    static const struct bytes mark = BYTES_INIT("\xef\xbb\xbf");
    if (bytes_starts(buf_bytes(&rows->bytes), mark)) {
        rows->start = mark.len;
        rows->searched = mark.len;
    }
}

/* The next line that is not empty, without its newline; lent until bytes are fed. */
static enum rows_step rows_next_line(struct rows *rows, struct bytes *out_line)
{
    for (;;) {
        if (!rows->began) {
            if (rows->bytes.len < 3 && !rows->finished)
                return ROWS_MORE;
            rows->line_next = 1;
            rows_skip_mark(rows);
            rows->began = true;
        }
        if (rows->searched == rows->start)
            rows->line = rows->line_next;
        bool ended = rows_find_end(rows);
        size_t size = rows->searched - rows->start;
        if (size > ROWS_SIZE_MAX)
            return rows_fail(rows, "the row is longer than 16 MiB, or a quote is not closed");
        if (!ended && !rows->finished)
            return ROWS_MORE;
        if (!ended && rows->in_quotes)
            return rows_fail(rows, "a quote is not closed");
        if (!ended && size == 0)
            return ROWS_END;
        struct bytes line = bytes_make(rows->bytes.data + rows->start, size);
        rows->start = rows->searched;
        if (ended)
            line.len--;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len > 0) {
            *out_line = line;
            return ROWS_ROW;
        }
    }
}

static enum rows_step rows_read(struct rows *rows, bool wanted)
{
    struct bytes line = BYTES_NONE;
    if (rows->format == ROWS_CSV && !rows->header_read) {
        enum rows_step step = rows_next_line(rows, &line);
        if (step == ROWS_ROW)
            step = rows_csv_header(rows, line);
        if (step != ROWS_ROW)
            return step;
        rows->header_read = true;
    }
    enum rows_step step = rows_next_line(rows, &line);
    if (step != ROWS_ROW || !wanted)
        return step;
    return rows->format == ROWS_CSV ? rows_csv_split(rows, line) : rows_jsonl_split(rows, line);
}

static enum rows_step rows_step(struct rows *rows, bool wanted, struct diag *diag)
{
    enum rows_step step = rows->wrong.err != BR_ERR_NONE ? ROWS_BAD : rows_read(rows, wanted);
    if (step == ROWS_BAD)
        (void)diag_set(diag, rows->wrong.err, "%s", rows->wrong.text);
    return step;
}

enum rows_step rows_next(struct rows *rows, struct diag *diag)
{
    return rows_step(rows, true, diag);
}

enum rows_step rows_skip(struct rows *rows, struct diag *diag)
{
    return rows_step(rows, false, diag);
}
