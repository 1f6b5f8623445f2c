/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the sums add up (design.md 7.5): the counters beside numbers that were kept by others. A
 * run whose sums do not is INVALID.
 */
#ifndef BR_TRACK_AUDIT_H
#define BR_TRACK_AUDIT_H

#include "base/diag.h"
#include "track/ledger.h"

/* What others counted; -1: nobody did. */
struct track_claims {
    bool is_counted; /* nothing was told apart (count.h): sinks have no classes to check */
    int64_t events;  /* operations * batch, of all phases */
    struct track_claim {
        int64_t events;
        int64_t sent;           /* operations whose first byte was sent * batch */
    } phases[TRACK_PHASES_MAX]; /* as executor and drivers counted them */
    int64_t
        arrivals[TRACK_SINKS_MAX]; /* messages with a stamp of ours, as each sink counted them */
};

void track_claims_init(struct track_claims *claims);

/* After ledger_finish, with the sums and the walks of all shards. False: a sum does not add up; the
 * first one is told with its numbers. */
BR_NODISCARD bool track_audit(const struct track_sum *sum, const struct ledger_walk *walk,
                              const struct track_claims *claims, struct diag *diag);

#endif
