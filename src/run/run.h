/* SPDX-License-Identifier: Apache-2.0
 *
 * A run from its plan to its exit code. The caller watches through an observer and does the
 * talking: nothing here prints.
 */
#ifndef BR_RUN_RUN_H
#define BR_RUN_RUN_H

#include "base/diag.h"
#include "base/exit.h"
#include "plan/plan.h"
#include "report/result.h"

/* All may be NULL. Called on the thread that called run_plan, but for on_trace. */
struct run_observer {
    void *context;
    /* The plan is complete and nothing has started yet. connections_max: the ceiling in force. */
    void (*on_plan)(void *context, const struct plan *plan, uint64_t connections_max);
    /* Something to know, one line without its end. */
    void (*on_note)(void *context, const char *line);
    /* Once a second while load goes on. */
    void (*on_tick)(void *context, const struct result *result);
    /* A part of an exchange, as sent or received (--verbose); from the shards' threads. */
    void (*on_trace)(void *context, struct bytes text);
    /* The end: verdict and all. */
    void (*on_result)(void *context, const struct result *result);
};

/* Completes the plan (shards, wait mode, seed, ceilings), runs it, judges. BR_ERR_* with a sentence
 * when it could not begin; else *out_code is the process's exit code. */
BR_NODISCARD enum br_err run_plan(struct plan *plan, const struct run_observer *observer,
                                  enum exit_code *out_code, struct diag *diag);

#endif
