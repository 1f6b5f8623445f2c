/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual users: the seam between the executors, which know when somebody has to run an iteration,
 * and whoever can run one (the script engine; tests have a driver of their own). A host is the part
 * of a run that is on one shard: its pool of VUs and the executors of its scenarios.
 *
 * The contract in one paragraph. The host allocates VUs (ops->vu_size bytes, a struct vu at their
 * head), has the driver initialise them (ops->init, answered by vu_ready, perhaps at once), and
 * then calls ops->start to have one iteration run. The driver tells its end by vu_done, once for
 * each start, perhaps before start returns. The host never calls start from inside vu_done or
 * vu_ready, nor for a VU whose iteration has not ended: whoever runs VUs on fibers may call both
 * from a fiber. ops->interrupt asks for the end of the iteration under way as soon as possible;
 * vu_done follows (with VU_INTERRUPTED), perhaps before interrupt returns, perhaps later.
 *
 * Everything here belongs to one thread. What shards have to agree on (numbers of iterations, VUs
 * made later, arrivals that found nobody) goes through struct vu_share, which `run` fills in.
 */
#ifndef BR_LOAD_VU_H
#define BR_LOAD_VU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/list.h"
#include "loop/loop.h"
#include "metric/hist.h"
#include "plan/plan_scenario.h"

struct vu_driver;
struct vu_exec;
struct vu_host;

enum vu_state {
    VU_INITIALISING,
    VU_IDLE,    /* in the pool, or held by an executor */
    VU_RUNNING, /* between start and vu_done */
    VU_BROKEN,  /* its init failed */
};

enum vu_outcome {
    VU_COMPLETED,   /* the function returned or threw: counts as an iteration */
    VU_INTERRUPTED, /* did not come to its end */
};

/* One virtual user. The driver reads it while an iteration runs and writes only `user`. */
struct vu {
    struct list node;
    struct vu_host *host;
    uint64_t id; /* from 1, unique in the test whatever the shards: __VU, exec.vu.idInTest */
    enum vu_state state;
    bool interrupted; /* interrupt was called for the iteration under way */

    /* Set before each start. A VU goes from scenario to scenario with all its state: the driver
     * compares with what it had before to switch function, env and tags. */
    const struct plan_scenario *scenario;
    int scenario_index;          /* in plan_scenarios.items */
    uint64_t iteration;          /* of this VU in the test, from 0: __ITER, iterationInInstance */
    uint64_t scenario_iteration; /* of this VU in this scenario since it was taken for it, from 0 */
    uint64_t number;             /* unique in the scenario, all shards: scenario.iterationInTest */
    int64_t due_ns;              /* by the pacer; in a closed model when the VU was free for it */
    int64_t ready_ns;            /* released by the executor */
    int64_t begun_ns;            /* given to the driver */

    void *user; /* the driver's */

    /* The executor's. */
    struct vu_exec *exec; /* NULL in the pool */
    void *seat;           /* its place in the executor */
    struct wheel_timer pause;
};

/* What runs iterations; one a shard. */
struct vu_driver_ops {
    const char *name;
    size_t vu_size; /* of the driver's own struct, which begins with a struct vu */
    /* Runs the VU's init code; vu->id is set. Answer by vu_ready. Called before the load for those
     * that are planned, and in the middle of it for those that an arrival rate needs more. */
    void (*init)(struct vu_driver *driver, struct vu *vu);
    /* Gives back what the VU holds; not while an iteration runs. The memory is the host's. */
    void (*fini)(struct vu_driver *driver, struct vu *vu);
    /* One iteration. */
    void (*start)(struct vu_driver *driver, struct vu *vu);
    /* Ends it now. May be called from inside an iteration, for that very one (vu_host_abort). */
    void (*interrupt)(struct vu_driver *driver, struct vu *vu);
    /* So many iterations of the scenario were due and found nobody: dropped_iterations. */
    void (*dropped)(struct vu_driver *driver, int scenario_index, uint64_t count, int64_t at_ns);
    /* For a person, once for each scenario: it has no VUs left to make (`vus`: that it has). */
    void (*insufficient)(struct vu_driver *driver, int scenario_index, uint64_t vus);
};

/* The head of every driver's own struct. */
struct vu_driver {
    const struct vu_driver_ops *ops;
    struct vu_host *host; /* set by vu_host_init */
};

/* An arrival that found no free VU where it came due. */
struct vu_offer {
    int scenario_index;
    unsigned hops; /* shards that had nobody */
    int64_t due_ns;
};

