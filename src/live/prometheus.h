/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of a run in Prometheus' text format (version 0.0.4): what the result holds now, as
 * counters and histograms by phase and target. A pure function of the result.
 */
#ifndef BR_LIVE_PROMETHEUS_H
#define BR_LIVE_PROMETHEUS_H

#include "base/buf.h"
#include "report/result.h"

/* Times are in seconds, as Prometheus wants them. */
void live_prometheus_put(const struct result *result, struct buf *out);

#endif
