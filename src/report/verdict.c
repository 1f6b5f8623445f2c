/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of design.md 7.2, one function each, and their precedence.
 */
#include "report/verdict.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/mem.h"
#include "base/must.h"
#include "report/result_events.h"
#include "report/verdict_inner.h"
#include "report/window.h"

#define VERDICT_LATENESS_MIN_NS 5e6
#define VERDICT_LATENESS_SHARE 0.1
#define VERDICT_WAITED_SHARE 0.01
#define VERDICT_SLOW_SHARE 0.1 /* of a time-out: so late we may have caused it */
#define VERDICT_BUSY_PERMILLE 950

struct verdict_case {
    struct result *result;
    struct result_view *view;
    bool open;
    bool failed;    /* evidence that does not depend on our speed, or a broken expectation */
    bool missed;    /* the load was not the promised one, or the numbers are not to be trusted */
    bool slow;      /* we may have made times longer and rates smaller */
    bool undecided; /* an expectation does not hold, perhaps because of us */
    struct verdict_events events;
};

/* ---- 1. wrong whatever our speed ---- */

bool verdict_is_ours(const struct result *result, enum br_err err)
{
    if (err == BR_ERR_INTERRUPTED)
        return result->partial != RESULT_COMPLETE;
    return err_class(err) == ERR_CLASS_self;
}

uint64_t verdict_own_failures(const struct result *result, const struct block_ops_sum *ops)
{
    uint64_t count = 0;
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        if (verdict_is_ours(result, (enum br_err)i))
            count += ops->errors[i].count;
    }
    return count;
}

/* The most frequent error that is not ours. */
static enum br_err verdict_main_error(const struct result *result, const struct block_ops_sum *ops)
{
    enum br_err most = BR_ERR_NONE;
    for (int i = 1; i < BR_ERR_COUNT; i++) {
        if (verdict_is_ours(result, (enum br_err)i) || ops->errors[i].count == 0)
            continue;
        if (most == BR_ERR_NONE || ops->errors[i].count > ops->errors[most].count)
            most = (enum br_err)i;
    }
    return most;
}

static int verdict_main_status(const struct block_ops_sum *ops)
{
    int most = 0;
    for (int i = 1; i < BLOCK_STATUS_MAX; i++) {
        if (ops->status[i] > ops->status[most])
            most = i;
    }
    return most;
}

/* "connection refused", or "status 503". */
static struct fmt_text verdict_main_trouble(const struct result *result,
                                            const struct block_ops_sum *ops)
{
    struct fmt_text text = {""};
    enum br_err err = verdict_main_error(result, ops);
    if (err == BR_ERR_STATUS)
        (void)snprintf(text.str, sizeof(text.str), "status %d", verdict_main_status(ops));
    else
        (void)snprintf(text.str, sizeof(text.str), "%.50s", err_text(err));
    return text;
}

static void verdict_rule_nothing_succeeded(struct verdict_case *c)
{
    const struct block_ops_sum *ops = &c->view->ops;
    if (c->view->ok > 0)
        return;
    if (ops->done > verdict_own_failures(c->result, ops)) {
        c->failed = true;
        result_add_reason(c->result, VERDICT_FAIL, "nothing_succeeded",
                          "nothing succeeded: all %s operations failed, most by: %s",
                          fmt_count(ops->done).str, verdict_main_trouble(c->result, ops).str);
        return;
    }
    /* Nothing ended but by our own doing: that says nothing about the target. */
    if (ops->done > 0 || c->result->partial != RESULT_COMPLETE) {
        c->missed = true;
        result_add_reason(c->result, VERDICT_INVALID, "nothing_measured",
                          "no operation ended but by our own doing");
        return;
    }
    c->failed = true;
    result_add_reason(c->result, VERDICT_FAIL, "nothing_succeeded",
                      "nothing succeeded: no operation was done");
}

static void verdict_rule_target_down(struct verdict_case *c)
{
    struct result_view *view;
    if (c->result->target_count < 2 || c->view->ok == 0)
        return;
    for (size_t i = 0; i < c->result->target_count; i++) {
        view = result_view_create(c->result, RESULT_COUNTED, (int)i);
        if (view->ok == 0 && view->ops.done > verdict_own_failures(c->result, &view->ops)) {
            c->failed = true;
            result_add_reason(c->result, VERDICT_FAIL, "target_down",
                              "target %s is down: all %s operations there failed, most by: %s",
                              c->result->targets[i].url, fmt_count(view->ops.done).str,
                              verdict_main_trouble(c->result, &view->ops).str);
        }
        result_view_destroy(&view);
    }
}

