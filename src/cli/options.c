/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a command line by the tables. Values are read where they stand, so that the message can
 * name the option; nothing here knows what an option means.
 */
#include "cli/options.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/units.h"

const struct cli_option_row cli_option_rows[CLI_OPTION_COUNT] = {
#define OPTION(id, name, letter, kind, traits, form, preset, group, commands, help)                \
    {name, letter, CLI_KIND_##kind, traits, form, preset, CLI_GROUP_##group, commands, help},
#include "cli/options_table.h"
#undef OPTION
};

const struct cli_command_row cli_command_rows[CLI_COMMAND_COUNT] = {
#define COMMAND(id, name, main, args, least, summary, prose, examples)                             \
    {name, args, least, summary, prose, examples},
#include "cli/commands_table.h"
#undef COMMAND
};

const char *const cli_group_names[CLI_GROUP_COUNT] = {
    [CLI_GROUP_LOAD] = "Load",       [CLI_GROUP_REQUEST] = "Request",
    [CLI_GROUP_TIME] = "Time-outs",  [CLI_GROUP_CONNECTION] = "Connections",
    [CLI_GROUP_JUDGE] = "Verdict",   [CLI_GROUP_EVENTS] = "Events",
    [CLI_GROUP_OUTPUT] = "Output",   [CLI_GROUP_MACHINE] = "This machine",
    [CLI_GROUP_SERVER] = "Server",   [CLI_GROUP_RELAY] = "Relay",
    [CLI_GROUP_SCRIPT] = "Script",   [CLI_GROUP_FORM] = "Form",
    [CLI_GROUP_GENERAL] = "General",
};

/* Where the parser is. */
struct cli_parse {
    struct cli_options *options;
    struct diag *diag;
    int next; /* in argv */
};

const char *cli_kind_forms(enum cli_kind kind)
{
    static const char *const forms[] = {
        [CLI_KIND_FLAG] = "",
        [CLI_KIND_TEXT] = "",
        [CLI_KIND_COUNT] = UNITS_COUNT_FORMS,
        [CLI_KIND_INTEGER] = UNITS_INTEGER_FORMS,
        [CLI_KIND_DURATION] = UNITS_DURATION_FORMS,
        [CLI_KIND_RATE] = UNITS_RATE_FORMS,
        [CLI_KIND_SIZE] = UNITS_SIZE_FORMS,
        [CLI_KIND_SHARE] = UNITS_SHARE_FORMS,
    };
    return forms[kind];
}

bool cli_option_serves(const struct cli_option_row *row, enum cli_command command)
{
    return (row->commands & (1u << command)) != 0;
}

enum cli_command cli_command_find(struct bytes name)
{
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (bytes_eq(name, bytes_from_str(cli_command_rows[i].name)))
            return (enum cli_command)i;
    }
    return CLI_COMMAND_COUNT;
}

const char *cli_command_nearest(struct bytes name)
{
    struct nearest nearest = {.word = name};
    for (int i = 0; i < CLI_COMMAND_COUNT; i++)
        nearest_offer(&nearest, cli_command_rows[i].name);
    return nearest.best;
}

const char *cli_option_nearest(enum cli_command command, struct bytes name)
{
    struct nearest nearest = {.word = name};
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_option_serves(&cli_option_rows[i], command))
            nearest_offer(&nearest, cli_option_rows[i].name);
    }
    return nearest.best;
}

enum cli_option cli_option_find(enum cli_command command, struct bytes name)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        if (cli_option_serves(row, command) && bytes_eq(name, bytes_from_str(row->name)))
            return (enum cli_option)i;
    }
    return CLI_OPTION_COUNT;
}

static const struct cli_option_row *cli_find_name(enum cli_command command, struct bytes name)
{
    enum cli_option id = cli_option_find(command, name);
    return id == CLI_OPTION_COUNT ? NULL : &cli_option_rows[id];
}

static const struct cli_option_row *cli_find_letter(enum cli_command command, char letter)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        if (cli_option_serves(row, command) && row->letter == letter)
            return row;
    }
    return NULL;
}

static enum br_err cli_read_value(enum cli_kind kind, struct bytes text,
                                  struct cli_value *out_value, struct diag *diag)
{
    *out_value = (struct cli_value){.text = text};
    switch (kind) {
    case CLI_KIND_FLAG:
        out_value->u.flag = true;
        return BR_ERR_NONE;
    case CLI_KIND_TEXT:
        return BR_ERR_NONE;
    case CLI_KIND_COUNT:
        return units_parse_count(text, &out_value->u.count, diag);
    case CLI_KIND_INTEGER:
        return units_parse_integer(text, &out_value->u.count, diag);
    case CLI_KIND_DURATION:
        return units_parse_duration(text, &out_value->ns, diag);
    case CLI_KIND_RATE:
        return units_parse_rate(text, &out_value->u.count, &out_value->ns, diag);
    case CLI_KIND_SIZE:
        return units_parse_size(text, &out_value->u.count, diag);
    case CLI_KIND_SHARE:
        return units_parse_share(text, &out_value->u.share, diag);
    default:
        MUST(!"a kind without a way to read it");
        return BR_ERR_CONFIG;
    }
}

