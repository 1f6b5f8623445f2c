/* SPDX-License-Identifier: Apache-2.0
 *
 * What can have become of an event at a sink: design.md 7.5 as code. How it went in (the entry) and
 * how often and when it came out (the arrivals) together make its class; class.c holds the table,
 * to be read beside the one in the design.
 *
 * Reordered, damaged and redelivered are attributes beside the class.
 */
#ifndef BR_TRACK_CLASS_H
#define BR_TRACK_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* How it went in (design.md 7.3). */
enum track_entry {
    TRACK_UNSENT,   /* no byte of it was written */
    TRACK_REFUSED,  /* the pipeline said no */
    TRACK_ACCEPTED, /* the pipeline said yes */
    TRACK_UNSURE,   /* bytes were written, and no answer tells yes from no */
    TRACK_ENTRY_COUNT,
    TRACK_PENDING = TRACK_ENTRY_COUNT, /* not known yet */
};

/* How it came out at one sink. */
enum track_came {
    TRACK_NEVER,
    TRACK_IN_TIME,
    TRACK_LATE,
    TRACK_AGAIN,
    TRACK_CAME_COUNT,
};

/* Every event is in exactly one at each sink. MISSING is an accepted one that has not come, as long
 * as the run goes on; at its end it turns into one of the four behind it. Names are keys of the
 * result file. */
#define TRACK_CLASSES(X)                                                                           \
    X(unsent, UNSENT, "no byte of it was sent, and it never came")                                 \
    X(unsent_came, UNSENT_CAME, "it came, though no byte of it was sent: a bug of ours")           \
    X(refused, REFUSED, "refused, and it never came")                                              \
    X(leaked, LEAKED, "refused, and it came all the same")                                         \
    X(missing, MISSING, "accepted, and it has not come yet")                                       \
    X(held_back, HELD_BACK, "did not come, as the plan says")                                      \
    X(in_flight, IN_FLIGHT, "accepted; the run ended before it can be missed")                     \
    X(stuck, STUCK, "accepted, and nothing accepted after it came out either")                     \
    X(lost, LOST, "accepted, and it never came")                                                   \
    X(delivered, DELIVERED, "accepted, and it came once, in time")                                 \
    X(late, LATE, "accepted, and it came once, too late")                                          \
    X(duplicated, DUPLICATED, "it came more than once")                                            \
    X(unsure_absent, UNSURE_ABSENT, "whether it went in is unknown, and it never came")            \
    X(unsure_delivered, UNSURE_DELIVERED, "whether it went in was unknown; it came")

enum track_class {
#define X(name, NAME, text) TRACK_CLASS_##NAME,
    TRACK_CLASSES(X)
#undef X
        TRACK_CLASS_COUNT
};

/* The table. `entry` is not TRACK_PENDING. */
enum track_class track_class_of(enum track_entry entry, enum track_came came);
/* "delivered", "unsure_absent", … and its sentence. Static storage. */
const char *track_class_name(enum track_class class);
const char *track_class_text(enum track_class class);

/* What the four rows of a missing event are told apart by. Times in run time ns. */
struct track_missing {
    int64_t due_ns;
    int64_t within_ns; /* 0: no bound */
    int64_t end_ns;    /* when the run ended */
    bool is_awaited;   /* false: the plan says that it does not come here */
    bool is_coming;    /* deliveries still came when the run ended */
    bool is_trailing;  /* in a trailing run that is long enough */
    bool is_throttled; /* a throttle that the plan states explains it */
};

enum track_class track_class_missing(const struct track_missing *missing);

/* What a reply or its absence says about the events of a request (design.md 7.3): `status` 100-999,
 * or 0 with the error that there was instead. `is_written`: at least one byte of it was. */
enum track_entry track_entry_of(int status, enum br_err err, bool is_written);

#endif
