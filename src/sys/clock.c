/* SPDX-License-Identifier: Apache-2.0
 *
 * The clocks of the machine. The monotonic one is answered by the vDSO (some 20 ns), so it may be
 * asked for each operation.
 */
#include "sys/clock.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "base/must.h"

static int64_t clock_read_ns(clockid_t id)
{
    struct timespec now;
    int result = clock_gettime(id, &now);
    MUST(result == 0);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_SEC + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return clock_read_ns(CLOCK_REALTIME);
}

int64_t clock_thread_cpu_ns(void)
{
    return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int64_t clock_timeval_ns(struct timeval value)
{
    return (int64_t)value.tv_sec * CLOCK_NS_PER_SEC + (int64_t)value.tv_usec * CLOCK_NS_PER_US;
}

void clock_process_cpu_ns(int64_t *out_user_ns, int64_t *out_system_ns)
{
    struct rusage usage;
    int result = getrusage(RUSAGE_SELF, &usage);
    MUST(result == 0);
    *out_user_ns = clock_timeval_ns(usage.ru_utime);
    *out_system_ns = clock_timeval_ns(usage.ru_stime);
}
