/* SPDX-License-Identifier: Apache-2.0
 *
 * Whenever the last `count` that came lie closer together than `per_ns`, a stretch around them is
 * full. Events come nearly in the order of their due times, so a new stretch mostly goes on with
 * the one before.
 */
#include "track/throttle.h"

#include <string.h>

#include "base/mem.h"

void track_throttle_init(struct track_throttle *throttle, uint32_t count, int64_t per_ns)
{
    *throttle = (struct track_throttle){.count = count, .per_ns = per_ns};
}

void track_throttle_fini(struct track_throttle *throttle)
{
    mem_free(throttle->last);
    mem_free(throttle->full);
    *throttle = (struct track_throttle){0};
}

/* The first stretch that ends at that time or later. */
static size_t track_throttle_find(const struct track_throttle *throttle, int64_t at_ns)
{
    size_t low = 0, high = throttle->full_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (throttle->full[middle].to_ns < at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void track_throttle_fill(struct track_throttle *throttle,
                                struct track_throttle_stretch stretch)
{
    size_t first = track_throttle_find(throttle, stretch.from_ns);
    size_t end = first;
    for (; end < throttle->full_count && throttle->full[end].from_ns <= stretch.to_ns; end++) {
        const struct track_throttle_stretch *old = &throttle->full[end];
        stretch.from_ns = old->from_ns < stretch.from_ns ? old->from_ns : stretch.from_ns;
        stretch.to_ns = old->to_ns > stretch.to_ns ? old->to_ns : stretch.to_ns;
    }
    if (first == end && throttle->full_count == throttle->full_size) {
        throttle->full_size = throttle->full_size == 0 ? 4 : 2 * throttle->full_size;
        throttle->full =
            mem_realloc(throttle->full, throttle->full_size * sizeof(throttle->full[0]));
    }
    memmove(&throttle->full[first + 1], &throttle->full[end],
            (throttle->full_count - end) * sizeof(throttle->full[0]));
    throttle->full[first] = stretch;
    throttle->full_count = throttle->full_count + 1 - (end - first);
}

void track_throttle_add(struct track_throttle *throttle, int64_t due_ns, int64_t came_ns)
{
    if (throttle->last == NULL)
        throttle->last = mem_zalloc(throttle->count, sizeof(throttle->last[0]));
    throttle->last[throttle->came++ % throttle->count] =
        (struct track_throttle_pass){due_ns, came_ns};
    if (throttle->came < throttle->count)
        return;
    int64_t due_max_ns = due_ns, came_min_ns = came_ns;
    for (uint32_t i = 0; i < throttle->count; i++) {
        const struct track_throttle_pass *pass = &throttle->last[i];
        due_max_ns = pass->due_ns > due_max_ns ? pass->due_ns : due_max_ns;
        came_min_ns = pass->came_ns < came_min_ns ? pass->came_ns : came_min_ns;
    }
    /* The last of them passed at due_max at the earliest, the first at came_min at the latest. */
    if (due_max_ns - came_min_ns < throttle->per_ns)
        track_throttle_fill(throttle,
                            (struct track_throttle_stretch){due_max_ns - throttle->per_ns,
                                                            came_min_ns + throttle->per_ns});
}

bool track_throttle_explains(const struct track_throttle *throttle, int64_t due_ns)
{
    size_t at = track_throttle_find(throttle, due_ns);
    return at < throttle->full_count && throttle->full[at].from_ns <= due_ns;
}
