/* SPDX-License-Identifier: Apache-2.0
 *
 * The end-of-test summary in k6's layout. Lines are collected first, as their columns are as wide
 * as the widest of them all, then written.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/fmt.h"
#include "base/mem.h"
#include "report/script_inner.h"

enum { REPORT_COLUMNS_MAX = REPORT_STATS_MAX, REPORT_DOTS_MIN = 3 };

/* A line "name...: values". Of a Trend each column is as wide as in any other Trend; of the rest
 * the first is, and the others are. */
struct report_line {
    const char *heading; /* of its section; NULL: among the checks */
    int rank;            /* of the section */
    struct bytes name;
    bool is_sub; /* written "{ tag:value }" under its metric */
    bool is_trend;
    size_t count;
    struct report_value cells[REPORT_COLUMNS_MAX];
    const char *mark; /* legacy: of the thresholds; "" for none */
};

struct report_page {
    const struct report_script *script;
    struct report_line *lines;
    size_t count;
    int name_width;
    int checks_width; /* of the first column among the checks */
    int trend_widths[REPORT_COLUMNS_MAX];
    int other_widths[REPORT_COLUMNS_MAX];
    struct buf *out;
};

static int report_width(const char *text)
{
    return fmt_width(bytes_from_str(text));
}

static void report_put_blanks(struct buf *out, int count)
{
    for (int i = 0; i < count; i++)
        buf_put_str(out, " ");
}

/* ---- collecting ---- */

static struct report_line *report_line_add(struct report_page *page, struct bytes name,
                                           const char *heading, int rank)
{
    if ((page->count & (page->count - 1)) == 0)
        page->lines = mem_realloc(page->lines, (page->count == 0 ? 1 : page->count * 2) *
                                                   sizeof(page->lines[0]));
    struct report_line *line = &page->lines[page->count++];
    *line = (struct report_line){.heading = heading, .rank = rank, .name = name, .mark = ""};
    return line;
}

BR_PRINTF(2, 3)
static void report_line_put(struct report_line *line, const char *format, ...)
{
    struct report_value *cell = &line->cells[line->count++];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(cell->str, sizeof(cell->str), format, args);
    va_end(args);
}

/* Widths that this line, now complete, asks for. */
static void report_line_measure(struct report_page *page, const struct report_line *line)
{
    int name_width = fmt_width(line->name) + (line->is_sub ? 2 + 4 : 0);
    if (name_width > page->name_width)
        page->name_width = name_width;
    int *widths = line->is_trend ? page->trend_widths : page->other_widths;
    for (size_t i = 0; i < line->count; i++) {
        int *width = line->heading == NULL && i == 0 ? &page->checks_width : &widths[i];
        int own = report_width(line->cells[i].str);
        if (own > *width && !(line->heading == NULL && i > 0))
            *width = own;
    }
}

static void report_line_trend(struct report_line *line, const struct report_script *script,
                              struct series_sum *sum, enum metric_contains contains)
{
    line->is_trend = true;
    for (size_t i = 0; i < script->stats->count; i++) {
        const struct report_stat *stat = &script->stats->items[i];
        double value = report_stat_value(stat, sum);
        struct report_value text =
            report_value_of(stat->kind == REPORT_STAT_COUNT ? METRIC_CONTAINS_DEFAULT : contains,
                            value, script->time_unit);
        report_line_put(line, "%s=%s", stat->text, text.str);
    }
}

static void report_line_values(struct report_line *line, const struct report_script *script,
                               int series)
{
    struct series_sum *sum = &script->totals->sums[series];
    const struct metric *metric =
        metric_at(script->registry, script->registry->series[series].metric);
    enum report_time_unit unit = script->time_unit;
    enum metric_contains contains = metric->contains;
    switch (metric->type) {
    case METRIC_TYPE_TREND:
        report_line_trend(line, script, sum, contains);
        break;
    case METRIC_TYPE_COUNTER:
        report_line_put(line, "%s", report_value_of(contains, sum->sum, unit).str);
        report_line_put(line, "%s/s",
                        report_value_of(contains, report_script_rate(script, sum), unit).str);
        break;
    case METRIC_TYPE_GAUGE:
        report_line_put(line, "%s", report_value_of(contains, sum->last, unit).str);
        report_line_put(line, "min=%s",
                        report_value_of(contains, sum->count == 0 ? 0.0 : sum->min, unit).str);
        report_line_put(line, "max=%s",
                        report_value_of(contains, sum->count == 0 ? 0.0 : sum->max, unit).str);
        break;
    case METRIC_TYPE_RATE:
        report_line_put(line, "%s", report_value_share(series_sum_share(sum)).str);
        report_line_put(line, "%llu out of %llu", (unsigned long long)sum->trues,
                        (unsigned long long)sum->count);
        break;
    }
}

