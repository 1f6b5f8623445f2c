/* SPDX-License-Identifier: Apache-2.0
 *
 * The scenarios of a script as plain data: what k6's `options.scenarios` and its shortcuts (vus,
 * duration, iterations, stages) say, checked and completed with k6's defaults. Read from the JSON
 * of the options and from the words of the command line (plan_shortcut.h).
 *
 * Also what follows from them alone: when a VU starts and stops, how many are needed when, how the
 * VUs are dealt to shards. All of it is a function of the plan, so that each shard computes it for
 * itself and all agree.
 */
#ifndef BR_PLAN_PLAN_SCENARIO_H
#define BR_PLAN_PLAN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

struct json;

enum plan_executor {
    PLAN_SHARED_ITERATIONS,
    PLAN_PER_VU_ITERATIONS,
    PLAN_CONSTANT_VUS,
    PLAN_RAMPING_VUS,
    PLAN_CONSTANT_ARRIVAL_RATE,
    PLAN_RAMPING_ARRIVAL_RATE,
    PLAN_EXTERNALLY_CONTROLLED,
    PLAN_EXECUTOR_COUNT
};

/* "constant-vus": static storage. */
const char *plan_executor_name(enum plan_executor executor);
/* PLAN_EXECUTOR_COUNT when there is none of that name. */
enum plan_executor plan_executor_from_name(struct bytes name);

enum {
    PLAN_SCENARIOS_MAX = 1000,
    PLAN_STAGES_MAX = 100000,
    PLAN_VUS_MAX = 1000000, /* of a scenario */
    /* A scenario with fewer VUs runs on one shard. */
    PLAN_SHARD_VUS_MIN = 32,
};

struct plan_stage {
    int64_t duration_ns; /* 0: a jump */
    uint64_t target;     /* VUs, or iterations in each time_unit_ns */
};

struct plan_pair {
    struct bytes name;
    struct bytes value;
};

/* Fields that an executor does not have are 0. */
struct plan_scenario {
    struct bytes name;
    enum plan_executor executor;
    int64_t start_ns;         /* startTime */
    int64_t graceful_stop_ns; /* 0 for externally-controlled */
    struct bytes exec;        /* the exported function */
    struct plan_pair *env;
    size_t env_count;
    struct plan_pair *tags;
    size_t tag_count;
    uint64_t vus;        /* vus; startVUs of ramping-vus; preAllocatedVUs of the arrival rates */
    uint64_t vus_max;    /* the most that can run at a time */
    uint64_t iterations; /* shared: of all; per-vu: of each VU */
    /* How long iterations are begun: duration, maxDuration, or the sum of the stages; INT64_MAX:
     * until somebody stops it (externally-controlled). */
    int64_t duration_ns;
    struct plan_stage *stages;
    size_t stage_count;
    int64_t graceful_ramp_down_ns;
    uint64_t rate; /* rate or startRate: iterations in each time_unit_ns */
    int64_t time_unit_ns;
};

/* Owns everything; sorted by startTime, then name. */
struct plan_scenarios {
    struct plan_scenario *items;
    size_t count;
    struct arena arena;
};

void plan_scenarios_init(struct plan_scenarios *scenarios);
void plan_scenarios_fini(struct plan_scenarios *scenarios);

/* Adds one from a member of `options.scenarios`; a sentence with the scenario's name, the key and
 * what would be accepted. BR_ERR_CONFIG. */
BR_NODISCARD enum br_err plan_scenarios_add(struct plan_scenarios *scenarios, struct bytes name,
                                            const struct json *json, struct diag *diag);
/* When all were added: sorts them, refuses none at all. */
BR_NODISCARD enum br_err plan_scenarios_complete(struct plan_scenarios *scenarios,
                                                 struct diag *diag);

/* A duration of k6: "1m30s", "2d12h", or a bare number of milliseconds. Of the whole text. */
BR_NODISCARD enum br_err plan_read_duration(struct bytes text, int64_t *out_ns, struct diag *diag);
/* The same from JSON, where a number is milliseconds, too. `place` for the message. */
BR_NODISCARD enum br_err plan_json_duration(const struct json *json, const char *place,
                                            int64_t *out_ns, struct diag *diag);
