/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations of sinks. `all` allows duplicates (replays after a restart are normal),
 * `exactly_once` does not; both want every event. With at_least, `within` says which ones count
 * and is no rule of its own. What leaked, or came though it was unsure, breaks nothing but `none`.
 */
#include "track/judge.h"

#include "base/must.h"

static const struct {
    const char *name;
    const char *text;
} track_rule_rows[TRACK_RULE_COUNT] = {
#define X(name, NAME, text) {#name, text},
    TRACK_RULES(X)
#undef X
};

const char *track_rule_name(enum track_rule rule)
{
    MUST((unsigned)rule < TRACK_RULE_COUNT);
    return track_rule_rows[rule].name;
}

const char *track_rule_text(enum track_rule rule)
{
    MUST((unsigned)rule < TRACK_RULE_COUNT);
    return track_rule_rows[rule].text;
}

/* A rule that so many events break; `is_sure` false: others might have. */
static struct track_ruling track_rule_none_of(enum track_rule rule, int64_t offenders, bool is_sure)
{
    enum track_holds holds = is_sure ? TRACK_HELD : TRACK_UNDECIDED;
    return (struct track_ruling){.rule = rule,
                                 .holds = offenders > 0 ? TRACK_BROKEN : holds,
                                 .offenders = offenders,
                                 .value = (double)offenders,
                                 .is_time = rule == TRACK_RULE_WITHIN};
}

/* What still has time may come or not: the rule is decided when it cannot change any more. */
static struct track_ruling track_rule_at_least(const struct plan_deliver *deliver,
                                               const struct track_entries *entries,
                                               const struct track_at_sum *at)
{
    double accepted = (double)entries->accepted;
    int64_t missed = at->lost + at->stuck + (deliver->within_ns > 0 ? at->late : 0);
    double worst = accepted > 0.0 ? (accepted - (double)(missed + at->in_flight)) / accepted : 0.0;
    double best = accepted > 0.0 ? (accepted - (double)missed) / accepted : 1.0;
    struct track_ruling ruling = {.rule = TRACK_RULE_AT_LEAST,
                                  .holds = TRACK_UNDECIDED,
                                  .offenders = missed,
                                  .value = worst,
                                  .bound = deliver->at_least,
                                  .is_time = deliver->within_ns > 0 && at->late > 0};
    if (best < deliver->at_least)
        ruling.holds = TRACK_BROKEN;
    else if (worst >= deliver->at_least)
        ruling.holds = TRACK_HELD;
    return ruling;
}

size_t track_judge(const struct plan_deliver *deliver, bool is_intact_asked,
                   const struct track_entries *entries, const struct track_at_sum *at,
                   struct track_ruling out_rulings[static TRACK_RULE_COUNT])
{
    size_t count = 0;
    bool has_some = entries->accepted > 0;
    bool is_over = has_some && at->in_flight == 0;
    int64_t came = at->delivered + at->late + at->duplicated + at->unsure_delivered + at->leaked +
                   at->unsent_came;
    if (deliver->all || deliver->exactly_once)
        out_rulings[count++] = track_rule_none_of(TRACK_RULE_ALL, at->lost + at->stuck, is_over);
    if (deliver->exactly_once)
        out_rulings[count++] =
            track_rule_none_of(TRACK_RULE_EXACTLY_ONCE, at->duplicated, has_some);
    if (deliver->at_least > 0.0)
        out_rulings[count++] = track_rule_at_least(deliver, entries, at);
    if (deliver->in_order)
        out_rulings[count++] = track_rule_none_of(TRACK_RULE_IN_ORDER, at->reordered, has_some);
    if (deliver->none)
        out_rulings[count++] = track_rule_none_of(TRACK_RULE_NONE, came, has_some);
    if (deliver->within_ns > 0 && !(deliver->at_least > 0.0))
        out_rulings[count++] = track_rule_none_of(TRACK_RULE_WITHIN, at->late, is_over);
    if (is_intact_asked)
        out_rulings[count++] = track_rule_none_of(TRACK_RULE_INTACT, at->damaged, has_some);
    return count;
}
