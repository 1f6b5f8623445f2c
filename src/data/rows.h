/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a data file (`--data rows.csv`, `--data rows.jsonl`), read in passing: the file is never
 * loaded whole, and of each row only the fields that somebody wants are kept.
 *
 * CSV is RFC 4180: a header row, quotes, newlines inside quotes; LF is as good as CRLF; empty lines
 * are skipped. JSONL is one object a line; a value keeps its type (see enum tmpl_value_kind).
 *
 * Record k of a run takes row k mod R of a file of R rows, whatever the shards (design.md 7.8).
 * `struct rows` parses what it is fed; `struct rows_reader` finds row k by reading on: each shard
 * reads the whole file and passes over the rows of the others, which costs a scan for the end of
 * the line. At the end it begins anew. Going back begins anew, too: that is right at any time but
 * slow, and no shard does it, as its records' numbers only grow.
 */
#ifndef BR_DATA_ROWS_H
#define BR_DATA_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "data/tmpl.h"

enum {
    ROWS_SIZE_MAX = 16 << 20, /* of one row */
    ROWS_COLUMNS_MAX = 4096,  /* of a CSV file */
};

enum rows_format { ROWS_CSV, ROWS_JSONL };

/* By the end of the name: .csv, else .jsonl, .ndjson or .json. */
BR_NODISCARD enum br_err rows_format_of(struct bytes path, enum rows_format *out_format,
                                        struct diag *diag);

struct rows;

enum rows_step {
    ROWS_ROW,  /* a row was read */
    ROWS_MORE, /* feed more, or say that there is no more */
    ROWS_END,  /* that was all */
    ROWS_BAD,  /* see the diag; asked again, the same */
};

/* Wants these fields, in this order; copies them and `what`, the name for messages. The caller owns
 * the result. */
struct rows *rows_create(enum rows_format format, const struct bytes *fields, size_t count,
                         const char *what);
void rows_destroy(struct rows **rows);

/* More bytes of the file; copied. */
void rows_feed(struct rows *rows, struct bytes chunk);
/* There is no more: what is left is the last row. */
void rows_finish(struct rows *rows);
/* The file begins anew (its header, too). */
void rows_restart(struct rows *rows);

/* Reads a row and its wanted fields; rows_skip reads over it. *diag is set with ROWS_BAD. */
BR_NODISCARD enum rows_step rows_next(struct rows *rows, struct diag *diag);
BR_NODISCARD enum rows_step rows_skip(struct rows *rows, struct diag *diag);
/* The wanted fields of the row that rows_next read, lent until anything else is called. */
const struct tmpl_value *rows_values(const struct rows *rows);

/* ---- row k ---- */

/* Reads on in the file: at most `size` bytes, 0 at its end. */
typedef enum br_err rows_read_fn(char *into, size_t size, size_t *out_got, void *context,
                                 struct diag *diag);
/* Goes to the begin of the file. */
typedef enum br_err rows_rewind_fn(void *context, struct diag *diag);

struct rows_source {
    rows_read_fn *read;
    rows_rewind_fn *rewind;
    void *context;
};

struct rows_reader;

/* Takes `rows`, which nobody fed yet; the source stands at its begin. */
struct rows_reader *rows_reader_create(struct rows **rows, struct rows_source source);
void rows_reader_destroy(struct rows_reader **reader);

/* The fields of record k's row, lent until the next call. Asked for row 0 before the start it tells
 * what is wrong with the file: unreadable, without rows, without a column. */
BR_NODISCARD enum br_err rows_reader_get(struct rows_reader *reader, uint64_t k,
                                         const struct tmpl_value **out_values, struct diag *diag);
/* How many rows the file has; 0 until its end has been seen. */
uint64_t rows_reader_count(const struct rows_reader *reader);

#endif
