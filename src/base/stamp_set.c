/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table with open addressing; slots of earlier turns count as empty.
 */
#include "base/stamp_set.h"

#include "base/mem.h"
#include "base/rng.h"

enum { STAMP_SET_SIZE_FIRST = 64 };

void stamp_set_init(struct stamp_set *set)
{
    *set = (struct stamp_set){.turn = 1};
}

void stamp_set_fini(struct stamp_set *set)
{
    mem_free(set->slots);
    stamp_set_init(set);
}

void stamp_set_clear(struct stamp_set *set)
{
    set->turn++;
    set->count = 0;
}

/* The slot of `id`, or the empty one where it belongs. */
static struct stamp_set_slot *stamp_set_find(const struct stamp_set *set, uint64_t id)
{
    size_t at = (size_t)rng_mix(id) & (set->size - 1);
    while (set->slots[at].turn == set->turn && set->slots[at].id != id)
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

static void stamp_set_grow(struct stamp_set *set)
{
    struct stamp_set old = *set;
    set->size = old.size == 0 ? STAMP_SET_SIZE_FIRST : 2 * old.size;
    set->slots = mem_zalloc(set->size, sizeof(set->slots[0]));
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].turn == set->turn)
            *stamp_set_find(set, old.slots[i].id) = old.slots[i];
    }
    mem_free(old.slots);
}

bool stamp_set_add(struct stamp_set *set, struct stamp_id id)
{
    if (2 * set->count >= set->size)
        stamp_set_grow(set);
    uint64_t packed = (uint64_t)id.stream << STAMP_SEQ_BITS | id.seq;
    struct stamp_set_slot *slot = stamp_set_find(set, packed);
    if (slot->turn == set->turn)
        return false;
    *slot = (struct stamp_set_slot){packed, set->turn};
    set->count++;
    return true;
}
