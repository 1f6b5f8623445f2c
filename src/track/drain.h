/* SPDX-License-Identifier: Apache-2.0
 *
 * When a run is over (design.md 7.7): when the pipeline is empty, not when the clock says so. Asked
 * again and again after the load with what the ledgers know; pure.
 */
#ifndef BR_TRACK_DRAIN_H
#define BR_TRACK_DRAIN_H

#include "track/ledger.h"

struct track_drain {
    int64_t load_end_ns;   /* nothing is sent any more */
    int64_t settle_ns;     /* --settle; 0: max(1 s, 2 * lag p99) */
    int64_t stall_ns;      /* --stall; 0: max(10 s, largest within, 3 * largest gap) */
    int64_t drain_ns;      /* --drain; 0: no deadline */
    int64_t within_max_ns; /* the largest `within` of all sinks, 0: none */
};

enum track_drain_state {
    TRACK_DRAIN_ON,       /* it goes on */
    TRACK_DRAIN_EMPTY,    /* everything is accounted for, and the settle time is over */
    TRACK_DRAIN_STALLED,  /* something is missing, and nothing came for the stall time */
    TRACK_DRAIN_DEADLINE, /* something is missing, and the deadline is over */
};

/* `facts` of all shards, `lag_p99_ns` from due over all sinks. *out_wake_ns is when to ask again at
 * the latest, if nothing happens before; untouched when the drain is over. */
enum track_drain_state track_drain_ask(const struct track_drain *drain,
                                       const struct ledger_facts *facts, int64_t lag_p99_ns,
                                       int64_t now_ns, int64_t *out_wake_ns);
/* The stall time as it is in force: ledger_finish wants it, too. */
int64_t track_drain_stall_ns(const struct track_drain *drain, const struct ledger_facts *facts);
/* How long the pipeline took to run empty after the load: until the last event came; 0 when that
 * was before its end. */
int64_t track_drain_time_ns(const struct track_drain *drain, const struct ledger_facts *facts);

#endif
