/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary for programs: one JSON object with the header's members under "run" and the footer's
 * but for the histograms.
 */
#include "report/form_inner.h"
#include "report/summary.h"

void form_json_render(const struct result *result, const struct form_options *options,
                      struct buf *buf)
{
    struct json_writer writer;
    (void)options;
    json_writer_init(&writer, buf, true);
    json_open_object(&writer);
    report_put_summary(&writer, result);
    json_add_object(&writer, "run");
    report_put_header(&writer, result);
    json_close_object(&writer);
    json_close_object(&writer);
    buf_put(buf, BYTES("\n"));
}
