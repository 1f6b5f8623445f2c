/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of bytes that come in pieces.
 */
#include "sink/sink_lines.h"

void sink_lines_init(struct sink_lines *lines)
{
    buf_init(&lines->part, SINK_LINE_MAX);
    lines->is_cut = false;
}

void sink_lines_fini(struct sink_lines *lines)
{
    buf_fini(&lines->part);
}

static bool sink_lines_give(struct bytes line, bool is_cut, sink_line_fn *on_line, void *context)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line.len == 0 || on_line(line, is_cut, context);
}

/* More of a line whose end is not known; what is beyond the limit is forgotten. */
static void sink_lines_keep(struct sink_lines *lines, struct bytes piece)
{
    size_t room = SINK_LINE_MAX - lines->part.len;
    if (piece.len > room) {
        lines->is_cut = true;
        piece.len = room;
    }
    if (piece.len > 0)
        buf_put(&lines->part, piece);
}

/* The line that began in an earlier piece ends here. */
static bool sink_lines_finish(struct sink_lines *lines, sink_line_fn *on_line, void *context)
{
    struct buf part = lines->part;
    bool is_cut = lines->is_cut;
    sink_lines_init(lines);
    bool goes_on = sink_lines_give(buf_bytes(&part), is_cut, on_line, context);
    buf_fini(&part);
    return goes_on;
}

bool sink_lines_feed(struct sink_lines *lines, struct bytes piece, sink_line_fn *on_line,
                     void *context)
{
    while (piece.len > 0) {
        size_t end = bytes_find(piece, '\n');
        if (end == piece.len) {
            sink_lines_keep(lines, piece);
            return true;
        }
        struct bytes line = bytes_make(piece.ptr, end);
        piece = bytes_skip(piece, end + 1);
        bool goes_on;
        if (lines->part.len > 0 || lines->is_cut) {
            sink_lines_keep(lines, line);
            goes_on = sink_lines_finish(lines, on_line, context);
        } else {
            bool is_cut = line.len > SINK_LINE_MAX;
            line.len = is_cut ? SINK_LINE_MAX : line.len;
            goes_on = sink_lines_give(line, is_cut, on_line, context);
        }
        if (!goes_on)
            return false;
    }
    return true;
}

void sink_lines_end(struct sink_lines *lines, sink_line_fn *on_line, void *context)
{
    if (lines->part.len > 0)
        (void)sink_lines_finish(lines, on_line, context);
}
