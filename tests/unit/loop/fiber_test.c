/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers, with either way to change stacks (fiber_test, fiber_ucontext_test). Checks inside fibers
 * are counted and looked at outside: a failed check jumps, and must not jump between stacks.
 */
#include "loop/fiber.h"

#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "unit.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TEST_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define FIBER_TEST_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TEST_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FIBER_TEST_ASAN 1
#endif

/* ThreadSanitizer allows some 8,000 threads and counts fibers among them. */
#if defined(FIBER_TEST_TSAN)
enum { FIBER_TEST_MANY = 2000, FIBER_TEST_HAS_SANITIZER = 1 };
#elif defined(FIBER_TEST_ASAN)
enum { FIBER_TEST_MANY = 10000, FIBER_TEST_HAS_SANITIZER = 1 };
#else
enum { FIBER_TEST_MANY = 10000, FIBER_TEST_HAS_SANITIZER = 0 };
#endif

enum { FIBER_TEST_STACK = 64 * 1024 };

static struct fiber *fiber_make(struct fiber_pool *pool, fiber_main_fn *main, void *context)
{
    struct fiber *fiber = NULL;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(fiber_create(pool, main, context, &fiber, &diag), BR_ERR_NONE);
    return fiber;
}

static char fiber_trace[64];
static size_t fiber_trace_len;

static void fiber_note(char c)
{
    fiber_trace[fiber_trace_len++] = c;
    fiber_trace[fiber_trace_len] = '\0';
}

static void fiber_say(void *context)
{
    const char *text = context;
    for (; *text != '\0'; text++) {
        fiber_note(*text);
        fiber_yield();
    }
}

UNIT_TEST(fibers_take_turns)
{
    struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
    struct fiber *a = fiber_make(pool, fiber_say, (char[]){"ace"});
    struct fiber *b = fiber_make(pool, fiber_say, (char[]){"bd"});
    bool a_goes = true, b_goes = true;
    fiber_trace_len = 0;
    UNIT_OK(fiber_current() == NULL);
    while (a_goes || b_goes) {
        a_goes = a_goes && fiber_resume(a);
        fiber_note('.');
        b_goes = b_goes && fiber_resume(b);
        fiber_note(',');
    }
    UNIT_EQ_STR(fiber_trace, "a.b,c.d,e.,.,");
    UNIT_OK(fiber_current() == NULL);
    fiber_pool_destroy(&pool);
    UNIT_OK(pool == NULL);
}

struct fiber_nest {
    struct fiber_pool *pool;
    struct fiber *self;
    int depth;
    int wrong;
};

static void fiber_go_deeper(void *context)
{
    struct fiber_nest *nest = context;
    struct fiber_nest inner = {.pool = nest->pool, .depth = nest->depth - 1};
    nest->wrong += fiber_current() != nest->self;
    fiber_yield();
    if (nest->depth > 0) {
        struct diag diag = DIAG_INIT;
        if (fiber_create(nest->pool, fiber_go_deeper, &inner, &inner.self, &diag) != BR_ERR_NONE) {
            nest->wrong++;
            return;
        }
        nest->wrong += !fiber_resume(inner.self);
        nest->wrong += fiber_current() != nest->self;
        nest->wrong += fiber_resume(inner.self);
        nest->wrong += inner.wrong;
    }
    nest->wrong += fiber_current() != nest->self;
}

UNIT_TEST(fibers_resume_fibers)
{
    struct fiber_nest nest = {.pool = fiber_pool_create(FIBER_TEST_STACK), .depth = 20};
    nest.self = fiber_make(nest.pool, fiber_go_deeper, &nest);
    UNIT_OK(fiber_resume(nest.self));
    UNIT_OK(!fiber_resume(nest.self));
    UNIT_EQ_INT(nest.wrong, 0);
    fiber_pool_destroy(&nest.pool);
}

/* Keeps more values alive across a yield than there are registers, integers and doubles, and a
 * rounding mode of its own. */
struct fiber_keeper {
    uint64_t seed;
    int round;
    int wrong;
};

