/* SPDX-License-Identifier: Apache-2.0
 *
 * What was expected of a sink beside what it got: one ruling for each thing that was asked. Pure;
 * the verdict and its sentences are made of rulings elsewhere.
 */
#ifndef BR_TRACK_JUDGE_H
#define BR_TRACK_JUDGE_H

#include "plan/plan_events.h"
#include "track/track.h"

/* Names are keys of the result file. */
#define TRACK_RULES(X)                                                                             \
    X(all, ALL, "every accepted event comes")                                                      \
    X(at_least, AT_LEAST, "so large a share of the accepted events comes, in time")                \
    X(exactly_once, EXACTLY_ONCE, "no event comes twice")                                          \
    X(in_order, IN_ORDER, "no event comes after one that must come later")                         \
    X(none, NONE, "nothing comes")                                                                 \
    X(within, WITHIN, "no event comes too late")                                                   \
    X(intact, INTACT, "every field comes as it was sent")

enum track_rule {
#define X(name, NAME, text) TRACK_RULE_##NAME,
    TRACK_RULES(X)
#undef X
        TRACK_RULE_COUNT
};

enum track_holds {
    TRACK_BROKEN,
    TRACK_HELD,
    TRACK_UNDECIDED, /* too early to say, or nothing was accepted */
};

struct track_ruling {
    enum track_rule rule;
    enum track_holds holds;
    int64_t offenders; /* events that break it */
    double value;      /* at_least: the share that came; else the number of offenders */
    double bound;      /* at_least: what was asked; else 0 */
    bool is_time;      /* an upper bound on a time: it may be broken because we were slow */
};

/* "exactly_once", … and its sentence. Static storage. */
const char *track_rule_name(enum track_rule rule);
const char *track_rule_text(enum track_rule rule);

/* The rulings of a sink, `at` and `entries` being the sums of the phases that are judged, after
 * ledger_finish. How many; at most TRACK_RULE_COUNT. */
size_t track_judge(const struct plan_deliver *deliver, bool is_intact_asked,
                   const struct track_entries *entries, const struct track_at_sum *at,
                   struct track_ruling out_rulings[static TRACK_RULE_COUNT]);

#endif
