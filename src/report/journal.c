/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a journal.
 */
#include "report/journal.h"

#include "base/must.h"
#include "report/journal_inner.h"
#include "report/summary.h"

#define JOURNAL_SECOND_NS INT64_C(1000000000)
#define JOURNAL_HOUR_NS (3600 * JOURNAL_SECOND_NS)

/* ---- lines ---- */

static void journal_open_line(struct journal *journal, struct json_writer *writer, const char *type)
{
    json_writer_init(writer, &journal->buf, false);
    json_open_object(writer);
    json_add_str(writer, "type", type);
}

static void journal_close_line(struct journal *journal, struct json_writer *writer)
{
    json_close_object(writer);
    buf_put(&journal->buf, BYTES("\n"));
}

/* What is in the buffer goes to the file, or is forgotten when the file has failed. */
static void journal_flush(struct journal *journal, struct result *result)
{
    struct diag diag = DIAG_INIT;
    size_t len = journal->buf.len;
    enum br_err err = BR_ERR_NONE;
    if (!journal->failed)
        err = journal->write(journal->context, buf_bytes(&journal->buf), &diag);
    buf_clear(&journal->buf);
    if (journal->failed)
        return;
    if (err == BR_ERR_NONE) {
        journal->bytes += len;
        return;
    }
    journal->failed = true;
    if (journal->torn)
        return;
    journal->torn = true;
    result_add_reason(result, VERDICT_NONE, "result_file",
                      "the result file is not complete, it could not be written from %s on: %s",
                      fmt_duration((double)result->last.t_ns, FMT_ASCII).str, diag.text);
}

void journal_start(struct journal *journal, struct result *result, journal_write_fn *write,
                   void *context)
{
    struct json_writer writer;
    *journal = (struct journal){.write = write, .context = context};
    buf_init(&journal->buf, JOURNAL_LINE_MAX);
    journal_rows_init(&journal->tick, result);
    journal_rows_init(&journal->exact, result);
    journal_open_line(journal, &writer, "header");
    report_put_header(&writer, result);
    journal_close_line(journal, &writer);
    journal_flush(journal, result);
}

void journal_fini(struct journal *journal)
{
    journal_rows_fini(&journal->tick);
    journal_rows_fini(&journal->exact);
    buf_fini(&journal->buf);
}

/* ---- while it runs ---- */

static void journal_put_point(struct journal *journal, const struct result *result)
{
    const struct result_point *point = &result->last;
    const struct result_gauges *gauges = &result->gauges;
    struct json_writer writer;
    journal_open_line(journal, &writer, "point");
    json_add_i64(&writer, "t_ns", point->t_ns);
    json_add_i64(&writer, "span_ns", point->span_ns);
    json_add_u64(&writer, "due", point->due);
    json_add_u64(&writer, "sent", point->sent);
    json_add_u64(&writer, "done", point->done);
    json_add_u64(&writer, "failed", point->failed);
    json_add_u64(&writer, "behind", point->behind);
    json_add_u64(&writer, "in_flight", point->in_flight);
    json_add_u64(&writer, "conns_open", point->conns_open);
    json_add_f64(&writer, "p50_ns", point->latency_p50_ns);
    json_add_f64(&writer, "p99_ns", point->latency_p99_ns);
    json_add_i64(&writer, "cpu_user_ns", gauges->cpu_user_ns);
    json_add_i64(&writer, "cpu_system_ns", gauges->cpu_system_ns);
    json_add_u64(&writer, "rss_bytes", point->rss_bytes);
    if (gauges->clock_steps > 0) {
        json_add_u64(&writer, "clock_steps", gauges->clock_steps);
        json_add_i64(&writer, "clock_step_max_ns", gauges->clock_step_max_ns);
    }
    if (result->events != NULL)
        journal_put_event_point(&writer, result->events);
    journal_close_line(journal, &writer);
}

