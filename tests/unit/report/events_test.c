/* SPDX-License-Identifier: Apache-2.0
 *
 * Events in results: the verdict's rules, one row for each side, and what the text says of them.
 */
#include <string.h>

#include "base/mem.h"
#include "report/form.h"
#include "report/result_events.h"
#include "report/verdict.h"

#include "sample.h"
#include "unit.h"

struct events_row {
    const char *name;
    struct plan_deliver deliver;
    bool intact;
    int64_t delivered;
    int64_t lost;
    int64_t stuck;
    int64_t duplicated;
    int64_t late;
    int64_t reordered;
    int64_t damaged;
    int64_t in_flight;
    int64_t unsent_came;
    double reply_late_ns;
    uint64_t busy_permille;
    bool ledger_full;
    bool complaint;
    bool slow; /* we were late */
    bool warmup;
    const char *expect;
    enum verdict want;
    const char *code; /* of the first reason; NULL: there is none */
};

static const struct events_row events_rows[] = {
    {.name = "nothing asked",
     .delivered = 90,
     .lost = 10,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "all came", .deliver = {.all = true}, .delivered = 100, .want = VERDICT_PASS},
    {.name = "one lost",
     .deliver = {.all = true},
     .delivered = 99,
     .lost = 1,
     .want = VERDICT_FAIL,
     .code = "lost"},
    {.name = "one stuck",
     .deliver = {.all = true},
     .delivered = 99,
     .stuck = 1,
     .want = VERDICT_FAIL,
     .code = "stuck"},
    {.name = "one lost, and we were late",
     .deliver = {.all = true},
     .delivered = 99,
     .lost = 1,
     .slow = true,
     .want = VERDICT_FAIL,
     .code = "lost"},
    {.name = "one lost in the warm-up",
     .deliver = {.all = true},
     .delivered = 99,
     .lost = 1,
     .warmup = true,
     .want = VERDICT_INVALID,
     .code = "lost"},
    {.name = "one in flight",
     .deliver = {.all = true},
     .delivered = 99,
     .in_flight = 1,
     .want = VERDICT_INVALID,
     .code = "lost"},
    {.name = "twice is all",
     .deliver = {.all = true},
     .delivered = 99,
     .duplicated = 1,
     .want = VERDICT_PASS},
    {.name = "twice is not once",
     .deliver = {.exactly_once = true},
     .delivered = 99,
     .duplicated = 1,
     .want = VERDICT_FAIL,
     .code = "duplicated"},
    {.name = "at least, at the bound",
     .deliver = {.at_least = 0.99},
     .delivered = 99,
     .lost = 1,
     .want = VERDICT_PASS},
    {.name = "at least, below",
     .deliver = {.at_least = 0.99},
     .delivered = 98,
     .lost = 2,
     .want = VERDICT_FAIL,
     .code = "at_least"},
    {.name = "reordered",
     .deliver = {.in_order = true},
     .delivered = 100,
     .reordered = 1,
     .want = VERDICT_FAIL,
     .code = "reordered"},
    {.name = "something where nothing may be",
     .deliver = {.none = true},
     .delivered = 1,
     .want = VERDICT_FAIL,
     .code = "unexpected"},
    {.name = "damaged",
     .intact = true,
     .delivered = 100,
     .damaged = 1,
     .want = VERDICT_FAIL,
     .code = "damaged"},
    {.name = "late",
     .deliver = {.within_ns = 1000000},
     .delivered = 99,
     .late = 1,
     .want = VERDICT_FAIL,
     .code = "late"},
    {.name = "late, and so were we",
     .deliver = {.within_ns = 1000000},
     .delivered = 99,
     .late = 1,
     .slow = true,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "our replies at the bound",
     .deliver = {.all = true},
     .delivered = 100,
     .reply_late_ns = 50e6,
     .want = VERDICT_PASS},
    {.name = "our replies late",
     .deliver = {.all = true},
     .delivered = 100,
     .reply_late_ns = 51e6,
     .want = VERDICT_INVALID,
     .code = "slow_sink"},
    {.name = "lost by a slow sink",
     .deliver = {.all = true},
     .delivered = 99,
     .lost = 1,
     .reply_late_ns = 51e6,
     .want = VERDICT_INVALID,
     .code = "slow_sink"},
    {.name = "busy sinks",
     .delivered = 100,
     .busy_permille = 950,
     .want = VERDICT_INVALID,
     .code = "busy"},
    {.name = "nearly busy sinks",
     .delivered = 100,
     .busy_permille = 949,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "the ledger is full",
     .delivered = 100,
     .ledger_full = true,
     .want = VERDICT_INVALID,
     .code = "ledger"},
    {.name = "a sum", .delivered = 100, .complaint = true, .want = VERDICT_INVALID, .code = "sums"},
    {.name = "came and was never sent",
     .delivered = 100,
     .unsent_came = 1,
     .want = VERDICT_INVALID,
     .code = "never_sent"},
    {.name = "lost, as an expectation",
     .delivered = 98,
     .lost = 2,
     .expect = "events_lost==0",
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "lost, below the bound",
     .delivered = 98,
     .lost = 2,
     .expect = "events_lost{sink:alerts}<=2",
     .want = VERDICT_PASS},
    {.name = "lost, and we were late",
     .delivered = 98,
     .lost = 2,
     .slow = true,
     .expect = "events_lost==0",
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "lag below", .delivered = 100, .expect = "p99(event_lag)<102ms", .want = VERDICT_PASS},
    {.name = "lag above",
     .delivered = 100,
     .expect = "p99(event_lag)<90ms",
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "lag above, and we were late",
     .delivered = 100,
     .slow = true,
     .expect = "p99(event_lag)<90ms",
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "backlog at", .delivered = 100, .expect = "backlog<=17", .want = VERDICT_PASS},
    {.name = "backlog above",
     .delivered = 100,
     .expect = "backlog<17",
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "drain time", .delivered = 100, .expect = "drain_time<2s", .want = VERDICT_PASS},
    {.name = "drain time above",
     .delivered = 100,
     .expect = "drain_time{sink:alerts}<1s",
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "delivered",
     .delivered = 100,
     .expect = "events_delivered>=100",
     .want = VERDICT_PASS},
    {.name = "no such sink",
     .delivered = 100,
     .expect = "events_delivered{sink:other}>=100",
     .want = VERDICT_FAIL,
     .code = "expect"},
};

