/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations of sinks, each by rows on either side of its edge.
 */
#include "track/judge.h"

#include "base/attr.h"
#include "unit.h"

struct judge_counts {
    int64_t accepted, delivered, late, duplicated, lost, stuck, in_flight, reordered, damaged,
        leaked;
};

struct judge_row {
    const char *name;
    struct plan_deliver deliver;
    bool is_intact;
    struct judge_counts counts;
    enum track_rule rule; /* the ruling looked at */
    enum track_holds holds;
    int64_t offenders;
    bool is_time;
};

#define ALL .all = true
#define ONCE .exactly_once = true
#define WITHIN .within_ns = 5

static const struct judge_row judge_rows[] = {
    {"all came",
     {ALL},
     false,
     {10, 10, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_HELD,
     0,
     false},
    {"one is lost",
     {ALL},
     false,
     {10, 9, 0, 0, 1, 0, 0, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_BROKEN,
     1,
     false},
    {"two are stuck, one is lost",
     {ALL},
     false,
     {10, 7, 0, 0, 1, 2, 0, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_BROKEN,
     3,
     false},
    {"one still has time",
     {ALL},
     false,
     {10, 9, 0, 0, 0, 0, 1, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_UNDECIDED,
     0,
     false},
    {"one is lost, one still has time",
     {ALL},
     false,
     {10, 8, 0, 0, 1, 0, 1, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_BROKEN,
     1,
     false},
    {"nothing was accepted", {ALL}, false, {0}, TRACK_RULE_ALL, TRACK_UNDECIDED, 0, false},
    {"all allows duplicates",
     {ALL},
     false,
     {10, 5, 0, 5, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_HELD,
     0,
     false},
    {"exactly once wants all",
     {ONCE},
     false,
     {10, 9, 0, 0, 1, 0, 0, 0, 0, 0},
     TRACK_RULE_ALL,
     TRACK_BROKEN,
     1,
     false},
    {"exactly once",
     {ONCE},
     false,
     {10, 10, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_EXACTLY_ONCE,
     TRACK_HELD,
     0,
     false},
    {"one came twice",
     {ONCE},
     false,
     {10, 9, 0, 1, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_EXACTLY_ONCE,
     TRACK_BROKEN,
     1,
     false},
    {"a share, held",
     {.at_least = 0.9},
     false,
     {10, 9, 0, 0, 1, 0, 0, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_HELD,
     1,
     false},
    {"a share, broken",
     {.at_least = 0.9},
     false,
     {10, 8, 0, 0, 1, 1, 0, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_BROKEN,
     2,
     false},
    {"a share, late ones count",
     {.at_least = 0.9},
     false,
     {10, 4, 5, 0, 1, 0, 0, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_HELD,
     1,
     false},
    {"a share in time",
     {.at_least = 0.9, WITHIN},
     false,
     {10, 8, 1, 0, 1, 0, 0, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_BROKEN,
     2,
     true},
    {"a share that may still be reached",
     {.at_least = 0.9},
     false,
     {10, 8, 0, 0, 1, 0, 1, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_UNDECIDED,
     1,
     false},
    {"a share that is reached anyhow",
     {.at_least = 0.8},
     false,
     {10, 8, 0, 0, 1, 0, 1, 0, 0, 0},
     TRACK_RULE_AT_LEAST,
     TRACK_HELD,
     1,
     false},
    {"a share of nothing",
     {.at_least = 0.9},
     false,
     {0},
     TRACK_RULE_AT_LEAST,
     TRACK_UNDECIDED,
     0,
     false},
    {"in order",
     {.in_order = true},
     false,
     {10, 10, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_IN_ORDER,
     TRACK_HELD,
     0,
     false},
    {"not in order",
     {.in_order = true},
     false,
     {10, 10, 0, 0, 0, 0, 0, 3, 0, 0},
     TRACK_RULE_IN_ORDER,
     TRACK_BROKEN,
     3,
     false},
    {"nothing came",
     {.none = true},
     false,
     {10, 0, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_NONE,
     TRACK_HELD,
     0,
     false},
    {"something came",
     {.none = true},
     false,
     {10, 1, 0, 1, 0, 0, 0, 0, 0, 1},
     TRACK_RULE_NONE,
     TRACK_BROKEN,
     3,
     false},
    {"in time",
     {WITHIN},
     false,
     {10, 10, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_WITHIN,
     TRACK_HELD,
     0,
     true},
    {"late",
     {ALL, WITHIN},
     false,
     {10, 9, 1, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_WITHIN,
     TRACK_BROKEN,
     1,
     true},
    {"intact",
     {ALL},
     true,
     {10, 10, 0, 0, 0, 0, 0, 0, 0, 0},
     TRACK_RULE_INTACT,
     TRACK_HELD,
     0,
     false},
    {"damaged",
     {ALL},
     true,
     {10, 10, 0, 0, 0, 0, 0, 0, 2, 0},
     TRACK_RULE_INTACT,
     TRACK_BROKEN,
     2,
     false},
};

static size_t judge_ask(const struct judge_row *row, struct track_ruling *rulings)
{
    const struct judge_counts *counts = &row->counts;
    struct track_entries entries = {.accepted = counts->accepted};
    struct track_at_sum at;
    track_at_sum_init(&at);
    at.delivered = counts->delivered;
    at.late = counts->late;
    at.duplicated = counts->duplicated;
    at.lost = counts->lost;
    at.stuck = counts->stuck;
    at.in_flight = counts->in_flight;
    at.reordered = counts->reordered;
    at.damaged = counts->damaged;
    at.leaked = counts->leaked;
    size_t count = track_judge(&row->deliver, row->is_intact, &entries, &at, rulings);
    track_at_sum_fini(&at);
    return count;
}

UNIT_TEST(judge_rules_on_everything_that_was_asked)
{
    for (size_t i = 0; i < BR_COUNT(judge_rows); i++) {
        const struct judge_row *row = &judge_rows[i];
        UNIT_ROW(row->name);
        struct track_ruling rulings[TRACK_RULE_COUNT];
        size_t count = judge_ask(row, rulings);
        bool is_found = false;
        for (size_t k = 0; k < count; k++) {
            if (rulings[k].rule != row->rule)
                continue;
            is_found = true;
            UNIT_EQ_INT(rulings[k].holds, row->holds);
            UNIT_EQ_INT(rulings[k].offenders, row->offenders);
            UNIT_EQ_INT(rulings[k].is_time, row->is_time);
        }
        UNIT_OK(is_found);
    }
}

UNIT_TEST(judge_rules_on_nothing_else)
{
    struct track_ruling rulings[TRACK_RULE_COUNT];
    struct judge_row row = {.counts = {10, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
    UNIT_EQ_INT(judge_ask(&row, rulings), 0);
    /* within says which ones count for the share, and is no rule of its own then. */
    row.deliver.at_least = 0.999;
    row.deliver.within_ns = 5;
    UNIT_EQ_INT(judge_ask(&row, rulings), 1);
    UNIT_EQ_STR(track_rule_name(rulings[0].rule), "at_least");
    UNIT_NEAR(rulings[0].value, 0.6, 1e-12);
    UNIT_NEAR(rulings[0].bound, 0.999, 1e-12);
    UNIT_OK(track_rule_text(TRACK_RULE_NONE)[0] != '\0');
}

UNIT_MAIN(UNIT_RUN(judge_rules_on_everything_that_was_asked), UNIT_RUN(judge_rules_on_nothing_else))
