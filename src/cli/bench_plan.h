/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `brunt bench` as a plan.
 */
#ifndef BR_CLI_BENCH_PLAN_H
#define BR_CLI_BENCH_PLAN_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "cli/options.h"
#include "plan/plan.h"

/* Fills *plan (initialised by this; plan_fini whatever the outcome). Reads the body's file. Options
 * that contradict each other are refused in one line. */
BR_NODISCARD enum br_err cli_bench_plan(const struct cli_options *options, struct plan *plan,
                                        struct diag *diag);

/* The part of it about events (bench_events.c). */
BR_NODISCARD enum br_err cli_read_events(const struct cli_options *options, struct plan *plan,
                                         struct diag *diag);

/* The part of it about who we are and where we connect to (bench_connect.c): the headers of
 * --bearer, --basic and --cookie, sockets, addresses, certificates. The targets are known. */
BR_NODISCARD enum br_err cli_read_connect(const struct cli_options *options, struct plan *plan,
                                          struct diag *diag);

/* The command line as a shell would read it, for records; what looks like a secret in a header is
 * written as ***. */
void cli_command_text(const struct cli_options *options, struct buf *out);

#endif
