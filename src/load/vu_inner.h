/* SPDX-License-Identifier: Apache-2.0
 *
 * What the executors share: the host's pool, and the life of an executor on this shard. A VU stands
 * in exactly one list: the pool, the host's queue of those that begin next, its executor's running,
 * ending or idle ones.
 */
#ifndef BR_LOAD_VU_INNER_H
#define BR_LOAD_VU_INNER_H

#include "load/vu.h"

enum vu_exec_state {
    VU_EXEC_WAITING, /* for its startTime */
    VU_EXEC_RUNNING,
    VU_EXEC_STOPPING, /* no more iterations; those under way may end */
    VU_EXEC_DONE,
};

/* The place of a VU in an executor that keeps its VUs busy; index v of the scenario. */
struct vu_seat {
    struct list node; /* in exec->queue while it waits for a VU */
    struct vu_exec *exec;
    struct vu *vu;
    bool wanted;              /* it has to run iterations */
    uint64_t left;            /* per-vu-iterations: that it has not begun */
    struct wheel_timer grace; /* gracefulRampDown */
};

struct vu_exec {
    struct vu_host *host;
    const struct plan_scenario *scenario;
    int index;
    struct plan_cut cut;
    enum vu_exec_state state;
    int64_t start_ns;
    int64_t end_ns;          /* INT64_MAX: none */
    struct loop_alarm alarm; /* the next start, step or arrival */
    struct wheel_timer end_timer;
    struct wheel_timer grace_timer;
    struct list running; /* VUs */
    struct list ending;  /* VUs that were interrupted and have not ended yet */
    struct vu_totals totals;

    /* Closed executors. */
    struct vu_seat **seats; /* of this shard: index cut.index + i * cut.count */
    size_t seat_count;
    struct list queue;   /* seats that wait for a VU */
    uint64_t seats_held; /* that have a VU */
    struct plan_vu_steps steps;
    int64_t step_ns; /* of the next step; INT64_MAX: none */
    uint64_t step_from;
    uint64_t chunk_next; /* shared-iterations: numbers taken and not begun */
    uint64_t chunk_end;
    uint64_t target; /* externally-controlled */

    /* Arrival rates. */
    struct plan_arrivals arrivals;
    struct list idle;     /* VUs */
    uint64_t missing;     /* pre-allocated ones that the pool did not have yet */
    uint64_t growing;     /* VUs being made for it here */
    uint64_t looked_turn; /* the loop's turn in which a late arrival found nobody */
    bool looked;
    bool warned;
};

struct vu_host {
    struct vu_env env;
    struct vu_exec *execs; /* one for each scenario */
    int exec_count;
    struct vu **vus; /* all */
    size_t vu_count;
    struct list pool;
    struct list again;      /* VUs that begin an iteration next */
    struct loop_alarm work; /* for what must not happen in the middle of something else */
    uint64_t to_make;
    uint64_t initialising;
    uint64_t initialised;
    uint64_t active;
    uint64_t waiting; /* seats and missing VUs of all executors: who wants one from the pool */
    bool preparing;
    bool finished; /* all executors are done, to be told */
    bool told;
    struct diag diag;
    vu_host_fn *ready;
    void *ready_context;
    vu_host_fn *done;
    void *done_context;
    int64_t t0_ns;
};

/* ---- vu_host.c ---- */

/* One more VU, for that executor (NULL: for the pool). */
void vu_make(struct vu_host *host, uint64_t id, struct vu_exec *exec);
/* From the pool; NULL when it is empty. */
struct vu *vu_take(struct vu_host *host, struct vu_exec *exec);
/* Back, or on to an executor that waits for one. */
void vu_release(struct vu *vu);
/* The work alarm fires soon. */
void vu_host_work_soon(struct vu_host *host);
/* Begins an iteration now; the VU stands in no list. */
void vu_start(struct vu *vu, int64_t due_ns, int64_t ready_ns, uint64_t number);
void vu_interrupt(struct vu *vu);
/* A number of the scenario's iterations; false when there are no more. */
bool vu_take_number(struct vu_exec *exec, uint64_t *out_number);

/* ---- vu_exec.c: all executors ---- */

void vu_exec_init(struct vu_exec *exec, struct vu_host *host, int index);
void vu_exec_fini(struct vu_exec *exec);
void vu_exec_schedule(struct vu_exec *exec, int64_t t0_ns);
/* No more iterations; the grace counts from `end_ns`. */
void vu_exec_stop(struct vu_exec *exec, int64_t end_ns);
void vu_exec_abort(struct vu_exec *exec);
/* The VU has nothing to do any more: its iteration has ended, or it never began. */
void vu_exec_freed(struct vu_exec *exec, struct vu *vu);
/* The VU is the executor's: it waited for one. */
void vu_exec_given(struct vu_exec *exec, struct vu *vu);
bool vu_exec_is_open(const struct vu_exec *exec);
void vu_exec_check_done(struct vu_exec *exec);
void vu_exec_count_active(struct vu_exec *exec, int change);

/* ---- vu_seat.c: executors that keep VUs busy ---- */

void vu_seats_init(struct vu_exec *exec);
void vu_seats_fini(struct vu_exec *exec);
void vu_seats_begin(struct vu_exec *exec, int64_t now_ns);
void vu_seats_on_alarm(struct vu_exec *exec, int64_t now_ns);
void vu_seats_stop(struct vu_exec *exec);
void vu_seat_freed(struct vu_exec *exec, struct vu *vu);
void vu_seat_given(struct vu_exec *exec, struct vu *vu);
/* From the work alarm: begins the next iteration, or gives the VU back. */
void vu_seat_again(struct vu *vu);
void vu_seats_scale(struct vu_exec *exec, uint64_t vus, uint64_t vus_max);

/* ---- vu_arrival.c ---- */

void vu_arrivals_begin(struct vu_exec *exec, int64_t now_ns);
void vu_arrivals_on_alarm(struct vu_exec *exec, int64_t now_ns);
/* What came due before the end and was not looked at yet. */
void vu_arrivals_finish(struct vu_exec *exec);
void vu_arrivals_stop(struct vu_exec *exec);
void vu_arrival_freed(struct vu_exec *exec, struct vu *vu);
void vu_arrival_offered(struct vu_exec *exec, const struct vu_offer *offer);

#endif
