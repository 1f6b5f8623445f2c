/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks. Everything in brunt is CLOCK_MONOTONIC nanoseconds; the wall clock serves file
 * names and the conversion of kernel receive stamps (design.md 7.9). Ask right before a send and
 * right after a receive; never pass a stale answer down.
 */
#ifndef BR_SYS_CLOCK_H
#define BR_SYS_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_SEC INT64_C(1000000000)
#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_US INT64_C(1000)

/* Monotonic ns; signed, so that differences need no care. A clock that goes back is a bug of the
 * machine that we do not survive. */
int64_t clock_now_ns(void);
/* Wall clock, ns since the epoch. */
int64_t clock_wall_ns(void);
/* CPU time of the calling thread, ns. */
int64_t clock_thread_cpu_ns(void);
/* CPU time of the process, user and system, ns. */
void clock_process_cpu_ns(int64_t *out_user_ns, int64_t *out_system_ns);

#endif
