/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of JSON and CSV, as k6 writes them. Times are UTC.
 */
#include <inttypes.h>
#include <stdio.h>

#include "data/json.h"
#include "live/out_inner.h"

#define OUT_NS_PER_SEC INT64_C(1000000000)

/* The day of a number of days since 1970 (days_from_civil turned round: H. Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms"). */
static void out_civil(int64_t days, int64_t *out_year, int *out_month, int *out_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *out_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *out_month = (int)(month < 10 ? month + 3 : month - 9);
    *out_year = year + era * 400 + (*out_month <= 2);
}

void out_put_time(int64_t wall_ns, bool nanos, struct buf *buf)
{
    int64_t seconds = wall_ns / OUT_NS_PER_SEC;
    int64_t rest = wall_ns % OUT_NS_PER_SEC;
    int64_t of_day = seconds % 86400;
    int64_t year;
    int month, day;
    out_civil(seconds / 86400, &year, &month, &day);
    buf_putf(buf, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d", year, month, day, (int)(of_day / 3600),
             (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (nanos && rest > 0) {
        buf_putf(buf, ".%09" PRId64, rest);
        while (buf->data[buf->len - 1] == '0')
            buf->len--;
    }
    buf_put_str(buf, "Z");
}

static bool out_has(const struct out_env *env, enum tag_system tag)
{
    return (env->systems >> tag & 1) != 0;
}

/* ---- JSON ---- */

static void out_json_submetrics(struct json_writer *writer, const struct out_env *env,
                                const struct metric *metric)
{
    if (metric->first_sub < 0) {
        json_put_key(writer, "submetrics");
        json_put_null(writer);
        return;
    }
    json_add_array(writer, "submetrics");
    for (int i = metric->first_sub; i >= 0; i = env->registry->series[i].next) {
        const struct metric_series *series = &env->registry->series[i];
        json_open_object(writer);
        json_add_text(writer, "name", series->name);
        json_add_text(writer, "suffix", series->braces);
        json_add_object(writer, "tags");
        for (size_t p = 0; p < series->pair_count; p++) {
            char key[256];
            (void)snprintf(key, sizeof(key), "%.*s", BYTES_ARG(series->pairs[p].key));
            json_add_text(writer, key, series->pairs[p].value);
        }
        json_close_object(writer);
        json_close_object(writer);
    }
    json_close_array(writer);
}

void out_json_metric(const struct out_env *env, int id, struct buf *buf)
{
    const struct metric *metric = metric_at(env->registry, id);
    struct json_writer writer;
    json_writer_init(&writer, buf, false);
    json_open_object(&writer);
    json_add_str(&writer, "type", "Metric");
    json_add_object(&writer, "data");
    json_add_text(&writer, "name", metric->name);
    json_add_str(&writer, "type", metric_type_name(metric->type));
    json_add_str(&writer, "contains", metric_contains_name(metric->contains));
    json_add_array(&writer, "thresholds");
    for (size_t i = 0; env->thresholds != NULL && i < env->thresholds->count; i++) {
        if (env->thresholds->items[i].series == metric->series)
            json_put_text(&writer, env->thresholds->items[i].source);
    }
    json_close_array(&writer);
    out_json_submetrics(&writer, env, metric);
    json_close_object(&writer);
    json_add_text(&writer, "metric", metric->name);
    json_close_object(&writer);
    buf_put_str(buf, "\n");
}

static void out_put_quoted(struct buf *buf, struct bytes text)
{
    buf_put_str(buf, "\"");
    json_put_inside(buf, text);
    buf_put_str(buf, "\"");
}

/* `vu` and `iter` where they are asked for: k6 keeps them beside the tags. */
static void out_json_metadata(const struct out_env *env, const struct sample *sample,
                              struct buf *buf)
{
    bool vu = out_has(env, TAG_VU), iter = out_has(env, TAG_ITER);
    if (sample->vu == 0 || (!vu && !iter))
        return;
    buf_put_str(buf, ",\"metadata\":{");
    if (iter)
        buf_putf(buf, "\"iter\":\"%" PRIu64 "\"%s", sample->iter, vu ? "," : "");
    if (vu)
        buf_putf(buf, "\"vu\":\"%" PRIu64 "\"", sample->vu);
    buf_put_str(buf, "}");
}

void out_json_sample(const struct out_env *env, const struct sample *sample, struct buf *buf)
{
    struct json_writer writer;
    buf_put_str(buf, "{\"metric\":");
    out_put_quoted(buf, metric_at(env->registry, sample->metric)->name);
    buf_put_str(buf, ",\"type\":\"Point\",\"data\":{\"time\":\"");
    out_put_time(sample->at_ns + env->wall_offset_ns, true, buf);
    buf_put_str(buf, "\",\"value\":");
    json_writer_init(&writer, buf, false);
    json_put_f64(&writer, sample->value);
    buf_put_str(buf, ",\"tags\":{");
    for (uint32_t i = 0; i < sample->tags->count; i++) {
        if (i > 0)
            buf_put_str(buf, ",");
        out_put_quoted(buf, sample->tags->tags[i].key);
        buf_put_str(buf, ":");
        out_put_quoted(buf, sample->tags->tags[i].value);
    }
    buf_put_str(buf, "}");
    out_json_metadata(env, sample, buf);
    buf_put_str(buf, "}}\n");
}

/* ---- CSV ---- */

/* RFC 4180: in quotes where it must be. */
static void out_csv_put(struct buf *buf, struct bytes text)
{
    bool quote = text.len > 0 && text.ptr[0] == ' ';
    for (size_t i = 0; i < text.len && !quote; i++)
        quote = memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (!quote) {
        buf_put(buf, text);
        return;
    }
    buf_put_str(buf, "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_str(buf, "\"");
        buf_put(buf, bytes_make(text.ptr + i, 1));
    }
    buf_put_str(buf, "\"");
}

/* vu and iter have no columns: they are metadata. */
static bool out_csv_is_column(const struct out_env *env, enum tag_system tag)
{
    return out_has(env, tag) && tag != TAG_VU && tag != TAG_ITER;
}

void out_csv_head(const struct out_env *env, struct buf *buf)
{
    buf_put_str(buf, "metric_name,timestamp,metric_value");
    for (int i = 0; i < TAG_SYSTEM_COUNT; i++) {
        if (out_csv_is_column(env, (enum tag_system)i))
            buf_putf(buf, ",%.*s", BYTES_ARG(tag_system_name((enum tag_system)i)));
    }
    buf_put_str(buf, ",extra_tags,metadata\n");
}

static void out_csv_time(const struct out_env *env, const struct sample *sample,
                         enum out_time format, struct buf *buf)
{
    static const int64_t scales[] = {OUT_NS_PER_SEC, 1000000, 1000, 1};
    int64_t wall_ns = sample->at_ns + env->wall_offset_ns;
    if (format >= OUT_TIME_RFC)
        out_put_time(wall_ns, format == OUT_TIME_RFC_NANO, buf);
    else
        buf_putf(buf, "%" PRId64, wall_ns / scales[format]);
}

static void out_csv_extra(const struct out_env *env, const struct sample *sample, struct buf *buf)
{
    struct buf extra;
    buf_init(&extra, SIZE_MAX / 2);
    for (uint32_t i = 0; i < sample->tags->count; i++) {
        const struct tag *tag = &sample->tags->tags[i];
        enum tag_system system = tag_system_from_name(tag->key);
        if (system != TAG_SYSTEM_COUNT && out_csv_is_column(env, system))
            continue;
        buf_putf(&extra, "%s%.*s=%.*s", extra.len > 0 ? "&" : "", BYTES_ARG(tag->key),
                 BYTES_ARG(tag->value));
    }
    out_csv_put(buf, buf_bytes(&extra));
    buf_fini(&extra);
}

void out_csv_sample(const struct out_env *env, const struct sample *sample, enum out_time format,
                    struct buf *buf)
{
    buf_put(buf, metric_at(env->registry, sample->metric)->name);
    buf_put_str(buf, ",");
    out_csv_time(env, sample, format, buf);
    buf_putf(buf, ",%f", sample->value);
    for (int i = 0; i < TAG_SYSTEM_COUNT; i++) {
        if (!out_csv_is_column(env, (enum tag_system)i))
            continue;
        const struct bytes *value = tag_find(sample->tags, tag_system_name((enum tag_system)i));
        buf_put_str(buf, ",");
        if (value != NULL)
            out_csv_put(buf, *value);
    }
    buf_put_str(buf, ",");
    out_csv_extra(env, sample, buf);
    buf_put_str(buf, ",");
    bool vu = sample->vu != 0 && out_has(env, TAG_VU);
    bool iter = sample->vu != 0 && out_has(env, TAG_ITER);
    if (iter)
        buf_putf(buf, "iter=%" PRIu64 "%s", sample->iter, vu ? "&" : "");
    if (vu)
        buf_putf(buf, "vu=%" PRIu64, sample->vu);
    buf_put_str(buf, "\n");
}
