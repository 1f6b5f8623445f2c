/* SPDX-License-Identifier: Apache-2.0
 *
 * brunt(1), written in man(7): one section a subcommand.
 */
#include "cli/manual.h"

#include "base/exit.h"
#include "base/version.h"
#include "cli/options.h"

struct cli_exit_row {
    enum exit_code code;
    const char *text;
};

static const struct cli_exit_row cli_exit_rows[] = {
    {EXIT_CODE_OK, "PASS, or nothing was to be judged."},
    {EXIT_CODE_INVALID, "INVALID: this machine, not the target, was the limit."},
    {EXIT_CODE_FAIL, "FAIL: an expectation did not hold, or nothing succeeded."},
    {EXIT_CODE_CONFIG, "The command line or a file it names is not valid; nothing was sent."},
    {EXIT_CODE_SIGNAL, "Interrupted; the summary is of what happened until then."},
    {EXIT_CODE_LISTEN, "A server of ours could not listen."},
    {EXIT_CODE_BUG, "A bug of ours."},
    {EXIT_CODE_OTHER, "Input or output failed."},
};

/* Text for a line of its own: what roff would take for something else is escaped. */
static void cli_man_text(struct buf *out, struct bytes text)
{
    if (text.len > 0 && (text.ptr[0] == '.' || text.ptr[0] == '\''))
        buf_put_str(out, "\\&");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\')
            buf_put_str(out, "\\e");
        else if (c == '-')
            buf_put_str(out, "\\-");
        else if (c == '\'')
            buf_put_str(out, "\\(aq");
        else
            buf_put(out, bytes_make(&c, 1));
    }
}

static void cli_man_str(struct buf *out, const char *text)
{
    cli_man_text(out, bytes_from_str(text));
}

static void cli_man_option(struct buf *out, const struct cli_option_row *row)
{
    buf_put_str(out, ".TP\n");
    if (row->letter != 0)
        buf_putf(out, "\\fB\\-%c\\fR, ", row->letter);
    buf_put_str(out, "\\fB\\-\\-");
    cli_man_str(out, row->name);
    buf_put_str(out, "\\fR");
    if (row->kind != CLI_KIND_FLAG)
        buf_putf(out, (row->traits & CLI_OPTIONAL) != 0 ? "[=\\fI%s\\fR]" : " \\fI%s\\fR",
                 row->form);
    buf_put_str(out, "\n");
    cli_man_str(out, row->help);
    if (row->preset[0] != '\0') {
        buf_put_str(out, " Default: ");
        cli_man_str(out, row->preset);
        buf_put_str(out, ".");
    }
    buf_put_str(out, "\n");
}

/* Lines "command line|what it does". */
static void cli_man_examples(struct buf *out, const char *examples)
{
    struct bytes rest = bytes_from_str(examples);
    while (rest.len > 0) {
        struct bytes what = bytes_cut(&rest, '\n');
        struct bytes line = bytes_cut(&what, '|');
        buf_put_str(out, ".TP\n\\fB");
        cli_man_text(out, line);
        buf_put_str(out, "\\fR\n");
        cli_man_text(out, what);
        buf_put_str(out, "\n");
    }
}

static void cli_man_command(struct buf *out, enum cli_command command)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    buf_put_str(out, ".SH BRUNT ");
    for (const char *c = row->name; *c != '\0'; c++)
        buf_putf(out, "%c", *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    buf_putf(out, "\n\\fBbrunt %s\\fR [\\fIoption\\fR]... \\fI", row->name);
    cli_man_str(out, row->args);
    buf_put_str(out, "\\fR\n.PP\n");
    cli_man_str(out, row->prose);
    buf_put_str(out, "\n");
    for (int group = 0; group < CLI_GROUP_COUNT; group++) {
        bool begun = false;
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            const struct cli_option_row *option = &cli_option_rows[i];
            if (option->group != (enum cli_group)group || !cli_option_serves(option, command))
                continue;
            if (!begun)
                buf_putf(out, ".SS %s\n", cli_group_names[group]);
            begun = true;
            cli_man_option(out, option);
        }
    }
    if (row->examples[0] != '\0')
        buf_put_str(out, ".SS Examples\n");
    cli_man_examples(out, row->examples);
}

void cli_manual_page(struct buf *out)
{
    buf_putf(out, ".TH BRUNT 1 \"\" \"brunt %s\" \"User Commands\"\n", version_text);
    buf_put_str(out, ".SH NAME\nbrunt \\- performance tests of event pipelines\n"
                     ".SH SYNOPSIS\n\\fBbrunt\\fR \\fIcommand\\fR [\\fIoption\\fR]... "
                     "[\\fIoperand\\fR]...\n.br\n\\fBbrunt\\fR [\\fIcommand\\fR] "
                     "\\fB\\-\\-help\\fR\n.br\n\\fBbrunt \\-\\-version\\fR\n"
                     ".SH DESCRIPTION\n"
                     "Sends load, measures what comes back, and says whether the numbers can be "
                     "trusted. Results go to standard output, everything else to standard error. "
                     "Values carry units: 5000/s, 30s, 64KiB, 10k.\n");
    buf_put_str(out, ".SH COMMANDS\n");
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        buf_putf(out, ".TP\n\\fB%s\\fR\n", cli_command_rows[i].name);
        cli_man_str(out, cli_command_rows[i].summary);
        buf_put_str(out, "\n");
    }
    for (int i = 0; i < CLI_COMMAND_COUNT; i++)
        cli_man_command(out, (enum cli_command)i);
    buf_put_str(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < BR_COUNT(cli_exit_rows); i++)
        buf_putf(out, ".TP\n\\fB%d\\fR\n%s\n", (int)cli_exit_rows[i].code, cli_exit_rows[i].text);
    buf_put_str(out, ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nWhen set, nothing is coloured.\n");
}
