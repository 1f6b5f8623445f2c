/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan in a few lines, and what it says a run will need.
 */
#include "plan/plan.h"

#include "unit.h"

#define SEC INT64_C(1000000000)

static void check_text(const struct plan *plan, const struct plan_budget *budget, const char *want)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    plan_print(plan, budget, &out);
    bool same = bytes_eq(buf_bytes(&out), bytes_from_str(want));
    if (!same)
        printf("# %s\n", buf_cstr(&out));
    buf_fini(&out);
    UNIT_OK(same);
}

UNIT_TEST(open_model_is_printed)
{
    struct plan plan;
    plan_init(&plan);
    UNIT_EQ_INT(plan_add_target(&plan, BYTES("127.0.0.1:8000/a"), NULL), BR_ERR_NONE);
    struct plan_rate rate = {7, 3 * SEC};
    struct plan_rate top = {1, 200000};
    plan.load.model = PLAN_OPEN;
    plan.load.warmup_ns = 3 * SEC;
    plan.load.duration_ns = 43 * SEC;
    plan_add_leg(&plan, rate, rate, 3 * SEC);
    plan_add_leg(&plan, rate, top, 30 * SEC);
    plan_add_leg(&plan, top, top, 10 * SEC);
    plan.request.body = BYTES("{\"a\":1}");
    plan.timeout_first_ns = 1500000000;
    plan.max_lateness_ns = 5000000;
    plan.seed = 42;
    plan.result_path = BYTES("out.jsonl");
    UNIT_EQ_INT(plan_add_expect(&plan, BYTES("p99<200ms"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_add_expect(&plan, BYTES("failed<1%"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_complete(&plan, NULL), BR_ERR_NONE);
    check_text(
        &plan, NULL,
        "plan\n"
        "  target       http://127.0.0.1:8000/a\n"
        "  request      POST, 7 B of application/json\n"
        "  load         open model: 7/3s to 5,000/s in 30s, 5,000/s for 10s: 125,035 requests "
        "(after 3s of warm-up, 7 requests)\n"
        "  connections  as many as needed\n"
        "  time-outs    1m a request, 1.5s to the first byte, 30s of grace at the end\n"
        "  machine      shards by the CPUs allowed\n"
        "  expects      p99<200ms, failed<1%; INVALID when our sends are later than 5ms (p99)\n"
        "  seed         42\n"
        "  result       out.jsonl\n");
    plan_fini(&plan);
}

UNIT_TEST(closed_model_is_printed)
{
    struct plan plan;
    plan_init(&plan);
    for (int i = 0; i < 5; i++)
        UNIT_EQ_INT(plan_add_target(&plan, BYTES("https://example.org/"), NULL), BR_ERR_NONE);
    plan.load.model = PLAN_CLOSED;
    plan.load.connections = 200;
    plan.load.operations = 10000;
    plan.load.duration_ns = 10 * SEC;
    plan.shards = 2;
    plan.wait = PLAN_WAIT_ECO;
    plan.keep_alive = false;
    plan.insecure = true;
    plan.wait_ready = true;
    plan.wait_ready_ns = 30 * SEC;
    plan.timeout_connect_ns = 2 * SEC;
    UNIT_EQ_INT(plan_complete(&plan, NULL), BR_ERR_NONE);
    struct plan_budget budget = {.descriptors_allowed = 20000};
    plan_budget_estimate(&plan, &budget);
    UNIT_EQ_INT(budget.connections, 200);
    UNIT_EQ_INT(budget.descriptors, 240);
    UNIT_OK(budget.connection_bytes > 200 * 30000);
    budget.total_bytes = 20 << 20;
    check_text(
        &plan, &budget,
        "plan\n"
        "  targets      https://example.org/\n"
        "               https://example.org/\n"
        "               https://example.org/\n"
        "               and 2 more\n"
        "  request      GET, to the targets in turn\n"
        "  load         closed model: 10,000 requests, at most for 10s, each connection sends "
        "again when it has its answer\n"
        "  connections  200, a new one for every request, certificates are not verified; first "
        "waits up to 30s for the targets\n"
        "  time-outs    1m a request, 2s to connect, 30s of grace at the end\n"
        "  machine      2 shards, sleeping before sends, about 20.0 MiB, 240 of 20,000 file "
        "descriptors\n"
        "  expects      nothing (--expect)\n"
        "  seed         0\n");
    plan_fini(&plan);
}

UNIT_TEST(budget_grows_with_the_plan)
{
    struct plan plan;
    plan_init(&plan);
    UNIT_EQ_INT(plan_add_target(&plan, BYTES("127.0.0.1:8000/a"), NULL), BR_ERR_NONE);
    struct plan_rate rate = {1, 200000};
    plan.load.model = PLAN_OPEN;
    plan_add_leg(&plan, rate, rate, 10 * SEC);
    struct plan_budget small = {0};
    plan_budget_estimate(&plan, &small);
    UNIT_OK(!small.connections_known);
    UNIT_EQ_INT(small.connections, 501);
    plan.load.connections = 5000;
    plan.shards = 2;
    struct plan_budget large = {0};
    plan_budget_estimate(&plan, &large);
    UNIT_OK(large.connections_known);
    UNIT_OK(large.total_bytes > small.total_bytes);
    /* design: 5,000 plain connections stay below 30 MB. */
    UNIT_OK(large.total_bytes < 30 * 1000 * 1000);
    plan_fini(&plan);
}

UNIT_MAIN(UNIT_RUN(open_model_is_printed), UNIT_RUN(closed_model_is_printed),
          UNIT_RUN(budget_grows_with_the_plan))
