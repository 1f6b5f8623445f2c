/* SPDX-License-Identifier: Apache-2.0
 *
 * What runs, as it is asked for in layers: a configuration file, the script's options, the
 * environment, the command line. Each may say vus, iterations, duration, stages or scenarios; the
 * layers are put one over another by k6's rules, and what comes out is a list of scenarios.
 */
#ifndef BR_PLAN_PLAN_SHORTCUT_H
#define BR_PLAN_PLAN_SHORTCUT_H

#include <stdbool.h>

#include "plan/plan_scenario.h"

/* One layer. Owns its stages; borrows `scenarios` from the JSON it was read from. */
struct plan_shortcuts {
    bool has_vus;
    bool has_iterations;
    bool has_duration;
    bool has_stages;
    uint64_t vus;
    uint64_t iterations;
    int64_t duration_ns;
    struct plan_stage *stages;
    size_t stage_count;
    const struct json *scenarios; /* NULL: none */
};

void plan_shortcuts_init(struct plan_shortcuts *shortcuts);
void plan_shortcuts_fini(struct plan_shortcuts *shortcuts);

/* From an object of options (the script's, a file's); members that belong to others are left alone.
 * The JSON must outlive the layer. */
BR_NODISCARD enum br_err plan_shortcuts_read(struct plan_shortcuts *shortcuts,
                                             const struct json *options, struct diag *diag);

/* From words: --vus 10, K6_VUS=10 and so on; `place` ("--vus") for the message. A duration of the
 * command line needs a unit. Stages are added to those that are there; "10s:5,1m:10" are two. */
BR_NODISCARD enum br_err plan_shortcuts_set_vus(struct plan_shortcuts *shortcuts, struct bytes text,
                                                const char *place, struct diag *diag);
BR_NODISCARD enum br_err plan_shortcuts_set_iterations(struct plan_shortcuts *shortcuts,
                                                       struct bytes text, const char *place,
                                                       struct diag *diag);
BR_NODISCARD enum br_err plan_shortcuts_set_duration(struct plan_shortcuts *shortcuts,
                                                     struct bytes text, const char *place,
                                                     struct diag *diag);
BR_NODISCARD enum br_err plan_shortcuts_add_stages(struct plan_shortcuts *shortcuts,
                                                   struct bytes text, const char *place,
                                                   struct diag *diag);

/* What one layer may not say at once: stages with iterations or a duration, scenarios with any. */
BR_NODISCARD enum br_err plan_shortcuts_check(const struct plan_shortcuts *shortcuts,
                                              const char *place, struct diag *diag);

/* What `upper` says wins: one of its iterations, duration, stages or scenarios puts aside all of
 * the lower ones. `upper` is empty afterwards. *out_warning (static, may be NULL): something that
 * a person may not have meant. */
void plan_shortcuts_put_over(struct plan_shortcuts *lower, struct plan_shortcuts *upper,
                             const char **out_warning);

/* The scenarios that come of it; with nothing said, one iteration of one VU. Completed. */
BR_NODISCARD enum br_err plan_scenarios_build(struct plan_scenarios *scenarios,
                                              const struct plan_shortcuts *shortcuts,
                                              struct diag *diag);

/* All at once for a script without other layers than its options and the command line (NULL:
 * none; emptied). `json` is JSON.stringify(options); empty: no options. */
BR_NODISCARD enum br_err plan_scenarios_parse(struct plan_scenarios *scenarios, struct bytes json,
                                              struct plan_shortcuts *flags,
                                              const char **out_warning, struct diag *diag);

#endif
