/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the field that is to be compared (intact=FIELD) is in what is sent: a record is made and
 * looked at, as the sender will. Rows of a file are not known here, so records with rows are
 * believed.
 */
#include "data/intact.h"
#include "plan/plan.h"

enum { PLAN_INTACT_MAX = 256 << 20 };

/* The text beside the event in the record; false: there is none. */
static bool plan_intact_finds(const struct plan *plan, struct bytes body)
{
    struct stamp_scan scan;
    struct stamp_hit stamp;
    struct intact_hit hit = {.offset = 0};
    struct buf scratch;
    buf_init(&scratch, PLAN_INTACT_MAX);
    /* An event in the URL or a header stands in front of the body. */
    uint64_t body_at = 1;
    stamp_scan_start(&scan, &plan->events.run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    stamp_scan_feed(&scan, body);
    bool found = stamp_scan_next(&scan, &stamp);
    if (!found) {
        stamp_scan_end(&scan);
        found = stamp_scan_next(&scan, &stamp);
    }
    if (found)
        hit.offset = body_at + stamp.offset;
    intact_hash(plan->events.intact_field, body, body_at, &hit, 1, &scratch);
    buf_fini(&scratch);
    return hit.hash != 0;
}

enum br_err plan_check_intact(const struct plan *plan, struct diag *diag)
{
    const struct plan_events *events = &plan->events;
    char text[STAMP_SIZE];
    char uuid[STAMP_UUID_SIZE];
    struct stamp_id id = {.stream = 0};
    struct buf body;
    if (events->intact_field.len == 0 || !events->followed ||
        (tmpl_set_uses(plan->templates) & TMPL_USES_ROW) != 0)
        return BR_ERR_NONE;
    stamp_emit(&events->run, id, text);
    stamp_emit_uuid(&events->run, id, uuid);
    struct tmpl_record record = {.seed = plan->seed,
                                 .event = bytes_make(text, sizeof(text)),
                                 .event_uuid = bytes_make(uuid, sizeof(uuid))};
    buf_init(&body, PLAN_INTACT_MAX);
    enum br_err err = BR_ERR_NONE;
    if (plan->request.tmpl != NULL)
        err = tmpl_render(plan->request.tmpl, &record, &body);
    else
        err = buf_append(&body, plan->request.body);
    bool found = err == BR_ERR_NONE && plan_intact_finds(plan, buf_bytes(&body));
    buf_fini(&body);
    if (found)
        return BR_ERR_NONE;
    return diag_set(diag, BR_ERR_CONFIG,
                    "intact=%.*s: the records have no text field of that name around their "
                    "{{event}}; a field is a string in a JSON object, or a path to one, as in "
                    "labels.text",
                    BYTES_ARG(events->intact_field));
}