/* "10s:5": DURATION:TARGET of --stage. */
BR_NODISCARD enum br_err plan_read_stage(struct bytes text, struct plan_stage *out_stage,
                                         struct diag *diag);

/* ---- what follows from it ---- */

/* Walks the moments at which a ramping-vus scenario's number of VUs changes by one (constant-vus
 * and the like have one change of many at 0). Times are from the scenario's start. A copy is a
 * second reader. */
struct plan_vu_steps {
    const struct plan_scenario *scenario;
    size_t stage;
    int64_t stage_start_ns;
    uint64_t stage_from;
    uint64_t vus; /* now */
};
/* At 0: vus is the number to begin with. */
void plan_vu_steps_init(struct plan_vu_steps *steps, const struct plan_scenario *scenario);
/* The next change: vus is the new number (one more or less), *out_at_ns when; false at the end. */
bool plan_vu_steps_next(struct plan_vu_steps *steps, int64_t *out_at_ns);

/* Walks the moments at which iterations of an arrival-rate scenario are due, from its start;
 * exactly k6's: a constant rate fires at 0, timeUnit/rate (whole ns), … below the duration; a
 * ramping one fires its i-th (from 1) when the area under the rate reaches i. Number k (from 0)
 * belongs to the reader that walks k, k + stride, …. */
struct plan_arrivals {
    const struct plan_scenario *scenario;
    uint64_t k;
    uint64_t stride;
    int64_t due_ns; /* of k; INT64_MAX behind the end */
    size_t stage;   /* ramping: */
    int64_t stage_start_ns;
    uint64_t stage_from;
    long double done; /* the area before the stage */
};
void plan_arrivals_init(struct plan_arrivals *arrivals, const struct plan_scenario *scenario,
                        uint64_t first, uint64_t stride);
void plan_arrivals_step(struct plan_arrivals *arrivals);

/* VUs in use or held back for somebody from that moment on. */
struct plan_need {
    int64_t at_ns;
    uint64_t planned;
    uint64_t unplanned; /* may be made in addition */
};
/* Of one scenario, from its start (plan_needs_destroy). gracefulRampDown and gracefulStop hold VUs
 * back. Ends with a row of zeros, but for externally-controlled without a duration. */
struct plan_need *plan_scenario_needs(const struct plan_scenario *scenario, size_t *out_count);
/* Of all of them, from the start of the test. */
struct plan_need *plan_scenarios_needs(const struct plan_scenarios *scenarios, size_t *out_count);
void plan_needs_destroy(struct plan_need **needs);

/* What `inspect --execution-requirements` prints. */
struct plan_requirements {
    uint64_t vus_planned; /* made before the start */
    uint64_t vus_max;     /* with all that may be made later */
    int64_t duration_ns;  /* all graceful stops included; INT64_MAX: without end */
};
void plan_scenarios_require(const struct plan_scenarios *scenarios,
                            struct plan_requirements *out_requirements);

/* How a scenario is cut for shard `shard` of `shards`: it runs VU indexes and arrivals index,
 * index + count, …. count 0: no part of it. */
struct plan_cut {
    uint64_t index;
    uint64_t count;
};
/* Of `total` things, how many belong to that cut. */
uint64_t plan_cut_share(struct plan_cut cut, uint64_t total);

/* How the work is dealt: a cut for each scenario and shard, and the VUs to make on each shard. */
struct plan_deal {
    int shards;
    struct plan_cut *cuts; /* [scenario * shards + shard] */
    uint64_t *pools;       /* VUs planned on each shard */
    uint64_t vus_planned;  /* their sum: ids beyond it are for VUs made later */
};
struct plan_deal *plan_deal_create(const struct plan_scenarios *scenarios, int shards);
void plan_deal_destroy(struct plan_deal **deal);
/* The id (from 1) of VU number `index` of a shard's pool; ids are 1 … vus_planned over all. */
uint64_t plan_deal_vu_id(const struct plan_deal *deal, int shard, uint64_t index);

/* As k6 describes it: "10 looping VUs for 30s (gracefulStop: 30s)". */
void plan_scenario_print(const struct plan_scenario *scenario, struct buf *out);

#endif
