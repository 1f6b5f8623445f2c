/* SPDX-License-Identifier: Apache-2.0
 *
 * What a container may use: the cgroup's limits, which neither the affinity mask nor /proc/meminfo
 * shows. The two paths are /proc/self/cgroup and /sys/fs/cgroup; tests point at files of their own.
 */
#ifndef BR_SYS_CGROUP_H
#define BR_SYS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* The tightest CPU quota on the way from the cgroup of this process up to the root, in CPUs; 0.0
 * when there is none. */
double cgroup_cpu_quota(const char *groups_path, const char *mount_path);
/* Bytes that the tightest memory limit on that way leaves (limit less use); UINT64_MAX when there
 * is none. */
uint64_t cgroup_memory_left(const char *groups_path, const char *mount_path);

/* "150000 100000" (cpu.max: quota and period in us) is 1.5 CPUs; false for "max ..." (no limit) and
 * for what is not such a text. */
bool cgroup_parse_cpu_max(struct bytes text, double *out_cpus);

#endif
