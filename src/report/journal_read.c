/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a journal, whole or cut off. Exacts are added up; the ticks behind the last of them are
 * kept apart as a tail, so that the next exact can take their place.
 */
#include <stdio.h>

#include "report/journal.h"
#include "report/journal_inner.h"
#include "report/verdict.h"
#include "report/window.h"

void journal_reader_init(struct journal_reader *reader, struct result *result)
{
    *reader = (struct journal_reader){.result = result};
    *result = (struct result){0};
    buf_init(&reader->line, JOURNAL_LINE_MAX);
}

void journal_reader_fini(struct journal_reader *reader)
{
    journal_rows_fini(&reader->tail);
    journal_rows_fini(&reader->scratch);
    buf_fini(&reader->line);
}

/* ---- lines ---- */

static void journal_read_point(struct result *result, const struct json *json, struct diag *diag)
{
    struct result_point point = {.t_ns = journal_take_ns(json, "t_ns", 0, diag),
                                 .due = json_get_u64(json, "due", 0, diag),
                                 .sent = json_get_u64(json, "sent", 0, diag),
                                 .done = json_get_u64(json, "done", 0, diag),
                                 .failed = json_get_u64(json, "failed", 0, diag),
                                 .behind = json_get_u64(json, "behind", 0, diag),
                                 .in_flight = json_get_u64(json, "in_flight", 0, diag),
                                 .conns_open = json_get_u64(json, "conns_open", 0, diag),
                                 .rss_bytes = json_get_u64(json, "rss_bytes", 0, diag),
                                 .latency_p50_ns = json_get_f64(json, "p50_ns", 0.0, diag),
                                 .latency_p99_ns = json_get_f64(json, "p99_ns", 0.0, diag)};
    struct result_gauges *gauges = &result->gauges;
    if (diag->err == BR_ERR_NONE && point.t_ns < result->last.t_ns)
        (void)diag_set(diag, BR_ERR_PARSE, "time goes backwards");
    if (diag->err != BR_ERR_NONE)
        return;
    point.span_ns = point.t_ns - result->last.t_ns;
    gauges->now_ns = point.t_ns;
    gauges->in_flight = point.in_flight;
    gauges->behind = point.behind;
    gauges->conns_open = point.conns_open;
    gauges->rss_bytes = point.rss_bytes;
    gauges->cpu_user_ns = json_get_i64(json, "cpu_user_ns", 0, diag);
    gauges->cpu_system_ns = json_get_i64(json, "cpu_system_ns", 0, diag);
    gauges->clock_steps = json_get_u64(json, "clock_steps", 0, diag);
    gauges->clock_step_max_ns = json_get_i64(json, "clock_step_max_ns", 0, diag);
    if (result->events != NULL)
        journal_take_event_point(json, result->events, diag);
    result_push_point(result, &point);
}

static void journal_merge_rows(struct result *result, const struct journal_rows *rows)
{
    for (size_t i = 0; i < result->phase_count; i++)
        block_phase_sum_merge(&result->phases[i].sum, &rows->phases[i]);
    for (size_t i = 0; i < result->phase_count * result->target_count; i++)
        block_ops_sum_merge(&result->ops[i], &rows->ops[i]);
    if (rows->has_events)
        result_event_rows_merge(&result->events->rows, &rows->events);
}

static void journal_add_to_tail(struct journal_reader *reader, const struct journal_rows *rows)
{
    const struct result *result = reader->result;
    for (size_t i = 0; i < result->phase_count; i++)
        block_phase_sum_merge(&reader->tail.phases[i], &rows->phases[i]);
    for (size_t i = 0; i < result->phase_count * result->target_count; i++)
        block_ops_sum_merge(&reader->tail.ops[i], &rows->ops[i]);
    if (rows->has_events)
        result_event_rows_merge(&reader->tail.events, &rows->events);
    reader->has_tail = true;
}

static void journal_read_record(struct journal_reader *reader, const struct json *json,
                                enum journal_grid grid, struct diag *diag)
{
    struct result *result = reader->result;
    struct journal_rows *rows = &reader->scratch;
    struct journal_span span = {journal_take_ns(json, "from_ns", 0, diag),
                                journal_take_ns(json, "t_ns", 0, diag)};
    journal_take_rows(json, grid, result, span, rows, diag);
    if (diag->err == BR_ERR_NONE && grid == JOURNAL_EXACT) {
        journal_merge_rows(result, rows);
        journal_rows_reset(&reader->tail);
        reader->has_tail = false;
        reader->exact_ns = span.t_ns;
    } else if (diag->err == BR_ERR_NONE) {
        journal_add_to_tail(reader, rows);
        result_windows_add(result, &(struct window_tick){.phases = rows->phases,
                                                         .ops = rows->ops,
                                                         .from_ns = span.from_ns,
                                                         .to_ns = span.t_ns});
    }
    journal_rows_reset(rows);
}

