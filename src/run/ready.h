/* SPDX-License-Identifier: Apache-2.0
 *
 * --wait-ready: the run's own request, once to every target, again and again until all succeed.
 * Health pages lie: a service that answers there may answer 404 to everything else.
 */
#ifndef BR_RUN_READY_H
#define BR_RUN_READY_H

#include "base/diag.h"
#include "load/driver.h"
#include "loop/loop.h"
#include "plan/plan.h"

/* On the caller's loop, which is run and stopped; gives up at plan->wait_ready_ns with a sentence
 * that names what failed last. `interrupted` (set by whoever stops the loop) ends it with
 * BR_ERR_INTERRUPTED. *out_waited_ns: how long it took. */
BR_NODISCARD enum br_err run_wait_ready(struct loop *loop, const struct plan *plan,
                                        const struct driver_ops *driver_ops, const int *interrupted,
                                        int64_t *out_waited_ns, struct diag *diag);

#endif
