/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU bandwidth limits as cgroups write them (kernel: Documentation/admin-guide/cgroup-v2.rst and
 * Documentation/scheduler/sched-bwc.rst). Each level may have a limit of its own and the tightest
 * one holds, so the path is walked upwards. In a container the path may name what is not mounted
 * there: such levels are skipped, the mount's own root is looked at always.
 */
#include "sys/cpu.h"

#include <stdio.h>

#include "sys/file.h"

enum { CPU_TEXT_SIZE = 256, CPU_PATH_SIZE = 2048, CPU_GROUPS_SIZE = 4096 };

static bool cpu_parse_number(struct bytes text, int64_t *out_value)
{
    int64_t value = 0;
    text = bytes_trim(text);
    if (text.len == 0 || text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out_value = value;
    return true;
}

bool cpu_quota_from_v1(struct bytes quota, struct bytes period, double *out_cpus)
{
    int64_t quota_us, period_us;
    if (!cpu_parse_number(quota, &quota_us) || !cpu_parse_number(period, &period_us))
        return false;
    if (quota_us == 0 || period_us == 0)
        return false;
    *out_cpus = (double)quota_us / (double)period_us;
    return true;
}

bool cpu_quota_from_v2(struct bytes text, double *out_cpus)
{
    struct bytes rest = bytes_trim(text);
    struct bytes quota = bytes_cut(&rest, ' ');
    return cpu_quota_from_v1(quota, rest, out_cpus);
}

static void cpu_quota_lower(double *quota, double found)
{
    if (*quota == 0.0 || found < *quota)
        *quota = found;
}

static bool cpu_quota_read(const char *mount, const char *group, struct bytes path,
                           const char *file, char room[CPU_TEXT_SIZE], struct bytes *out_text)
{
    char name[CPU_PATH_SIZE];
    int len = snprintf(name, sizeof(name), "%s%s%.*s/%s", mount, group, BYTES_ARG(path), file);
    if (len < 0 || (size_t)len >= sizeof(name))
        return false;
    ssize_t got = file_read_small(name, room, CPU_TEXT_SIZE);
    if (got == -1)
        return false;
    *out_text = bytes_make(room, (size_t)got);
    return true;
}

/* One level: v2 has one file, v1 two and a controller's folder. */
static void cpu_quota_look(const char *mount, const char *group, struct bytes path, double *quota)
{
    char room[CPU_TEXT_SIZE], more[CPU_TEXT_SIZE];
    struct bytes text, period;
    double found;
    if (group[0] == '\0') {
        if (cpu_quota_read(mount, group, path, "cpu.max", room, &text) &&
            cpu_quota_from_v2(text, &found))
            cpu_quota_lower(quota, found);
        return;
    }
    if (cpu_quota_read(mount, group, path, "cpu.cfs_quota_us", room, &text) &&
        cpu_quota_read(mount, group, path, "cpu.cfs_period_us", more, &period) &&
        cpu_quota_from_v1(text, period, &found))
        cpu_quota_lower(quota, found);
}

static void cpu_quota_walk(const char *mount, const char *group, struct bytes path, double *quota)
{
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    for (;;) {
        cpu_quota_look(mount, group, path, quota);
        if (path.len == 0)
            return;
        while (path.len > 0 && path.ptr[path.len - 1] != '/')
            path.len--;
        while (path.len > 0 && path.ptr[path.len - 1] == '/')
            path.len--;
    }
}

static bool cpu_names_controller(struct bytes names)
{
    while (names.len > 0) {
        if (bytes_eq(bytes_cut(&names, ','), BYTES("cpu")))
            return true;
    }
    return false;
}

double cpu_quota_of(const char *cgroup_file, const char *mount)
{
    char room[CPU_GROUPS_SIZE];
    double quota = 0.0;
    ssize_t got = file_read_small(cgroup_file, room, sizeof(room));
    if (got == -1)
        return 0.0;
    /* Lines of "id:controllers:path"; v2 is "0::path" (cgroups(7)). */
    struct bytes rest = bytes_make(room, (size_t)got);
    while (rest.len > 0) {
        struct bytes path = bytes_cut(&rest, '\n');
        struct bytes id = bytes_cut(&path, ':');
        struct bytes names = bytes_cut(&path, ':');
        if (bytes_eq(id, BYTES("0")) && names.len == 0)
            cpu_quota_walk(mount, "", path, &quota);
        else if (cpu_names_controller(names))
            cpu_quota_walk(mount, "/cpu", path, &quota);
    }
    return quota;
}