static void events_make(struct sample *sample, const struct events_row *row)
{
    sample_init(sample);
    if (row->warmup)
        sample->plan.load.warmup_ns = 1000000000;
    if (row->expect != NULL)
        sample_expect(sample, row->expect);
    sample_begin(sample);
    struct sample_ops good = {.count = 1000, .latency_ns = 1e7, .service_ns = 9e6, .status = 200};
    good.phase = row->warmup ? 1 : 0;
    sample_add(sample, &good);
    for (int i = 0; i < 50 && row->slow; i++)
        hist_record(&sample->block->phases[0].lateness, 9e8);
    sample_second(sample);
    sample_finish(sample, 0);

    struct plan_events plan = {.sinks = {.count = 1}};
    stamp_run_init(&plan.run, 7);
    plan.sinks.sinks[0] = (struct plan_sink){.name = BYTES("alerts"),
                                             .kind = BYTES("webhook"),
                                             .place = BYTES("127.0.0.1:8080"),
                                             .intact = row->intact ? BYTES("msg") : BYTES_NONE};
    plan.delivers[0] = row->deliver;
    struct result_events *events = result_events_create(&plan, sample->result.phase_count, 1);
    sample->result.events = events;
    struct track_at_sum *at = track_sum_at(&events->rows.sum, 0, 0);
    events->rows.sum.entries[0] =
        (struct track_entries){.registered = 100, .sent = 100, .accepted = 100};
    at->delivered = row->delivered;
    at->lost = row->lost;
    at->stuck = row->stuck;
    at->duplicated = row->duplicated;
    at->late = row->late;
    at->reordered = row->reordered;
    at->damaged = row->damaged;
    at->in_flight = row->in_flight;
    at->unsent_came = row->unsent_came;
    for (int i = 0; i < 100; i++)
        hist_sum_record_many(&at->lag_due, 1e6 * (i + 1), 1);
    if (row->reply_late_ns > 0)
        hist_sum_record_many(&events->rows.sinks[0].late, row->reply_late_ns, 100);
    events->ended = true;
    events->sinks[0].backlog_max = 17;
    events->sinks[0].drain_ns = 1500000000;
    events->drain_ns = 1500000000;
    events->drain_end = TRACK_DRAIN_EMPTY;
    events->rows.busy_permille_max = row->busy_permille;
    events->ledger_full = row->ledger_full;
    if (row->complaint)
        events->complaint = mem_copy_str(BYTES("sums do not add up: 1 is 2"));
}

