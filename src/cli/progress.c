/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing: carriage return, the line, "erase to the end of the line". The cursor is never moved
 * elsewhere, so there is nothing to restore after a crash.
 */
#include "cli/progress.h"

#include "base/buf.h"

enum { CLI_PROGRESS_LINE_MAX = 64 * 1024 };

void cli_progress_init(struct cli_progress *progress, struct cli_term term, bool in_place)
{
    *progress = (struct cli_progress){
        .term = term,
        .in_place = in_place && term.redraws,
        .next_log_ns = CLI_PROGRESS_LOG_SEC * INT64_C(1000000000),
    };
}

void cli_progress_show(struct cli_progress *progress, const struct progress_view *view)
{
    struct buf line;
    if (!progress->in_place && view->elapsed_ns < progress->next_log_ns)
        return;
    buf_init(&line, CLI_PROGRESS_LINE_MAX);
    if (progress->in_place) {
        buf_put_str(&line, "\r");
        /* One column less: many terminals go to the next line behind the last one. */
        progress_format_line(view, cli_term_width(&progress->term) - 1, progress->term.utf8, &line);
        buf_put_str(&line, "\x1b[K");
        progress->drawn = true;
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
    if (progress->drawn)
        (void)cli_term_print(&progress->term, BYTES("\r\x1b[K"));
    progress->drawn = false;
}
