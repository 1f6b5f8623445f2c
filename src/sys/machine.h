/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a result was made, for its header: two results of different machines are not compared
 * without saying so.
 */
#ifndef BR_SYS_MACHINE_H
#define BR_SYS_MACHINE_H

#include <stdint.h>

#include "base/bytes.h"

enum { MACHINE_TEXT_SIZE = 96 };

/* Texts are NUL-terminated, cut to their room and empty where the system does not tell. */
struct machine {
    char cpu_model[MACHINE_TEXT_SIZE]; /* "Intel(R) Xeon(R) ...", or its part numbers on ARM */
    char kernel[MACHINE_TEXT_SIZE];    /* "Linux 6.1.0-18-amd64" */
    char arch[MACHINE_TEXT_SIZE];      /* "x86_64" */
    char hostname[MACHINE_TEXT_SIZE];
    int cpus_online;
    int cpus_allowed; /* cpu_count_allowed */
    uint64_t memory_bytes;
    double load_1m; /* run queue length of the last minute; others' work disturbs ours */
};

void machine_read(struct machine *out_machine);

/* The model in the text of /proc/cpuinfo; empty when there is none. Borrows from the text. */
struct bytes machine_find_cpu_model(struct bytes cpuinfo);

#endif
