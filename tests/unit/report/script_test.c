/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a script's run: numbers as k6 writes them, the summary's layout to the byte, the data
 * of handleSummary, the export.
 */
#include "report/script.h"

#include "data/json.h"
#include "report/script_inner.h"
#include "unit.h"

struct value_row {
    enum metric_contains contains;
    double value;
    enum report_time_unit time_unit;
    const char *want;
};

UNIT_TEST(values_are_written_as_k6_writes_them)
{
    static const struct value_row rows[] = {
        {METRIC_CONTAINS_TIME, 0, REPORT_TIME_AUTO, "0s"},
        {METRIC_CONTAINS_TIME, 0.0005, REPORT_TIME_AUTO, "500ns"},
        {METRIC_CONTAINS_TIME, 0.0125, REPORT_TIME_AUTO, "12.5\xc2\xb5s"},
        {METRIC_CONTAINS_TIME, 1, REPORT_TIME_AUTO, "1ms"},
        {METRIC_CONTAINS_TIME, 120.389, REPORT_TIME_AUTO, "120.38ms"},
        {METRIC_CONTAINS_TIME, 999.999, REPORT_TIME_AUTO, "999.99ms"},
        {METRIC_CONTAINS_TIME, 1000, REPORT_TIME_AUTO, "1s"},
        {METRIC_CONTAINS_TIME, 12345, REPORT_TIME_AUTO, "12.34s"},
        {METRIC_CONTAINS_TIME, 90000, REPORT_TIME_AUTO, "1m30s"},
        {METRIC_CONTAINS_TIME, 3723000, REPORT_TIME_AUTO, "1h2m3s"},
        {METRIC_CONTAINS_TIME, 120.389, REPORT_TIME_MS, "120.39ms"},
        {METRIC_CONTAINS_TIME, 120.389, REPORT_TIME_S, "0.12s"},
        {METRIC_CONTAINS_TIME, 0.5, REPORT_TIME_US, "500.00\xc2\xb5s"},
        {METRIC_CONTAINS_DATA, 0, REPORT_TIME_AUTO, "0 B"},
        {METRIC_CONTAINS_DATA, 999, REPORT_TIME_AUTO, "999 B"},
        {METRIC_CONTAINS_DATA, 1500, REPORT_TIME_AUTO, "1.5 kB"},
        {METRIC_CONTAINS_DATA, 75400, REPORT_TIME_AUTO, "75 kB"},
        {METRIC_CONTAINS_DATA, 1.2e9, REPORT_TIME_AUTO, "1.2 GB"},
        {METRIC_CONTAINS_DEFAULT, 20, REPORT_TIME_AUTO, "20"},
        {METRIC_CONTAINS_DEFAULT, 13.1221791, REPORT_TIME_AUTO, "13.122179"},
        {METRIC_CONTAINS_DEFAULT, -0.5, REPORT_TIME_MS, "-0.5"},
        {METRIC_CONTAINS_DEFAULT, 1e15, REPORT_TIME_AUTO, "1000000000000000"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_STR(report_value_of(rows[i].contains, rows[i].value, rows[i].time_unit).str,
                    rows[i].want);
    }
    UNIT_EQ_STR(report_value_share(0.123456).str, "12.34%");
    UNIT_EQ_STR(report_value_share(1).str, "100.00%");
}

struct stats_row {
    const char *text;
    size_t count; /* 0: refused */
};

UNIT_TEST(statistics_are_read)
{
    static const struct stats_row rows[] = {
        {"avg", 1},          {"avg,min,med,max,count", 5},
        {"p(99.9), max", 2}, {"p(0)", 1},
        {"p(100.1)", 0},     {"p(-1)", 0},
        {"p()", 0},          {"median", 0},
        {"avg,,max", 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct report_stats stats = {.count = 77};
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        enum br_err err = report_stats_parse(&stats, bytes_from_str(rows[i].text), &diag);
        UNIT_EQ_INT(err == BR_ERR_NONE, rows[i].count > 0);
        UNIT_EQ_INT(stats.count, rows[i].count > 0 ? rows[i].count : 77);
    }
    enum report_mode mode;
    enum report_time_unit time_unit;
    UNIT_EQ_INT(report_mode_parse(BYTES("full"), &mode, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(mode, REPORT_FULL);
    UNIT_EQ_INT(report_mode_parse(BYTES("ful"), &mode, NULL), BR_ERR_CONFIG);
    UNIT_EQ_INT(report_time_unit_parse(BYTES("ms"), &time_unit, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(time_unit, REPORT_TIME_MS);
    UNIT_EQ_INT(report_time_unit_parse(BYTES("h"), &time_unit, NULL), BR_ERR_CONFIG);
}

/* ---- a run ---- */

static struct run {
    struct metric_registry *registry;
    struct tag_store *tags;
    struct series_block *block;
    struct series_recorder recorder;
    struct metric_tree tree;
    struct thresholds thresholds;
    struct report_stats stats;
    struct report_script script;
    struct buf out;
} run;

static void run_threshold(const char *metric, const char *source)
{
    UNIT_EQ_INT(thresholds_add(&run.thresholds, run.registry, bytes_from_str(metric),
                               bytes_from_str(source), false, 0, NULL),
                BR_ERR_NONE);
}

static void run_record(int metric, double value)
{
    const struct tag_set *tags =
        tag_with_system(run.tags, run.tags->empty, TAG_EXPECTED_RESPONSE, BYTES("true"));
    series_record(&run.recorder, metric, tags, value, 1, 1, 0);
}

static void run_begin(void)
{
    int mine;
    bool abort_now;
    memset(&run, 0, sizeof(run));
    run.registry = metric_registry_create();
    thresholds_init(&run.thresholds);
    report_stats_default(&run.stats);
    UNIT_EQ_INT(metric_define(run.registry, BYTES("my_counter"), METRIC_TYPE_COUNTER,
                              METRIC_CONTAINS_DEFAULT, &mine, NULL),
                BR_ERR_NONE);
    run_threshold("http_req_duration", "p(95)<300");
    run_threshold("http_req_duration{status:200}", "max<1");
    run_threshold("http_req_failed", "rate<0.01");
    run_threshold("my_counter", "count>10");
    metric_registry_seal(run.registry);
    run.tags = tag_store_create(run.registry, tag_system_default(), false);
    run.block = series_block_create(run.registry);
    series_recorder_init(&run.recorder, run.registry, run.tags, run.block, NULL);
    metric_tree_init(&run.tree);
    buf_init(&run.out, 1 << 20);
    for (int i = 1; i <= 10; i++) {
        run_record(METRIC_HTTP_REQS, 1);
        run_record(METRIC_HTTP_REQ_DURATION, 10.0 * i);
        run_record(METRIC_HTTP_REQ_WAITING, 10.0 * i);
        run_record(METRIC_HTTP_REQ_FAILED, 0);
        run_record(METRIC_CHECKS, 1);
        run_record(METRIC_CHECKS, i > 1);
        run_record(METRIC_ITERATIONS, 1);
    }
    run_record(mine, 3);
    run_record(METRIC_VUS, 2);
    run_record(METRIC_VUS, 1);
    run_record(METRIC_DATA_SENT, 75400);
    struct metric_group *group = metric_tree_group(&run.tree, &run.tree.root, BYTES("g"), 1);
    metric_tree_check(&run.tree, &run.tree.root, BYTES("status ok"), 1)->passes = 10;
    struct metric_check *check = metric_tree_check(&run.tree, group, BYTES("body ok"), 1);
    check->passes = 9;
    check->fails = 1;
    run.script = (struct report_script){.registry = run.registry,
                                        .totals = series_totals_create(run.registry),
                                        .tree = &run.tree,
                                        .thresholds = &run.thresholds,
                                        .stats = &run.stats,
                                        .duration_ns = INT64_C(5000000000)};
    series_totals_add(run.script.totals, run.block);
    (void)thresholds_evaluate(&run.thresholds, run.script.totals, run.script.duration_ns,
                              THRESHOLD_FINAL, &abort_now);
}

static void run_end(void)
{
    series_totals_destroy(&run.script.totals);
    series_recorder_fini(&run.recorder);
    series_block_destroy(&run.block);
    tag_store_destroy(&run.tags);
    thresholds_fini(&run.thresholds);
    metric_tree_fini(&run.tree);
    metric_registry_destroy(&run.registry);
    buf_fini(&run.out);
}

#define RUN_TREND "avg=55ms min=10ms med=55ms max=100ms p(90)=91ms p(95)=95.49ms\n"

UNIT_TEST(the_summary_has_k6s_layout)
{
    static const char want[] =
        "\n"
        "  █ THRESHOLDS\n"
        "\n"
        "    http_req_duration\n"
        "    ✓ 'p(95)<300' p(95)=95.49ms\n"
        "\n"
        "      {status:200}\n"
        "    ✓ 'max<1' max=0s\n"
        "\n"
        "    http_req_failed\n"
        "    ✓ 'rate<0.01' rate=0.00%\n"
        "\n"
        "    my_counter\n"
        "    ✗ 'count>10' count=3\n"
        "\n"
        "\n"
        "  █ TOTAL RESULTS\n"
        "\n"
        "    checks_total...................: 20     4/s\n"
        "    checks_succeeded...............: 95.00% 19 out of 20\n"
        "    checks_failed..................: 5.00%  1 out of 20\n"
        "\n"
        "    ✓ status ok\n"
        "    ✗ body ok\n"
        "      ↳  90% — ✓ 9 / ✗ 1\n"
        "\n"
        "    CUSTOM\n"
        "    my_counter.....................: 3     0.6/s\n"
        "\n"
        "    HTTP\n"
        "    http_req_duration..............: " RUN_TREND
        "      { expected_response:true }...: " RUN_TREND
        "      { status:200 }...............: avg=0s   min=0s   med=0s   max=0s    p(90)=0s   "
        "p(95)=0s\n"
        "    http_req_failed................: 0.00% 0 out of 10\n"
        "    http_reqs......................: 10    2/s\n"
        "\n"
        "    EXECUTION\n"
        "    iterations.....................: 10    2/s\n"
        "    vus............................: 1     min=1       max=2\n"
        "\n"
        "    NETWORK\n"
        "    data_sent......................: 75 kB 15 kB/s\n"
        "\n"
        "  PASS: ok\n";
    run_begin();
    run.script.verdict = BYTES("PASS: ok");
    report_script_text(&run.script, &run.out);
    UNIT_EQ_BYTES(buf_bytes(&run.out), bytes_from_str(want));
    run_end();
}

static void run_expect(bool want, const char *part)
{
    bool has = strstr(buf_cstr(&run.out), part) != NULL;
    if (has != want)
        unit_fail(__FILE__, __LINE__, "\"%s\" %s \"%s\"", buf_cstr(&run.out),
                  has ? "has" : "has not", part);
}

UNIT_TEST(modes_show_more_or_nothing)
{
    struct hist late;
    struct report_due_row row = {BYTES("iteration_lateness{scenario:s}"), &late};
    hist_init(&late);
    hist_record_ns(&late, 1000000);
    run_begin();
    report_script_text(&run.script, &run.out);
    run_expect(false, "http_req_waiting");
    buf_clear(&run.out);
    run.script.mode = REPORT_FULL;
    run.script.due_rows = &row;
    run.script.due_row_count = 1;
    report_script_text(&run.script, &run.out);
    run_expect(true, "http_req_waiting");
    run_expect(true, "SCHEDULE (brunt)\n    iteration_lateness{scenario:s}");
    run_expect(false, "█ g");
    buf_clear(&run.out);
    run.script.mode = REPORT_LEGACY;
    report_script_text(&run.script, &run.out);
    run_expect(true, "     █ g\n\n       ✗ body ok\n");
    run_expect(true, "   ✓ http_req_duration....");
    run_expect(true, "   ✗ my_counter...");
    run_expect(true, "     checks....");
    buf_clear(&run.out);
    run.script.mode = REPORT_DISABLED;
    report_script_text(&run.script, &run.out);
    UNIT_EQ_INT(run.out.len, 0);
    run_end();
    hist_fini(&late);
}

UNIT_TEST(handle_summary_gets_k6s_data)
{
    struct json *json;
    struct diag diag = DIAG_INIT;
    run_begin();
    run.script.setup_data = BYTES("{\"token\":1}");
    report_script_data(&run.script, &run.out);
    if (json_parse(buf_bytes(&run.out), &json, &diag) != BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s: %s", diag.text, buf_cstr(&run.out));
    const struct json *root = json_get(json, "root_group");
    UNIT_EQ_BYTES(json_get_text(root, "id", BYTES_NONE, &diag),
                  BYTES("d41d8cd98f00b204e9800998ecf8427e"));
    UNIT_EQ_INT(json_count(json_get(root, "checks")), 1);
    const struct json *group = json_at(json_get(root, "groups"), 0);
    UNIT_EQ_BYTES(json_get_text(group, "path", BYTES_NONE, &diag), BYTES("::g"));
    UNIT_EQ_BYTES(json_get_text(json_at(json_get(group, "checks"), 0), "path", BYTES_NONE, &diag),
                  BYTES("::g::body ok"));
    const struct json *metrics = json_get(json, "metrics");
    const struct json *duration = json_get(metrics, "http_req_duration");
    UNIT_EQ_BYTES(json_get_text(duration, "contains", BYTES_NONE, &diag), BYTES("time"));
    UNIT_NEAR(json_get_f64(json_get(duration, "values"), "p(95)", 0, &diag), 95.5, 1e-12);
    UNIT_OK(json_get(json_get(duration, "values"), "p(99)") == NULL);
    UNIT_OK(
        json_get_bool(json_get(json_get(duration, "thresholds"), "p(95)<300"), "ok", false, &diag));
    const struct json *failed = json_get(json_get(metrics, "http_req_failed"), "values");
    UNIT_EQ_INT(json_get_i64(failed, "passes", -1, &diag), 0);
    UNIT_EQ_INT(json_get_i64(failed, "fails", -1, &diag), 10);
    UNIT_EQ_INT(json_get_i64(json_get(json_get(metrics, "vus"), "values"), "max", -1, &diag), 2);
    UNIT_OK(json_get(metrics, "ws_sessions") == NULL);
    UNIT_OK(json_get(metrics, "http_req_duration{expected_response:true}") != NULL);
    UNIT_NEAR(json_get_f64(json_get(json, "state"), "testRunDurationMs", 0, &diag), 5000, 0);
    UNIT_EQ_INT(json_count(json_get(json_get(json, "options"), "summaryTrendStats")), 6);
    UNIT_EQ_INT(json_get_i64(json_get(json, "setup_data"), "token", -1, &diag), 1);
    UNIT_EQ_INT(diag.err, BR_ERR_NONE);
    json_destroy(&json);
    run_end();
}

UNIT_TEST(the_export_turns_thresholds_round)
{
    struct json *json;
    struct diag diag = DIAG_INIT;
    run_begin();
    run.script.setup_data = BYTES("[1]");
    report_script_export(&run.script, &run.out);
    if (json_parse(buf_bytes(&run.out), &json, &diag) != BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s: %s", diag.text, buf_cstr(&run.out));
    const struct json *metrics = json_get(json, "metrics");
    const struct json *failed = json_get(metrics, "http_req_failed");
    UNIT_EQ_INT(json_get_i64(failed, "value", -1, &diag), 0);
    UNIT_OK(!json_get_bool(json_get(failed, "thresholds"), "rate<0.01", true, &diag));
    UNIT_OK(json_get_bool(json_get(json_get(metrics, "my_counter"), "thresholds"), "count>10",
                          false, &diag));
    const struct json *group = json_get(json_get(json_get(json, "root_group"), "groups"), "g");
    UNIT_EQ_INT(json_get_i64(json_get(json_get(group, "checks"), "body ok"), "passes", -1, &diag),
                9);
    UNIT_EQ_INT(json_count(json_get(json, "setup_data")), 1);
    UNIT_EQ_INT(diag.err, BR_ERR_NONE);
    json_destroy(&json);
    run_end();
}

UNIT_MAIN(UNIT_RUN(values_are_written_as_k6_writes_them), UNIT_RUN(statistics_are_read),
          UNIT_RUN(the_summary_has_k6s_layout), UNIT_RUN(modes_show_more_or_nothing),
          UNIT_RUN(handle_summary_gets_k6s_data), UNIT_RUN(the_export_turns_thresholds_round))
