/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits as cgroups of both versions write them (kernel: admin-guide/cgroup-v2.rst,
 * admin-guide/cgroup-v1/memory.rst, scheduler/sched-bwc.rst). Each level may have a limit of its
 * own and the tightest one holds, so the path is walked upwards. In a container the path may name
 * what is not mounted there: such levels are skipped, the mount's own root is looked at always.
 */
#include "sys/cgroup.h"

#include <stdio.h>

#include "base/units.h"
#include "sys/file.h"

enum { CGROUP_TEXT_SIZE = 256, CGROUP_PATH_SIZE = 2048, CGROUP_GROUPS_SIZE = 4096 };

/* One level of the hierarchy of one controller. */
struct cgroup_level {
    const char *mount_path;
    const char *controller; /* "/cpu", "/memory"; "" in version 2, which has one hierarchy */
    struct bytes path;
};

typedef void cgroup_visit_fn(const struct cgroup_level *level, void *context);

static bool cgroup_read_text(const struct cgroup_level *level, const char *file,
                             char room[CGROUP_TEXT_SIZE], struct bytes *out_text)
{
    char name[CGROUP_PATH_SIZE];
    int len = snprintf(name, sizeof(name), "%s%s%.*s/%s", level->mount_path, level->controller,
                       BYTES_ARG(level->path), file);
    if (len < 0 || (size_t)len >= sizeof(name))
        return false;
    ssize_t got = file_read_small(name, room, CGROUP_TEXT_SIZE);
    if (got == -1)
        return false;
    *out_text = bytes_trim(bytes_make(room, (size_t)got));
    return true;
}

/* False for "max" and "-1" as well: no limit. */
static bool cgroup_read_number(const struct cgroup_level *level, const char *file,
                               uint64_t *out_number)
{
    char room[CGROUP_TEXT_SIZE];
    struct bytes text;
    return cgroup_read_text(level, file, room, &text) &&
           units_parse_integer(text, out_number, NULL) == BR_ERR_NONE;
}

static bool cgroup_names_controller(struct bytes names, struct bytes controller)
{
    while (names.len > 0) {
        if (bytes_eq(bytes_cut(&names, ','), controller))
            return true;
    }
    return false;
}

static void cgroup_climb(struct cgroup_level level, cgroup_visit_fn *visit, void *context)
{
    struct bytes *path = &level.path;
    for (;;) {
        while (path->len > 0 && path->ptr[path->len - 1] == '/')
            path->len--;
        visit(&level, context);
        if (path->len == 0)
            return;
        while (path->len > 0 && path->ptr[path->len - 1] != '/')
            path->len--;
    }
}

/* Visits each level of that controller ("/cpu"), of either version. */
static void cgroup_visit(const char *groups_path, const char *mount_path, const char *controller,
                         cgroup_visit_fn *visit, void *context)
{
    char room[CGROUP_GROUPS_SIZE];
    ssize_t got = file_read_small(groups_path, room, sizeof(room));
    struct bytes rest = got == -1 ? BYTES_NONE : bytes_make(room, (size_t)got);
    /* Lines of "id:controllers:path"; version 2 is "0::path" (cgroups(7)). */
    while (rest.len > 0) {
        struct bytes path = bytes_cut(&rest, '\n');
        struct bytes id = bytes_cut(&path, ':');
        struct bytes names = bytes_cut(&path, ':');
        if (bytes_eq(id, BYTES("0")) && names.len == 0)
            cgroup_climb((struct cgroup_level){mount_path, "", path}, visit, context);
        else if (cgroup_names_controller(names, bytes_from_str(controller + 1)))
            cgroup_climb((struct cgroup_level){mount_path, controller, path}, visit, context);
    }
}

/* CPU */

static bool cgroup_divide(uint64_t quota_us, uint64_t period_us, double *out_cpus)
{
    if (quota_us == 0 || period_us == 0)
        return false;
    *out_cpus = (double)quota_us / (double)period_us;
    return true;
}

bool cgroup_parse_cpu_max(struct bytes text, double *out_cpus)
{
    uint64_t quota_us, period_us;
    struct bytes rest = bytes_trim(text);
    if (units_parse_integer(bytes_cut(&rest, ' '), &quota_us, NULL) != BR_ERR_NONE ||
        units_parse_integer(rest, &period_us, NULL) != BR_ERR_NONE)
        return false;
    return cgroup_divide(quota_us, period_us, out_cpus);
}

static bool cgroup_read_cpu(const struct cgroup_level *level, double *out_cpus)
{
    char room[CGROUP_TEXT_SIZE];
    struct bytes text;
    uint64_t quota_us, period_us;
    if (level->controller[0] == '\0')
        return cgroup_read_text(level, "cpu.max", room, &text) &&
               cgroup_parse_cpu_max(text, out_cpus);
    return cgroup_read_number(level, "cpu.cfs_quota_us", &quota_us) &&
           cgroup_read_number(level, "cpu.cfs_period_us", &period_us) &&
           cgroup_divide(quota_us, period_us, out_cpus);
}

static void cgroup_lower_cpu(const struct cgroup_level *level, void *context)
{
    double *quota = context, found;
    if (cgroup_read_cpu(level, &found) && (*quota <= 0.0 || found < *quota))
        *quota = found;
}

double cgroup_cpu_quota(const char *groups_path, const char *mount_path)
{
    double quota = 0.0;
    cgroup_visit(groups_path, mount_path, "/cpu", cgroup_lower_cpu, &quota);
    return quota;
}

/* Memory */

static void cgroup_lower_memory(const struct cgroup_level *level, void *context)
{
    bool is_v2 = level->controller[0] == '\0';
    uint64_t *left = context, limit, used;
    if (!cgroup_read_number(level, is_v2 ? "memory.max" : "memory.limit_in_bytes", &limit) ||
        !cgroup_read_number(level, is_v2 ? "memory.current" : "memory.usage_in_bytes", &used))
        return;
    if (limit >= INT64_MAX / 2) /* version 1 writes "none" as the largest number of whole pages */
        return;
    uint64_t found = limit > used ? limit - used : 0;
    if (found < *left)
        *left = found;
}

uint64_t cgroup_memory_left(const char *groups_path, const char *mount_path)
{
    uint64_t left = UINT64_MAX;
    cgroup_visit(groups_path, mount_path, "/memory", cgroup_lower_memory, &left);
    return left;
}
