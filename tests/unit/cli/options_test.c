/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a command line by the tables, and the tables themselves: their defaults are readable,
 * their names and letters unique.
 */
#include "cli/options.h"

#include "base/attr.h"
#include "cli/help.h"
#include "report/form.h"
#include "unit.h"

enum { WORDS_MAX = 32 };

/* "bench -r 5/s URL", cut at blanks, as argv. */
struct words {
    char room[512];
    char *argv[WORDS_MAX];
    int argc;
};

static void words_cut(struct words *words, const char *line)
{
    size_t len = strlen(line);
    UNIT_OK(len < sizeof(words->room));
    memcpy(words->room, line, len + 1);
    words->argv[0] = words->room + len;
    words->argc = 1;
    char *at = words->room;
    while (at != NULL && *at != '\0') {
        char *blank = strchr(at, ' ');
        UNIT_OK(words->argc < WORDS_MAX);
        words->argv[words->argc++] = at;
        if (blank != NULL)
            *blank++ = '\0';
        at = blank;
    }
}

static enum br_err parse(struct cli_options *options, struct words *words, const char *line,
                         struct diag *diag)
{
    words_cut(words, line);
    return cli_options_parse(options, CLI_COMMAND_BENCH, words->argc, words->argv, diag);
}

UNIT_TEST(options_mix_with_operands)
{
    struct words words;
    struct cli_options options;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(parse(&options, &words,
                      "bench a -r 7/3s b --duration=1m30s -n10 --expect x -kv -H a:1 --header=b:2 "
                      "--wait-ready -- -c",
                      &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(options.arg_count, 3);
    UNIT_EQ_BYTES(options.args[0], BYTES("a"));
    UNIT_EQ_BYTES(options.args[1], BYTES("b"));
    UNIT_EQ_BYTES(options.args[2], BYTES("-c"));
    int64_t per_ns;
    UNIT_EQ_INT(cli_rate(&options, CLI_RATE, &per_ns), 7);
    UNIT_EQ_INT(per_ns, INT64_C(3000000000));
    UNIT_EQ_INT(cli_duration(&options, CLI_DURATION), INT64_C(90000000000));
    UNIT_EQ_INT(cli_count(&options, CLI_REQUESTS), 10);
    UNIT_OK(cli_flag(&options, CLI_INSECURE));
    UNIT_OK(cli_flag(&options, CLI_VERBOSE));
    UNIT_OK(!cli_flag(&options, CLI_QUIET));
    UNIT_EQ_INT(cli_all(&options, CLI_HEADER)->count, 2);
    UNIT_EQ_BYTES(cli_all(&options, CLI_HEADER)->values[1].text, BYTES("b:2"));
    UNIT_OK(cli_given(&options, CLI_WAIT_READY));
    UNIT_EQ_INT(cli_duration(&options, CLI_WAIT_READY), INT64_C(30000000000));
    cli_options_fini(&options);
}

UNIT_TEST(options_have_defaults_and_the_last_one_counts)
{
    struct words words;
    struct cli_options options;
    UNIT_EQ_INT(parse(&options, &words, "bench a -n 1 -n 2k", NULL), BR_ERR_NONE);
    UNIT_EQ_INT(cli_count(&options, CLI_REQUESTS), 2000);
    UNIT_OK(!cli_given(&options, CLI_DURATION));
    UNIT_EQ_INT(cli_duration(&options, CLI_DURATION), INT64_C(10000000000));
    UNIT_EQ_INT(cli_count(&options, CLI_CONNECTIONS), 50);
    UNIT_EQ_INT(cli_text(&options, CLI_BODY).len, 0);
    cli_options_fini(&options);
}

UNIT_TEST(options_that_are_wrong_get_one_line)
{
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"bench a --duraton 5s", "unknown option --duraton; did you mean --duration?"},
        {"bench a --dur=5s", "unknown option --dur; did you mean --duration?"},
        {"bench a -rate=5", "unknown option -rate; did you mean --rate?"},
        {"bench a -duration 5s", "unknown option -duration; did you mean --duration?"},
        {"bench a --frobnicate",
         "unknown option --frobnicate; brunt bench --help lists what is accepted"},
        {"bench a -Z", "unknown option -Z; brunt bench --help lists what is accepted"},
        {"bench a -kZ", "unknown option -Z; brunt bench --help lists what is accepted"},
        {"bench a --quiet=1", "--quiet takes no value"},
        {"bench a -r", "-r needs a value: RATE, such as 5000/s, 10k/s"},
        {"bench a --body", "--body needs a value: TEXT"},
        {"bench a -n", "-n needs a value: COUNT, such as 10000"},
        {"bench a -d 10x", "-d: \"10x\" is not a duration: unknown unit at character 3; accepted:"},
        {"bench a --rate=", "--rate: \"\" is not a rate: a number is missing at character 1"},
        {"bench a --wait-ready=x", "--wait-ready: \"x\" is not a duration"},
        {"bench a --timeout -r", "--timeout: \"-r\" is not a duration: it cannot be negative"},
        {"bench", "something is missing: brunt bench URL... (and see brunt bench --help)"},
        {"bench -n 5", "something is missing: brunt bench URL..."},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct words words;
        struct cli_options options;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].line);
        UNIT_EQ_INT(parse(&options, &words, rows[i].line, &diag), BR_ERR_CONFIG);
        UNIT_EQ_INT(diag.err, BR_ERR_CONFIG);
        if (strncmp(diag.text, rows[i].message, strlen(rows[i].message)) != 0)
            UNIT_EQ_STR(diag.text, rows[i].message);
        UNIT_OK(strchr(diag.text, '\n') == NULL);
        cli_options_fini(&options);
    }
}

