/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing: to the beginning of the first line, the lines, each erased to its end. No other screen
 * is taken and no cursor hidden, so that even a killed program leaves nothing but its last lines; a
 * crash takes those away, too. A terminal that became narrower has wrapped what stands there: its
 * rows are counted by what was drawn and how wide it is now.
 */
#include "cli/progress.h"

#include "base/buf.h"
#include "base/fmt.h"
#include "sys/signal.h"

enum { CLI_PROGRESS_LINE_MAX = 64 * 1024, CLI_PROGRESS_TWO_LINES = 50 };

void cli_progress_init(struct cli_progress *progress, struct cli_term term, bool in_place)
{
    *progress = (struct cli_progress){
        .term = term,
        .in_place = in_place && term.redraws,
        .next_log_ns = CLI_PROGRESS_LOG_SEC * INT64_C(1000000000),
    };
}

/* Rows that so many columns take; an empty line takes one. */
static int cli_rows(int columns, int width)
{
    return columns > width ? (columns + width - 1) / width : 1;
}

/* Back to the first column of the first line. */
static void cli_progress_rewind(const struct cli_progress *progress, int width, struct buf *out)
{
    int up = cli_rows(progress->drawn[0], width) - 1;
    if (progress->drawn[1] > 0)
        up += cli_rows(progress->drawn[1], width);
    if (up > 0)
        buf_putf(out, "\x1b[%dA", up);
    buf_put_str(out, "\r");
    if (width != progress->width && progress->drawn[0] > 0)
        buf_put_str(out, "\x1b[J");
}

static void cli_progress_draw(struct cli_progress *progress, const struct progress_view *view,
                              struct buf *out)
{
    bool utf8 = progress->term.utf8;
    int width = cli_term_width(&progress->term);
    cli_progress_rewind(progress, width, out);
    size_t from = out->len;
    /* One column less: many terminals go to the next line behind the last one. */
    if (width < CLI_PROGRESS_TWO_LINES) {
        progress_format_line(view, width - 1, utf8, out);
        progress->drawn[0] = fmt_width(bytes_skip(buf_bytes(out), from));
        buf_put_str(out, "\x1b[J");
        progress->drawn[1] = 0;
    } else {
        progress_format_first(view, width - 1, utf8, out);
        progress->drawn[0] = fmt_width(bytes_skip(buf_bytes(out), from));
        buf_put_str(out, "\x1b[K\r\n");
        from = out->len;
        progress_format_second(view, &progress->past, width - 1, utf8, out);
        progress->drawn[1] = fmt_width(bytes_skip(buf_bytes(out), from));
        buf_put_str(out, "\x1b[K");
    }
    progress->width = width;
    signal_set_farewell(progress->term.fd,
                        progress->drawn[1] > 0 ? BYTES("\x1b[1A\r\x1b[J") : BYTES("\r\x1b[J"));
}

void cli_progress_show(struct cli_progress *progress, const struct progress_view *view)
{
    struct buf line;
    progress_remember(&progress->past, view);
    if (!progress->in_place && view->elapsed_ns < progress->next_log_ns)
        return;
    buf_init(&line, CLI_PROGRESS_LINE_MAX);
    if (progress->in_place) {
        cli_progress_draw(progress, view, &line);
    } else {
        progress_format_log(view, &line);
        progress->next_log_ns =
            view->elapsed_ns + CLI_PROGRESS_LOG_SEC * INT64_C(1000000000) - INT64_C(500000000);
    }
    (void)cli_term_print(&progress->term, buf_bytes(&line));
    buf_fini(&line);
}

void cli_progress_clear(struct cli_progress *progress)
{
    struct buf text;
    if (progress->drawn[0] == 0)
        return;
    buf_init(&text, CLI_PROGRESS_LINE_MAX);
    cli_progress_rewind(progress, cli_term_width(&progress->term), &text);
    buf_put_str(&text, "\x1b[J");
    (void)cli_term_print(&progress->term, buf_bytes(&text));
    buf_fini(&text);
    progress->drawn[0] = 0;
    progress->drawn[1] = 0;
    signal_set_farewell(progress->term.fd, BYTES_NONE);
}
