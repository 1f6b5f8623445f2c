/* SPDX-License-Identifier: Apache-2.0
 *
 * One operation on its way: a request, a produce, a query. The executor fills the first part and
 * lends the operation to the driver, which fills the second and gives it back by exec_op_done.
 */
#ifndef BR_LOAD_OP_H
#define BR_LOAD_OP_H

#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

/* Times are clock_now_ns; what they mean is design.md 7.1. */
struct op {
    struct list node; /* in the executor's list of operations in flight, or of free ones */
    uint64_t k;       /* global number: values derive from (seed, k) */
    int64_t due_ns;
    int64_t ready_ns;
    int64_t begun_ns; /* given to the driver; later than ready_ns when it waited for a slot */
    int phase;
    int target;

    /* The driver's part. */
    int64_t sent_ns; /* 0: no byte went to the kernel */
    int64_t done_ns;
    int64_t receive_lag_ns; /* how long the reply lay unread; -1: not known */
    enum br_err err;
    int status; /* 0: none came */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    void *session; /* whoever works on it, for the driver */
};

#endif
