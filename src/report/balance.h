/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of several targets stands out. Each is compared with the others, not with an average that
 * it is itself a part of; small differences of small numbers are left alone.
 */
#ifndef BR_REPORT_BALANCE_H
#define BR_REPORT_BALANCE_H

#include <stdbool.h>

#include "report/result.h"

/* slow: at least 100 operations, and latency p50 or p99 more than twice the median of the others'
 * and more than 1 ms above it.
 * failing: at least 3 failures, and their share is more than twice that of all others together and
 * more than half a per cent above it.
 * uneven: 5 % more or fewer operations done than the mean of the others, and 20 at least. */
struct balance {
    bool slow;
    bool failing;
    bool uneven;
};

/* views: one a target. Fills out[count]; all false when count < 2. */
void balance_judge(struct result_view *const *views, size_t count, struct balance *out);

#endif
