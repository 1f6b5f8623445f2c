/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking rows apart: CSV (RFC 4180) and JSON objects.
 */
#include "data/rows_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "data/jscan.h"

/* ---- CSV ---- */

/* A field of a line: its text between quotes, doubled ones as they are, and where the next field
 * begins (behind the line's end after the last one). False when something stands between a closing
 * quote and the comma. */
struct rows_cell {
    struct bytes raw;
    bool doubled;
};

static bool rows_csv_cell(struct bytes line, size_t *at, struct rows_cell *out_cell)
{
    size_t start = *at;
    if (start == line.len || line.ptr[start] != '"') {
        size_t len = bytes_find(bytes_skip(line, start), ',');
        *out_cell = (struct rows_cell){bytes_make(line.ptr + start, len), false};
        *at = start + len + 1;
        return true;
    }
    bool doubled = false;
    size_t end = start + 1;
    for (;;) {
        end += bytes_find(bytes_skip(line, end), '"');
        if (end + 1 >= line.len || line.ptr[end + 1] != '"')
            break;
        doubled = true;
        end += 2;
    }
    if (end >= line.len || (end + 1 < line.len && line.ptr[end + 1] != ','))
        return false;
    *out_cell = (struct rows_cell){bytes_make(line.ptr + start + 1, end - start - 1), doubled};
    *at = end + 2;
    return true;
}

/* With doubled quotes halved, into room that rows->plain has. */
static struct bytes rows_csv_plain(struct rows *rows, struct bytes raw)
{
    char *start = rows->plain.data + rows->plain.len;
    char *end = start;
    for (size_t i = 0; i < raw.len; i++) {
        *end++ = raw.ptr[i];
        if (raw.ptr[i] == '"')
            i++;
    }
    rows->plain.len += (size_t)(end - start);
    return bytes_make(start, (size_t)(end - start));
}

static enum rows_step rows_csv_missing(struct rows *rows, struct bytes line, struct bytes field)
{
    (void)diag_set(&rows->wrong, BR_ERR_CONFIG, "%s has no column \"%.*s\"; its columns are %.*s",
                   rows->what, BYTES_ARG(field), line.len > 200 ? 200 : (int)line.len, line.ptr);
    return ROWS_BAD;
}

enum rows_step rows_csv_header(struct rows *rows, struct bytes line)
{
    mem_free(rows->columns);
    rows->columns = mem_alloc(ROWS_COLUMNS_MAX * sizeof(*rows->columns));
    rows->column_count = 0;
    buf_clear(&rows->plain);
    MUST(buf_reserve(&rows->plain, line.len + 1) == BR_ERR_NONE);
    struct rows_cell cell;
    for (size_t at = 0; at <= line.len;) {
        if (rows->column_count == ROWS_COLUMNS_MAX)
            return rows_fail(rows, "more than 4096 columns");
        if (!rows_csv_cell(line, &at, &cell))
            return rows_fail(rows, "something stands behind a closing quote");
        struct bytes name = cell.doubled ? rows_csv_plain(rows, cell.raw) : cell.raw;
        int wanted = ROWS_UNWANTED;
        for (size_t i = 0; i < rows->field_count; i++)
            wanted = bytes_eq(rows->fields[i], name) ? (int)i : wanted;
        rows->columns[rows->column_count++] = wanted;
    }
    for (size_t i = 0; i < rows->field_count; i++) {
        size_t column = 0;
        while (column < rows->column_count && rows->columns[column] != (int)i)
            column++;
        if (column == rows->column_count)
            return rows_csv_missing(rows, line, rows->fields[i]);
    }
    return ROWS_ROW;
}

enum rows_step rows_csv_split(struct rows *rows, struct bytes line)
{
    buf_clear(&rows->plain);
    MUST(buf_reserve(&rows->plain, line.len + 1) == BR_ERR_NONE);
    size_t column = 0;
    struct rows_cell cell;
    for (size_t at = 0; at <= line.len; column++) {
        if (!rows_csv_cell(line, &at, &cell))
            return rows_fail(rows, "something stands behind a closing quote");
        if (column >= rows->column_count || rows->columns[column] == ROWS_UNWANTED)
            continue;
        struct tmpl_value *value = &rows->values[rows->columns[column]];
        value->kind = TMPL_VALUE_TEXT;
        value->raw = cell.doubled ? rows_csv_plain(rows, cell.raw) : cell.raw;
    }
    if (column != rows->column_count) {
        char why[80];
        (void)snprintf(why, sizeof(why), "%zu fields, where the header has %zu", column,
                       rows->column_count);
        return rows_fail(rows, why);
    }
    return ROWS_ROW;
}

/* ---- JSONL ---- */

static void rows_jsonl_member(struct rows *rows, struct bytes key, const struct jscan_value *value)
{
    for (size_t i = 0; i < rows->field_count; i++) {
        if (!jscan_string_is(key, rows->fields[i]))
            continue;
        rows->values[i].kind = value->kind == JSCAN_STRING ? TMPL_VALUE_STRING : TMPL_VALUE_JSON;
        rows->values[i].raw = value->raw;
    }
}

enum rows_step rows_jsonl_split(struct rows *rows, struct bytes line)
{
    for (size_t i = 0; i < rows->field_count; i++)
        rows->values[i] = (struct tmpl_value){TMPL_VALUE_NONE, BYTES_NONE};
    struct jscan scan = jscan_over(line);
    if (!jscan_open(&scan, '{'))
        return rows_fail(rows, "not a JSON object");
    for (;;) {
        struct bytes key;
        struct jscan_value value;
        enum jscan_step step = jscan_next_member(&scan, &key, &value);
        if (step == JSCAN_BAD || (step == JSCAN_END && !jscan_is_over(&scan))) {
            char why[80];
            (void)snprintf(why, sizeof(why), "not JSON at column %zu",
                           (size_t)(scan.at - line.ptr) + 1);
            return rows_fail(rows, why);
        }
        if (step == JSCAN_END)
            return ROWS_ROW;
        rows_jsonl_member(rows, key, &value);
    }
}
