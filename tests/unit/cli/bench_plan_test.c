/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of bench as a plan: the two models, warm-up, ramps, what contradicts itself, and the
 * command line for records.
 */
#include "cli/bench_plan.h"

#include "unit.h"

#define SEC INT64_C(1000000000)

enum { WORDS_MAX = 64 };

/* A command line cut at blanks ('~' stands for one inside a word), read and made a plan. */
struct made {
    char room[1024];
    char *argv[WORDS_MAX];
    int argc;
    struct cli_options options;
    struct plan plan;
    struct diag diag;
    enum br_err err;
};

static void made_fini(struct made *made)
{
    plan_fini(&made->plan);
    cli_options_fini(&made->options);
}

static void made_init(struct made *made, const char *line)
{
    size_t len = strlen(line);
    UNIT_OK(len < sizeof(made->room));
    memcpy(made->room, line, len + 1);
    made->argv[0] = made->room + len;
    made->argc = 1;
    made->diag = (struct diag)DIAG_INIT;
    char *at = made->room;
    while (at != NULL && *at != '\0') {
        char *blank = strchr(at, ' ');
        UNIT_OK(made->argc < WORDS_MAX);
        made->argv[made->argc++] = at;
        if (blank != NULL)
            *blank++ = '\0';
        for (char *c = strchr(at, '~'); c != NULL; c = strchr(c, '~'))
            *c = ' ';
        at = blank;
    }
    plan_init(&made->plan);
    made->err =
        cli_options_parse(&made->options, CLI_COMMAND_BENCH, made->argc, made->argv, &made->diag);
    UNIT_EQ_STR(made->diag.text, "");
    made->err = cli_bench_plan(&made->options, &made->plan, &made->diag);
}

UNIT_TEST(load_follows_from_the_flags)
{
    static const struct {
        const char *line;
        enum plan_model model;
        uint64_t connections;
        uint64_t operations;
        int64_t duration_ns;
        uint64_t due;
    } rows[] = {
        {"bench a", PLAN_CLOSED, 50, 0, 10 * SEC, 0},
        {"bench a -c 7 -d 3s", PLAN_CLOSED, 7, 0, 3 * SEC, 0},
        {"bench a -n 100", PLAN_CLOSED, 50, 100, 0, 100},
        {"bench a -n 10", PLAN_CLOSED, 10, 10, 0, 10},
        {"bench a -n 10 -c 20", PLAN_CLOSED, 10, 10, 0, 10},
        {"bench a --preset quick", PLAN_CLOSED, 50, 1000, 0, 1000},
        {"bench a --preset stress", PLAN_CLOSED, 200, 10000, 0, 10000},
        {"bench a --preset extreme", PLAN_CLOSED, 500, 50000, 0, 50000},
        {"bench a --preset stress -c 7 -d 9s", PLAN_CLOSED, 7, 10000, 9 * SEC, 10000},
        {"bench a --preset quick -r 100/s", PLAN_OPEN, 50, 1000, 10 * SEC, 1000},
        {"bench a -n 100 -d 3s", PLAN_CLOSED, 50, 100, 3 * SEC, 100},
        {"bench a --warmup 5s", PLAN_CLOSED, 50, 0, 15 * SEC, 0},
        {"bench a -r 5/s", PLAN_OPEN, 0, 0, 10 * SEC, 50},
        {"bench a -r 5/s -d 3s -c 9", PLAN_OPEN, 9, 0, 3 * SEC, 15},
        {"bench a -r 7/3s -d 30s", PLAN_OPEN, 0, 0, 30 * SEC, 70},
        {"bench a -r 5/s -n 100", PLAN_OPEN, 0, 100, 20 * SEC, 100},
        {"bench a -r 7/3s -n 5", PLAN_OPEN, 0, 5, 2142857143, 5},
        {"bench a -r 5/s -n 100 -d 1s", PLAN_OPEN, 0, 100, SEC, 5},
        {"bench a -r 5/s -d 3s --warmup 2s", PLAN_OPEN, 0, 0, 5 * SEC, 25},
        {"bench a -r 5/s -n 10 --warmup 2s", PLAN_OPEN, 0, 20, 4 * SEC, 20},
        {"bench a -r 7/3s -n 10 --warmup 5s", PLAN_OPEN, 0, 22, 9285714286, 22},
        {"bench a --ramp 0:0,10s:100/s,20s:100/s", PLAN_OPEN, 0, 0, 20 * SEC, 1500},
        {"bench a --ramp 0:10/s,10s:10/s,10s:20/s,20s:20/s", PLAN_OPEN, 0, 0, 20 * SEC, 300},
        {"bench a --ramp 0:10/s,10s:20/s --warmup 1s -n 50", PLAN_OPEN, 0, 60, 11 * SEC, 60},
        {"bench a --step 10/s~to~30/s~by~10/s~every~5s", PLAN_OPEN, 0, 0, 15 * SEC, 300},
        {"bench a --step 30/s~to~12/s~by~10/s~every~5s", PLAN_OPEN, 0, 0, 10 * SEC, 250},
        {"bench a --step 1/s~to~2/s~by~1/3s~every~3s", PLAN_OPEN, 0, 0, 12 * SEC, 18},
        {"bench a --spike base~10/s,~100/s~for~5s", PLAN_OPEN, 0, 0, 15 * SEC, 600},
        {"bench a --spike base~10/s~for~1s,~100/s~for~5s --warmup 2s", PLAN_OPEN, 0, 0, 9 * SEC,
         540},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct made made;
        UNIT_ROW(rows[i].line);
        made_init(&made, rows[i].line);
        UNIT_EQ_STR(made.diag.text, "");
        UNIT_EQ_INT(made.err, BR_ERR_NONE);
        UNIT_EQ_INT(made.plan.load.model, rows[i].model);
        UNIT_EQ_INT(made.plan.load.connections, rows[i].connections);
        UNIT_EQ_INT(made.plan.load.operations, rows[i].operations);
        UNIT_EQ_INT(made.plan.load.duration_ns, rows[i].duration_ns);
        UNIT_EQ_INT(plan_operations_due(&made.plan), rows[i].due);
        made_fini(&made);
    }
}

