/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan for people: what is going to happen, before anything happens. Rates and times appear as
 * they were asked for, exactly.
 */
#include "plan/plan.h"

#include <inttypes.h>

#include "base/fmt.h"

enum { PLAN_SHOWN_TARGETS = 4, PLAN_SHOWN_LEGS = 6 };

static void plan_print_label(struct buf *out, const char *label)
{
    buf_putf(out, "  %-12s ", label);
}

static struct fmt_text plan_rate_text(struct plan_rate rate)
{
    return fmt_rate_exact(rate.count, rate.per_ns);
}

static void plan_print_targets(const struct plan *plan, struct buf *out)
{
    size_t shown =
        plan->target_count <= PLAN_SHOWN_TARGETS ? plan->target_count : PLAN_SHOWN_TARGETS - 1;
    for (size_t i = 0; i < shown; i++) {
        plan_print_label(out, i > 0 ? "" : plan->target_count > 1 ? "targets" : "target");
        buf_putf(out, "%.*s\n", BYTES_ARG(plan->targets[i].url));
    }
    if (plan->target_count > shown) {
        plan_print_label(out, "");
        buf_putf(out, "and %zu more\n", plan->target_count - shown);
    }
}

static void plan_print_request(const struct plan *plan, struct buf *out)
{
    const struct plan_request *request = &plan->request;
    const struct plan_header *type = plan_find_header(request, BYTES("content-type"));
    plan_print_label(out, "request");
    buf_putf(out, "%.*s", BYTES_ARG(request->method));
    if (request->body.len > 0)
        buf_putf(out, ", %s%s", request->tmpl != NULL ? "a template of " : "",
                 fmt_bytes((double)request->body.len).str);
    if (request->body.len > 0 && type != NULL)
        buf_putf(out, " of %.*s", BYTES_ARG(type->value));
    if (request->batch > 1)
        buf_putf(out, ", %s records a request", fmt_count(request->batch).str);
    if (plan->target_count > 1)
        buf_put_str(out, ", to the targets in turn");
    buf_put_str(out, "\n");
}

static bool plan_rate_eq(struct plan_rate a, struct plan_rate b)
{
    return a.count == b.count && a.per_ns == b.per_ns;
}

static void plan_print_legs(const struct plan_load *load, size_t first, struct buf *out)
{
    for (size_t i = first; i < load->leg_count; i++) {
        const struct plan_leg *leg = &load->legs[i];
        const char *comma = i == first ? "" : ", ";
        if (i - first == PLAN_SHOWN_LEGS && load->leg_count - i > 1) {
            buf_putf(out, ", and %zu legs more", load->leg_count - i);
            return;
        }
        if (plan_rate_eq(leg->from, leg->to))
            buf_putf(out, "%s%s for %s", comma, plan_rate_text(leg->from).str,
                     fmt_interval(leg->duration_ns).str);
        else
            buf_putf(out, "%s%s to %s in %s", comma, plan_rate_text(leg->from).str,
                     plan_rate_text(leg->to).str, fmt_interval(leg->duration_ns).str);
    }
}

static void plan_print_open(const struct plan *plan, struct buf *out)
{
    const struct plan_load *load = &plan->load;
    uint64_t due = plan_operations_due(plan);
    uint64_t warmup = plan_arrivals_within(load, load->warmup_ns);
    if (warmup > due)
        warmup = due;
    buf_put_str(out, "open model: ");
    plan_print_legs(load, load->warmup_ns > 0 ? 1 : 0, out);
    if (load->poisson)
        buf_put_str(out, ", with random gaps (Poisson)");
    buf_putf(out, ": %s%s requests", load->poisson ? "about " : "", fmt_count(due - warmup).str);
    if (load->warmup_ns > 0)
        buf_putf(out, " (after %s of warm-up, %s requests)", fmt_interval(load->warmup_ns).str,
                 fmt_count(warmup).str);
    buf_put_str(out, "\n");
}

static void plan_print_closed(const struct plan_load *load, struct buf *out)
{
    buf_put_str(out, "closed model: ");
    if (load->operations > 0)
        buf_putf(out, "%s requests", fmt_count(load->operations).str);
    if (load->duration_ns > 0)
        buf_putf(out, "%sfor %s", load->operations > 0 ? ", at most " : "",
                 fmt_interval(load->duration_ns - load->warmup_ns).str);
    if (load->warmup_ns > 0)
        buf_putf(out, " (after %s of warm-up)", fmt_interval(load->warmup_ns).str);
    buf_put_str(out, ", each connection sends again when it has its answer\n");
}

