/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody may have meant.
 */
#include "base/nearest.h"

#include "base/attr.h"
#include "base/rng.h"
#include "unit.h"

UNIT_TEST(distance_counts_edits_and_swaps)
{
    static const struct {
        const char *a;
        const char *b;
        size_t want;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"rate", "rate", 0},
        {"rtae", "rate", 1},
        {"duraton", "duration", 1},
        {"rates", "rate", 1},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3},
        {"abcd", "badc", 2},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].a);
        UNIT_EQ_INT(nearest_distance(bytes_from_str(rows[i].a), bytes_from_str(rows[i].b)),
                    rows[i].want);
        UNIT_EQ_INT(nearest_distance(bytes_from_str(rows[i].b), bytes_from_str(rows[i].a)),
                    rows[i].want);
    }
}

UNIT_TEST(distance_survives_long_words)
{
    char word[300];
    memset(word, 'a', sizeof(word));
    UNIT_EQ_INT(nearest_distance(bytes_make(word, sizeof(word)), BYTES("")), 64);
    UNIT_EQ_INT(nearest_distance(bytes_make(word, sizeof(word)), bytes_make(word, 100)), 0);
}

static const char *nearest_of(const char *word, const char *const *candidates, size_t count)
{
    struct nearest nearest = {.word = bytes_from_str(word)};
    for (size_t i = 0; i < count; i++)
        nearest_offer(&nearest, candidates[i]);
    return nearest.best == NULL ? "" : nearest.best;
}

UNIT_TEST(nearest_prefers_beginnings_and_refuses_strangers)
{
    static const char *const names[] = {"rate", "ramp", "duration", "timeout", "max-lateness"};
    static const struct {
        const char *word;
        const char *want;
    } rows[] = {
        {"rat", "rate"},
        {"dur", "duration"},
        {"durration", "duration"},
        {"timout", "timeout"},
        {"frobnicate", ""},
        {"", ""},
        {"max-latency", "max-lateness"},
        {"xy", ""},
        {"timeouts", "timeout"},
        {"r", ""},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].word);
        UNIT_EQ_STR(nearest_of(rows[i].word, names, BR_COUNT(names)), rows[i].want);
    }
}

UNIT_MAIN(UNIT_RUN(distance_counts_edits_and_swaps), UNIT_RUN(distance_survives_long_words),
          UNIT_RUN(nearest_prefers_beginnings_and_refuses_strangers))