/* ---- 2. not the promised load, or not to be told ---- */

static void verdict_rule_lateness(struct verdict_case *c)
{
    const struct hist_sum *lateness = &c->view->shards.lateness;
    double late_ns = hist_sum_quantile(lateness, 0.99);
    double latency_ns = hist_sum_quantile(&c->view->latency, 0.99);
    double asked_ns = (double)c->result->plan.max_lateness_ns;
    double bound_ns = fmax(VERDICT_LATENESS_MIN_NS, VERDICT_LATENESS_SHARE * latency_ns);

    if (asked_ns > 0)
        bound_ns = asked_ns;
    if (!c->open || lateness->count == 0 || late_ns <= bound_ns)
        return;
    c->slow = true;
    /* Whoever sets a bound wants to know. */
    c->missed = c->missed || asked_ns > 0;
    if (asked_ns > 0)
        result_add_reason(c->result, VERDICT_INVALID, "lateness",
                          "we were late: lateness p99 is %s, more than the %s of --max-lateness",
                          fmt_duration(late_ns, FMT_ASCII).str,
                          fmt_duration(bound_ns, FMT_ASCII).str);
    else
        result_add_reason(c->result, VERDICT_INVALID, "lateness",
                          "we were late: lateness p99 is %s, more than %s (the larger of 5 ms and "
                          "10 %% of the latency p99, %s)",
                          fmt_duration(late_ns, FMT_ASCII).str,
                          fmt_duration(bound_ns, FMT_ASCII).str,
                          fmt_duration(latency_ns, FMT_ASCII).str);
}

static uint64_t verdict_little(double per_sec, double ns)
{
    double need = ceil(per_sec * ns / 1e9);
    return need >= 1.0 && need < 1e15 ? (uint64_t)need : 0;
}

struct verdict_need verdict_connections_needed(const struct result_view *view)
{
    struct verdict_need need = {0, 0, 0};
    if (view->service.count == 0 || isnan(view->offered_per_sec))
        return need;
    need.mean = verdict_little(view->offered_per_sec, hist_sum_mean(&view->service));
    need.p99 = verdict_little(view->offered_per_sec, hist_sum_quantile(&view->service, 0.99));
    need.max = verdict_little(view->offered_per_sec, view->service.max);
    return need;
}

enum { VERDICT_NEED_SIZE = 600 };

/* What the ceiling would have had to be, or why that is not the trouble. */
static void verdict_tell_need(const struct verdict_case *c, char out_text[VERDICT_NEED_SIZE])
{
    const struct result_view *view = c->view;
    struct verdict_need need = verdict_connections_needed(view);
    uint64_t ceiling = c->result->plan.connections_max;
    struct fmt_text rate = fmt_rate(view->offered_per_sec);
    struct fmt_text mean = fmt_duration(hist_sum_mean(&view->service), FMT_ASCII);
    struct fmt_text p99 = fmt_duration(hist_sum_quantile(&view->service, 0.99), FMT_ASCII);
    struct fmt_text max = fmt_duration(view->service.max, FMT_ASCII);

    if (need.mean == 0)
        (void)snprintf(out_text, VERDICT_NEED_SIZE,
                       "%s connections are too few, and no service time was measured that would "
                       "tell how many are needed",
                       fmt_count(ceiling).str);
    else if (need.mean > ceiling)
        (void)snprintf(out_text, VERDICT_NEED_SIZE,
                       "%s connections are too few. About %s are needed: rate x service time = %s "
                       "x %s on average; %s with its p99, %s",
                       fmt_count(ceiling).str, fmt_count(need.mean).str, rate.str, mean.str,
                       fmt_count(need.p99).str, p99.str);
    else if (need.max > ceiling)
        (void)snprintf(out_text, VERDICT_NEED_SIZE,
                       "%s connections are too few when the target is slow. Up to %s are needed: "
                       "rate x service time = %s x %s at most; %s with its p99, %s; %s on average, "
                       "%s",
                       fmt_count(ceiling).str, fmt_count(need.max).str, rate.str, max.str,
                       fmt_count(need.p99).str, p99.str, fmt_count(need.mean).str, mean.str);
    else
        (void)snprintf(out_text, VERDICT_NEED_SIZE,
                       "rate x service time = %s x %s asks for %s connections at most, of %s "
                       "allowed: they waited for us",
                       rate.str, max.str, fmt_count(need.max).str, fmt_count(ceiling).str);
}

