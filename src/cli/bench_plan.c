/* SPDX-License-Identifier: Apache-2.0
 *
 * From flags to a plan. The rules, in one place:
 *
 *   -r or --ramp: open model, -c is a ceiling. -d says how long; without it -n does (n requests at
 *   that rate), without that 10 s. With both, whichever comes first.
 *   Neither: closed model with -c connections (50), until -n are done or -d is over (10 s).
 *   --warmup comes before all that and is added to it; -n does not count its requests.
 */
#include "cli/bench_plan.h"

#include <inttypes.h>

#include "base/fmt.h"
#include "base/units.h"
#include "cli/bench_shape.h"
#include "report/verdict.h"
#include "sys/file.h"

/* Two options that cannot be meant together. */
struct cli_conflict {
    enum cli_option a;
    enum cli_option b;
    const char *why;
};

static const struct cli_conflict cli_conflicts[] = {
    {CLI_SPIN, CLI_ECO, "one burns CPU to be on time, the other does not"},
    {CLI_RATE, CLI_RAMP, "a ramp has its rates in its points"},
    {CLI_RATE, CLI_STEP, "steps have rates of their own"},
    {CLI_RATE, CLI_SPIKE, "spikes have rates of their own"},
    {CLI_RAMP, CLI_STEP, "each is the whole shape of the load"},
    {CLI_RAMP, CLI_SPIKE, "each is the whole shape of the load"},
    {CLI_STEP, CLI_SPIKE, "each is the whole shape of the load"},
    {CLI_RATE, CLI_EVENT_RATE, "one counts requests, the other their records"},
    {CLI_RAMP, CLI_EVENT_RATE, "a ramp has its rates in its points"},
    {CLI_STEP, CLI_EVENT_RATE, "steps have rates of their own"},
    {CLI_SPIKE, CLI_EVENT_RATE, "spikes have rates of their own"},
    {CLI_RAMP, CLI_DURATION, "the ramp's last point says how long"},
    {CLI_STEP, CLI_DURATION, "the steps say how long"},
    {CLI_SPIKE, CLI_DURATION, "the spikes say how long"},
    {CLI_INSECURE, CLI_CACERT, "--insecure verifies nothing"},
    {CLI_BEARER, CLI_BASIC, "a request has one authorization"},
    {CLI_UNIX, CLI_RESOLVE, "a socket has no address to look up"},
};

/* Options for which 0 cannot be meant. */
static const enum cli_option cli_positive[] = {
    CLI_DURATION,     CLI_REQUESTS,        CLI_CONNECTIONS,   CLI_SHARDS, CLI_TIMEOUT,
    CLI_MAX_LATENESS, CLI_TIMEOUT_CONNECT, CLI_TIMEOUT_FIRST, CLI_BATCH};

static bool cli_is_open(const struct cli_options *options)
{
    return cli_given(options, CLI_RATE) || cli_given(options, CLI_EVENT_RATE) ||
           cli_has_shape(options);
}

static enum br_err cli_check_conflicts(const struct cli_options *options, struct diag *diag)
{
    for (size_t i = 0; i < BR_COUNT(cli_conflicts); i++) {
        const struct cli_conflict *row = &cli_conflicts[i];
        if (cli_given(options, row->a) && cli_given(options, row->b))
            return diag_set(diag, BR_ERR_CONFIG, "--%s and --%s do not go together: %s",
                            cli_option_rows[row->a].name, cli_option_rows[row->b].name, row->why);
    }
    for (size_t i = 0; i < BR_COUNT(cli_positive); i++) {
        enum cli_option id = cli_positive[i];
        if (!cli_given(options, id))
            continue;
        bool zero = cli_option_rows[id].kind == CLI_KIND_DURATION ? cli_duration(options, id) == 0
                                                                  : cli_count(options, id) == 0;
        if (zero)
            return diag_set(diag, BR_ERR_CONFIG, "--%s must be above 0", cli_option_rows[id].name);
    }
    bool open = cli_is_open(options);
    if (cli_flag(options, CLI_POISSON) && !open)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--poisson needs --rate or --ramp: without them "
                        "nothing is due at a time");
    bool warmup = cli_duration(options, CLI_WARMUP) > 0;
    if (warmup && !open && (cli_given(options, CLI_REQUESTS) || cli_given(options, CLI_PRESET)))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--warmup and --%s go together with --rate only: give --duration instead",
                        cli_given(options, CLI_REQUESTS) ? "requests" : "preset");
    return BR_ERR_NONE;
}

/* How long `count` requests take at that rate; PLAN_DURATION_NS_MAX + 1 when too long. */
static int64_t cli_time_of(uint64_t count, struct plan_rate rate)
{
    br_u128 time = ((br_u128)count * (uint64_t)rate.per_ns + rate.count - 1) / rate.count;
    return time > (uint64_t)PLAN_DURATION_NS_MAX ? PLAN_DURATION_NS_MAX + 1 : (int64_t)time;
}

