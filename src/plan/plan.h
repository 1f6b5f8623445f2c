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
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "data/batch.h"
#include "data/tmpl.h"
#include "metric/expr.h"
#include "plan/plan_events.h"
#include "plan/plan_phase.h"

/* An exact rate: `count` in every `per_ns`, in lowest terms (units.h): 7/3s is {7, 3000000000},
 * 2.5/s is {1, 400000000}; no rate at all is {0, 1000000000}. */
struct plan_rate {
    uint64_t count;
    int64_t per_ns;
};

/* A stretch of the schedule: from one rate to another, linear. A constant rate has from == to. */
struct plan_leg {
    struct plan_rate from;
    struct plan_rate to;
    int64_t duration_ns;
    const char *name; /* of the phase that it is, static storage; NULL: it is none of its own */
};

enum plan_model {
    PLAN_OPEN,   /* the schedule says when; connections grow as needed */
    PLAN_CLOSED, /* N connections, each sends again when it has its answer */
};

enum plan_wait { PLAN_WAIT_AUTO, PLAN_WAIT_SPIN, PLAN_WAIT_ECO };

struct plan_header {
    struct bytes name;
    struct bytes value;
    const struct tmpl *tmpl; /* of the value; NULL: it is the same for all requests */
};

/* Where load goes. */
struct plan_target {
    struct bytes url; /* as given: its name in tables */
    bool tls;
    struct bytes host; /* without brackets; a name or a literal */
    uint16_t port;
    struct bytes unix_path;  /* not empty: connect there */
    struct bytes address;    /* a literal to connect to instead of looking the host up; or empty */
    struct bytes authority;  /* the Host header: host[:port] where it is not the default */
    struct bytes path;       /* origin form with query, "/" at least */
    struct bytes raw_path;   /* the same as written, placeholders and all */
    const struct tmpl *tmpl; /* of the path; NULL: it is the same for all requests */
};

