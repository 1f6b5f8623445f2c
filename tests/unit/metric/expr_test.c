/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations: what is read, what is refused and with which words, what holds.
 */
#include "metric/expr.h"

#include "unit.h"

struct expr_test_good {
    const char *text;
    const char *phase;
    enum expr_stat stat;
    double quantile;
    const char *metric;
    const char *selector;
    enum expr_op op;
    enum expr_unit unit;
    double bound;
};

static const struct expr_test_good expr_test_goods[] = {
    {"p99<200ms", "", EXPR_QUANTILE, 0.99, "latency", "", EXPR_LT, EXPR_UNIT_NS, 2e8},
    {"p99.9<=1.5s", "", EXPR_QUANTILE, 0.999, "latency", "", EXPR_LE, EXPR_UNIT_NS, 1.5e9},
    {"p(99)<200ms", "", EXPR_QUANTILE, 0.99, "latency", "", EXPR_LT, EXPR_UNIT_NS, 2e8},
    {"p(99.99)(service) < 5us", "", EXPR_QUANTILE, 0.9999, "service", "", EXPR_LT, EXPR_UNIT_NS,
     5e3},
    {"p99(event_lag)<2s", "", EXPR_QUANTILE, 0.99, "event_lag", "", EXPR_LT, EXPR_UNIT_NS, 2e9},
    {"p95(latency{ok})<1s", "", EXPR_QUANTILE, 0.95, "latency", "ok", EXPR_LT, EXPR_UNIT_NS, 1e9},
    {"p95{ok}<1s", "", EXPR_QUANTILE, 0.95, "latency", "ok", EXPR_LT, EXPR_UNIT_NS, 1e9},
    {"p99(event_lag{ sink:alerts })<2s", "", EXPR_QUANTILE, 0.99, "event_lag", "sink:alerts",
     EXPR_LT, EXPR_UNIT_NS, 2e9},
    {"p99(event_lag){sink:alerts}<2s", "", EXPR_QUANTILE, 0.99, "event_lag", "sink:alerts", EXPR_LT,
     EXPR_UNIT_NS, 2e9},
    {"p0>1ns", "", EXPR_QUANTILE, 0.0, "latency", "", EXPR_GT, EXPR_UNIT_NS, 1},
    {"p100<1h", "", EXPR_QUANTILE, 1.0, "latency", "", EXPR_LT, EXPR_UNIT_NS, 3600e9},
    {"avg<1m30s", "", EXPR_MEAN, 0, "latency", "", EXPR_LT, EXPR_UNIT_NS, 90e9},
    {"mean<250\xc2\xb5s", "", EXPR_MEAN, 0, "latency", "", EXPR_LT, EXPR_UNIT_NS, 250e3},
    {"med < 1s", "", EXPR_MEDIAN, 0, "latency", "", EXPR_LT, EXPR_UNIT_NS, 1e9},
    {"median(wait)<1s", "", EXPR_MEDIAN, 0, "wait", "", EXPR_LT, EXPR_UNIT_NS, 1e9},
    {"min>=0ns", "", EXPR_MIN, 0, "latency", "", EXPR_GE, EXPR_UNIT_NS, 0},
    {"max(lateness)<10ms", "", EXPR_MAX, 0, "lateness", "", EXPR_LT, EXPR_UNIT_NS, 1e7},
    {"failed<1%", "", EXPR_SHARE, 0, "failed", "", EXPR_LT, EXPR_UNIT_SHARE, 0.01},
    {"rate(failed)<0.1%", "", EXPR_SHARE, 0, "failed", "", EXPR_LT, EXPR_UNIT_SHARE, 0.001},
    {"failed==0", "", EXPR_VALUE, 0, "failed", "", EXPR_EQ, EXPR_UNIT_NUMBER, 0},
    {"failed!=3", "", EXPR_VALUE, 0, "failed", "", EXPR_NE, EXPR_UNIT_NUMBER, 3},
    {"count(failed)<10", "", EXPR_COUNT, 0, "failed", "", EXPR_LT, EXPR_UNIT_NUMBER, 10},
    {"count>10k", "", EXPR_COUNT, 0, "done", "", EXPR_GT, EXPR_UNIT_NUMBER, 1e4},
    {"rate>4900/s", "", EXPR_RATE, 0, "done", "", EXPR_GT, EXPR_UNIT_PER_SEC, 4900},
    {"rate>=4.9k/s", "", EXPR_RATE, 0, "done", "", EXPR_GE, EXPR_UNIT_PER_SEC, 4900},
    {"rate(sent)>4900", "", EXPR_RATE, 0, "sent", "", EXPR_GT, EXPR_UNIT_PER_SEC, 4900},
    {"done>100/s", "", EXPR_RATE, 0, "done", "", EXPR_GT, EXPR_UNIT_PER_SEC, 100},
    {"failed<1/1000", "", EXPR_SHARE, 0, "failed", "", EXPR_LT, EXPR_UNIT_SHARE, 0.001},
    {"rate>7/2s", "", EXPR_RATE, 0, "done", "", EXPR_GT, EXPR_UNIT_PER_SEC, 3.5},
    {"rate>60/m", "", EXPR_RATE, 0, "done", "", EXPR_GT, EXPR_UNIT_PER_SEC, 1},
    {"events_lost{sink:alerts}==0", "", EXPR_VALUE, 0, "events_lost", "sink:alerts", EXPR_EQ,
     EXPR_UNIT_NUMBER, 0},
    {"events_delivered>=99.9%", "", EXPR_SHARE, 0, "events_delivered", "", EXPR_GE, EXPR_UNIT_SHARE,
     0.999},
    {"steady:p99<200ms", "steady", EXPR_QUANTILE, 0.99, "latency", "", EXPR_LT, EXPR_UNIT_NS, 2e8},
    {" warmup : events_lost{sink:a} == 0 ", "warmup", EXPR_VALUE, 0, "events_lost", "sink:a",
     EXPR_EQ, EXPR_UNIT_NUMBER, 0},
    {"drain_time<5s", "", EXPR_VALUE, 0, "drain_time", "", EXPR_LT, EXPR_UNIT_NS, 5e9},
    {"delivery_gap<5s", "", EXPR_VALUE, 0, "delivery_gap", "", EXPR_LT, EXPR_UNIT_NS, 5e9},
    {"backlog_max<10M", "", EXPR_VALUE, 0, "backlog_max", "", EXPR_LT, EXPR_UNIT_NUMBER, 1e7},
    {"backlog<10M", "", EXPR_VALUE, 0, "backlog", "", EXPR_LT, EXPR_UNIT_NUMBER, 1e7},
    {"max(process_rss_bytes{probe:api})<1.5e9", "", EXPR_MAX, 0, "process_rss_bytes", "probe:api",
     EXPR_LT, EXPR_UNIT_NUMBER, 1.5e9},
    {"max(process_rss_bytes)<64MiB", "", EXPR_MAX, 0, "process_rss_bytes", "", EXPR_LT,
     EXPR_UNIT_BYTES, 67108864},
    {"bytes_sent>2KiB", "", EXPR_VALUE, 0, "bytes_sent", "", EXPR_GT, EXPR_UNIT_BYTES, 2048},
    {"max(temperature)>-2.5", "", EXPR_MAX, 0, "temperature", "", EXPR_GT, EXPR_UNIT_NUMBER, -2.5},
    {"events_lost{key:a<b}==0", "", EXPR_VALUE, 0, "events_lost", "key:a<b", EXPR_EQ,
     EXPR_UNIT_NUMBER, 0},
};

