/* SPDX-License-Identifier: Apache-2.0
 *
 * How many CPUs a container may use: the cgroup's bandwidth limit, which the affinity mask does not
 * show. Apart from thread.h so that tests can point it at files of their own.
 */
#ifndef BR_SYS_CPU_H
#define BR_SYS_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* "150000 100000" (cgroup v2, cpu.max: quota and period in us) is 1.5 CPUs; false for "max ..."
 * (no limit) and for what is not such a text. */
bool cpu_quota_from_v2(struct bytes text, double *out_cpus);
/* The same from cpu.cfs_quota_us (-1: no limit) and cpu.cfs_period_us of cgroup v1. */
bool cpu_quota_from_v1(struct bytes quota, struct bytes period, double *out_cpus);
/* The tightest quota on the way from the cgroup of this process up to the root, in CPUs; 0.0 when
 * there is none. `cgroup_file` is /proc/self/cgroup, `mount` is /sys/fs/cgroup. */
double cpu_quota_of(const char *cgroup_file, const char *mount);

#endif
