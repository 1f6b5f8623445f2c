/* SPDX-License-Identifier: Apache-2.0
 *
 * Samples into files: --out json=FILE and --out csv=FILE, in k6's formats. Fed by the coordinator
 * with the batches that shards hand over (metric/sample.h), so that a slow disk costs samples,
 * which are counted, and never a send.
 */
#ifndef BR_LIVE_OUT_H
#define BR_LIVE_OUT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "metric/sample.h"
#include "metric/threshold.h"

struct out;

/* What all outputs of a run know. Borrowed; outlives them. */
struct out_env {
    const struct metric_registry *registry;
    const struct thresholds *thresholds; /* for the definitions in JSON; NULL: none */
    uint32_t systems;                    /* system tags that are on: columns of CSV, metadata */
    int64_t wall_offset_ns;              /* wall clock less clock_now_ns */
};

/* "json", "json=FILE", "json=FILE.gz", "csv=FILE", "csv=FILE?timeFormat=rfc3339"; "-" is standard
 * output. Opens (and empties) the file. Unknown names and what cannot be opened get a sentence. */
BR_NODISCARD enum br_err out_create(struct bytes text, const struct out_env *env,
                                    struct out **out_out, struct diag *diag);
/* Writes all of a batch, sooner or later. After a failed write nothing more is tried; out_lost
 * counts. */
void out_write(struct out *out, const struct sample_batch *batch);
/* All that a shard has handed over, to each of the outputs; a few times a second, and once more
 * when the shard has ended. What the shard could not hand over is counted by its pipe. */
void out_pump(struct out *const *outs, size_t count, struct sample_pipe *pipe);
/* What is buffered goes to the file (a few times a second). */
void out_flush(struct out *out);
/* The end; BR_ERR_IO with a sentence when not all of it could be written. */
BR_NODISCARD enum br_err out_close(struct out **out, struct diag *diag);
/* Samples that could not be written. */
uint64_t out_lost(const struct out *out);

#endif
