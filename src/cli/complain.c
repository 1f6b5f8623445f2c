/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes wrong before anything happens, in one line.
 */
#include "base/buf.h"
#include "cli/main.h"
#include "sys/file.h"

enum { COMPLAIN_SIZE_MAX = 8192 };

void cli_complain(const char *command, const char *text)
{
    struct buf line;
    buf_init(&line, COMPLAIN_SIZE_MAX);
    if (command != NULL)
        buf_putf(&line, "brunt %s: %s\n", command, text);
    else
        buf_putf(&line, "brunt: %s\n", text);
    (void)file_print(2, buf_bytes(&line));
    buf_fini(&line);
}

enum exit_code cli_exit_of(enum br_err err)
{
    switch (err) {
    case BR_ERR_NONE:
        return EXIT_CODE_OK;
    case BR_ERR_IO:
        return EXIT_CODE_OTHER;
    case BR_ERR_INTERRUPTED:
        return EXIT_CODE_SIGNAL;
    case BR_ERR_LISTEN:
        return EXIT_CODE_LISTEN;
    default:
        break;
    }
    /* The target, not the command line: it did not become ready. */
    bool is_target = err == BR_ERR_STATUS || err_class(err) == ERR_CLASS_conn ||
                     err_class(err) == ERR_CLASS_time;
    return is_target ? EXIT_CODE_FAIL : EXIT_CODE_CONFIG;
}
