/* SPDX-License-Identifier: Apache-2.0
 *
 * CPUs of the real machine: counted and pinned to. The mask is that of the first thread, so that a
 * pinned thread gets the same answers.
 */
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include "sys/cgroup.h"
#include "sys/thread.h"

enum { CPU_COUNT_MAX = 4096 };

struct cpu_mask {
    cpu_set_t sets[CPU_COUNT_MAX / CPU_SETSIZE];
};

static int cpu_mask_read(struct cpu_mask *out_mask)
{
    CPU_ZERO_S(sizeof(*out_mask), out_mask->sets);
    if (sched_getaffinity(getpid(), sizeof(*out_mask), out_mask->sets) == -1)
        return 0;
    return CPU_COUNT_S(sizeof(*out_mask), out_mask->sets);
}

int cpu_count_allowed(void)
{
    struct cpu_mask mask;
    int count = cpu_mask_read(&mask);
    double quota = cgroup_cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    /* Half a CPU more than whole ones does not carry a thread that may spin: round down. */
    if (quota > 0.0 && quota < (double)count)
        count = (int)quota;
    return count < 1 ? 1 : count;
}

void thread_pin(int cpu_index)
{
    struct cpu_mask mask, one;
    int count = cpu_mask_read(&mask);
    if (count == 0 || cpu_index < 0)
        return;
    int skip = cpu_index % count;
    CPU_ZERO_S(sizeof(one), one.sets);
    for (int cpu = 0; cpu < CPU_COUNT_MAX; cpu++) {
        if (!CPU_ISSET_S((size_t)cpu, sizeof(mask), mask.sets) || skip-- > 0)
            continue;
        CPU_SET_S((size_t)cpu, sizeof(one), one.sets);
        break;
    }
    (void)sched_setaffinity(0, sizeof(one), one.sets);
}
