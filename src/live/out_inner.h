/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats of outputs: a sample, or what stands before all of them, as text.
 */
#ifndef BR_LIVE_OUT_INNER_H
#define BR_LIVE_OUT_INNER_H

#include "base/buf.h"
#include "live/out.h"

enum out_time {
    OUT_TIME_S,
    OUT_TIME_MS,
    OUT_TIME_US,
    OUT_TIME_NS,
    OUT_TIME_RFC,
    OUT_TIME_RFC_NANO
};

/* The definition of a metric, a line. */
void out_json_metric(const struct out_env *env, int metric, struct buf *buf);
void out_json_sample(const struct out_env *env, const struct sample *sample, struct buf *buf);

void out_csv_head(const struct out_env *env, struct buf *buf);
void out_csv_sample(const struct out_env *env, const struct sample *sample, enum out_time format,
                    struct buf *buf);

/* "2026-01-02T03:04:05.678901234Z", without zeros at the end of the fraction; `nanos` false: whole
 * seconds. */
void out_put_time(int64_t wall_ns, bool nanos, struct buf *buf);

#endif
