/* SPDX-License-Identifier: Apache-2.0
 *
 * Building a plan piece by piece, and letting go of it. Texts live in a chain of chunks that goes
 * with the plan.
 */
#include "plan/plan.h"

#include <math.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/units.h"
#include "wire/h1.h"
#include "wire/url.h"

/* One owned text; the bytes stand behind the struct. */
struct plan_chunk {
    struct plan_chunk *next;
};

#define PLAN_TIMEOUT_NS (60 * UNITS_NS_PER_SEC)
#define PLAN_GRACE_NS (30 * UNITS_NS_PER_SEC)

void plan_init(struct plan *plan)
{
    *plan = (struct plan){
        .load = {.grace_ns = PLAN_GRACE_NS},
        .timeout_ns = PLAN_TIMEOUT_NS,
        .keep_alive = true,
        .request = {.batch = 1},
    };
    plan_events_init(&plan->events);
}

void plan_fini(struct plan *plan)
{
    struct plan_chunk *chunk = plan->chunks;
    while (chunk != NULL) {
        struct plan_chunk *next = chunk->next;
        mem_free(chunk);
        chunk = next;
    }
    if (plan->templates != NULL)
        tmpl_set_destroy(&plan->templates);
    plan_events_fini(&plan->events);
    mem_free(plan->targets);
    mem_free(plan->request.headers);
    mem_free(plan->load.legs);
    mem_free(plan->expects);
    *plan = (struct plan){0};
}

/* Room for `size` bytes that goes with the plan. */
static char *plan_room(struct plan *plan, size_t size)
{
    struct plan_chunk *chunk = mem_alloc(sizeof(*chunk) + size);
    chunk->next = plan->chunks;
    plan->chunks = chunk;
    return (char *)(chunk + 1);
}

struct bytes plan_copy(struct plan *plan, struct bytes text)
{
    char *copy = plan_room(plan, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return bytes_make(copy, text.len);
}

/* A text that one of the url_emit functions writes. */
static struct bytes plan_emit(struct plan *plan, const struct url *url,
                              size_t (*emit)(const struct url *url, char *out, size_t size))
{
    size_t len = emit(url, NULL, 0);
    char *room = plan_room(plan, len + 1);
    size_t again = emit(url, room, len);
    MUST(again == len);
    room[len] = '\0';
    return bytes_make(room, len);
}

static struct bytes plan_copy_url(struct plan *plan, struct bytes text)
{
    static const struct bytes scheme = BYTES_INIT("http://");
    for (size_t i = 0; i + 3 <= text.len; i++) {
        if (memcmp(text.ptr + i, "://", 3) == 0)
            return plan_copy(plan, text);
    }
    char *copy = plan_room(plan, scheme.len + text.len + 1);
    memcpy(copy, scheme.ptr, scheme.len);
    memcpy(copy + scheme.len, text.ptr, text.len);
    copy[scheme.len + text.len] = '\0';
    return bytes_make(copy, scheme.len + text.len);
}

/* Path and query as they stand in the text, which the plan owns. */
static struct bytes plan_raw_path(const struct url *url)
{
    if (url->query.ptr == NULL)
        return url->path;
    return bytes_make(url->path.ptr, (size_t)(url->query.ptr + url->query.len - url->path.ptr));
}

enum br_err plan_add_target(struct plan *plan, struct bytes text, struct diag *diag)
{
    struct url url;
    if (text.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "the URL is empty; accepted: http://127.0.0.1:8000/");
    if (plan->target_count == PLAN_TARGETS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "more than %d URLs", PLAN_TARGETS_MAX);
    struct bytes copy = plan_copy_url(plan, text);
    enum br_err err = url_parse(copy, &url, diag);
    if (err != BR_ERR_NONE)
        return err;

