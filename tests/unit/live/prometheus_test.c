/* SPDX-License-Identifier: Apache-2.0
 *
 * The page for Prometheus of a run whose numbers are known.
 */
#include "live/prometheus.h"

#include "../report/sample.h"
#include "unit.h"

static void check_has(struct buf *text, const char *line)
{
    if (strstr(buf_cstr(text), line) == NULL)
        UNIT_EQ_STR("the page", line);
}

UNIT_TEST(counters_and_histograms_are_the_result_s)
{
    static struct sample sample;
    struct buf text;
    sample_init(&sample);
    sample_add_target(&sample, "http://a/?q=\"1\"");
    sample_add_target(&sample, "http://b/");
    sample.plan.load.warmup_ns = 1000000000;
    sample_begin(&sample);
    sample_add(&sample, &(struct sample_ops){
                            .count = 3, .latency_ns = 2e6, .service_ns = 1e6, .status = 200});
    sample_second(&sample);
    sample_add(&sample, &(struct sample_ops){.phase = 1,
                                             .target = 1,
                                             .count = 7,
                                             .latency_ns = 2e6,
                                             .service_ns = 1e6,
                                             .status = 200});
    sample_add(
        &sample,
        &(struct sample_ops){
            .phase = 1, .target = 1, .count = 2, .latency_ns = 4e9, .err = BR_ERR_CONN_REFUSED});
    sample_second(&sample);
    buf_init(&text, 1 << 20);
    live_prometheus_put(&sample.result, &text);
    check_has(&text, "# TYPE brunt_done_total counter\n");
    check_has(&text, "brunt_done_total{phase=\"warm-up\",target=\"http://a/?q=\\\"1\\\"\"} 3\n");
    check_has(&text, "brunt_done_total{phase=\"steady\",target=\"http://b/\"} 9\n");
    check_has(&text, "brunt_failed_total{phase=\"steady\",target=\"http://b/\"} 2\n");
    check_has(&text, "brunt_due_total{phase=\"steady\"} 9\n");
    check_has(&text,
              "brunt_replies_total{phase=\"steady\",target=\"http://b/\",status=\"200\"} 7\n");
    check_has(&text, "brunt_errors_total{phase=\"steady\",target=\"http://b/\",kind=\"");
    check_has(&text, "# TYPE brunt_latency_seconds histogram\n");
    check_has(
        &text,
        "brunt_latency_seconds_bucket{phase=\"steady\",target=\"http://b/\",le=\"0.001\"} 0\n");
    check_has(&text,
              "brunt_latency_seconds_bucket{phase=\"steady\",target=\"http://b/\",le=\"1\"} 7\n");
    check_has(
        &text,
        "brunt_latency_seconds_bucket{phase=\"steady\",target=\"http://b/\",le=\"+Inf\"} 9\n");
    check_has(&text, "brunt_latency_seconds_sum{phase=\"steady\",target=\"http://b/\"} 8.01");
    check_has(&text, "brunt_service_seconds_count{phase=\"steady\",target=\"http://b/\"} 7\n");
    check_has(&text, "\nbrunt_run_seconds 2\n");
    check_has(&text, "\nbrunt_in_flight 3\n");
    buf_fini(&text);
    sample_fini(&sample);
}

UNIT_MAIN(UNIT_RUN(counters_and_histograms_are_the_result_s))