UNIT_TEST(expr_reads_what_people_write)
{
    for (size_t i = 0; i < BR_COUNT(expr_test_goods); i++) {
        const struct expr_test_good *row = &expr_test_goods[i];
        UNIT_ROW(row->text);
        struct expr expr;
        struct diag diag = DIAG_INIT;
        enum br_err err = expr_parse(bytes_from_str(row->text), &expr, &diag);
        UNIT_EQ_STR(diag.text, "");
        UNIT_EQ_INT(err, BR_ERR_NONE);
        UNIT_EQ_BYTES(expr.text, bytes_trim(bytes_from_str(row->text)));
        UNIT_EQ_BYTES(expr.phase, bytes_from_str(row->phase));
        UNIT_EQ_INT(expr.stat, row->stat);
        if (row->stat == EXPR_QUANTILE)
            UNIT_NEAR(expr.quantile, row->quantile, 1e-15);
        UNIT_EQ_BYTES(expr.metric, bytes_from_str(row->metric));
        UNIT_EQ_BYTES(expr.selector, bytes_from_str(row->selector));
        UNIT_EQ_INT(expr.op, row->op);
        UNIT_EQ_INT(expr.unit, row->unit);
        UNIT_NEAR(expr.bound, row->bound, 1e-12);
    }
}

