/* SPDX-License-Identifier: Apache-2.0
 *
 * The first event: before the load one event is sent through and awaited at every sink. An
 * acceptance is the pipeline's claim, no more (design.md 7.3): real stores answer 200 and keep
 * nothing, real services say healthy and answer 404.
 */
#ifndef BR_RUN_FIRST_H
#define BR_RUN_FIRST_H

#include "base/diag.h"
#include "base/stamp.h"
#include "load/driver.h"
#include "run/follow.h"

/* The streams of events that are sent before the load and judged by themselves: the first event's,
 * and that of --wait-ready's tries, whose copies may come out long after. The load's never get as
 * far. */
#define RUN_FIRST_STREAM STAMP_STREAM_MAX
#define RUN_READY_STREAM (STAMP_STREAM_MAX - 1)

/* On the caller's loop, which is run and stopped; the sinks' thread runs, the shards do not yet, so
 * their rows are taken here. Fills follow->first_came_ns. Fails with a sentence when the request
 * failed or the event did not come out of each sink in plan->events.first_event_ns. */
BR_NODISCARD enum br_err run_first_event(struct loop *loop, const struct plan *plan,
                                         const struct driver_ops *driver_ops, struct follow *follow,
                                         const int *interrupted, struct diag *diag);

#endif
