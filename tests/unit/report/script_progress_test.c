/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of a script's progress, one executor after the other.
 */
#include "report/script_progress.h"

#include "plan/plan_shortcut.h"
#include "unit.h"

#define SEC INT64_C(1000000000)

struct progress_row {
    const char *options;
    enum report_scenario_state state;
    int64_t elapsed_ns;
    double progress;
    const char *want;
};

UNIT_TEST(progress_is_told_in_k6s_words)
{
    static const struct progress_row rows[] = {
        {"{\"vus\":10,\"duration\":\"10s\"}", REPORT_SCENARIO_RUNNING, 5 * SEC, 0.5,
         "default   [  50% ] 10 VUs  05.0s/10s\n"},
        {"{\"vus\":10,\"duration\":\"10s\"}", REPORT_SCENARIO_DONE, 12 * SEC, 0.9,
         "default ✓ [ 100% ] 10 VUs  10.0s/10s\n"},
        {"{\"vus\":10,\"iterations\":200}", REPORT_SCENARIO_RUNNING, 65 * SEC, 0.225,
         "default   [  22% ] 10 VUs  1m05.0s/10m0s  045/200 shared iters\n"},
        {"{}", REPORT_SCENARIO_RUNNING, SEC / 4, 0,
         "default   [   0% ] 1 VUs  00.2s/10m0s  45/1 iters, 1 per VU\n"},
        {"{\"stages\":[{\"duration\":\"2h\",\"target\":20}]}", REPORT_SCENARIO_RUNNING, 3605 * SEC,
         0.5, "default   [  50% ] 03/20 VUs  1h00m05.0s/2h0m0s\n"},
        {"{\"scenarios\":{\"a\":{\"executor\":\"ramping-arrival-rate\",\"preAllocatedVUs\":20,"
         "\"stages\":[{\"duration\":\"10s\",\"target\":10}]}}}",
         REPORT_SCENARIO_RUNNING, 5 * SEC, 0.5,
         "a   [  50% ] 03/04 VUs  05.0s/10s  5.00 iters/s\n"},
        {"{\"scenarios\":{\"a\":{\"executor\":\"constant-vus\",\"duration\":\"9s\"}}}",
         REPORT_SCENARIO_WAITING, 5 * SEC, 0, "a \xe2\x80\xa2 [   0% ] waiting  -05.0s\n"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_scenarios scenarios;
        struct diag diag = DIAG_INIT;
        const char *warning;
        struct buf out;
        buf_init(&out, 4096);
        plan_scenarios_init(&scenarios);
        UNIT_ROW(rows[i].want);
        UNIT_EQ_INT(plan_scenarios_parse(&scenarios, bytes_from_str(rows[i].options), NULL,
                                         &warning, &diag),
                    BR_ERR_NONE);
        struct report_scenario_progress row = {.scenario = &scenarios.items[0],
                                               .state = rows[i].state,
                                               .elapsed_ns = rows[i].elapsed_ns,
                                               .progress = rows[i].progress,
                                               .active = 3,
                                               .vus = 4,
                                               .completed = 45};
        struct report_script_progress progress = {.stage = "running",
                                                  .elapsed_ns = 5 * SEC,
                                                  .active = 3,
                                                  .initialised = 10,
                                                  .completed = 45,
                                                  .interrupted = 1,
                                                  .scenarios = &row,
                                                  .scenario_count = 1};
        report_script_progress(&progress, &out);
        struct bytes text = buf_bytes(&out);
        UNIT_EQ_BYTES(bytes_cut(&text, '\n'), BYTES("running (0m05.0s), 03/10 VUs, 45 complete and "
                                                    "1 interrupted iterations"));
        UNIT_EQ_BYTES(text, bytes_from_str(rows[i].want));
        buf_clear(&out);
        progress.bar_width = 10;
        report_script_progress(&progress, &out);
        if (i == 0)
            UNIT_OK(strstr(buf_cstr(&out), "[=====>----]  50% 10 VUs") != NULL);
        buf_fini(&out);
        plan_scenarios_fini(&scenarios);
    }
}

UNIT_MAIN(UNIT_RUN(progress_is_told_in_k6s_words))