static void fiber_keep_values(void *context)
{
    struct fiber_keeper *keeper = context;
    struct rng rng;
    uint64_t sum = 0, ints[24];
    double doubles[24], total = 0.0;
    rng_init(&rng, keeper->seed);
    keeper->wrong += fesetround(keeper->round) != 0;
    for (size_t i = 0; i < BR_COUNT(ints); i++) {
        ints[i] = rng_next(&rng);
        doubles[i] = rng_double(&rng);
    }
    for (int turn = 0; turn < 50; turn++) {
        uint64_t a = ints[0], b = ints[1], c = ints[2], d = ints[3], e = ints[4], f = ints[5];
        double v = doubles[0], w = doubles[1], x = doubles[2], y = doubles[3], z = doubles[4];
        fiber_yield();
        keeper->wrong += a != ints[0] || b != ints[1] || c != ints[2] || d != ints[3] ||
                         e != ints[4] || f != ints[5];
        keeper->wrong +=
            v < doubles[0] || w < doubles[1] || x < doubles[2] || y < doubles[3] || z < doubles[4];
        keeper->wrong += fegetround() != keeper->round;
        sum += a + b + c + d + e + f;
        total += v + w + x + y + z;
    }
    keeper->wrong += sum == 0 || total < 0.0;
    (void)fesetround(FE_TONEAREST);
}

#if defined(__x86_64__)
static const int fiber_rounds[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
#else
static const int fiber_rounds[] = {FE_TONEAREST, FE_TONEAREST, FE_TONEAREST, FE_TONEAREST};
#endif

UNIT_TEST(fibers_keep_registers_and_rounding)
{
    struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
    struct fiber_keeper keepers[4];
    struct fiber *fibers[4];
    for (size_t i = 0; i < BR_COUNT(keepers); i++) {
        keepers[i] = (struct fiber_keeper){.seed = i, .round = fiber_rounds[i]};
        fibers[i] = fiber_make(pool, fiber_keep_values, &keepers[i]);
    }
    for (bool goes = true; goes;) {
        for (size_t i = 0; i < BR_COUNT(keepers); i++)
            goes = fiber_resume(fibers[i]);
        UNIT_EQ_INT(fegetround(), FE_TONEAREST);
    }
    for (size_t i = 0; i < BR_COUNT(keepers); i++)
        UNIT_EQ_INT(keepers[i].wrong, 0);
    fiber_pool_destroy(&pool);
}

struct fiber_many {
    struct fiber *fiber;
    unsigned seed;
    unsigned turns;
    bool intact;
};

static void fiber_fill_stack(void *context)
{
    struct fiber_many *one = context;
    unsigned char room[3000];
    bool intact = true;
    memset(room, (int)(one->seed & 255), sizeof(room));
    for (unsigned turn = 0; turn < one->turns; turn++) {
        fiber_yield();
        for (size_t i = 0; i < sizeof(room); i++)
            intact = intact && room[i] == (unsigned char)(one->seed + turn);
        memset(room, (int)((one->seed + turn + 1) & 255), sizeof(room));
    }
    one->intact = intact;
}

UNIT_TEST(fibers_live_by_the_ten_thousand)
{
    static struct fiber_many many[FIBER_TEST_MANY];
    struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < FIBER_TEST_MANY; i++) {
            many[i] = (struct fiber_many){.seed = i, .turns = 3 + i % 3};
            many[i].fiber = fiber_make(pool, fiber_fill_stack, &many[i]);
        }
        for (unsigned turn = 0, left = FIBER_TEST_MANY; left > 0; turn++) {
            UNIT_OK(turn <= 6);
            for (unsigned i = 0; i < FIBER_TEST_MANY; i++) {
                if (many[i].fiber == NULL || fiber_resume(many[i].fiber))
                    continue;
                many[i].fiber = NULL;
                left--;
            }
        }
        for (unsigned i = 0; i < FIBER_TEST_MANY; i++)
            UNIT_OK(many[i].intact);
    }
    fiber_pool_destroy(&pool);
}

static void fiber_note_bounds(void *context)
{
    const void **seen = context;
    volatile char local = 0;
    uintptr_t at = (uintptr_t)&local;
    const void *low, *high;
    fiber_stack_bounds(fiber_current(), &low, &high);
    seen[0] = low;
    seen[1] = high;
    seen[2] = (uintptr_t)low < at && at < (uintptr_t)high ? low : NULL;
}

UNIT_TEST(fibers_reuse_stacks)
{
    struct fiber_pool *pool = fiber_pool_create(100000);
    const void *first[3], *seen[3];
    (void)fiber_resume(fiber_make(pool, fiber_note_bounds, first));
    UNIT_OK((const char *)first[1] - (const char *)first[0] > 100000 - 4096);
    for (int i = 0; i < 1000; i++) {
        (void)fiber_resume(fiber_make(pool, fiber_note_bounds, seen));
        UNIT_OK(seen[0] == first[0]);
        UNIT_OK(seen[1] == first[1]);
    }
    if (!FIBER_TEST_HAS_SANITIZER)
        UNIT_OK(seen[2] == first[0]);
    fiber_pool_destroy(&pool);
}

static bool fiber_page_is_resident(const void *page)
{
    unsigned char resident = 0;
    uintptr_t at = (uintptr_t)page & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    UNIT_EQ_INT(mincore((void *)at, 1, &resident), 0);
    return (resident & 1) != 0;
}

