/* SPDX-License-Identifier: Apache-2.0
 *
 * The phases of a load: stretches with statistics of their own. The warm-up is one where there is
 * any; the legs of a ramp, of steps and of spikes are one each, and everything else is `steady`.
 * They follow from the load, so nothing keeps them.
 */
#ifndef BR_PLAN_PLAN_PHASE_H
#define BR_PLAN_PLAN_PHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct plan_load;

enum {
    PLAN_PHASE_NAME_SIZE = 32,
    PLAN_PHASES_MAX = 100,      /* a schedule of more legs is one phase */
    PLAN_PHASE_ROWS_MAX = 20000 /* phases times targets */
};

struct plan_phase {
    char name[PLAN_PHASE_NAME_SIZE]; /* unlike any other of the load */
    bool counted;                    /* part of the summary and of the verdict */
    int64_t start_ns;                /* run time */
    int64_t end_ns;                  /* -1: until the load is over */
};

/* 1 at least. */
size_t plan_phase_count(const struct plan_load *load);
/* i below the count; in the order of time, without a gap. */
struct plan_phase plan_phase_at(const struct plan_load *load, size_t i);
/* "warm-up, ramp-up and steady" */
void plan_phase_names(const struct plan_load *load, struct buf *out);

#endif
