/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of making a plan: what follows from the rest is filled in, and what cannot be meant
 * is refused. The sentences speak of rates and connections, not of options: a script's plan passes
 * here, too.
 */
#include "plan/plan.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/version.h"

static enum br_err plan_check_targets(const struct plan *plan, struct diag *diag)
{
    if (plan->target_count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "there is no URL to send to");
    return BR_ERR_NONE;
}

/* "post" is meant to be POST; methods of somebody's own are left alone. */
static struct bytes plan_known_method(struct bytes method)
{
    static const char *const known[] = {"GET",   "HEAD",    "POST",  "PUT",    "DELETE",
                                        "PATCH", "OPTIONS", "TRACE", "CONNECT"};
    for (size_t i = 0; i < BR_COUNT(known); i++) {
        if (bytes_eq_nocase(method, bytes_from_str(known[i])))
            return bytes_from_str(known[i]);
    }
    return method;
}

static enum br_err plan_complete_method(struct plan *plan, struct diag *diag)
{
    struct plan_request *request = &plan->request;
    if (request->method.len == 0)
        request->method = request->body.len > 0 ? BYTES("POST") : BYTES("GET");
    for (size_t i = 0; i < request->method.len; i++) {
        char c = request->method.ptr[i];
        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_')
            return diag_set(diag, BR_ERR_CONFIG,
                            "\"%.*s\" is not a method: letters are accepted, such as GET or POST",
                            BYTES_ARG(request->method));
    }
    request->method = plan_known_method(request->method);
    if (bytes_eq(request->method, BYTES("CONNECT")))
        return diag_set(diag, BR_ERR_CONFIG, "the method CONNECT opens tunnels, not requests");
    return BR_ERR_NONE;
}

static void plan_default_header(struct plan *plan, struct bytes name, struct bytes value)
{
    struct plan_request *request = &plan->request;
    if (plan_find_header(request, name) != NULL)
        return;
    request->headers =
        mem_realloc(request->headers, (request->header_count + 1) * sizeof(request->headers[0]));
    request->headers[request->header_count++] =
        (struct plan_header){.name = name, .value = plan_copy(plan, value)};
}

/* After the defaults: an empty value has kept its default away and goes itself. */
static void plan_drop_empty_headers(struct plan_request *request)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (request->headers[i].value.len > 0)
            request->headers[kept++] = request->headers[i];
    }
    request->header_count = kept;
}

/* Of the body as it is sent: records on lines of their own are no longer one JSON value. */
static struct bytes plan_request_type(const struct plan_request *request)
{
    struct bytes type = plan_content_type(request->body);
    bool lines = request->batch > 1 && request->join == BATCH_LINES;
    return lines && bytes_eq(type, BYTES("application/json")) ? BYTES("application/x-ndjson")
                                                              : type;
}

