/* SPDX-License-Identifier: Apache-2.0
 *
 * What the stand-ins' command lines share.
 */
#ifndef BR_CLI_STANDIN_H
#define BR_CLI_STANDIN_H

#include "cli/options.h"

/* "--fail: …", as the readers of values leave the option's name to us; no error stays none. */
enum br_err cli_standin_told(enum cli_option id, enum br_err err, const struct diag *why,
                             struct diag *diag);
/* `brunt standin relay`, to its end. */
BR_NODISCARD enum br_err cli_standin_relay(const struct cli_options *options, struct diag *diag);

#endif
