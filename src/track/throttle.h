/* SPDX-License-Identifier: Apache-2.0
 *
 * A throttle that the plan states: the pipeline lets `count` events of a stream out in `per_ns`,
 * and keeps the others. An event that did not come is explained by it when, in some stretch of that
 * length around it, the throttle let as many through as it does. Whether the pipeline counts in
 * fixed or in sliding windows makes no difference to that. When an event passed the throttle is not
 * known, only that it was between its due time and its arrival, so what may be explained is. Pure.
 */
#ifndef BR_TRACK_THROTTLE_H
#define BR_TRACK_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times at which an event of that stream cannot have been let through any more. */
struct track_throttle_stretch {
    int64_t from_ns;
    int64_t to_ns;
};

/* Of a stream at a sink. Owns its arrays. */
struct track_throttle {
    uint32_t count;
    int64_t per_ns;
    struct track_throttle_pass {
        int64_t due_ns;
        int64_t came_ns;
    } * last; /* the last `count` that came, a circle; NULL: none came */
    uint64_t came;
    struct track_throttle_stretch *full; /* by time; they neither touch nor overlap */
    size_t full_count;
    size_t full_size;
};

void track_throttle_init(struct track_throttle *throttle, uint32_t count, int64_t per_ns);
void track_throttle_fini(struct track_throttle *throttle);
/* An event came. */
void track_throttle_add(struct track_throttle *throttle, int64_t due_ns, int64_t came_ns);
/* Whether one that was due at that time may have been kept. */
bool track_throttle_explains(const struct track_throttle *throttle, int64_t due_ns);

#endif
