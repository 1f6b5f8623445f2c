/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the summary share.
 */
#ifndef BR_REPORT_SUMMARY_INNER_H
#define BR_REPORT_SUMMARY_INNER_H

#include "report/summary.h"

/* Count, mean, quantiles; nothing but the count where there is no value. */
void report_put_times(struct json_writer *writer, const char *key, const struct hist_sum *times);
/* "events" of an open header: the run's mark, the sinks and what is expected of them. */
void report_put_event_plan(struct json_writer *writer, const struct result *result);
/* "drain", "events" and "sinks" of an open object; nothing where no events were followed. */
void report_put_events(struct json_writer *writer, const struct result *result);

#endif
