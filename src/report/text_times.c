/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form: how long operations took, and how the run went over time.
 */
#include <math.h>
#include <stdio.h>

#include "report/form_inner.h"

enum { TEXT_COLUMN = 12 };

/* ---- percentiles ---- */

struct text_stat {
    const char *name;
    double share; /* below 0: min, mean, max */
};

enum { STAT_MIN = -1, STAT_MEAN = -2, STAT_MAX = -3 };

static const struct text_stat text_stats[] = {
    {"min", STAT_MIN}, {"mean", STAT_MEAN}, {"p50", 0.5},     {"p75", 0.75},     {"p90", 0.9},
    {"p95", 0.95},     {"p99", 0.99},       {"p99.9", 0.999}, {"max", STAT_MAX},
};

static double text_stat_of(const struct hist_sum *times, double share)
{
    if (times->count == 0)
        return (double)NAN;
    if (share >= 0.0)
        return hist_sum_quantile(times, share);
    if (share == STAT_MIN)
        return times->min;
    return share == STAT_MAX ? times->max : hist_sum_mean(times);
}

static void text_time(struct form_pen *pen, int width, double ns)
{
    form_pen_put(pen, FORM_RIGHT, width, isnan(ns) ? "-" : fmt_duration(ns, pen->charset).str);
}

/* Two or four columns of times, a row for each statistic. */
static void text_table(struct form_pen *pen, const struct hist_sum *const columns[], int count)
{
    for (size_t i = 0; i < BR_COUNT(text_stats); i++) {
        form_pen_repeat(pen, ' ', 2);
        form_pen_put(pen, FORM_LEFT, 8, text_stats[i].name);
        for (int k = 0; k < count; k++) {
            if (k == 2)
                form_pen_repeat(pen, ' ', 4);
            text_time(pen, TEXT_COLUMN, text_stat_of(columns[k], text_stats[i].share));
        }
        form_pen_newline(pen);
    }
}

static void text_explain(struct form_text *text)
{
    struct form_pen *pen = &text->pen;
    form_pen_style(pen, FORM_STYLE_FAINT);
    form_pen_repeat(pen, ' ', 2);
    if (text->result->plan.model == PLAN_OPEN)
        form_pen_wrap(pen, 2,
                      "latency: from when the operation was due, what a user waits; service: from "
                      "when it was sent. Where they differ, operations had to wait here first.");
    else
        form_pen_wrap(pen, 2,
                      "latency: from when the connection became free; service: from when it was "
                      "sent. A closed model hides stalls: while the target stands still nothing "
                      "is due, so nobody is seen waiting. A rate (-r) shows them.");
    form_pen_style(pen, FORM_STYLE_END);
}

void form_text_times(struct form_text *text)
{
    const struct block_ops_sum *ops = &text->view->ops;
    const struct hist_sum *const columns[] = {&ops->latency_ok, &ops->service_ok,
                                              &ops->latency_failed, &ops->service_failed};
    struct form_pen *pen = &text->pen;
    if (ops->done == 0)
        return;
    if (ops->failed == 0) {
        form_pen_title(pen, "times");
        form_pen_heads(pen, 10, "latency     service");
        text_table(pen, columns, 2);
    } else if (ops->failed == ops->done) {
        form_pen_title(pen, "times");
        form_pen_heads(pen, 10, "latency     service   of failed operations");
        text_table(pen, columns + 2, 2);
    } else {
        form_pen_title(pen, "times");
        form_pen_heads(pen, 10, "succeeded                   failed");
        form_pen_heads(pen, 15, "latency     service         latency     service");
        text_table(pen, columns, 4);
    }
    text_explain(text);
}

/* ---- the course ---- */

static const char *const text_blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                          "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                          "\xe2\x96\x87", "\xe2\x96\x88"};
static const char *const text_ascii[] = {".", ":", "-", "=", "+", "*", "#", "@"};

enum { TEXT_LEVELS = 8, TEXT_COURSE_MIN = 3, TEXT_COURSE_MAX = 60 };

/* The series thinned out to what fits: each column stands for `per` points. */
struct text_course {
    const struct result_series *series;
    size_t count; /* of its points, a short last one left out */
    size_t columns;
    size_t per;
};

enum text_quantity { QUANTITY_RATE, QUANTITY_FAILED, QUANTITY_P50, QUANTITY_P99 };

static double text_point_value(const struct result_point *point, enum text_quantity quantity)
{
    double seconds = (double)point->span_ns / 1e9;
    switch (quantity) {
    case QUANTITY_RATE:
        return seconds > 0 ? (double)point->done / seconds : 0.0;
    case QUANTITY_FAILED:
        return seconds > 0 ? (double)point->failed / seconds : 0.0;
    case QUANTITY_P50:
        return point->latency_p50_ns;
    case QUANTITY_P99:
        break;
    }
    return point->latency_p99_ns;
}

static double text_column_value(const struct text_course *course, size_t column,
                                enum text_quantity quantity)
{
    double most = 0.0;
    size_t end = (column + 1) * course->per;
    if (end > course->count)
        end = course->count;
    for (size_t i = column * course->per; i < end; i++)
        most = fmax(most, text_point_value(&course->series->points[i], quantity));
    return most;
}

static void text_course_row(struct form_pen *pen, const struct text_course *course,
                            enum text_quantity quantity, const char *name)
{
    double most = 0.0;
    for (size_t i = 0; i < course->columns; i++)
        most = fmax(most, text_column_value(course, i, quantity));
    if (most <= 0.0)
        return;
    form_pen_repeat(pen, ' ', 2);
    form_pen_put(pen, FORM_LEFT, 8, name);
    for (size_t i = 0; i < course->columns; i++) {
        double value = text_column_value(course, i, quantity);
        int level = (int)ceil(value / most * TEXT_LEVELS);
        const char *const *marks = pen->charset == FMT_UTF8 ? text_blocks : text_ascii;
        buf_put_str(pen->buf, level <= 0 ? " " : marks[level - 1]);
    }
    form_pen_repeat(pen, ' ', 2);
    bool time = quantity == QUANTITY_P50 || quantity == QUANTITY_P99;
    buf_putf(pen->buf, "<= %s", time ? fmt_duration(most, pen->charset).str : fmt_rate(most).str);
    form_pen_newline(pen);
}

void form_text_course(struct form_text *text)
{
    struct form_pen *pen = &text->pen;
    struct text_course course = {.series = &text->result->series, .per = 1};
    size_t count = course.series->count;
    /* What is left of the drain is no full second: its rate would say nothing. */
    if (count > 0 && course.series->points[count - 1].span_ns < 500000000)
        count--;
    if (count < TEXT_COURSE_MIN)
        return;
    size_t room = (size_t)(pen->width - 26);
    if (room > TEXT_COURSE_MAX)
        room = TEXT_COURSE_MAX;
    course.per = (count + room - 1) / room;
    course.count = count;
    course.columns = (count + course.per - 1) / course.per;

    char heads[80];
    double column_ns = (double)course.series->points[0].span_ns * (double)course.per;
    (void)snprintf(heads, sizeof(heads), "each column is %s",
                   fmt_duration(column_ns, pen->charset).str);
    form_pen_title(pen, "course");
    form_pen_heads(pen, 4, heads);
    text_course_row(pen, &course, QUANTITY_RATE, "done");
    text_course_row(pen, &course, QUANTITY_FAILED, "failed");
    text_course_row(pen, &course, QUANTITY_P50, "p50");
    text_course_row(pen, &course, QUANTITY_P99, "p99");
}
