/* SPDX-License-Identifier: Apache-2.0
 *
 * Thresholds as options have them: read, and refused with the metric's name.
 */
#include "plan/plan_threshold.h"

#include "data/json.h"
#include "unit.h"

struct row {
    const char *json;
    int count; /* -1: refused */
    bool aborts;
    int64_t delay_ns;
};

UNIT_TEST(thresholds_are_read_from_options)
{
    static const struct row rows[] = {
        {"{}", 0, false, 0},
        {"null", 0, false, 0},
        {"{\"http_reqs\":[]}", 0, false, 0},
        {"{\"http_reqs\":[\"count>1\",\"rate>1\"]}", 2, false, 0},
        {"{\"http_req_duration{status:200}\":[{\"threshold\":\"p(95)<5\",\"abortOnFail\":true,"
         "\"delayAbortEval\":\"10s\"}]}",
         1, true, INT64_C(10000000000)},
        {"{\"http_reqs\":[{\"threshold\":\"count>1\",\"delayAbortEval\":500}]}", 1, false,
         500000000},
        {"{\"http_reqs\":[{\"threshold\":\"count>1\",\"abortOnFail\":null}]}", 1, false, 0},
        {"{\"http_reqs\":\"count>1\"}", -1, false, 0},
        {"{\"http_reqs\":[1]}", -1, false, 0},
        {"{\"http_reqs\":[{}]}", -1, false, 0},
        {"{\"http_reqs\":[{\"threshold\":\"count>1\",\"abortOnFail\":\"yes\"}]}", -1, false, 0},
        {"{\"http_reqs\":[{\"threshold\":\"count>1\",\"delayAbortEval\":\"x\"}]}", -1, false, 0},
        {"{\"http_reqs\":[\"count>>1\"]}", -1, false, 0},
        {"{\"nothing\":[]}", -1, false, 0},
        {"[]", -1, false, 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct metric_registry *registry = metric_registry_create();
        struct thresholds thresholds;
        struct diag diag = DIAG_INIT;
        struct json *json;
        UNIT_ROW(rows[i].json);
        thresholds_init(&thresholds);
        /* A document is an object or an array. */
        char text[400];
        (void)snprintf(text, sizeof(text), "{\"thresholds\":%s}", rows[i].json);
        UNIT_EQ_INT(json_parse(bytes_from_str(text), &json, &diag), BR_ERR_NONE);
        enum br_err err =
            plan_thresholds_read(&thresholds, registry, json_get(json, "thresholds"), &diag);
        UNIT_EQ_INT(err != BR_ERR_NONE, rows[i].count < 0);
        UNIT_EQ_INT(diag.text[0] != '\0', rows[i].count < 0);
        if (rows[i].count >= 0)
            UNIT_EQ_INT(thresholds.count, rows[i].count);
        if (rows[i].count > 0) {
            UNIT_EQ_INT(thresholds.items[0].abort_on_fail, rows[i].aborts);
            UNIT_EQ_INT(thresholds.items[0].delay_abort_ns, rows[i].delay_ns);
        }
        json_destroy(&json);
        thresholds_fini(&thresholds);
        metric_registry_destroy(&registry);
    }
}

UNIT_MAIN(UNIT_RUN(thresholds_are_read_from_options))
