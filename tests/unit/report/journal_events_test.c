/* SPDX-License-Identifier: Apache-2.0
 *
 * Events through a journal and back: the same text and numbers, whole or cut off anywhere; what no
 * run has written is refused or passed over.
 */
#include <string.h>

#include "base/mem.h"
#include "report/form.h"
#include "report/journal.h"
#include "report/result_events.h"
#include "report/verdict.h"
#include "sample.h"
#include "unit.h"

enum { SECONDS = 4, PER_SECOND = 100 };

static struct sample sample;
static struct result read_back;

static enum br_err keep(void *context, struct bytes bytes, struct diag *diag)
{
    (void)diag;
    buf_put(context, bytes);
    return BR_ERR_NONE;
}

/* ---- a run ---- */

static void run_ask(void)
{
    struct plan_events *events = &sample.plan.events;
    sample_init(&sample);
    sample.plan.load.warmup_ns = 1000000000;
    events->followed = true;
    events->stream_key = BYTES("host");
    stamp_run_init(&events->run, 7);
    events->sinks.count = 2;
    events->sinks.sinks[0] = (struct plan_sink){
        .name = BYTES("alerts"), .kind = BYTES("webhook"), .place = BYTES("127.0.0.1:8080")};
    events->sinks.sinks[1] =
        (struct plan_sink){.name = BYTES("log"), .kind = BYTES("file"), .place = BYTES("a.log")};
    events->delivers[0] = (struct plan_deliver){.given = true, .exactly_once = true};
    events->delivers[1] = (struct plan_deliver){.given = true, .at_least = 0.5};
    sample_begin(&sample);
}

/* All come; in the last second one of those before comes again, and one does not come. */
static void run_arrivals(struct track_block *block, int phase, bool last)
{
    for (int sink = 0; sink < 2; sink++) {
        struct track_at *at = track_block_at(block, phase, sink);
        at->delivered = last ? PER_SECOND - 2 : PER_SECOND;
        at->deliveries = PER_SECOND;
        at->duplicated = last;
        at->copies = last;
        at->missing = last;
        block->flows[sink].backlog_max = 10 + sink;
        for (int i = 0; i < PER_SECOND; i++) {
            hist_record(&at->lag_due, 1e6 * (i + 1));
            hist_record(&at->lag_sent, 9e5 * (i + 1));
            hist_record(&at->lag_accepted, i == 0 ? -1e5 : 8e5 * (i + 1));
        }
    }
}

static void run_second(int second)
{
    struct result_events *events = sample.result.events;
    int phase = second == 0 ? 0 : 1;
    struct sample_ops ops = {
        .phase = phase, .count = PER_SECOND, .latency_ns = 1e6, .service_ns = 9e5, .status = 200};
    struct track_block *block = track_block_create(0, (int)sample.result.phase_count, 2);
    struct result_sink_counts counts = {.messages = PER_SECOND, .bytes = 3000, .foreign = 1};
    sample_add(&sample, &ops);
    block->entries[phase] = (struct track_entries){
        .registered = PER_SECOND, .sent = PER_SECOND, .accepted = PER_SECOND};
    run_arrivals(block, phase, second == SECONDS - 1);
    result_events_add_block(events, block);
    hist_sum_init(&counts.late);
    hist_sum_record_many(&counts.late, 2e6, PER_SECOND);
    for (size_t i = 0; i < 2; i++)
        result_events_add_sink(events, i, &counts);
    result_events_add_busy(events, 100 + (uint64_t)second);
    hist_sum_fini(&counts.late);
    track_block_destroy(&block);
    sample_second(&sample);
}

