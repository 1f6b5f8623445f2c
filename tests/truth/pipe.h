/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole runs of `brunt bench` through a pipeline with planted faults, in the simulated world, by
 * seed. The pipeline writes down what it really did, each part by itself:
 *
 *     bench ──> gate ──> relay ──> sink of the bench       (a relay and a sink each, 1 to 3 of
 * them)
 *
 * The gate (pipe_gate.c) takes every request and does to it what the seed says: passes it on,
 * refuses it, cuts the connection, claims to have taken it, never answers, before or behind having
 * passed it on. The relays are `standin relay` with its planted faults and its own account of them.
 * What the bench reports must follow from both accounts (pipe_judge.c), event by event.
 */
#ifndef BR_TESTS_TRUTH_PIPE_H
#define BR_TESTS_TRUTH_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/stamp.h"
#include "plan/plan.h"
#include "report/result_events.h"
#include "sim.h"
#include "standin/relay.h"

#define PIPE_MS INT64_C(1000000)
#define PIPE_SEC INT64_C(1000000000)

enum {
    PIPE_SINKS_MAX = 3,
    PIPE_STREAMS_MAX = 256,
    PIPE_REQUESTS_MAX = 4096,
    PIPE_WHY_SIZE = 1024,
    PIPE_BATCH_MAX = 10,
    PIPE_REPLY_SIZE = 1024,
};

/* What the gate does to a request. PASSED and behind: it reaches the relays all the same. */
enum pipe_deed {
    PIPE_PASS,
    PIPE_REFUSE, /* 400, 404, 422, 429, 503 */
    PIPE_BREAK,  /* 302, 408, 500, 502, 504 */
    PIPE_CUT,    /* reset */
    PIPE_HANG,   /* never answered */
    PIPE_LIE,    /* 200 */
    PIPE_PART,   /* 200 with a body that accepts some and refuses others */
    PIPE_PASSED,
    PIPE_LEAK = PIPE_PASSED, /* … and refused as above */
    PIPE_PASS_BREAK,
    PIPE_PASS_CUT,
    PIPE_PASS_HANG,
    PIPE_PASS_PART,
    PIPE_DEED_COUNT,
};

/* How the gate's replies tell events apart. */
enum pipe_reply { PIPE_REPLY_NONE, PIPE_REPLY_ITEMS, PIPE_REPLY_IDS };

/* A seed's plan, before anything happens. */
struct pipe_options {
    uint64_t seed;
    bool is_healthy; /* no fault anywhere */
    bool has_kill;   /* the first relay is destroyed in mid-run */
};

struct pipe_relay_plan {
    char url[64];
    bool is_tcp;
    struct standin_relay_config config;
    int64_t sink_delay_ns; /* at most, of its sink's answers */
    bool is_intact;        /* its sink compares the field that damage befalls */
};

struct pipe_plan {
    struct pipe_options asked;
    int relays;
    struct pipe_relay_plan relay[PIPE_SINKS_MAX];
    double deeds[PIPE_DEED_COUNT]; /* shares */
    int64_t deed_delay_ns;         /* of replies, at most */
    int64_t latency_ns;
    int64_t jitter_ns;
    int64_t within_ns;
    int64_t timeout_ns;
    int64_t down_from_ns, down_to_ns; /* the gate resets and refuses connections */
    int resets;                       /* of all connections to the sinks, so often */
    int64_t kill_ns;
    enum pipe_reply reply;
    uint64_t batch;
    uint64_t requests; /* that come due */
    bool is_closed;
    bool is_one_port; /* all webhooks on one, told apart by their paths */
};

/* What really became of an event behind one relay. */
struct pipe_out {
    uint32_t count; /* put out so often */
    int64_t first_ns;
    uint64_t first_order;
    enum relay_fault fault; /* planted and done */
    bool is_open;           /* … intended and neither done nor void */
    bool in_stamp;
    bool gave_up;
};

struct pipe_event {
    bool is_seen;
    bool is_rejected; /* by a reply that accepts others of its request */
    uint32_t request;
    uint32_t place; /* in its body */
    struct pipe_out outs[PIPE_SINKS_MAX];
};

struct pipe_request {
    enum pipe_deed deed;
    int64_t got_ns;
    int64_t replied_ns; /* its reply was written in full; 0: never */
    int status;         /* of the reply; 0: none */
    bool was_taken;     /* all relays accepted it */
};

struct pipe_stream {
    struct pipe_event *events;
    size_t count;
    size_t size;
};

/* What happened. */
struct pipe_truth {
    struct pipe_stream streams[PIPE_STREAMS_MAX];
    struct pipe_request requests[PIPE_REQUESTS_MAX];
    uint32_t request_count;
    uint64_t event_count;
    uint64_t orders[PIPE_SINKS_MAX]; /* of putting out */
    uint64_t damaged_stamps[PIPE_SINKS_MAX];
    int64_t killed_ns;
    bool is_broken; /* the world itself went wrong */
    char why[PIPE_WHY_SIZE];
};

/* Counts over many plans, so that none of them is about nothing. */
struct pipe_tally {
    uint64_t events;
    uint64_t deeds[PIPE_DEED_COUNT];
    uint64_t faults[RELAY_FAULT_COUNT];
    uint64_t told[TRACK_ANOMALY_COUNT];
    uint64_t classes[TRACK_CLASS_COUNT];
    uint64_t open[TRACK_ANOMALY_COUNT]; /* that cannot be decided from outside */
    uint64_t long_lists; /* … of which only the first runs and the count are known */
    uint64_t unsent, unreadable, attempts, redelivered, repeated;
};

/* pipe_plan.c */
void pipe_plan_make(const struct pipe_options *asked, struct pipe_plan *out_plan);
/* The same as a plan of the bench, to be completed and run. False with a sentence in why. */
bool pipe_plan_bench(struct pipe_plan *plan, struct plan *out_plan, char why[PIPE_WHY_SIZE]);

/* pipe_gate.c: the pipeline's thread. */
struct pipe_gate;
struct pipe_gate *pipe_gate_start(struct pipe_plan *plan, const struct stamp_run *run,
                                  struct pipe_truth *truth);
void pipe_gate_stop(struct pipe_gate **gate);

/* pipe_truth.c */
struct pipe_event *pipe_truth_event(struct pipe_truth *truth, struct stamp_id id);

/* pipe_judge.c: false with the first thing that is wrong in why. */
bool pipe_judge(const struct pipe_plan *plan, struct pipe_truth *truth, const struct result *result,
                struct pipe_tally *tally, char why[PIPE_WHY_SIZE]);

#endif