/* Of requests; --event-rate is shared out to batches, exactly. */
static enum br_err cli_read_rate(const struct cli_options *options, const struct plan *plan,
                                 struct plan_rate *out_rate, struct diag *diag)
{
    bool events = cli_given(options, CLI_EVENT_RATE);
    enum cli_option id = events ? CLI_EVENT_RATE : CLI_RATE;
    struct plan_rate rate;
    rate.count = cli_rate(options, id, &rate.per_ns);
    if (rate.count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--%s must be above 0", cli_option_rows[id].name);
    if (events && __builtin_mul_overflow(rate.per_ns, (int64_t)plan->request.batch, &rate.per_ns))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--event-rate is too low: a request of so many records would come once in "
                        "centuries");
    *out_rate = rate;
    return BR_ERR_NONE;
}

static enum br_err cli_read_open(const struct cli_options *options, struct plan *plan,
                                 struct diag *diag)
{
    struct plan_load *load = &plan->load;
    int64_t warmup_ns = load->warmup_ns;
    load->model = PLAN_OPEN;
    load->poisson = cli_flag(options, CLI_POISSON);
    if (cli_has_shape(options)) {
        enum br_err err = cli_read_shape(options, plan, diag);
        if (err != BR_ERR_NONE)
            return err;
    } else {
        struct plan_rate rate;
        enum br_err err = cli_read_rate(options, plan, &rate, diag);
        if (err != BR_ERR_NONE)
            return err;
        int64_t duration_ns = cli_duration(options, CLI_DURATION);
        if (load->operations > 0 && !cli_given(options, CLI_DURATION))
            duration_ns = cli_time_of(load->operations, rate);
        if (duration_ns > PLAN_DURATION_NS_MAX || warmup_ns > PLAN_DURATION_NS_MAX)
            return diag_set(diag, BR_ERR_CONFIG, "the run would be longer than %s",
                            fmt_interval(PLAN_DURATION_NS_MAX).str);
        plan_add_leg(plan, rate, rate, warmup_ns);
        plan_add_leg(plan, rate, rate, duration_ns);
        load->duration_ns = warmup_ns + duration_ns;
    }
    if (load->operations > 0)
        load->operations += plan_arrivals_within(load, warmup_ns);
    return BR_ERR_NONE;
}

/* A connection that would never send is not opened. */
static void cli_read_closed(const struct cli_options *options, struct plan_load *load)
{
    load->model = PLAN_CLOSED;
    if (load->connections == 0)
        load->connections = cli_count(options, CLI_CONNECTIONS);
    if (load->operations > 0 && load->connections > load->operations)
        load->connections = load->operations;
    if (load->operations == 0 || cli_given(options, CLI_DURATION))
        load->duration_ns = load->warmup_ns + cli_duration(options, CLI_DURATION);
}