static void run_anomaly(enum track_anomaly_kind kind, uint64_t seq, const char *carried)
{
    struct result_events *events = sample.result.events;
    struct track_anomaly anomaly = {.kind = kind,
                                    .phase = 1,
                                    .id = {.stream = 3, .seq = seq},
                                    .op = {.is_known = true,
                                           .number = 40,
                                           .conn = 2,
                                           .entry = TRACK_ACCEPTED,
                                           .sent_ns = 3500000000,
                                           .accepted_ns = 3501000000},
                                    .due_ns = 3500000000,
                                    .due_last_ns = 3500000000,
                                    .at_ns =
                                        kind == TRACK_ANOMALY_LOST ? TRACK_NO_TIME : 3600000000};
    track_anomalies_add(&anomaly, &events->anomalies);
    result_events_name_stream(events, 3, BYTES("web1"));
    result_events_add_carried(events, anomaly.id, bytes_from_str(carried));
}

/* What the end of a run tells. */
static void run_end(void)
{
    struct result_events *events = sample.result.events;
    struct track_block *block = track_block_create(0, (int)sample.result.phase_count, 2);
    for (int sink = 0; sink < 2; sink++) {
        track_block_at(block, 1, sink)->missing = -1;
        track_block_at(block, 1, sink)->lost = 1;
    }
    result_events_add_block(events, block);
    track_block_destroy(&block);
    run_anomaly(TRACK_ANOMALY_LOST, 17, "{\"a\": \"\xc3\xa9\"}");
    run_anomaly(TRACK_ANOMALY_DUPLICATED, 18, "second");
    events->ended = true;
    events->drain_end = TRACK_DRAIN_STALLED;
    events->drain_ns = 1200000000;
    events->sinks[0].first_came_ns = 5000000;
    events->sinks[0].gap_max_ns = 40000000;
    events->sinks[0].drain_ns = 1200000000;
}

static void run_write(struct buf *file)
{
    struct journal journal;
    run_ask();
    journal_start(&journal, &sample.result, keep, file);
    for (int second = 0; second < SECONDS; second++) {
        run_second(second);
        journal_tick(&journal, &sample.result);
    }
    run_end();
    sample_finish(&sample, 0);
    journal_tick(&journal, &sample.result);
    verdict_judge(&sample.result);
    journal_finish(&journal, &sample.result);
    journal_fini(&journal);
}

static enum br_err run_read(struct bytes text, struct diag *diag)
{
    struct journal_reader reader;
    journal_reader_init(&reader, &read_back);
    enum br_err err = journal_reader_feed(&reader, text, diag);
    if (err == BR_ERR_NONE)
        err = journal_reader_finish(&reader, diag);
    journal_reader_fini(&reader);
    return err;
}

static void run_render(const struct result *result, const char *form, struct buf *out)
{
    struct form_options options = {.width = 100};
    buf_clear(out);
    form_find(bytes_from_str(form))->render(result, &options, out);
}

/* ---- tests ---- */

