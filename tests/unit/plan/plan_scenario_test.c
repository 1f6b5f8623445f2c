/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios: what is read and refused, layers of options, and the schedules that follow: k6's times
 * for steps and arrivals, VUs needed when, shares of shards.
 */
#include "plan/plan_scenario.h"

#include "data/json.h"
#include "plan/plan_scenario_put.h"
#include "plan/plan_shortcut.h"
#include "unit.h"

#define SEC INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct plan_scenarios made;

/* Reads options; true when they are fine. */
static bool make(const char *json, const char **out_warning, struct plan_shortcuts *flags,
                 struct diag *diag)
{
    const char *warning;
    plan_scenarios_init(&made);
    enum br_err err = plan_scenarios_parse(&made, bytes_from_str(json), flags, &warning, diag);
    if (out_warning != NULL)
        *out_warning = warning;
    if (err != BR_ERR_NONE)
        plan_scenarios_fini(&made);
    return err == BR_ERR_NONE;
}

static const struct plan_scenario *make_one(const char *executor, const char *rest)
{
    char json[1000];
    struct diag diag = DIAG_INIT;
    (void)snprintf(json, sizeof(json), "{\"scenarios\":{\"s\":{\"executor\":\"%s\",%s}}}", executor,
                   rest);
    if (!make(json, NULL, NULL, &diag))
        unit_fail(__FILE__, __LINE__, "%s: %s", json, diag.text);
    return &made.items[0];
}

struct print_row {
    const char *executor;
    const char *rest;
    const char *want;
};

UNIT_TEST(scenarios_are_completed_and_described_as_k6_does)
{
    static const struct print_row rows[] = {
        {"constant-vus", "\"vus\":10,\"duration\":\"30s\"",
         "10 looping VUs for 30s (gracefulStop: 30s)"},
        {"constant-vus", "\"duration\":1500,\"gracefulStop\":0", "1 looping VUs for 1.5s"},
        {"shared-iterations", "\"vus\":\"3\",\"iterations\":200",
         "200 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)"},
        {"per-vu-iterations", "\"exec\":\"f\",\"startTime\":\"90s\",\"maxDuration\":\"1h30m\"",
         "1 iterations for each of 1 VUs (maxDuration: 1h30m0s, exec: f, startTime: 1m30s, "
         "gracefulStop: 30s)"},
        {"ramping-vus",
         "\"stages\":[{\"duration\":\"10s\",\"target\":5},{\"duration\":\"5000\",\"target\":0}]",
         "Up to 5 looping VUs for 15s over 2 stages (gracefulRampDown: 30s, gracefulStop: 30s)"},
        {"constant-arrival-rate",
         "\"rate\":90,\"timeUnit\":\"1m\",\"duration\":\"1m\",\"preAllocatedVUs\":2,\"maxVUs\":5",
         "1.50 iterations/s for 1m0s (maxVUs: 2-5, gracefulStop: 30s)"},
        {"ramping-arrival-rate",
         "\"startRate\":5,\"preAllocatedVUs\":2,\"stages\":[{\"duration\":\"1m\",\"target\":30}],"
         "\"env\":{\"A\":\"b\"},\"tags\":{\"c\":\"d\"}",
         "Up to 30.00 iterations/s for 1m0s over 1 stage (maxVUs: 2, gracefulStop: 30s)"},
        {"externally-controlled", "\"vus\":2,\"maxVUs\":9",
         "Externally controlled: 2 VUs (up to 9) for no end"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        UNIT_ROW(rows[i].want);
        plan_scenario_print(make_one(rows[i].executor, rows[i].rest), &out);
        UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].want));
        buf_fini(&out);
        plan_scenarios_fini(&made);
    }
}