/* ---- which section ---- */

struct report_section_row {
    const char *heading;
    const char *prefix; /* of built-in metrics */
};

static const struct report_section_row report_sections[] = {
    {"CUSTOM", NULL},     {"HTTP", "http_"},         {"EXECUTION", "iteration"},
    {"EXECUTION", "vus"}, {"EXECUTION", "dropped_"}, {"NETWORK", "data_"},
    {"GRPC", "grpc_"},    {"WEBSOCKET", "ws_"},
};

static const struct report_section_row *report_section_of(const struct metric *metric)
{
    for (size_t i = 1; i < BR_COUNT(report_sections) && metric->builtin; i++) {
        if (bytes_starts(metric->name, bytes_from_str(report_sections[i].prefix)))
            return &report_sections[i];
    }
    return &report_sections[0];
}

/* Sections of one name have one rank. */
static int report_section_rank(const struct report_section_row *row)
{
    int rank = (int)(row - report_sections);
    while (rank > 0 && report_sections[rank - 1].heading == row->heading)
        rank--;
    return rank;
}

static bool report_is_hidden(const struct report_script *script, const struct metric *metric)
{
    static const char *const both[] = {"checks", "group_duration"};
    static const char *const compact[] = {"http_req_blocked",         "http_req_connecting",
                                          "http_req_tls_handshaking", "http_req_sending",
                                          "http_req_receiving",       "http_req_waiting"};
    if (script->mode == REPORT_LEGACY)
        return false;
    for (size_t i = 0; i < BR_COUNT(both); i++) {
        if (bytes_starts(metric->name, bytes_from_str(both[i])))
            return true;
    }
    for (size_t i = 0; i < BR_COUNT(compact) && script->mode == REPORT_COMPACT; i++) {
        if (bytes_starts(metric->name, bytes_from_str(compact[i])))
            return true;
    }
    return false;
}

static const char *report_mark(const struct report_script *script, int series)
{
    const char *mark = "";
    for (size_t i = 0; script->thresholds != NULL && i < script->thresholds->count; i++) {
        const struct threshold *threshold = &script->thresholds->items[i];
        if (threshold->series != series)
            continue;
        if (!threshold->ok)
            return "\xe2\x9c\x97 ";
        mark = "\xe2\x9c\x93 ";
    }
    return mark;
}

static void report_collect_metrics(struct report_page *page)
{
    const struct report_script *script = page->script;
    int *sorted = report_script_sorted(script);
    for (int i = 0; i < script->registry->series_count; i++) {
        const struct metric_series *series = &script->registry->series[sorted[i]];
        const struct metric *metric = metric_at(script->registry, series->metric);
        if (!report_script_has(script, sorted[i]) || report_is_hidden(script, metric))
            continue;
        const struct report_section_row *row = report_section_of(metric);
        int rank = script->mode == REPORT_LEGACY ? 0 : report_section_rank(row);
        struct report_line *line = report_line_add(
            page, series->sub >= 0 ? series->braces : series->name, row->heading, rank);
        line->is_sub = series->sub >= 0;
        if (script->mode == REPORT_LEGACY)
            line->mark = report_mark(script, sorted[i]);
        report_line_values(line, script, sorted[i]);
        report_line_measure(page, line);
    }
    mem_free(sorted);
}

/* Times against the schedule, from ns to the ms of all others. */
static void report_collect_due(struct report_page *page)
{
    for (size_t i = 0; i < page->script->due_row_count; i++) {
        const struct report_due_row *row = &page->script->due_rows[i];
        struct hist_sum hist;
        if (row->hist->count == 0)
            continue;
        hist_sum_init(&hist);
        hist_sum_add(&hist, row->hist);
        struct report_line *line =
            report_line_add(page, row->name, "SCHEDULE (brunt)", (int)BR_COUNT(report_sections));
        line->is_trend = true;
        for (size_t s = 0; s < page->script->stats->count; s++) {
            const struct report_stat *stat = &page->script->stats->items[s];
            double share = stat->kind == REPORT_STAT_MED ? 0.5 : stat->percentile / 100.0;
            double ns = stat->kind == REPORT_STAT_AVG   ? hist_sum_mean(&hist)
                        : stat->kind == REPORT_STAT_MIN ? hist.min
                        : stat->kind == REPORT_STAT_MAX ? hist.max
                                                        : hist_sum_quantile(&hist, share);
            struct report_value text =
                report_value_of(METRIC_CONTAINS_TIME, ns / 1e6, page->script->time_unit);
            if (stat->kind == REPORT_STAT_COUNT)
                text =
                    report_value_of(METRIC_CONTAINS_DEFAULT, (double)hist.count, REPORT_TIME_AUTO);
            report_line_put(line, "%s=%s", stat->text, text.str);
        }
        report_line_measure(page, line);
        hist_sum_fini(&hist);
    }
}

