/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be written to whom: colours and redrawing only on a terminal that wants them (NO_COLOR,
 * TERM=dumb), signs beyond ASCII only where the locale has them.
 */
#ifndef BR_CLI_TERM_H
#define BR_CLI_TERM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "report/form.h"

enum { CLI_TERM_WIDTH = 80 };

struct cli_term {
    int fd;
    bool terminal;
    bool redraws; /* a line can be drawn again in its place */
    bool colors;
    bool utf8;
};

struct cli_term cli_term_of(int fd);
/* Columns, asked now; CLI_TERM_WIDTH when it is no terminal or does not tell. */
int cli_term_width(const struct cli_term *term);
/* How to show results there. */
struct form_options cli_term_form(const struct cli_term *term);
/* Writes all of it; a reader that is gone or a full disk is nobody's fault here: false. */
bool cli_term_print(const struct cli_term *term, struct bytes text);

#endif