UNIT_TEST(legs_are_phases)
{
    static const struct {
        const char *line;
        const char *names;
        int64_t last_start_ns;
    } rows[] = {
        {"bench a", "steady", 0},
        {"bench a --warmup 3s", "warm-up and steady", 3 * SEC},
        {"bench a -r 5/s --warmup 3s", "warm-up and steady", 3 * SEC},
        {"bench a --ramp 0:1/s,10s:5/s,20s:5/s,30s:0 --warmup 3s",
         "warm-up, ramp-up, steady and ramp-down", 23 * SEC},
        {"bench a --ramp 0:1/s,10s:1/s,10s:5/s,20s:5/s", "steady and steady-2", 10 * SEC},
        {"bench a --step 10/s~to~30/s~by~10/s~every~5s", "step-1, step-2 and step-3", 10 * SEC},
        {"bench a --spike base~1/s~for~9s,5/s~for~1s,7/s~for~2s",
         "base, spike, recovery, spike-2 and recovery-2", 21 * SEC},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct made made;
        struct buf names;
        UNIT_ROW(rows[i].line);
        made_init(&made, rows[i].line);
        UNIT_EQ_STR(made.diag.text, "");
        const struct plan_load *load = &made.plan.load;
        buf_init(&names, 4096);
        plan_phase_names(load, &names);
        UNIT_EQ_STR(buf_cstr(&names), rows[i].names);
        struct plan_phase last = plan_phase_at(load, plan_phase_count(load) - 1);
        UNIT_EQ_INT(last.start_ns, rows[i].last_start_ns);
        UNIT_EQ_INT(last.end_ns, load->duration_ns);
        UNIT_OK(last.counted);
        buf_fini(&names);
        made_fini(&made);
    }
}

