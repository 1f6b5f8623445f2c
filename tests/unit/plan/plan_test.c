/* SPDX-License-Identifier: Apache-2.0
 *
 * Making a plan: targets, headers, defaults, what is refused, and how many requests a schedule has
 * (which must be what the pacer says).
 */
#include "plan/plan.h"

#include "base/rng.h"
#include "load/pacer.h"
#include "unit.h"

#define SEC INT64_C(1000000000)

static struct plan_rate rate(uint64_t count, int64_t per_ns)
{
    return (struct plan_rate){count, per_ns};
}

/* A plan that only lacks its completion. */
static void plan_make(struct plan *plan)
{
    plan_init(plan);
    UNIT_EQ_INT(plan_add_target(plan, BYTES("127.0.0.1:8000/a"), NULL), BR_ERR_NONE);
    plan->load.model = PLAN_OPEN;
    plan_add_leg(plan, rate(1, SEC), rate(1, SEC), 5 * SEC);
    plan->load.duration_ns = 5 * SEC;
}

UNIT_TEST(targets_are_taken_apart)
{
    static const struct {
        const char *text;
        const char *url;
        const char *host;
        int port;
        bool tls;
        const char *authority;
        const char *path;
        const char *unix_path;
    } rows[] = {
        {"http://127.0.0.1:8000/orders?a=1", "http://127.0.0.1:8000/orders?a=1", "127.0.0.1", 8000,
         false, "127.0.0.1:8000", "/orders?a=1", ""},
        {"localhost:8000", "http://localhost:8000", "localhost", 8000, false, "localhost:8000", "/",
         ""},
        {"https://example.org", "https://example.org", "example.org", 443, true, "example.org", "/",
         ""},
        {"http://[::1]:81/x", "http://[::1]:81/x", "::1", 81, false, "[::1]:81", "/x", ""},
        {"http://unix:/run/app.sock:/p", "http://unix:/run/app.sock:/p", "localhost", 0, false,
         "localhost", "/p", "/run/app.sock"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan plan;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        plan_init(&plan);
        enum br_err err = plan_add_target(&plan, bytes_from_str(rows[i].text), &diag);
        UNIT_EQ_STR(diag.text, "");
        UNIT_EQ_INT(err, BR_ERR_NONE);
        const struct plan_target *target = &plan.targets[0];
        UNIT_EQ_BYTES(target->url, bytes_from_str(rows[i].url));
        UNIT_EQ_BYTES(target->host, bytes_from_str(rows[i].host));
        UNIT_EQ_INT(target->port, rows[i].port);
        UNIT_EQ_INT(target->tls, rows[i].tls);
        UNIT_EQ_BYTES(target->authority, bytes_from_str(rows[i].authority));
        UNIT_EQ_BYTES(target->path, bytes_from_str(rows[i].path));
        UNIT_EQ_BYTES(target->unix_path, bytes_from_str(rows[i].unix_path));
        plan_fini(&plan);
    }
}

UNIT_TEST(targets_that_are_none_are_refused)
{
    static const char *const rows[] = {"", "ftp://x/", "http://", "http://a:99999/",
                                       "http://user:secret@a/"};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan plan;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i]);
        plan_init(&plan);
        UNIT_OK(plan_add_target(&plan, bytes_from_str(rows[i]), &diag) != BR_ERR_NONE);
        UNIT_OK(diag.text[0] != '\0');
        UNIT_EQ_INT(plan.target_count, 0);
        plan_fini(&plan);
    }
}

