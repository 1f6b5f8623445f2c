/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of tags, each content once: equal sets are the same pointer, immutable, alive until the
 * store goes (so that another thread may read what it was handed). A set is made from another by
 * adding a tag; the way there is remembered, so that a request that was seen before costs a few
 * look-ups.
 *
 * A store belongs to a shard. Tags that nobody looks at (no series asks for them, no output writes
 * them) are not kept: tag_with gives back the set it was given.
 */
#ifndef BR_METRIC_TAG_H
#define BR_METRIC_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/map.h"
#include "metric/metric.h"

enum tag_system {
#define TAG(id, name, on) TAG_##id,
#include "metric/tag_table.h"
#undef TAG
    TAG_SYSTEM_COUNT
};

/* "status": static storage. */
struct bytes tag_system_name(enum tag_system tag);
/* TAG_SYSTEM_COUNT when there is none. */
enum tag_system tag_system_from_name(struct bytes name);
/* A bit for each that is on by default. */
uint32_t tag_system_default(void);

struct tag {
    struct bytes key;
    struct bytes value;
};

struct tag_set {
    uint32_t number; /* in the store, from 0 */
    uint32_t count;
    const uint64_t *matches; /* bit s: the set carries all pairs of the series with sub s */
    struct tag tags[];       /* sorted by key */
};

/* A name of tags, for tag_with. */
struct tag_key {
    struct bytes name;
    bool wanted; /* somebody looks at it */
};

struct tag_store {
    const struct metric_registry *registry;
    uint32_t systems; /* enabled, a bit for each */
    bool keep_all;    /* an output writes them */
    const struct tag_set *empty;
    const struct tag_key *system_keys[TAG_SYSTEM_COUNT];
    struct map keys;
    struct map sets;  /* by content */
    struct map steps; /* by set, key and value */
    struct arena arena;
    uint32_t set_count;
    uint64_t warn_at; /* so many sets are worth a warning next: see tag_store_warning */
};

/* The registry is sealed. `systems`: the bits of those that are on. */
struct tag_store *tag_store_create(const struct metric_registry *registry, uint32_t systems,
                                   bool keep_all);
void tag_store_destroy(struct tag_store **store);

/* The key of that name; lives as long as the store. */
const struct tag_key *tag_store_key(struct tag_store *store, struct bytes name);
/* The set with that tag in addition (or instead, if it has one of that key). */
const struct tag_set *tag_with(struct tag_store *store, const struct tag_set *set,
                               const struct tag_key *key, struct bytes value);
/* The same with a system tag, if that is enabled. */
static inline const struct tag_set *tag_with_system(struct tag_store *store,
                                                    const struct tag_set *set, enum tag_system tag,
                                                    struct bytes value)
{
    const struct tag_key *key = store->system_keys[tag];
    if (!key->wanted || (store->systems & (UINT32_C(1) << tag)) == 0)
        return set;
    return tag_with(store, set, key, value);
}
/* All tags of `more` in addition or instead. */
const struct tag_set *tag_with_set(struct tag_store *store, const struct tag_set *set,
                                   const struct tag_set *more);
/* NULL when the set has none of that key. */
const struct bytes *tag_find(const struct tag_set *set, struct bytes key);

/* True once at 100,000 sets and at each doubling: each costs memory to the end of the run. */
bool tag_store_warning(struct tag_store *store);

#endif