static void plan_print_phases(const struct plan_load *load, struct buf *out)
{
    if (plan_phase_count(load) - (load->warmup_ns > 0 ? 1 : 0) < 2)
        return;
    plan_print_label(out, "phases");
    plan_phase_names(load, out);
    buf_put_str(out, "\n");
}

static void plan_print_connections(const struct plan *plan, const struct plan_budget *budget,
                                   struct buf *out)
{
    const struct plan_load *load = &plan->load;
    plan_print_label(out, "connections");
    if (load->model == PLAN_CLOSED)
        buf_put_str(out, fmt_count(load->connections).str);
    else if (load->connections > 0)
        buf_putf(out, "as many as needed, at most %s", fmt_count(load->connections).str);
    else if (budget != NULL && budget->connections_allowed > 0)
        buf_putf(out, "as many as needed, at most %s (what this machine allows)",
                 fmt_count(budget->connections_allowed).str);
    else
        buf_put_str(out, "as many as needed");
    if (!plan->keep_alive)
        buf_put_str(out, ", a new one for every request");
    if (plan->insecure)
        buf_put_str(out, ", certificates are not verified");
    if (plan->tls_resume)
        buf_put_str(out, ", TLS sessions are resumed");
    if (plan->wait_ready)
        buf_putf(out, "; first waits up to %s for the targets",
                 fmt_interval(plan->wait_ready_ns).str);
    buf_put_str(out, "\n");
}

static void plan_print_times(const struct plan *plan, struct buf *out)
{
    plan_print_label(out, "time-outs");
    buf_putf(out, "%s a request", fmt_interval(plan->timeout_ns).str);
    if (plan->timeout_connect_ns > 0)
        buf_putf(out, ", %s to connect", fmt_interval(plan->timeout_connect_ns).str);
    if (plan->timeout_first_ns > 0)
        buf_putf(out, ", %s to the first byte", fmt_interval(plan->timeout_first_ns).str);
    buf_putf(out, ", %s of grace at the end\n", fmt_interval(plan->load.grace_ns).str);
}

static void plan_print_machine(const struct plan *plan, const struct plan_budget *budget,
                               struct buf *out)
{
    static const char *const waits[] = {
        [PLAN_WAIT_AUTO] = "",
        [PLAN_WAIT_SPIN] = ", spinning before sends",
        [PLAN_WAIT_ECO] = ", sleeping before sends",
    };
    plan_print_label(out, "machine");
    if (plan->shards > 0)
        buf_putf(out, "%d shard%s%s", plan->shards, plan->shards == 1 ? "" : "s",
                 waits[plan->wait]);
    else
        buf_putf(out, "shards by the CPUs allowed%s", waits[plan->wait]);
    if (budget != NULL) {
        buf_putf(out, ", about %s", fmt_bytes((double)budget->total_bytes).str);
        if (!budget->connections_known)
            buf_putf(out, " with %s connections", fmt_count(budget->connections).str);
        if (budget->descriptors_allowed > 0)
            buf_putf(out, ", %s of %s file descriptors", fmt_count(budget->descriptors).str,
                     fmt_count(budget->descriptors_allowed).str);
    }
    buf_put_str(out, "\n");
}

static void plan_print_verdict(const struct plan *plan, struct buf *out)
{
    plan_print_label(out, "expects");
    if (plan->expect_count == 0)
        buf_put_str(out, "nothing (--expect)");
    for (size_t i = 0; i < plan->expect_count; i++)
        buf_putf(out, "%s%.*s", i == 0 ? "" : ", ", BYTES_ARG(plan->expects[i].text));
    if (plan->max_lateness_ns > 0)
        buf_putf(out, "; INVALID when our sends are later than %s (p99)",
                 fmt_interval(plan->max_lateness_ns).str);
    buf_put_str(out, "\n");
    plan_print_label(out, "seed");
    buf_putf(out, "%" PRIu64 "\n", plan->seed);
    if (plan->result_path.len > 0) {
        plan_print_label(out, "result");
        buf_putf(out, "%.*s\n", BYTES_ARG(plan->result_path));
    }
}

void plan_print(const struct plan *plan, const struct plan_budget *budget, struct buf *out)
{
    buf_put_str(out, "plan\n");
    plan_print_targets(plan, out);
    plan_print_request(plan, out);
    plan_print_label(out, "load");
    if (plan->load.model == PLAN_OPEN)
        plan_print_open(plan, out);
    else
        plan_print_closed(&plan->load, out);
    plan_print_phases(&plan->load, out);
    plan_print_connections(plan, budget, out);
    plan_print_times(plan, out);
    plan_print_events(plan, budget, out);
    plan_print_machine(plan, budget, out);
    plan_print_verdict(plan, out);
}