UNIT_TEST(help_needs_no_operand)
{
    struct words words;
    struct cli_options options;
    UNIT_EQ_INT(parse(&options, &words, "bench --help", NULL), BR_ERR_NONE);
    UNIT_OK(cli_flag(&options, CLI_HELP));
    cli_options_fini(&options);
}

UNIT_TEST(table_is_sound)
{
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct cli_option_row *row = &cli_option_rows[i];
        UNIT_ROW(row->name);
        UNIT_OK(row->help[0] != '\0');
        UNIT_OK(row->help[strlen(row->help) - 1] == '.');
        UNIT_EQ_INT(row->form[0] == '\0', row->kind == CLI_KIND_FLAG);
        UNIT_OK((row->traits & CLI_OPTIONAL) == 0 || row->preset[0] != '\0');
        for (int j = 0; j < i; j++) {
            const struct cli_option_row *other = &cli_option_rows[j];
            if ((row->commands & other->commands) == 0)
                continue;
            UNIT_OK(strcmp(row->name, other->name) != 0);
            UNIT_OK(row->letter == 0 || row->letter != other->letter);
        }
    }
}

UNIT_TEST(every_form_of_a_report_has_its_option)
{
    size_t count;
    const struct form *forms = form_list(&count);
    for (size_t i = 0; i < count; i++) {
        enum cli_option id = cli_option_find(CLI_COMMAND_REPORT, bytes_from_str(forms[i].name));
        UNIT_ROW(forms[i].name);
        UNIT_OK(id != CLI_OPTION_COUNT);
        UNIT_EQ_INT(cli_option_rows[id].kind, CLI_KIND_FLAG);
        UNIT_EQ_INT(cli_option_rows[id].group, CLI_GROUP_FORM);
    }
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        UNIT_ROW(cli_option_rows[i].name);
        UNIT_OK(cli_option_rows[i].group != CLI_GROUP_FORM ||
                form_find(bytes_from_str(cli_option_rows[i].name)) != NULL);
    }
}

UNIT_TEST(commands_are_found_by_name)
{
    UNIT_EQ_INT(cli_command_find(BYTES("bench")), CLI_COMMAND_BENCH);
    UNIT_EQ_INT(cli_command_find(BYTES("benc")), CLI_COMMAND_COUNT);
    UNIT_EQ_STR(cli_command_nearest(BYTES("bnech")), "bench");
    UNIT_OK(cli_command_nearest(BYTES("sandwich")) == NULL);
}

/* Every option of the subcommand is there, and no line is wider than asked for. */
UNIT_TEST(help_is_complete_and_fits)
{
    static const int widths[] = {60, 80, 132};
    for (size_t w = 0; w < BR_COUNT(widths); w++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        cli_help_command(&out, CLI_COMMAND_BENCH, (struct cli_help_style){widths[w], false});
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            char name[64];
            if (!cli_option_serves(&cli_option_rows[i], CLI_COMMAND_BENCH))
                continue;
            (void)snprintf(name, sizeof(name), "--%s", cli_option_rows[i].name);
            UNIT_ROW(name);
            UNIT_OK(strstr(buf_cstr(&out), name) != NULL);
        }
        struct bytes rest = buf_bytes(&out);
        bool examples = false;
        while (rest.len > 0) {
            struct bytes line = bytes_cut(&rest, '\n');
            examples = examples || bytes_eq(line, BYTES("Examples:"));
            UNIT_OK(examples || line.len <= (size_t)widths[w]);
            UNIT_OK(line.len == 0 || line.ptr[line.len - 1] != ' ');
        }
        UNIT_OK(examples);
        buf_fini(&out);
    }
}

UNIT_MAIN(UNIT_RUN(options_mix_with_operands),
          UNIT_RUN(options_have_defaults_and_the_last_one_counts),
          UNIT_RUN(options_that_are_wrong_get_one_line), UNIT_RUN(help_needs_no_operand),
          UNIT_RUN(table_is_sound), UNIT_RUN(every_form_of_a_report_has_its_option),
          UNIT_RUN(commands_are_found_by_name), UNIT_RUN(help_is_complete_and_fits))
