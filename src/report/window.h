/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations on windows ("p95<2s for 30s"): what they say must hold in every stretch of the run
 * of that length, not only over the whole of it. A window slides by one tick of the result, and an
 * operation belongs to the ticks in which it ended. Kept is what the length needs, and the worst
 * value so far.
 */
#ifndef BR_REPORT_WINDOW_H
#define BR_REPORT_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "report/result.h"

enum { WINDOW_LENGTH_MAX_SEC = 600 };

struct result_window;

/* Numbers of an interval of the run, by phase and target as in a result. */
struct window_tick {
    const struct block_phase_sum *phases;
    const struct block_ops_sum *ops;
    int64_t from_ns;
    int64_t to_ns;
};

void result_window_destroy(struct result_window **window);
/* Gives the interval to all expectations of the result that have windows. */
void result_windows_add(struct result *result, const struct window_tick *tick);
/* The worst value of any whole window, and the run time at which that one ended; false: there was
 * no whole window with a sample. */
bool result_window_worst(const struct result_expect *expect, double *out_value,
                         int64_t *out_end_ns);

#endif
