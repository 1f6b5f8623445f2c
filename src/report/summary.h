/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary as JSON: what the footer of a journal holds for programs, and what the json form
 * shows. The names stay (docs/result.md); times are ns.
 */
#ifndef BR_REPORT_SUMMARY_H
#define BR_REPORT_SUMMARY_H

#include "data/json.h"
#include "report/result_events.h"

/* Members of an open object: what was asked for and where. */
void report_put_header(struct json_writer *writer, const struct result *result);
/* Members of an open object: verdict, reasons, expectations, how it ended, summary, targets and
 * phases. */
void report_put_summary(struct json_writer *writer, const struct result *result);
/* Members of an open object: an event that went wrong; key of its stream and what it carried, empty
 * where there is none or it is not known. */
void report_put_anomaly(struct json_writer *writer, const struct result_events *events,
                        const struct track_anomaly *anomaly, struct bytes key,
                        struct bytes carried);

#endif