static void journal_put_notes(struct journal *journal, const struct result *result)
{
    for (; journal->reasons_written < result->reason_count; journal->reasons_written++) {
        const struct result_reason *reason = &result->reasons[journal->reasons_written];
        struct json_writer writer;
        journal_open_line(journal, &writer, "note");
        json_add_i64(&writer, "t_ns", result->last.t_ns);
        json_add_str(&writer, "code", reason->code);
        json_add_str(&writer, "text", reason->text);
        journal_close_line(journal, &writer);
    }
}

static void journal_add_tick(struct journal_rows *rows, const struct result *result)
{
    for (size_t i = 0; i < rows->phase_count; i++)
        block_phase_sum_merge(&rows->phases[i], &result->tick_phases[i]);
    for (size_t i = 0; i < rows->phase_count * rows->target_count; i++)
        block_ops_sum_merge(&rows->ops[i], &result->tick_ops[i]);
    if (rows->has_events)
        result_event_rows_merge(&rows->events, &result->events->tick);
}

static void journal_put_record(struct journal *journal, const struct result *result,
                               struct journal_rows *rows, enum journal_grid grid)
{
    struct json_writer writer;
    journal_open_line(journal, &writer, grid == JOURNAL_EXACT ? "exact" : "tick");
    json_add_i64(&writer, "from_ns", rows->from_ns);
    json_add_i64(&writer, "t_ns", result->last.t_ns);
    journal_put_rows(&writer, rows, grid);
    journal_close_line(journal, &writer);
    journal_rows_reset(rows);
    rows->from_ns = result->last.t_ns;
}

static bool journal_is_due(int64_t from_ns, int64_t now_ns, int64_t every_ns)
{
    return now_ns / every_ns > from_ns / every_ns;
}

void journal_tick(struct journal *journal, struct result *result)
{
    int64_t now_ns = result->last.t_ns;
    bool first_hour = now_ns <= JOURNAL_HOUR_NS;
    int64_t tick_ns = first_hour ? 0 : 10 * JOURNAL_SECOND_NS;
    int64_t exact_ns = (first_hour ? 60 : 600) * JOURNAL_SECOND_NS;

    MUST(result->tick_closed);
    if (journal->failed)
        return;
    journal_add_tick(&journal->tick, result);
    journal_add_tick(&journal->exact, result);
    journal_put_point(journal, result);
    if (tick_ns == 0 || journal_is_due(journal->tick.from_ns, now_ns, tick_ns))
        journal_put_record(journal, result, &journal->tick, JOURNAL_COARSE);
    if (journal_is_due(journal->exact.from_ns, now_ns, exact_ns)) {
        /* The ticks of what an exact holds come before it. */
        if (journal->tick.from_ns < now_ns)
            journal_put_record(journal, result, &journal->tick, JOURNAL_COARSE);
        journal_put_record(journal, result, &journal->exact, JOURNAL_EXACT);
    }
    journal_put_notes(journal, result);
    journal_flush(journal, result);
}

/* ---- the end ---- */

static void journal_put_footer(struct journal *journal, const struct result *result)
{
    struct json_writer writer;
    journal_open_line(journal, &writer, "footer");
    json_add_i64(&writer, "t_ns", result->last.t_ns);
    report_put_summary(&writer, result);
    json_add_object(&writer, "exact");
    journal_put_result_rows(&writer, result);
    json_close_object(&writer);
    journal_close_line(journal, &writer);
}

void journal_finish(struct journal *journal, struct result *result)
{
    if (!journal->failed && journal->exact.from_ns < result->last.t_ns) {
        if (journal->tick.from_ns < result->last.t_ns)
            journal_put_record(journal, result, &journal->tick, JOURNAL_COARSE);
        journal_put_record(journal, result, &journal->exact, JOURNAL_EXACT);
        journal_flush(journal, result);
    }
    /* Once more, as a disk may have room again: the footer makes up for most of what is missing. */
    if (journal->torn)
        buf_put(&journal->buf, BYTES("\n"));
    journal->failed = false;
    journal_put_footer(journal, result);
    journal_flush(journal, result);
}
