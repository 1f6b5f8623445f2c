/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated world itself: time, order, threads.
 */
#include "sim.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "sys/clock.h"
#include "sys/signal.h"
#include "sys/thread.h"
#include "unit.h"

enum { SIM_TEST_LOG = 4000 };

static struct {
    int64_t at_ns[SIM_TEST_LOG];
    char who[SIM_TEST_LOG];
    size_t count;
} sim_log;

static void sim_log_add(char who)
{
    sim_log.at_ns[sim_log.count] = sim_now_ns();
    sim_log.who[sim_log.count] = who;
    sim_log.count++;
}

static bool sim_log_is_sorted(void)
{
    for (size_t i = 1; i < sim_log.count; i++) {
        if (sim_log.at_ns[i] < sim_log.at_ns[i - 1])
            return false;
    }
    return true;
}

UNIT_TEST(sim_time_never_stands_still)
{
    sim_begin(NULL);
    int64_t before = clock_now_ns(), wall = clock_wall_ns();
    int64_t after = clock_now_ns();
    UNIT_OK(after > before);
    UNIT_OK(after - before < 1000);
    sim_step_wall(-5 * CLOCK_NS_PER_SEC);
    UNIT_OK(clock_wall_ns() < wall);
    UNIT_OK(clock_now_ns() > after);
    int64_t start = sim_now_ns();
    sim_sleep(3600 * CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(sim_now_ns() - start, 3600 * CLOCK_NS_PER_SEC);
    (void)sim_end();
}

static void sim_walk(void *context)
{
    struct rng rng;
    const char *who = context;
    rng_init(&rng, (uint64_t)*who);
    for (int i = 0; i < 500; i++) {
        if (rng_below(&rng, 3) == 0)
            sim_sleep((int64_t)rng_below(&rng, 100));
        else
            sim_spend((int64_t)rng_below(&rng, 100));
        sim_log_add(*who);
    }
}

UNIT_TEST(sim_threads_go_in_the_order_of_time)
{
    static char names[] = "abcde";
    struct thread *threads[5];
    sim_log.count = 0;
    sim_begin(NULL);
    for (size_t i = 0; i < BR_COUNT(threads); i++)
        threads[i] = thread_start("walker", sim_walk, &names[i]);
    for (size_t i = 0; i < BR_COUNT(threads); i++)
        thread_join(&threads[i]);
    (void)sim_end();
    UNIT_EQ_INT(sim_log.count, 2500);
    UNIT_OK(sim_log_is_sorted());
    size_t changes = 0;
    for (size_t i = 1; i < sim_log.count; i++)
        changes += sim_log.who[i] != sim_log.who[i - 1];
    UNIT_OK(changes > 1000); /* they did run side by side */
}

static void sim_fiber_sleep(void *context)
{
    for (int i = 0; i < 100; i++) {
        sim_sleep(*(const int64_t *)context); /* the thread waits from inside the fiber */
        sim_log_add('f');
        fiber_yield();
    }
}

static void sim_thread_with_fibers(void *context)
{
    static int64_t naps[] = {7, 11, 13};
    struct fiber_pool *pool = fiber_pool_create(64 * 1024);
    struct fiber *fibers[3];
    int *wrong = context;
    for (size_t i = 0; i < BR_COUNT(fibers); i++) {
        if (fiber_create(pool, sim_fiber_sleep, &naps[i], &fibers[i], NULL) != BR_ERR_NONE)
            ++*wrong;
    }
    for (bool goes = true; goes;) {
        for (size_t i = 0; i < BR_COUNT(fibers); i++)
            goes = fiber_resume(fibers[i]);
        *wrong += fiber_current() != NULL;
        sim_spend(5);
    }
    fiber_pool_destroy(&pool);
}

UNIT_TEST(sim_threads_may_wait_inside_fibers)
{
    struct thread *threads[3];
    int wrong[3] = {0, 0, 0};
    sim_log.count = 0;
    sim_begin(NULL);
    for (size_t i = 0; i < BR_COUNT(threads); i++)
        threads[i] = thread_start("fibers", sim_thread_with_fibers, &wrong[i]);
    for (size_t i = 0; i < BR_COUNT(threads); i++) {
        thread_join(&threads[i]);
        UNIT_EQ_INT(wrong[i], 0);
    }
    (void)sim_end();
    UNIT_EQ_INT(sim_log.count, 900);
    UNIT_OK(sim_log_is_sorted());
}

static void sim_log_event(void *context)
{
    sim_log_add(*(const char *)context);
}

UNIT_TEST(sim_events_come_in_order)
{
    sim_begin(NULL);
    sim_log.count = 0;
    int64_t now = sim_now_ns();
    sim_at(now + 300, sim_log_event, (char[1]){'d'});
    sim_at(now + 100, sim_log_event, (char[1]){'a'});
    sim_at(now + 200, sim_log_event, (char[1]){'b'});
    sim_at(now + 200, sim_log_event, (char[1]){'c'});
    sim_at(now + 9999, sim_log_event, (char[1]){'x'});
    sim_sleep(250);
    sim_log_add('.');
    sim_sleep(250);
    (void)sim_end();
    UNIT_EQ_BYTES(bytes_make(sim_log.who, sim_log.count), BYTES("abc.d"));
    UNIT_EQ_INT(sim_log.at_ns[1], now + 200);
}

UNIT_TEST(sim_heap_sorts_many_events)
{
    static char who = 'e';
    struct rng rng = rng_at(1, 1);
    sim_begin(NULL);
    sim_log.count = 0;
    for (int i = 0; i < 3000; i++)
        sim_at(sim_now_ns() + (int64_t)rng_below(&rng, 1000), sim_log_event, &who);
    sim_sleep(1000);
    (void)sim_end();
    UNIT_EQ_INT(sim_log.count, 3000);
    UNIT_OK(sim_log_is_sorted());
}

UNIT_TEST(sim_cpu_time_is_not_time_asleep)
{
    int64_t user_ns, system_ns;
    sim_begin(NULL);
    sim_sleep(CLOCK_NS_PER_SEC);
    sim_spend(CLOCK_NS_PER_MS);
    UNIT_OK(clock_thread_cpu_ns() >= CLOCK_NS_PER_MS);
    UNIT_OK(clock_thread_cpu_ns() < 2 * CLOCK_NS_PER_MS);
    clock_process_cpu_ns(&user_ns, &system_ns);
    UNIT_OK(user_ns >= CLOCK_NS_PER_MS && user_ns < 2 * CLOCK_NS_PER_MS);
    (void)sim_end();
}

UNIT_TEST(sim_sleeps_end_late_as_asked)
{
    struct sim_options options = {.seed = 3, .cost.overshoot_ns = 1000};
    int64_t most = 0;
    sim_begin(&options);
    for (int i = 0; i < 1000; i++) {
        int64_t due = sim_now_ns() + 5000;
        sim_sleep(5000);
        UNIT_OK(sim_now_ns() >= due);
        UNIT_OK(sim_now_ns() <= due + 1000);
        most = sim_now_ns() - due > most ? sim_now_ns() - due : most;
    }
    (void)sim_end();
    UNIT_OK(most > 900);
}

UNIT_TEST(sim_stalls_hold_all_threads)
{
    sim_begin(NULL);
    int64_t start = sim_now_ns();
    sim_stall_at(start + 1000, 5000);
    sim_spend(500);
    UNIT_EQ_INT(sim_now_ns(), start + 500);
    sim_spend(600);
    UNIT_EQ_INT(sim_now_ns(), start + 6000);
    sim_stall_at(start + 10000, 5000);
    sim_sleep(7000);
    UNIT_EQ_INT(sim_now_ns(), start + 15000);
    (void)sim_end();
}

static void sim_raise_term(void *context)
{
    (void)context;
    sim_raise(SIGNAL_TERM);
}

static unsigned sim_signals_seen;

static void sim_signals_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    sim_signals_seen |= signal_take(watch->fd);
}

