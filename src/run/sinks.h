/* SPDX-License-Identifier: Apache-2.0
 *
 * Sinks alone, for a pipeline tested by hand: a sink thread, and this one, which waits for signals
 * and the end of the time, adds up the counts once a second, and writes down what is to be saved.
 */
#ifndef BR_RUN_SINKS_H
#define BR_RUN_SINKS_H

#include "base/diag.h"
#include "base/stamp.h"
#include "sink/sink_host.h"

struct run_sinks_config {
    const struct plan_sinks *sinks;
    const struct stamp_run *run; /* whose stamps are ours */
    uint64_t seed;
    uint32_t last_count;             /* messages to keep for /last */
    const struct sock_addr *control; /* NULL: no port of its own for /last and /counts */
    int64_t for_ns;                  /* 0: until a signal */
};

/* How it stands; times from the moment that all sinks were open. */
struct run_sinks_view {
    int64_t elapsed_ns;
    int64_t start_ns; /* that moment, monotonic */
    int count;
    const struct sink_totals *totals; /* of each sink */
    bool is_saved;                    /* all that was to be saved was written */
};

/* Called on the thread that called run_sinks. */
struct run_sinks_observer {
    void *context;
    /* All are open. control: NULL when there is none. */
    void (*on_open)(void *context, const struct sink_host *host, const struct sock_addr *control);
    /* Once a second. */
    void (*on_tick)(void *context, const struct run_sinks_view *view);
    void (*on_end)(void *context, const struct run_sinks_view *view);
};

/* Until the time is over or a signal came. */
BR_NODISCARD enum br_err run_sinks(const struct run_sinks_config *config,
                                   const struct run_sinks_observer *observer, struct diag *diag);

#endif
