/* SPDX-License-Identifier: Apache-2.0
 *
 * What the system tells of itself.
 */
#include "sys/limit.h"

#include <sys/resource.h>

#include "sys/machine.h"
#include "unit.h"

UNIT_TEST(limit_nofile_is_raised_to_the_hard_limit)
{
    struct rlimit limit;
    UNIT_EQ_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 100 ? limit.rlim_max : 100;
    UNIT_EQ_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
    UNIT_OK(limit_nofile() == limit.rlim_cur);
    UNIT_OK(limit_raise_nofile() == limit.rlim_max);
    UNIT_OK(limit_nofile() == limit.rlim_max);
}

UNIT_TEST(limit_ports_and_memory_are_plausible)
{
    unsigned low = 0, high = 0;
    limit_local_ports(&low, &high);
    UNIT_OK(low <= high);
    UNIT_OK(high <= 65535);
    UNIT_OK(limit_backlog() > 0);
    UNIT_OK(limit_memory_available() > 1 << 20);
}

UNIT_TEST(limit_numbers_are_found)
{
    static const struct bytes text =
        BYTES_INIT("MemTotal:        4030468 kB\nMemFree: 17 kB\nBad:\nWorse: x kB\nLast: 8");
    UNIT_OK(limit_find_number(text, BYTES("MemTotal")) == 4030468);
    UNIT_OK(limit_find_number(text, BYTES("MemFree")) == 17);
    UNIT_OK(limit_find_number(text, BYTES("Last")) == 8);
    UNIT_OK(limit_find_number(text, BYTES("Mem")) == UINT64_MAX);
    UNIT_OK(limit_find_number(text, BYTES("Bad")) == UINT64_MAX);
    UNIT_OK(limit_find_number(text, BYTES("Worse")) == UINT64_MAX);
    UNIT_OK(limit_find_number(BYTES_NONE, BYTES("Mem")) == UINT64_MAX);
}

UNIT_TEST(machine_model_is_found)
{
    UNIT_EQ_BYTES(machine_find_cpu_model(
                      BYTES("processor\t: 0\nmodel\t\t: 85\nmodel name\t: Xeon @ 2.0GHz\n")),
                  BYTES("Xeon @ 2.0GHz"));
    UNIT_EQ_BYTES(machine_find_cpu_model(BYTES("processor\t: 0\nCPU part\t: 0xd0c\n")),
                  BYTES("0xd0c"));
    UNIT_EQ_BYTES(machine_find_cpu_model(BYTES("processor\t: 0\nmodel name\t:\n")), BYTES(""));
}

UNIT_TEST(machine_is_described)
{
    struct machine machine;
    machine_read(&machine);
    UNIT_OK(bytes_starts(bytes_from_str(machine.kernel), BYTES("Linux ")));
    UNIT_OK(machine.arch[0] != '\0');
    UNIT_OK(machine.cpus_online >= 1);
    UNIT_OK(machine.cpus_allowed >= 1);
    UNIT_OK(machine.memory_bytes > 1 << 20);
    UNIT_OK(machine.load_1m >= 0.0);
}

UNIT_MAIN(UNIT_RUN(limit_nofile_is_raised_to_the_hard_limit),
          UNIT_RUN(limit_ports_and_memory_are_plausible), UNIT_RUN(limit_numbers_are_found),
          UNIT_RUN(machine_model_is_found), UNIT_RUN(machine_is_described))
