/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of shapes. A ramp has points, steps are a little sentence, spikes are a list:
 *
 *     --ramp  0:100/s,30s:5000/s,60s:5000/s
 *     --step  '100/s to 1000/s by 100/s every 10s'
 *     --spike 'base 100/s for 1m, 1000/s for 30s, 2000/s for 10s'
 *
 * Rates of steps are added exactly: 1/3s and 1/s make 4/3s.
 */
#include "cli/bench_shape.h"

#include "base/units.h"

static const enum cli_option cli_shapes[] = {CLI_RAMP, CLI_STEP, CLI_SPIKE};

bool cli_has_shape(const struct cli_options *options)
{
    for (size_t i = 0; i < BR_COUNT(cli_shapes); i++) {
        if (cli_given(options, cli_shapes[i]))
            return true;
    }
    return false;
}

/* ---- the warm-up ---- */

static enum br_err cli_add_warmup(const char *option, struct plan_rate rate, struct plan *plan,
                                  struct diag *diag)
{
    int64_t warmup_ns = plan->load.warmup_ns;
    if (warmup_ns > 0 && rate.count == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--warmup sends at the first rate of --%s, which is 0 here", option);
    plan_add_leg(plan, rate, rate, warmup_ns);
    plan->load.duration_ns = warmup_ns;
    return BR_ERR_NONE;
}

static enum br_err cli_add_leg(const char *name, struct plan_rate from, struct plan_rate to,
                               int64_t duration_ns, struct plan *plan, struct diag *diag)
{
    if (duration_ns > PLAN_DURATION_NS_MAX - plan->load.duration_ns)
        return diag_set(diag, BR_ERR_CONFIG, "the run would be longer than a year");
    plan_add_named_leg(plan, name, from, to, duration_ns);
    plan->load.duration_ns += duration_ns;
    return BR_ERR_NONE;
}

/* ---- ramps ---- */

/* "30s:5000/s" */
static enum br_err cli_read_point(struct bytes text, size_t number, int64_t *out_at_ns,
                                  struct plan_rate *out_rate, struct diag *diag)
{
    struct bytes rate = text;
    struct bytes at = bytes_cut(&rate, ':');
    struct diag why = DIAG_INIT;
    if (at.len == text.len)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--ramp: point %zu, \"%.*s\", is not TIME:RATE; accepted: "
                        "0:100/s,30s:5000/s,60s:5000/s",
                        number, BYTES_ARG(text));
    enum br_err err = units_parse_duration(at, out_at_ns, &why);
    if (err == BR_ERR_NONE)
        err = units_parse_rate(rate, &out_rate->count, &out_rate->per_ns, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--ramp: point %zu: %s", number, why.text);
    return BR_ERR_NONE;
}

static const char *cli_leg_name(struct plan_rate from, struct plan_rate to)
{
    long double before = (long double)from.count / (long double)from.per_ns;
    long double after = (long double)to.count / (long double)to.per_ns;
    return before < after ? "ramp-up" : before > after ? "ramp-down" : "steady";
}

static enum br_err cli_read_ramp(struct bytes text, struct plan *plan, struct diag *diag)
{
    struct bytes rest = text;
    int64_t last_ns = 0;
    struct plan_rate last_rate = {0, UNITS_NS_PER_SEC};
    size_t number = 0;
    while (rest.ptr != NULL) {
        struct plan_rate rate;
        int64_t at_ns;
        enum br_err err = cli_read_point(bytes_cut(&rest, ','), ++number, &at_ns, &rate, diag);
        if (err != BR_ERR_NONE)
            return err;
        if (number == 1 && at_ns != 0)
            return diag_set(diag, BR_ERR_CONFIG,
                            "--ramp: the first point must be at 0, such as "
                            "0:100/s");
        if (at_ns < last_ns)
            return diag_set(diag, BR_ERR_CONFIG, "--ramp: point %zu is earlier than the one before",
                            number);
        if (number == 1)
            err = cli_add_warmup("ramp", rate, plan, diag);
        else
            err = cli_add_leg(cli_leg_name(last_rate, rate), last_rate, rate, at_ns - last_ns, plan,
                              diag);
        if (err != BR_ERR_NONE)
            return err;
        last_ns = at_ns;
        last_rate = rate;
    }
    if (number < 2)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--ramp needs two points at least, such as "
                        "0:100/s,30s:5000/s");
    return BR_ERR_NONE;
}

/* ---- words ---- */

/* The next word; empty at the end. */
static struct bytes cli_take_word(struct bytes *rest)
{
    *rest = bytes_trim(*rest);
    struct bytes word = bytes_make(rest->ptr, bytes_find(*rest, ' '));
    *rest = bytes_trim(bytes_skip(*rest, word.len));
    return word;
}