UNIT_TEST(scenarios_that_cannot_be_meant_are_refused)
{
    static const struct print_row rows[] = {
        {"constant-vus", "\"vus\":1", "needs 'duration'"},
        {"constant-vus", "\"duration\":\"0.5s\"", "1s at least"},
        {"constant-vus", "\"duration\":\"10s\",\"vus\":0", "no VUs"},
        {"constant-vus", "\"duration\":\"10s\",\"vus\":1.5", "whole number"},
        {"constant-vus", "\"duration\":\"10s\",\"vus\":-1", "whole number"},
        {"constant-vus", "\"duration\":\"10s\",\"vus\":\"ten\"", "whole number"},
        {"constant-vus", "\"duration\":\"10s\",\"vuss\":3", "did you mean 'vus'"},
        {"constant-vus", "\"duration\":\"10s\",\"stages\":[]", "has no 'stages'"},
        {"constant-vus", "\"duration\":true", "is a time"},
        {"constant-vus", "\"duration\":\"10 apples\"", "scenario 's', duration"},
        {"constant-vu", "\"duration\":\"10s\"", "did you mean 'constant-vus'"},
        {"browser", "\"duration\":\"10s\"", "there is no executor"},
        {"shared-iterations", "\"vus\":10,\"iterations\":9", "fewer iterations"},
        {"per-vu-iterations", "\"iterations\":0", "no iterations"},
        {"ramping-vus", "\"startVUs\":3", "needs 'stages'"},
        {"ramping-vus", "\"stages\":[]", "no time"},
        {"ramping-vus", "\"stages\":[{\"duration\":\"10s\"}]", "stage 1 has no target"},
        {"ramping-vus", "\"stages\":[{\"target\":1}]", "stage 1 has no duration"},
        {"ramping-vus", "\"stages\":[{\"target\":1,\"duration\":\"1s\",\"to\":1}]", "'to'"},
        {"ramping-vus", "\"startVUs\":0,\"stages\":[{\"target\":0,\"duration\":\"9s\"}]",
         "does nothing"},
        {"constant-arrival-rate", "\"rate\":0,\"duration\":\"9s\",\"preAllocatedVUs\":1",
         "rate is 1"},
        {"constant-arrival-rate", "\"rate\":1,\"duration\":\"9s\"", "needs 'preAllocatedVUs'"},
        {"constant-arrival-rate",
         "\"rate\":1,\"duration\":\"9s\",\"preAllocatedVUs\":5,\"maxVUs\":4", "less than"},
        {"constant-arrival-rate",
         "\"rate\":1,\"timeUnit\":0,\"duration\":\"9s\",\"preAllocatedVUs\":5", "timeUnit"},
        {"externally-controlled", "\"vus\":1,\"gracefulStop\":\"1s\"", "has no 'gracefulStop'"},
        {"externally-controlled", "\"maxVUs\":1", "needs 'vus'"},
        {"constant-vus", "\"duration\":\"10s\",\"env\":{\"A\":1}", "env.A is not a text"},
        {"constant-vus", "\"duration\":\"10s\",\"tags\":[]", "tags is an object"},
        {"constant-vus", "\"duration\":\"10s\",\"exec\":3", "exec is the name"},
        {"constant-vus", "\"duration\":\"800000h\"", ""},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        char json[1000];
        struct diag diag = DIAG_INIT;
        (void)snprintf(json, sizeof(json), "{\"scenarios\":{\"s\":{\"executor\":\"%s\",%s}}}",
                       rows[i].executor, rows[i].rest);
        UNIT_ROW(json);
        UNIT_OK(!make(json, NULL, NULL, &diag));
        if (strstr(diag.text, rows[i].want) == NULL)
            unit_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", diag.text, rows[i].want);
    }
}

struct layer_row {
    const char *options;
    const char *vus, *iterations, *duration, *stages; /* of the command line */
    const char *want;                                 /* NULL: refused */
    bool warns;
};

