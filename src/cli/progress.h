/* SPDX-License-Identifier: Apache-2.0
 *
 * Shows how far a run is, on standard error: two lines drawn again in their place on a terminal
 * (one on a narrow one), a plain line every few seconds elsewhere.
 */
#ifndef BR_CLI_PROGRESS_H
#define BR_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/term.h"
#include "report/progress.h"

enum { CLI_PROGRESS_LOG_SEC = 5 };

struct cli_progress {
    struct cli_term term;
    bool in_place;
    int drawn[2]; /* columns of the lines that stand on the terminal; 0: none */
    int width;    /* the terminal's when they were drawn */
    struct progress_past past;
    int64_t next_log_ns; /* run time of the next plain line */
};

/* in_place false: plain lines even on a terminal (when others write there, too). */
void cli_progress_init(struct cli_progress *progress, struct cli_term term, bool in_place);
void cli_progress_show(struct cli_progress *progress, const struct progress_view *view);
/* Takes the lines away; before anything else is written to the terminal, and at the end. */
void cli_progress_clear(struct cli_progress *progress);

#endif
