/* SPDX-License-Identifier: Apache-2.0
 *
 * The executor of a shard: releases operations when they are due (open model) or when a slot is
 * free (closed model), and records how they ended. A slot is one operation in flight; slots are
 * made as they are needed, up to a ceiling. What is due and finds no slot is a counter, never a
 * list: due times are a function of the number.
 */
#ifndef BR_LOAD_EXEC_H
#define BR_LOAD_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "load/driver.h"
#include "load/op.h"
#include "load/pacer.h"
#include "loop/loop.h"

enum exec_state {
    EXEC_IDLE,
    EXEC_RUNNING,  /* operations are begun */
    EXEC_STOPPING, /* no more are begun; those in flight may end until the grace is over */
    EXEC_DONE,
};

/* How the shard's part of the load went, beside what the blocks hold. */
struct exec_totals {
    uint64_t due;    /* came due (open) or were begun (closed) */
    uint64_t begun;  /* given to the driver */
    uint64_t unsent; /* due, and never begun because the time was over or somebody stopped us */
    uint64_t waited; /* found no free slot when they were due */
    uint64_t interrupted;
    uint64_t in_flight_max;
    uint64_t behind_max;
};

typedef void exec_done_fn(void *context);

struct exec {
    struct loop *loop;
    struct driver *driver;
    struct recorder *recorder;
    const struct plan *plan;
    int shard;
    int shards;
    enum exec_state state;

    struct pacer pacer;         /* open model */
    struct pacer_cursor coming; /* the next to come due */
    struct pacer_cursor next;   /* the next to begin: behind `coming` by `behind` operations */
    uint64_t next_k;            /* closed model */
    uint64_t limit_k;           /* closed model: numbers below it exist */
    uint64_t to_begin;          /* closed model: free slots that have not begun again yet */
    uint64_t behind;

    struct list free;   /* ops */
    struct list flying; /* ops */
    struct list chunks; /* what ops are allocated in */
    uint64_t slots;
    uint64_t slots_max;
    uint64_t in_flight;
    unsigned starting;  /* depth of driver->start: an op may end inside it */
    uint64_t grow_turn; /* the loop's turn in which a late operation made in_flight_max grow */

    int64_t t0_ns;
    int64_t *phase_ends_ns; /* of all phases but the last, absolute */
    int phase_count;
    int phase;          /* where the last answer of exec_phase_at was */
    int64_t end_ns;     /* INT64_MAX: no limit by time */
    int64_t stopped_ns; /* when the load ended: end_ns, or when it was over before */
    struct loop_alarm due_alarm;
    struct wheel_timer end_timer;
    struct wheel_timer grace_timer;
    struct exec_totals totals;
    exec_done_fn *done;
    void *done_context;
};

/* Borrows everything; env->slots is the ceiling of this shard. */
void exec_init(struct exec *exec, const struct driver_env *env, struct driver *driver);
void exec_fini(struct exec *exec);

/* Begins at t0_ns (in the future, so that shards begin together); done is called when nothing is in
 * flight any more. */
void exec_start(struct exec *exec, int64_t t0_ns, exec_done_fn *done, void *context);
/* No more operations from now on; those in flight have the grace. What was due is unsent. */
void exec_stop(struct exec *exec);
/* Ends those in flight, too. */
void exec_abort(struct exec *exec);

/* From the driver: the operation has ended; op is the executor's again. */
void exec_op_done(struct exec *exec, struct op *op);

/* The phase an operation due at that time belongs to: 0 is the warm-up where there is one. */
int exec_phase_at(struct exec *exec, int64_t due_ns);

#endif