static void journal_read_note(struct result *result, const struct json *json, struct diag *diag)
{
    struct bytes code = json_get_text(json, "code", BYTES(""), diag);
    struct bytes text = json_get_text(json, "text", BYTES(""), diag);
    char key[RESULT_CODE_SIZE];
    (void)snprintf(key, sizeof(key), "%.*s", BYTES_ARG(code));
    if (diag->err == BR_ERR_NONE)
        result_add_reason(result, VERDICT_NONE, key, "%.*s", BYTES_ARG(text));
}

static enum br_err journal_read_header(struct journal_reader *reader, const struct json *json,
                                       struct diag *diag)
{
    struct result *result = reader->result;
    struct diag why = DIAG_INIT;
    if (journal_take_header(json, result, &why) != BR_ERR_NONE)
        return diag_set(diag, why.err, "%s", why.text);
    reader->started = true;
    journal_rows_init(&reader->tail, result);
    journal_rows_init(&reader->scratch, result);
    return BR_ERR_NONE;
}

/* A footer that is damaged is none. */
static void journal_read_footer(struct journal_reader *reader, const struct json *json,
                                struct diag *diag)
{
    reader->finished = journal_take_footer(json, reader->result, diag) == BR_ERR_NONE;
    if (reader->finished)
        return;
    reader->result->verdict = VERDICT_NONE;
    reader->result->ended = false;
    if (reader->result->events != NULL)
        reader->result->events->ended = false;
}

/* A line of a kind that a later brunt of the same schema writes is passed over. */
static void journal_read_body(struct journal_reader *reader, const struct json *json,
                              struct diag *diag)
{
    struct bytes type = json_get_text(json, "type", BYTES(""), diag);
    if (bytes_eq(type, BYTES("point")))
        journal_read_point(reader->result, json, diag);
    else if (bytes_eq(type, BYTES("tick")))
        journal_read_record(reader, json, JOURNAL_COARSE, diag);
    else if (bytes_eq(type, BYTES("exact")))
        journal_read_record(reader, json, JOURNAL_EXACT, diag);
    else if (bytes_eq(type, BYTES("note")))
        journal_read_note(reader->result, json, diag);
    else if (bytes_eq(type, BYTES("footer")))
        journal_read_footer(reader, json, diag);
}

static enum br_err journal_read_line(struct journal_reader *reader, struct bytes line,
                                     struct diag *diag)
{
    struct json *json = NULL;
    struct diag why = DIAG_INIT;
    enum br_err err = BR_ERR_NONE;

    line = bytes_trim(line);
    if (line.len == 0 || reader->finished)
        return BR_ERR_NONE;
    reader->lines++;
    if (json_parse(line, &json, &why) != BR_ERR_NONE) {
        if (!reader->started)
            return diag_set(diag, BR_ERR_PARSE, "this is no result of brunt: %s", why.text);
        reader->damaged++;
        return BR_ERR_NONE;
    }
    if (!reader->started)
        err = journal_read_header(reader, json, diag);
    else
        journal_read_body(reader, json, &why);
    reader->damaged += why.err != BR_ERR_NONE;
    json_destroy(&json);
    return err;
}

enum br_err journal_reader_feed(struct journal_reader *reader, struct bytes bytes,
                                struct diag *diag)
{
    while (bytes.len > 0) {
        size_t end = bytes_find(bytes, '\n');
        if (buf_append(&reader->line, bytes_make(bytes.ptr, end)) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_PARSE,
                            "this is no result of brunt: a line of more than "
                            "256 MiB");
        if (end == bytes.len)
            return BR_ERR_NONE;
        bytes = bytes_skip(bytes, end + 1);
        enum br_err err = journal_read_line(reader, buf_bytes(&reader->line), diag);
        buf_clear(&reader->line);
        if (err != BR_ERR_NONE)
            return err;
    }
    return BR_ERR_NONE;
}

/* ---- the end ---- */

static void journal_mark_cut_off(struct journal_reader *reader)
{
    struct result *result = reader->result;
    char why[200];
    int64_t t_ns = result->last.t_ns;

    if (reader->has_tail) {
        journal_merge_rows(result, &reader->tail);
        result_add_reason(result, VERDICT_NONE, "tail",
                          "times after the first %s of the run are known to 3 %% only",
                          fmt_duration((double)reader->exact_ns, FMT_ASCII).str);
    }
    if (reader->damaged > 0)
        result_add_reason(result, VERDICT_NONE, "damaged",
                          "%zu lines of the file could not be read", reader->damaged);
    (void)snprintf(why, sizeof(why),
                   "the file ends before the run did; it holds the first %s of it",
                   fmt_duration((double)t_ns, FMT_ASCII).str);
    result_set_partial(result, RESULT_CUT_OFF, why);
    verdict_judge(result);
}

enum br_err journal_reader_finish(struct journal_reader *reader, struct diag *diag)
{
    /* A last line without its end may be whole; a part of one is no JSON, and no damage either. */
    size_t damaged = reader->damaged;
    enum br_err err = journal_read_line(reader, buf_bytes(&reader->line), diag);
    reader->damaged = damaged;
    if (err != BR_ERR_NONE)
        return err;
    if (!reader->started)
        return diag_set(diag, BR_ERR_PARSE, "this is no result of brunt: it has no header");
    if (!reader->finished)
        journal_mark_cut_off(reader);
    return BR_ERR_NONE;
}
