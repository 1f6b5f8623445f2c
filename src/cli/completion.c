/* SPDX-License-Identifier: Apache-2.0
 *
 * Completion scripts: each shell gets the subcommands, each subcommand its options, and an option
 * that names a file is completed by files.
 */
#include "cli/manual.h"
#include "cli/options.h"

/* Single-quoted for any of the three shells; our texts have no backslash. */
static void cli_complete_quoted(struct buf *out, const char *text, const char *quote)
{
    buf_put_str(out, "'");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            buf_put_str(out, quote);
        else
            buf_put(out, bytes_make(c, 1));
    }
    buf_put_str(out, "'");
}

/* The first sentence of a help text, without its end. */
static struct bytes cli_complete_sentence(const char *help)
{
    struct bytes text = bytes_from_str(help);
    for (size_t i = 0; i < text.len; i++) {
        bool last = i + 1 == text.len;
        if (text.ptr[i] == ';' || (text.ptr[i] == '.' && (last || text.ptr[i + 1] == ' ')))
            return bytes_make(text.ptr, i);
    }
    return text;
}

/* What an operand may be, with a blank in place of each '|': "bash zsh fish"; false when it may be
 * anything. */
static bool cli_complete_choices(const struct cli_command_row *row, struct buf *out)
{
    struct bytes rest = bytes_from_str(row->args);
    if (bytes_find(rest, '|') == rest.len)
        return false;
    while (rest.ptr != NULL) {
        struct bytes choice = bytes_cut(&rest, '|');
        buf_putf(out, "%.*s%s", BYTES_ARG(choice), rest.ptr == NULL ? "" : " ");
    }
    return true;
}

static bool cli_operand_is_file(const struct cli_command_row *row)
{
    return bytes_starts(bytes_from_str(row->args), BYTES("FILE"));
}

/* "bench,--result|bench,-o|" for the options of one kind of value. */
static void cli_bash_patterns(struct buf *out, bool files)
{
    bool begun = false;
    for (int command = 0; command < CLI_COMMAND_COUNT; command++) {
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            const struct cli_option_row *row = &cli_option_rows[i];
            const char *name = cli_command_rows[command].name;
            bool valued = row->kind != CLI_KIND_FLAG && (row->traits & CLI_OPTIONAL) == 0;
            if (!valued || ((row->traits & CLI_FILE) != 0) != files ||
                !cli_option_serves(row, (enum cli_command)command))
                continue;
            buf_putf(out, "%s%s,--%s", begun ? "|" : "", name, row->name);
            if (row->letter != 0)
                buf_putf(out, "|%s,-%c", name, row->letter);
            begun = true;
        }
    }
}

static void cli_bash_options(struct buf *out, enum cli_command command)
{
    buf_putf(out, "    %s) operands='", cli_command_rows[command].name);
    (void)cli_complete_choices(&cli_command_rows[command], out);
    buf_putf(out, "' files=%d words='", cli_operand_is_file(&cli_command_rows[command]));
    for (int i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_option_serves(&cli_option_rows[i], command))
            buf_putf(out, "--%s ", cli_option_rows[i].name);
    }
    buf_put_str(out, "' ;;\n");
}

static void cli_complete_bash(struct buf *out)
{
    buf_put_str(out, "# bash completion for brunt; written by brunt completion bash\n"
                     "_brunt() {\n"
                     "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                     "    local words='' operands='' files=0 command=${COMP_WORDS[1]}\n"
                     "    COMPREPLY=()\n"
                     "    if [[ $COMP_CWORD -eq 1 ]]; then\n"
                     "        words='");
    for (int i = 0; i < CLI_COMMAND_COUNT; i++)
        buf_putf(out, "%s ", cli_command_rows[i].name);
    buf_put_str(out, "--help --version'\n"
                     "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                     "        return\n"
                     "    fi\n"
                     "    case $command,$prev in\n    ");
    cli_bash_patterns(out, true);
    buf_put_str(out, ")\n        COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n    ");
    cli_bash_patterns(out, false);
    buf_put_str(out, ")\n        return ;;\n    esac\n    case $command in\n");
    for (int i = 0; i < CLI_COMMAND_COUNT; i++)
        cli_bash_options(out, (enum cli_command)i);
    buf_put_str(out, "    esac\n"
                     "    if [[ $cur == -* ]]; then\n"
                     "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                     "    elif [[ $files -eq 1 ]]; then\n"
                     "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                     "    else\n"
                     "        COMPREPLY=($(compgen -W \"$operands\" -- \"$cur\"))\n"
                     "    fi\n"
                     "}\n"
                     "complete -o filenames -F _brunt brunt\n");
}

