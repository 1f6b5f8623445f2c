/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of design.md 7.3 and 7.5, row by row.
 */
#include "track/class.h"

#include "base/attr.h"
#include "track/anomaly.h"
#include "unit.h"

UNIT_TEST(class_is_what_the_design_says)
{
    static const struct {
        enum track_entry entry;
        const char *classes[TRACK_CAME_COUNT]; /* never, in time, late, twice or more */
    } rows[] = {
        {TRACK_UNSENT, {"unsent", "unsent_came", "unsent_came", "unsent_came"}},
        {TRACK_REFUSED, {"refused", "leaked", "leaked", "leaked"}},
        {TRACK_ACCEPTED, {"missing", "delivered", "late", "duplicated"}},
        {TRACK_UNSURE, {"unsure_absent", "unsure_delivered", "unsure_delivered", "duplicated"}},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        for (int came = 0; came < TRACK_CAME_COUNT; came++) {
            enum track_class class = track_class_of(rows[i].entry, (enum track_came)came);
            UNIT_EQ_STR(track_class_name(class), rows[i].classes[came]);
            UNIT_OK(track_class_text(class)[0] != '\0');
        }
    }
}

UNIT_TEST(class_of_the_missing)
{
    static const struct {
        const char *name;
        struct track_missing missing;
        enum track_class class;
    } rows[] = {
        {"gone", {0, 0, 100, true, false, false, false}, TRACK_CLASS_LOST},
        {"its time is over", {50, 50, 100, true, false, false, false}, TRACK_CLASS_LOST},
        {"its time is not over", {51, 50, 100, true, false, false, false}, TRACK_CLASS_IN_FLIGHT},
        {"before the start", {-60, 100, 30, true, false, false, false}, TRACK_CLASS_IN_FLIGHT},
        {"others still came", {0, 0, 100, true, true, false, false}, TRACK_CLASS_IN_FLIGHT},
        {"others still came, trailing",
         {0, 0, 100, true, true, true, false},
         TRACK_CLASS_IN_FLIGHT},
        {"trailing", {0, 0, 100, true, false, true, false}, TRACK_CLASS_STUCK},
        {"a throttle explains it", {0, 0, 100, true, false, true, true}, TRACK_CLASS_HELD_BACK},
        {"a throttle explains it, others come",
         {51, 50, 100, true, true, false, true},
         TRACK_CLASS_HELD_BACK},
        {"not awaited", {99, 50, 100, false, true, true, false}, TRACK_CLASS_HELD_BACK},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        UNIT_EQ_INT(track_class_missing(&rows[i].missing), rows[i].class);
    }
}

UNIT_TEST(entry_is_what_the_reply_says)
{
    static const struct {
        const char *name;
        int status;
        enum br_err err;
        bool is_written;
        enum track_entry entry;
    } rows[] = {
        {"200", 200, BR_ERR_NONE, true, TRACK_ACCEPTED},
        {"202", 202, BR_ERR_NONE, true, TRACK_ACCEPTED},
        {"299", 299, BR_ERR_NONE, true, TRACK_ACCEPTED},
        {"207, written before we knew", 207, BR_ERR_NONE, false, TRACK_ACCEPTED},
        {"400", 400, BR_ERR_STATUS, true, TRACK_REFUSED},
        {"404", 404, BR_ERR_STATUS, true, TRACK_REFUSED},
        {"408", 408, BR_ERR_STATUS, true, TRACK_UNSURE},
        {"429", 429, BR_ERR_STATUS, true, TRACK_REFUSED},
        {"499", 499, BR_ERR_STATUS, true, TRACK_REFUSED},
        {"500", 500, BR_ERR_STATUS, true, TRACK_UNSURE},
        {"502", 502, BR_ERR_STATUS, true, TRACK_UNSURE},
        {"503", 503, BR_ERR_STATUS, true, TRACK_REFUSED},
        {"504", 504, BR_ERR_STATUS, true, TRACK_UNSURE},
        {"302", 302, BR_ERR_NONE, true, TRACK_UNSURE},
        {"time-out", 0, BR_ERR_TIMEOUT_TOTAL, true, TRACK_UNSURE},
        {"time-out before a byte", 0, BR_ERR_TIMEOUT_TOTAL, false, TRACK_UNSENT},
        {"cut", 0, BR_ERR_RESET, true, TRACK_UNSURE},
        {"idle close race", 0, BR_ERR_KEEPALIVE_CLOSED, true, TRACK_UNSURE},
        {"refused connection", 0, BR_ERR_CONN_REFUSED, false, TRACK_UNSENT},
        {"200, and cut in its body", 200, BR_ERR_CLOSED_EARLY, true, TRACK_UNSURE},
        {"400, and cut in its body", 400, BR_ERR_CLOSED_EARLY, true, TRACK_UNSURE},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        UNIT_EQ_INT(track_entry_of(rows[i].status, rows[i].err, rows[i].is_written), rows[i].entry);
    }
}

UNIT_TEST(anomalies_have_names)
{
    UNIT_EQ_STR(track_anomaly_name(TRACK_ANOMALY_LOST), "lost");
    for (int i = 0; i < TRACK_ANOMALY_COUNT; i++)
        UNIT_OK(track_anomaly_name((enum track_anomaly_kind)i)[0] != '\0');
}

UNIT_MAIN(UNIT_RUN(class_is_what_the_design_says), UNIT_RUN(class_of_the_missing),
          UNIT_RUN(entry_is_what_the_reply_says), UNIT_RUN(anomalies_have_names))
