/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict's rules, one row for each side of each bound.
 */
#include "report/verdict.h"

#include "sample.h"
#include "unit.h"

#define MS 1e6

struct verdict_row {
    const char *name;
    bool closed;
    const char *expects[3];
    uint64_t ok; /* 0: 1,000; -1 would be none: see `no_ok` */
    bool no_ok;
    double latency_ns; /* 0: 10 ms */
    uint64_t failed;
    enum br_err err;
    int status;
    uint64_t late; /* so many of all were `lateness_ns` late */
    double lateness_ns;
    int64_t max_lateness_ns;
    uint64_t waited;
    uint64_t unsent;
    uint64_t busy_permille;
    uint64_t clock_steps;
    enum result_partial partial;
    enum verdict want;
    const char *code; /* of the first reason; NULL: there is none */
};

static const struct verdict_row verdict_rows[] = {
    /* without expectations */
    {.name = "nothing asked", .want = VERDICT_PASS, .code = "nothing_asked"},
    {.name = "some failed, nothing asked",
     .failed = 500,
     .err = BR_ERR_RESET,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "all failed",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_CONN_REFUSED,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},
    {.name = "all failed by status",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_STATUS,
     .status = 500,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},
    {.name = "nothing was done", .no_ok = true, .want = VERDICT_FAIL, .code = "nothing_succeeded"},
    {.name = "all failed by our doing",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_NO_DESCRIPTORS,
     .want = VERDICT_INVALID,
     .code = "nothing_measured"},
    {.name = "a target that hangs to the end",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_INTERRUPTED,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},
    {.name = "stopped before anything ended",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_INTERRUPTED,
     .partial = RESULT_INTERRUPTED,
     .want = VERDICT_INVALID,
     .code = "nothing_measured"},
    {.name = "stopped in the middle",
     .failed = 5,
     .err = BR_ERR_INTERRUPTED,
     .partial = RESULT_INTERRUPTED,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "all failed beats late",
     .no_ok = true,
     .failed = 100,
     .err = BR_ERR_RESET,
     .late = 100,
     .lateness_ns = 900 * MS,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},

    /* expectations alone */
    {.name = "p99 holds", .expects = {"p99<20ms"}, .want = VERDICT_PASS},
    {.name = "p99 does not hold", .expects = {"p99<9ms"}, .want = VERDICT_FAIL, .code = "expect"},
    {.name = "one of two",
     .expects = {"p99<20ms", "failed<1%"},
     .failed = 11,
     .err = BR_ERR_RESET,
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "both",
     .expects = {"p99<20ms", "failed<1%"},
     .failed = 9,
     .err = BR_ERR_RESET,
     .want = VERDICT_PASS},
    {.name = "percentiles cover failures",
     .expects = {"max<20ms"},
     .failed = 1,
     .err = BR_ERR_TIMEOUT_TOTAL,
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "unless they say ok",
     .expects = {"max{ok}<20ms"},
     .failed = 1,
     .err = BR_ERR_TIMEOUT_TOTAL,
     .want = VERDICT_PASS},
    {.name = "no sample", .expects = {"p99(connect)<20ms"}, .want = VERDICT_FAIL, .code = "expect"},
    {.name = "rate at the bound", .expects = {"rate>=1000/s"}, .ok = 10000, .want = VERDICT_PASS},
    {.name = "rate below",
     .expects = {"rate>=1001/s"},
     .ok = 10000,
     .want = VERDICT_FAIL,
     .code = "expect"},

    /* lateness: max(5 ms, 10 % of latency p99), p99 of 1,000 is the 990th */
    {.name = "late at the 5 ms",
     .late = 20,
     .lateness_ns = 5 * MS,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "late beyond 5 ms",
     .late = 20,
     .lateness_ns = 5.1 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "few are late",
     .late = 9,
     .lateness_ns = 900 * MS,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "late below 10 %",
     .late = 20,
     .lateness_ns = 9.9 * MS,
     .latency_ns = 100 * MS,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "late beyond 10 %",
     .late = 20,
     .lateness_ns = 10.2 * MS,
     .latency_ns = 100 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "a bound of the user's, kept",
     .late = 20,
     .lateness_ns = 40 * MS,
     .max_lateness_ns = 50000000,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "a bound of the user's, not kept",
     .late = 20,
     .lateness_ns = 1.1 * MS,
     .max_lateness_ns = 1000000,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "a closed model is never late",
     .closed = true,
     .late = 20,
     .lateness_ns = 900 * MS,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "late, and a bound on latency holds",
     .expects = {"p99<20ms"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .want = VERDICT_PASS,
     .code = "lateness"},
    {.name = "the user's bound on lateness is not let through",
     .expects = {"p99<20ms"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .max_lateness_ns = 1000000,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "late, and a bound on latency does not",
     .expects = {"p99<9ms"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "late, and only failures are bounded",
     .expects = {"failed<1%"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "late, and only service is bounded",
     .expects = {"p99(service)<20ms"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},
    {.name = "late, and too many failed",
     .expects = {"failed<1%"},
     .failed = 50,
     .err = BR_ERR_RESET,
     .late = 20,
     .lateness_ns = 80 * MS,
     .latency_ns = 11 * MS,
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "late by a tenth of the time-out, and too many timed out",
     .expects = {"failed<1%"},
     .failed = 50,
     .err = BR_ERR_TIMEOUT_TOTAL,
     .late = 1,
     .lateness_ns = 6001 * MS,
     .want = VERDICT_INVALID,
     .code = "expect"},
    {.name = "late by less, and too many timed out",
     .expects = {"failed<1%"},
     .failed = 50,
     .err = BR_ERR_TIMEOUT_TOTAL,
     .late = 1,
     .lateness_ns = 5999 * MS,
     .want = VERDICT_FAIL,
     .code = "expect"},
    {.name = "late by a tenth of the grace, and too many were cut off",
     .expects = {"failed<1%"},
     .failed = 50,
     .err = BR_ERR_INTERRUPTED,
     .late = 1,
     .lateness_ns = 501 * MS,
     .want = VERDICT_INVALID,
     .code = "expect"},
    {.name = "late, and the rate is too low",
     .expects = {"rate>5000/s"},
     .late = 20,
     .lateness_ns = 8 * MS,
     .want = VERDICT_INVALID,
     .code = "lateness"},

    /* the ceiling on connections: 1 % */
    {.name = "1 % waited", .waited = 10, .want = VERDICT_PASS, .code = "nothing_asked"},
    {.name = "more waited", .waited = 11, .want = VERDICT_INVALID, .code = "connections"},
    {.name = "1 % unsent",
     .ok = 990,
     .waited = 10,
     .unsent = 10,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "more unsent",
     .ok = 989,
     .unsent = 11,
     .want = VERDICT_INVALID,
     .code = "connections"},
    {.name = "a bound on latency does not help",
     .expects = {"p99<20ms"},
     .waited = 11,
     .want = VERDICT_INVALID,
     .code = "connections"},
    {.name = "waiting in a closed model",
     .closed = true,
     .waited = 500,
     .want = VERDICT_PASS,
     .code = "nothing_asked"},
    {.name = "all unsent is our ceiling's doing",
     .no_ok = true,
     .failed = 1,
     .err = BR_ERR_RESET,
     .unsent = 500,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},

    /* what ran out */
    {.name = "one without a descriptor",
     .failed = 1,
     .err = BR_ERR_NO_DESCRIPTORS,
     .want = VERDICT_INVALID,
     .code = "descriptors"},
    {.name = "one without a port",
     .failed = 1,
     .err = BR_ERR_NO_PORTS,
     .want = VERDICT_INVALID,
     .code = "ports"},
    {.name = "one without memory",
     .failed = 1,
     .err = BR_ERR_NO_MEMORY,
     .want = VERDICT_INVALID,
     .code = "memory"},
    {.name = "a limit", .failed = 1, .err = BR_ERR_LIMIT, .want = VERDICT_INVALID, .code = "limit"},
    {.name = "ports in a closed model",
     .closed = true,
     .failed = 1,
     .err = BR_ERR_NO_PORTS,
     .want = VERDICT_INVALID,
     .code = "ports"},
    {.name = "failures of ours decide nothing",
     .expects = {"failed<1%"},
     .failed = 50,
     .err = BR_ERR_NO_PORTS,
     .want = VERDICT_INVALID,
     .code = "ports"},

    /* busy shards */
    {.name = "nearly busy", .busy_permille = 949, .want = VERDICT_PASS, .code = "nothing_asked"},
    {.name = "busy", .busy_permille = 950, .want = VERDICT_INVALID, .code = "busy"},
    {.name = "busy, and a bound on latency holds",
     .expects = {"p99<20ms"},
     .busy_permille = 999,
     .want = VERDICT_PASS,
     .code = "busy"},
    {.name = "busy in a closed model",
     .closed = true,
     .busy_permille = 999,
     .want = VERDICT_PASS,
     .code = "busy"},
    {.name = "busy in a closed model, rate too low",
     .closed = true,
     .busy_permille = 999,
     .expects = {"rate>=9000/s"},
     .want = VERDICT_INVALID,
     .code = "expect"},

    /* the clock */
    {.name = "the clock stepped", .clock_steps = 1, .want = VERDICT_INVALID, .code = "clock"},
    {.name = "it stepped, all failed",
     .no_ok = true,
     .failed = 9,
     .err = BR_ERR_RESET,
     .clock_steps = 1,
     .want = VERDICT_FAIL,
     .code = "nothing_succeeded"},

    /* cut off: no verdict, but values */
    {.name = "cut off", .expects = {"p99<9ms"}, .partial = RESULT_CUT_OFF, .want = VERDICT_NONE},
};

static void verdict_make(struct sample *sample, const struct verdict_row *row)
{
    sample_init(sample);
    if (row->closed)
        sample->plan.load =
            (struct plan_load){.model = PLAN_CLOSED, .operations = 1000, .connections = 10};
    sample->plan.max_lateness_ns = row->max_lateness_ns;
    for (size_t i = 0; i < BR_COUNT(row->expects) && row->expects[i] != NULL; i++)
        sample_expect(sample, row->expects[i]);
    sample_begin(sample);

    double latency_ns = row->latency_ns > 0 ? row->latency_ns : 10 * MS;
    uint64_t ok = row->no_ok ? 0 : row->ok > 0 ? row->ok : 1000 - row->failed;
    for (int second = 0; second < 10; second++) {
        struct sample_ops good = {.count = ok / 10 + (second == 9 ? ok % 10 : 0),
                                  .latency_ns = latency_ns,
                                  .service_ns = latency_ns * 0.9,
                                  .status = 200};
        sample_add(sample, &good);
        sample->block->busy_permille_max = second == 5 ? row->busy_permille : 100;
        if (second < 9)
            sample_second(sample);
    }
    struct sample_ops bad = {.count = row->failed,
                             .latency_ns = 50 * MS,
                             .service_ns = 45 * MS,
                             .err = row->err,
                             .status = row->status};
    if (row->err == BR_ERR_TIMEOUT_TOTAL)
        bad.latency_ns = 60e9;
    sample_add(sample, &bad);
    struct block_phase *phase = &sample->block->phases[0];
    phase->waited = row->waited;
    for (uint64_t i = 0; i < row->late; i++)
        hist_record(&phase->lateness, row->lateness_ns);
    sample->gauges.clock_steps = row->clock_steps;
    sample_second(sample);
    sample_finish(sample, row->unsent);
    if (row->partial != RESULT_COMPLETE)
        result_set_partial(&sample->result, row->partial, "a test said so");
}

UNIT_TEST(verdict_rules_hold_on_both_sides)
{
    for (size_t i = 0; i < BR_COUNT(verdict_rows); i++) {
        const struct verdict_row *row = &verdict_rows[i];
        static struct sample sample;
        UNIT_ROW(row->name);
        verdict_make(&sample, row);
        verdict_judge(&sample.result);
        UNIT_EQ_STR(result_verdict_name(sample.result.verdict), result_verdict_name(row->want));
        if (row->code == NULL)
            UNIT_EQ_INT(sample.result.reason_count, 0);
        else
            UNIT_OK(sample.result.reason_count > 0);
        if (row->code != NULL)
            UNIT_EQ_STR(sample.result.reasons[0].code, row->code);
        if (row->want == VERDICT_PASS && row->code != NULL)
            UNIT_EQ_INT(sample.result.reasons[0].kind, VERDICT_NONE);
        sample_fini(&sample);
    }
}

/* Every sum that is checked, spoilt by one. */
UNIT_TEST(verdict_sums_must_add_up)
{
    static struct sample sample;
    for (int spoilt = 0; spoilt < 8; spoilt++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "sum %d", spoilt);
        UNIT_ROW(name);
        verdict_make(&sample, &verdict_rows[1]);
        struct block_ops_sum *ops = result_ops_at(&sample.result, 0, 0);
        switch (spoilt) {
        case 0:
            sample.result.phases[0].sum.due++;
            break;
        case 1:
            hist_sum_record_many(&ops->latency_ok, 1e6, 1);
            break;
        case 2:
            ops->failed++;
            break;
        case 3:
            ops->errors[BR_ERR_RESET].count--;
            break;
        case 4:
            ops->status[404]++;
            break;
        case 5:
            ops->status[200]--;
            break;
        case 6:
            ops->sent--;
            break;
        default:
            sample.result.end.unsent++;
            break;
        }
        verdict_judge(&sample.result);
        UNIT_EQ_INT(sample.result.verdict, VERDICT_INVALID);
        UNIT_EQ_STR(sample.result.reasons[0].code, "sums");
        sample_fini(&sample);
    }
}

UNIT_TEST(verdict_one_target_down_fails)
{
    static struct sample sample;
    for (int own = 0; own < 2; own++) {
        sample_init(&sample);
        sample_add_target(&sample, "http://a/");
        sample_add_target(&sample, "http://b/");
        sample_begin(&sample);
        sample_add(
            &sample,
            &(struct sample_ops){
                .target = 0, .count = 50, .latency_ns = 1e6, .service_ns = 9e5, .status = 200});
        sample_add(&sample,
                   &(struct sample_ops){.target = 1,
                                        .count = 50,
                                        .latency_ns = 1e6,
                                        .err = own ? BR_ERR_NO_PORTS : BR_ERR_CONN_REFUSED});
        sample_second(&sample);
        sample_finish(&sample, 0);
        verdict_judge(&sample.result);
        UNIT_EQ_INT(sample.result.verdict, own ? VERDICT_INVALID : VERDICT_FAIL);
        UNIT_EQ_STR(sample.result.reasons[0].code, own ? "ports" : "target_down");
        if (!own)
            UNIT_EQ_STR(sample.result.reasons[0].text,
                        "target http://b/ is down: all 50 operations there failed, most by: "
                        "connection refused");
        sample_fini(&sample);
    }
}

UNIT_TEST(verdict_names_the_connections_needed)
{
    static struct sample sample;
    verdict_make(&sample,
                 &(struct verdict_row){.ok = 9000, .unsent = 1000, .latency_ns = 200 * MS});
    struct result_view *view =
        result_view_create(&sample.result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    /* 1,000/s x 180 ms */
    struct verdict_need need = verdict_connections_needed(view);
    UNIT_EQ_INT(need.mean, 180);
    UNIT_EQ_INT(need.p99, 180);
    UNIT_EQ_INT(need.max, 180);
    result_view_destroy(&view);
    verdict_judge(&sample.result);
    UNIT_EQ_STR(sample.result.reasons[0].text,
                "10 % of the operations (1,000 of 10,000) were due and never sent: 100 "
                "connections are too few. About 180 are needed: rate x service time = 1,000/s x "
                "180 ms on average; 180 with its p99, 180 ms");
    sample_fini(&sample);

    /* What was measured asks for 9 of the 100: it was not they that were too few. */
    verdict_make(&sample, &(struct verdict_row){.ok = 9000, .unsent = 1000});
    verdict_judge(&sample.result);
    UNIT_EQ_STR(sample.result.reasons[0].text,
                "10 % of the operations (1,000 of 10,000) were due and never sent: rate x service "
                "time = 1,000/s x 9.00 ms asks for 9 connections at most, of 100 allowed: they "
                "waited for us");
    sample_fini(&sample);
}

UNIT_TEST(verdict_warm_up_does_not_count)
{
    static struct sample sample;
    sample_init(&sample);
    sample.plan.load.warmup_ns = 1000000000;
    sample_expect(&sample, "failed==0");
    sample_expect(&sample, "warm-up:failed==50");
    sample_begin(&sample);
    sample_add(&sample,
               &(struct sample_ops){.count = 50, .latency_ns = 1e6, .err = BR_ERR_CONN_REFUSED});
    sample.block->phases[0].waited = 50;
    sample.block->busy_permille_max = 1000;
    sample_second(&sample);
    sample_add(&sample,
               &(struct sample_ops){
                   .phase = 1, .count = 50, .latency_ns = 1e6, .service_ns = 9e5, .status = 200});
    sample_second(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    UNIT_EQ_INT(sample.result.verdict, VERDICT_PASS);
    UNIT_EQ_INT(sample.result.reason_count, 0);
    sample_fini(&sample);
}

UNIT_TEST(verdict_refuses_what_is_not_measured)
{
    static const struct {
        const char *expect;
        const char *complaint; /* NULL: fine */
    } rows[] = {
        {"p99<1s", NULL},
        {"p99{ok}<1s", NULL},
        {"failed<1%", NULL},
        {"steady:mean(service)<1s", NULL},
        {"p99{target:http://a/}<1s", NULL},
        {"failed{target:2}<1%", NULL},
        {"rate(bytes_received)>1MB", NULL},
        {"events_lost==0", "this run follows no events"},
        {"p99(heap_bytes)<5", "this run does not measure heap_bytes"},
        {"warm-up:p99<1s", "this run has no phase 'warm-up'; it has steady"},
        {"p99{target:3}<1s", "there is no target '3'"},
        {"due{target:1}>3", "{target} selects nothing of due"},
        {"p99<1s for 10s", NULL},
        {"p99<1s for 11s", "no window is that long: it would last 10s"},
        {"unsent==0 for 2s", "unsent is known at the end only"},
        {"failed{ok}<1%", "{ok} selects nothing of failed"},
        {"p99{sink:x}<1s", "{sink} selects nothing of latency"},
        {"max(bytes_sent)<5", "it has no percentile"},
    };
    static struct sample sample;
    sample_init(&sample);
    sample_add_target(&sample, "http://a/");
    sample_add_target(&sample, "http://b/");
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct diag diag = DIAG_INIT;
        struct expr expr;
        UNIT_ROW(rows[i].expect);
        UNIT_EQ_INT(expr_parse(bytes_from_str(rows[i].expect), &expr, &diag), BR_ERR_NONE);
        enum br_err err = verdict_check_expect(&expr, &sample.plan, &diag);
        UNIT_EQ_INT(err, rows[i].complaint == NULL ? BR_ERR_NONE : BR_ERR_CONFIG);
        if (rows[i].complaint != NULL)
            UNIT_OK(strstr(diag.text, rows[i].complaint) != NULL);
    }
}

UNIT_TEST(verdict_exit_codes_stay)
{
    UNIT_EQ_INT(verdict_exit_code(VERDICT_PASS), 0);
    UNIT_EQ_INT(verdict_exit_code(VERDICT_FAIL), 99);
    UNIT_EQ_INT(verdict_exit_code(VERDICT_INVALID), 90);
    UNIT_EQ_INT(verdict_exit_code(VERDICT_NONE), 105);
}

UNIT_MAIN(UNIT_RUN(verdict_rules_hold_on_both_sides), UNIT_RUN(verdict_sums_must_add_up),
          UNIT_RUN(verdict_one_target_down_fails), UNIT_RUN(verdict_names_the_connections_needed),
          UNIT_RUN(verdict_warm_up_does_not_count),

          UNIT_RUN(verdict_refuses_what_is_not_measured), UNIT_RUN(verdict_exit_codes_stay))
