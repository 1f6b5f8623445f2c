/* SPDX-License-Identifier: Apache-2.0
 *
 * What --help prints, out of the tables of options.h.
 */
#ifndef BR_CLI_HELP_H
#define BR_CLI_HELP_H

#include "base/buf.h"
#include "cli/options.h"

/* Lines are wrapped to `width` columns (at least 60). With `bold`, headings are. */
struct cli_help_style {
    int width;
    bool bold;
};

/* `brunt --help`: the subcommands. */
void cli_help_program(struct buf *out, struct cli_help_style style);
/* `brunt COMMAND --help`: usage, options by group, examples. */
void cli_help_command(struct buf *out, enum cli_command command, struct cli_help_style style);

#endif
