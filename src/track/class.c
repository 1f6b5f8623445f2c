/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of design.md 7.3 and 7.5.
 */
#include "track/class.h"

#include "base/must.h"

/* Rows and columns in the order of the design. */
enum track_class track_class_of(enum track_entry entry, enum track_came came)
{
#define C(name) TRACK_CLASS_##name
    /* clang-format off */
    static const unsigned char table[TRACK_ENTRY_COUNT][TRACK_CAME_COUNT] = {
        /*                     never came        once, in time        once, late           twice or more */
        [TRACK_UNSENT]   = {C(UNSENT),        C(UNSENT_CAME),      C(UNSENT_CAME),      C(UNSENT_CAME)},
        [TRACK_REFUSED]  = {C(REFUSED),       C(LEAKED),           C(LEAKED),           C(LEAKED)},
        [TRACK_ACCEPTED] = {C(MISSING),       C(DELIVERED),        C(LATE),             C(DUPLICATED)},
        [TRACK_UNSURE]   = {C(UNSURE_ABSENT), C(UNSURE_DELIVERED), C(UNSURE_DELIVERED), C(DUPLICATED)},
    };
    /* clang-format on */
#undef C
    MUST((unsigned)entry < TRACK_ENTRY_COUNT);
    MUST((unsigned)came < TRACK_CAME_COUNT);
    return (enum track_class)table[entry][came];
}

enum track_class track_class_missing(const struct track_missing *missing)
{
    if (!missing->is_awaited || missing->is_throttled)
        return TRACK_CLASS_HELD_BACK;
    bool has_time =
        missing->within_ns > 0 && missing->end_ns < missing->due_ns + missing->within_ns;
    if (has_time || missing->is_coming)
        return TRACK_CLASS_IN_FLIGHT;
    return missing->is_trailing ? TRACK_CLASS_STUCK : TRACK_CLASS_LOST;
}

static const struct {
    const char *name;
    const char *text;
} track_class_rows[TRACK_CLASS_COUNT] = {
#define X(name, NAME, text) [TRACK_CLASS_##NAME] = {#name, text},
    TRACK_CLASSES(X)
#undef X
};

const char *track_class_name(enum track_class class)
{
    MUST((unsigned)class < TRACK_CLASS_COUNT);
    return track_class_rows[class].name;
}

const char *track_class_text(enum track_class class)
{
    MUST((unsigned)class < TRACK_CLASS_COUNT);
    return track_class_rows[class].text;
}

/* 2xx accepts; 4xx except 408, and 429 and 503, refuse; whatever else happened after a byte was
 * written leaves us in doubt (a redirect, too: nobody promises that it kept what it was sent). */
enum track_entry track_entry_of(int status, enum br_err err, bool is_written)
{
    /* A reply shows that bytes were written, whatever the caller believes. */
    if (status == 0 && !is_written)
        return TRACK_UNSENT;
    /* The reply came, and broke off before its end. */
    if (status == 0 || (err != BR_ERR_NONE && err != BR_ERR_STATUS))
        return TRACK_UNSURE;
    if (status >= 200 && status <= 299)
        return TRACK_ACCEPTED;
    if ((status >= 400 && status <= 499 && status != 408) || status == 503)
        return TRACK_REFUSED;
    return TRACK_UNSURE;
}
