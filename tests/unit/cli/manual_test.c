/* SPDX-License-Identifier: Apache-2.0
 *
 * The manual page and the completions know every option, because they come from the table.
 */
#include "cli/manual.h"

#include "base/attr.h"
#include "cli/options.h"
#include "unit.h"

static bool holds(struct buf *text, const char *part)
{
    return strstr(buf_cstr(text), part) != NULL;
}

UNIT_TEST(manual_has_every_option_and_escapes_them)
{
    struct buf text;
    buf_init(&text, 1 << 22);
    cli_manual_page(&text);
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        char want[128];
        size_t len = 0;
        UNIT_ROW(cli_option_rows[i].name);
        len += (size_t)snprintf(want, sizeof(want), "\\fB\\-\\-");
        for (const char *c = cli_option_rows[i].name; *c != '\0'; c++)
            len +=
                (size_t)snprintf(want + len, sizeof(want) - len, "%s%c", *c == '-' ? "\\" : "", *c);
        (void)snprintf(want + len, sizeof(want) - len, "\\fR");
        UNIT_OK(holds(&text, want));
    }
    /* A line that begins with a quote or a point would be taken for a request of roff. */
    struct bytes rest = buf_bytes(&text);
    while (rest.len > 0) {
        struct bytes line = bytes_cut(&rest, '\n');
        UNIT_OK(line.len == 0 || line.ptr[0] != '\'');
        UNIT_OK(line.len == 0 || line.ptr[0] != '.' || (line.ptr[1] >= 'A' && line.ptr[1] <= 'Z') ||
                bytes_eq(line, BYTES(".br")));
    }
    buf_fini(&text);
}

UNIT_TEST(completions_have_every_option)
{
    /* What stands before and behind a name. */
    static const struct {
        const char *shell;
        const char *before;
        const char *behind;
    } rows[] = {{"bash", "--", " "}, {"zsh", "--", ""}, {"fish", "-l ", " "}};
    for (size_t row = 0; row < BR_COUNT(rows); row++) {
        struct buf text;
        buf_init(&text, 1 << 22);
        UNIT_EQ_INT(cli_completion(bytes_from_str(rows[row].shell), &text), BR_ERR_NONE);
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            char want[128];
            UNIT_ROW(cli_option_rows[i].name);
            (void)snprintf(want, sizeof(want), "%s%s%s", rows[row].before, cli_option_rows[i].name,
                           rows[row].behind);
            UNIT_OK(holds(&text, want));
        }
        for (int i = 0; i < CLI_COMMAND_COUNT; i++)
            UNIT_OK(holds(&text, cli_command_rows[i].name));
        buf_fini(&text);
    }
}

UNIT_TEST(other_shells_are_refused)
{
    struct buf text;
    buf_init(&text, 1 << 22);
    UNIT_EQ_INT(cli_completion(BYTES("tcsh"), &text), BR_ERR_CONFIG);
    UNIT_EQ_INT(text.len, 0);
    buf_fini(&text);
}

UNIT_MAIN(UNIT_RUN(manual_has_every_option_and_escapes_them),
          UNIT_RUN(completions_have_every_option), UNIT_RUN(other_shells_are_refused))
