/* SPDX-License-Identifier: Apache-2.0
 *
 * The data of handleSummary, and the older shape of it that --summary-export writes: groups and
 * checks by their names, values beside each other, and `true` for a threshold that was crossed.
 */
#include <math.h>

#include "base/mem.h"
#include "data/hash.h"
#include "data/json.h"
#include "report/script_inner.h"

static void report_add_id(struct json_writer *writer, struct bytes path)
{
    uint8_t digest[HASH_MD5_SIZE];
    char text[2 * HASH_MD5_SIZE];
    hash_md5(path, digest);
    hash_put_hex(bytes_make((const char *)digest, sizeof(digest)), text);
    json_add_text(writer, "id", bytes_make(text, sizeof(text)));
}

/* Bytes as a key; NUL bytes end it. */
static void report_put_key(struct json_writer *writer, struct bytes name)
{
    char *text = mem_copy_str(name);
    json_put_key(writer, text);
    mem_free(text);
}

static void report_put_check(struct json_writer *writer, const struct metric_check *check)
{
    json_open_object(writer);
    json_add_text(writer, "name", check->name);
    json_add_text(writer, "path", check->path);
    report_add_id(writer, check->path);
    json_add_u64(writer, "passes", check->passes);
    json_add_u64(writer, "fails", check->fails);
    json_close_object(writer);
}

static void report_add_checks(struct json_writer *writer, const struct metric_group *group,
                              bool by_name)
{
    if (by_name)
        json_add_object(writer, "checks");
    else
        json_add_array(writer, "checks");
    for (const struct metric_check *check = group->checks; check != NULL; check = check->next) {
        if (by_name)
            report_put_key(writer, check->name);
        report_put_check(writer, check);
    }
    if (by_name)
        json_close_object(writer);
    else
        json_close_array(writer);
}

static void report_open_group(struct json_writer *writer, const struct metric_group *group,
                              bool by_name)
{
    json_open_object(writer);
    json_add_text(writer, "name", group->name);
    json_add_text(writer, "path", group->path);
    report_add_id(writer, group->path);
    report_add_checks(writer, group, by_name);
    if (by_name)
        json_add_object(writer, "groups");
    else
        json_add_array(writer, "groups");
}

static void report_close_group(struct json_writer *writer, bool by_name)
{
    if (by_name)
        json_close_object(writer);
    else
        json_close_array(writer);
    json_close_object(writer);
}

/* Depth first; a tree deeper than JSON goes is cut off there. */
static void report_put_tree(struct json_writer *writer, const struct metric_group *root,
                            bool by_name)
{
    const struct metric_group *at = root;
    report_open_group(writer, at, by_name);
    for (;;) {
        if (at->first != NULL && writer->depth + 4 < JSON_DEPTH_MAX) {
            at = at->first;
        } else {
            while (at != root && at->next == NULL) {
                report_close_group(writer, by_name);
                at = at->parent;
            }
            if (at == root)
                break;
            report_close_group(writer, by_name);
            at = at->next;
        }
        if (by_name)
            report_put_key(writer, at->name);
        report_open_group(writer, at, by_name);
    }
    report_close_group(writer, by_name);
}

/* ---- metrics ---- */

/* Whole numbers are written as such. */
static void report_add_number(struct json_writer *writer, const char *key, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        json_add_i64(writer, key, (int64_t)value);
    else
        json_add_f64(writer, key, value);
}

static void report_add_values(struct json_writer *writer, const struct report_script *script,
                              int series, bool is_export)
{
    struct series_sum *sum = &script->totals->sums[series];
    const struct metric *metric =
        metric_at(script->registry, script->registry->series[series].metric);
    bool is_empty = sum->count == 0;
    switch (metric->type) {
    case METRIC_TYPE_COUNTER:
        report_add_number(writer, "count", sum->sum);
        report_add_number(writer, "rate", report_script_rate(script, sum));
        break;
    case METRIC_TYPE_GAUGE:
        report_add_number(writer, "value", sum->last);
        report_add_number(writer, "min", is_empty ? 0.0 : sum->min);
        report_add_number(writer, "max", is_empty ? 0.0 : sum->max);
        break;
    case METRIC_TYPE_RATE:
        report_add_number(writer, is_export ? "value" : "rate", series_sum_share(sum));
        json_add_u64(writer, "passes", sum->trues);
        json_add_u64(writer, "fails", sum->count - sum->trues);
        break;
    case METRIC_TYPE_TREND:
        for (size_t i = 0; i < script->stats->count; i++)
            report_add_number(writer, script->stats->items[i].text,
                              report_stat_value(&script->stats->items[i], sum));
        break;
    }
}

