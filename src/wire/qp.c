/* SPDX-License-Identifier: Apache-2.0
 *
 * One byte at a time, with what is undecided held back.
 */
#include "wire/qp.h"

#include <stdbool.h>
#include <string.h>

void qp_init(struct qp *qp)
{
    *qp = (struct qp){.state = QP_TEXT};
}

int qp_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static bool qp_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What was held is text after all. */
static char *qp_release(struct qp *qp, char *out)
{
    memcpy(out, qp->held, qp->held_len);
    out += qp->held_len;
    qp->held_len = 0;
    qp->state = QP_TEXT;
    return out;
}

static void qp_drop(struct qp *qp)
{
    qp->held_len = 0;
    qp->state = QP_TEXT;
}

static char *qp_hold(struct qp *qp, char c, enum qp_state state, char *out)
{
    if (qp->held_len == QP_HELD_MAX) {
        /* Too long to be what it looked like. */
        out = qp_release(qp, out);
        if (state != QP_TEXT) {
            *out++ = c;
            return out;
        }
    }
    qp->held[qp->held_len++] = c;
    qp->state = (uint8_t)state;
    return out;
}

static char *qp_text(struct qp *qp, char c, char *out)
{
    if (qp_is_blank(c))
        return qp_hold(qp, c, QP_TEXT, out);
    if (c == '\r' || c == '\n')
        qp_drop(qp); /* blanks at the end of a line are not text */
    else
        out = qp_release(qp, out);
    if (c == '=')
        return qp_hold(qp, c, QP_EQUALS, out);
    *out++ = c;
    return out;
}

static char *qp_byte(struct qp *qp, char c, char *out)
{
    switch ((enum qp_state)qp->state) {
    case QP_TEXT:
        return qp_text(qp, c, out);
    case QP_EQUALS:
        if (qp_digit(c) >= 0)
            return qp_hold(qp, c, QP_DIGIT, out);
        break;
    case QP_DIGIT:
        if (qp_digit(c) >= 0) {
            *out++ = (char)(qp_digit(qp->held[1]) << 4 | qp_digit(c));
            qp_drop(qp);
            return out;
        }
        return qp_text(qp, c, qp_release(qp, out));
    case QP_SOFT:
        break;
    case QP_SOFT_BREAK:
        qp_drop(qp);
        return c == '\n' ? out : qp_text(qp, c, out);
    }
    /* Behind an =, perhaps with blanks. */
    if (qp_is_blank(c))
        return qp_hold(qp, c, QP_SOFT, out);
    if (c == '\r') {
        qp->state = QP_SOFT_BREAK;
        return out;
    }
    if (c == '\n') {
        qp_drop(qp);
        return out;
    }
    return qp_text(qp, c, qp_release(qp, out));
}

size_t qp_decode(struct qp *qp, struct bytes input, char *out)
{
    char *end = out;
    for (size_t i = 0; i < input.len; i++)
        end = qp_byte(qp, input.ptr[i], end);
    return (size_t)(end - out);
}

size_t qp_finish(struct qp *qp, char *out)
{
    /* Blanks at the end of the last line, or a soft break there, are not text; an unfinished escape
     * is. */
    bool text = qp->state == QP_DIGIT;
    char *end = text ? qp_release(qp, out) : out;
    qp_drop(qp);
    return (size_t)(end - out);
}
