/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing targets.
 */
#include "report/balance.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define BALANCE_SLOW_TIMES 2.0
#define BALANCE_SLOW_NS 1e6
#define BALANCE_FAILED_TIMES 2.0
#define BALANCE_FAILED_MORE 0.005
#define BALANCE_UNEVEN 0.05

enum { BALANCE_SLOW_MIN = 100, BALANCE_FAILED_MIN = 3, BALANCE_UNEVEN_MIN = 20 };

static int balance_compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The lower median of values[count] without values[skip]. */
static double balance_median_of_others(const double *values, size_t count, size_t skip,
                                       double *scratch)
{
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        if (i != skip && !isnan(values[i]))
            scratch[others++] = values[i];
    }
    if (others == 0)
        return (double)NAN;
    qsort(scratch, others, sizeof(scratch[0]), balance_compare);
    return scratch[(others - 1) / 2];
}

static void balance_judge_speed(struct result_view *const *views, size_t count, double share,
                                struct balance *out)
{
    double *values = mem_zalloc(2 * count, sizeof(values[0]));
    for (size_t i = 0; i < count; i++)
        values[i] = views[i]->latency.count >= BALANCE_SLOW_MIN
                        ? hist_sum_quantile(&views[i]->latency, share)
                        : (double)NAN;
    for (size_t i = 0; i < count; i++) {
        double others = balance_median_of_others(values, count, i, values + count);
        /* Not a number compares as false. */
        if (values[i] > BALANCE_SLOW_TIMES * others && values[i] > others + BALANCE_SLOW_NS)
            out[i].slow = true;
    }
    mem_free(values);
}

static bool balance_is_failing(uint64_t failed, uint64_t done, uint64_t others_failed,
                               uint64_t others_done)
{
    if (failed < BALANCE_FAILED_MIN || others_done == 0)
        return false;
    double share = (double)failed / (double)done;
    double others = (double)others_failed / (double)others_done;
    return share > BALANCE_FAILED_TIMES * others && share > others + BALANCE_FAILED_MORE;
}

static bool balance_is_uneven(uint64_t done, uint64_t others_done, size_t others)
{
    double mean = (double)others_done / (double)others;
    double off = fabs((double)done - mean);
    return off > BALANCE_UNEVEN * mean && off >= BALANCE_UNEVEN_MIN;
}

void balance_judge(struct result_view *const *views, size_t count, struct balance *out)
{
    uint64_t done = 0;
    uint64_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct balance){false, false, false};
        done += views[i]->ops.done;
        failed += views[i]->ops.failed;
    }
    if (count < 2)
        return;
    balance_judge_speed(views, count, 0.5, out);
    balance_judge_speed(views, count, 0.99, out);
    for (size_t i = 0; i < count; i++) {
        const struct block_ops_sum *ops = &views[i]->ops;
        out[i].failing =
            balance_is_failing(ops->failed, ops->done, failed - ops->failed, done - ops->done);
        out[i].uneven = balance_is_uneven(ops->done, done - ops->done, count - 1);
    }
}