UNIT_TEST(expr_reads_windows)
{
    static const struct {
        const char *text;
        int64_t window_ns;
        double bound;
    } rows[] = {
        {"p95<2s", 0, 2e9},
        {"p95<2s for 30s", INT64_C(30000000000), 2e9},
        {" spike:failed<1%  for  1m30s ", INT64_C(90000000000), 0.01},
        {"rate>=4900/s for 10m", INT64_C(600000000000), 4900},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct expr expr;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(expr_parse(bytes_from_str(rows[i].text), &expr, &diag), BR_ERR_NONE);
        UNIT_EQ_INT(expr.window_ns, rows[i].window_ns);
        UNIT_NEAR(expr.bound, rows[i].bound, 1e-12);
    }
}

static const struct {
    const char *text;
    const char *says; /* a part of the sentence */
} expr_test_bads[] = {
    {"p99<2s for 1ms", "from 1s to 10m"},
    {"p99<2s for 1h", "from 1s to 10m"},
    {"p99<2s for ever", "not a duration"},
    {"p99<2s for x s", "not a duration"},
    {"p99< for 2s", "has no bound"},
    {"", "is empty"},
    {"   ", "is empty"},
    {"p99", "compares nothing"},
    {"p99<", "has no bound"},
    {"<200ms", "is no metric"},
    {"p99=200ms", "did you mean '=='"},
    {"p99=<200ms", "known are < <= > >= == !="},
    {"p99<<200ms", "unknown comparison '<<'"},
    {"p99<200", "needs a unit"},
    {"p99<2%", "latency is a time"},
    {"p99<200MB", "latency is a time"},
    {"p99<200MS", "such as 200ms"},
    {"p99<200 millis", "not a duration"},
    {"p99<2sec", "such as 200ms"},
    {"rate>100rps", "not a duration"},
    {"rate>100/", "not a rate"},
    {"p99<200xyz", "such as 200ms"},
    {"p99<abc", "such as 200ms"},
    {"p99<0x10ms", "not a duration"},
    {"p99<1s2%", "not a share"},
    {"failed<101%", "more than the whole"},
    {"p99<1e999s", "not a duration"},
    {"p99<-1s", "cannot be negative"},
    {"p99<0.5ns", "not a whole number"},
    {"p-1<2s", "from 0 to 100"},
    {"p(-1)<2s", "from 0 to 100"},
    {"p101<2s", "from 0 to 100"},
    {"p(x)<2s", "unknown statistic 'p'"},
    {"p(99<2s", "is no metric"},
    {"p99)<2s", "without its '('"},
    {"avarage(latency)<2s", "unknown statistic 'avarage'"},
    {"faild<1%", "did you mean 'failed'"},
    {"p99(event_lags)<1s", "did you mean 'event_lag'"},
    {"medien<1s", "did you mean 'median'"},
    {"event_lost==0", "did you mean 'events_lost'"},
    {"latency<1s", "is many times; say which"},
    {"failed<0.01", "failed<1%"},
    {"failed<1s", "failed is a count"},
    {"p99(failed)<1", "failed is a count"},
    {"drain_time<5", "drain_time is a time"},
    {"events_lost{}==0", "one pair of braces"},
    {"events_lost{sink:a==0", "compares nothing"},
    {"events_lost sink:a}==0", "one pair of braces"},
    {"p99(latency{ok}{ok})<1s", "one selector"},
    {"p99(latency{ok)<1s", "compares nothing"},
    {"p99(latency{ok}){ok}<1s", "one pair of braces"},
    {"a b<1", "is no metric"},
    {"9lives<1", "is no metric"},
};

