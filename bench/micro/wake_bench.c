/* SPDX-License-Identifier: Apache-2.0
 *
 * How late the loop fires an alarm, by way of waiting and rate, and what the waiting costs: the
 * time-line of an open-model run without the run. The schedule is absolute, so a late alarm makes
 * no other one late. Wall-clock, on the machine as it is: run it pinned and alone.
 */
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/thread.h"

struct bench_pace {
    struct loop loop;
    struct loop_alarm alarm;
    int64_t gap_ns;
    int64_t due_ns;
    int64_t end_ns;
    int64_t *late_ns;
    size_t count;
};

static void bench_fire(struct loop_alarm *alarm, int64_t now_ns)
{
    struct bench_pace *pace = alarm->context;
    (void)now_ns;
    while (pace->due_ns <= loop_now(&pace->loop)) {
        pace->late_ns[pace->count++] = pace->loop.now_ns - pace->due_ns;
        pace->due_ns += pace->gap_ns;
    }
    if (pace->due_ns < pace->end_ns)
        loop_alarm_set(&pace->loop, alarm, pace->due_ns);
    else
        loop_stop(&pace->loop);
}

static int bench_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double bench_us_at(const struct bench_pace *pace, double share)
{
    size_t at = (size_t)(share * (double)(pace->count - 1));
    return (double)pace->late_ns[at] / 1000.0;
}

static void bench_pace(const char *name, enum loop_wait_mode mode, int64_t per_sec)
{
    static struct bench_pace pace;
    enum br_err err = loop_init(&pace.loop, NULL);
    MUST(err == BR_ERR_NONE);
    pace.gap_ns = CLOCK_NS_PER_SEC / per_sec;
    pace.count = 0;
    pace.late_ns = mem_zalloc((size_t)per_sec * 4, sizeof(*pace.late_ns));
    loop_set_wait(&pace.loop, mode, 0);
    int64_t measured_ns = pace.loop.spin_ns, low_ns = pace.loop.overshoot.low_ns;
    loop_alarm_init(&pace.loop, &pace.alarm, bench_fire, &pace);
    int64_t start_ns = clock_now_ns(), cpu_ns = clock_thread_cpu_ns();
    struct loop_account before = pace.loop.account;
    pace.due_ns = start_ns + CLOCK_NS_PER_MS;
    pace.end_ns = start_ns + 2 * CLOCK_NS_PER_SEC;
    loop_alarm_set(&pace.loop, &pace.alarm, pace.due_ns);
    loop_run(&pace.loop);
    double wall_ns = (double)(clock_now_ns() - start_ns);
    cpu_ns = clock_thread_cpu_ns() - cpu_ns;
    qsort(pace.late_ns, pace.count, sizeof(*pace.late_ns), bench_compare);
    printf("%-5s %6lld/s  late p50 %6.1f p90 %6.1f p99 %6.1f max %7.1f us   cpu %5.1f %%  "
           "idle %5.1f %%  spin %5.1f %%  [overshoot p5 %lld p99 %lld us, then %lld %lld]\n",
           name, (long long)per_sec, bench_us_at(&pace, 0.5), bench_us_at(&pace, 0.9),
           bench_us_at(&pace, 0.99), bench_us_at(&pace, 1.0), 100.0 * (double)cpu_ns / wall_ns,
           100.0 * (double)(pace.loop.account.idle_ns - before.idle_ns) / wall_ns,
           100.0 * (double)(pace.loop.account.spin_ns - before.spin_ns) / wall_ns,
           (long long)low_ns / 1000, (long long)measured_ns / 1000,
           (long long)pace.loop.overshoot.low_ns / 1000,
           (long long)pace.loop.overshoot.high_ns / 1000);
    loop_alarm_fini(&pace.loop, &pace.alarm);
    loop_fini(&pace.loop);
    mem_free(pace.late_ns);
}

/* The least that a turn costs: nothing ready, nothing due. */
static void bench_turns(void)
{
    static struct loop loop;
    enum { TURNS = 1000000 };
    enum br_err err = loop_init(&loop, NULL);
    MUST(err == BR_ERR_NONE);
    int64_t start_ns = clock_thread_cpu_ns();
    for (int i = 0; i < TURNS; i++)
        loop_turn(&loop, 0);
    printf("empty turn %.0f ns\n", (double)(clock_thread_cpu_ns() - start_ns) / TURNS);
    loop_fini(&loop);
}

int main(void)
{
    static const int64_t rates[] = {100, 1000, 10000, 50000};
    bench_turns();
    for (size_t i = 0; i < BR_COUNT(rates); i++) {
        bench_pace("eco", LOOP_WAIT_ECO, rates[i]);
        bench_pace("spin", LOOP_WAIT_SPIN, rates[i]);
    }
    return 0;
}