enum vu_counter {
    VU_COUNTER_ITERATIONS, /* numbers of a scenario's iterations, from 0 */
    VU_COUNTER_UNPLANNED,  /* VUs of a scenario made beyond the planned ones, from 0 */
    VU_COUNTER_IDS,        /* ids of such VUs in the whole test, from 0 (scenario_index 0) */
    VU_COUNTER_COUNT
};

/* What the shards of a run share. Filled in by `run`; vu_share_local is for one shard alone. */
struct vu_share {
    /* Takes up to `want` numbers of a counter that ends at `limit`; how many, *out_first the
     * first. */
    uint64_t (*take)(void *context, int scenario_index, enum vu_counter counter, uint64_t want,
                     uint64_t limit, uint64_t *out_first);
    /* Hands an arrival to the next shard, which calls vu_host_offer; false: it cannot take it. */
    bool (*offer)(void *context, int shard, const struct vu_offer *offer);
    /* Of all shards: one VU at a time is made beyond the planned ones. false: somebody else is at
     * it. */
    bool (*begin_growth)(void *context, int scenario_index);
    void (*end_growth)(void *context, int scenario_index);
    void *context;
};

/* For a run of one shard; counters are its own memory. */
struct vu_share_local {
    struct vu_share share;
    uint64_t *counters; /* [scenario * VU_COUNTER_COUNT + counter] */
    bool *growing;
};
void vu_share_local_init(struct vu_share_local *local, size_t scenario_count);
void vu_share_local_fini(struct vu_share_local *local);

/* What a host is made from; borrowed, outlives it. */
struct vu_env {
    struct loop *loop;
    const struct plan_scenarios *scenarios;
    const struct plan_deal *deal;
    const struct vu_share *share;
    struct vu_driver *driver;
    int shard;
    int64_t min_iteration_ns; /* minIterationDuration; 0: none */
};

/* How a scenario went on this shard. */
struct vu_totals {
    uint64_t due;   /* iterations that came due (arrival rates) or were begun */
    uint64_t begun; /* given to the driver */
    uint64_t completed;
    uint64_t interrupted;
    uint64_t dropped;
    uint64_t offered; /* found nobody here and went to another shard */
    uint64_t active;  /* VUs that run an iteration now */
    uint64_t active_max;
    uint64_t held;        /* VUs that belong to the scenario now */
    struct hist lateness; /* ready - due, ns: ours (arrival rates) */
    struct hist latency;  /* end - due of completed ones, ns (arrival rates) */
};

typedef void vu_host_fn(void *context);

/* BR_ERR_* never: what can be wrong was found by the plan. Takes no VU yet. */
struct vu_host *vu_host_create(const struct vu_env *env);
/* After `done`, or before the start. Destroys all VUs. */
void vu_host_destroy(struct vu_host **host);

/* Makes the planned VUs, a few each turn of the loop; `ready` when all are, or when one failed. */
void vu_host_prepare(struct vu_host *host, vu_host_fn *ready, void *context);
/* Not BR_ERR_NONE when the init of a VU failed, with its sentence. */
enum br_err vu_host_error(const struct vu_host *host, struct diag *diag);
/* Begins the scenarios at t0_ns + startTime; `done` when all of them ended here. */
void vu_host_start(struct vu_host *host, int64_t t0_ns, vu_host_fn *done, void *context);
/* No more iterations from now on; those under way have their gracefulStop. */
void vu_host_stop(struct vu_host *host);
/* Interrupts them. May be called from inside an iteration. */
void vu_host_abort(struct vu_host *host);
bool vu_host_is_done(const struct vu_host *host);

/* From the driver. */
void vu_ready(struct vu *vu, enum br_err err, const struct diag *diag);
void vu_done(struct vu *vu, enum vu_outcome outcome, int64_t end_ns);

/* From another shard, on this one's thread: takes it, passes it on, or counts it as dropped. */
void vu_host_offer(struct vu_host *host, const struct vu_offer *offer);

/* externally-controlled: so many VUs over all shards from now on (`vus_max` at most, which may grow
 * too); false when there is no such scenario. */
bool vu_host_scale(struct vu_host *host, uint64_t vus, uint64_t vus_max);

/* ---- questions ---- */

uint64_t vu_host_active(const struct vu_host *host);      /* VUs that run an iteration */
uint64_t vu_host_initialised(const struct vu_host *host); /* VUs that exist */
const struct vu_totals *vu_host_totals(const struct vu_host *host, int scenario_index);
/* When the scenario began (clock_now_ns); 0: not yet. */
int64_t vu_host_scenario_start_ns(const struct vu_host *host, int scenario_index);
/* 0 to 1: its share of the time, or of the iterations where they end it (of this shard's part). */
double vu_host_progress(const struct vu_host *host, int scenario_index);

#endif
