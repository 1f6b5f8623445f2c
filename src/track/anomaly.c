/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of anomalies.
 */
#include "track/anomaly.h"

#include "base/must.h"

static const char *const track_anomaly_names[TRACK_ANOMALY_COUNT] = {
    [TRACK_ANOMALY_LOST] = "lost",
    [TRACK_ANOMALY_STUCK] = "stuck",
    [TRACK_ANOMALY_IN_FLIGHT] = "in_flight",
    [TRACK_ANOMALY_UNSURE_ABSENT] = "unsure_absent",
    [TRACK_ANOMALY_DUPLICATED] = "duplicated",
    [TRACK_ANOMALY_LATE] = "late",
    [TRACK_ANOMALY_LEAKED] = "leaked",
    [TRACK_ANOMALY_UNSENT_CAME] = "unsent_came",
    [TRACK_ANOMALY_REORDERED] = "reordered",
    [TRACK_ANOMALY_DAMAGED] = "damaged",
    [TRACK_ANOMALY_REDELIVERED] = "redelivered",
};

const char *track_anomaly_name(enum track_anomaly_kind kind)
{
    MUST((unsigned)kind < TRACK_ANOMALY_COUNT);
    return track_anomaly_names[kind];
}
