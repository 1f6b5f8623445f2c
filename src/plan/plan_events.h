/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run intends with its events: what they are called, what counts as accepted, what is
 * expected of each sink, and how long the end is waited for (design.md 7.3 to 7.7).
 */
#ifndef BR_PLAN_PLAN_EVENTS_H
#define BR_PLAN_PLAN_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/stamp.h"
#include "data/accept.h"
#include "plan/plan_sink.h"

enum {
    PLAN_EVENT_PHASES_MAX = 16
}; /* of a run that follows events: what the ledger has room for */

/* What is accepted, for help and messages. */
#define PLAN_DELIVER_FORMS                                                                         \
    "NAME=WHAT,... with all, at-least=99.9%, exactly-once, in-order, none, within=5s, "            \
    "intact=FIELD, throttle=5/60s"

/* What is expected of one sink. Nothing of it is asked while it is zero, but counted all the same.
 */
struct plan_deliver {
    bool given;
    bool all;            /* every accepted event comes; again is fine (replays are normal) */
    bool exactly_once;   /* … and only once */
    bool in_order;       /* no event comes before one that must come earlier */
    bool none;           /* nothing comes here */
    double at_least;     /* share of the accepted ones; 0: not asked */
    uint32_t throttle;   /* the pipeline lets so many of a stream out … */
    int64_t throttle_ns; /* in so long; 0: it does not throttle */
    int64_t within_ns;   /* later than this after due is late; 0: never too late */
};

enum plan_identity {
    PLAN_IDENTITY_STAMP, /* each event is known by its stamp */
    PLAN_IDENTITY_COUNT, /* no identity survives: numbers are compared, duplicates hide losses */
};

struct plan_events {
    bool followed; /* the requests carry {{event}} (set by plan_complete) */
    enum plan_identity identity;
    struct stamp_run run; /* of the stamps */
    bool run_given;
    struct bytes stream_key;     /* name of a template's value; empty: one stream a shard */
    struct bytes intact_field;   /* whose text is compared, as it is sent; empty: none */
    struct accept accept;        /* what a reply says about the events of its request */
    bool first_event;            /* send one through before the load */
    int64_t first_event_ns;      /* and wait so long for it at most */
    int64_t settle_ns;           /* after the last one came; 0: by what was seen (7.7) */
    int64_t stall_ns;            /* nothing came for so long: the end; 0: by what was seen */
    int64_t drain_ns;            /* the end at the latest, after the load */
    uint64_t ledger_memory;      /* bytes; at it sending stops; 0: no cap */
    struct bytes anomalies_path; /* a file for all of them; empty: the result has the first */
    struct plan_sinks sinks;
    struct plan_deliver delivers[PLAN_SINKS_MAX]; /* of the sink of that index */
};

void plan_events_init(struct plan_events *events);
void plan_events_fini(struct plan_events *events);

/* "NAME=WHAT,…": adds to what is expected of that sink, which was added before. */
BR_NODISCARD enum br_err plan_events_add_deliver(struct plan_events *events, struct bytes text,
                                                 struct diag *diag);
/* Whether the plan states a throttle: then a stream must not be spread over shards. */
bool plan_events_throttled(const struct plan_events *events);
/* Contradictions (none with all), sinks without events, a first event without a sink. Texts are
 * borrowed from the plan. */
BR_NODISCARD enum br_err plan_events_check(const struct plan_events *events, struct diag *diag);

#endif