UNIT_TEST(settings_reach_the_plan)
{
    struct made made;
    made_init(&made, "bench a b:81/x -b {} -H x-a:1 --timeout 5s --timeout-connect 1s "
                     "--timeout-first 2s --grace 3s --max-lateness 4ms --wait-ready=6s "
                     "--no-keepalive -k --shards 2 --spin --seed 18446744073709551615 -q -v "
                     "--result out --poisson -r 5/s");
    const struct plan *plan = &made.plan;
    UNIT_EQ_STR(made.diag.text, "");
    UNIT_EQ_INT(plan->target_count, 2);
    UNIT_EQ_BYTES(plan->targets[1].authority, BYTES("b:81"));
    UNIT_EQ_BYTES(plan->request.method, BYTES("POST"));
    UNIT_EQ_BYTES(plan->request.body, BYTES("{}"));
    UNIT_EQ_BYTES(plan_find_header(&plan->request, BYTES("content-type"))->value,
                  BYTES("application/json"));
    UNIT_EQ_INT(plan->timeout_ns, 5 * SEC);
    UNIT_EQ_INT(plan->timeout_connect_ns, SEC);
    UNIT_EQ_INT(plan->timeout_first_ns, 2 * SEC);
    UNIT_EQ_INT(plan->load.grace_ns, 3 * SEC);
    UNIT_EQ_INT(plan->max_lateness_ns, 4000000);
    UNIT_OK(plan->wait_ready);
    UNIT_EQ_INT(plan->wait_ready_ns, 6 * SEC);
    UNIT_OK(!plan->keep_alive);
    UNIT_OK(plan->insecure);
    UNIT_EQ_INT(plan->shards, 2);
    UNIT_EQ_INT(plan->wait, PLAN_WAIT_SPIN);
    UNIT_OK(plan->seed_given);
    UNIT_OK(plan->seed == UINT64_MAX);
    UNIT_OK(plan->quiet);
    UNIT_OK(plan->verbose);
    UNIT_OK(plan->load.poisson);
    UNIT_EQ_BYTES(plan->result_path, BYTES("out"));
    made_fini(&made);
}

