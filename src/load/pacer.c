/* SPDX-License-Identifier: Apache-2.0
 *
 * The arithmetic of schedules. Constant legs that begin at a whole arrival are exact in integers:
 * k * per / count with its remainder, by 128-bit numbers or by steps. Ramps are solved in extended
 * precision; human rates meet whole numbers of arrivals at the end of a leg, so sums within a
 * millionth of a whole number are taken for it.
 */
#include "load/pacer.h"

#include <math.h>

#include "base/mem.h"
#include "base/must.h"

static long double pacer_rate_per_ns(struct plan_rate rate)
{
    MUST(rate.per_ns > 0);
    return (long double)rate.count / (long double)rate.per_ns;
}

static long double pacer_snap(long double arrivals)
{
    long double whole = roundl(arrivals);
    return fabsl(arrivals - whole) < 1e-6L ? whole : arrivals;
}

void pacer_init(struct pacer *pacer, const struct plan_leg *legs, size_t leg_count, bool poisson,
                uint64_t seed, uint64_t limit)
{
    MUST(leg_count > 0);
    *pacer = (struct pacer){.legs = mem_zalloc(leg_count, sizeof(struct pacer_leg)),
                            .leg_count = leg_count,
                            .poisson = poisson,
                            .seed = seed,
                            .limit = limit == 0 ? UINT64_MAX : limit};
    int64_t at_ns = 0;
    long double arrivals = 0;
    for (size_t i = 0; i < leg_count; i++) {
        struct pacer_leg *leg = &pacer->legs[i];
        MUST(legs[i].duration_ns > 0);
        leg->rate = legs[i].from;
        leg->rate_from = pacer_rate_per_ns(legs[i].from);
        leg->rate_to = pacer_rate_per_ns(legs[i].to);
        leg->constant =
            legs[i].from.count == legs[i].to.count && legs[i].from.per_ns == legs[i].to.per_ns;
        leg->start_ns = at_ns;
        at_ns += legs[i].duration_ns;
        leg->end_ns = at_ns;
        leg->arrivals_before = arrivals;
        arrivals = pacer_snap(arrivals + (leg->rate_from + leg->rate_to) / 2 *
                                             (long double)legs[i].duration_ns);
        leg->arrivals_after = arrivals;
    }
}

void pacer_fini(struct pacer *pacer)
{
    mem_free(pacer->legs);
    *pacer = (struct pacer){0};
}

uint64_t pacer_total(const struct pacer *pacer)
{
    uint64_t total = (uint64_t)ceill(pacer->legs[pacer->leg_count - 1].arrivals_after);
    return total < pacer->limit ? total : pacer->limit;
}

/* A constant leg that begins at a whole arrival: due times there are exact. */
static bool pacer_leg_is_exact(const struct pacer_leg *leg)
{
    return leg->constant && leg->rate.count > 0 &&
           leg->arrivals_before == floorl(leg->arrivals_before);
}

/* The time at which the integral reaches `arrivals`, which lies in this leg. */
static int64_t pacer_leg_solve(const struct pacer_leg *leg, long double arrivals)
{
    long double wanted = arrivals - leg->arrivals_before;
    long double length = (long double)(leg->end_ns - leg->start_ns);
    if (wanted <= 0)
        return leg->start_ns;
    /* rate_from * t + slope / 2 * t^2 = wanted, in the form that does not cancel. */
    long double slope = (leg->rate_to - leg->rate_from) / length;
    long double root = leg->rate_from * leg->rate_from + 2 * slope * wanted;
    long double t = 2 * wanted / (leg->rate_from + sqrtl(root > 0 ? root : 0));
    if (t > length)
        t = length;
    return leg->start_ns + (int64_t)floorl(t + 1e-4L);
}

static const struct pacer_leg *pacer_leg_of(const struct pacer *pacer, size_t from,
                                            long double arrivals, size_t *out_index)
{
    for (size_t i = from; i < pacer->leg_count; i++) {
        if (arrivals < pacer->legs[i].arrivals_after) {
            *out_index = i;
            return &pacer->legs[i];
        }
    }
    return NULL;
}

