/* SPDX-License-Identifier: Apache-2.0
 *
 * The file that a run leaves: JSON Lines, written while it runs, readable when cut off at any byte.
 * docs/result.md describes it, docs/result.schema.json is its schema.
 *
 *     header   what was asked for, where it runs
 *     point    every second: totals, gauges, the second's p50 and p99, events by sink
 *     tick     every second of the first hour, then every 10 s: counters by phase and target,
 *              coarse histograms (each value known to 3 %)
 *     exact    every minute of the first hour, then every 10 minutes: the same with histograms as
 *              exact as they are measured (0.1 %); what stands in ticks since the last one again
 *     note     something to know, when it was noticed
 *     footer   verdict, reasons, summary, everything exactly
 *
 * Idle phases and targets are left out of ticks and exacts. A reader adds up exacts, and the ticks
 * behind the last one; the footer replaces all that.
 *
 * A disk that fails costs the file and nothing else: the first failure becomes a note of the
 * result, no more records are written, and the footer, which holds everything but the course of
 * time, is tried once more at the end.
 */
#ifndef BR_REPORT_JOURNAL_H
#define BR_REPORT_JOURNAL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "report/result.h"
#include "report/result_events.h"

enum { JOURNAL_SCHEMA = 1 };

/* Writes all of it to the end of the file, or tells why not (part may be there). */
typedef enum br_err journal_write_fn(void *context, struct bytes bytes, struct diag *diag);

/* Rows that were not written yet. */
struct journal_rows {
    struct block_phase_sum *phases;
    struct block_ops_sum *ops;
    size_t phase_count;
    size_t target_count;
    bool has_events;
    struct result_event_rows events;
    int64_t from_ns;
};

struct journal {
    journal_write_fn *write;
    void *context;
    struct buf buf;
    bool failed;
    bool torn; /* what was written last may have no end of line */
    struct journal_rows tick;
    struct journal_rows exact;
    size_t reasons_written; /* of the result's */
    uint64_t bytes;         /* written so far */
};

/* Borrows context until journal_fini; writes the header. */
void journal_start(struct journal *journal, struct result *result, journal_write_fn *write,
                   void *context);
/* After result_tick. */
void journal_tick(struct journal *journal, struct result *result);
/* After verdict_judge: what is pending, and the footer. */
void journal_finish(struct journal *journal, struct result *result);
void journal_fini(struct journal *journal);

/* ---- reading ---- */

enum { JOURNAL_LINE_MAX = 1 << 28 };

/* Fills a result from a journal that comes in pieces of any size. */
struct journal_reader {
    struct result *result;
    struct buf line;
    size_t lines;
    size_t damaged; /* lines that could not be read; a footer makes up for them */
    bool started;   /* the header was read */
    bool finished;  /* the footer was read */
    bool has_tail;  /* ticks behind the last exact */
    int64_t exact_ns;
    struct journal_rows tail;
    struct journal_rows scratch; /* of the record at hand */
};

/* *result is filled by the calls below and is the caller's (result_fini) when they are over, well
 * or not. */
void journal_reader_init(struct journal_reader *reader, struct result *result);
/* Fails when this is no journal, or one of a later schema: *diag says so. */
BR_NODISCARD enum br_err journal_reader_feed(struct journal_reader *reader, struct bytes bytes,
                                             struct diag *diag);
/* The end of the file. Without a footer the result is marked RESULT_CUT_OFF and judged as such.
 * Fails when there was not even a header. */
BR_NODISCARD enum br_err journal_reader_finish(struct journal_reader *reader, struct diag *diag);
void journal_reader_fini(struct journal_reader *reader);

#endif
