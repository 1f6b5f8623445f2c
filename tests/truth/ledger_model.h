/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger beside a naive model: an array with everything of every event, classes worked out from
 * it at the end by plain ifs. A world is played into both by seed, and everything that the ledger
 * says must be what the model says: counts by phase and sink, lags, attributes, which event is told
 * as which anomaly.
 */
#ifndef BR_TESTS_LEDGER_MODEL_H
#define BR_TESTS_LEDGER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "track/ledger.h"

enum { MODEL_SINKS_MAX = 4, MODEL_PHASES_MAX = 3, MODEL_WHY_SIZE = 200 };

/* How an event came out at one sink. */
struct model_out {
    int64_t first_ns; /* TRACK_NO_TIME: never */
    uint32_t counted; /* deliveries, but for redelivered ones */
    uint32_t attempts;
    bool is_unread;
    bool is_followed; /* it came while it was not known to be refused */
};

struct model_event {
    struct stamp_id id;
    int phase;
    enum track_entry entry;
    int64_t due_ns;
    int64_t sent_ns;
    int64_t accepted_ns;
    uint64_t hash;
    uint32_t body; /* operations have the same in all their streams */
    struct model_out outs[MODEL_SINKS_MAX];
};

struct model_stream {
    uint32_t number;
    uint32_t awaited; /* bits of sinks */
    uint32_t *events; /* their places in the array */
    uint32_t count;
    uint32_t size;
    int64_t sent_max_ns[MODEL_SINKS_MAX];
};

/* What is counted as it happens. */
struct model_at {
    int64_t deliveries, copies, redelivered, attempts, retries, reordered, damaged;
};

struct model {
    int sink_count;
    int phase_count;
    bool is_thorough; /* order is searched for among all events, not by the latest send */
    struct ledger_sink sinks[MODEL_SINKS_MAX];
    struct model_event *events;
    uint32_t event_count;
    uint32_t event_size;
    struct model_stream *streams;
    uint32_t stream_count;
    struct model_at ats[MODEL_PHASES_MAX][MODEL_SINKS_MAX];
    int64_t delivered_last_ns[MODEL_SINKS_MAX];
    int64_t gap_max_ns[MODEL_SINKS_MAX];
    int64_t waiting[MODEL_SINKS_MAX];
    int64_t waiting_since_ns[MODEL_SINKS_MAX];
    int64_t resolved_last_ns;
    int64_t accepted_first_ns, accepted_last_ns, accepted_count;
    uint64_t told[TRACK_ANOMALY_COUNT]; /* sum of a hash of what must be told */
};

void model_init(struct model *model, const struct ledger_config *config, bool is_thorough);
void model_fini(struct model *model);
void model_open_stream(struct model *model, uint32_t number, uint32_t sinks);
/* Places of the events in the array are in order: returns the first one's. */
uint32_t model_register(struct model *model, uint32_t stream, const struct ledger_order *order,
                        uint64_t first);
void model_send(struct model *model, uint32_t event, int64_t sent_ns);
void model_resolve(struct model *model, uint32_t event, enum track_entry entry, int64_t at_ns);
void model_arrive(struct model *model, uint32_t event, const struct ledger_arrival *arrival);

/* What the model says of the whole run. */
struct model_verdict {
    struct ledger_facts facts; /* without came_last */
    int64_t classes[MODEL_PHASES_MAX][MODEL_SINKS_MAX][TRACK_CLASS_COUNT];
    int64_t entries[MODEL_PHASES_MAX][TRACK_ENTRY_COUNT];
    int64_t lag_count[MODEL_PHASES_MAX][MODEL_SINKS_MAX][3];
    double lag_sum[MODEL_PHASES_MAX][MODEL_SINKS_MAX][3];
    int64_t lag_negative[MODEL_PHASES_MAX][MODEL_SINKS_MAX];
};

void model_judge(struct model *model, int64_t end_ns, int64_t stall_ns,
                 struct model_verdict *out_verdict);
uint64_t model_tale_hash(enum track_anomaly_kind kind, int sink, struct stamp_id id);

/* Plays a world of so many steps; false when they differ, out_why says where. */
bool model_play(uint64_t seed, uint64_t steps, bool is_thorough,
                char out_why[static MODEL_WHY_SIZE]);

#endif
