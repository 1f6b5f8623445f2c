/* SPDX-License-Identifier: Apache-2.0
 *
 * Events that went wrong, each with everything that is known of it, as the ledger tells them.
 */
#ifndef BR_TRACK_ANOMALY_H
#define BR_TRACK_ANOMALY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/stamp.h"
#include "track/class.h"

/* Classes that are told, and the attributes. */
enum track_anomaly_kind {
    TRACK_ANOMALY_LOST,
    TRACK_ANOMALY_STUCK,
    TRACK_ANOMALY_IN_FLIGHT,
    TRACK_ANOMALY_UNSURE_ABSENT,
    TRACK_ANOMALY_DUPLICATED,
    TRACK_ANOMALY_LATE,
    TRACK_ANOMALY_LEAKED,
    TRACK_ANOMALY_UNSENT_CAME,
    TRACK_ANOMALY_REORDERED,
    TRACK_ANOMALY_DAMAGED,
    TRACK_ANOMALY_REDELIVERED,
    TRACK_ANOMALY_COUNT,
};

/* "lost", "reordered", …: keys of the result file. Static storage. */
const char *track_anomaly_name(enum track_anomaly_kind kind);

/* Times in run time ns, TRACK_NO_TIME where unknown. */
#define TRACK_NO_TIME INT64_MIN

struct track_anomaly {
    enum track_anomaly_kind kind;
    /* Takes back what was told: a late event that came again is duplicated instead. */
    bool is_taken_back;
    int sink;
    int phase;
    struct stamp_id id;
    struct { /* of its operation */
        bool is_known;
        uint32_t number;
        uint32_t count;     /* of its events in this stream that share a record, … */
        uint64_t first_seq; /* … the first of them */
        uint32_t conn;
        uint16_t target;
        enum track_entry entry;
        int64_t sent_ns;
        int64_t accepted_ns;
    } op;
    int64_t due_ns;      /* with op.is_known exact, else the first one around it … */
    int64_t due_last_ns; /* … and the last one */
    int64_t at_ns;       /* the arrival that showed it */
    uint32_t attempts;   /* arrivals before that we answered badly */
    uint64_t hash_sent;  /* damaged: the hash that it should have, and the one it came with */
    uint64_t hash_came;
};

typedef void track_anomaly_fn(const struct track_anomaly *anomaly, void *context);

#endif
