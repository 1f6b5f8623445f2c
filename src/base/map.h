/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash map from bytes to pointers, for what is looked up by name: metrics, sets of tags, checks.
 * Open addressing; nothing is ever taken out, so there are no tombstones. Keys and values are
 * borrowed: whoever puts them keeps them.
 */
#ifndef BR_BASE_MAP_H
#define BR_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct map_slot {
    uint64_t hash;
    struct bytes key;
    void *value; /* NULL: the slot is free */
};

struct map {
    struct map_slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
};

/* Allocates nothing yet. */
void map_init(struct map *map);
void map_fini(struct map *map);

/* NULL when there is none. */
void *map_get(const struct map *map, struct bytes key);
/* The key must not be there yet; the value is not NULL. */
void map_put(struct map *map, struct bytes key, void *value);

/* Eight bytes at a time, mixed: differs from machine to machine. Not for adversaries. */
uint64_t map_hash(struct bytes key);

#endif
