/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of bytes that come in pieces: a message each. A line that lies whole in a piece is not
 * copied. The line's end, LF or CR LF, is taken off; empty lines are none.
 */
#ifndef BR_SINK_SINK_LINES_H
#define BR_SINK_SINK_LINES_H

#include <stdbool.h>

#include "base/buf.h"

enum { SINK_LINE_MAX = 1024 * 1024 };

struct sink_lines {
    struct buf part; /* the beginning of a line whose end has not come */
    bool is_cut;     /* it was too long: the rest of it is skipped */
};

/* Returns false when it is enough: nothing more is asked of this piece. is_cut: the line was longer
 * than SINK_LINE_MAX; this is its beginning. */
typedef bool sink_line_fn(struct bytes line, bool is_cut, void *context);

void sink_lines_init(struct sink_lines *lines);
void sink_lines_fini(struct sink_lines *lines);
/* False when the callback said enough; then `lines` may be gone. */
bool sink_lines_feed(struct sink_lines *lines, struct bytes piece, sink_line_fn *on_line,
                     void *context);
/* Nothing more comes: what is left is a line, too. */
void sink_lines_end(struct sink_lines *lines, sink_line_fn *on_line, void *context);

#endif
