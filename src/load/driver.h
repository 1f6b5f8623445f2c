/* SPDX-License-Identifier: Apache-2.0
 *
 * What an executor drives: something that can carry out operations. One driver a shard; `drive` has
 * the native ones, `script` the VUs. The executor knows no protocol, the driver no schedule.
 */
#ifndef BR_LOAD_DRIVER_H
#define BR_LOAD_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "load/op.h"
#include "loop/loop.h"
#include "metric/block.h"
#include "plan/plan.h"

struct driver;
struct exec;
struct ledger;

/* Where a shard's numbers go: the block of the current interval, exchanged by `run`. */
struct recorder {
    struct block *block;
    int64_t t0_ns;           /* start of the load: block times are relative to it */
    int phase;               /* the current one, for what belongs to no operation */
    uint64_t conns_open_max; /* the most connections that were open at a time; the driver's */
    bool ledger_is_full;     /* the driver could not register more events: sending has to stop */
};

/* What a driver is made from; borrowed, outlives it. */
struct driver_env {
    struct loop *loop;
    const struct plan *plan;
    struct recorder *recorder;
    int shard;
    int shards;
    uint64_t slots;        /* operations in flight at most */
    struct ledger *ledger; /* of track/; NULL: nothing is followed */
    /* Shows a part of an exchange (plan->verbose); NULL: nobody looks. */
    void (*trace)(void *context, struct bytes text);
    void *trace_context;
};

/* Told when the driver can begin. A target that cannot be reached is no reason not to: its
 * operations fail, and are counted. */
typedef void driver_ready_fn(void *context);

struct driver_ops {
    const char *name;
    /* Allocates; BR_ERR_* with a sentence when the plan asks for what it cannot do. */
    enum br_err (*create)(const struct driver_env *env, struct driver **out_driver,
                          struct diag *diag);
    /* Gets ready for the first operation (names, certificates); answers by `ready`, perhaps at
     * once. */
    void (*prepare)(struct driver *driver, driver_ready_fn *ready, void *context);
    /* Begins. Ends by exec_op_done, perhaps before this returns. */
    void (*start)(struct driver *driver, struct op *op);
    /* Ends it now, with that error, by exec_op_done. */
    void (*abort)(struct driver *driver, struct op *op, enum br_err err);
    /* Something a person should know about how it went ("the certificate has expired"); NULL:
     * nothing. Lent. */
    const char *(*remark)(const struct driver *driver);
    /* Connections open now. */
    uint64_t (*conns_open)(const struct driver *driver);
    void (*destroy)(struct driver **driver);
};

/* The head of every driver's own struct. */
struct driver {
    const struct driver_ops *ops;
    struct exec *exec; /* set by exec_init */
};

#endif
