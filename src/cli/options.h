/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line as data: options_table.h has one row an option, commands_table.h one row a
 * subcommand. Parsing, --help, the manual page, shell completion and the nearest option on a typo
 * all come from these rows; a default stands in its row only and is read by the same function that
 * reads what a user gives.
 *
 * GNU style: --name=value, --name value, -n value, -nvalue, flags bundled (-kv), -- ends options,
 * operands anywhere between them. The last of repeated options counts, unless its row collects
 * them.
 */
#ifndef BR_CLI_OPTIONS_H
#define BR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum cli_command {
#define COMMAND(id, name, main, args, least, summary, prose, examples) CLI_COMMAND_##id,
#include "cli/commands_table.h"
#undef COMMAND
    CLI_COMMAND_COUNT
};

enum cli_option {
#define OPTION(id, name, letter, kind, traits, form, preset, group, commands, help) CLI_##id,
#include "cli/options_table.h"
#undef OPTION
    CLI_OPTION_COUNT
};

/* How a value is read. */
enum cli_kind {
    CLI_KIND_FLAG,
    CLI_KIND_TEXT,
    CLI_KIND_COUNT,
    CLI_KIND_INTEGER,
    CLI_KIND_DURATION,
    CLI_KIND_RATE,
    CLI_KIND_SIZE,
    CLI_KIND_SHARE,
};

enum cli_trait {
    CLI_ONE = 0,
    CLI_MANY = 1,     /* repeated ones are collected */
    CLI_OPTIONAL = 2, /* the value may be missing (then the default counts): --name or --name=value
                       */
    CLI_FILE = 4,     /* the value is a file: for shell completion */
};

enum cli_group {
    CLI_GROUP_LOAD,
    CLI_GROUP_REQUEST,
    CLI_GROUP_TIME,
    CLI_GROUP_CONNECTION,
    CLI_GROUP_JUDGE,
    CLI_GROUP_EVENTS,
    CLI_GROUP_OUTPUT,
    CLI_GROUP_MACHINE,
    CLI_GROUP_SERVER,
    CLI_GROUP_RELAY,
    CLI_GROUP_SCRIPT,
    CLI_GROUP_FORM,
    CLI_GROUP_GENERAL,
    CLI_GROUP_COUNT
};

struct cli_option_row {
    const char *name;
    char letter; /* 0: none */
    enum cli_kind kind;
    unsigned traits;
    const char *form;   /* what --help calls the value; "" for flags */
    const char *preset; /* the default, as a user would write it; "" when there is none */
    enum cli_group group;
    unsigned commands; /* bits: 1 << enum cli_command */
    const char *help;  /* one sentence or two, wrapped by whoever shows it */
};

/* Its main function is known to main.c only, which makes its array from the same table. */
struct cli_command_row {
    const char *name;
    const char *args; /* operands, for the usage line */
    size_t args_least;
    const char *summary;
    const char *prose;
    const char *examples;
};

extern const struct cli_option_row cli_option_rows[CLI_OPTION_COUNT];
extern const struct cli_command_row cli_command_rows[CLI_COMMAND_COUNT];
extern const char *const cli_group_names[CLI_GROUP_COUNT];

struct cli_value {
    struct bytes text; /* as given or as preset; borrowed from argv or the table */
    union {
        bool flag;
        uint64_t count; /* COUNT, INTEGER, SIZE and the count of a RATE */
        double share;
    } u;
    int64_t ns; /* DURATION; the time of a RATE */
};

struct cli_values {
    struct cli_value *values;
    size_t count;
    bool given; /* by the user, not by the table */
};

/* Owns its arrays, borrows argv. */
struct cli_options {
    enum cli_command command;
    struct cli_values values[CLI_OPTION_COUNT];
    struct bytes *args; /* the operands */
    size_t arg_count;
    int argc; /* the whole command line, for records */
    char **argv;
};

/* Reads argv[2..] for that subcommand. On failure *diag has one line: what was wrong and the
 * nearest option, or what is accepted. With --help among the options no operand is missed.
 * cli_options_fini whatever the outcome. */
BR_NODISCARD enum br_err cli_options_parse(struct cli_options *options, enum cli_command command,
                                           int argc, char **argv, struct diag *diag);
void cli_options_fini(struct cli_options *options);

/* Given by the user. */
bool cli_given(const struct cli_options *options, enum cli_option id);
/* The last value given, or the default; asked of the wrong kind, or of an option that has neither,
 * is a bug. Text without either is empty. */
bool cli_flag(const struct cli_options *options, enum cli_option id);
struct bytes cli_text(const struct cli_options *options, enum cli_option id);
uint64_t cli_count(const struct cli_options *options, enum cli_option id);
int64_t cli_duration(const struct cli_options *options, enum cli_option id);
uint64_t cli_rate(const struct cli_options *options, enum cli_option id, int64_t *out_per_ns);
double cli_share(const struct cli_options *options, enum cli_option id);
/* All values of an option that collects them. */
const struct cli_values *cli_all(const struct cli_options *options, enum cli_option id);

/* Whether the option belongs to the subcommand. */
bool cli_option_serves(const struct cli_option_row *row, enum cli_command command);
/* What is accepted by an option, for messages; "" when anything is. */
const char *cli_kind_forms(enum cli_kind kind);
/* The option of that name that belongs to the subcommand, CLI_OPTION_COUNT when there is none. */
enum cli_option cli_option_find(enum cli_command command, struct bytes name);
/* The subcommand of that name, CLI_COMMAND_COUNT when there is none. */
enum cli_command cli_command_find(struct bytes name);
/* The subcommand or option (of `command`) whose name is nearest to a wrong one; NULL when none is
 * near. */
const char *cli_command_nearest(struct bytes name);
const char *cli_option_nearest(enum cli_command command, struct bytes name);

#endif