static void verdict_add_ceiling_reason(struct verdict_case *c, const char *what, uint64_t count)
{
    char need[VERDICT_NEED_SIZE];
    double share = (double)count / (double)c->view->offered;
    bool ours = c->result->plan.connections == 0 &&
                verdict_connections_needed(c->view).max > c->result->plan.connections_max;
    verdict_tell_need(c, need);
    result_add_reason(c->result, VERDICT_INVALID, "connections",
                      "%s of the operations (%s of %s) %s: %s%s", fmt_share(share).str,
                      fmt_count(count).str, fmt_count(c->view->offered).str, what, need,
                      ours ? " (this machine allows no more: see ulimit -n)" : "");
}

static void verdict_rule_ceiling(struct verdict_case *c)
{
    const struct result_view *view = c->view;
    double bound = VERDICT_WAITED_SHARE * (double)view->offered;
    /* What stays unsent has waited, so the two are not added. */
    if (!c->open)
        return;
    if ((double)view->unsent > bound)
        verdict_add_ceiling_reason(c, "were due and never sent", view->unsent);
    else if ((double)view->shards.waited > bound)
        verdict_add_ceiling_reason(c, "had to wait for a connection", view->shards.waited);
    else
        return;
    c->missed = true;
}

static void verdict_rule_ran_out(struct verdict_case *c)
{
    static const struct {
        enum br_err err;
        const char *code;
        const char *text;
    } rows[] = {
        {BR_ERR_NO_DESCRIPTORS, "descriptors", "file descriptors (see ulimit -n)"},
        {BR_ERR_NO_PORTS, "ports", "local ports (see net.ipv4.ip_local_port_range)"},
        {BR_ERR_NO_MEMORY, "memory", "memory"},
        {BR_ERR_LIMIT, "limit", "what a limit of brunt's own allows"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        uint64_t count = c->view->ops.errors[rows[i].err].count;
        if (count == 0)
            continue;
        c->missed = true;
        result_add_reason(c->result, VERDICT_INVALID, rows[i].code,
                          "we ran out of %s: %s operations failed because of that", rows[i].text,
                          fmt_count(count).str);
    }
}

static void verdict_rule_busy(struct verdict_case *c)
{
    for (int i = 0; i < c->result->plan.shards; i++) {
        const struct result_shard *shard = &c->result->shards[i];
        if (shard->busy_permille_max < VERDICT_BUSY_PERMILLE)
            continue;
        c->slow = true;
        if (c->open)
            result_add_reason(c->result, VERDICT_INVALID, "busy",
                              "we were the limit: shard %d was busy for %s of a second (before "
                              "%s); take more shards, a faster machine or a lower rate",
                              i + 1, fmt_share((double)shard->busy_permille_max / 1000.0).str,
                              fmt_duration((double)shard->busy_max_ns, FMT_ASCII).str);
        else
            result_add_reason(c->result, VERDICT_NONE, "busy",
                              "we were the limit: shard %d was busy for %s of a second; the rate "
                              "is a lower bound of what the target can do",
                              i + 1, fmt_share((double)shard->busy_permille_max / 1000.0).str);
        return;
    }
}

static void verdict_rule_clock(struct verdict_case *c)
{
    const struct result_gauges *gauges = &c->result->gauges;
    if (gauges->clock_steps == 0)
        return;
    c->missed = true;
    result_add_reason(c->result, VERDICT_INVALID, "clock",
                      "the machine's clock stepped (%s times, by %s at most): times of this run "
                      "may be wrong",
                      fmt_count(gauges->clock_steps).str,
                      fmt_duration(fabs((double)gauges->clock_step_max_ns), FMT_ASCII).str);
}

static void verdict_rule_sums(struct verdict_case *c)
{
    size_t before = c->result->reason_count;
    if (c->result->ended)
        verdict_check_sums(c->result);
    if (c->result->reason_count > before)
        c->missed = true;
}

/* ---- 3. expectations ---- */

static void verdict_rule_events(struct verdict_case *c)
{
    verdict_judge_events(c->result, c->slow || c->missed, &c->events);
    c->failed = c->failed || c->events.failed;
    c->missed = c->missed || c->events.missed || c->events.slow_sink;
    c->undecided = c->undecided || c->events.undecided;
}

/* Operations that ran out of a time of which we ourselves took a good part: the replies may have
 * lain there. */
static uint64_t verdict_time_failures(const struct verdict_case *c, const struct block_ops_sum *ops)
{
    const struct result_plan *plan = &c->result->plan;
    int64_t connect_ns = plan->timeout_connect_ns > 0 ? plan->timeout_connect_ns : plan->timeout_ns;
    const struct {
        enum br_err err;
        int64_t limit_ns;
    } rows[] = {
        {BR_ERR_CONN_TIMEOUT, connect_ns},
        {BR_ERR_TIMEOUT_FIRST, plan->timeout_first_ns},
        {BR_ERR_TIMEOUT_TOTAL, plan->timeout_ns},
        {BR_ERR_INTERRUPTED, plan->grace_ns},
    };
    const struct block_phase_sum *shards = &c->view->shards;
    double slow_ns = shards->lateness.count > 0 ? shards->lateness.max : 0;
    if (shards->receive_lag.count > 0)
        slow_ns = fmax(slow_ns, shards->receive_lag.max);
    uint64_t count = 0;
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if (!verdict_is_ours(c->result, rows[i].err) &&
            slow_ns > VERDICT_SLOW_SHARE * (double)rows[i].limit_ns)
            count += ops->errors[rows[i].err].count;
    }
    return count;
}

