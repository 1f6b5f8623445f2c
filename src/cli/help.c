/* SPDX-License-Identifier: Apache-2.0
 *
 * Help is laid out in two columns: the option with its letter and value, and its sentence, wrapped.
 */
#include "cli/help.h"

#include "base/fmt.h"

enum { HELP_WIDTH_MIN = 60, HELP_INDENT = 27, HELP_PROSE_INDENT = 2 };

static void cli_help_spaces(struct buf *out, int count)
{
    buf_putf(out, "%*s", count > 0 ? count : 0, "");
}

/* Wraps the words of `text`; the cursor stands in column `at`, further lines begin in `indent`. */
static void cli_help_wrap(struct buf *out, struct bytes text, int at, int indent, int width)
{
    while (text.len > 0) {
        struct bytes word = bytes_cut(&text, ' ');
        int columns = fmt_width(word);
        if (at > indent && at + 1 + columns > width) {
            buf_put_str(out, "\n");
            cli_help_spaces(out, indent);
            at = indent;
        } else if (at > indent) {
            buf_put_str(out, " ");
            at++;
        }
        buf_put(out, word);
        at += columns;
    }
    buf_put_str(out, "\n");
}

static void cli_help_heading(struct buf *out, const char *text, struct cli_help_style style)
{
    buf_putf(out, "\n%s%s:%s\n", style.bold ? "\x1b[1m" : "", text, style.bold ? "\x1b[0m" : "");
}

/* "  -r, --rate RATE", then the sentence in its column. */
static void cli_help_option(struct buf *out, const struct cli_option_row *row,
                            struct cli_help_style style)
{
    size_t start = out->len;
    if (row->letter != 0)
        buf_putf(out, "  -%c, --%s", row->letter, row->name);
    else
        buf_putf(out, "      --%s", row->name);
    if ((row->traits & CLI_OPTIONAL) != 0)
        buf_putf(out, "[=%s]", row->form);
    else if (row->kind != CLI_KIND_FLAG)
        buf_putf(out, " %s", row->form);

    int at = (int)(out->len - start);
    if (at + 2 > HELP_INDENT) {
        buf_put_str(out, "\n");
        at = 0;
    }
    cli_help_spaces(out, HELP_INDENT - at);

    struct buf sentence;
    buf_init(&sentence, 4096);
    buf_put_str(&sentence, row->help);
    if (row->preset[0] != '\0')
        buf_putf(&sentence, " [%s]", row->preset);
    cli_help_wrap(out, buf_bytes(&sentence), HELP_INDENT, HELP_INDENT, style.width);
    buf_fini(&sentence);
}

static void cli_help_group(struct buf *out, enum cli_command command, enum cli_group group,
                           struct cli_help_style style)
{
    bool begun = false;
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        if (row->group != group || !cli_option_serves(row, command))
            continue;
        if (!begun)
            cli_help_heading(out, cli_group_names[group], style);
        begun = true;
        cli_help_option(out, row, style);
    }
}

/* Lines "command line|what it does". */
static void cli_help_examples(struct buf *out, const char *examples, struct cli_help_style style)
{
    struct bytes rest = bytes_from_str(examples);
    if (rest.len > 0)
        cli_help_heading(out, "Examples", style);
    while (rest.len > 0) {
        struct bytes what = bytes_cut(&rest, '\n');
        struct bytes line = bytes_cut(&what, '|');
        buf_putf(out, "  %.*s\n      %.*s\n", BYTES_ARG(line), BYTES_ARG(what));
    }
}

void cli_help_command(struct buf *out, enum cli_command command, struct cli_help_style style)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    if (style.width < HELP_WIDTH_MIN)
        style.width = HELP_WIDTH_MIN;
    buf_putf(out, "Usage: brunt %s [OPTION]... %s\n\n", row->name, row->args);
    cli_help_wrap(out, bytes_from_str(row->prose), 0, 0, style.width);
    for (int group = 0; group < CLI_GROUP_COUNT; group++)
        cli_help_group(out, command, (enum cli_group)group, style);
    cli_help_examples(out, row->examples, style);
}

void cli_help_program(struct buf *out, struct cli_help_style style)
{
    if (style.width < HELP_WIDTH_MIN)
        style.width = HELP_WIDTH_MIN;
    buf_put_str(out, "Usage: brunt COMMAND [OPTION]... [OPERAND]...\n\n");
    cli_help_wrap(out,
                  BYTES("Performance tests of event pipelines: sends load, measures what comes "
                        "back, and says whether the numbers can be trusted."),
                  0, 0, style.width);
    cli_help_heading(out, "Commands", style);
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command_row *row = &cli_command_rows[i];
        buf_putf(out, "  %-12s ", row->name);
        cli_help_wrap(out, bytes_from_str(row->summary), 15, 15, style.width);
    }
    cli_help_heading(out, "Options", style);
    buf_put_str(out, "  -h, --help      Show this help; brunt COMMAND --help shows the command's.\n"
                     "  -V, --version   Show the version, how it was built, and its libraries.\n"
                     "      --man       Print the manual page, for man(1).\n");
}
