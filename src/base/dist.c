/* SPDX-License-Identifier: Apache-2.0
 *
 * Delays are drawn by inversion where that is simple, normal variates as Box and Muller have it
 * (1958): two uniform numbers and no loop, so that a place in a seeded sequence takes the same
 * numbers whatever they are.
 */
#include "base/dist.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/units.h"

struct dist_name {
    const char *name;
    enum dist_kind kind;
};

static const struct dist_name dist_names[] = {
    {"constant", DIST_CONSTANT},
    {"uniform", DIST_UNIFORM},
    {"lognormal", DIST_LOGNORMAL},
    {"exponential", DIST_EXPONENTIAL},
};

enum { DIST_SHOWN_MAX = 60 };

static enum br_err dist_refuse(struct bytes text, const char *what, struct diag *diag)
{
    int shown = text.len < DIST_SHOWN_MAX ? (int)text.len : DIST_SHOWN_MAX;
    return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" %s; accepted: %s", shown, text.ptr, what,
                    DIST_FORMS);
}

static enum br_err dist_parse_kind(struct bytes text, struct bytes name, enum dist_kind *out_kind,
                                   struct diag *diag)
{
    for (size_t i = 0; i < BR_COUNT(dist_names); i++) {
        if (bytes_eq_nocase(name, bytes_from_str(dist_names[i].name))) {
            *out_kind = dist_names[i].kind;
            return BR_ERR_NONE;
        }
    }
    return dist_refuse(text, "names no distribution", diag);
}

/* The numbers behind the name; `second.ptr` is NULL when there is one only. */
static enum br_err dist_parse_numbers(struct bytes text, struct bytes first, struct bytes second,
                                      struct dist *dist, struct diag *diag)
{
    bool wants_two = dist->kind == DIST_UNIFORM || dist->kind == DIST_LOGNORMAL;
    if (wants_two != (second.ptr != NULL))
        return dist_refuse(text, wants_two ? "needs two values" : "has a value too many", diag);
    enum br_err err = units_parse_duration(bytes_trim(first), &dist->ns, diag);
    if (err == BR_ERR_NONE && dist->kind == DIST_UNIFORM)
        err = units_parse_duration(bytes_trim(second), &dist->end_ns, diag);
    if (err == BR_ERR_NONE && dist->kind == DIST_LOGNORMAL)
        err = units_parse_number(bytes_trim(second), &dist->sigma, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (dist->ns > DIST_SAMPLE_MAX_NS || dist->end_ns > DIST_SAMPLE_MAX_NS)
        return dist_refuse(text, "is more than a day", diag);
    if (dist->kind == DIST_UNIFORM && dist->end_ns < dist->ns)
        return dist_refuse(text, "ends before it begins", diag);
    if (dist->kind == DIST_LOGNORMAL && !(dist->sigma >= 0 && dist->sigma <= DIST_SIGMA_MAX))
        return dist_refuse(text, "has a sigma outside 0 to 10", diag);
    return BR_ERR_NONE;
}

enum br_err dist_parse(struct bytes text, struct dist *out_dist, struct diag *diag)
{
    struct dist dist = {.kind = DIST_CONSTANT};
    struct bytes rest = text;
    struct bytes name = bytes_cut(&rest, ':');
    if (rest.ptr == NULL) {
        rest = text;
    } else {
        enum br_err err = dist_parse_kind(text, name, &dist.kind, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    struct bytes first = bytes_cut(&rest, ',');
    enum br_err err = dist_parse_numbers(text, first, rest, &dist, diag);
    if (err == BR_ERR_NONE)
        *out_dist = dist;
    return err;
}

void dist_format(const struct dist *dist, char out_text[DIST_TEXT_SIZE])
{
    struct fmt_text ns = fmt_interval(dist->ns);
    switch (dist->kind) {
    case DIST_CONSTANT:
        (void)snprintf(out_text, DIST_TEXT_SIZE, "%s", ns.str);
        return;
    case DIST_UNIFORM:
        (void)snprintf(out_text, DIST_TEXT_SIZE, "uniform:%s,%s", ns.str,
                       fmt_interval(dist->end_ns).str);
        return;
    case DIST_LOGNORMAL:
        (void)snprintf(out_text, DIST_TEXT_SIZE, "lognormal:%s,%.9g", ns.str, dist->sigma);
        return;
    case DIST_EXPONENTIAL:
        (void)snprintf(out_text, DIST_TEXT_SIZE, "exponential:%s", ns.str);
        return;
    }
}

static double dist_sample_normal(struct rng *rng)
{
    static const double two_pi = 6.283185307179586;
    double radius = sqrt(-2.0 * log(1.0 - rng_double(rng)));
    return radius * cos(two_pi * rng_double(rng));
}

static double dist_sample_ns(const struct dist *dist, struct rng *rng)
{
    double ns = (double)dist->ns;
    switch (dist->kind) {
    case DIST_UNIFORM:
        return ns + rng_double(rng) * (double)(dist->end_ns - dist->ns);
    case DIST_LOGNORMAL:
        return ns * exp(dist->sigma * dist_sample_normal(rng));
    case DIST_EXPONENTIAL:
        return -ns * log(1.0 - rng_double(rng));
    case DIST_CONSTANT:
        break;
    }
    return ns;
}

int64_t dist_sample(const struct dist *dist, struct rng *rng)
{
    double ns = dist_sample_ns(dist, rng);
    if (ns >= (double)DIST_SAMPLE_MAX_NS)
        return DIST_SAMPLE_MAX_NS;
    return (int64_t)(ns + 0.5);
}

double dist_mean_ns(const struct dist *dist)
{
    double ns = (double)dist->ns;
    if (dist->kind == DIST_UNIFORM)
        return (ns + (double)dist->end_ns) / 2.0;
    if (dist->kind == DIST_LOGNORMAL)
        return ns * exp(dist->sigma * dist->sigma / 2.0);
    return ns;
}