UNIT_TEST(sim_signals_are_readable)
{
    struct loop loop;
    struct loop_watch watch;
    int fd = -1;
    sim_begin(NULL);
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(signal_open(&fd, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(loop_watch_add(&loop, &watch, fd, POLLER_IN, sim_signals_ready), BR_ERR_NONE);
    int64_t at_ns = sim_now_ns() + CLOCK_NS_PER_SEC;
    sim_at(at_ns, sim_raise_term, NULL);
    sim_signals_seen = 0;
    loop_turn(&loop, INT64_MAX);
    UNIT_EQ_INT(sim_signals_seen, SIGNAL_TERM);
    UNIT_OK(sim_now_ns() - at_ns < 10 * CLOCK_NS_PER_US);
    loop_watch_remove(&loop, &watch);
    signal_close(fd);
    loop_fini(&loop);
    (void)sim_end();
}

struct sim_waker {
    struct loop *loop;
    int wakes;
};

static void sim_wake_often(void *context)
{
    struct sim_waker *waker = context;
    for (int i = 0; i < waker->wakes; i++) {
        sim_sleep(CLOCK_NS_PER_MS);
        loop_wake(waker->loop);
    }
}

UNIT_TEST(sim_wakes_reach_another_thread)
{
    struct loop loop;
    struct sim_waker waker = {.loop = &loop, .wakes = 100};
    sim_begin(NULL);
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    int64_t start = sim_now_ns();
    struct thread *thread = thread_start("waker", sim_wake_often, &waker);
    for (int i = 0; i < waker.wakes; i++)
        loop_turn(&loop, INT64_MAX);
    thread_join(&thread);
    UNIT_OK(sim_now_ns() - start >= 100 * CLOCK_NS_PER_MS);
    UNIT_OK(sim_now_ns() - start < 101 * CLOCK_NS_PER_MS);
    loop_fini(&loop);
    (void)sim_end();
}

UNIT_TEST(sim_standing_still_is_an_end)
{
    pid_t child = fork();
    UNIT_OK(child != -1);
    if (child == 0) {
        struct rlimit none = {0, 0};
        struct loop loop;
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)close(STDERR_FILENO);
        sim_begin(NULL);
        if (loop_init(&loop, NULL) == BR_ERR_NONE)
            loop_turn(&loop, INT64_MAX);
        _exit(0);
    }
    int status = 0;
    UNIT_EQ_INT(waitpid(child, &status, 0), child);
    UNIT_OK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

UNIT_MAIN(UNIT_RUN(sim_time_never_stands_still), UNIT_RUN(sim_threads_go_in_the_order_of_time),
          UNIT_RUN(sim_threads_may_wait_inside_fibers), UNIT_RUN(sim_events_come_in_order),
          UNIT_RUN(sim_heap_sorts_many_events), UNIT_RUN(sim_cpu_time_is_not_time_asleep),
          UNIT_RUN(sim_sleeps_end_late_as_asked), UNIT_RUN(sim_stalls_hold_all_threads),
          UNIT_RUN(sim_signals_are_readable), UNIT_RUN(sim_wakes_reach_another_thread),
          UNIT_RUN(sim_standing_still_is_an_end))
