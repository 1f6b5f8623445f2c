/* SPDX-License-Identifier: Apache-2.0
 *
 * Where and as what a run runs, for the header of its result.
 */
#ifndef BR_RUN_FACTS_H
#define BR_RUN_FACTS_H

#include "report/result.h"
#include "run/complete.h"
#include "sys/machine.h"

struct run_facts {
    struct machine machine; /* holds the texts that facts borrows */
    char kernel[MACHINE_TEXT_SIZE * 2];
    struct result_facts facts;
};

void run_facts_read(struct run_facts *out_facts, const struct run_means *means);

#endif
