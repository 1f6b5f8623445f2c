/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files about scenarios share and nobody else needs.
 */
#ifndef BR_PLAN_PLAN_SCENARIO_INNER_H
#define BR_PLAN_PLAN_SCENARIO_INNER_H

#include "plan/plan_scenario.h"

/* A whole number that is not negative, or digits in a text (scripts hand environment variables
 * on). *out_given is false for null, an absent value and an empty text. */
BR_NODISCARD enum br_err plan_json_count(const struct json *json, const char *place,
                                         bool *out_given, uint64_t *out_count, struct diag *diag);
/* An array of {duration, target}; the result is allocated by mem_alloc. */
BR_NODISCARD enum br_err plan_json_stages(const struct json *json, const char *place,
                                          struct plan_stage **out_stages, size_t *out_count,
                                          struct diag *diag);

/* With the defaults of that executor; the name is copied. */
struct plan_scenario plan_scenario_default(struct plan_scenarios *scenarios, struct bytes name,
                                           enum plan_executor executor);
/* Completes what follows from other fields, and refuses what cannot be meant. */
BR_NODISCARD enum br_err plan_scenario_check(struct plan_scenario *scenario, struct diag *diag);
void plan_scenarios_push(struct plan_scenarios *scenarios, const struct plan_scenario *scenario);

#endif