static struct cli_values *cli_values_of(struct cli_options *options,
                                        const struct cli_option_row *row)
{
    return &options->values[row - cli_option_rows];
}

/* `shown` is the option as the user wrote it, for the message. */
static enum br_err cli_take_value(struct cli_parse *parse, const struct cli_option_row *row,
                                  struct bytes shown, struct bytes text)
{
    struct cli_values *values = cli_values_of(parse->options, row);
    struct cli_value value;
    struct diag why = DIAG_INIT;
    if (cli_read_value(row->kind, text, &value, &why) != BR_ERR_NONE)
        return diag_set(parse->diag, BR_ERR_CONFIG, "%.*s: %s", BYTES_ARG(shown), why.text);
    bool collects = (row->traits & CLI_MANY) != 0 && values->given;
    size_t at = collects ? values->count : 0;
    values->values = mem_realloc(values->values, (at + 1) * sizeof(values->values[0]));
    values->values[at] = value;
    values->count = at + 1;
    values->given = true;
    return BR_ERR_NONE;
}

/* The value that stands in the next argument. */
static enum br_err cli_take_next(struct cli_parse *parse, const struct cli_option_row *row,
                                 struct bytes shown)
{
    const struct cli_options *options = parse->options;
    if (parse->next >= options->argc) {
        const char *forms = cli_kind_forms(row->kind);
        return diag_set(parse->diag, BR_ERR_CONFIG, "%.*s needs a value: %s%s%s", BYTES_ARG(shown),
                        row->form, forms[0] == '\0' ? "" : ", such as ", forms);
    }
    return cli_take_value(parse, row, shown, bytes_from_str(options->argv[parse->next++]));
}

static enum br_err cli_fail_unknown(struct cli_parse *parse, struct bytes shown, struct bytes name)
{
    const char *near = cli_option_nearest(parse->options->command, name);
    const char *command = cli_command_rows[parse->options->command].name;
    if (near != NULL)
        return diag_set(parse->diag, BR_ERR_CONFIG, "unknown option %.*s; did you mean --%s?",
                        BYTES_ARG(shown), near);
    return diag_set(parse->diag, BR_ERR_CONFIG,
                    "unknown option %.*s; brunt %s --help lists what is accepted", BYTES_ARG(shown),
                    command);
}

/* --name, --name=value */
static enum br_err cli_take_long(struct cli_parse *parse, struct bytes arg)
{
    struct bytes rest = bytes_skip(arg, 2);
    struct bytes name = bytes_cut(&rest, '=');
    bool has_value = name.len + 2 < arg.len;
    struct bytes shown = bytes_make(arg.ptr, name.len + 2);
    const struct cli_option_row *row = cli_find_name(parse->options->command, name);
    if (row == NULL)
        return cli_fail_unknown(parse, shown, name);
    if (row->kind == CLI_KIND_FLAG && has_value)
        return diag_set(parse->diag, BR_ERR_CONFIG, "%.*s takes no value", BYTES_ARG(shown));
    if (has_value)
        return cli_take_value(parse, row, shown, bytes_skip(arg, name.len + 3));
    if (row->kind == CLI_KIND_FLAG)
        return cli_take_value(parse, row, shown, BYTES(""));
    if ((row->traits & CLI_OPTIONAL) != 0)
        return cli_take_value(parse, row, shown, bytes_from_str(row->preset));
    return cli_take_next(parse, row, shown);
}

/* -n value, -nvalue, -kv; the long name with one dash is a habit from other tools: told apart. */
static enum br_err cli_take_short(struct cli_parse *parse, struct bytes arg)
{
    enum cli_command command = parse->options->command;
    struct bytes rest = bytes_skip(arg, 1);
    struct bytes word = bytes_make(rest.ptr, bytes_find(rest, '='));
    if (word.len > 1 && cli_find_name(command, word) != NULL)
        return diag_set(parse->diag, BR_ERR_CONFIG, "unknown option -%.*s; did you mean --%.*s?",
                        BYTES_ARG(word), BYTES_ARG(word));
    while (rest.len > 0) {
        const char letter[] = {'-', rest.ptr[0]};
        struct bytes shown = bytes_make(letter, sizeof(letter));
        const struct cli_option_row *row = cli_find_letter(command, rest.ptr[0]);
        if (row == NULL && rest.len == arg.len - 1)
            return cli_fail_unknown(parse, arg, word);
        if (row == NULL)
            return cli_fail_unknown(parse, shown, bytes_skip(shown, 1));
        rest = bytes_skip(rest, 1);
        if (row->kind != CLI_KIND_FLAG)
            return rest.len > 0 ? cli_take_value(parse, row, shown, rest)
                                : cli_take_next(parse, row, shown);
        enum br_err err = cli_take_value(parse, row, shown, BYTES(""));
        if (err != BR_ERR_NONE)
            return err;
    }
    return BR_ERR_NONE;
}