UNIT_TEST(expr_says_what_is_wrong)
{
    for (size_t i = 0; i < BR_COUNT(expr_test_bads); i++) {
        UNIT_ROW(expr_test_bads[i].text);
        struct expr expr = {.bound = 42.0};
        struct diag diag = DIAG_INIT;
        enum br_err err = expr_parse(bytes_from_str(expr_test_bads[i].text), &expr, &diag);
        UNIT_EQ_INT(err, BR_ERR_CONFIG);
        if (strstr(diag.text, expr_test_bads[i].says) == NULL)
            UNIT_EQ_STR(diag.text, expr_test_bads[i].says);
        UNIT_OK(expr.bound == 42.0);
    }
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    struct expr expr;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(expr_parse(bytes_make(longest, sizeof(longest)), &expr, &diag), BR_ERR_CONFIG);
}

UNIT_TEST(expr_holds_or_does_not)
{
    static const struct {
        const char *text;
        double value;
        bool holds;
    } rows[] = {
        {"p99<200ms", 199999999, true},
        {"p99<200ms", 200000000, false},
        {"p99<=200ms", 200000000, true},
        {"p99<=200ms", 200000001, false},
        {"rate>5/s", 5.1, true},
        {"rate>5/s", 5.0, false},
        {"rate>=5/s", 5.0, true},
        {"rate>=5/s", 4.9, false},
        {"failed==0", 0, true},
        {"failed==0", 1, false},
        {"failed!=0", 1, true},
        {"failed!=0", 0, false},
        {"failed<=1%", 0.01, true},
        {"failed<1%", 0.01, false},
        {"failed!=0", (double)NAN, false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct expr expr;
        UNIT_EQ_INT(expr_parse(bytes_from_str(rows[i].text), &expr, NULL), BR_ERR_NONE);
        UNIT_EQ_INT(expr_holds(&expr, rows[i].value), rows[i].holds);
    }
}

UNIT_TEST(expr_knows_upper_bounds_on_times)
{
    static const struct {
        const char *text;
        bool is_upper;
    } rows[] = {
        {"p99<1s", true},   {"max<=1s", true},    {"p99>1s", false},
        {"p99==1s", false}, {"failed<1%", false}, {"rate>5/s", false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct expr expr;
        UNIT_EQ_INT(expr_parse(bytes_from_str(rows[i].text), &expr, NULL), BR_ERR_NONE);
        UNIT_EQ_INT(expr_is_upper_bound(&expr), rows[i].is_upper);
    }
    UNIT_EQ_STR(expr_op_text(EXPR_NE), "!=");
}

UNIT_TEST(expr_selectors_are_looked_up_by_key)
{
    struct bytes value;
    struct bytes selector = BYTES("ok, sink : alerts,url:http://a");
    UNIT_OK(expr_selector_find(selector, BYTES("ok"), &value));
    UNIT_EQ_BYTES(value, BYTES(""));
    UNIT_OK(expr_selector_find(selector, BYTES("sink"), &value));
    UNIT_EQ_BYTES(value, BYTES("alerts"));
    UNIT_OK(expr_selector_find(selector, BYTES("url"), &value));
    UNIT_EQ_BYTES(value, BYTES("http://a"));
    UNIT_OK(!expr_selector_find(selector, BYTES("key"), &value));
    UNIT_OK(!expr_selector_find(BYTES_NONE, BYTES("ok"), &value));
}

UNIT_MAIN(UNIT_RUN(expr_reads_what_people_write), UNIT_RUN(expr_reads_windows),
          UNIT_RUN(expr_says_what_is_wrong), UNIT_RUN(expr_holds_or_does_not),
          UNIT_RUN(expr_knows_upper_bounds_on_times), UNIT_RUN(expr_selectors_are_looked_up_by_key))