UNIT_TEST(events_read_back_as_they_were)
{
    static const char *const forms[] = {"text", "json", "junit", "csv", "markdown"};
    struct diag diag = DIAG_INIT;
    struct buf file, before, after;
    buf_init(&file, FORM_SIZE_MAX);
    buf_init(&before, FORM_SIZE_MAX);
    buf_init(&after, FORM_SIZE_MAX);
    run_write(&file);
    UNIT_EQ_INT(run_read(buf_bytes(&file), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(read_back.verdict, VERDICT_FAIL);
    for (size_t i = 0; i < BR_COUNT(forms); i++) {
        UNIT_ROW(forms[i]);
        run_render(&sample.result, forms[i], &before);
        run_render(&read_back, forms[i], &after);
        UNIT_EQ_STR(buf_cstr(&after), buf_cstr(&before));
        UNIT_OK(strstr(buf_cstr(&before), "alerts") != NULL);
    }
    run_render(&read_back, "text", &after);
    UNIT_OK(strstr(buf_cstr(&after), "17 of stream web1") != NULL);
    UNIT_OK(strstr(buf_cstr(&after), "in the warm-up") != NULL);
    UNIT_OK(strstr(buf_cstr(&after), "backlog at most 10") != NULL);
    result_fini(&read_back);
    sample_fini(&sample);
    buf_fini(&file);
    buf_fini(&before);
    buf_fini(&after);
}

/* Every second that was written whole is there, and nothing else. */
UNIT_TEST(events_of_a_cut_file_are_those_of_its_seconds)
{
    struct buf file, text;
    size_t lines = 0;
    buf_init(&file, FORM_SIZE_MAX);
    buf_init(&text, FORM_SIZE_MAX);
    run_write(&file);
    size_t header = bytes_find(buf_bytes(&file), '\n') + 1;
    for (size_t cut = header; cut < file.len - 2; cut += 61) {
        struct diag diag = DIAG_INIT;
        int64_t accepted = 0;
        UNIT_EQ_INT(run_read(bytes_make(file.data, cut), &diag), BR_ERR_NONE);
        UNIT_EQ_INT(read_back.partial, RESULT_CUT_OFF);
        UNIT_OK(!read_back.events->ended);
        for (size_t i = 0; i < read_back.phase_count; i++)
            accepted += read_back.events->rows.sum.entries[i].accepted;
        UNIT_OK(accepted % PER_SECOND == 0 && accepted <= SECONDS * PER_SECOND);
        /* Twice is twice, whatever came later. */
        UNIT_OK(read_back.verdict == VERDICT_NONE || accepted == SECONDS * PER_SECOND);
        run_render(&read_back, "text", &text);
        UNIT_OK(strstr(buf_cstr(&text), "PARTIAL") != NULL);
        lines += accepted == SECONDS * PER_SECOND && read_back.verdict == VERDICT_FAIL;
        result_fini(&read_back);
    }
    UNIT_OK(lines > 0);
    sample_fini(&sample);
    buf_fini(&file);
    buf_fini(&text);
}

struct spoilt_row {
    const char *name;
    const char *what; /* stands in the file … */
    const char *by;   /* … and is replaced by this, of the same length */
    bool is_refused;  /* else the run is read, as partial or whole */
};

static const struct spoilt_row spoilt_rows[] = {
    {"a sink that is none", "\"arrivals\":[{\"phase\":0,\"sink\":0",
     "\"arrivals\":[{\"phase\":0,\"sink\":9", false},
    {"a phase that is none", "\"entries\":[{\"phase\":0", "\"entries\":[{\"phase\":9", false},
    {"a run that is none", "\"events\":{\"run\":\"", "\"events\":{\"run\":{", true},
    {"a count that is a text", "\"arrivals\":[{\"phase\":0,\"sink\":0,\"counts\":[0",
     "\"arrivals\":[{\"phase\":0,\"sink\":0,\"counts\":[\"", false},
    {"no list of sinks", "\"sinks\":[{\"name\":\"alerts\"", "\"sinks\":[{\"name\":[alerts\"", true},
};

UNIT_TEST(events_that_no_run_wrote_do_no_harm)
{
    struct buf file;
    buf_init(&file, FORM_SIZE_MAX);
    run_write(&file);
    for (size_t i = 0; i < BR_COUNT(spoilt_rows); i++) {
        const struct spoilt_row *row = &spoilt_rows[i];
        struct diag diag = DIAG_INIT;
        UNIT_ROW(row->name);
        char *copy = mem_copy_str(buf_bytes(&file));
        char *at = strstr(copy, row->what);
        UNIT_OK(at != NULL);
        UNIT_EQ_INT(strlen(row->by), strlen(row->what));
        if (at != NULL)
            memcpy(at, row->by, strlen(row->by));
        enum br_err err = run_read(bytes_from_str(copy), &diag);
        UNIT_EQ_INT(err != BR_ERR_NONE, row->is_refused);
        result_fini(&read_back);
        mem_free(copy);
    }
    sample_fini(&sample);
    buf_fini(&file);
}

UNIT_MAIN(UNIT_RUN(events_read_back_as_they_were),
          UNIT_RUN(events_of_a_cut_file_are_those_of_its_seconds),
          UNIT_RUN(events_that_no_run_wrote_do_no_harm))
