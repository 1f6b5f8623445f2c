/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads and CPUs. Only `run` creates threads.
 */
#ifndef BR_SYS_THREAD_H
#define BR_SYS_THREAD_H

#include <stdbool.h>

#include "base/attr.h"

struct thread;

typedef void thread_main_fn(void *context);

/* Starts a thread of that name (<= 15 characters are kept), signals blocked; NULL with errno.
 * The caller owns the handle until thread_join. */
BR_NODISCARD struct thread *thread_start(const char *name, thread_main_fn *main, void *context);
/* Waits for its end and releases the handle; *thread becomes NULL. */
void thread_join(struct thread **thread);
/* Pins the calling thread to one of the CPUs allowed (index modulo their number). */
void thread_pin(int cpu_index);
/* Timer slack of the calling thread in ns (1: as exact as the machine can). */
void thread_set_timer_slack(long slack_ns);

/* CPUs this process may use: the affinity mask and the cgroup's quota, at least 1. */
int cpu_count_allowed(void);

#endif