static void report_collect_checks(struct report_page *page)
{
    static const char *const names[] = {"checks_total", "checks_succeeded", "checks_failed"};
    const struct report_script *script = page->script;
    const struct metric *metric = metric_at(script->registry, METRIC_CHECKS);
    struct series_sum *sum = &script->totals->sums[metric->series];
    if (sum->count == 0)
        return;
    for (int i = 0; i < 3; i++) {
        struct report_line *line = report_line_add(page, bytes_from_str(names[i]), NULL, -1);
        uint64_t part = i == 0 ? sum->count : i == 1 ? sum->trues : sum->count - sum->trues;
        double per_sec = script->duration_ns <= 0
                             ? 0.0
                             : (double)sum->count / ((double)script->duration_ns / 1e9);
        if (i == 0) {
            report_line_put(
                line, "%s",
                report_value_of(METRIC_CONTAINS_DEFAULT, (double)part, REPORT_TIME_AUTO).str);
            report_line_put(
                line, "%s/s",
                report_value_of(METRIC_CONTAINS_DEFAULT, per_sec, REPORT_TIME_AUTO).str);
        } else {
            report_line_put(line, "%s", report_value_share((double)part / (double)sum->count).str);
            report_line_put(line, "%llu out of %llu", (unsigned long long)part,
                            (unsigned long long)sum->count);
        }
        report_line_measure(page, line);
    }
}

/* ---- writing ---- */

static void report_write_line(const struct report_page *page, const struct report_line *line,
                              int indent)
{
    struct buf *out = page->out;
    const int *widths = line->is_trend ? page->trend_widths : page->other_widths;
    int name_width = fmt_width(line->name) + (line->is_sub ? 2 + 4 : 0);
    report_put_blanks(out, indent - report_width(line->mark));
    buf_put_str(out, line->mark);
    if (line->is_sub)
        buf_putf(out, "  { %.*s }", BYTES_ARG(line->name));
    else
        buf_put(out, line->name);
    for (int i = name_width; i < page->name_width + REPORT_DOTS_MIN; i++)
        buf_put_str(out, ".");
    buf_put_str(out, ":");
    for (size_t i = 0; i < line->count; i++) {
        int width = line->heading == NULL && i == 0 ? page->checks_width : widths[i];
        buf_putf(out, " %s", line->cells[i].str);
        if (i + 1 < line->count)
            report_put_blanks(out, width - report_width(line->cells[i].str));
    }
    buf_put_str(out, "\n");
}

static void report_write_check(struct buf *out, const struct metric_check *check, int indent)
{
    report_put_blanks(out, indent);
    if (check->fails == 0) {
        buf_putf(out, "\xe2\x9c\x93 %.*s\n", BYTES_ARG(check->name));
        return;
    }
    uint64_t all = check->passes + check->fails;
    buf_putf(out, "\xe2\x9c\x97 %.*s\n", BYTES_ARG(check->name));
    report_put_blanks(out, indent);
    buf_putf(out, "  \xe2\x86\xb3  %llu%% \xe2\x80\x94 \xe2\x9c\x93 %llu / \xe2\x9c\x97 %llu\n",
             (unsigned long long)(check->passes * 100 / all), (unsigned long long)check->passes,
             (unsigned long long)check->fails);
}

