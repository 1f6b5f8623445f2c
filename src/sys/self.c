/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to /proc/self and the kernel's generator.
 */
#include "sys/self.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/must.h"
#include "sys/file.h"

uint64_t self_rss_bytes(void)
{
    char room[128];
    unsigned long long size = 0, resident = 0;
    if (file_read_small("/proc/self/statm", room, sizeof(room)) <= 0 ||
        sscanf(room, "%llu %llu", &size, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t self_random(void)
{
    uint64_t value = 0;
    ssize_t got = getrandom(&value, sizeof(value), 0);
    MUST(got == (ssize_t)sizeof(value));
    return value;
}

bool self_working_folder(char *out_path, size_t size)
{
    return getcwd(out_path, size) != NULL;
}

char *const *self_environment(void)
{
    return environ;
}