static enum br_err cli_take_rate(const char *option, struct bytes *rest, struct plan_rate *out_rate,
                                 struct diag *diag)
{
    struct diag why = DIAG_INIT;
    enum br_err err =
        units_parse_rate(cli_take_word(rest), &out_rate->count, &out_rate->per_ns, &why);
    return err == BR_ERR_NONE ? err : diag_set(diag, BR_ERR_CONFIG, "--%s: %s", option, why.text);
}

static enum br_err cli_take_time(const char *option, struct bytes *rest, int64_t *out_ns,
                                 struct diag *diag)
{
    struct diag why = DIAG_INIT;
    int64_t ns = 0;
    enum br_err err = units_parse_duration(cli_take_word(rest), &ns, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--%s: %s", option, why.text);
    if (ns == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--%s: a time must be above 0", option);
    *out_ns = ns;
    return BR_ERR_NONE;
}

/* ---- steps ---- */

static uint64_t cli_gcd(br_u128 a, br_u128 b)
{
    while (b != 0) {
        br_u128 rest = a % b;
        a = b;
        b = rest;
    }
    return a > UINT64_MAX ? 1 : (uint64_t)a;
}

/* -1, 0 or 1 */
static int cli_compare_rates(struct plan_rate a, struct plan_rate b)
{
    br_u128 left = (br_u128)a.count * (uint64_t)b.per_ns;
    br_u128 right = (br_u128)b.count * (uint64_t)a.per_ns;
    return (left > right) - (left < right);
}

/* a + b or a - b (which is above 0), in lowest terms; false: it is too fine for a rate. */
static bool cli_add_rates(struct plan_rate a, struct plan_rate b, bool minus,
                          struct plan_rate *out_sum)
{
    br_u128 left = (br_u128)a.count * (uint64_t)b.per_ns;
    br_u128 right = (br_u128)b.count * (uint64_t)a.per_ns;
    br_u128 count = minus ? left - right : left + right;
    br_u128 per = (br_u128)(uint64_t)a.per_ns * (uint64_t)b.per_ns;
    uint64_t common = cli_gcd(count, per);
    if (count / common > UINT64_MAX || per / common > (uint64_t)INT64_MAX)
        return false;
    *out_sum = (struct plan_rate){(uint64_t)(count / common), (int64_t)(per / common)};
    return true;
}

struct cli_steps {
    struct plan_rate from;
    struct plan_rate to;
    struct plan_rate by;
    int64_t every_ns;
};

static enum br_err cli_parse_steps(struct bytes text, struct cli_steps *out_steps,
                                   struct diag *diag)
{
    struct bytes rest = text;
    struct cli_steps steps = {.every_ns = 0};
    enum br_err err = cli_take_rate("step", &rest, &steps.from, diag);
    bool said = err != BR_ERR_NONE || bytes_eq(cli_take_word(&rest), BYTES("to"));
    if (err == BR_ERR_NONE && said)
        err = cli_take_rate("step", &rest, &steps.to, diag);
    said = said && (err != BR_ERR_NONE || bytes_eq(cli_take_word(&rest), BYTES("by")));
    if (err == BR_ERR_NONE && said)
        err = cli_take_rate("step", &rest, &steps.by, diag);
    said = said && (err != BR_ERR_NONE || bytes_eq(cli_take_word(&rest), BYTES("every")));
    if (err == BR_ERR_NONE && said)
        err = cli_take_time("step", &rest, &steps.every_ns, diag);
    if (err == BR_ERR_NONE && (!said || rest.len > 0))
        err = diag_set(diag, BR_ERR_CONFIG,
                       "--step: \"%.*s\" is not understood; accepted: '100/s to 1000/s by 100/s "
                       "every 10s'",
                       BYTES_ARG(text));
    if (err == BR_ERR_NONE)
        *out_steps = steps;
    return err;
}

static enum br_err cli_read_steps(struct bytes text, struct plan *plan, struct diag *diag)
{
    struct cli_steps steps = {.every_ns = 0};
    enum br_err err = cli_parse_steps(text, &steps, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (steps.by.count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--step: steps by 0 lead nowhere");
    err = cli_add_warmup("step", steps.from, plan, diag);
    bool down = cli_compare_rates(steps.from, steps.to) > 0;
    struct plan_rate rate = steps.from;
    for (size_t count = 1; err == BR_ERR_NONE; count++) {
        err = cli_add_leg("step", rate, rate, steps.every_ns, plan, diag);
        if (err != BR_ERR_NONE || (down && cli_compare_rates(rate, steps.by) < 0))
            break;
        if (!cli_add_rates(rate, steps.by, down, &rate))
            return diag_set(diag, BR_ERR_CONFIG, "--step: the rates have too many digits");
        int left = cli_compare_rates(rate, steps.to);
        if (down ? left < 0 : left > 0)
            break;
        if (count == PLAN_PHASES_MAX)
            return diag_set(diag, BR_ERR_CONFIG, "--step: more than %d steps", PLAN_PHASES_MAX);
    }
    return err;
}

/* ---- spikes ---- */

/* "RATE for TIME"; without a time, where that may be, it stays 0. */
static enum br_err cli_parse_spike(struct bytes text, bool may_miss, struct plan_rate *out_rate,
                                   int64_t *out_ns, struct diag *diag)
{
    struct bytes rest = text;
    enum br_err err = cli_take_rate("spike", &rest, out_rate, diag);
    if (err != BR_ERR_NONE || (rest.len == 0 && may_miss))
        return err;
    bool said = bytes_eq(cli_take_word(&rest), BYTES("for"));
    if (said)
        err = cli_take_time("spike", &rest, out_ns, diag);
    if (err == BR_ERR_NONE && (!said || rest.len > 0))
        err = diag_set(diag, BR_ERR_CONFIG,
                       "--spike: \"%.*s\" is not understood; accepted: 'base 100/s, 1000/s for "
                       "30s'",
                       BYTES_ARG(bytes_trim(text)));
    return err;
}

static enum br_err cli_read_spikes(struct bytes text, struct plan *plan, struct diag *diag)
{
    struct bytes rest = text;
    struct bytes head = bytes_cut(&rest, ',');
    struct plan_rate base = {0, UNITS_NS_PER_SEC};
    int64_t base_ns = 0;
    if (!bytes_eq(cli_take_word(&head), BYTES("base")) || rest.ptr == NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--spike: \"%.*s\" is not understood; accepted: 'base 100/s, 1000/s for "
                        "30s'",
                        BYTES_ARG(text));
    enum br_err err = cli_parse_spike(head, true, &base, &base_ns, diag);
    if (err == BR_ERR_NONE)
        err = cli_add_warmup("spike", base, plan, diag);
    for (bool first = true; rest.ptr != NULL && err == BR_ERR_NONE; first = false) {
        struct plan_rate rate = base;
        int64_t ns = 0;
        err = cli_parse_spike(bytes_cut(&rest, ','), false, &rate, &ns, diag);
        int64_t rest_ns = base_ns > 0 ? base_ns : ns;
        if (err == BR_ERR_NONE && first)
            err = cli_add_leg("base", base, base, rest_ns, plan, diag);
        if (err == BR_ERR_NONE)
            err = cli_add_leg("spike", rate, rate, ns, plan, diag);
        if (err == BR_ERR_NONE)
            err = cli_add_leg("recovery", base, base, rest_ns, plan, diag);
    }
    if (err == BR_ERR_NONE && plan_phase_count(&plan->load) <= 2 && plan->load.leg_count > 3)
        return diag_set(diag, BR_ERR_CONFIG, "--spike: more than %d spikes",
                        (PLAN_PHASES_MAX - 1) / 2);
    return err;
}

enum br_err cli_read_shape(const struct cli_options *options, struct plan *plan, struct diag *diag)
{
    if (cli_given(options, CLI_STEP))
        return cli_read_steps(cli_text(options, CLI_STEP), plan, diag);
    if (cli_given(options, CLI_SPIKE))
        return cli_read_spikes(cli_text(options, CLI_SPIKE), plan, diag);
    return cli_read_ramp(cli_text(options, CLI_RAMP), plan, diag);
}

/* ---- sizes by name ---- */

enum br_err cli_read_preset(const struct cli_options *options, struct plan_load *load,
                            struct diag *diag)
{
    static const struct {
        const char *name;
        uint64_t operations;
        uint64_t connections;
    } rows[] = {{"quick", 1000, 50}, {"stress", 10000, 200}, {"extreme", 50000, 500}};
    struct bytes name = cli_text(options, CLI_PRESET);
    if (!cli_given(options, CLI_PRESET))
        return BR_ERR_NONE;
    if (cli_has_shape(options))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--preset is a number of requests; --ramp, --step and --spike say how long "
                        "to send instead");
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if (!bytes_eq(name, bytes_from_str(rows[i].name)))
            continue;
        load->operations = rows[i].operations;
        load->connections = rows[i].connections;
        return BR_ERR_NONE;
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "--preset: \"%.*s\" is unknown; accepted: quick, stress, extreme",
                    BYTES_ARG(name));
}
