/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU quotas as cgroups of both versions write them.
 */
#include "sys/cpu.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/thread.h"
#include "unit.h"

UNIT_TEST(cpu_quota_is_read)
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
        bool limited = cpu_quota_from_v2(bytes_from_str(rows[i].text), &cpus);
        UNIT_EQ_INT(limited, rows[i].want != 0.0);
        UNIT_NEAR(cpus, rows[i].want, 1e-9);
    }
}

static char cpu_root[] = "/tmp/brunt-cpu-test-XXXXXX";

static void cpu_put(const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", cpu_root, name);
    for (char *at = path + strlen(cpu_root) + 1; *at != '\0'; at++) {
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

static double cpu_quota_with(const char *groups)
{
    char path[300];
    cpu_put("self", groups);
    (void)snprintf(path, sizeof(path), "%s/self", cpu_root);
    return cpu_quota_of(path, cpu_root);
}

UNIT_TEST(cpu_quota_is_the_tightest_on_the_way_up)
{
    UNIT_OK(mkdtemp(cpu_root) != NULL);
    cpu_put("a/cpu.max", "300000 100000\n");
    cpu_put("a/b/cpu.max", "max 100000\n");
    cpu_put("a/b/c/cpu.max", "400000 100000\n");
    cpu_put("cpu/x/cpu.cfs_quota_us", "50000\n");
    cpu_put("cpu/x/cpu.cfs_period_us", "100000\n");
    cpu_put("cpu/x/y/cpu.cfs_quota_us", "-1\n");
    cpu_put("cpu/x/y/cpu.cfs_period_us", "100000\n");
    UNIT_NEAR(cpu_quota_with("0::/a/b/c\n"), 3.0, 1e-9);
    UNIT_NEAR(cpu_quota_with("0::/a\n"), 3.0, 1e-9);
    UNIT_NEAR(cpu_quota_with("0::/elsewhere\n"), 0.0, 1e-9);
    UNIT_NEAR(cpu_quota_with("12:cpu,cpuacct:/x/y\n1:name=systemd:/\n0::/\n"), 0.5, 1e-9);
    UNIT_NEAR(cpu_quota_with("12:cpuset:/x/y\n"), 0.0, 1e-9);
    UNIT_NEAR(cpu_quota_with(""), 0.0, 1e-9);
    cpu_put("cpu.max", "200000 100000\n"); /* as inside a container: only the root is there */
    UNIT_NEAR(cpu_quota_with("0::/elsewhere/deep\n"), 2.0, 1e-9);
    char command[100];
    (void)snprintf(command, sizeof(command), "rm -r %s", cpu_root);
    UNIT_EQ_INT(system(command), 0);
}

UNIT_TEST(cpu_count_is_at_least_one)
{
    int before = cpu_count_allowed();
    UNIT_OK(before >= 1);
}

UNIT_MAIN(UNIT_RUN(cpu_quota_is_read), UNIT_RUN(cpu_quota_is_the_tightest_on_the_way_up),
          UNIT_RUN(cpu_count_is_at_least_one))