/* The exact due time inside a leg, and the remainder of the division. */
static int64_t pacer_leg_divide(const struct pacer_leg *leg, uint64_t k, uint64_t *out_rem)
{
    uint64_t inside = k - (uint64_t)leg->arrivals_before;
    br_u128 product = (br_u128)inside * (uint64_t)leg->rate.per_ns;
    *out_rem = (uint64_t)(product % leg->rate.count);
    return leg->start_ns + (int64_t)(product / leg->rate.count);
}

/* Arrival k, as if there were no limit. */
static int64_t pacer_leg_due_ns(const struct pacer *pacer, uint64_t k)
{
    size_t index = 0;
    uint64_t rem = 0;
    const struct pacer_leg *leg = pacer_leg_of(pacer, 0, (long double)k, &index);
    if (leg == NULL)
        return INT64_MAX;
    return pacer_leg_is_exact(leg) ? pacer_leg_divide(leg, k, &rem)
                                   : pacer_leg_solve(leg, (long double)k);
}

int64_t pacer_end_ns(const struct pacer *pacer)
{
    int64_t end_ns = pacer->legs[pacer->leg_count - 1].end_ns;
    int64_t cut_ns = pacer->poisson || pacer->limit == UINT64_MAX
                         ? INT64_MAX
                         : pacer_leg_due_ns(pacer, pacer->limit);
    return cut_ns < end_ns ? cut_ns : end_ns;
}

int64_t pacer_due_ns(const struct pacer *pacer, uint64_t k)
{
    MUST(!pacer->poisson);
    return k >= pacer->limit ? INT64_MAX : pacer_leg_due_ns(pacer, k);
}

static void pacer_cursor_settle(const struct pacer *pacer, struct pacer_cursor *cursor)
{
    long double at = pacer->poisson ? cursor->poisson_at : (long double)cursor->k;
    const struct pacer_leg *leg =
        cursor->k >= pacer->limit ? NULL : pacer_leg_of(pacer, cursor->leg, at, &cursor->leg);
    if (leg == NULL)
        cursor->due_ns = INT64_MAX;
    else if (!pacer->poisson && pacer_leg_is_exact(leg))
        cursor->due_ns = pacer_leg_divide(leg, cursor->k, &cursor->rem);
    else
        cursor->due_ns = pacer_leg_solve(leg, at);
}

static void pacer_cursor_draw(struct pacer_cursor *cursor, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        cursor->poisson_at += (long double)-log1p(-rng_double(&cursor->gaps));
}

void pacer_cursor_init(const struct pacer *pacer, struct pacer_cursor *cursor, uint64_t first,
                       uint64_t stride)
{
    MUST(stride > 0);
    *cursor = (struct pacer_cursor){.k = first, .stride = stride};
    if (pacer->poisson) {
        cursor->gaps = rng_at(pacer->seed, 0);
        /* Arrival 0 comes after a gap, too: a Poisson process does not begin with an event. */
        pacer_cursor_draw(cursor, first + 1);
    }
    pacer_cursor_settle(pacer, cursor);
}

void pacer_cursor_step(const struct pacer *pacer, struct pacer_cursor *cursor)
{
    MUST(cursor->due_ns != INT64_MAX);
    cursor->k += cursor->stride;
    if (pacer->poisson) {
        pacer_cursor_draw(cursor, cursor->stride);
        pacer_cursor_settle(pacer, cursor);
        return;
    }
    const struct pacer_leg *leg = &pacer->legs[cursor->leg];
    if (!pacer_leg_is_exact(leg) || (long double)cursor->k >= leg->arrivals_after ||
        cursor->k >= pacer->limit) {
        pacer_cursor_settle(pacer, cursor);
        return;
    }
    /* stride * per < 2^63: rates are at most some per hour, strides some hundred. */
    uint64_t step = cursor->stride * (uint64_t)leg->rate.per_ns;
    cursor->due_ns += (int64_t)(step / leg->rate.count);
    cursor->rem += step % leg->rate.count;
    if (cursor->rem >= leg->rate.count) {
        cursor->rem -= leg->rate.count;
        cursor->due_ns++;
    }
}
