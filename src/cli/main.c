/* SPDX-License-Identifier: Apache-2.0
 *
 * The program: finds the subcommand, reads its options, hands over.
 */
#include "cli/main.h"

#include "base/buf.h"
#include "base/version.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/term.h"
#include "conn/name.h"
#include "conn/tls.h"
#include "data/json.h"

enum { MAIN_TEXT_MAX = 1 << 20 };

static cli_main_fn *const cli_mains[CLI_COMMAND_COUNT] = {
#define COMMAND(id, name, main, args, least, summary, prose, examples) main,
#include "cli/commands_table.h"
#undef COMMAND
};

/* Prints to standard output what was asked for. */
static enum exit_code cli_print_out(const struct buf *text)
{
    struct cli_term out = cli_term_of(1);
    return cli_term_print(&out, buf_bytes(text)) ? EXIT_CODE_OK : EXIT_CODE_OTHER;
}

/* command CLI_COMMAND_COUNT: the program's. */
static enum exit_code cli_print_help(enum cli_command command)
{
    struct cli_term out = cli_term_of(1);
    struct cli_help_style style = {.width = cli_term_width(&out), .bold = out.colors};
    struct buf text;
    buf_init(&text, MAIN_TEXT_MAX);
    if (command == CLI_COMMAND_COUNT)
        cli_help_program(&text, style);
    else
        cli_help_command(&text, command, style);
    enum exit_code code = cli_print_out(&text);
    buf_fini(&text);
    return code;
}

static enum exit_code cli_print_version(void)
{
    struct buf text;
    buf_init(&text, MAIN_TEXT_MAX);
    buf_putf(&text, "brunt %s (%s)\n", version_text, version_build);
    buf_putf(&text, "with OpenSSL %s, c-ares %s, jansson %s\n", tls_library_version(),
             name_library_version(), json_library_version());
    enum exit_code code = cli_print_out(&text);
    buf_fini(&text);
    return code;
}

static enum exit_code cli_print_manual(void)
{
    struct buf text;
    buf_init(&text, MAIN_TEXT_MAX);
    cli_manual_page(&text);
    enum exit_code code = cli_print_out(&text);
    buf_fini(&text);
    return code;
}

static enum exit_code cli_run_command(enum cli_command command, int argc, char **argv)
{
    struct cli_options options;
    struct diag diag = DIAG_INIT;
    enum exit_code code;
    if (cli_options_parse(&options, command, argc, argv, &diag) != BR_ERR_NONE) {
        cli_complain(cli_command_rows[command].name, diag.text);
        code = EXIT_CODE_CONFIG;
    } else if (cli_flag(&options, CLI_HELP)) {
        code = cli_print_help(command);
    } else {
        code = cli_mains[command](&options);
    }
    cli_options_fini(&options);
    return code;
}

static enum exit_code cli_fail_command(struct bytes word)
{
    struct diag diag;
    const char *near = cli_command_nearest(word);
    if (word.len > 0 && word.ptr[0] == '-')
        (void)diag_set(&diag, BR_ERR_CONFIG,
                       "a command comes first, then its options; brunt --help lists the commands");
    else if (near != NULL)
        (void)diag_set(&diag, BR_ERR_CONFIG, "unknown command %.*s; did you mean %s?",
                       BYTES_ARG(word), near);
    else
        (void)diag_set(&diag, BR_ERR_CONFIG,
                       "unknown command %.*s; brunt --help lists the commands", BYTES_ARG(word));
    cli_complain(NULL, diag.text);
    return EXIT_CODE_CONFIG;
}

/* `brunt help COMMAND` */
static enum exit_code cli_help_on(struct bytes word)
{
    enum cli_command command = cli_command_find(word);
    return command == CLI_COMMAND_COUNT ? cli_fail_command(word) : cli_print_help(command);
}

int main(int argc, char **argv)
{
    struct bytes word = argc < 2 ? BYTES("") : bytes_from_str(argv[1]);
    if (argc < 2) {
        cli_complain(NULL, "a command is missing; brunt --help lists the commands");
        return EXIT_CODE_CONFIG;
    }
    enum cli_command command = cli_command_find(word);
    if (command < CLI_COMMAND_COUNT)
        return (int)cli_run_command(command, argc, argv);
    if (bytes_eq(word, BYTES("--help")) || bytes_eq(word, BYTES("-h")))
        return (int)cli_print_help(CLI_COMMAND_COUNT);
    if (bytes_eq(word, BYTES("help")) && argc < 3)
        return (int)cli_print_help(CLI_COMMAND_COUNT);
    if (bytes_eq(word, BYTES("help")))
        return (int)cli_help_on(bytes_from_str(argv[2]));
    if (bytes_eq(word, BYTES("--man")))
        return (int)cli_print_manual();
    if (bytes_eq(word, BYTES("--version")) || bytes_eq(word, BYTES("-V")))
        return (int)cli_print_version();
    return (int)cli_fail_command(word);
}
