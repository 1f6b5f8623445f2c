/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a process that found a bug in itself.
 */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

static must_hook_fn *must_hook;
static void *must_hook_context;

void must_set_hook(must_hook_fn *hook, void *context)
{
    must_hook = hook;
    must_hook_context = context;
}

void must_fail(const char *cond, const char *file, int line)
{
    must_hook_fn *hook = must_hook;
    (void)fprintf(stderr, "brunt: bug: %s does not hold (%s:%d)\n", cond, file, line);
    /* A hook that fails itself must not come back here. */
    must_hook = NULL;
    if (hook != NULL)
        hook(must_hook_context);
    abort();
}