/* Whether an expectation on failures would hold if those had not been that are, or may be, ours. */
static bool verdict_holds_without_ours(const struct verdict_case *c, const struct expr *expr)
{
    struct result_view *view;
    view = verdict_view_of(c->result, expr);
    if (view == NULL)
        return false;
    uint64_t ours =
        verdict_own_failures(c->result, &view->ops) + verdict_time_failures(c, &view->ops);
    if (expr->window_ns > 0) {
        result_view_destroy(&view);
        return ours > 0;
    }
    view->ops.failed -= ours;
    view->ops.done -= ours;
    double value = verdict_view_value(view, expr);
    result_view_destroy(&view);
    return ours > 0 && (isnan(value) || expr_holds(expr, value));
}

static bool verdict_may_be_ours(const struct verdict_case *c, const struct result_expect *expect)
{
    if (verdict_is_about_failures(&expect->expr))
        return verdict_holds_without_ours(c, &expect->expr);
    if (verdict_is_about_events(&expect->expr) && !verdict_is_about_event_times(&expect->expr))
        return c->events.slow_sink || c->events.missed;
    return c->slow || c->missed;
}

static void verdict_fill_value(const struct result *result, struct result_expect *expect)
{
    if (expect->expr.window_ns > 0)
        expect->has_value = result_window_worst(expect, &expect->value, &expect->window_end_ns);
    else
        expect->has_value = verdict_value(result, &expect->expr, &expect->value);
}

enum { VERDICT_WINDOW_SIZE = 160 };

/* " in the 30s before 1m20s", or nothing. */
static void verdict_tell_window(const struct result_expect *expect, char out[VERDICT_WINDOW_SIZE])
{
    out[0] = '\0';
    if (expect->window_end_ns >= 0)
        (void)snprintf(out, VERDICT_WINDOW_SIZE, " in the %s before %s",
                       fmt_interval(expect->expr.window_ns).str,
                       fmt_duration((double)expect->window_end_ns, FMT_ASCII).str);
}