static void cli_take_operand(struct cli_options *options, struct bytes arg)
{
    options->args = mem_realloc(options->args, (options->arg_count + 1) * sizeof(options->args[0]));
    options->args[options->arg_count++] = arg;
}

static void cli_set_presets(struct cli_options *options)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        struct cli_values *values = &options->values[i];
        if (row->preset[0] == '\0')
            continue;
        values->values = mem_zalloc(1, sizeof(values->values[0]));
        values->count = 1;
        enum br_err err =
            cli_read_value(row->kind, bytes_from_str(row->preset), values->values, NULL);
        MUST(err == BR_ERR_NONE);
    }
}

enum br_err cli_options_parse(struct cli_options *options, enum cli_command command, int argc,
                              char **argv, struct diag *diag)
{
    *options = (struct cli_options){.command = command, .argc = argc, .argv = argv};
    struct cli_parse parse = {options, diag, 2};
    bool options_over = false;
    cli_set_presets(options);
    while (parse.next < argc) {
        struct bytes arg = bytes_from_str(argv[parse.next++]);
        enum br_err err = BR_ERR_NONE;
        if (options_over || arg.len < 2 || arg.ptr[0] != '-')
            cli_take_operand(options, arg);
        else if (bytes_eq(arg, BYTES("--")))
            options_over = true;
        else if (arg.ptr[1] == '-')
            err = cli_take_long(&parse, arg);
        else
            err = cli_take_short(&parse, arg);
        if (err != BR_ERR_NONE)
            return err;
    }
    const struct cli_command_row *row = &cli_command_rows[command];
    if (options->arg_count < row->args_least && !cli_flag(options, CLI_HELP))
        return diag_set(diag, BR_ERR_CONFIG,
                        "something is missing: brunt %s %s (and see brunt %s "
                        "--help)",
                        row->name, row->args, row->name);
    return BR_ERR_NONE;
}

void cli_options_fini(struct cli_options *options)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        mem_free(options->values[i].values);
        options->values[i] = (struct cli_values){NULL, 0, false};
    }
    mem_free(options->args);
    options->args = NULL;
    options->arg_count = 0;
}

bool cli_given(const struct cli_options *options, enum cli_option id)
{
    return options->values[id].given;
}

const struct cli_values *cli_all(const struct cli_options *options, enum cli_option id)
{
    return &options->values[id];
}

/* NULL when it was not given and has no default. */
static const struct cli_value *cli_last(const struct cli_options *options, enum cli_option id)
{
    const struct cli_values *values = &options->values[id];
    return values->count == 0 ? NULL : &values->values[values->count - 1];
}

static const struct cli_value *cli_last_of(const struct cli_options *options, enum cli_option id,
                                           enum cli_kind kind)
{
    const struct cli_value *value = cli_last(options, id);
    MUST(cli_option_rows[id].kind == kind);
    MUST(value != NULL);
    return value;
}

bool cli_flag(const struct cli_options *options, enum cli_option id)
{
    MUST(cli_option_rows[id].kind == CLI_KIND_FLAG);
    return cli_given(options, id);
}

struct bytes cli_text(const struct cli_options *options, enum cli_option id)
{
    const struct cli_value *value = cli_last(options, id);
    return value == NULL ? BYTES_NONE : value->text;
}

uint64_t cli_count(const struct cli_options *options, enum cli_option id)
{
    enum cli_kind kind = cli_option_rows[id].kind;
    MUST(kind == CLI_KIND_COUNT || kind == CLI_KIND_INTEGER || kind == CLI_KIND_SIZE);
    return cli_last_of(options, id, kind)->u.count;
}

int64_t cli_duration(const struct cli_options *options, enum cli_option id)
{
    return cli_last_of(options, id, CLI_KIND_DURATION)->ns;
}

uint64_t cli_rate(const struct cli_options *options, enum cli_option id, int64_t *out_per_ns)
{
    const struct cli_value *value = cli_last_of(options, id, CLI_KIND_RATE);
    *out_per_ns = value->ns;
    return value->u.count;
}

double cli_share(const struct cli_options *options, enum cli_option id)
{
    return cli_last_of(options, id, CLI_KIND_SHARE)->u.share;
}