UNIT_TEST(contradictions_get_one_line)
{
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"bench a --spin --eco", "--spin and --eco do not go together: one burns CPU"},
        {"bench a -r 5/s --ramp 0:1/s,1s:1/s", "--rate and --ramp do not go together"},
        {"bench a --ramp 0:1/s,1s:1/s -d 5s", "--ramp and --duration do not go together"},
        {"bench a -k --cacert x", "--insecure and --cacert do not go together"},
        {"bench a --poisson", "--poisson needs --rate or --ramp"},
        {"bench a -n 5 --warmup 1s", "--warmup and --requests go together with --rate only"},
        {"bench a -n 0", "--requests must be above 0"},
        {"bench a -d 0", "--duration must be above 0"},
        {"bench a -c 0", "--connections must be above 0"},
        {"bench a -r 0", "--rate must be above 0"},
        {"bench a --shards 0", "--shards must be above 0"},
        {"bench a --shards 9999999999", "accepted are 1 to 256 shards"},
        {"bench a --timeout 0", "--timeout must be above 0"},
        {"bench a -c 1000001", "more than 1,000,000 connections"},
        {"bench a -r 1/s -d 999d", "the run would be longer than 366d"},
        {"bench a -r 1/s -n 1G", "the run would be longer than 366d"},
        {"bench a --ramp 5/s", "--ramp: point 1, \"5/s\", is not TIME:RATE; accepted: 0:100/s"},
        {"bench a --ramp 0:5/s,x:5/s", "--ramp: point 2: \"x\" is not a duration"},
        {"bench a --ramp 0:5/s,1s:x", "--ramp: point 2: \"x\" is not a rate"},
        {"bench a --ramp 1s:5/s,2s:5/s", "--ramp: the first point must be at 0"},
        {"bench a --ramp 0:5/s,2s:5/s,1s:5/s", "--ramp: point 3 is earlier than the one before"},
        {"bench a --ramp 0:5/s", "--ramp needs two points at least"},
        {"bench a --ramp 0:0/s,1s:0/s", "the rate is 0: nothing would be sent"},
        {"bench a --ramp 0:0/s,1s:5/s --warmup 1s", "--warmup sends at the first rate of --ramp"},
        {"bench a --step 5/s", "--step: \"5/s\" is not understood; accepted: '100/s to"},
        {"bench a --step 1/s~to~9/s~by~1/s~every~1s~x", "is not understood; accepted: '100/s to"},
        {"bench a --step 1/s~to~9/s~by~0~every~1s", "--step: steps by 0 lead nowhere"},
        {"bench a --step 1/s~to~x~by~1~every~1s", "--step: \"x\" is not a rate"},
        {"bench a --step 1/s~to~9/s~by~1/s~every~0", "--step: a time must be above 0"},
        {"bench a --step 1/s~to~999/s~by~1/s~every~1s", "--step: more than 100 steps"},
        {"bench a --step 1/s~to~9/s~by~1/s~every~1s -d 5s", "--step and --duration do not go"},
        {"bench a --spike 5/s", "--spike: \"5/s\" is not understood; accepted: 'base 100/s,"},
        {"bench a --spike base~5/s", "is not understood; accepted: 'base 100/s, 1000/s for 30s'"},
        {"bench a --spike base~5/s,10/s", "\"10/s\" is not understood"},
        {"bench a --spike base~5/s,10/s~for", "--spike: "},
        {"bench a --spike base~5/s,10/s~for~1s --ramp 0:1/s,1s:1/s", "--ramp and --spike do not"},
        {"bench a --preset huge",
         "--preset: \"huge\" is unknown; accepted: quick, stress, extreme"},
        {"bench a --preset quick --warmup 1s", "--warmup and --preset go together with --rate"},
        {"bench a --preset quick --ramp 0:1/s,1s:1/s", "--preset is a number of requests"},
        {"bench a --ramp 0:1/s,1s:2/s --expect steady:p99<1s", "it has ramp-up"},
        {"bench a --expect p99<", "--expect: "},
        {"bench a -b @/nonexistent/file", "/nonexistent/file"},
        {"bench a -m 5", "\"5\" is not a method"},
        {"bench a -H nonsense", "\"nonsense\" is not a header"},
        {"bench ftp://a", "ftp"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct made made;
        UNIT_ROW(rows[i].line);
        made_init(&made, rows[i].line);
        UNIT_OK(made.err != BR_ERR_NONE);
        if (strstr(made.diag.text, rows[i].message) == NULL)
            UNIT_EQ_STR(made.diag.text, rows[i].message);
        UNIT_OK(strchr(made.diag.text, '\n') == NULL);
        made_fini(&made);
    }
}

UNIT_TEST(command_lines_are_kept_without_secrets)
{
    static const struct {
        const char *line;
        const char *want;
    } rows[] = {
        {"bench http://a/ -r 5/s", "brunt bench http://a/ -r 5/s"},
        {"bench a -b {\"a~b\":'1'}", "brunt bench a -b '{\"a b\":'\\''1'\\''}'"},
        {"bench a -H authorization:~Bearer~x1", "brunt bench a -H 'authorization: ***'"},
        {"bench a --header=X-Api-Key:x1", "brunt bench a '--header=X-Api-Key: ***'"},
        {"bench a -HCookie:x1", "brunt bench a '-HCookie: ***'"},
        {"bench a --bearer x1", "brunt bench a --bearer '***'"},
        {"bench a --basic=me:x1", "brunt bench a '--basic=***'"},
        {"bench a --cookie a=1 --cookie b=2", "brunt bench a --cookie '***' --cookie '***'"},
        {"bench a -H x-trace:~1", "brunt bench a -H 'x-trace: 1'"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct made made;
        UNIT_ROW(rows[i].line);
        made_init(&made, rows[i].line);
        UNIT_EQ_STR(made.diag.text, "");
        UNIT_EQ_BYTES(made.plan.command, bytes_from_str(rows[i].want));
        made_fini(&made);
    }
}

UNIT_MAIN(UNIT_RUN(load_follows_from_the_flags), UNIT_RUN(legs_are_phases),
          UNIT_RUN(settings_reach_the_plan), UNIT_RUN(contradictions_get_one_line),
          UNIT_RUN(command_lines_are_kept_without_secrets))
