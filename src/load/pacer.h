/* SPDX-License-Identifier: Apache-2.0
 *
 * When the next operation is due: a pure function of its number. A schedule is a row of legs, each
 * with a rate that changes linearly; arrival k is due at the smallest t at which the integral of
 * the rate reaches k (so the first one is due at 0), and belongs to the schedule when that is
 * before its end. Due times never depend on when anybody asked (design.md 7.1).
 *
 * One global schedule is cut by number: shard i of N walks arrivals i, i + N, i + 2N, …; the union
 * is exactly the schedule of a single thread. A cursor does the walking: constant legs by exact
 * integer steps, ramps by solving the integral, Poisson arrivals by warping a unit-rate process
 * through the same integral (every shard draws the same random gaps and takes its share).
 */
#ifndef BR_LOAD_PACER_H
#define BR_LOAD_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/rng.h"
#include "plan/plan.h"

/* One leg with its place in the whole. */
struct pacer_leg {
    struct plan_rate rate; /* of a constant leg */
    bool constant;
    int64_t start_ns;
    int64_t end_ns;
    long double rate_from; /* arrivals per ns */
    long double rate_to;
    long double arrivals_before;
    long double arrivals_after;
};

struct pacer {
    struct pacer_leg *legs;
    size_t leg_count;
    bool poisson;
    uint64_t seed;
    uint64_t limit; /* arrivals k >= limit do not exist; UINT64_MAX: no limit */
};

/* Where somebody stands in the schedule. A plain value: a copy is a second reader. */
struct pacer_cursor {
    uint64_t k;
    int64_t due_ns; /* of k; INT64_MAX behind the end */
    uint64_t stride;
    size_t leg;
    uint64_t rem;           /* constant legs: the remainder of the exact division */
    struct rng gaps;        /* Poisson */
    long double poisson_at; /* Poisson: the unit-rate process at k */
};

/* Copies the legs. limit 0: no limit by number. */
void pacer_init(struct pacer *pacer, const struct plan_leg *legs, size_t leg_count, bool poisson,
                uint64_t seed, uint64_t limit);
void pacer_fini(struct pacer *pacer);

/* When the schedule ends: with its last leg, or when the first arrival that the limit cuts off
 * would have been due (not for Poisson). */
int64_t pacer_end_ns(const struct pacer *pacer);
/* How many arrivals the schedule has; of a Poisson one the expected number. */
uint64_t pacer_total(const struct pacer *pacer);
/* When arrival k is due, by division instead of by walking (not for Poisson); INT64_MAX behind the
 * end. */
int64_t pacer_due_ns(const struct pacer *pacer, uint64_t k);

/* At arrival `first`, to walk by `stride`. */
void pacer_cursor_init(const struct pacer *pacer, struct pacer_cursor *cursor, uint64_t first,
                       uint64_t stride);
/* To arrival k + stride. Not behind the end. */
void pacer_cursor_step(const struct pacer *pacer, struct pacer_cursor *cursor);

#endif
