/* SPDX-License-Identifier: Apache-2.0
 *
 * The forms there are.
 */
#include "report/form.h"

#include "report/form_inner.h"

static const struct form form_rows[] = {
    {"text", "the summary for people (the default)", form_text_render},
    {"json", "the summary for programs", form_json_render},
    {"markdown", "the summary for the comment on a change", form_markdown_render},
    {"junit", "verdict and expectations for a CI server", form_junit_render},
    {"csv", "summary, phases and targets for a spreadsheet", form_csv_render},
    {"hgrm", "latency as HdrHistogram's percentile distribution", form_hgrm_render},

};

const struct form *form_list(size_t *out_count)
{
    *out_count = BR_COUNT(form_rows);
    return form_rows;
}

const struct form *form_find(struct bytes name)
{
    for (size_t i = 0; i < BR_COUNT(form_rows); i++) {
        if (bytes_eq(name, bytes_from_str(form_rows[i].name)))
            return &form_rows[i];
    }
    return NULL;
}
