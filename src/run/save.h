/* SPDX-License-Identifier: Apache-2.0
 *
 * What sinks received, written down: the coordinator's part of `save`. A file NAME.jsonl a sink in
 * its folder, a line of JSON a message, behind what is there already.
 */
#ifndef BR_RUN_SAVE_H
#define BR_RUN_SAVE_H

#include "base/diag.h"
#include "plan/plan_sink.h"
#include "sink/sink_host.h"
#include "sys/file.h"

struct run_save {
    struct file_out files[PLAN_SINKS_MAX]; /* fd -1: nothing is saved of that sink */
    int count;
    bool has_failed; /* a write: some lines are missing */
};

/* Makes folders and files; nothing is left open when it fails. */
BR_NODISCARD enum br_err run_save_open(struct run_save *save, const struct plan_sinks *sinks,
                                       struct diag *diag);
/* Writes what the host has handed over. */
void run_save_take(struct run_save *save, struct sink_host *host);
/* Idempotent; false when not everything was written. */
bool run_save_close(struct run_save *save);

#endif
