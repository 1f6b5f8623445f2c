/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands' main functions, one file each; main.c calls them by commands_table.h. They get
 * options that were read well and give the exit code.
 */
#ifndef BR_CLI_MAIN_H
#define BR_CLI_MAIN_H

#include "base/diag.h"
#include "base/exit.h"
#include "cli/options.h"

typedef enum exit_code cli_main_fn(const struct cli_options *options);

#define COMMAND(id, name, main, args, least, summary, prose, examples) cli_main_fn main;
#include "cli/commands_table.h"
#undef COMMAND

/* Tells a person in one line on standard error: "brunt bench: …". command may be NULL. */
void cli_complain(const char *command, const char *text);
/* The exit code for a set-up that failed. */
enum exit_code cli_exit_of(enum br_err err);

#endif
