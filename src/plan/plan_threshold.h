/* SPDX-License-Identifier: Apache-2.0
 *
 * The thresholds of a script's options, from their JSON: {"metric{tag:value}": ["p(95)<500",
 * {"threshold": "rate<0.1", "abortOnFail": true, "delayAbortEval": "10s"}]}.
 */
#ifndef BR_PLAN_PLAN_THRESHOLD_H
#define BR_PLAN_PLAN_THRESHOLD_H

#include "metric/threshold.h"

struct json;

/* Adds all of them, and the series that they ask for; the registry has all metrics of the script
 * and is not sealed. `json` is options.thresholds; absent or null: none. */
BR_NODISCARD enum br_err plan_thresholds_read(struct thresholds *thresholds,
                                              struct metric_registry *registry,
                                              const struct json *json, struct diag *diag);

#endif
