/* SPDX-License-Identifier: Apache-2.0
 *
 * Distributions: their texts both ways, and that samples have the moments and quantiles that the
 * formulas say.
 */
#include "base/dist.h"

#include <stdlib.h>

#include "base/mem.h"
#include "unit.h"

enum { SAMPLES = 200000 };

struct row {
    const char *text;
    const char *message; /* part of the sentence; NULL: good */
    const char *again;   /* as it is written back */
};

static const struct row rows[] = {
    {"5ms", NULL, "5ms"},
    {"0", NULL, "0s"},
    {"constant:5ms", NULL, "5ms"},
    {"uniform:1ms,5ms", NULL, "uniform:1ms,5ms"},
    {"Uniform: 1ms , 1ms", NULL, "uniform:1ms,1ms"},
    {"lognormal:5ms,0.3", NULL, "lognormal:5ms,0.3"},
    {"lognormal:5ms,0", NULL, "lognormal:5ms,0"},
    {"exponential:5ms", NULL, "exponential:5ms"},
    {"", "accepted: ", ""},
    {"5", "accepted: ", ""},
    {"-5ms", "accepted: ", ""},
    {"5ms,6ms", "a value too many", ""},
    {"normal:5ms,1ms", "names no distribution", ""},
    {":5ms", "names no distribution", ""},
    {"uniform:1ms", "needs two values", ""},
    {"uniform:5ms,1ms", "ends before it begins", ""},
    {"uniform:1ms,2ms,3ms", "accepted: ", ""},
    {"lognormal:5ms", "needs two values", ""},
    {"lognormal:5ms,-1", "sigma", ""},
    {"lognormal:5ms,11", "sigma", ""},
    {"lognormal:5ms,x", "accepted: ", ""},
    {"lognormal:0.3,5ms", "accepted: ", ""},
    {"exponential:5ms,1", "a value too many", ""},
    {"exponential:2d", "more than a day", ""},
};

UNIT_TEST(texts_are_read_and_written)
{
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct dist dist = {.ns = 77};
        struct diag diag = DIAG_INIT;
        char text[DIST_TEXT_SIZE];
        UNIT_ROW(rows[i].text);
        enum br_err err = dist_parse(bytes_from_str(rows[i].text), &dist, &diag);
        if (rows[i].message != NULL) {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(dist.ns, 77);
            if (strstr(diag.text, rows[i].message) == NULL)
                UNIT_EQ_STR(diag.text, rows[i].message);
            continue;
        }
        UNIT_EQ_STR(diag.text, "");
        dist_format(&dist, text);
        UNIT_EQ_STR(text, rows[i].again);
        struct dist again;
        UNIT_EQ_INT(dist_parse(bytes_from_str(text), &again, &diag), BR_ERR_NONE);
        UNIT_OK(again.kind == dist.kind && again.ns == dist.ns && again.end_ns == dist.end_ns);
        UNIT_NEAR(again.sigma, dist.sigma, 0.0);
    }
}

static int compare_ns(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Known mean, standard deviation, and quantiles at 10, 50 and 90 %, in ms. */
struct shape {
    const char *text;
    double mean;
    double deviation;
    double p10;
    double p50;
    double p90;
};

static const struct shape shapes[] = {
    {"5ms", 5.0, 0.0, 5.0, 5.0, 5.0},
    {"uniform:1ms,5ms", 3.0, 1.154701, 1.4, 3.0, 4.6},
    /* mean m·exp(s²/2), variance (exp(s²) − 1)·mean², quantiles m·exp(s·z), z(0.9) = 1.281552 */
    {"lognormal:5ms,0.3", 5.230139, 1.604972, 3.404079, 5.0, 7.344131},
    {"lognormal:10ms,1", 16.487213, 21.611974, 2.776062, 10.0, 36.022245},
    /* quantiles −m·ln(1 − p) */
    {"exponential:5ms", 5.0, 5.0, 0.526803, 3.465736, 11.512925},
};

UNIT_TEST(samples_have_the_known_moments)
{
    int64_t *samples = mem_zalloc(SAMPLES, sizeof(*samples));
    for (size_t i = 0; i < BR_COUNT(shapes); i++) {
        const struct shape *shape = &shapes[i];
        struct dist dist;
        struct rng rng;
        double sum = 0.0, squares = 0.0;
        UNIT_ROW(shape->text);
        UNIT_EQ_INT(dist_parse(bytes_from_str(shape->text), &dist, NULL), BR_ERR_NONE);
        UNIT_NEAR(dist_mean_ns(&dist), shape->mean * 1e6, 1e-6);
        rng_init(&rng, 7);
        for (int k = 0; k < SAMPLES; k++) {
            samples[k] = dist_sample(&dist, &rng);
            UNIT_OK(samples[k] >= 0);
            double ms = (double)samples[k] / 1e6;
            sum += ms;
            squares += ms * ms;
        }
        double mean = sum / SAMPLES;
        double deviation = sqrt(fmax(0.0, squares / SAMPLES - mean * mean));
        UNIT_NEAR(mean, shape->mean, 0.01);
        UNIT_NEAR(deviation, shape->deviation, shape->deviation == 0.0 ? 1e-3 : 0.05);
        qsort(samples, SAMPLES, sizeof(*samples), compare_ns);
        UNIT_NEAR((double)samples[SAMPLES / 10] / 1e6, shape->p10, 0.02);
        UNIT_NEAR((double)samples[SAMPLES / 2] / 1e6, shape->p50, 0.02);
        UNIT_NEAR((double)samples[SAMPLES / 10 * 9] / 1e6, shape->p90, 0.02);
    }
    mem_free(samples);
}

UNIT_TEST(samples_have_a_ceiling_and_a_seed)
{
    struct dist dist;
    struct rng a, b;
    UNIT_EQ_INT(dist_parse(BYTES("lognormal:20h,10"), &dist, NULL), BR_ERR_NONE);
    rng_init(&a, 3);
    rng_init(&b, 3);
    int64_t largest = 0;
    for (int k = 0; k < 1000; k++) {
        int64_t ns = dist_sample(&dist, &a);
        UNIT_EQ_INT(ns, dist_sample(&dist, &b));
        largest = ns > largest ? ns : largest;
    }
    UNIT_EQ_INT(largest, DIST_SAMPLE_MAX_NS);
}

UNIT_MAIN(UNIT_RUN(texts_are_read_and_written), UNIT_RUN(samples_have_the_known_moments),
          UNIT_RUN(samples_have_a_ceiling_and_a_seed))
