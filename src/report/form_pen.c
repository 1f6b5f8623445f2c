/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns, wrapped sentences and colours.
 */
#include "report/form_inner.h"

#include <string.h>

enum { FORM_WIDTH_DEFAULT = 80, FORM_WIDTH_MIN = 40, FORM_WIDTH_MAX = 120 };

void form_pen_init(struct form_pen *pen, const struct form_options *options, struct buf *buf)
{
    int width = options->width > 0 ? options->width : FORM_WIDTH_DEFAULT;
    if (width < FORM_WIDTH_MIN)
        width = FORM_WIDTH_MIN;
    if (width > FORM_WIDTH_MAX)
        width = FORM_WIDTH_MAX;
    *pen = (struct form_pen){.buf = buf,
                             .width = width,
                             .charset = options->utf8 ? FMT_UTF8 : FMT_ASCII,
                             .style = options->style};
}

void form_pen_style(struct form_pen *pen, enum form_style style)
{
    if (pen->style != NULL)
        buf_put_str(pen->buf, pen->style(style));
}

void form_pen_repeat(struct form_pen *pen, char c, int count)
{
    for (int i = 0; i < count; i++)
        buf_put(pen->buf, bytes_make(&c, 1));
}

void form_pen_put(struct form_pen *pen, enum form_side side, int width, const char *text)
{
    int blanks = width - fmt_width(bytes_from_str(text));
    if (side == FORM_RIGHT)
        form_pen_repeat(pen, ' ', blanks);
    buf_put_str(pen->buf, text);
    if (side == FORM_LEFT)
        form_pen_repeat(pen, ' ', blanks);
}

/* A result may come from a file that somebody sent: nothing of it may steer the terminal. The micro
 * sign is the one character beyond ASCII that sentences of ours hold. */
static void form_pen_clean(struct form_pen *pen, struct bytes text)
{
    static const struct bytes micro = BYTES_INIT("\xc2\xb5");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_micro = bytes_starts(bytes_skip(text, i), micro);
        bool is_foreign = c < 0x20 || c >= 0x7f;
        buf_put(pen->buf, is_micro ? micro : is_foreign ? BYTES("?") : bytes_make(text.ptr + i, 1));
        i += is_micro;
    }
}

void form_pen_put_foreign(struct form_pen *pen, int width, const char *text)
{
    size_t len = strlen(text);
    size_t room = (size_t)width;
    if (len <= room) {
        form_pen_clean(pen, bytes_make(text, len));
        form_pen_repeat(pen, ' ', (int)(room - len));
        return;
    }
    /* Targets differ at their ends more often than at their beginnings. */
    size_t head = room / 3;
    size_t tail = room - head - 2;
    form_pen_clean(pen, bytes_make(text, head));
    buf_put(pen->buf, BYTES(".."));
    form_pen_clean(pen, bytes_make(text + len - tail, tail));
}

void form_pen_newline(struct form_pen *pen)
{
    buf_put(pen->buf, BYTES("\n"));
}

void form_pen_title(struct form_pen *pen, const char *title)
{
    form_pen_newline(pen);
    form_pen_style(pen, FORM_STYLE_TITLE);
    form_pen_clean(pen, bytes_from_str(title));
    form_pen_style(pen, FORM_STYLE_END);
}

void form_pen_heads(struct form_pen *pen, int blanks, const char *heads)
{
    form_pen_repeat(pen, ' ', blanks);
    form_pen_style(pen, FORM_STYLE_FAINT);
    buf_put_str(pen->buf, heads);
    form_pen_style(pen, FORM_STYLE_END);
    form_pen_newline(pen);
}

void form_pen_wrap(struct form_pen *pen, int at, const char *text)
{
    struct bytes rest = bytes_from_str(text);
    int column = at;
    while (rest.len > 0) {
        struct bytes word = bytes_cut(&rest, ' ');
        int width = fmt_width(word);
        if (column > at && column + 1 + width > pen->width) {
            form_pen_newline(pen);
            form_pen_repeat(pen, ' ', at);
            column = at;
        }
        if (column > at) {
            buf_put(pen->buf, BYTES(" "));
            column++;
        }
        form_pen_clean(pen, word);
        column += width;
    }
    form_pen_newline(pen);
}
