/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the environment: the only folder that may.
 */
#include "cli/term.h"

#include <stdlib.h>

#include "base/attr.h"
#include "sys/file.h"

/* A variable that is set and not empty (no-color.org). */
static struct bytes cli_env(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? BYTES_NONE : bytes_from_str(value);
}

/* By the first of the locale's variables that is set, as setlocale(3) has it. */
static bool cli_locale_is_utf8(void)
{
    struct bytes locale = cli_env("LC_ALL");
    if (locale.len == 0)
        locale = cli_env("LC_CTYPE");
    if (locale.len == 0)
        locale = cli_env("LANG");
    struct bytes charset = locale;
    (void)bytes_cut(&charset, '.');
    charset = bytes_cut(&charset, '@');
    return bytes_eq_nocase(charset, BYTES("UTF-8")) || bytes_eq_nocase(charset, BYTES("utf8"));
}

struct cli_term cli_term_of(int fd)
{
    struct cli_term term = {.fd = fd, .terminal = file_is_terminal(fd)};
    struct bytes kind = cli_env("TERM");
    term.redraws = term.terminal && kind.len > 0 && !bytes_eq(kind, BYTES("dumb"));
    term.colors = term.redraws && cli_env("NO_COLOR").len == 0;
    term.utf8 = cli_locale_is_utf8();
    return term;
}

int cli_term_width(const struct cli_term *term)
{
    int columns = 0;
    int rows = 0;
    if (term->terminal)
        file_terminal_size(term->fd, &columns, &rows);
    return columns > 0 ? columns : CLI_TERM_WIDTH;
}

static const char *cli_term_style(enum form_style style)
{
    static const char *const codes[] = {
        [FORM_STYLE_END] = "\x1b[0m",    [FORM_STYLE_TITLE] = "\x1b[1m",
        [FORM_STYLE_GOOD] = "\x1b[32m",  [FORM_STYLE_BAD] = "\x1b[31m",
        [FORM_STYLE_DOUBT] = "\x1b[33m", [FORM_STYLE_FAINT] = "\x1b[2m",
    };
    return codes[style];
}

struct form_options cli_term_form(const struct cli_term *term)
{
    return (struct form_options){.width = cli_term_width(term),
                                 .utf8 = term->utf8,
                                 .style = term->colors ? cli_term_style : NULL};
}

bool cli_term_print(const struct cli_term *term, struct bytes text)
{
    return file_print(term->fd, text);
}
