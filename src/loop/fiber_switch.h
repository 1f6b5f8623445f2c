/* SPDX-License-Identifier: Apache-2.0
 *
 * The one thing about fibers that C cannot say: leave this stack and go on upon another. One file
 * per way to do it (fiber_switch_*), chosen by meson's option `fiber`; assembly is in files of its
 * own because link-time optimisation drops assembly inside C.
 */
#ifndef BR_LOOP_FIBER_SWITCH_H
#define BR_LOOP_FIBER_SWITCH_H

typedef void fiber_entry_fn(void);

/* Prepares a stack that ends at `high` (a multiple of 16) so that a switch to the result enters
 * `entry`, which must not return. */
void *fiber_switch_make(void *low, void *high, fiber_entry_fn *entry);
/* Saves what a call must preserve, notes in *out_here how to come back here, and goes to `there`:
 * what fiber_switch_make gave or an earlier switch noted. Returns when somebody switches back. */
void fiber_switch(void **out_here, void *there);

#endif