static enum br_err plan_complete_request(struct plan *plan, struct diag *diag)
{
    struct plan_request *request = &plan->request;
    char agent[64];
    enum br_err err = plan_complete_method(plan, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (request->body.len > PLAN_BODY_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the body is larger than %s",
                        fmt_bytes((double)PLAN_BODY_SIZE_MAX).str);

    (void)snprintf(agent, sizeof(agent), "brunt/%s", version_text);
    plan_default_header(plan, BYTES("User-Agent"), bytes_from_str(agent));
    if (request->body.len > 0)
        plan_default_header(plan, BYTES("Content-Type"), plan_request_type(request));
    plan_drop_empty_headers(request);

    size_t head = 0;
    for (size_t i = 0; i < request->header_count; i++)
        head += request->headers[i].name.len + request->headers[i].value.len + 4;
    if (head > PLAN_HEAD_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the headers together are larger than %s",
                        fmt_bytes(PLAN_HEAD_SIZE_MAX).str);
    return BR_ERR_NONE;
}

static enum br_err plan_check_rate(struct plan_rate rate, struct diag *diag)
{
    MUST(rate.per_ns > 0);
    if ((double)rate.count / (double)rate.per_ns * 1e9 > (double)PLAN_RATE_PER_SEC_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the rate %s is above %s",
                        fmt_rate_exact(rate.count, rate.per_ns).str,
                        fmt_rate((double)PLAN_RATE_PER_SEC_MAX).str);
    if (rate.count > 0 && rate.per_ns > PLAN_RATE_PER_NS_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "the rate %s is too slow or too fine: accepted is one a day at least, in "
                        "not too many digits",
                        fmt_rate_exact(rate.count, rate.per_ns).str);
    return BR_ERR_NONE;
}

static enum br_err plan_check_open(const struct plan_load *load, struct diag *diag)
{
    int64_t length_ns = 0;
    if (load->leg_count == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "the schedule is empty: a rate and a duration above 0 "
                        "are needed");
    if (load->leg_count > PLAN_LEGS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the schedule has more than %d points", PLAN_LEGS_MAX);
    for (size_t i = 0; i < load->leg_count; i++) {
        enum br_err err = plan_check_rate(load->legs[i].from, diag);
        if (err == BR_ERR_NONE)
            err = plan_check_rate(load->legs[i].to, diag);
        if (err != BR_ERR_NONE)
            return err;
        if (load->legs[i].duration_ns > PLAN_DURATION_NS_MAX - length_ns)
            return diag_set(diag, BR_ERR_CONFIG, "the run is longer than %s",
                            fmt_interval(PLAN_DURATION_NS_MAX).str);
        length_ns += load->legs[i].duration_ns;
    }
    if (plan_arrivals_within(load, INT64_MAX) == 0)
        return diag_set(diag, BR_ERR_CONFIG, "the rate is 0: nothing would be sent");
    MUST(length_ns == load->duration_ns);
    return BR_ERR_NONE;
}

static enum br_err plan_check_load(const struct plan *plan, struct diag *diag)
{
    const struct plan_load *load = &plan->load;
    if (load->duration_ns > PLAN_DURATION_NS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the run is longer than %s",
                        fmt_interval(PLAN_DURATION_NS_MAX).str);
    if (load->connections > PLAN_CONNECTIONS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "more than %s connections",
                        fmt_count(PLAN_CONNECTIONS_MAX).str);
    MUST(load->warmup_ns <= load->duration_ns || load->duration_ns == 0);
    if (plan_phase_count(load) * plan->target_count > PLAN_PHASE_ROWS_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "%zu phases of %zu targets are more than %d rows of statistics",
                        plan_phase_count(load), plan->target_count, PLAN_PHASE_ROWS_MAX);
    if (load->model == PLAN_OPEN)
        return plan_check_open(load, diag);
    if (load->connections == 0)
        return diag_set(diag, BR_ERR_CONFIG, "0 connections cannot send anything");
    if (load->operations == 0 && load->duration_ns == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "nothing says when to stop: a duration or a number of "
                        "requests above 0 is needed");
    return BR_ERR_NONE;
}

static enum br_err plan_check_machine(const struct plan *plan, struct diag *diag)
{
    if (plan->timeout_ns == 0)
        return diag_set(diag, BR_ERR_CONFIG, "a time-out of 0 fails every request");
    if (plan->shards < 0 || plan->shards > PLAN_SHARDS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "accepted are 1 to %d shards", PLAN_SHARDS_MAX);
    if (plan->load.connections > 0 && (uint64_t)plan->shards > plan->load.connections)
        return diag_set(diag, BR_ERR_CONFIG,
                        "%d shards for %" PRIu64 " connections: each shard needs one of its own",
                        plan->shards, plan->load.connections);
    return BR_ERR_NONE;
}

static enum br_err plan_check_events(struct plan *plan, struct diag *diag)
{
    bool counted = plan->events.identity == PLAN_IDENTITY_COUNT;
    enum br_err err = plan_events_check(&plan->events, diag);
    size_t phases = plan_phase_count(&plan->load);
    if (err == BR_ERR_NONE && plan->events.followed && phases > PLAN_EVENT_PHASES_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "events are accounted for by phase, in up to %d; this run has %zu: take "
                        "fewer steps",
                        PLAN_EVENT_PHASES_MAX, phases);
    if (err != BR_ERR_NONE || !counted)
        return err;
    if (plan->load.warmup_ns > 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--identity count cannot tell the warm-up's events from the others as they "
                        "come out: leave out --warmup");
    if (plan->wait_ready)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--identity count cannot tell the requests of --wait-ready from the others "
                        "as they come out: leave it out");
    plan->events.followed = true;
    return BR_ERR_NONE;
}

enum br_err plan_complete(struct plan *plan, struct diag *diag)
{
    enum br_err err = plan_check_targets(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_complete_request(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_check_load(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_check_machine(plan, diag);
    plan->request.is_joined = plan->request.is_joined || plan->request.batch > 1;
    if (err == BR_ERR_NONE)
        err = plan_compile_templates(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_check_events(plan, diag);
    if (err == BR_ERR_NONE)
        err = plan_check_intact(plan, diag);
    return err;
}
