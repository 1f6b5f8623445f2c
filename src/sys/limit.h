/* SPDX-License-Identifier: Apache-2.0
 *
 * What the system lets us have: descriptors, ports, memory. Read at the start, so that the plan can
 * say that it will not fit before it fails.
 */
#ifndef BR_SYS_LIMIT_H
#define BR_SYS_LIMIT_H

#include <stdint.h>

#include "base/bytes.h"

/* Raises the soft limit of open files to the hard one; the limit that holds now. */
uint64_t limit_raise_nofile(void);
/* Open files allowed now. */
uint64_t limit_nofile(void);
/* Local ports a connection without a bound port may get, both ends included
 * (net.ipv4.ip_local_port_range; its default where it cannot be read). */
void limit_local_ports(unsigned *out_low, unsigned *out_high);
/* The longest queue of a listening socket (net.core.somaxconn). */
unsigned limit_backlog(void);
/* Bytes that can be used without swapping: the system's MemAvailable, or what the tightest cgroup
 * above us leaves when that is less; UINT64_MAX when nobody tells. */
uint64_t limit_memory_available(void);

/* The number behind "key:" in a text like /proc/meminfo ("MemAvailable:  123 kB" gives 123);
 * UINT64_MAX when it is not there. Of text as of files, so that it can be tested. */
uint64_t limit_find_number(struct bytes text, struct bytes key);

#endif
