/* SPDX-License-Identifier: Apache-2.0
 *
 * A time-out that costs a store per operation. The wheel's timer is armed once and left alone:
 * setting a later time or clearing only writes the true deadline, and when the timer goes off early
 * it is armed again for what is left. So it moves once per length of the time-out, not once per
 * request. Connect, first byte and total time-outs of a session share one: it is set to whichever
 * comes next.
 */
#ifndef BR_CONN_DEADLINE_H
#define BR_CONN_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"

struct deadline;

/* The deadline has passed and is cleared; it may be set again or its owner freed. */
typedef void deadline_pass_fn(struct deadline *deadline, void *context);

/* Embedded in its owner. */
struct deadline {
    int64_t due_ns;   /* the truth; INT64_MAX: none */
    int64_t armed_ns; /* when the timer will look; INT64_MAX: not armed */
    struct loop *loop;
    deadline_pass_fn *pass;
    void *context;
    struct wheel_timer timer;
};

void deadline_init(struct deadline *deadline, struct loop *loop, deadline_pass_fn *pass,
                   void *context);
/* Leaves nothing in the wheel. */
void deadline_fini(struct deadline *deadline);
/* The slow half of deadline_set. */
void deadline_arm(struct deadline *deadline);

/* In loop time (clock_now_ns); never passes early, late by a tick of the wheel. */
static inline void deadline_set(struct deadline *deadline, int64_t due_ns)
{
    deadline->due_ns = due_ns;
    if (due_ns < deadline->armed_ns)
        deadline_arm(deadline);
}

static inline void deadline_clear(struct deadline *deadline)
{
    deadline->due_ns = INT64_MAX;
}

static inline bool deadline_is_set(const struct deadline *deadline)
{
    return deadline->due_ns != INT64_MAX;
}

#endif
