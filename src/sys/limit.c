/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of the real machine.
 */
#include "sys/limit.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/units.h"
#include "sys/cgroup.h"
#include "sys/file.h"

enum { LIMIT_TEXT_SIZE = 4096 };

uint64_t limit_raise_nofile(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit_nofile();
}

uint64_t limit_nofile(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return 1024; /* what POSIX systems start with */
    return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
}

static uint64_t limit_read_number(const char *path)
{
    char room[64];
    ssize_t len = file_read_small(path, room, sizeof(room));
    uint64_t number = UINT64_MAX;
    if (len != -1)
        (void)!units_parse_integer(bytes_trim(bytes_make(room, (size_t)len)), &number, NULL);
    return number;
}

void limit_local_ports(unsigned *out_low, unsigned *out_high)
{
    char room[64];
    ssize_t len = file_read_small("/proc/sys/net/ipv4/ip_local_port_range", room, sizeof(room));
    struct bytes rest = len == -1 ? BYTES_NONE : bytes_trim(bytes_make(room, (size_t)len));
    uint64_t low, high;
    if (units_parse_integer(bytes_cut(&rest, '\t'), &low, NULL) != BR_ERR_NONE ||
        units_parse_integer(rest, &high, NULL) != BR_ERR_NONE || low > high || high > UINT16_MAX) {
        low = 32768;
        high = 60999;
    }
    *out_low = (unsigned)low;
    *out_high = (unsigned)high;
}

unsigned limit_backlog(void)
{
    uint64_t count = limit_read_number("/proc/sys/net/core/somaxconn");
    return count > INT32_MAX ? 128 : (unsigned)count;
}

uint64_t limit_memory_available(void)
{
    char room[LIMIT_TEXT_SIZE];
    uint64_t bytes = UINT64_MAX;
    ssize_t len = file_read_small("/proc/meminfo", room, sizeof(room));
    if (len != -1)
        bytes = limit_find_number(bytes_make(room, (size_t)len), BYTES("MemAvailable"));
    if (bytes != UINT64_MAX)
        bytes *= 1024;
    uint64_t left = cgroup_memory_left("/proc/self/cgroup", "/sys/fs/cgroup");
    return left < bytes ? left : bytes;
}
