/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of chunks; the newest one is filled.
 */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

enum { ARENA_CHUNK_SIZE = 4096 - 64, ARENA_ALIGN = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    BR_ALIGNED(ARENA_ALIGN) char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){NULL, NULL, 0};
}

void arena_fini(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        mem_free(arena->chunks);
        arena->chunks = next;
    }
    arena_init(arena);
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    MUST(size == 0 || count <= (SIZE_MAX / 2) / size);
    size_t need = (count * size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (need == 0)
        need = ARENA_ALIGN;
    if (need > arena->left) {
        size_t room = need > ARENA_CHUNK_SIZE ? need : ARENA_CHUNK_SIZE;
        struct arena_chunk *chunk = mem_alloc(sizeof(*chunk) + room);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->at = chunk->bytes;
        arena->left = room;
    }
    void *piece = arena->at;
    arena->at += need;
    arena->left -= need;
    return memset(piece, 0, need);
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    char *copy = arena_alloc(arena, bytes.len + 1, 1);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    return bytes_make(copy, bytes.len);
}
