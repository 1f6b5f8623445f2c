/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations on windows of a run whose numbers are known second by second.
 */
#include "report/window.h"

#include "report/verdict.h"
#include "sample.h"
#include "unit.h"

/* Five good seconds, three slow ones, two good ones: over the whole it looks well. */
static void verdict_run_dent(struct sample *sample, const char *expect)
{
    sample_init(sample);
    sample->plan.load.warmup_ns = 1000000000;
    sample_expect(sample, expect);
    sample_begin(sample);
    for (int i = 0; i < 10; i++) {
        bool slow = i >= 5 && i < 8;
        sample_add(sample, &(struct sample_ops){.phase = i > 0,
                                                .count = slow ? 2 : 98,
                                                .latency_ns = slow || i == 0 ? 9e8 : 1e6,
                                                .service_ns = 9e5,
                                                .status = 200});
        sample_second(sample);
    }
    sample_finish(sample, 0);
    verdict_judge(&sample->result);
}

UNIT_TEST(verdict_windows_see_what_the_whole_hides)
{
    static const struct {
        const char *expect;
        enum verdict verdict;
        int64_t end_ns; /* of the worst window; -1: there is none */
        double value;
    } rows[] = {
        {"p95<100ms", VERDICT_PASS, -1, 1e6},
        {"p95<100ms for 8s", VERDICT_PASS, INT64_C(9000000000), 1e6},
        {"p95<100ms for 3s", VERDICT_FAIL, INT64_C(8000000000), 9e8},
        {"steady:p95<100ms for 3s", VERDICT_FAIL, INT64_C(8000000000), 9e8},
        {"max<100ms for 1s", VERDICT_FAIL, INT64_C(6000000000), 9e8},
        {"rate>=60/s for 5s", VERDICT_FAIL, INT64_C(8000000000), 40.4},
        {"rate>=60/s for 9s", VERDICT_PASS, INT64_C(10000000000), 66},
        {"failed<1% for 2s", VERDICT_PASS, INT64_C(3000000000), 0},
        {"p99(lateness)<1ms for 2s", VERDICT_PASS, INT64_C(3000000000), 1e4},
    };
    static struct sample sample;
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].expect);
        verdict_run_dent(&sample, rows[i].expect);
        const struct result_expect *expect = &sample.result.expects[0];
        UNIT_OK(expect->has_value);
        UNIT_NEAR(expect->value, rows[i].value, 0.02);
        UNIT_EQ_INT(expect->window_end_ns, rows[i].end_ns);
        UNIT_EQ_INT(sample.result.verdict, rows[i].verdict);
        sample_fini(&sample);
    }
    verdict_run_dent(&sample, "p95<100ms for 3s");
    UNIT_OK(strstr(sample.result.reasons[0].text, "in the 3s before 8") != NULL);
    sample_fini(&sample);
}

UNIT_MAIN(UNIT_RUN(verdict_windows_see_what_the_whole_hides))
