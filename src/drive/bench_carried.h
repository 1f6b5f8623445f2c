/* SPDX-License-Identifier: Apache-2.0
 *
 * What an event carried, told afterwards. Nothing is kept for it: a record's text derives from the
 * seed and its number (design.md 7.8), so it is rendered once more.
 */
#ifndef BR_DRIVE_BENCH_CARRIED_H
#define BR_DRIVE_BENCH_CARRIED_H

#include "base/buf.h"
#include "plan/plan.h"
#include "track/anomaly.h"

/* Appends the record of that event, as text in UTF-8 without control characters, cut after `most`
 * bytes: of the body, or of the header or URL that holds the event. `key` is its stream's (empty:
 * it has none), start_unix_ns the start of the load: {{now}} is the time of the send, so its last
 * digits may be others. False, and nothing, when it cannot be told: the operation is forgotten, or
 * the record has values of a file of rows. */
bool bench_carried_tell(const struct plan *plan, struct bytes key,
                        const struct track_anomaly *anomaly, int64_t start_unix_ns, size_t most,
                        struct buf *out);

#endif
