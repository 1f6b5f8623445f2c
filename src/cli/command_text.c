/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line for records. Results are passed on to others, so passwords stay out of them: a
 * URL with one is refused anyway, a header with one is masked here.
 */
#include "cli/bench_plan.h"

/* By its name, whatever its case. */
static bool cli_is_secret(struct bytes header)
{
    static const char *const parts[] = {"auth",   "cookie",   "token",  "key",
                                        "secret", "password", "session"};
    struct bytes value = header;
    struct bytes name = bytes_cut(&value, ':');
    for (size_t i = 0; i < BR_COUNT(parts); i++) {
        struct bytes part = bytes_from_str(parts[i]);
        for (size_t at = 0; at + part.len <= name.len; at++) {
            if (bytes_eq_nocase(bytes_make(name.ptr + at, part.len), part))
                return true;
        }
    }
    return false;
}

/* Options whose values are secrets whatever they are. */
static const enum cli_option cli_secrets[] = {CLI_BEARER, CLI_BASIC, CLI_COOKIE};

static bool cli_is_inside(struct bytes text, struct bytes arg)
{
    return text.ptr >= arg.ptr && text.ptr <= arg.ptr + arg.len;
}

/* How much of that argument may be shown: all, up to the colon of a secret header, or none of what
 * is a secret. */
static size_t cli_shown_len(const struct cli_options *options, struct bytes arg)
{
    const struct cli_values *headers = cli_all(options, CLI_HEADER);
    for (size_t i = 0; i < BR_COUNT(cli_secrets); i++) {
        const struct cli_values *secrets = cli_all(options, cli_secrets[i]);
        for (size_t k = 0; k < secrets->count; k++) {
            struct bytes text = secrets->values[k].text;
            if (cli_is_inside(text, arg) && text.len > 0 && text.ptr[0] != '@')
                return (size_t)(text.ptr - arg.ptr);
        }
    }
    for (size_t i = 0; i < headers->count; i++) {
        struct bytes text = headers->values[i].text;
        if (cli_is_inside(text, arg) && cli_is_secret(text))
            return (size_t)(text.ptr - arg.ptr) + bytes_find(text, ':');
    }
    return arg.len;
}

static bool cli_is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (c == '\0' || strchr("-_./:@%+,=", c) == NULL))
            return false;
    }
    return text.len > 0;
}

/* In single quotes where a shell would see more in it than a word. */
static void cli_put_quoted(struct buf *out, struct bytes text)
{
    if (cli_is_plain(text)) {
        buf_put(out, text);
        return;
    }
    buf_put_str(out, "'");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            buf_put_str(out, "'\\''");
        else
            buf_put(out, bytes_make(text.ptr + i, 1));
    }
    buf_put_str(out, "'");
}

void cli_command_text(const struct cli_options *options, struct buf *out)
{
    buf_put_str(out, "brunt");
    for (int i = 1; i < options->argc; i++) {
        struct bytes arg = bytes_from_str(options->argv[i]);
        size_t shown = cli_shown_len(options, arg);
        struct buf masked;
        buf_init(&masked, arg.len + 16);
        buf_put(&masked, bytes_make(arg.ptr, shown));
        if (shown < arg.len)
            buf_put_str(&masked, arg.ptr[shown] == ':' ? ": ***" : "***");
        buf_put_str(out, " ");
        cli_put_quoted(out, buf_bytes(&masked));
        buf_fini(&masked);
    }
}
