/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of one life: many small pieces, given back together. For what is built once and then only
 * read (plans, compiled templates), where a free for each piece would be the larger half of the
 * code.
 */
#ifndef BR_BASE_ARENA_H
#define BR_BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"
#include "base/bytes.h"

struct arena_chunk;

/* Owns its chunks. */
struct arena {
    struct arena_chunk *chunks;
    char *at;
    size_t left;
};

/* Allocates nothing yet. */
void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

/* Zeroed, aligned for any type; lives as long as the arena. count * size must not overflow. */
BR_NODISCARD void *arena_alloc(struct arena *arena, size_t count, size_t size);
/* A copy, with a NUL behind it that is not counted. */
struct bytes arena_copy(struct arena *arena, struct bytes bytes);

/* One zeroed object of that type. */
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), 1, sizeof(type)))

#endif
