/* SPDX-License-Identifier: Apache-2.0
 *
 * Anomalies kept and summed up, in bounded room whatever their number: of each kind, phase and sink
 * the first hundred with everything that is known of them, and how all of them lie: as runs of
 * consecutive numbers, by target, connection and stream (key), and as clusters of due times. A
 * shard collects its own; lists are merged at the end.
 */
#ifndef BR_TRACK_ANOMALY_LIST_H
#define BR_TRACK_ANOMALY_LIST_H

#include <stddef.h>

#include "track/anomaly.h"
#include "track/track.h"

enum {
    TRACK_FIRST_MAX = 100,
    TRACK_RUNS_MAX = 256,
    TRACK_TALLY_MAX = 64,
    TRACK_CLUSTERS_MAX = 32,
};

/* Anomalies whose due times are no further apart than this belong together. */
#define TRACK_CLUSTER_GAP_NS INT64_C(1000000000)

/* Events of a stream that follow each other; `count` may be less than last - first + 1 when some
 * were taken back. */
struct track_run {
    uint32_t stream;
    uint64_t first;
    uint64_t last;
    int64_t count;
    int64_t due_first_ns;
    int64_t due_last_ns;
};

/* How often each value of something was there; more than TRACK_TALLY_MAX values go to `others`. */
struct track_tally {
    struct {
        uint32_t value;
        int64_t count;
    } rows[TRACK_TALLY_MAX];
    size_t row_count;
    int64_t others;
};

struct track_cluster {
    int64_t first_ns;
    int64_t last_ns;
    int64_t count;
};

struct track_anomaly_list {
    int64_t count;
    struct track_anomaly first[TRACK_FIRST_MAX]; /* the earliest due ones of those told first */
    size_t first_count;
    struct track_run runs[TRACK_RUNS_MAX]; /* in the order they were told */
    size_t run_count;
    int64_t runless;            /* events beyond the runs */
    struct track_tally targets; /* of those whose operation is known */
    struct track_tally conns;
    struct track_tally streams;
    struct track_cluster clusters[TRACK_CLUSTERS_MAX]; /* by time; the nearest ones merged */
    size_t cluster_count;
};

/* Lists are made as they are needed: NULL where there is nothing. Owns them. */
struct track_anomalies {
    int phase_count;
    int sink_count;
    struct track_anomaly_list **lists; /* [phase][sink][kind] */
};

void track_anomalies_init(struct track_anomalies *anomalies, int phase_count, int sink_count);
void track_anomalies_fini(struct track_anomalies *anomalies);
/* A track_anomaly_fn with a struct track_anomalies as its context. */
void track_anomalies_add(const struct track_anomaly *anomaly, void *context);
void track_anomalies_merge(struct track_anomalies *into, const struct track_anomalies *from);
/* The list itself, emptied, for whoever knows what belongs there (a reader of files). */
struct track_anomaly_list *track_anomalies_make(struct track_anomalies *anomalies, int phase,
                                                int sink, enum track_anomaly_kind kind);
/* NULL: nothing was told. */
const struct track_anomaly_list *track_anomalies_of(const struct track_anomalies *anomalies,
                                                    int phase, int sink,
                                                    enum track_anomaly_kind kind);

#endif
