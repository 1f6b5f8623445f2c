/* SPDX-License-Identifier: Apache-2.0
 *
 * Gathering the facts.
 */
#include "run/facts.h"

#include <stdio.h>

#include "base/version.h"
#include "sys/clock.h"

void run_facts_read(struct run_facts *out_facts, const struct run_means *means)
{
    struct machine *machine = &out_facts->machine;
    machine_read(machine);
    (void)snprintf(out_facts->kernel, sizeof(out_facts->kernel), "%s %s", machine->kernel,
                   machine->arch);
    out_facts->facts = (struct result_facts){.version = bytes_from_str(version_text),
                                             .start_unix_ns = clock_wall_ns(),
                                             .host = bytes_from_str(machine->hostname),
                                             .kernel = bytes_from_str(out_facts->kernel),
                                             .cpu_model = bytes_from_str(machine->cpu_model),
                                             .cpus = machine->cpus_online,
                                             .cpus_allowed = machine->cpus_allowed,
                                             .memory_bytes = machine->memory_bytes,
                                             .connections_max = means->connections_max};
}
