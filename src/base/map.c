/* SPDX-License-Identifier: Apache-2.0
 *
 * Linear probing at a load of at most one half.
 */
#include "base/map.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/rng.h"

enum { MAP_SIZE_MIN = 16 };

#define MAP_FACTOR UINT64_C(0x9e3779b97f4a7c15)

uint64_t map_hash(struct bytes key)
{
    uint64_t hash = (uint64_t)key.len * MAP_FACTOR;
    uint64_t word;
    while (key.len >= sizeof(word)) {
        memcpy(&word, key.ptr, sizeof(word));
        hash = (hash ^ word) * MAP_FACTOR;
        hash ^= hash >> 32;
        key = bytes_skip(key, sizeof(word));
    }
    word = 0;
    if (key.len > 0)
        memcpy(&word, key.ptr, key.len);
    return rng_mix(hash ^ word);
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_fini(struct map *map)
{
    mem_free(map->slots);
    map_init(map);
}

static struct map_slot *map_find(const struct map *map, uint64_t hash, struct bytes key)
{
    size_t mask = map->size - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct map_slot *slot = &map->slots[i];
        if (slot->value == NULL || (slot->hash == hash && bytes_eq(slot->key, key)))
            return slot;
    }
}

void *map_get(const struct map *map, struct bytes key)
{
    return map->size == 0 ? NULL : map_find(map, map_hash(key), key)->value;
}

static void map_grow(struct map *map)
{
    struct map old = *map;
    map->size = old.size == 0 ? MAP_SIZE_MIN : old.size * 2;
    map->slots = mem_zalloc(map->size, sizeof(map->slots[0]));
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].value != NULL)
            *map_find(map, old.slots[i].hash, old.slots[i].key) = old.slots[i];
    }
    mem_free(old.slots);
}

void map_put(struct map *map, struct bytes key, void *value)
{
    MUST(value != NULL);
    if (map->count * 2 >= map->size)
        map_grow(map);
    uint64_t hash = map_hash(key);
    struct map_slot *slot = map_find(map, hash, key);
    MUST(slot->value == NULL);
    *slot = (struct map_slot){hash, key, value};
    map->count++;
}