UNIT_TEST(headers_replace_defaults)
{
    struct plan plan;
    plan_make(&plan);
    plan.request.body = BYTES("{}");
    UNIT_EQ_INT(plan_add_header(&plan, BYTES("content-TYPE:  text/x \t"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_add_header(&plan, BYTES("x-a: 1"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_add_header(&plan, BYTES("X-A: 2"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_add_header(&plan, BYTES("user-agent:"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_complete(&plan, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan.request.header_count, 3);
    UNIT_EQ_BYTES(plan.request.headers[0].name, BYTES("content-TYPE"));
    UNIT_EQ_BYTES(plan.request.headers[0].value, BYTES("text/x"));
    UNIT_EQ_BYTES(plan_find_header(&plan.request, BYTES("x-a"))->value, BYTES("1"));
    UNIT_EQ_BYTES(plan.request.headers[2].value, BYTES("2"));
    UNIT_OK(plan_find_header(&plan.request, BYTES("User-Agent")) == NULL);
    UNIT_EQ_BYTES(plan.request.method, BYTES("POST"));
    plan_fini(&plan);
}

UNIT_TEST(headers_that_are_wrong_are_refused)
{
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"nothing", "\"nothing\" is not a header: accepted is 'name: value'"},
        {": x", "\"\" is not the name of a header"},
        {"a b: x", "\"a b\" is not the name of a header"},
        {"a : x", "\"a \" is not the name of a header"},
        {"a: x\r\nb: y", "the value of the header a holds a control character"},
        {"a: \x01", "the value of the header a holds a control character"},
        {"Content-Length: 5", "the header Content-Length cannot be set: it follows from the body"},
        {"transfer-encoding: chunked", "the header transfer-encoding cannot be set"},
        {"connection: close", "the header connection cannot be set: --no-keepalive"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan plan;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].line);
        plan_init(&plan);
        UNIT_EQ_INT(plan_add_header(&plan, bytes_from_str(rows[i].line), &diag), BR_ERR_CONFIG);
        UNIT_OK(strstr(diag.text, rows[i].message) != NULL);
        plan_fini(&plan);
    }
}

UNIT_TEST(bodies_get_a_type_by_their_shape)
{
    static const struct {
        const char *body;
        const char *type;
    } rows[] = {
        {"{\"a\":1}", "application/json"},
        {" [1, 2]\n", "application/json"},
        {"{}", "application/json"},
        {"{\n  \"a\": \"}{\\\"\"\n}\n", "application/json"},
        {"{\"n\":{{int 1 9}},\"e\":\"{{event}}\"}", "application/json"},
        {"[{{event}}]", "application/json"},
        {"{\"a\":1}\n{\"a\":2}\n", "application/x-ndjson"},
        {"{\"a\":1}\r\n{\"a\":2}", "application/x-ndjson"},
        {"{\"a\":1}{\"a\":2}", "text/plain"},
        {"{\"a\":1} x", "text/plain"},
        {"{\"a\":1", "text/plain"},
        {"{\"a\":1]", "text/plain"},
        {"{hello}", "text/plain"},
        {"{{event}}", "text/plain"},
        {"a=1&b=2", "text/plain"},
        {"\"text\"", "text/plain"},
        {"42", "text/plain"},
        {"{\"", "text/plain"},
        {"{\"a\\", "text/plain"},
        {"{", "text/plain"},
        {"", "text/plain"},
        {" \n", "text/plain"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].body);
        UNIT_EQ_BYTES(plan_content_type(bytes_from_str(rows[i].body)),
                      bytes_from_str(rows[i].type));
    }
    UNIT_ROW("too deep");
    char deep[2000];
    memset(deep, '[', sizeof(deep));
    UNIT_EQ_BYTES(plan_content_type(bytes_make(deep, sizeof(deep))), BYTES("text/plain"));
}

UNIT_TEST(methods_follow_from_the_body)
{
    struct plan plan;
    plan_make(&plan);
    UNIT_EQ_INT(plan_complete(&plan, NULL), BR_ERR_NONE);
    UNIT_EQ_BYTES(plan.request.method, BYTES("GET"));
    UNIT_OK(plan_find_header(&plan.request, BYTES("content-type")) == NULL);
    UNIT_OK(plan_find_header(&plan.request, BYTES("user-agent")) != NULL);
    plan_fini(&plan);

    plan_make(&plan);
    plan.request.method = BYTES("put");
    UNIT_EQ_INT(plan_complete(&plan, NULL), BR_ERR_NONE);
    UNIT_EQ_BYTES(plan.request.method, BYTES("PUT"));
    plan_fini(&plan);
}

typedef void plan_spoil_fn(struct plan *plan);

static void spoil_targets(struct plan *plan)
{
    plan->target_count = 0;
}

static void spoil_method(struct plan *plan)
{
    plan->request.method = BYTES("GET /");
}

static void spoil_tunnel(struct plan *plan)
{
    plan->request.method = BYTES("connect");
}

static void spoil_rate(struct plan *plan)
{
    plan->load.legs[0].from.count = 0;
    plan->load.legs[0].to.count = 0;
}

static void spoil_fast(struct plan *plan)
{
    plan->load.legs[0].to = rate(1, 1);
}

static void spoil_slow(struct plan *plan)
{
    plan->load.legs[0].from = rate(1, 2 * 86400 * SEC);
}

static void spoil_empty(struct plan *plan)
{
    plan->load.leg_count = 0;
}

static void spoil_long(struct plan *plan)
{
    plan_add_leg(plan, rate(1, SEC), rate(1, SEC), PLAN_DURATION_NS_MAX);
}

static void spoil_connections(struct plan *plan)
{
    plan->load.connections = 2000000;
}

static void spoil_closed(struct plan *plan)
{
    plan->load.model = PLAN_CLOSED;
}

static void spoil_endless(struct plan *plan)
{
    plan->load.model = PLAN_CLOSED;
    plan->load.connections = 1;
    plan->load.duration_ns = 0;
}

static void spoil_timeout(struct plan *plan)
{
    plan->timeout_ns = 0;
}

static void spoil_shards(struct plan *plan)
{
    plan->load.connections = 2;
    plan->shards = 3;
}

static void spoil_shards_many(struct plan *plan)
{
    plan->shards = 257;
}

UNIT_TEST(plans_that_cannot_be_meant_are_refused)
{
    static const struct {
        plan_spoil_fn *spoil;
        const char *message;
    } rows[] = {
        {spoil_targets, "there is no URL to send to"},
        {spoil_method, "\"GET /\" is not a method"},
        {spoil_tunnel, "CONNECT opens tunnels"},
        {spoil_rate, "the rate is 0: nothing would be sent"},
        {spoil_fast, "the rate 1,000,000,000/s is above 100,000,000/s"},
        {spoil_slow, "the rate 1/2d is too slow or too fine"},
        {spoil_empty, "the schedule is empty"},
        {spoil_long, "the run is longer than 366d"},
        {spoil_connections, "more than 1,000,000 connections"},
        {spoil_closed, "0 connections cannot send anything"},
        {spoil_endless, "nothing says when to stop"},
        {spoil_timeout, "a time-out of 0 fails every request"},
        {spoil_shards, "3 shards for 2 connections"},
        {spoil_shards_many, "accepted are 1 to 256 shards"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan plan;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].message);
        plan_make(&plan);
        rows[i].spoil(&plan);
        UNIT_EQ_INT(plan_complete(&plan, &diag), BR_ERR_CONFIG);
        if (strstr(diag.text, rows[i].message) == NULL)
            UNIT_EQ_STR(diag.text, rows[i].message);
        plan_fini(&plan);
    }
}

static uint64_t pacer_says(const struct plan *plan)
{
    struct pacer pacer;
    pacer_init(&pacer, plan->load.legs, plan->load.leg_count, false, 1, plan->load.operations);
    uint64_t total = pacer_total(&pacer);
    pacer_fini(&pacer);
    return total;
}

UNIT_TEST(requests_due_are_what_the_pacer_makes_due)
{
    struct rng rng;
    rng_init(&rng, 5);
    for (int i = 0; i < 2000; i++) {
        struct plan plan;
        plan_init(&plan);
        plan.load.model = PLAN_OPEN;
        uint64_t legs = 1 + rng_below(&rng, 5);
        for (uint64_t leg = 0; leg < legs; leg++) {
            struct plan_rate from =
                rate(rng_below(&rng, 10000), (int64_t)(1 + rng_below(&rng, 7)) * SEC);
            struct plan_rate to = rng_below(&rng, 2) == 0 ? from : rate(rng_below(&rng, 500), SEC);
            plan_add_leg(&plan, from, to, (int64_t)rng_below(&rng, 60) * SEC / 2);
        }
        plan.load.operations = rng_below(&rng, 4) == 0 ? rng_below(&rng, 100000) : 0;
        if (plan.load.leg_count > 0)
            UNIT_EQ_INT(plan_operations_due(&plan), pacer_says(&plan));
        plan_fini(&plan);
    }
}

UNIT_TEST(requests_due_by_hand)
{
    struct plan plan;
    plan_init(&plan);
    plan.load.model = PLAN_OPEN;
    plan_add_leg(&plan, rate(7, 3 * SEC), rate(7, 3 * SEC), 30 * SEC);
    UNIT_EQ_INT(plan_operations_due(&plan), 70);
    plan_add_leg(&plan, rate(0, SEC), rate(100, SEC), 0);
    UNIT_EQ_INT(plan.load.leg_count, 1);
    plan_add_leg(&plan, rate(0, SEC), rate(100, SEC), 10 * SEC);
    UNIT_EQ_INT(plan_operations_due(&plan), 570);
    UNIT_EQ_INT(plan_arrivals_within(&plan.load, 15 * SEC), 35);
    UNIT_EQ_INT(plan_arrivals_within(&plan.load, 35 * SEC), 70 + 125);
    plan.load.operations = 100;
    UNIT_EQ_INT(plan_operations_due(&plan), 100);
    plan.load.model = PLAN_CLOSED;
    plan.load.operations = 0;
    UNIT_EQ_INT(plan_operations_due(&plan), 0);
    plan_fini(&plan);
}

UNIT_MAIN(UNIT_RUN(targets_are_taken_apart), UNIT_RUN(targets_that_are_none_are_refused),
          UNIT_RUN(headers_replace_defaults), UNIT_RUN(headers_that_are_wrong_are_refused),
          UNIT_RUN(bodies_get_a_type_by_their_shape), UNIT_RUN(methods_follow_from_the_body),
          UNIT_RUN(plans_that_cannot_be_meant_are_refused),
          UNIT_RUN(requests_due_are_what_the_pacer_makes_due), UNIT_RUN(requests_due_by_hand))
