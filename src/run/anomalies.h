/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of --anomalies: every event that went wrong, a line of JSON each, in the order in which
 * it became certain. Written as they come, so it costs no memory; the result file has their numbers
 * and the first hundred of each class.
 */
#ifndef BR_RUN_ANOMALIES_H
#define BR_RUN_ANOMALIES_H

#include "base/buf.h"
#include "base/diag.h"
#include "report/result.h"
#include "run/tales.h"
#include "sys/file.h"

struct follow;

struct run_anomalies {
    const struct follow *follow; /* NULL: there is no such file */
    const struct result *result;
    struct file_out file;
    struct buf text; /* not written yet */
    struct buf carried;
    uint64_t missing; /* told and not in the file */
    int saved_errno;
};

/* Opens the file that the plan names, if it does. Borrows both. */
BR_NODISCARD enum br_err run_anomalies_open(struct run_anomalies *anomalies,
                                            const struct follow *follow,
                                            const struct result *result, struct diag *diag);
/* Everything that a shard has handed over. */
void run_anomalies_take(struct run_anomalies *anomalies, struct run_tales *tales);
/* One of which we are told here. */
void run_anomalies_put(struct run_anomalies *anomalies, const struct track_anomaly *anomaly,
                       struct bytes key);
/* What was put goes to the file. */
void run_anomalies_flush(struct run_anomalies *anomalies);
/* Closes it; what is missing becomes a note of the result. */
void run_anomalies_close(struct run_anomalies *anomalies, struct result *result);
/* Whatever happened. */
void run_anomalies_fini(struct run_anomalies *anomalies);

#endif