static const struct layer_row layer_rows[] = {
    {"{}", NULL, NULL, NULL, NULL, "1 iterations for each of 1 VUs", false},
    {"", NULL, NULL, NULL, NULL, "1 iterations for each of 1 VUs", false},
    {"{\"vus\":5,\"duration\":\"10s\"}", NULL, NULL, NULL, NULL, "5 looping VUs for 10s", false},
    {"{\"vus\":5}", NULL, NULL, NULL, NULL, "5 iterations shared among 5 VUs", false},
    {"{\"iterations\":7,\"duration\":\"20s\"}", NULL, NULL, NULL, NULL,
     "7 iterations shared among 1 VUs (maxDuration: 20s", false},
    {"{\"vus\":3,\"stages\":[{\"duration\":\"1s\",\"target\":9}]}", NULL, NULL, NULL, NULL,
     "Up to 9 looping VUs for 1s over 1 stage", false},
    {"{\"vus\":null,\"duration\":null,\"stages\":null}", NULL, NULL, NULL, NULL,
     "1 iterations for each of 1 VUs", false},
    {"{\"vus\":5,\"duration\":\"10s\"}", "2", NULL, NULL, NULL, "2 looping VUs for 10s", false},
    {"{\"vus\":5,\"duration\":\"10s\"}", NULL, "8", NULL, NULL, "8 iterations shared among 5 VUs",
     false},
    {"{\"vus\":5,\"iterations\":10}", NULL, NULL, "3s", NULL, "5 looping VUs for 3s", false},
    {"{\"vus\":5,\"duration\":\"10s\"}", NULL, NULL, NULL, "1s:4,2s:0",
     "Up to 5 looping VUs for 3s over 2 stages", false},
    {"{\"scenarios\":{\"a\":{\"executor\":\"constant-vus\",\"duration\":\"9s\"}}}", NULL, NULL,
     "3s", NULL, "1 looping VUs for 3s", true},
    {"{\"scenarios\":{\"a\":{\"executor\":\"constant-vus\",\"duration\":\"9s\"}}}", "4", NULL, NULL,
     NULL, "4 iterations shared among 4 VUs", true},
    {"{\"scenarios\":{\"a\":{\"executor\":\"constant-vus\",\"duration\":\"9s\"}}}", NULL, NULL,
     NULL, NULL, "1 looping VUs for 9s", false},
    {"{\"stages\":[{\"duration\":\"1s\",\"target\":9}],\"duration\":\"1s\"}", NULL, NULL, NULL,
     NULL, NULL, false},
    {"{\"stages\":[{\"duration\":\"1s\",\"target\":9}],\"iterations\":1}", NULL, NULL, NULL, NULL,
     NULL, false},
    {"{\"duration\":\"1s\",\"scenarios\":{\"a\":{\"executor\":\"constant-vus\",\"duration\":"
     "\"9s\"}}}",
     NULL, NULL, NULL, NULL, NULL, false},
    {"{\"duration\":0}", NULL, NULL, NULL, NULL, NULL, false},
    {"{\"vus\":0,\"duration\":\"1s\"}", NULL, NULL, NULL, NULL, NULL, false},
    {"{\"scenarios\":[1]}", NULL, NULL, NULL, NULL, NULL, false},
    {"{\"scenarios\":{\"a b\":{\"executor\":\"constant-vus\",\"duration\":\"9s\"}}}", NULL, NULL,
     NULL, NULL, NULL, false},
    {"{\"vus\":", NULL, NULL, NULL, NULL, NULL, false},
    {"{}", NULL, "1", NULL, "1s:1", NULL, false},
};

static void layer_flags(const struct layer_row *row, struct plan_shortcuts *flags)
{
    plan_shortcuts_init(flags);
    if (row->vus != NULL)
        UNIT_EQ_INT(plan_shortcuts_set_vus(flags, bytes_from_str(row->vus), "--vus", NULL),
                    BR_ERR_NONE);
    if (row->iterations != NULL)
        UNIT_EQ_INT(plan_shortcuts_set_iterations(flags, bytes_from_str(row->iterations),
                                                  "--iterations", NULL),
                    BR_ERR_NONE);
    if (row->duration != NULL)
        UNIT_EQ_INT(
            plan_shortcuts_set_duration(flags, bytes_from_str(row->duration), "--duration", NULL),
            BR_ERR_NONE);
    if (row->stages != NULL)
        UNIT_EQ_INT(plan_shortcuts_add_stages(flags, bytes_from_str(row->stages), "--stage", NULL),
                    BR_ERR_NONE);
}

