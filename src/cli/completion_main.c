/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt completion SHELL`.
 */
#include "base/buf.h"
#include "cli/main.h"
#include "cli/manual.h"
#include "cli/term.h"

enum { COMPLETION_TEXT_MAX = 4 << 20 };

static enum exit_code cli_fail_shell(struct bytes shell)
{
    struct diag diag;
    (void)diag_set(&diag, BR_ERR_CONFIG, "unknown shell %.*s; accepted: bash, zsh, fish",
                   BYTES_ARG(shell));
    cli_complain("completion", diag.text);
    return EXIT_CODE_CONFIG;
}

enum exit_code cli_completion_main(const struct cli_options *options)
{
    struct cli_term out = cli_term_of(1);
    enum exit_code code = EXIT_CODE_OK;
    struct buf text;
    buf_init(&text, COMPLETION_TEXT_MAX);
    if (options->arg_count > 1) {
        cli_complain("completion", "one shell at a time");
        code = EXIT_CODE_CONFIG;
    } else if (cli_completion(options->args[0], &text) != BR_ERR_NONE) {
        code = cli_fail_shell(options->args[0]);
    } else if (!cli_term_print(&out, buf_bytes(&text))) {
        code = EXIT_CODE_OTHER;
    }
    buf_fini(&text);
    return code;
}
