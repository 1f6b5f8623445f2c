/* SPDX-License-Identifier: Apache-2.0
 *
 * Quoted-printable (RFC 2045 6.7), decoded as it comes: soft line breaks, which cut anything longer
 * than 76 columns in two, go away wherever the input is cut; so do blanks at the end of a line.
 * Robust as the RFC advises: an `=` that begins nothing stays what it is.
 */
#ifndef BR_WIRE_QP_H
#define BR_WIRE_QP_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Blanks whose fate the next byte decides; a longer run is taken for text. */
enum { QP_HELD_MAX = 80 };

enum qp_state {
    QP_TEXT,
    QP_EQUALS,    /* behind an = */
    QP_DIGIT,     /* behind an = and a digit */
    QP_SOFT,      /* behind an = and blanks */
    QP_SOFT_BREAK /* behind an =, perhaps blanks, and a CR */
};

/* A plain value. */
struct qp {
    uint8_t state; /* enum qp_state */
    uint8_t held_len;
    char held[QP_HELD_MAX]; /* what was read and not yet written */
};

void qp_init(struct qp *qp);
/* Writes what `input` means and returns how much; out has room for input.len + QP_HELD_MAX. */
size_t qp_decode(struct qp *qp, struct bytes input, char *out);
/* The input is over: writes what is left of an unfinished escape; room for QP_HELD_MAX. */
size_t qp_finish(struct qp *qp, char *out);

/* The value of a hexadecimal digit, -1 of any other character. */
int qp_digit(char c);

#endif
