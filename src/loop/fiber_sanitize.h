/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sanitizers must be told of fibers: AddressSanitizer which stack is in use and that a
 * reused one is clean, LeakSanitizer that parked stacks hold pointers, ThreadSanitizer which fiber
 * runs. Nothing at all in other builds.
 */
#ifndef BR_LOOP_FIBER_SANITIZE_H
#define BR_LOOP_FIBER_SANITIZE_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#endif

/* What a stack left behind in the sanitizers. */
struct fiber_shadow {
    void *fake_stack;
    void *thread;
};

#if defined(FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>

/* LeakSanitizer reads the stacks: guard pages must be visible in the memory map. */
enum { FIBER_GUARDS_ARE_VISIBLE = 1 };

/* Leaving for the stack [low, low + size); `last`: this stack is never entered again. */
static inline void fiber_shadow_leave(struct fiber_shadow *shadow, const void *low, size_t size,
                                      int last)
{
    __sanitizer_start_switch_fiber(last ? NULL : &shadow->fake_stack, low, size);
}

/* Having come (back) to the stack of `shadow`; where from goes to the outputs (NULL: of no
 * interest). */
static inline void fiber_shadow_arrive(struct fiber_shadow *shadow, const void **out_low,
                                       size_t *out_size)
{
    __sanitizer_finish_switch_fiber(shadow->fake_stack, out_low, out_size);
}

static inline void fiber_shadow_clean(const void *low, size_t size)
{
    __asan_unpoison_memory_region(low, size);
}

static inline void fiber_shadow_map(const void *low, size_t size)
{
    __lsan_register_root_region(low, size);
}

static inline void fiber_shadow_unmap(const void *low, size_t size)
{
    __asan_unpoison_memory_region(low, size);
    __lsan_unregister_root_region(low, size);
}
#else
enum { FIBER_GUARDS_ARE_VISIBLE = 0 };

static inline void fiber_shadow_leave(struct fiber_shadow *shadow, const void *low, size_t size,
                                      int last)
{
    (void)shadow;
    (void)low;
    (void)size;
    (void)last;
}

static inline void fiber_shadow_arrive(struct fiber_shadow *shadow, const void **out_low,
                                       size_t *out_size)
{
    (void)shadow;
    (void)out_low;
    (void)out_size;
}

static inline void fiber_shadow_clean(const void *low, size_t size)
{
    (void)low;
    (void)size;
}

static inline void fiber_shadow_map(const void *low, size_t size)
{
    (void)low;
    (void)size;
}

static inline void fiber_shadow_unmap(const void *low, size_t size)
{
    (void)low;
    (void)size;
}
#endif

#if defined(FIBER_TSAN)
#include <sanitizer/tsan_interface.h>

static inline void fiber_shadow_create(struct fiber_shadow *shadow)
{
    shadow->thread = __tsan_create_fiber(0);
}

static inline void fiber_shadow_destroy(struct fiber_shadow *shadow)
{
    __tsan_destroy_fiber(shadow->thread);
}

static inline void fiber_shadow_note(struct fiber_shadow *here)
{
    here->thread = __tsan_get_current_fiber();
}

/* Right before the switch itself. */
static inline void fiber_shadow_go(const struct fiber_shadow *there)
{
    __tsan_switch_to_fiber(there->thread, 0);
}
#else
static inline void fiber_shadow_create(struct fiber_shadow *shadow)
{
    (void)shadow;
}

static inline void fiber_shadow_destroy(struct fiber_shadow *shadow)
{
    (void)shadow;
}

static inline void fiber_shadow_note(struct fiber_shadow *here)
{
    (void)here;
}

static inline void fiber_shadow_go(const struct fiber_shadow *there)
{
    (void)there;
}
#endif

#endif