    plan->targets = mem_realloc(plan->targets, (plan->target_count + 1) * sizeof(plan->targets[0]));
    plan->targets[plan->target_count++] = (struct plan_target){
        .url = copy,
        .tls = url.tls,
        .host = plan_copy(plan, url.host),
        .port = url.port,
        .unix_path = url.socket.len > 0 ? plan_emit(plan, &url, url_emit_socket) : BYTES_NONE,
        .authority = plan_emit(plan, &url, url_emit_host),
        .path = plan_emit(plan, &url, url_emit_target),
        .raw_path = plan_raw_path(&url),
    };
    return BR_ERR_NONE;
}

/* Headers that follow from the rest of the plan, and what to do instead. */
static const char *plan_reserved_header(struct bytes name)
{
    if (bytes_eq_nocase(name, BYTES("content-length")))
        return "it follows from the body";
    if (bytes_eq_nocase(name, BYTES("transfer-encoding")))
        return "bodies are sent whole, with their length";
    if (bytes_eq_nocase(name, BYTES("connection")))
        return "--no-keepalive closes after each request";
    return NULL;
}

enum br_err plan_add_header(struct plan *plan, struct bytes line, struct diag *diag)
{
    struct plan_request *request = &plan->request;
    struct bytes value = line;
    struct bytes name = bytes_cut(&value, ':');
    value = bytes_trim(value);
    if (name.len == line.len)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is not a header: accepted is 'name: value'",
                        BYTES_ARG(line));
    if (!h1_is_token(name))
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is not the name of a header: letters, digits and - are accepted, "
                        "without blanks",
                        BYTES_ARG(name));
    if (!h1_is_value(value))
        return diag_set(diag, BR_ERR_CONFIG,
                        "the value of the header %.*s holds a control character", BYTES_ARG(name));
    const char *reserved = plan_reserved_header(name);
    if (reserved != NULL)
        return diag_set(diag, BR_ERR_CONFIG, "the header %.*s cannot be set: %s", BYTES_ARG(name),
                        reserved);
    if (request->header_count == PLAN_HEADERS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "more than %d headers", PLAN_HEADERS_MAX);

    request->headers =
        mem_realloc(request->headers, (request->header_count + 1) * sizeof(request->headers[0]));
    request->headers[request->header_count++] =
        (struct plan_header){.name = plan_copy(plan, name), .value = plan_copy(plan, value)};
    return BR_ERR_NONE;
}

const struct plan_header *plan_find_header(const struct plan_request *request, struct bytes name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (bytes_eq_nocase(request->headers[i].name, name))
            return &request->headers[i];
    }
    return NULL;
}

enum br_err plan_add_expect(struct plan *plan, struct bytes text, struct diag *diag)
{
    struct expr expr;
    enum br_err err = expr_parse(plan_copy(plan, text), &expr, diag);
    if (err != BR_ERR_NONE)
        return err;
    plan->expects = mem_realloc(plan->expects, (plan->expect_count + 1) * sizeof(plan->expects[0]));
    plan->expects[plan->expect_count++] = expr;
    return BR_ERR_NONE;
}

void plan_add_named_leg(struct plan *plan, const char *name, struct plan_rate from,
                        struct plan_rate to, int64_t duration_ns)
{
    struct plan_load *load = &plan->load;
    MUST(duration_ns >= 0);
    if (duration_ns == 0)
        return;
    load->legs = mem_realloc(load->legs, (load->leg_count + 1) * sizeof(load->legs[0]));
    load->legs[load->leg_count++] = (struct plan_leg){from, to, duration_ns, name};
}

void plan_add_leg(struct plan *plan, struct plan_rate from, struct plan_rate to,
                  int64_t duration_ns)
{
    plan_add_named_leg(plan, NULL, from, to, duration_ns);
}

static long double plan_rate_per_ns(struct plan_rate rate)
{
    return (long double)rate.count / (long double)rate.per_ns;
}

/* As the pacer counts: human rates meet whole numbers of arrivals at the end of a leg, so what is
 * within a millionth of a whole number is taken for it. */
uint64_t plan_arrivals_within(const struct plan_load *load, int64_t duration_ns)
{
    long double arrivals = 0;
    for (size_t i = 0; i < load->leg_count && duration_ns > 0; i++) {
        const struct plan_leg *leg = &load->legs[i];
        long double from = plan_rate_per_ns(leg->from);
        long double to = plan_rate_per_ns(leg->to);
        int64_t length = leg->duration_ns < duration_ns ? leg->duration_ns : duration_ns;
        long double end = from + (to - from) * (long double)length / (long double)leg->duration_ns;
        arrivals += (from + end) / 2 * (long double)length;
        long double whole = roundl(arrivals);
        if (fabsl(arrivals - whole) < 1e-6L)
            arrivals = whole;
        duration_ns -= length;
    }
    return (uint64_t)ceill(arrivals);
}

uint64_t plan_operations_due(const struct plan *plan)
{
    const struct plan_load *load = &plan->load;
    if (load->model == PLAN_CLOSED)
        return load->operations;
    uint64_t due = plan_arrivals_within(load, INT64_MAX);
    return load->operations > 0 && load->operations < due ? load->operations : due;
}