/* '--rate[sentence]:RATE:' ; brackets and colons in the sentence would end it. */
static void cli_zsh_option(struct buf *out, const struct cli_option_row *row)
{
    struct bytes sentence = cli_complete_sentence(row->help);
    const char *equals = (row->traits & CLI_OPTIONAL) != 0 ? "=-"
                         : row->kind != CLI_KIND_FLAG      ? "="
                                                           : "";
    buf_put_str(out, "            '");
    if ((row->traits & CLI_MANY) != 0)
        buf_put_str(out, "*");
    buf_putf(out, "--%s%s[", row->name, equals);
    for (size_t i = 0; i < sentence.len; i++) {
        char c = sentence.ptr[i];
        if (c == '\'')
            buf_put_str(out, "'\\''");
        else if (c == '[' || c == ']')
            buf_putf(out, "\\%c", c);
        else
            buf_putf(out, "%c", c);
    }
    buf_put_str(out, "]");
    if (row->kind != CLI_KIND_FLAG)
        buf_putf(out, "%s%s:%s", (row->traits & CLI_OPTIONAL) != 0 ? "::" : ":", row->form,
                 (row->traits & CLI_FILE) != 0 ? "_files" : " ");
    buf_put_str(out, "' \\\n");
}

static void cli_zsh_operand(struct buf *out, const struct cli_command_row *row)
{
    buf_put_str(out, "            '*:operand:");
    if (cli_operand_is_file(row)) {
        buf_put_str(out, "_files");
    } else {
        buf_put_str(out, "(");
        (void)cli_complete_choices(row, out);
        buf_put_str(out, ")");
    }
    buf_put_str(out, "'\n        ;;\n");
}

static void cli_complete_zsh(struct buf *out)
{
    buf_put_str(out, "#compdef brunt\n"
                     "# zsh completion for brunt; written by brunt completion zsh\n"
                     "_brunt() {\n"
                     "    local -a commands\n"
                     "    commands=(\n");
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        buf_putf(out, "        %s:", cli_command_rows[i].name);
        cli_complete_quoted(out, cli_command_rows[i].summary, "'\\''");
        buf_put_str(out, "\n");
    }
    buf_put_str(out, "    )\n"
                     "    if (( CURRENT == 2 )); then\n"
                     "        _describe command commands\n"
                     "        return\n"
                     "    fi\n"
                     "    local command=$words[2]\n"
                     "    shift words\n"
                     "    (( CURRENT-- ))\n"
                     "    case $command in\n");
    for (int command = 0; command < CLI_COMMAND_COUNT; command++) {
        buf_putf(out, "    %s)\n        _arguments \\\n", cli_command_rows[command].name);
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            if (cli_option_serves(&cli_option_rows[i], (enum cli_command)command))
                cli_zsh_option(out, &cli_option_rows[i]);
        }
        cli_zsh_operand(out, &cli_command_rows[command]);
    }
    buf_put_str(out, "    esac\n}\n_brunt \"$@\"\n");
}

static void cli_fish_option(struct buf *out, const char *command, const struct cli_option_row *row)
{
    struct bytes sentence = cli_complete_sentence(row->help);
    struct buf text;
    buf_putf(out, "complete -c brunt -n '__fish_seen_subcommand_from %s' -l %s", command,
             row->name);
    if (row->letter != 0)
        buf_putf(out, " -s %c", row->letter);
    if (row->kind != CLI_KIND_FLAG && (row->traits & CLI_OPTIONAL) == 0)
        buf_put_str(out, (row->traits & CLI_FILE) != 0 ? " -rF" : " -x");
    buf_init(&text, sentence.len + 1);
    buf_put(&text, sentence);
    buf_put_str(out, " -d ");
    cli_complete_quoted(out, buf_cstr(&text), "\\'");
    buf_put_str(out, "\n");
    buf_fini(&text);
}

static void cli_fish_operand(struct buf *out, const struct cli_command_row *row)
{
    if (cli_operand_is_file(row))
        return;
    buf_putf(out, "complete -c brunt -n '__fish_seen_subcommand_from %s' -f -a '", row->name);
    (void)cli_complete_choices(row, out);
    buf_put_str(out, "'\n");
}

static void cli_complete_fish(struct buf *out)
{
    buf_put_str(out, "# fish completion for brunt; written by brunt completion fish\n"
                     "complete -c brunt -n __fish_use_subcommand -f -l help -s h\n"
                     "complete -c brunt -n __fish_use_subcommand -f -l version -s V\n");
    for (int command = 0; command < CLI_COMMAND_COUNT; command++) {
        const char *name = cli_command_rows[command].name;
        buf_putf(out, "complete -c brunt -n __fish_use_subcommand -f -a %s -d ", name);
        cli_complete_quoted(out, cli_command_rows[command].summary, "\\'");
        buf_put_str(out, "\n");
        cli_fish_operand(out, &cli_command_rows[command]);
        for (int i = 0; i < CLI_OPTION_COUNT; i++) {
            if (cli_option_serves(&cli_option_rows[i], (enum cli_command)command))
                cli_fish_option(out, name, &cli_option_rows[i]);
        }
    }
}

enum br_err cli_completion(struct bytes shell, struct buf *out)
{
    if (bytes_eq(shell, BYTES("bash")))
        cli_complete_bash(out);
    else if (bytes_eq(shell, BYTES("zsh")))
        cli_complete_zsh(out);
    else if (bytes_eq(shell, BYTES("fish")))
        cli_complete_fish(out);
    else
        return BR_ERR_CONFIG;
    return BR_ERR_NONE;
}