/* All checks of the tree, depth first; `groups`: with their groups around them, as it was once. */
static void report_write_tree(const struct report_page *page, int indent, bool groups)
{
    const struct metric_group *root = &page->script->tree->root;
    const struct metric_group *at = root;
    int depth = 0;
    while (at != NULL) {
        int inner = indent + (groups ? 2 * depth : 0);
        if (groups && at != root) {
            report_put_blanks(page->out, inner - 2);
            buf_putf(page->out, "\xe2\x96\x88 %.*s\n\n", BYTES_ARG(at->name));
        }
        for (const struct metric_check *check = at->checks; check != NULL; check = check->next)
            report_write_check(page->out, check, inner);
        if (groups && at->checks != NULL)
            buf_put_str(page->out, "\n");
        if (at->first != NULL) {
            at = at->first;
            depth++;
            continue;
        }
        while (at != NULL && at->next == NULL) {
            at = at->parent;
            depth--;
        }
        if (at != NULL)
            at = at->next;
    }
}

static void report_write_threshold(const struct report_page *page,
                                   const struct threshold *threshold)
{
    const struct metric_registry *registry = page->script->registry;
    const struct metric *metric = metric_at(registry, registry->series[threshold->series].metric);
    struct report_value value =
        metric->type == METRIC_TYPE_RATE
            ? report_value_share(threshold->value)
            : report_value_of(metric->contains, threshold->value, page->script->time_unit);
    buf_putf(page->out, "    %s '%.*s' %.*s=%s%s\n",
             threshold->ok ? "\xe2\x9c\x93" : "\xe2\x9c\x97", BYTES_ARG(threshold->source),
             BYTES_ARG(threshold->stat_text), value.str,
             metric->type == METRIC_TYPE_COUNTER && threshold->stat == THRESHOLD_RATE ? "/s" : "");
}

static void report_write_thresholds(const struct report_page *page)
{
    const struct report_script *script = page->script;
    if (script->thresholds == NULL || script->thresholds->count == 0)
        return;
    int *sorted = report_script_sorted(script);
    buf_put_str(page->out, "  \xe2\x96\x88 THRESHOLDS\n");
    for (int i = 0; i < script->registry->series_count; i++) {
        const struct metric_series *series = &script->registry->series[sorted[i]];
        if (!report_script_has_thresholds(script, sorted[i]))
            continue;
        const struct metric *metric = metric_at(script->registry, series->metric);
        if (series->sub >= 0 && report_script_has_thresholds(script, metric->series))
            buf_putf(page->out, "\n      {%.*s}\n", BYTES_ARG(series->braces));
        else
            buf_putf(page->out, "\n    %.*s\n", BYTES_ARG(series->name));
        for (size_t t = 0; t < script->thresholds->count; t++) {
            if (script->thresholds->items[t].series == sorted[i])
                report_write_threshold(page, &script->thresholds->items[t]);
        }
    }
    buf_put_str(page->out, "\n\n");
    mem_free(sorted);
}

static void report_write_sections(const struct report_page *page)
{
    for (int rank = 0; rank <= (int)BR_COUNT(report_sections); rank++) {
        bool open = false;
        for (size_t i = 0; i < page->count; i++) {
            const struct report_line *line = &page->lines[i];
            if (line->rank != rank)
                continue;
            if (!open)
                buf_putf(page->out, "    %s\n", line->heading);
            open = true;
            report_write_line(page, line, 4);
        }
        if (open)
            buf_put_str(page->out, "\n");
    }
}

static void report_write_modern(struct report_page *page)
{
    report_collect_checks(page);
    size_t checks = page->count;
    report_collect_metrics(page);
    report_collect_due(page);
    report_write_thresholds(page);
    buf_put_str(page->out, "  \xe2\x96\x88 TOTAL RESULTS\n\n");
    for (size_t i = 0; i < checks; i++)
        report_write_line(page, &page->lines[i], 4);
    if (checks > 0) {
        buf_put_str(page->out, "\n");
        report_write_tree(page, 4, false);
        buf_put_str(page->out, "\n");
    }
    report_write_sections(page);
}

static void report_write_legacy(struct report_page *page)
{
    report_write_tree(page, 5, true);
    report_collect_metrics(page);
    for (size_t i = 0; i < page->count; i++)
        report_write_line(page, &page->lines[i], 5);
    buf_put_str(page->out, "\n");
}

void report_script_text(const struct report_script *script, struct buf *out)
{
    struct report_page page = {.script = script, .out = out};
    if (script->mode == REPORT_DISABLED)
        return;
    buf_put_str(out, "\n");
    if (script->mode == REPORT_LEGACY)
        report_write_legacy(&page);
    else
        report_write_modern(&page);
    if (script->verdict.len > 0)
        buf_putf(out, "  %.*s\n", BYTES_ARG(script->verdict));
    mem_free(page.lines);
}
