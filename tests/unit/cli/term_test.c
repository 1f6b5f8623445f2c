/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be written where: the locale's variables, and that what is no terminal gets neither
 * colours nor redrawing. Terminals are tested from outside (tests/spec).
 */
#include "cli/term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"
#include "unit.h"

static void set(const char *name, const char *value)
{
    if (value == NULL)
        (void)unsetenv(name);
    else
        (void)setenv(name, value, 1);
}

UNIT_TEST(locale_says_whether_utf8)
{
    static const struct {
        const char *name;
        const char *all;
        const char *ctype;
        const char *lang;
        bool utf8;
    } rows[] = {
        {"nothing", NULL, NULL, NULL, false},
        {"LANG", NULL, NULL, "de_DE.UTF-8", true},
        {"LANG with a modifier", NULL, NULL, "de_DE.utf8@euro", true},
        {"LC_CTYPE over LANG", NULL, "C", "de_DE.UTF-8", false},
        {"LC_ALL over all", "C.UTF-8", "C", "C", true},
        {"an empty one does not count", "", "", "en_US.utf8", true},
        {"another charset", NULL, NULL, "de_DE.ISO-8859-1", false},
        {"POSIX", NULL, NULL, "POSIX", false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        set("LC_ALL", rows[i].all);
        set("LC_CTYPE", rows[i].ctype);
        set("LANG", rows[i].lang);
        UNIT_EQ_INT(cli_term_of(1).utf8, rows[i].utf8);
    }
}

UNIT_TEST(files_are_written_plainly)
{
    int fd = open("/dev/null", O_WRONLY);
    UNIT_OK(fd != -1);
    set("TERM", "xterm");
    struct cli_term term = cli_term_of(fd);
    UNIT_OK(!term.terminal);
    UNIT_OK(!term.redraws);
    UNIT_OK(!term.colors);
    UNIT_EQ_INT(cli_term_width(&term), CLI_TERM_WIDTH);
    UNIT_OK(cli_term_form(&term).style == NULL);
    UNIT_OK(cli_term_print(&term, BYTES("x")));
    (void)close(fd);
}

UNIT_MAIN(UNIT_RUN(locale_says_whether_utf8), UNIT_RUN(files_are_written_plainly))
