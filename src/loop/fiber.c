/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers and their stacks.
 *
 * Stacks come in chunks of one mapping each, because Linux allows a process some 65,000 mappings
 * (vm.max_map_count) and a script run wants tens of thousands of stacks. A guard below each stack
 * turns its overflow into a crash at the place of the bug; MADV_GUARD_INSTALL (Linux 6.13) makes
 * guards without splitting the mapping, elsewhere mprotect does, at two mappings a stack. The guard
 * is larger than the largest frame we allow (-Wstack-usage), so that none can step over it.
 *
 * A fiber's own struct lies at the top of its stack, in a page that is touched anyway: an idle
 * fiber costs address space only, a running one what it touches.
 */
#include "loop/fiber.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "loop/fiber_sanitize.h"
#include "loop/fiber_switch.h"

enum {
    FIBER_GUARD_SIZE = 64 * 1024,
    FIBER_STACK_SIZE_MIN = 16 * 1024,
    FIBER_CHUNK_SIZE = 64 * 1024 * 1024, /* of address space */
    FIBER_CHUNK_STACKS = 64,
    FIBER_MADV_GUARD_INSTALL = 102, /* not in older headers */
};

enum fiber_state { FIBER_PARKED, FIBER_RUNNING, FIBER_ENDED };

struct fiber {
    void *here;          /* how to go on with it while it is parked */
    void *back;          /* how to go back to whoever resumed it while it runs */
    struct fiber *outer; /* the fiber that resumed it, NULL: a thread's own stack */
    const void *thread;  /* where it first ran; it never runs elsewhere */
    struct fiber_pool *pool;
    fiber_main_fn *main;
    void *context;
    char *low;
    char *high;
    enum fiber_state state;
    struct fiber_shadow shadow;
    struct fiber_shadow back_shadow;
    const void *back_low; /* the resumer's stack, as the sanitizer told */
    size_t back_size;
    struct fiber *next; /* in the pool's list of idle ones */
};

struct fiber_chunk {
    char *base;
    size_t size;
    size_t stacks; /* carved from it so far */
    struct fiber_chunk *next;
};

struct fiber_pool {
    size_t page_size;
    size_t stack_size; /* usable, with the fiber's struct */
    size_t stride;     /* with the guard */
    size_t chunk_stacks;
    struct fiber_chunk *chunks; /* the first one may have stacks left to carve */
    struct fiber *idle;
    size_t live;
};

static _Thread_local struct fiber *fiber_running;

/* Stacks */

struct fiber_pool *fiber_pool_create(size_t stack_size)
{
    struct fiber_pool *pool = MEM_NEW(struct fiber_pool);
    long page_size = sysconf(_SC_PAGESIZE);
    MUST(page_size > 0);
    MUST(stack_size <= FIBER_CHUNK_SIZE);
    pool->page_size = (size_t)page_size;
    if (stack_size < FIBER_STACK_SIZE_MIN)
        stack_size = FIBER_STACK_SIZE_MIN;
    pool->stack_size = (stack_size + pool->page_size - 1) & ~(pool->page_size - 1);
    pool->stride = pool->stack_size + FIBER_GUARD_SIZE;
    pool->chunk_stacks = FIBER_CHUNK_SIZE / pool->stride;
    if (pool->chunk_stacks > FIBER_CHUNK_STACKS)
        pool->chunk_stacks = FIBER_CHUNK_STACKS;
    if (pool->chunk_stacks == 0)
        pool->chunk_stacks = 1;
    return pool;
}

void fiber_pool_destroy(struct fiber_pool **pool)
{
    if (*pool == NULL)
        return;
    MUST((*pool)->live == 0);
    for (struct fiber_chunk *chunk = (*pool)->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        fiber_shadow_unmap(chunk->base, chunk->size);
        int result = munmap(chunk->base, chunk->size);
        MUST(result == 0);
        mem_free(chunk);
    }
    mem_free(*pool);
    *pool = NULL;
}

static bool fiber_guard(void *low)
{
    if (!FIBER_GUARDS_ARE_VISIBLE && madvise(low, FIBER_GUARD_SIZE, FIBER_MADV_GUARD_INSTALL) == 0)
        return true;
    return mprotect(low, FIBER_GUARD_SIZE, PROT_NONE) == 0;
}

static bool fiber_chunk_map(struct fiber_pool *pool)
{
    size_t size = pool->stride * pool->chunk_stacks;
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return false;
    /* A huge page would charge several whole stacks for one touch. */
    (void)madvise(base, size, MADV_NOHUGEPAGE);
    fiber_shadow_map(base, size);
    struct fiber_chunk *chunk = MEM_NEW(struct fiber_chunk);
    chunk->base = base;
    chunk->size = size;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    return true;
}

