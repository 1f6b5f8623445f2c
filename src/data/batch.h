/* SPDX-License-Identifier: Apache-2.0
 *
 * Several records in one body: request k of `--batch N` carries the records k * N … k * N + N - 1,
 * joined as the receiver wants them. URL and headers of such a request are those of its first
 * record.
 */
#ifndef BR_DATA_BATCH_H
#define BR_DATA_BATCH_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "data/tmpl.h"

enum { BATCH_COUNT_MAX = 1000000 };

enum batch_join {
    BATCH_LINES, /* each record ends with a newline (NDJSON, bulk APIs) */
    BATCH_ARRAY, /* [a,b,c] */
    BATCH_COMMA, /* a,b,c */
};

/* "lines", "array" or "comma". */
BR_NODISCARD enum br_err batch_parse_join(struct bytes text, enum batch_join *out_join,
                                          struct diag *diag);

/* Borrows the template. */
struct batch {
    const struct tmpl *tmpl;
    uint64_t count; /* 1 … BATCH_COUNT_MAX */
    enum batch_join join;
};

/* Gives a record what only its owner knows: its event and its row. record->index is set; what it
 * lends lives until the next call. An error ends the rendering. */
typedef enum br_err batch_fill_fn(struct tmpl_record *record, void *context);

/* Appends the body of request number `request`; `record` gives seed, time and, where `fill` is
 * NULL, event and row. On failure *out is unchanged. */
BR_NODISCARD enum br_err batch_render(const struct batch *batch, uint64_t request,
                                      const struct tmpl_record *record, batch_fill_fn *fill,
                                      void *context, struct buf *out);

/* Where the records of `gen` go. */
typedef enum br_err batch_write_fn(struct bytes bytes, void *context, struct diag *diag);

/* Writes the records first … first + count - 1, a line each, in pieces of about 256 KiB: what
 * `brunt gen` is. */
BR_NODISCARD enum br_err batch_write_lines(const struct tmpl *tmpl, uint64_t first, uint64_t count,
                                           const struct tmpl_record *record, batch_fill_fn *fill,
                                           void *fill_context, batch_write_fn *write,
                                           void *write_context, struct diag *diag);

#endif
