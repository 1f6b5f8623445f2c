/* SPDX-License-Identifier: Apache-2.0
 *
 * What the views of a script's end share.
 */
#ifndef BR_REPORT_SCRIPT_INNER_H
#define BR_REPORT_SCRIPT_INNER_H

#include "report/script.h"

enum { REPORT_VALUE_SIZE = 64 };

struct report_value {
    char str[REPORT_VALUE_SIZE];
};

/* A value of a metric as the summary writes it: by its contents, "1.23ms", "45 kB", "12". */
struct report_value report_value_of(enum metric_contains contains, double value,
                                    enum report_time_unit unit);
/* A Rate: "12.34%", cut off, not rounded. */
struct report_value report_value_share(double share);

/* One of the stats of a Trend. */
double report_stat_value(const struct report_stat *stat, struct series_sum *sum);
/* A Counter's value a second. */
double report_script_rate(const struct report_script *script, const struct series_sum *sum);
/* Has samples, or a threshold that makes it worth showing. */
bool report_script_has(const struct report_script *script, int series);
bool report_script_has_thresholds(const struct report_script *script, int series);
/* The series in the order of their names, `count` of them; to be freed. */
int *report_script_sorted(const struct report_script *script);

#endif
