/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated threads, which are coroutines of one real thread, and whose turn it is. A thread may be
 * left from inside one of its own fibers (loop/fiber.h): then that fiber's stack is what it comes
 * back to, and which fiber runs is kept with the thread.
 */
#include "sys/thread.h"

#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/must.h"
#include "loop/fiber_sanitize.h"
#include "loop/fiber_switch.h"
#include "sim_world.h"

enum { SIM_STACK_SIZE = 8 * 1024 * 1024, SIM_GUARD_SIZE = 64 * 1024 };

/* What thread_start gives out is a sim_thread. */
struct sim_thread {
    enum sim_thread_state state;
    unsigned number;
    int64_t now_ns;   /* its own clock, while it does not run */
    int64_t wake_ns;  /* while it waits */
    int64_t start_ns; /* */
    int64_t idle_ns;  /* time spent waiting */
    bool timed_out;
    thread_main_fn *main;
    void *context;
    struct sim_thread *joiner;
    struct sim_thread *next;
    char *map; /* NULL: the first thread, whose stack is the real one */
    /* To come back to it: */
    void *here;
    struct fiber *fiber;
    const void *low;
    size_t size;
    struct fiber_shadow shadow;
    struct fiber_shadow born;
};

static struct sim_thread *sim_threads; /* in the order of their numbers */
static struct sim_thread *sim_running;
static struct sim_thread *sim_left; /* who ran before the last switch */
static int64_t sim_ended_cpu_ns;

struct sim_thread *sim_thread_current(void)
{
    return sim_running;
}

/* Switching */

static void sim_thread_arrive(struct sim_thread *thread)
{
    const void *low = NULL;
    size_t size = 0;
    fiber_shadow_arrive(&thread->shadow, &low, &size);
    if (sim_left->state != SIM_DONE) {
        sim_left->low = low;
        sim_left->size = size;
    }
    (void)fiber_swap_current(thread->fiber);
}

static void sim_thread_go(struct sim_thread *from, struct sim_thread *to)
{
    sim_left = from;
    sim_running = to;
    from->fiber = fiber_swap_current(NULL);
    fiber_shadow_note(&from->shadow);
    fiber_shadow_leave(&from->shadow, to->low, to->size, from->state == SIM_DONE);
    fiber_shadow_go(&to->shadow);
    fiber_switch(&from->here, to->here);
    sim_thread_arrive(from);
}

/* Whose turn it is */

static struct sim_thread *sim_thread_earliest(const struct sim_thread *except, int64_t *out_ns)
{
    struct sim_thread *best = NULL;
    *out_ns = INT64_MAX;
    for (struct sim_thread *thread = sim_threads; thread != NULL; thread = thread->next) {
        int64_t at_ns = thread->state == SIM_READY ? thread->now_ns : thread->wake_ns;
        if (thread == except || thread->state == SIM_DONE || thread->state == SIM_RUNNING)
            continue;
        if (at_ns < *out_ns) {
            *out_ns = at_ns;
            best = thread;
        }
    }
    return best;
}

static void sim_thread_end_wait(struct sim_thread *thread, int64_t now_ns)
{
    if (now_ns < thread->now_ns)
        now_ns = thread->now_ns;
    if (now_ns >= sim.stall_ns && now_ns < sim.stall_end_ns)
        now_ns = sim.stall_end_ns;
    thread->idle_ns += now_ns - thread->now_ns;
    thread->now_ns = now_ns;
    thread->state = SIM_READY;
    if (now_ns < sim.horizon_ns)
        sim.horizon_ns = now_ns;
}

static void sim_stand_still(void)
{
    (void)fprintf(stderr,
                  "sim: at %.6f s nothing can ever happen again: no event is set and all "
                  "threads wait for ever\n",
                  (double)(sim.now_ns - sim.options.start_ns) / 1e9);
    MUST(!"the simulated world stands still");
}

/* Runs events and finds the thread whose turn it is. */
static struct sim_thread *sim_thread_choose(void)
{
    for (;;) {
        int64_t at_ns;
        struct sim_thread *thread = sim_thread_earliest(NULL, &at_ns);
        int64_t event_ns = sim_event_next_ns();
        if (thread == NULL && event_ns == INT64_MAX)
            sim_stand_still();
        MUST((event_ns < at_ns ? event_ns : at_ns) <= sim.end_ns);
        if (event_ns <= at_ns) {
            struct sim_event *event = sim_event_pop();
            sim.now_ns = event_ns;
            sim.in_event = true;
            event->run(event->context);
            sim.in_event = false;
        } else if (thread->state == SIM_WAITING) {
            thread->timed_out = true;
            sim_thread_end_wait(thread, at_ns + sim_upto(sim.options.cost.overshoot_ns));
        } else {
            return thread;
        }
    }
}

/* The running thread is no longer SIM_RUNNING; returns when its turn has come again. */
static void sim_thread_dispatch(void)
{
    struct sim_thread *self = sim_running, *next = sim_thread_choose();
    int64_t other_ns;
    next->state = SIM_RUNNING;
    sim.now_ns = next->now_ns;
    (void)sim_thread_earliest(next, &other_ns);
    sim.horizon_ns = other_ns < sim_event_next_ns() ? other_ns : sim_event_next_ns();
    if (next != self)
        sim_thread_go(self, next);
}