struct plan_request {
    struct bytes method;
    struct plan_header *headers; /* all but Content-Length and, unless it is here, Host */
    size_t header_count;
    struct bytes body;
    const struct tmpl *tmpl; /* of a record of the body; NULL: the body is as it is */
    uint64_t batch;          /* records in a body, 1 at least */
    bool is_joined; /* a body is records joined, even where it is one: more than one, or --batch */
    enum batch_join join;
    struct bytes data_path; /* the rows of {{row.FIELD}}; empty: none */
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

struct plan_chunk; /* plan.c */

struct plan {
    struct bytes command; /* the command line, for the result's header */
    uint64_t seed;
    bool seed_given;
    struct plan_target *targets;
    size_t target_count;
    struct plan_request request;
    struct tmpl_set *templates; /* NULL: nothing in the requests changes; sealed */
    struct plan_events events;
    struct plan_load load;
    int64_t timeout_ns;         /* whole operation */
    int64_t timeout_connect_ns; /* 0: only the whole one counts */
    int64_t timeout_first_ns;   /* first byte of the reply; 0: only the whole one counts */
    int64_t max_lateness_ns;    /* 0: design.md 7.2's rule */
    bool keep_alive;
    bool insecure;
    struct bytes ca_file;   /* empty: the system's */
    struct bytes cert_file; /* our own certificate; empty: none */
    struct bytes key_file;  /* its key */
    bool tls_resume;        /* new connections resume the TLS sessions of old ones */
    int shards;             /* 0 until completed */
    enum plan_wait wait;
    bool wait_ready;
    int64_t wait_ready_ns; /* how long at most */
    struct expr *expects;
    size_t expect_count;
    bool quiet;
    bool verbose; /* shows the exchanges */
    struct bytes result_path;
    struct bytes watch_at;     /* where the page for Prometheus listens; empty: nowhere */
    struct plan_chunk *chunks; /* the texts it owns */
};

/* What nobody means who writes it; plan_complete refuses more. */
enum {
    PLAN_TARGETS_MAX = 1000,
    PLAN_HEADERS_MAX = 200,
    PLAN_HEAD_SIZE_MAX = 64 * 1024,
    PLAN_CONNECTIONS_MAX = 1000000,
    PLAN_SHARDS_MAX = 256,
    PLAN_LEGS_MAX = 10000,
    PLAN_RATE_PER_SEC_MAX = 100000000,
};
#define PLAN_BODY_SIZE_MAX ((size_t)1 << 30)
#define PLAN_DURATION_NS_MAX (INT64_C(366) * 86400 * 1000000000)
/* The time of a rate in lowest terms; also what pacers can multiply without care. */
#define PLAN_RATE_PER_NS_MAX (INT64_C(86400) * 1000000000)

/* Everything at its default; nothing allocated. */
void plan_init(struct plan *plan);
void plan_fini(struct plan *plan);

/* A copy that the plan owns, NUL-terminated. */
struct bytes plan_copy(struct plan *plan, struct bytes text);
/* Adds a target; "http://" is put before a text without a scheme. */
BR_NODISCARD enum br_err plan_add_target(struct plan *plan, struct bytes url, struct diag *diag);
/* Adds a header, "name: value". One that would be sent by default is replaced, and left out when
 * the value is empty; otherwise the same name may come twice. */
BR_NODISCARD enum br_err plan_add_header(struct plan *plan, struct bytes line, struct diag *diag);
/* Adds an expectation. */
BR_NODISCARD enum br_err plan_add_expect(struct plan *plan, struct bytes text, struct diag *diag);
/* Adds a leg at the end; one without duration is left out (a step). */
void plan_add_leg(struct plan *plan, struct plan_rate from, struct plan_rate to,
                  int64_t duration_ns);
/* The same for a leg that is a phase; name: static storage, PLAN_PHASE_NAME_SIZE - 8 at most. Where
 * one leg behind the warm-up has a name, all of them have. */
void plan_add_named_leg(struct plan *plan, const char *name, struct plan_rate from,
                        struct plan_rate to, int64_t duration_ns);
/* The header of that name, whatever its case; NULL when there is none. */
const struct plan_header *plan_find_header(const struct plan_request *request, struct bytes name);

/* Fills in what is left to us (method, Content-Type, User-Agent) and checks that the plan can be
 * meant: one sentence when not. Once, after everything was added. */
BR_NODISCARD enum br_err plan_complete(struct plan *plan, struct diag *diag);

/* Compiles what has placeholders, all as one set (plan_template.c). Part of plan_complete. */
BR_NODISCARD enum br_err plan_compile_templates(struct plan *plan, struct diag *diag);

/* Whether records have the field that is to be compared (plan_intact.c). Part of plan_complete. */
BR_NODISCARD enum br_err plan_check_intact(const struct plan *plan, struct diag *diag);

/* The media type of a body nobody gave one for: application/json for one object or array,
 * application/x-ndjson for several on lines of their own, else text/plain. Looks at the shape only,
 * so that templates count as what they will become. Static storage. */
struct bytes plan_content_type(struct bytes body);

/* Number of operations that the open model's schedule makes due (the ceiling `operations`
 * included); 0 when it is not known beforehand (closed model without a number). */
uint64_t plan_operations_due(const struct plan *plan);
/* The same for its first `duration_ns`, without the ceiling. */
uint64_t plan_arrivals_within(const struct plan_load *load, int64_t duration_ns);

/* What a run is going to need; estimated beforehand so that it can be refused or printed. `run`
 * sets what the machine allows. */
struct plan_budget {
    uint64_t connections; /* open at the same time, at most; of the open model without a ceiling a
                             guess (see plan_budget_estimate) */
    bool connections_known;
    uint64_t descriptors;         /* file descriptors for that */
    uint64_t descriptors_allowed; /* set by the caller; 0: not known */
    uint64_t connections_allowed; /* the ceiling in force, set by the caller; 0: not known */
    uint64_t connection_bytes;    /* ours, without the kernel's */
    uint64_t metric_bytes;        /* interval blocks and totals */
    uint64_t total_bytes;         /* resident, with the program itself */
    uint64_t ledger_bytes;        /* the account of events, when they come in time; set by the */
    uint64_t ledger_worst_bytes;  /* caller, as is: when none comes out; 0: not known */
};

/* For `plan->shards` shards (1 when it is not decided yet). Leaves what the
 * caller sets alone. */
void plan_budget_estimate(const struct plan *plan, struct plan_budget *budget);

/* Its lines about events (plan_events_print.c); none when nothing is followed. Part of plan_print.
 */
void plan_print_events(const struct plan *plan, const struct plan_budget *budget, struct buf *out);
/* Events that the plan sends; 0: not known beforehand. */
uint64_t plan_events_due(const struct plan *plan);
/* The plan in a few lines for people, ending in a line feed. budget may be NULL: left out. */
void plan_print(const struct plan *plan, const struct plan_budget *budget, struct buf *out);

#endif
