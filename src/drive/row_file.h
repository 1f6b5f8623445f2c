/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of `--data FILE` for one reader of records: data/rows.h over an open file. Each shard
 * has its own.
 */
#ifndef BR_DRIVE_ROW_FILE_H
#define BR_DRIVE_ROW_FILE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "data/rows.h"
#include "data/tmpl.h"
#include "sys/file_in.h"

/* Must not be moved while it is open. */
struct drive_rows {
    struct file_in in;
    struct rows_reader *reader; /* NULL: not open */
};

/* Opens the file for the fields that the sealed set wants, and reads its first row: a person is
 * told now what is wrong with it. path is borrowed. */
BR_NODISCARD enum br_err drive_rows_open(struct drive_rows *rows, const char *path,
                                         const struct tmpl_set *set, struct diag *diag);
/* Idempotent, also when opening failed. */
void drive_rows_close(struct drive_rows *rows);

/* The row of record k, as tmpl_record.row; lent until the next call. */
BR_NODISCARD enum br_err drive_rows_get(struct drive_rows *rows, uint64_t k,
                                        const struct tmpl_value **out_row, struct diag *diag);

#endif