static void fiber_touch_low(void *context)
{
    const void **low = context, *high;
    fiber_stack_bounds(fiber_current(), low, &high);
    *(volatile char *)(uintptr_t)*low = 1;
}

UNIT_TEST(fibers_trim_gives_pages_back)
{
    struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
    const void *low = NULL, *seen[3];
    UNIT_OK(!fiber_resume(fiber_make(pool, fiber_touch_low, &low)));
    UNIT_OK(fiber_page_is_resident(low));
    fiber_pool_trim(pool);
    UNIT_OK(!fiber_page_is_resident(low));
    UNIT_OK(!fiber_resume(fiber_make(pool, fiber_note_bounds, seen)));
    UNIT_OK(seen[0] == low);
    fiber_pool_destroy(&pool);
}

/* Touches the stack downwards in frames as large as we allow. */
__attribute__((noinline)) static int fiber_descend(volatile int *depth)
{
    volatile char room[12000];
    room[0] = (char)*depth;
    *depth += 1;
    if (*depth > 100000)
        return room[0];
    return fiber_descend(depth) + room[0];
}

static void fiber_overflow(void *context)
{
    *(int *)context = fiber_descend(context);
}

/* Silent: a sanitizer's report of what is meant to happen would only confuse. */
static int fiber_overflow_in_child(void)
{
    int depth = 0;
    pid_t child = fork();
    UNIT_OK(child != -1);
    if (child == 0) {
        struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)close(STDERR_FILENO);
        struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
        (void)fiber_make(pool, fiber_say, (char[]){""}); /* a neighbour below */
        (void)fiber_resume(fiber_make(pool, fiber_overflow, &depth));
        _exit(0);
    }
    int status = 0;
    UNIT_EQ_INT(waitpid(child, &status, 0), child);
    return status;
}

UNIT_TEST(fibers_die_of_an_overflow)
{
    int status = fiber_overflow_in_child();
    if (FIBER_TEST_HAS_SANITIZER)
        UNIT_OK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
    else
        UNIT_OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

UNIT_TEST(fibers_that_cannot_be_mapped_say_so)
{
    struct rlimit before, small;
    struct diag diag = DIAG_INIT;
    struct fiber *fiber = NULL;
    if (FIBER_TEST_HAS_SANITIZER)
        return; /* their shadow needs more address space than any limit */
    struct fiber_pool *pool = fiber_pool_create(1 << 20);
    UNIT_EQ_INT(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = 32 << 20;
    UNIT_EQ_INT(setrlimit(RLIMIT_AS, &small), 0);
    enum br_err err = fiber_create(pool, fiber_say, NULL, &fiber, &diag);
    UNIT_EQ_INT(setrlimit(RLIMIT_AS, &before), 0);
    UNIT_EQ_INT(err, BR_ERR_NO_MEMORY);
    UNIT_OK(strstr(diag.text, "stack number 1 of 1024 KiB") != NULL);
    fiber_pool_destroy(&pool);
}

static void *fiber_run_thread(void *context)
{
    struct fiber_pool *pool = fiber_pool_create(FIBER_TEST_STACK);
    struct fiber_many one = {.seed = 7, .turns = 100};
    struct diag diag = DIAG_INIT;
    if (fiber_create(pool, fiber_fill_stack, &one, &one.fiber, &diag) == BR_ERR_NONE) {
        while (fiber_resume(one.fiber))
            continue;
    }
    fiber_pool_destroy(&pool);
    *(bool *)context = one.intact;
    return NULL;
}

UNIT_TEST(fibers_of_two_threads_do_not_meet)
{
    pthread_t threads[2];
    bool intact[2] = {false, false};
    for (int i = 0; i < 2; i++)
        UNIT_EQ_INT(pthread_create(&threads[i], NULL, fiber_run_thread, &intact[i]), 0);
    for (int i = 0; i < 2; i++)
        UNIT_EQ_INT(pthread_join(threads[i], NULL), 0);
    UNIT_OK(intact[0]);
    UNIT_OK(intact[1]);
}

UNIT_MAIN(UNIT_RUN(fibers_take_turns), UNIT_RUN(fibers_resume_fibers),
          UNIT_RUN(fibers_keep_registers_and_rounding), UNIT_RUN(fibers_live_by_the_ten_thousand),
          UNIT_RUN(fibers_reuse_stacks), UNIT_RUN(fibers_trim_gives_pages_back),
          UNIT_RUN(fibers_die_of_an_overflow), UNIT_RUN(fibers_that_cannot_be_mapped_say_so),
          UNIT_RUN(fibers_of_two_threads_do_not_meet))
