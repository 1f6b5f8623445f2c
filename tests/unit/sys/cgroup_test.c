/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits as cgroups of both versions write them.
 */
#include "sys/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/thread.h"
#include "unit.h"

UNIT_TEST(cgroup_cpu_quota_is_read)
{
    static const struct {
        const char *text;
        double want; /* 0.0: no limit */
    } rows[] = {
        {"150000 100000\n", 1.5},
        {"50000 100000", 0.5},
        {"400000 100000\n", 4.0},
        {"max 100000\n", 0.0},
        {"", 0.0},
        {"100000", 0.0},
        {"x 100000", 0.0},
        {"1 0", 0.0},
        {"0 100000", 0.0},
        {"-1 100000", 0.0},
        {"1 2 3", 0.0},
        {"99999999999999999999 1", 0.0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        double cpus = 0.0;
        UNIT_ROW(rows[i].text);
        bool limited = cgroup_parse_cpu_max(bytes_from_str(rows[i].text), &cpus);
        UNIT_EQ_INT(limited, rows[i].want != 0.0);
        UNIT_NEAR(cpus, rows[i].want, 1e-9);
    }
}

static char cgroup_root[] = "/tmp/brunt-cgroup-test-XXXXXX";

static void cgroup_put(const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", cgroup_root, name);
    for (char *at = path + strlen(cgroup_root) + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        UNIT_OK(mkdir(path, 0700) == 0 || errno == EEXIST);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    UNIT_OK(file != NULL);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* Writes what /proc/self/cgroup would say; borrowed until the next call. */
static const char *cgroup_groups(const char *groups)
{
    static char path[300];
    cgroup_put("self", groups);
    (void)snprintf(path, sizeof(path), "%s/self", cgroup_root);
    return path;
}

static void cgroup_remove_all(void)
{
    char command[100];
    (void)snprintf(command, sizeof(command), "rm -r %s", cgroup_root);
    UNIT_EQ_INT(system(command), 0);
    memcpy(cgroup_root + strlen(cgroup_root) - 6, "XXXXXX", 6);
}

static double cgroup_cpu_with(const char *groups)
{
    return cgroup_cpu_quota(cgroup_groups(groups), cgroup_root);
}

UNIT_TEST(cgroup_cpu_quota_is_the_tightest_on_the_way_up)
{
    UNIT_OK(mkdtemp(cgroup_root) != NULL);
    cgroup_put("a/cpu.max", "300000 100000\n");
    cgroup_put("a/b/cpu.max", "max 100000\n");
    cgroup_put("a/b/c/cpu.max", "400000 100000\n");
    cgroup_put("cpu/x/cpu.cfs_quota_us", "50000\n");
    cgroup_put("cpu/x/cpu.cfs_period_us", "100000\n");
    cgroup_put("cpu/x/y/cpu.cfs_quota_us", "-1\n");
    cgroup_put("cpu/x/y/cpu.cfs_period_us", "100000\n");
    UNIT_NEAR(cgroup_cpu_with("0::/a/b/c\n"), 3.0, 1e-9);
    UNIT_NEAR(cgroup_cpu_with("0::/a\n"), 3.0, 1e-9);
    UNIT_NEAR(cgroup_cpu_with("0::/elsewhere\n"), 0.0, 1e-9);
    UNIT_NEAR(cgroup_cpu_with("12:cpu,cpuacct:/x/y\n1:name=systemd:/\n0::/\n"), 0.5, 1e-9);
    UNIT_NEAR(cgroup_cpu_with("12:cpuset:/x/y\n"), 0.0, 1e-9);
    UNIT_NEAR(cgroup_cpu_with(""), 0.0, 1e-9);
    cgroup_put("cpu.max", "200000 100000\n"); /* as inside a container: only the root is there */
    UNIT_NEAR(cgroup_cpu_with("0::/elsewhere/deep\n"), 2.0, 1e-9);
    cgroup_remove_all();
}

UNIT_TEST(cgroup_memory_left_is_the_tightest_on_the_way_up)
{
    UNIT_OK(mkdtemp(cgroup_root) != NULL);
    cgroup_put("a/memory.max", "1000\n");
    cgroup_put("a/memory.current", "400\n");
    cgroup_put("a/b/memory.max", "max\n");
    cgroup_put("a/b/memory.current", "300\n");
    cgroup_put("full/memory.max", "100\n");
    cgroup_put("full/memory.current", "120\n");
    cgroup_put("memory/x/memory.limit_in_bytes", "500\n");
    cgroup_put("memory/x/memory.usage_in_bytes", "50\n");
    cgroup_put("memory/memory.limit_in_bytes", "9223372036854771712\n");
    cgroup_put("memory/memory.usage_in_bytes", "50\n");
    UNIT_OK(cgroup_memory_left(cgroup_groups("0::/a/b\n"), cgroup_root) == 600);
    UNIT_OK(cgroup_memory_left(cgroup_groups("0::/full\n"), cgroup_root) == 0);
    UNIT_OK(cgroup_memory_left(cgroup_groups("3:memory:/x\n0::/\n"), cgroup_root) == 450);
    UNIT_OK(cgroup_memory_left(cgroup_groups("3:memory:/y\n"), cgroup_root) == UINT64_MAX);
    cgroup_remove_all();
}

UNIT_TEST(cpu_count_is_at_least_one)
{
    int before = cpu_count_allowed();
    UNIT_OK(before >= 1);
}

UNIT_MAIN(UNIT_RUN(cgroup_cpu_quota_is_read),
          UNIT_RUN(cgroup_cpu_quota_is_the_tightest_on_the_way_up),
          UNIT_RUN(cgroup_memory_left_is_the_tightest_on_the_way_up),
          UNIT_RUN(cpu_count_is_at_least_one))
