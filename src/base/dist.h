/* SPDX-License-Identifier: Apache-2.0
 *
 * Distributions of times, for scripted delays: what a target or sink of ours does on purpose, so
 * that what is measured can be compared with what is known.
 *
 *     5ms | constant:5ms       always the same
 *     uniform:1ms,5ms          between the two
 *     lognormal:5ms,0.3        median, and sigma of the logarithm (0.3: 84 % are below 6.75 ms)
 *     exponential:5ms          mean
 */
#ifndef BR_BASE_DIST_H
#define BR_BASE_DIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/rng.h"

#define DIST_FORMS "5ms, uniform:1ms,5ms, lognormal:5ms,0.3 (median, sigma), exponential:5ms (mean)"
/* No sample is longer (a day): the tails of the last two have no end. */
#define DIST_SAMPLE_MAX_NS (INT64_C(86400) * 1000000000)
#define DIST_SIGMA_MAX 10.0

enum dist_kind { DIST_CONSTANT, DIST_UNIFORM, DIST_LOGNORMAL, DIST_EXPONENTIAL };

/* A plain value; all zero is "always 0". */
struct dist {
    enum dist_kind kind;
    int64_t ns;     /* the constant, the low end, the median or the mean */
    int64_t end_ns; /* the high end */
    double sigma;
};

enum { DIST_TEXT_SIZE = 160 };

/* BR_ERR_PARSE with a sentence for the caller to put the option's name before; *out_dist is
 * untouched then. */
BR_NODISCARD enum br_err dist_parse(struct bytes text, struct dist *out_dist, struct diag *diag);
/* As dist_parse reads it, NUL-terminated. */
void dist_format(const struct dist *dist, char out_text[DIST_TEXT_SIZE]);

static inline bool dist_is_zero(const struct dist *dist)
{
    return dist->ns == 0 && dist->end_ns == 0;
}

/* ns, 0 to DIST_SAMPLE_MAX_NS. Takes at most two numbers of the generator. */
int64_t dist_sample(const struct dist *dist, struct rng *rng);
/* Of the distribution without its ceiling. */
double dist_mean_ns(const struct dist *dist);

#endif