UNIT_TEST(events_rules_hold_on_both_sides)
{
    for (size_t i = 0; i < BR_COUNT(events_rows); i++) {
        const struct events_row *row = &events_rows[i];
        static struct sample sample;
        UNIT_ROW(row->name);
        events_make(&sample, row);
        verdict_judge(&sample.result);
        UNIT_EQ_STR(result_verdict_name(sample.result.verdict), result_verdict_name(row->want));
        if (row->code == NULL)
            UNIT_EQ_INT(sample.result.reason_count, 0);
        else if (sample.result.reason_count == 0)
            UNIT_OK(false);
        else
            UNIT_EQ_STR(sample.result.reasons[0].code, row->code);
        sample_fini(&sample);
    }
}

static bool events_has(struct buf *buf, const char *words)
{
    return strstr(buf_cstr(buf), words) != NULL;
}

static void events_lose(struct result_events *events, uint64_t seq, int64_t due_ns)
{
    struct track_anomaly anomaly = {.kind = TRACK_ANOMALY_LOST,
                                    .id = {.stream = 2, .seq = seq},
                                    .op = {.is_known = true,
                                           .conn = 7,
                                           .entry = TRACK_ACCEPTED,
                                           .sent_ns = due_ns,
                                           .accepted_ns = due_ns},
                                    .due_ns = due_ns,
                                    .due_last_ns = due_ns,
                                    .at_ns = TRACK_NO_TIME};
    track_anomalies_add(&anomaly, &events->anomalies);
}

UNIT_TEST(events_are_told_in_the_text)
{
    static const struct events_row row = {
        .deliver = {.all = true}, .delivered = 97, .lost = 1, .duplicated = 2};
    static struct sample sample;
    struct form_options options = {.width = 100};
    struct buf buf;
    events_make(&sample, &row);
    events_lose(sample.result.events, 5, 1000000000);
    events_lose(sample.result.events, 6, 1100000000);
    events_lose(sample.result.events, 9, 5000000000);
    verdict_judge(&sample.result);
    buf_init(&buf, 1 << 20);
    form_find(BYTES("text"))->render(&sample.result, &options, &buf);
    UNIT_OK(events_has(&buf, "alerts: 1 of 100 accepted events did not come"));
    UNIT_OK(events_has(&buf, "events at alerts (webhook:127.0.0.1:8080)"));
    UNIT_OK(events_has(&buf, "came more than once"));
    UNIT_OK(events_has(&buf, "backlog at most 17"));
    UNIT_OK(events_has(&buf, "1.50 s") || events_has(&buf, "1.5 s"));
    UNIT_OK(!events_has(&buf, "stuck  "));
    UNIT_OK(events_has(&buf, "lost, 3: 5-6 of stream 2, due 1.00 s to 1.10 s; 9 of stream 2"));
    UNIT_OK(events_has(&buf, "clusters"));
    char stamp[STAMP_SIZE + 1] = {0};
    stamp_emit(&sample.result.events->run, (struct stamp_id){.stream = 2, .seq = 9}, stamp);
    UNIT_OK(events_has(&buf, stamp));
    UNIT_OK(events_has(&buf, "connection 7"));
    UNIT_OK(!events_has(&buf, "more\n"));
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(events_are_in_the_summary)
{
    static const struct events_row row = {.delivered = 97, .lost = 1, .duplicated = 2};
    static struct sample sample;
    struct form_options options = {.width = 100};
    struct buf buf;
    events_make(&sample, &row);
    events_lose(sample.result.events, 5, 1000000000);
    verdict_judge(&sample.result);
    buf_init(&buf, 1 << 20);
    form_find(BYTES("json"))->render(&sample.result, &options, &buf);
    UNIT_OK(events_has(&buf, "\"sinks\""));
    UNIT_OK(events_has(&buf, "\"delivered\": 97"));
    UNIT_OK(events_has(&buf, "\"duplicated\": 2"));
    UNIT_OK(events_has(&buf, "\"backlog_max\": 17"));
    UNIT_OK(events_has(&buf, "\"connection\": 7"));
    UNIT_OK(events_has(&buf, "\"end\": \"empty\""));
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_MAIN(UNIT_RUN(events_rules_hold_on_both_sides), UNIT_RUN(events_are_told_in_the_text),
          UNIT_RUN(events_are_in_the_summary))
