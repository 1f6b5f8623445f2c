/* SPDX-License-Identifier: Apache-2.0
 *
 * All scenarios at once, for people before the start and for programs.
 */
#ifndef BR_PLAN_PLAN_SCENARIO_PUT_H
#define BR_PLAN_PLAN_SCENARIO_PUT_H

#include "plan/plan_scenario.h"

struct json_writer;

/* As k6 prints them before a run:
 *
 *   scenarios: (100.00%) 1 scenario, 10 max VUs, 1m0s max duration (incl. graceful stop):
 *            * default: 10 looping VUs for 30s (gracefulStop: 30s)
 */
void plan_scenarios_print(const struct plan_scenarios *scenarios, struct buf *out);

/* The value of `scenarios` in options, as an object with everything filled in: what `inspect`
 * prints and exec.test.options.scenarios holds. */
void plan_scenarios_put(const struct plan_scenarios *scenarios, struct json_writer *writer);

#endif
