/* SPDX-License-Identifier: Apache-2.0
 *
 * Placeholders in a plan: body, header values and paths are compiled as one set, so that a value
 * named in one of them is the same in the others. A plan without any keeps no set, and its requests
 * are rendered once.
 */
#include <stdio.h>

#include "base/buf.h"
#include "plan/plan.h"

/* Values depend on the part; these are promises (design.md 7.8). */
enum {
    PLAN_PART_BODY = 0,
    PLAN_PART_HEADER = 1,
    PLAN_PART_PATH = 1000,
    PLAN_WHAT_SIZE = 96,
    PLAN_PATH_MAX = 1 << 20,
    PLAN_USES_EVENTS = TMPL_USES_EVENT | TMPL_USES_EVENT_UUID,
};

static bool plan_has_placeholder(struct bytes text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '{' && text.ptr[i + 1] == '{')
            return true;
    }
    return false;
}

static bool plan_needs_templates(const struct plan *plan)
{
    bool needs = plan->request.is_joined || plan_has_placeholder(plan->request.body);
    for (size_t i = 0; i < plan->request.header_count; i++)
        needs = needs || plan_has_placeholder(plan->request.headers[i].value);
    for (size_t i = 0; i < plan->target_count; i++)
        needs = needs || plan_has_placeholder(plan->targets[i].raw_path);
    return needs;
}

/* What stands outside of placeholders is percent-encoded where it must be (RFC 3986 2). */
static void plan_emit_path(struct bytes raw, struct buf *out)
{
    bool inside = false;
    if (raw.len == 0 || raw.ptr[0] != '/')
        buf_put_str(out, "/");
    for (size_t i = 0; i < raw.len; i++) {
        bool pair = i + 1 < raw.len && raw.ptr[i] == raw.ptr[i + 1];
        if (pair && raw.ptr[i] == (inside ? '}' : '{')) {
            inside = !inside;
            buf_put(out, bytes_make(raw.ptr + i++, 2));
            continue;
        }
        unsigned char c = (unsigned char)raw.ptr[i];
        if (inside || (c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL))
            buf_put(out, bytes_make(raw.ptr + i, 1));
        else
            buf_putf(out, "%%%02X", c);
    }
}

static enum br_err plan_add_template(struct plan *plan, struct bytes text, enum tmpl_form form,
                                     unsigned part, const char *what, const struct tmpl **out_tmpl,
                                     struct diag *diag)
{
    struct tmpl_spec spec = {.text = text, .form = form, .part = part, .what = what};
    return tmpl_set_add(plan->templates, &spec, out_tmpl, diag);
}

static enum br_err plan_compile_paths(struct plan *plan, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < plan->target_count && err == BR_ERR_NONE; i++) {
        struct plan_target *target = &plan->targets[i];
        struct buf path;
        if (!plan_has_placeholder(target->raw_path))
            continue;
        buf_init(&path, PLAN_PATH_MAX);
        plan_emit_path(target->raw_path, &path);
        err = plan_add_template(plan, buf_bytes(&path), TMPL_FORM_URL, PLAN_PART_PATH + (unsigned)i,
                                "the URL", &target->tmpl, diag);
        buf_fini(&path);
    }
    return err;
}

static enum br_err plan_compile_headers(struct plan *plan, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < plan->request.header_count && err == BR_ERR_NONE; i++) {
        struct plan_header *header = &plan->request.headers[i];
        char what[PLAN_WHAT_SIZE];
        if (!plan_has_placeholder(header->value))
            continue;
        (void)snprintf(what, sizeof(what), "the header %.60s", header->name.ptr);
        err = plan_add_template(plan, header->value, TMPL_FORM_HEADER,
                                PLAN_PART_HEADER + (unsigned)i, what, &header->tmpl, diag);
    }
    return err;
}

/* What placeholders need that the plan may not have. */
static enum br_err plan_check_uses(const struct plan *plan, struct diag *diag)
{
    const struct plan_request *request = &plan->request;
    const unsigned event = TMPL_USES_EVENT | TMPL_USES_EVENT_UUID;
    unsigned uses = plan->templates == NULL ? 0 : tmpl_set_uses(plan->templates);
    if ((uses & TMPL_USES_ROW) != 0 && request->data_path.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "{{row.%.*s}} needs rows: --data FILE",
                        BYTES_ARG(tmpl_set_row_field(plan->templates, 0)));
    if ((uses & TMPL_USES_ROW) == 0 && request->data_path.len > 0)
        return diag_set(diag, BR_ERR_CONFIG, "--data is given, but no {{row.FIELD}} uses it");
    bool outside = false;
    for (size_t i = 0; i < request->header_count; i++)
        outside = outside || (request->headers[i].tmpl != NULL &&
                              (tmpl_uses(request->headers[i].tmpl) & event) != 0);
    for (size_t i = 0; i < plan->target_count; i++)
        outside = outside || (plan->targets[i].tmpl != NULL &&
                              (tmpl_uses(plan->targets[i].tmpl) & event) != 0);
    if (outside && request->is_joined)
        return diag_set(diag, BR_ERR_CONFIG,
                        "with --batch each record of the body has its own event: {{event}} can not "
                        "stand in the URL or a header");
    return BR_ERR_NONE;
}

static enum br_err plan_check_stream_key(const struct plan *plan, struct diag *diag)
{
    struct bytes key = plan->events.stream_key;
    if (key.len == 0 || tmpl_set_named(plan->templates, key) != NULL)
        return BR_ERR_NONE;
    return diag_set(diag, BR_ERR_CONFIG,
                    "--stream-key %.*s: no placeholder is called so; name one, as in "
                    "{{pick web1 web2 as %.*s}}",
                    BYTES_ARG(key), BYTES_ARG(key));
}

enum br_err plan_compile_templates(struct plan *plan, struct diag *diag)
{
    struct plan_request *request = &plan->request;
    if (!plan_needs_templates(plan))
        return plan_check_uses(plan, diag);
    if (request->is_joined && request->body.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--batch needs a body (-b) to repeat");
    plan->templates = tmpl_set_create();
    enum br_err err = plan_compile_paths(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_compile_headers(plan, diag);
    if (err == BR_ERR_NONE && request->body.len > 0)
        err = plan_add_template(plan, request->body, tmpl_guess_form(request->body), PLAN_PART_BODY,
                                "the body", &request->tmpl, diag);
    if (err == BR_ERR_NONE)
        err = tmpl_set_seal(plan->templates, diag);
    if (err == BR_ERR_NONE)
        err = plan_check_uses(plan, diag);
    if (err != BR_ERR_NONE)
        return err;
    plan->events.followed = (tmpl_set_uses(plan->templates) & PLAN_USES_EVENTS) != 0;
    return plan_check_stream_key(plan, diag);
}
