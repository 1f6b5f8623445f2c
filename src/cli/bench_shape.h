/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads that change: --ramp, --step and --spike as legs of a schedule, each a phase of its own; and
 * --preset, which names sizes.
 */
#ifndef BR_CLI_BENCH_SHAPE_H
#define BR_CLI_BENCH_SHAPE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/diag.h"
#include "cli/options.h"
#include "plan/plan.h"

/* Whether one of them is given. */
bool cli_has_shape(const struct cli_options *options);

/* Adds the legs, the warm-up in front (at the first rate), and sets how long it all takes. */
BR_NODISCARD enum br_err cli_read_shape(const struct cli_options *options, struct plan *plan,
                                        struct diag *diag);

/* Sets operations and connections where --preset says so. */
BR_NODISCARD enum br_err cli_read_preset(const struct cli_options *options, struct plan_load *load,
                                         struct diag *diag);

#endif
