/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways to show a result. A form is a pure function from a result to text; adding one is a file and
 * a row in form.c.
 */
#ifndef BR_REPORT_FORM_H
#define BR_REPORT_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "report/result.h"

enum { FORM_SIZE_MAX = 1 << 28 }; /* a fine ceiling for the buffer */

enum form_style {
    FORM_STYLE_END, /* back to plain */
    FORM_STYLE_TITLE,
    FORM_STYLE_GOOD,
    FORM_STYLE_BAD,
    FORM_STYLE_DOUBT,
    FORM_STYLE_FAINT,
};

/* What begins (or ends) a style on the terminal at hand. Static storage. */
typedef const char *form_style_fn(enum form_style style);

struct form_options {
    int width;            /* of the terminal, in columns; 0: 80 */
    bool utf8;            /* characters beyond ASCII may be used */
    form_style_fn *style; /* NULL: no colours */
};

typedef void form_render_fn(const struct result *result, const struct form_options *options,
                            struct buf *buf);

struct form {
    const char *name;  /* as in `brunt report FILE --NAME` */
    const char *about; /* half a sentence for the help */
    form_render_fn *render;
};

/* All of them; *out_count is their number. */
const struct form *form_list(size_t *out_count);
/* NULL when there is none of that name. */
const struct form *form_find(struct bytes name);

#endif
