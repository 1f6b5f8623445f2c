/* SPDX-License-Identifier: Apache-2.0
 *
 * Stackful coroutines. A fiber runs on the thread that resumes it, never on two; fiber_yield goes
 * back to whoever resumed it. Stacks are mapped with a guard page, charged only when touched, and
 * kept in a pool for the next fiber. Sanitizers are told of every switch.
 */
#ifndef BR_LOOP_FIBER_H
#define BR_LOOP_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"

struct fiber;
struct fiber_pool;

typedef void fiber_main_fn(void *context);

/* A pool of stacks of one size (rounded up to pages); owned by one thread. */
BR_NODISCARD struct fiber_pool *fiber_pool_create(size_t stack_size);
/* All fibers must have ended. */
void fiber_pool_destroy(struct fiber_pool **pool);

/* Ready to be resumed; runs main(context). BR_ERR_NO_MEMORY with a sentence when the stack cannot
 * be mapped (vm.max_map_count). The pool owns it until main returns. */
BR_NODISCARD enum br_err fiber_create(struct fiber_pool *pool, fiber_main_fn *main, void *context,
                                      struct fiber **out_fiber, struct diag *diag);
/* Runs it until it yields or ends; true while it has not ended. Not from inside itself. An ended
 * fiber is given back to the pool before this returns: the pointer is dead then. */
bool fiber_resume(struct fiber *fiber);
/* From inside a fiber only. */
void fiber_yield(void);
/* The one that runs on this thread, NULL outside. */
struct fiber *fiber_current(void);
/* For whoever changes stacks by other means (the simulated world's threads): says which fiber runs
 * from now on and gives back which one did. */
struct fiber *fiber_swap_current(struct fiber *fiber);
/* The low and high end of its stack (for guests that check their depth themselves). */
void fiber_stack_bounds(const struct fiber *fiber, const void **out_low, const void **out_high);
/* Gives pages of idle stacks in the pool back to the system. */
void fiber_pool_trim(struct fiber_pool *pool);

#endif