void sim_thread_pass(void)
{
    struct sim_thread *self = sim_running;
    self->now_ns = sim.now_ns;
    self->state = SIM_READY;
    sim_thread_dispatch();
}

bool sim_thread_wait(int64_t until_ns)
{
    struct sim_thread *self = sim_running;
    self->now_ns = sim.now_ns;
    self->wake_ns = until_ns;
    self->timed_out = false;
    self->state = SIM_WAITING;
    sim_thread_dispatch();
    return self->timed_out;
}

void sim_thread_wake(struct sim_thread *thread)
{
    if (thread->state == SIM_WAITING)
        sim_thread_end_wait(thread, sim.now_ns + sim.options.cost.wake_ns);
}

/* Life */

static void sim_thread_append(struct sim_thread *thread)
{
    struct sim_thread **at = &sim_threads;
    for (; *at != NULL; at = &(*at)->next)
        thread->number = (*at)->number + 1;
    *at = thread;
}

static void sim_thread_remove(struct sim_thread *thread)
{
    struct sim_thread **at = &sim_threads;
    while (*at != thread)
        at = &(*at)->next;
    *at = thread->next;
}

void sim_threads_begin(void)
{
    MUST(sim_threads == NULL);
    sim_running = MEM_NEW(struct sim_thread);
    sim_running->state = SIM_RUNNING;
    sim_running->start_ns = sim.now_ns;
    sim_running->now_ns = sim.now_ns;
    sim_ended_cpu_ns = 0;
    sim.horizon_ns = INT64_MAX;
    sim_thread_append(sim_running);
}

void sim_threads_end(void)
{
    MUST(sim_threads == sim_running);
    MUST(sim_threads->next == NULL);
    mem_free(sim_threads);
    sim_threads = NULL;
    sim_running = NULL;
}

static void sim_thread_enter(void)
{
    struct sim_thread *self = sim_running;
    sim_thread_arrive(self);
    self->main(self->context);
    self->now_ns = sim.now_ns;
    self->state = SIM_DONE;
    if (self->joiner != NULL)
        sim_thread_wake(self->joiner);
    sim_thread_dispatch();
    MUST(self == NULL); /* nobody goes on with a thread that is done */
}

struct thread *thread_start(const char *name, thread_main_fn *main, void *context)
{
    sim_enter(sim.options.cost.call_ns);
    struct sim_thread *thread = MEM_NEW(struct sim_thread);
    thread->map = mmap(NULL, SIM_STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    MUST(thread->map != MAP_FAILED);
    int guarded = mprotect(thread->map, SIM_GUARD_SIZE, PROT_NONE);
    MUST(guarded == 0);
    fiber_shadow_map(thread->map, SIM_STACK_SIZE);
    fiber_shadow_create(&thread->born);
    char *low = thread->map + SIM_GUARD_SIZE;
    thread->low = low;
    thread->size = SIM_STACK_SIZE - SIM_GUARD_SIZE;
    thread->shadow = thread->born;
    thread->here = fiber_switch_make(low, thread->map + SIM_STACK_SIZE, sim_thread_enter);
    thread->main = main;
    thread->context = context;
    thread->start_ns = sim.now_ns;
    thread->now_ns = sim.now_ns;
    thread->state = SIM_WAITING;
    sim_thread_append(thread);
    sim_note_bytes("thread", thread->number, bytes_from_str(name));
    sim_thread_wake(thread);
    return (struct thread *)thread;
}

static int64_t sim_thread_busy_ns(const struct sim_thread *thread)
{
    int64_t now_ns = thread == sim_running ? sim.now_ns : thread->now_ns;
    return now_ns - thread->start_ns - thread->idle_ns;
}

void thread_join(struct thread **handle)
{
    if (*handle == NULL)
        return;
    struct sim_thread *thread = (struct sim_thread *)*handle;
    MUST(thread != sim_running);
    sim_enter(sim.options.cost.call_ns);
    thread->joiner = sim_running;
    while (thread->state != SIM_DONE)
        (void)sim_thread_wait(INT64_MAX);
    sim_ended_cpu_ns += sim_thread_busy_ns(thread);
    sim_thread_remove(thread);
    fiber_shadow_destroy(&thread->born);
    fiber_shadow_unmap(thread->map, SIM_STACK_SIZE);
    int unmapped = munmap(thread->map, SIM_STACK_SIZE);
    MUST(unmapped == 0);
    mem_free(thread);
    *handle = NULL;
}

int64_t sim_thread_cpu_ns(void)
{
    return sim_thread_busy_ns(sim_running);
}

int64_t sim_process_cpu_ns(void)
{
    int64_t sum_ns = sim_ended_cpu_ns;
    for (const struct sim_thread *thread = sim_threads; thread != NULL; thread = thread->next)
        sum_ns += sim_thread_busy_ns(thread);
    return sum_ns;
}

void thread_pin(int cpu_index)
{
    (void)cpu_index;
}

void thread_set_timer_slack(long slack_ns)
{
    (void)slack_ns;
}

int cpu_count_allowed(void)
{
    return sim.options.cpus;
}