/* A stack that was never used; NULL with errno. */
static struct fiber *fiber_carve(struct fiber_pool *pool)
{
    if (pool->chunks == NULL || pool->chunks->stacks == pool->chunk_stacks) {
        if (!fiber_chunk_map(pool))
            return NULL;
    }
    struct fiber_chunk *chunk = pool->chunks;
    char *guard = chunk->base + chunk->stacks * pool->stride;
    if (!fiber_guard(guard))
        return NULL;
    chunk->stacks++;
    size_t head = (sizeof(struct fiber) + 63) & ~(size_t)63;
    char *top = guard + pool->stride - head;
    struct fiber *fiber = (struct fiber *)(void *)top;
    fiber->pool = pool;
    fiber->low = guard + FIBER_GUARD_SIZE;
    fiber->high = top;
    return fiber;
}

void fiber_pool_trim(struct fiber_pool *pool)
{
    for (const struct fiber *fiber = pool->idle; fiber != NULL; fiber = fiber->next)
        (void)madvise(fiber->low, pool->stack_size - pool->page_size, MADV_DONTNEED);
}

/* Switching */

/* The last thing a stack does, or what leads back to it: from the fiber to its resumer. */
static void fiber_go_back(struct fiber *fiber)
{
    bool last = fiber->state == FIBER_ENDED;
    fiber_shadow_leave(&fiber->shadow, fiber->back_low, fiber->back_size, last);
    fiber_shadow_go(&fiber->back_shadow);
    fiber_switch(&fiber->here, fiber->back);
    fiber_shadow_arrive(&fiber->shadow, &fiber->back_low, &fiber->back_size);
}

static void fiber_enter(void)
{
    struct fiber *fiber = fiber_running;
    fiber_shadow_arrive(&fiber->shadow, &fiber->back_low, &fiber->back_size);
    fiber->main(fiber->context);
    fiber->state = FIBER_ENDED;
    fiber_go_back(fiber);
    MUST(fiber == NULL); /* nobody resumes an ended fiber */
}

enum br_err fiber_create(struct fiber_pool *pool, fiber_main_fn *main, void *context,
                         struct fiber **out_fiber, struct diag *diag)
{
    struct fiber *fiber = pool->idle;
    if (fiber != NULL) {
        pool->idle = fiber->next;
        fiber_shadow_clean(fiber->low, (size_t)(fiber->high - fiber->low));
    } else {
        fiber = fiber_carve(pool);
    }
    if (fiber == NULL)
        return diag_set_errno(diag, BR_ERR_NO_MEMORY, errno,
                              "cannot map stack number %zu of %zu KiB (vm.max_map_count, "
                              "vm.overcommit_memory and ulimit -v bound it)",
                              pool->live + 1, pool->stack_size / 1024);
    pool->live++;
    fiber->main = main;
    fiber->context = context;
    fiber->thread = NULL;
    fiber->outer = NULL;
    fiber->state = FIBER_PARKED;
    fiber->shadow = (struct fiber_shadow){NULL, NULL};
    fiber->here = fiber_switch_make(fiber->low, fiber->high, fiber_enter);
    fiber_shadow_create(&fiber->shadow);
    *out_fiber = fiber;
    return BR_ERR_NONE;
}

static void fiber_give_back(struct fiber *fiber)
{
    struct fiber_pool *pool = fiber->pool;
    fiber_shadow_destroy(&fiber->shadow);
    fiber->next = pool->idle;
    pool->idle = fiber;
    MUST(pool->live > 0);
    pool->live--;
}

bool fiber_resume(struct fiber *fiber)
{
    MUST(fiber->state == FIBER_PARKED);
    if (fiber->thread == NULL)
        fiber->thread = &fiber_running;
    MUST(fiber->thread == &fiber_running);
    fiber->state = FIBER_RUNNING;
    fiber->outer = fiber_running;
    fiber_running = fiber;
    fiber_shadow_note(&fiber->back_shadow);
    fiber_shadow_leave(&fiber->back_shadow, fiber->low, (size_t)(fiber->high - fiber->low), 0);
    fiber_shadow_go(&fiber->shadow);
    fiber_switch(&fiber->back, fiber->here);
    fiber_shadow_arrive(&fiber->back_shadow, NULL, NULL);
    fiber_running = fiber->outer;
    if (fiber->state != FIBER_ENDED)
        return true;
    fiber_give_back(fiber);
    return false;
}

void fiber_yield(void)
{
    struct fiber *fiber = fiber_running;
    MUST(fiber != NULL);
    MUST(fiber->state == FIBER_RUNNING);
    fiber->state = FIBER_PARKED;
    fiber_go_back(fiber);
}

struct fiber *fiber_current(void)
{
    return fiber_running;
}

struct fiber *fiber_swap_current(struct fiber *fiber)
{
    struct fiber *before = fiber_running;
    fiber_running = fiber;
    return before;
}

void fiber_stack_bounds(const struct fiber *fiber, const void **out_low, const void **out_high)
{
    *out_low = fiber->low;
    *out_high = fiber->high;
}
