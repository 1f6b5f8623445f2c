/* SPDX-License-Identifier: Apache-2.0
 *
 * Switch of stacks by ucontext(3), for machines that have no file of their own. It costs two system
 * calls a switch (the signal mask). What a switch notes is the context itself, which lives on the
 * stack that was left.
 */
#include "loop/fiber_switch.h"

#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/must.h"

void *fiber_switch_make(void *low, void *high, fiber_entry_fn *entry)
{
    uintptr_t room = ((uintptr_t)high - sizeof(ucontext_t)) & ~(uintptr_t)63;
    ucontext_t *context = (ucontext_t *)room;
    int result = getcontext(context);
    MUST(result == 0);
    context->uc_stack.ss_sp = low;
    context->uc_stack.ss_size = room - (uintptr_t)low;
    context->uc_link = NULL;
    makecontext(context, entry, 0);
    return context;
}

void fiber_switch(void **out_here, void *there)
{
    ucontext_t here;
    *out_here = &here;
    int result = swapcontext(&here, there);
    MUST(result == 0);
}