UNIT_TEST(layers_replace_each_other_by_k6s_rules)
{
    for (size_t i = 0; i < BR_COUNT(layer_rows); i++) {
        const struct layer_row *row = &layer_rows[i];
        struct plan_shortcuts flags;
        struct diag diag = DIAG_INIT;
        const char *warning;
        UNIT_ROW(row->options);
        layer_flags(row, &flags);
        bool ok = make(row->options, &warning, &flags, &diag);
        plan_shortcuts_fini(&flags);
        UNIT_EQ_INT(ok, row->want != NULL);
        UNIT_EQ_INT(diag.text[0] != '\0', !ok);
        if (!ok)
            continue;
        struct buf out;
        buf_init(&out, 4096);
        plan_scenario_print(&made.items[0], &out);
        UNIT_OK(bytes_starts(buf_bytes(&out), bytes_from_str(row->want)));
        UNIT_EQ_INT(warning != NULL, row->warns);
        buf_fini(&out);
        plan_scenarios_fini(&made);
    }
}

UNIT_TEST(words_of_the_command_line_are_checked)
{
    struct plan_shortcuts flags;
    plan_shortcuts_init(&flags);
    UNIT_EQ_INT(plan_shortcuts_set_vus(&flags, BYTES("-1"), "--vus", NULL), BR_ERR_CONFIG);
    UNIT_EQ_INT(plan_shortcuts_set_iterations(&flags, BYTES("1k"), "-i", NULL), BR_ERR_CONFIG);
    UNIT_OK(plan_shortcuts_set_duration(&flags, BYTES("1000"), "--duration", NULL) != BR_ERR_NONE);
    UNIT_EQ_INT(plan_shortcuts_set_duration(&flags, BYTES("1000"), "K6_DURATION", NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(flags.duration_ns, SEC);
    UNIT_EQ_INT(plan_shortcuts_add_stages(&flags, BYTES("1s"), "-s", NULL), BR_ERR_CONFIG);
    UNIT_EQ_INT(plan_shortcuts_add_stages(&flags, BYTES("1s:x"), "-s", NULL), BR_ERR_CONFIG);
    UNIT_EQ_INT(plan_shortcuts_add_stages(&flags, BYTES("1m:3"), "-s", NULL), BR_ERR_NONE);
    UNIT_EQ_INT(flags.stage_count, 1);
    plan_shortcuts_fini(&flags);
}

struct step {
    int64_t at_ns;
    uint64_t vus;
};

struct step_row {
    const char *name;
    const char *rest;
    struct step steps[12];
    size_t count;
};

UNIT_TEST(vus_change_when_k6_changes_them)
{
    static const struct step_row rows[] = {
        {"up 3 to 5 in 2 s",
         "\"startVUs\":3,\"stages\":[{\"duration\":\"2s\",\"target\":5}]",
         {{SEC, 4}, {2 * SEC, 5}},
         2},
        {"down 5 to 3 in 2 s",
         "\"startVUs\":5,\"stages\":[{\"duration\":\"2s\",\"target\":3}]",
         {{SEC, 4}, {2 * SEC, 3}},
         2},
        {"thirds are cut off after the multiplication",
         "\"startVUs\":0,\"stages\":[{\"duration\":\"1s\",\"target\":3}]",
         {{333333334, 1}, {666666667, 2}, {SEC, 3}},
         3},
        {"jumps, holds, a jump back at the same moment",
         "\"startVUs\":0,\"stages\":[{\"duration\":0,\"target\":2},{\"duration\":\"1s\",\"target\":"
         "2},{\"duration\":0,\"target\":1},{\"duration\":0,\"target\":2},{\"duration\":\"1s\","
         "\"target\":0}]",
         {{0, 1}, {0, 2}, {SEC, 1}, {SEC, 2}, {1500 * MS, 1}, {2 * SEC, 0}},
         6},
        {"up and down",
         "\"startVUs\":1,\"stages\":[{\"duration\":\"2s\",\"target\":3},{\"duration\":\"1s\","
         "\"target\":1}]",
         {{SEC, 2}, {2 * SEC, 3}, {2500 * MS, 2}, {3 * SEC, 1}},
         4},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_vu_steps steps;
        int64_t at_ns;
        UNIT_ROW(rows[i].name);
        plan_vu_steps_init(&steps, make_one("ramping-vus", rows[i].rest));
        for (size_t s = 0; s < rows[i].count; s++) {
            UNIT_OK(plan_vu_steps_next(&steps, &at_ns));
            UNIT_EQ_INT(at_ns, rows[i].steps[s].at_ns);
            UNIT_EQ_INT(steps.vus, rows[i].steps[s].vus);
        }
        UNIT_OK(!plan_vu_steps_next(&steps, &at_ns));
        plan_scenarios_fini(&made);
    }
}

struct arrival_row {
    const char *executor;
    const char *rest;
    uint64_t total;
    int64_t first_ns[4];
    int64_t last_ns;
};

UNIT_TEST(iterations_are_due_when_k6_has_them_due)
{
#define ARRIVAL_STAGE(duration, target) "{\"duration\":\"" duration "\",\"target\":" target "}"
    static const struct arrival_row rows[] = {
        {"constant-arrival-rate",
         "\"rate\":10,\"duration\":\"30s\",\"preAllocatedVUs\":1",
         300,
         {0, 100 * MS, 200 * MS, 300 * MS},
         29900 * MS},
        /* A period is whole ns, so that 3/s is a little faster. */
        {"constant-arrival-rate",
         "\"rate\":3,\"duration\":\"30s\",\"preAllocatedVUs\":1",
         91,
         {0, 333333333, 666666666, 999999999},
         90 * INT64_C(333333333)},
        {"constant-arrival-rate",
         "\"rate\":1,\"timeUnit\":\"2s\",\"duration\":\"9s\",\"preAllocatedVUs\":1",
         5,
         {0, 2 * SEC, 4 * SEC, 6 * SEC},
         8 * SEC},
        /* 0 to 10/s in 10 s: t = sqrt(2 i) s. */
        {"ramping-arrival-rate",
         "\"preAllocatedVUs\":1,\"stages\":[" ARRIVAL_STAGE("10s", "10") "]",
         50,
         {1414213562, 2 * SEC, 2449489742, 2828427124},
         10 * SEC},
        /* 10/s to 0 in 10 s: t = 10 - sqrt(100 - 2 i) s. */
        {"ramping-arrival-rate",
         "\"startRate\":10,\"preAllocatedVUs\":1,\"stages\":[" ARRIVAL_STAGE("10s", "0") "]",
         50,
         {100505063, 202041028, 304640285, 408336953},
         10 * SEC},
        /* Flat, and what is left of an iteration goes over to the next stage. */
        {"ramping-arrival-rate",
         "\"startRate\":1,\"preAllocatedVUs\":1,\"stages\":[" ARRIVAL_STAGE(
             "1500ms", "1") "," ARRIVAL_STAGE("0s", "2") "," ARRIVAL_STAGE("1s", "2") "]",
         3,
         {SEC, 1750 * MS, 2250 * MS, INT64_MAX},
         2250 * MS},
        {"ramping-arrival-rate",
         "\"startRate\":0,\"preAllocatedVUs\":1,\"stages\":[" ARRIVAL_STAGE(
             "5s", "0") "," ARRIVAL_STAGE("0s",
                                          "60") "," ARRIVAL_STAGE("1s",
                                                                  "60") "],\"timeUnit\":\"1m\"",
         1,
         {6 * SEC, INT64_MAX, INT64_MAX, INT64_MAX},
         6 * SEC},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_arrivals arrivals;
        uint64_t count = 0;
        int64_t last_ns = -1;
        UNIT_ROW(rows[i].rest);
        plan_arrivals_init(&arrivals, make_one(rows[i].executor, rows[i].rest), 0, 1);
        while (arrivals.due_ns != INT64_MAX) {
            if (count < 4)
                UNIT_EQ_INT(arrivals.due_ns, rows[i].first_ns[count]);
            UNIT_OK(arrivals.due_ns >= last_ns);
            last_ns = arrivals.due_ns;
            count++;
            plan_arrivals_step(&arrivals);
        }
        UNIT_EQ_INT(count, rows[i].total);
        UNIT_EQ_INT(last_ns, rows[i].last_ns);
        plan_scenarios_fini(&made);
    }
}

UNIT_TEST(readers_of_shares_walk_the_whole_schedule)
{
    static int64_t due_ns[200];
    const struct plan_scenario *scenario = make_one(
        "ramping-arrival-rate", "\"startRate\":3,\"preAllocatedVUs\":1,\"stages\":[" ARRIVAL_STAGE(
                                    "7s", "20") "," ARRIVAL_STAGE("3s", "1") "]");
    struct plan_arrivals arrivals;
    size_t count = 0;
    plan_arrivals_init(&arrivals, scenario, 0, 1);
    for (; arrivals.due_ns != INT64_MAX; plan_arrivals_step(&arrivals))
        due_ns[count++] = arrivals.due_ns;
    UNIT_EQ_INT(count, 112); /* 80.5 + 31.5 */
    for (uint64_t share = 0; share < 3; share++) {
        plan_arrivals_init(&arrivals, scenario, share, 3);
        for (; arrivals.due_ns != INT64_MAX; plan_arrivals_step(&arrivals)) {
            UNIT_EQ_INT(arrivals.due_ns, due_ns[arrivals.k]);
            count--;
        }
    }
    UNIT_EQ_INT(count, 0);
    plan_scenarios_fini(&made);
}

struct need_row {
    const char *executor;
    const char *rest;
    struct plan_need needs[6];
    size_t count;
};

UNIT_TEST(vus_are_held_back_for_those_that_are_still_at_work)
{
    static const struct need_row rows[] = {
        {"constant-vus",
         "\"vus\":3,\"duration\":\"9s\",\"startTime\":\"5s\"",
         {{0, 3, 0}, {39 * SEC, 0, 0}},
         2},
        {"constant-arrival-rate",
         "\"rate\":1,\"duration\":\"9s\",\"preAllocatedVUs\":2,\"maxVUs\":5,\"gracefulStop\":0",
         {{0, 2, 3}, {9 * SEC, 0, 0}},
         2},
        /* 2 to 0 by 4 s: each is held 10 s longer; none beyond the end and its gracefulStop. */
        {"ramping-vus",
         "\"startVUs\":2,\"gracefulRampDown\":\"10s\",\"gracefulStop\":\"3s\",\"stages\":"
         "[" ARRIVAL_STAGE("4s", "0") "," ARRIVAL_STAGE("10s", "0") "]",
         {{0, 2, 0}, {12 * SEC, 1, 0}, {14 * SEC, 0, 0}},
         3},
        {"ramping-vus",
         "\"startVUs\":2,\"gracefulRampDown\":\"10s\",\"gracefulStop\":\"3s\",\"stages\":"
         "[" ARRIVAL_STAGE("4s", "0") "," ARRIVAL_STAGE("1s", "0") "]",
         {{0, 2, 0}, {8 * SEC, 0, 0}},
         2},
        /* Down and up again within the time that a VU is held: it is the same one. */
        {"ramping-vus",
         "\"startVUs\":2,\"gracefulRampDown\":\"1s\",\"gracefulStop\":0,\"stages\":[" ARRIVAL_STAGE(
             "0s", "1") "," ARRIVAL_STAGE("1s", "2") "," ARRIVAL_STAGE("2s", "2") "]",
         {{0, 2, 0}, {3 * SEC, 0, 0}},
         2},
        {"ramping-vus",
         "\"startVUs\":2,\"gracefulRampDown\":0,\"gracefulStop\":0,\"stages\":[" ARRIVAL_STAGE(
             "0s", "1") "," ARRIVAL_STAGE("1s", "2") "," ARRIVAL_STAGE("2s", "2") "]",
         {{0, 1, 0}, {SEC, 2, 0}, {3 * SEC, 0, 0}},
         3},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        size_t count;
        UNIT_ROW(rows[i].rest);
        struct plan_need *needs =
            plan_scenario_needs(make_one(rows[i].executor, rows[i].rest), &count);
        UNIT_EQ_INT(count, rows[i].count);
        for (size_t n = 0; n < count; n++) {
            UNIT_EQ_INT(needs[n].at_ns, rows[i].needs[n].at_ns);
            UNIT_EQ_INT(needs[n].planned, rows[i].needs[n].planned);
            UNIT_EQ_INT(needs[n].unplanned, rows[i].needs[n].unplanned);
        }
        plan_needs_destroy(&needs);
        plan_scenarios_fini(&made);
    }
}

#define DEAL_SCENARIO(name, vus, start)                                                            \
    "\"" name "\":{\"executor\":\"constant-vus\",\"duration\":\"10s\",\"gracefulStop\":0,"         \
    "\"vus\":" vus ",\"startTime\":\"" start "\"}"

UNIT_TEST(scenarios_in_turn_share_their_vus)
{
    struct plan_requirements requirements;
    struct diag diag = DIAG_INIT;
    UNIT_OK(make("{\"scenarios\":{" DEAL_SCENARIO("z", "10", "0s") "," DEAL_SCENARIO(
                     "b", "20", "10s") "," DEAL_SCENARIO("a", "5", "10s") "}}",
                 NULL, NULL, &diag));
    UNIT_EQ_BYTES(made.items[0].name, BYTES("z"));
    UNIT_EQ_BYTES(made.items[1].name, BYTES("a"));
    plan_scenarios_require(&made, &requirements);
    UNIT_EQ_INT(requirements.vus_planned, 25);
    UNIT_EQ_INT(requirements.vus_max, 25);
    UNIT_EQ_INT(requirements.duration_ns, 20 * SEC);
    plan_scenarios_fini(&made);
}

UNIT_TEST(large_scenarios_are_dealt_small_ones_placed)
{
    struct diag diag = DIAG_INIT;
    UNIT_OK(
        make("{\"scenarios\":{" DEAL_SCENARIO("a", "31", "0s") "," DEAL_SCENARIO(
                 "b", "100", "0s") "," DEAL_SCENARIO("c", "20", "0s") "," DEAL_SCENARIO("d", "20",
                                                                                        "10s") "}}",
             NULL, NULL, &diag));
    struct plan_deal *deal = plan_deal_create(&made, 3);
    UNIT_EQ_INT(deal->cuts[0].count, 1); /* a is on shard 0 */
    UNIT_EQ_INT(deal->cuts[1].count, 0);
    UNIT_EQ_INT(deal->cuts[3].count, 3); /* b everywhere */
    UNIT_EQ_INT(deal->cuts[3 + 2].index, 2);
    UNIT_EQ_INT(deal->cuts[6].count, 0); /* c not where a is */
    UNIT_EQ_INT(deal->pools[0], 31 + 34);
    UNIT_EQ_INT(deal->vus_planned, 151);
    static bool seen[152];
    for (int s = 0; s < 3; s++) {
        for (uint64_t i = 0; i < deal->pools[s]; i++) {
            uint64_t id = plan_deal_vu_id(deal, s, i);
            UNIT_OK(id >= 1 && id <= 151 && !seen[id]);
            seen[id] = true;
        }
    }
    UNIT_EQ_INT(plan_deal_vu_id(deal, 0, 0), 1);
    UNIT_EQ_INT(plan_deal_vu_id(deal, 1, 0), 2);
    UNIT_EQ_INT(plan_deal_vu_id(deal, 0, 1), 4);
    plan_deal_destroy(&deal);
    deal = plan_deal_create(&made, 1);
    UNIT_EQ_INT(deal->vus_planned, 151);
    plan_deal_destroy(&deal);
    plan_scenarios_fini(&made);
}

/* What is written reads back as the same. */
UNIT_TEST(scenarios_are_written_as_options)
{
    static const char *const rows[] = {
        "constant-vus\",\"vus\":3,\"duration\":\"90s\",\"env\":{\"A\":\"b\"},\"exec\":\"f\"",
        "shared-iterations\",\"vus\":3,\"iterations\":9,\"startTime\":\"5s\"",
        "per-vu-iterations\",\"iterations\":9,\"gracefulStop\":0",
        "ramping-vus\",\"stages\":[{\"duration\":\"1.5s\",\"target\":4}],\"gracefulRampDown\":0",
        "constant-arrival-rate\",\"rate\":7,\"timeUnit\":\"3s\",\"duration\":\"9s\","
        "\"preAllocatedVUs\":2,\"maxVUs\":4",
        "ramping-arrival-rate\",\"startRate\":7,\"preAllocatedVUs\":2,\"stages\":[{\"duration\":"
        "\"1m\",\"target\":4}]",
        "externally-controlled\",\"vus\":2,\"maxVUs\":4",
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        char json[1000];
        struct diag diag = DIAG_INIT;
        struct json_writer writer;
        struct buf texts[2];
        UNIT_ROW(rows[i]);
        (void)snprintf(json, sizeof(json), "{\"scenarios\":{\"s\":{\"executor\":\"%s}}}", rows[i]);
        for (int turn = 0; turn < 2; turn++) {
            UNIT_OK(make(json, NULL, NULL, &diag));
            buf_init(&texts[turn], sizeof(json));
            json_writer_init(&writer, &texts[turn], false);
            json_open_object(&writer);
            json_put_key(&writer, "scenarios");
            plan_scenarios_put(&made, &writer);
            json_close_object(&writer);
            (void)snprintf(json, sizeof(json), "%s", buf_cstr(&texts[turn]));
            plan_scenarios_fini(&made);
        }
        UNIT_EQ_BYTES(buf_bytes(&texts[0]), buf_bytes(&texts[1]));
        buf_fini(&texts[0]);
        buf_fini(&texts[1]);
    }
    struct buf out;
    struct diag diag = DIAG_INIT;
    buf_init(&out, 1000);
    UNIT_OK(make("{\"vus\":10,\"duration\":\"30s\"}", NULL, NULL, &diag));
    plan_scenarios_print(&made, &out);
    UNIT_EQ_BYTES(buf_bytes(&out),
                  BYTES("  scenarios: (100.00%) 1 scenario, 10 max VUs, 1m0s max duration (incl. "
                        "graceful stop):\n           * default: 10 looping VUs for 30s "
                        "(gracefulStop: 30s)\n\n"));
    buf_fini(&out);
    plan_scenarios_fini(&made);
}

UNIT_TEST(shares_add_up)
{
    static const uint64_t totals[] = {0, 1, 2, 7, 100};
    for (size_t i = 0; i < BR_COUNT(totals); i++) {
        uint64_t sum = 0;
        for (uint64_t s = 0; s < 3; s++)
            sum += plan_cut_share((struct plan_cut){s, 3}, totals[i]);
        UNIT_EQ_INT(sum, totals[i]);
        UNIT_EQ_INT(plan_cut_share((struct plan_cut){0, 0}, totals[i]), 0);
    }
}

UNIT_MAIN(UNIT_RUN(scenarios_are_completed_and_described_as_k6_does),
          UNIT_RUN(scenarios_that_cannot_be_meant_are_refused),
          UNIT_RUN(layers_replace_each_other_by_k6s_rules),
          UNIT_RUN(words_of_the_command_line_are_checked),
          UNIT_RUN(vus_change_when_k6_changes_them),
          UNIT_RUN(iterations_are_due_when_k6_has_them_due),
          UNIT_RUN(readers_of_shares_walk_the_whole_schedule),
          UNIT_RUN(vus_are_held_back_for_those_that_are_still_at_work),
          UNIT_RUN(scenarios_in_turn_share_their_vus),
          UNIT_RUN(large_scenarios_are_dealt_small_ones_placed),
          UNIT_RUN(scenarios_are_written_as_options), UNIT_RUN(shares_add_up))
