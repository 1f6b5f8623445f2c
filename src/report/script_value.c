/* SPDX-License-Identifier: Apache-2.0
 *
 * Values as k6's summary writes them, and the words of its options. k6 cuts digits off where others
 * round, and a number that is worth showing has at most six decimals.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/units.h"
#include "data/json.h"
#include "report/script_inner.h"

/* ---- options ---- */

static enum br_err report_stats_add(struct report_stats *stats, struct bytes text,
                                    struct diag *diag)
{
    static const struct {
        const char *name;
        enum report_stat_kind kind;
    } rows[] = {{"avg", REPORT_STAT_AVG},
                {"min", REPORT_STAT_MIN},
                {"med", REPORT_STAT_MED},
                {"max", REPORT_STAT_MAX},
                {"count", REPORT_STAT_COUNT}};
    struct report_stat stat = {.kind = REPORT_STAT_PERCENTILE};
    struct bytes word = bytes_trim(text);
    bool known = false;
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if (bytes_eq(word, bytes_from_str(rows[i].name))) {
            stat.kind = rows[i].kind;
            known = true;
        }
    }
    if (!known && word.len > 3 && bytes_starts(word, BYTES("p(")) && word.ptr[word.len - 1] == ')')
        known = units_parse_number(bytes_make(word.ptr + 2, word.len - 3), &stat.percentile,
                                   NULL) == BR_ERR_NONE &&
                stat.percentile >= 0.0 && stat.percentile <= 100.0;
    if (!known || word.len >= REPORT_STAT_SIZE || stats->count == REPORT_STATS_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s' is no statistic of the summary: avg, min, med, max, count and p(N) "
                        "with N from 0 to 100 are, at most %d of them",
                        BYTES_ARG(word), REPORT_STATS_MAX);
    memcpy(stat.text, word.ptr, word.len);
    stats->items[stats->count++] = stat;
    return BR_ERR_NONE;
}

enum br_err report_stats_parse(struct report_stats *stats, struct bytes text, struct diag *diag)
{
    struct report_stats read = {.count = 0};
    enum br_err err = BR_ERR_NONE;
    while (err == BR_ERR_NONE && text.len > 0)
        err = report_stats_add(&read, bytes_cut(&text, ','), diag);
    if (err == BR_ERR_NONE)
        *stats = read;
    return err;
}

enum br_err report_stats_read(struct report_stats *stats, const struct json *json,
                              struct diag *diag)
{
    struct report_stats read = {.count = 0};
    enum br_err err = BR_ERR_NONE;
    if (json_kind(json) != JSON_KIND_ARRAY)
        return diag_set(diag, BR_ERR_CONFIG,
                        "summaryTrendStats is an array, such as ['avg', "
                        "'p(99)']");
    for (size_t i = 0; i < json_count(json) && err == BR_ERR_NONE; i++) {
        const struct json *item = json_at(json, i);
        if (json_kind(item) != JSON_KIND_TEXT)
            return diag_set(diag, BR_ERR_CONFIG, "summaryTrendStats holds texts only");
        err = report_stats_add(&read, json_as_text(item, "summaryTrendStats", NULL), diag);
    }
    if (err == BR_ERR_NONE)
        *stats = read;
    return err;
}

void report_stats_default(struct report_stats *stats)
{
    enum br_err err = report_stats_parse(stats, BYTES("avg,min,med,max,p(90),p(95)"), NULL);
    (void)err;
}

