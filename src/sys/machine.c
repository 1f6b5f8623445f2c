/* SPDX-License-Identifier: Apache-2.0
 *
 * The real machine, described.
 */
#include "sys/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/limit.h"
#include "sys/thread.h"

enum { MACHINE_CPUINFO_SIZE = 4096, MACHINE_MEMINFO_SIZE = 2048 };

static void machine_set(char out_text[MACHINE_TEXT_SIZE], struct bytes text)
{
    size_t len = text.len < MACHINE_TEXT_SIZE ? text.len : MACHINE_TEXT_SIZE - 1;
    if (len > 0)
        memcpy(out_text, text.ptr, len);
    out_text[len] = '\0';
}

static void machine_read_system(struct machine *machine)
{
    struct utsname names;
    if (uname(&names) == -1)
        return;
    (void)snprintf(machine->kernel, sizeof(machine->kernel), "%.20s %.70s", names.sysname,
                   names.release);
    machine_set(machine->arch, bytes_from_str(names.machine));
    machine_set(machine->hostname, bytes_from_str(names.nodename));
}

static void machine_read_numbers(struct machine *machine)
{
    char room[MACHINE_MEMINFO_SIZE];
    ssize_t len = file_read_small("/proc/meminfo", room, sizeof(room));
    if (len != -1) {
        uint64_t kib = limit_find_number(bytes_make(room, (size_t)len), BYTES("MemTotal"));
        machine->memory_bytes = kib == UINT64_MAX ? 0 : kib * 1024;
    }
    double load = 0.0;
    if (getloadavg(&load, 1) == 1)
        machine->load_1m = load;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    machine->cpus_online = online < 1 ? 1 : (int)online;
    machine->cpus_allowed = cpu_count_allowed();
}

void machine_read(struct machine *out_machine)
{
    char room[MACHINE_CPUINFO_SIZE];
    memset(out_machine, 0, sizeof(*out_machine));
    machine_read_system(out_machine);
    machine_read_numbers(out_machine);
    /* The first CPU's entry is at the start of the file; ARM writes the model's numbers alike. */
    ssize_t len = file_read_small("/proc/cpuinfo", room, sizeof(room));
    if (len != -1)
        machine_set(out_machine->cpu_model, machine_find_cpu_model(bytes_make(room, (size_t)len)));
}