static enum br_err cli_read_load(const struct cli_options *options, struct plan *plan,
                                 struct diag *diag)
{
    struct plan_load *load = &plan->load;
    load->warmup_ns = cli_duration(options, CLI_WARMUP);
    load->grace_ns = cli_duration(options, CLI_GRACE);
    enum br_err err = cli_read_preset(options, load, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (cli_given(options, CLI_CONNECTIONS))
        load->connections = cli_count(options, CLI_CONNECTIONS);
    if (cli_given(options, CLI_REQUESTS))
        load->operations = cli_count(options, CLI_REQUESTS);
    if (cli_is_open(options))
        return cli_read_open(options, plan, diag);
    cli_read_closed(options, load);
    return BR_ERR_NONE;
}

static enum br_err cli_read_body(struct bytes text, struct plan *plan, struct diag *diag)
{
    struct buf body;
    if (text.len == 0 || text.ptr[0] != '@') {
        plan->request.body = plan_copy(plan, text);
        return BR_ERR_NONE;
    }
    buf_init(&body, PLAN_BODY_SIZE_MAX);
    enum br_err err;
    if (bytes_eq(text, BYTES("@-")))
        err = file_read_fd(0, "standard input", &body, diag);
    else
        err = file_read_all(text.ptr + 1, &body, diag);
    if (err == BR_ERR_NONE)
        plan->request.body = plan_copy(plan, buf_bytes(&body));
    buf_fini(&body);
    return err;
}

/* Records: how many, how joined, with which rows. */
static enum br_err cli_read_records(const struct cli_options *options, struct plan *plan,
                                    struct diag *diag)
{
    struct plan_request *request = &plan->request;
    struct diag why = DIAG_INIT;
    request->data_path = plan_copy(plan, cli_text(options, CLI_DATA));
    request->batch = cli_count(options, CLI_BATCH);
    request->is_joined = cli_given(options, CLI_BATCH);
    if (request->batch > BATCH_COUNT_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--batch: at most %d records a request",
                        BATCH_COUNT_MAX);
    if (cli_given(options, CLI_JOIN) && !cli_given(options, CLI_BATCH))
        return diag_set(diag, BR_ERR_CONFIG, "--join says how --batch joins records");
    if (batch_parse_join(cli_text(options, CLI_JOIN), &request->join, &why) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--join: %s", why.text);
    return BR_ERR_NONE;
}

static enum br_err cli_read_request(const struct cli_options *options, struct plan *plan,
                                    struct diag *diag)
{
    const struct cli_values *headers = cli_all(options, CLI_HEADER);
    enum br_err err = BR_ERR_NONE;
    plan->request.method = plan_copy(plan, cli_text(options, CLI_METHOD));
    if (cli_given(options, CLI_METHOD) && plan->request.method.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--method is empty; accepted: GET, POST, PUT, …");
    if (cli_given(options, CLI_BODY)) {
        if (!cli_given(options, CLI_METHOD))
            plan->request.method = BYTES("POST");
        err = cli_read_body(cli_text(options, CLI_BODY), plan, diag);
    }
    if (err == BR_ERR_NONE)
        err = cli_read_records(options, plan, diag);
    for (size_t i = 0; i < headers->count && err == BR_ERR_NONE; i++)
        err = plan_add_header(plan, headers->values[i].text, diag);
    for (size_t i = 0; i < options->arg_count && err == BR_ERR_NONE; i++)
        err = plan_add_target(plan, options->args[i], diag);
    return err;
}

static int64_t cli_duration_or_none(const struct cli_options *options, enum cli_option id)
{
    return cli_given(options, id) ? cli_duration(options, id) : 0;
}

static void cli_read_settings(const struct cli_options *options, struct plan *plan)
{
    plan->timeout_ns = cli_duration(options, CLI_TIMEOUT);
    plan->timeout_connect_ns = cli_duration_or_none(options, CLI_TIMEOUT_CONNECT);
    plan->timeout_first_ns = cli_duration_or_none(options, CLI_TIMEOUT_FIRST);
    plan->max_lateness_ns = cli_duration_or_none(options, CLI_MAX_LATENESS);
    plan->wait_ready = cli_given(options, CLI_WAIT_READY);
    plan->wait_ready_ns = cli_duration(options, CLI_WAIT_READY);
    plan->keep_alive = !cli_flag(options, CLI_NO_KEEPALIVE);
    plan->insecure = cli_flag(options, CLI_INSECURE);
    plan->ca_file = plan_copy(plan, cli_text(options, CLI_CACERT));
    plan->quiet = cli_flag(options, CLI_QUIET);
    plan->verbose = cli_flag(options, CLI_VERBOSE);
    plan->watch_at = plan_copy(plan, cli_text(options, CLI_PROMETHEUS));
    plan->result_path = plan_copy(plan, cli_text(options, CLI_RESULT));
    if (cli_flag(options, CLI_SPIN))
        plan->wait = PLAN_WAIT_SPIN;
    if (cli_flag(options, CLI_ECO))
        plan->wait = PLAN_WAIT_ECO;
    plan->seed_given = cli_given(options, CLI_SEED);
    if (plan->seed_given)
        plan->seed = cli_count(options, CLI_SEED);
    if (cli_given(options, CLI_SHARDS)) {
        uint64_t shards = cli_count(options, CLI_SHARDS);
        plan->shards = shards > PLAN_SHARDS_MAX ? PLAN_SHARDS_MAX + 1 : (int)shards;
    }
}

static enum br_err cli_read_expects(const struct cli_options *options, struct plan *plan,
                                    struct diag *diag)
{
    const struct cli_values *expects = cli_all(options, CLI_EXPECT);
    for (size_t i = 0; i < expects->count; i++) {
        struct diag why = DIAG_INIT;
        enum br_err err = plan_add_expect(plan, expects->values[i].text, &why);
        if (err == BR_ERR_NONE)
            err = verdict_check_expect(&plan->expects[plan->expect_count - 1], plan, &why);
        if (err != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "--expect: %s", why.text);
    }
    return BR_ERR_NONE;
}

enum br_err cli_bench_plan(const struct cli_options *options, struct plan *plan, struct diag *diag)
{
    struct buf command;
    plan_init(plan);
    buf_init(&command, SIZE_MAX / 2);
    cli_command_text(options, &command);
    plan->command = plan_copy(plan, buf_bytes(&command));
    buf_fini(&command);

    enum br_err err = cli_check_conflicts(options, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_request(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_connect(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_load(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_events(options, plan, diag);
    if (err != BR_ERR_NONE)
        return err;
    cli_read_settings(options, plan);
    err = plan_complete(plan, diag);
    return err == BR_ERR_NONE ? cli_read_expects(options, plan, diag) : err;
}
