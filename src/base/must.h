/* SPDX-License-Identifier: Apache-2.0
 *
 * MUST: what can only be false because of a bug of ours. On in release, too: a load tester that
 * goes on after a bug reports wrong numbers. A failed MUST first calls the hook (which `run`
 * registers to flush the journal, so that the user's hour of data survives), then aborts.
 */
#ifndef BR_BASE_MUST_H
#define BR_BASE_MUST_H

#include "base/attr.h"

#define MUST(cond)                                                                                 \
    do {                                                                                           \
        if (BR_UNLIKELY(!(cond)))                                                                  \
            must_fail(#cond, __FILE__, __LINE__);                                                  \
    } while (0)

/* O(n) validators: only in builds that can afford them (debug, sim, fuzz). */
#ifdef BR_SLOW_CHECKS
#define MUST_SLOW(cond) MUST(cond)
#else
#define MUST_SLOW(cond) ((void)sizeof(cond))
#endif

typedef void must_hook_fn(void *context);

/* Registers what runs once before the abort; one hook per process, NULL removes it. */
void must_set_hook(must_hook_fn *hook, void *context);

BR_NORETURN BR_COLD void must_fail(const char *cond, const char *file, int line);

#endif