enum br_err report_time_unit_parse(struct bytes text, enum report_time_unit *out_unit,
                                   struct diag *diag)
{
    static const char *const names[] = {"", "s", "ms", "us"};
    for (size_t i = 0; i < BR_COUNT(names); i++) {
        if (bytes_eq(text, bytes_from_str(names[i]))) {
            *out_unit = (enum report_time_unit)i;
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG, "'%.*s' is no time unit of the summary: s, ms and us are",
                    BYTES_ARG(text));
}

enum br_err report_mode_parse(struct bytes text, enum report_mode *out_mode, struct diag *diag)
{
    static const char *const names[] = {"compact", "full", "legacy", "disabled"};
    struct nearest nearest = {.word = text};
    for (size_t i = 0; i < BR_COUNT(names); i++) {
        nearest_offer(&nearest, names[i]);
        if (bytes_eq(text, bytes_from_str(names[i]))) {
            *out_mode = (enum report_mode)i;
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "'%.*s' is no summary mode: compact, full, legacy and disabled are%s%s",
                    BYTES_ARG(text), nearest.best != NULL ? "; the nearest is " : "",
                    nearest.best != NULL ? nearest.best : "");
}

/* ---- values ---- */

/* At most so many decimals and no zeros at the end. */
static size_t report_put_number(char *out, size_t size, double value, int decimals)
{
    int len = snprintf(out, size, "%.*f", decimals, value);
    if (decimals > 0 && len > 0 && (size_t)len < size) {
        while (out[len - 1] == '0')
            len--;
        if (out[len - 1] == '.')
            len--;
        out[len] = '\0';
    }
    return (size_t)len;
}

/* Cut off behind so many decimals. */
static double report_cut(double value, int decimals)
{
    double scale = decimals == 0 ? 1.0 : 100.0;
    return trunc(value * scale) / scale;
}

static struct report_value report_value_time(double ms, enum report_time_unit unit)
{
    static const double factors[] = {1.0, 0.001, 1.0, 1000.0};
    static const char *const names[] = {"", "s", "ms", "\xc2\xb5s"};
    struct report_value out;
    size_t size = sizeof(out.str);
    double size_ms = fabs(ms);
    if (unit != REPORT_TIME_AUTO) {
        (void)snprintf(out.str, size, "%.2f%s", ms * factors[unit], names[unit]);
        return out;
    }
    const char *suffix = "ms";
    double shown = ms;
    if (size_ms == 0.0 || size_ms >= 1000.0) {
        suffix = "s";
    } else if (size_ms < 0.001) {
        suffix = "ns";
        shown = trunc(ms * 1e6);
    } else if (size_ms < 1.0) {
        suffix = "\xc2\xb5s";
        shown = ms * 1000.0;
    }
    if (size_ms < 1000.0) {
        size_t len = report_put_number(out.str, size, report_cut(shown, 2), 2);
        (void)snprintf(out.str + len, size - len, "%s", suffix);
        return out;
    }
    double minutes = trunc(ms / 60000.0);
    char seconds[REPORT_VALUE_SIZE / 2];
    int decimals = size_ms > 60000.0 ? 0 : 2;
    (void)report_put_number(seconds, sizeof(seconds),
                            report_cut(fmod(ms, 60000.0) / 1000.0, decimals), decimals);
    if (minutes >= 60.0)
        (void)snprintf(out.str, size, "%.0fh%.0fm%ss", trunc(minutes / 60.0), fmod(minutes, 60.0),
                       seconds);
    else if (minutes >= 1.0)
        (void)snprintf(out.str, size, "%.0fm%ss", minutes, seconds);
    else
        (void)snprintf(out.str, size, "%ss", seconds);
    return out;
}

static struct report_value report_value_data(double bytes)
{
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    struct report_value out;
    size_t at = 0;
    if (bytes < 10.0) {
        size_t len = report_put_number(out.str, sizeof(out.str), bytes, 6);
        (void)snprintf(out.str + len, sizeof(out.str) - len, " B");
        return out;
    }
    while (bytes >= 1000.0 && at + 1 < BR_COUNT(names)) {
        bytes /= 1000.0;
        at++;
    }
    double shown = floor(bytes * 10.0 + 0.5) / 10.0;
    (void)snprintf(out.str, sizeof(out.str), "%.*f %s", shown < 10.0 ? 1 : 0, shown, names[at]);
    return out;
}

struct report_value report_value_of(enum metric_contains contains, double value,
                                    enum report_time_unit unit)
{
    struct report_value out;
    if (contains == METRIC_CONTAINS_TIME)
        return report_value_time(value, unit);
    if (contains == METRIC_CONTAINS_DATA)
        return report_value_data(value);
    if (fabs(value) >= 1e21)
        (void)snprintf(out.str, sizeof(out.str), "%g", value);
    else
        (void)report_put_number(out.str, sizeof(out.str), value, 6);
    return out;
}

struct report_value report_value_share(double share)
{
    struct report_value out;
    (void)snprintf(out.str, sizeof(out.str), "%.2f%%", trunc(share * 100.0 * 100.0) / 100.0);
    return out;
}

/* ---- series ---- */

double report_stat_value(const struct report_stat *stat, struct series_sum *sum)
{
    switch (stat->kind) {
    case REPORT_STAT_AVG:
        return series_sum_mean(sum);
    case REPORT_STAT_MIN:
        return sum->count == 0 ? 0.0 : sum->min;
    case REPORT_STAT_MAX:
        return sum->count == 0 ? 0.0 : sum->max;
    case REPORT_STAT_MED:
        return series_sum_percentile(sum, 50.0);
    case REPORT_STAT_COUNT:
        return (double)sum->count;
    case REPORT_STAT_PERCENTILE:
        return series_sum_percentile(sum, stat->percentile);
    }
    return 0.0;
}

double report_script_rate(const struct report_script *script, const struct series_sum *sum)
{
    return script->duration_ns <= 0 ? 0.0 : sum->sum / ((double)script->duration_ns / 1e9);
}

bool report_script_has_thresholds(const struct report_script *script, int series)
{
    for (size_t i = 0; script->thresholds != NULL && i < script->thresholds->count; i++) {
        if (script->thresholds->items[i].series == series)
            return true;
    }
    return false;
}

bool report_script_has(const struct report_script *script, int series)
{
    return script->totals->sums[series].count > 0 || report_script_has_thresholds(script, series);
}

struct report_name {
    const char *name;
    int series;
};

static int report_name_compare(const void *a, const void *b)
{
    const struct report_name *left = a, *right = b;
    return strcmp(left->name, right->name);
}

int *report_script_sorted(const struct report_script *script)
{
    size_t count = (size_t)script->registry->series_count;
    struct report_name *names = mem_zalloc(count, sizeof(*names));
    int *sorted = mem_zalloc(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        names[i] = (struct report_name){script->registry->series[i].name.ptr, (int)i};
    qsort(names, count, sizeof(*names), report_name_compare);
    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i].series;
    mem_free(names);
    return sorted;
}
