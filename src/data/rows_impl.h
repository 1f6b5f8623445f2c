/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of `struct rows`: rows.c finds lines, rows_split.c takes them apart.
 */
#ifndef BR_DATA_ROWS_IMPL_H
#define BR_DATA_ROWS_IMPL_H

#include "base/arena.h"
#include "base/buf.h"
#include "data/rows.h"

enum { ROWS_UNWANTED = -1 };

struct rows {
    struct arena arena;
    enum rows_format format;
    const char *what;
    struct bytes *fields;
    struct tmpl_value *values;
    size_t field_count;

    struct buf bytes; /* from `start` on not yet read */
    size_t start;
    size_t searched; /* so far no end of the row was found, with this state of quotes: */
    bool in_quotes;
    bool finished;
    struct diag wrong;  /* why nothing more comes */
    bool began;         /* the byte order mark has been seen to */
    uint64_t line;      /* where the row began, from 1 */
    uint64_t line_next; /* where the search stands */

    /* CSV */
    bool header_read;
    int *columns; /* which wanted field each column is, or ROWS_UNWANTED */
    size_t column_count;
    struct buf plain; /* texts whose quotes were doubled */
};

/* Keeps the sentence, so that nothing more comes; ROWS_BAD. */
enum rows_step rows_fail(struct rows *rows, const char *why);

/* One row in one piece, without its newline: ROWS_ROW or ROWS_BAD. */
enum rows_step rows_csv_header(struct rows *rows, struct bytes line);
enum rows_step rows_csv_split(struct rows *rows, struct bytes line);
enum rows_step rows_jsonl_split(struct rows *rows, struct bytes line);

#endif
