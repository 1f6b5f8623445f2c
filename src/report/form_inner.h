/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the forms share: every form's function, and the text form's pen.
 */
#ifndef BR_REPORT_FORM_INNER_H
#define BR_REPORT_FORM_INNER_H

#include "base/fmt.h"
#include "report/form.h"

void form_text_render(const struct result *result, const struct form_options *options,
                      struct buf *buf);
void form_json_render(const struct result *result, const struct form_options *options,
                      struct buf *buf);

void form_markdown_render(const struct result *result, const struct form_options *options,
                          struct buf *buf);
void form_junit_render(const struct result *result, const struct form_options *options,
                       struct buf *buf);
void form_csv_render(const struct result *result, const struct form_options *options,
                     struct buf *buf);
void form_hgrm_render(const struct result *result, const struct form_options *options,
                      struct buf *buf);

/* ---- the text form's pen ---- */

struct form_pen {
    struct buf *buf;
    int width;
    enum fmt_charset charset;
    form_style_fn *style; /* NULL: plain */
};

enum form_side { FORM_LEFT, FORM_RIGHT };

void form_pen_init(struct form_pen *pen, const struct form_options *options, struct buf *buf);
void form_pen_style(struct form_pen *pen, enum form_style style);
/* Text in a column of `width`, never cut. */
void form_pen_put(struct form_pen *pen, enum form_side side, int width, const char *text);
/* The same for text from outside: control characters become '?'; cut in its middle to the width. */
void form_pen_put_foreign(struct form_pen *pen, int width, const char *text);
void form_pen_newline(struct form_pen *pen);
/* An empty line and a title; the line stays open. */
void form_pen_title(struct form_pen *pen, const char *title);
/* The heads of columns, which end the line. */
void form_pen_heads(struct form_pen *pen, int blanks, const char *heads);
/* A sentence, wrapped at blanks; the first line begins at column `at`, where the pen is, and so do
 * the others. */
void form_pen_wrap(struct form_pen *pen, int at, const char *text);
void form_pen_repeat(struct form_pen *pen, char c, int count);

/* ---- its sections ---- */

struct form_text {
    const struct result *result;
    struct form_pen pen;
    struct result_view *view;  /* what counts */
    struct result_view **each; /* by target, what counts */
};

void form_text_verdict(struct form_text *text);
void form_text_expects(struct form_text *text);
void form_text_events(struct form_text *text);
/* Of a phase that does not count, how they lie, without their names. */
void form_text_anomalies(struct form_text *text, size_t sink, size_t phase);
void form_text_load(struct form_text *text);
void form_text_counts(struct form_text *text);
void form_text_times(struct form_text *text);
void form_text_course(struct form_text *text);
void form_text_statuses(struct form_text *text);
void form_text_errors(struct form_text *text);
void form_text_targets(struct form_text *text);
void form_text_traffic(struct form_text *text);
void form_text_self(struct form_text *text);
void form_text_phases(struct form_text *text);
void form_text_uncounted(struct form_text *text);
void form_text_origin(struct form_text *text);

#endif
