/* SPDX-License-Identifier: Apache-2.0
 *
 * The outputs of a script's run (--out): opened before the first sample, fed a few times a second,
 * closed behind the last. A thread of their own writes: a slow disk delays no request.
 */
#ifndef BR_RUN_RUN_SCRIPT_OUTS_H
#define BR_RUN_RUN_SCRIPT_OUTS_H

#include "live/out.h"
#include "loop/loop.h"
#include "run/handover.h"
#include "sys/thread.h"

enum { RUN_SCRIPT_OUTS_MAX = 16 };

struct run_script_outs {
    struct out *outs[RUN_SCRIPT_OUTS_MAX];
    size_t count;
    struct sample_pipe pipe; /* for the recorder; only when count > 0 */
    struct thread *thread;
    struct loop loop; /* the thread's */
    struct handover_number stop;
};

/* All of `texts` ("json=FILE"); the first that is wrong or cannot be opened gets a sentence. With
 * none of them nothing is done, and count stays 0. */
BR_NODISCARD enum br_err run_script_outs_open(struct run_script_outs *outs,
                                              const struct bytes *texts, size_t count,
                                              const struct metric_registry *registry,
                                              const struct thresholds *thresholds, uint32_t systems,
                                              struct diag *diag);
/* On the recorder's thread, now and then: what does not fill a batch yet goes to the files, too. */
void run_script_outs_flush(struct run_script_outs *outs);
/* The end; BR_ERR_IO with a sentence when samples were lost or could not be written. */
BR_NODISCARD enum br_err run_script_outs_close(struct run_script_outs *outs, struct diag *diag);

#endif