static void verdict_judge_expect(struct verdict_case *c, struct result_expect *expect)
{
    verdict_fill_value(c->result, expect);
    if (expect->has_value && expr_holds(&expect->expr, expect->value)) {
        expect->held = RESULT_HELD;
        return;
    }
    const char *tail = "";
    char window[VERDICT_WINDOW_SIZE];
    enum verdict kind = VERDICT_FAIL;
    verdict_tell_window(expect, window);
    if (verdict_may_be_ours(c, expect)) {
        expect->held = RESULT_UNDECIDED;
        c->undecided = true;
        kind = VERDICT_INVALID;
        tail = ", but that may be our doing";
    } else {
        expect->held = RESULT_BROKEN;
        c->failed = true;
    }
    if (expect->has_value)
        result_add_reason(c->result, kind, "expect", "%s does not hold: it is %s%s%s", expect->text,
                          result_fmt_value(expect->expr.unit, expect->value).str, window, tail);
    else
        result_add_reason(c->result, kind, "expect", "%s cannot hold: there is no sample%s",
                          expect->text, tail);
}

/* Bounds on latency that hold in spite of our lateness let a slow run pass. */
static bool verdict_is_let_through(const struct verdict_case *c)
{
    bool bounded = false;
    for (size_t i = 0; i < c->result->expect_count; i++) {
        const struct result_expect *expect = &c->result->expects[i];
        if (expect->held != RESULT_HELD)
            return false;
        bounded = bounded || verdict_bounds_latency(&expect->expr);
    }
    return bounded;
}

/* ---- all together ---- */

static enum verdict verdict_decide(struct verdict_case *c)
{
    if (c->failed)
        return VERDICT_FAIL;
    if (c->missed || c->undecided)
        return VERDICT_INVALID;
    if (c->slow && c->open && !verdict_is_let_through(c))
        return VERDICT_INVALID;
    return VERDICT_PASS;
}

/* What made the verdict first, then the rest of the bad news, then notes; each in its order. */
static void verdict_sort_reasons(struct result *result)
{
    size_t count = result->reason_count;
    struct result_reason *sorted = mem_zalloc(count, sizeof(sorted[0]));
    size_t at = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < count; i++) {
            enum verdict kind = result->reasons[i].kind;
            int rank = kind == VERDICT_NONE ? 2 : kind == result->verdict ? 0 : 1;
            if (rank == pass)
                sorted[at++] = result->reasons[i];
        }
    }
    MUST(at == count);
    mem_free(result->reasons);
    result->reasons = sorted;
}

/* In a run that passes, what was let through is a note. */
static void verdict_soften_reasons(struct result *result)
{
    for (size_t i = 0; i < result->reason_count; i++)
        result->reasons[i].kind = VERDICT_NONE;
    if (result->expect_count + result_events_asked(result) == 0)
        result_note(result, "nothing_asked", "nothing was asked of this run (--expect asks)");
}

static void verdict_judge_cut_off(struct result *result)
{
    for (size_t i = 0; i < result->expect_count; i++) {
        struct result_expect *expect = &result->expects[i];
        verdict_fill_value(result, expect);
    }
    if (!verdict_judge_events_so_far(result))
        return;
    result->verdict = VERDICT_FAIL;
    verdict_sort_reasons(result);
}

void verdict_judge(struct result *result)
{
    struct verdict_case c = {.result = result, .open = result->plan.model == PLAN_OPEN};

    MUST(result->verdict == VERDICT_NONE);
    if (result->partial == RESULT_CUT_OFF) {
        verdict_judge_cut_off(result);
        return;
    }
    c.view = result_view_create(result, RESULT_COUNTED, RESULT_EVERY_TARGET);
    verdict_rule_nothing_succeeded(&c);
    verdict_rule_target_down(&c);
    verdict_rule_lateness(&c);
    verdict_rule_ceiling(&c);
    verdict_rule_ran_out(&c);
    verdict_rule_busy(&c);
    verdict_rule_clock(&c);
    verdict_rule_sums(&c);
    verdict_rule_events(&c);
    for (size_t i = 0; i < result->expect_count; i++)
        verdict_judge_expect(&c, &result->expects[i]);
    result->verdict = verdict_decide(&c);
    if (result->verdict == VERDICT_PASS)
        verdict_soften_reasons(result);
    verdict_sort_reasons(result);
    result_view_destroy(&c.view);
}

int verdict_exit_code(enum verdict verdict)
{
    static const int codes[] = {
        [VERDICT_NONE] = VERDICT_EXIT_NONE,
        [VERDICT_PASS] = VERDICT_EXIT_PASS,
        [VERDICT_FAIL] = VERDICT_EXIT_FAIL,
        [VERDICT_INVALID] = VERDICT_EXIT_INVALID,
    };
    return codes[verdict];
}