/* Two thresholds with one text are one key: it is crossed when one of them is. */
static bool report_threshold_is_first(const struct thresholds *thresholds, size_t at, bool *out_ok)
{
    const struct threshold *threshold = &thresholds->items[at];
    *out_ok = threshold->ok;
    for (size_t i = 0; i < thresholds->count; i++) {
        const struct threshold *other = &thresholds->items[i];
        if (other->series != threshold->series || !bytes_eq(other->source, threshold->source))
            continue;
        if (i < at)
            return false;
        *out_ok = *out_ok && other->ok;
    }
    return true;
}

static void report_add_thresholds(struct json_writer *writer, const struct report_script *script,
                                  int series, bool is_export)
{
    if (!report_script_has_thresholds(script, series))
        return;
    json_add_object(writer, "thresholds");
    for (size_t i = 0; i < script->thresholds->count; i++) {
        bool ok;
        if (script->thresholds->items[i].series != series ||
            !report_threshold_is_first(script->thresholds, i, &ok))
            continue;
        report_put_key(writer, script->thresholds->items[i].source);
        if (is_export) {
            json_put_bool(writer, !ok);
            continue;
        }
        json_open_object(writer);
        json_add_bool(writer, "ok", ok);
        json_close_object(writer);
    }
    json_close_object(writer);
}

static void report_put_metric(struct json_writer *writer, const struct report_script *script,
                              int series)
{
    const struct metric *metric =
        metric_at(script->registry, script->registry->series[series].metric);
    report_put_key(writer, script->registry->series[series].name);
    json_open_object(writer);
    json_add_str(writer, "type", metric_type_name(metric->type));
    json_add_str(writer, "contains", metric_contains_name(metric->contains));
    json_add_object(writer, "values");
    report_add_values(writer, script, series, false);
    json_close_object(writer);
    report_add_thresholds(writer, script, series, false);
    json_close_object(writer);
}

static void report_put_export(struct json_writer *writer, const struct report_script *script,
                              int series)
{
    report_put_key(writer, script->registry->series[series].name);
    json_open_object(writer);
    report_add_values(writer, script, series, true);
    report_add_thresholds(writer, script, series, true);
    json_close_object(writer);
}

static void report_add_metrics(struct json_writer *writer, const struct report_script *script,
                               bool is_export)
{
    int *sorted = report_script_sorted(script);
    json_add_object(writer, "metrics");
    for (int i = 0; i < script->registry->series_count; i++) {
        if (!report_script_has(script, sorted[i]))
            continue;
        if (is_export)
            report_put_export(writer, script, sorted[i]);
        else
            report_put_metric(writer, script, sorted[i]);
    }
    json_close_object(writer);
    mem_free(sorted);
}

static void report_add_options(struct json_writer *writer, const struct report_script *script)
{
    static const char *const units[] = {"", "s", "ms", "us"};
    json_add_object(writer, "options");
    json_add_array(writer, "summaryTrendStats");
    for (size_t i = 0; i < script->stats->count; i++)
        json_put_text(writer, bytes_from_str(script->stats->items[i].text));
    json_close_array(writer);
    json_add_str(writer, "summaryTimeUnit", units[script->time_unit]);
    json_add_bool(writer, "noColor", script->no_color);
    json_close_object(writer);
    json_add_object(writer, "state");
    json_add_bool(writer, "isStdOutTTY", script->stdout_is_terminal);
    json_add_bool(writer, "isStdErrTTY", script->stderr_is_terminal);
    json_add_f64(writer, "testRunDurationMs", (double)script->duration_ns / 1e6);
    json_close_object(writer);
}

void report_script_data(const struct report_script *script, struct buf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out, false);
    json_open_object(&writer);
    json_put_key(&writer, "root_group");
    report_put_tree(&writer, &script->tree->root, false);
    report_add_options(&writer, script);
    report_add_metrics(&writer, script, false);
    json_close_object(&writer);
    if (script->setup_data.len == 0)
        return;
    /* JSON already: put in before the brace. */
    out->len--;
    buf_put_str(out, ",\"setup_data\":");
    buf_put(out, script->setup_data);
    buf_put_str(out, "}");
}

void report_script_export(const struct report_script *script, struct buf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out, true);
    json_open_object(&writer);
    json_put_key(&writer, "root_group");
    report_put_tree(&writer, &script->tree->root, true);
    report_add_metrics(&writer, script, true);
    json_close_object(&writer);
    if (script->setup_data.len > 0) {
        while (out->data[out->len - 1] != '}')
            out->len--;
        out->len--;
        while (out->data[out->len - 1] == '\n')
            out->len--;
        buf_put_str(out, ",\n  \"setup_data\": ");
        buf_put(out, script->setup_data);
        buf_put_str(out, "\n}");
    }
    if (out->data[out->len - 1] != '\n')
        buf_put_str(out, "\n");
}
