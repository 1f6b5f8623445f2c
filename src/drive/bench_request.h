/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of bench's requests. A plan without placeholders has one request a target, rendered
 * once and lent to everybody; with placeholders each operation's is rendered from its number.
 */
#ifndef BR_DRIVE_BENCH_REQUEST_H
#define BR_DRIVE_BENCH_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/batch.h"
#include "drive/row_file.h"
#include "plan/plan.h"

struct bench_head;

/* One a shard, where it was initialised. Borrows the plan. */
struct bench_requests {
    const struct plan *plan;
    struct buf *fixed;        /* one a target; empty where the target's request changes */
    struct buf body;          /* scratch */
    struct drive_rows rows;   /* open where the plan has a file of rows */
    struct diag wrong;        /* of the first row that could not be had */
    struct bench_head *heads; /* one a target */
    bool has_body;
};

/* Gives each record of a request its event; NULL: there are none. */
struct bench_fill {
    batch_fill_fn *fill;
    void *context;
};

/* Opens the plan's file of rows: a person is told what is wrong with it. bench_requests_fini
 * whatever the outcome. */
BR_NODISCARD enum br_err bench_requests_init(struct bench_requests *requests,
                                             const struct plan *plan, struct diag *diag);
void bench_requests_fini(struct bench_requests *requests);

/* The request of operation k to that target: lent, from `out` (which it overwrites and which must
 * live until the request was sent) or from the shared one. `wall_ns` is the time of {{now}}.
 * BR_ERR_LIMIT when it would be too large, or what `fill` says. */
BR_NODISCARD enum br_err bench_requests_render(struct bench_requests *requests, int target,
                                               uint64_t k, int64_t wall_ns,
                                               const struct bench_fill *fill, struct buf *out,
                                               struct bytes *out_request);

#endif
