/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the journal share: its rows in JSON, there and back.
 */
#ifndef BR_REPORT_JOURNAL_INNER_H
#define BR_REPORT_JOURNAL_INNER_H

#include "data/json.h"
#include "report/journal.h"

/* The width of a histogram's buckets in a record. */
enum journal_grid { JOURNAL_EXACT, JOURNAL_COARSE };

/* ---- histograms as text ----
 *
 * The buckets in use, from low to high, as one text of numbers. A number is written in groups of
 * five bits, low ones first, a character of the URL-safe base64 alphabet each; 32 is added to every
 * group but the last. The first number is the first bucket's number, zigzag coded (0, -1, 1, -2 …
 * are 0, 1, 2, 3 …): the stable one of hist.h, or the like of the coarse grid. Then, as long as
 * there are characters: an even number 2 n is the next bucket's count n; an odd number 2 n + 1
 * skips n + 1 buckets. So a bucket that holds a few values costs one character. */
void journal_put_buckets(struct buf *buf, const struct hist_sum *hist, enum journal_grid grid);
/* Adds them; BR_ERR_PARSE leaves *hist in between. */
BR_NODISCARD enum br_err journal_take_buckets(struct bytes text, enum journal_grid grid,
                                              struct hist_sum *hist);

/* ---- rows ---- */

/* As many as the result has. */
void journal_rows_init(struct journal_rows *rows, const struct result *result);
void journal_rows_fini(struct journal_rows *rows);
void journal_rows_reset(struct journal_rows *rows);

/* "shards", "ops" and, where there are some, "events" of an open object: the rows in use. */
void journal_put_rows(struct json_writer *writer, const struct journal_rows *rows,
                      enum journal_grid grid);
/* The same of phases that are part of a result. */
void journal_put_result_rows(struct json_writer *writer, const struct result *result);

/* Adds the rows of a record to *rows. from_ns and t_ns stand in for first and last where a row
 * has none. */
struct journal_span {
    int64_t from_ns;
    int64_t t_ns;
};
void journal_take_rows(const struct json *record, enum journal_grid grid,
                       const struct result *result, struct journal_span span,
                       struct journal_rows *rows, struct diag *diag);

/* Nothing where the histogram is empty. */
void journal_put_hist(struct json_writer *writer, const char *key, const struct hist_sum *hist,
                      enum journal_grid grid);
void journal_take_hist(const struct json *row, const char *key, enum journal_grid grid,
                       struct hist_sum *into, struct diag *diag);
/* Unless something else was wrong before. */
void journal_complain(struct diag *diag, const char *what);

/* ---- events ---- */

void journal_put_event_rows(struct json_writer *writer, const struct result_event_rows *rows,
                            enum journal_grid grid);
/* Adds them. */
void journal_take_event_rows(const struct json *record, enum journal_grid grid,
                             struct result_event_rows *rows, struct diag *diag);
/* "events" and "sinks" of a point: the last moment. */
void journal_put_event_point(struct json_writer *writer, const struct result_events *events);
void journal_take_event_point(const struct json *json, struct result_events *events,
                              struct diag *diag);
/* Makes result->events when the header says that events are followed. */
void journal_take_event_plan(const struct json *header, struct result *result, struct diag *diag);
/* What the footer says of events beside the rows. */
void journal_take_event_footer(const struct json *footer, struct result *result, struct diag *diag);

/* ---- header and footer ---- */

/* A member that is a run time or a duration: from -1 (none) to 104 days. */
int64_t journal_take_ns(const struct json *json, const char *key, int64_t fallback,
                        struct diag *diag);
/* A run time that may lie before the load; 0 and a complaint beyond 104 days. */
int64_t journal_bound_time(int64_t ns, struct diag *diag);

/* Makes an empty result of a header; *diag says what is wrong. */
BR_NODISCARD enum br_err journal_take_header(const struct json *header, struct result *result,
                                             struct diag *diag);
/* Replaces what the other lines said. */
BR_NODISCARD enum br_err journal_take_footer(const struct json *footer, struct result *result,
                                             struct diag *diag);

#endif
