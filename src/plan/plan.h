/* SPDX-License-Identifier: Apache-2.0
 *
 * The validated intent of a run as plain data: made from flags (later from a script's options),
 * completed by `run`, printed before the start, never changed by the run. A plan owns everything
 * it points to (one arena-like destroy). Every number has its unit in its name.
 */
#ifndef BR_PLAN_PLAN_H
#define BR_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "metric/expr.h"

/* An exact rate: `count` in every `per_ns`. 7/3s is {7, 3000000000}, 2.5/s is {5, 2000000000}. */
struct plan_rate {
    uint64_t count;
    int64_t per_ns;
};

/* A stretch of the schedule: from one rate to another, linear. A constant rate has from == to. */
struct plan_leg {
    struct plan_rate from;
    struct plan_rate to;
    int64_t duration_ns;
};

enum plan_model {
    PLAN_OPEN,   /* the schedule says when; connections grow as needed */
    PLAN_CLOSED, /* N connections, each sends again when it has its answer */
};

enum plan_wait { PLAN_WAIT_AUTO, PLAN_WAIT_SPIN, PLAN_WAIT_ECO };

struct plan_header {
    struct bytes name;
    struct bytes value;
};

/* Where load goes. */
struct plan_target {
    struct bytes url; /* as given: its name in tables */
    bool tls;
    struct bytes host; /* without brackets; a name or a literal */
    uint16_t port;
    struct bytes unix_path; /* not empty: connect there */
    struct bytes authority; /* the Host header: host[:port] where it is not the default */
    struct bytes path;      /* origin form with query, "/" at least */
};

struct plan_request {
    struct bytes method;
    struct plan_header
        *headers; /* Host, Content-Length and, where missing, Content-Type are added */
    size_t header_count;
    struct bytes body;
};

struct plan_load {
    enum plan_model model;
    struct plan_leg *legs; /* open model, warm-up included */
    size_t leg_count;
    bool poisson;
    uint64_t operations;  /* 0: no limit by number */
    int64_t duration_ns;  /* 0: no limit by time; warm-up included */
    int64_t warmup_ns;    /* the first part of it, counted apart */
    int64_t grace_ns;     /* how long operations may go on when the time is over */
    uint64_t connections; /* closed: the number; open: the ceiling, 0: as many as needed */
};

struct plan {
    struct bytes command; /* the command line, for the result's header */
    uint64_t seed;
    bool seed_given;
    struct plan_target *targets;
    size_t target_count;
    struct plan_request request;
    struct plan_load load;
    int64_t timeout_ns;         /* whole operation */
    int64_t timeout_connect_ns; /* 0: only the whole one counts */
    int64_t timeout_first_ns;   /* first byte of the reply; 0: only the whole one counts */
    int64_t max_lateness_ns;    /* 0: design.md 7.2's rule */
    bool keep_alive;
    bool insecure;
    struct bytes ca_file; /* empty: the system's */
    int shards;           /* 0 until completed */
    enum plan_wait wait;
    bool wait_ready;
    int64_t wait_ready_ns; /* how long at most */
    struct expr *expects;
    size_t expect_count;
    bool quiet;
    bool verbose; /* shows the exchanges */
    struct bytes result_path;
};

/* Everything at its default; nothing allocated. */
void plan_init(struct plan *plan);
void plan_fini(struct plan *plan);

/* Number of operations that the open model's schedule makes due (the ceiling `operations`
 * included); 0 when it is not known beforehand (closed model without a number). */
uint64_t plan_operations_due(const struct plan *plan);

#endif
