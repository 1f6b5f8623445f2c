/* SPDX-License-Identifier: Apache-2.0
 *
 * Thresholds out of JSON.
 */
#include "plan/plan_threshold.h"

#include "data/json.h"
#include "plan/plan_scenario.h"

static enum br_err plan_threshold_read(struct thresholds *thresholds,
                                       struct metric_registry *registry, struct bytes metric,
                                       const struct json *json, struct diag *diag)
{
    struct diag inner = DIAG_INIT;
    if (json_kind(json) == JSON_KIND_TEXT)
        return thresholds_add(thresholds, registry, metric, json_as_text(json, "threshold", NULL),
                              false, 0, diag);
    const struct json *delay = json_get(json, "delayAbortEval");
    struct bytes source = json_get_text(json, "threshold", BYTES_NONE, &inner);
    bool abort_on_fail = json_get_bool(json, "abortOnFail", false, &inner);
    int64_t delay_ns = 0;
    if (json_kind(json) != JSON_KIND_OBJECT || inner.err != BR_ERR_NONE || source.len == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "thresholds['%.*s']: each is a text such as 'p(95)<500', or an object "
                        "{threshold, abortOnFail, delayAbortEval}",
                        BYTES_ARG(metric));
    if (json_kind(delay) != JSON_KIND_NONE && json_kind(delay) != JSON_KIND_NULL &&
        plan_json_duration(delay, "delayAbortEval", &delay_ns, &inner) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "thresholds['%.*s']: %s", BYTES_ARG(metric),
                        inner.text);
    return thresholds_add(thresholds, registry, metric, source, abort_on_fail, delay_ns, diag);
}

enum br_err plan_thresholds_read(struct thresholds *thresholds, struct metric_registry *registry,
                                 const struct json *json, struct diag *diag)
{
    struct json_cursor cursor = {0};
    enum br_err err = BR_ERR_NONE;
    if (json_kind(json) == JSON_KIND_NONE || json_kind(json) == JSON_KIND_NULL)
        return BR_ERR_NONE;
    if (json_kind(json) != JSON_KIND_OBJECT)
        return diag_set(diag, BR_ERR_CONFIG, "options.thresholds is an object: {metric: [...]}");
    while (err == BR_ERR_NONE && json_next(json, &cursor)) {
        if (json_kind(cursor.value) != JSON_KIND_ARRAY)
            return diag_set(diag, BR_ERR_CONFIG,
                            "thresholds['%.*s'] is an array, such as ['p(95)<500']",
                            BYTES_ARG(cursor.key));
        int series;
        err = metric_series_define(registry, cursor.key, &series, diag);
        for (size_t i = 0; i < json_count(cursor.value) && err == BR_ERR_NONE; i++)
            err = plan_threshold_read(thresholds, registry, cursor.key, json_at(cursor.value, i),
                                      diag);
    }
    return err;
}
