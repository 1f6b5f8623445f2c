/* SPDX-License-Identifier: Apache-2.0
 *
 * A word before each block holds its size. Small blocks are cut from chunks and never returned to
 * the C heap before the end; the engine's sizes repeat, so lists by size serve nearly all requests.
 */
#include "script/script_heap.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* Before each block. */
struct script_heap_head {
    size_t size;
};

/* Large blocks are in a circle, so that a runtime that ends early leaves nothing behind. */
struct script_heap_large {
    struct script_heap_large *next;
    struct script_heap_large **link;
    struct script_heap_head head; /* last: right before the block */
};

struct script_heap_chunk {
    struct script_heap_chunk *next;
};

static struct script_heap_head *heap_head(const void *ptr)
{
    return (struct script_heap_head *)((uintptr_t)ptr - sizeof(struct script_heap_head));
}

static struct script_heap_large *heap_large(const void *ptr)
{
    return (struct script_heap_large *)((uintptr_t)ptr - sizeof(struct script_heap_large));
}

void script_heap_init(struct script_heap *heap)
{
    memset(heap, 0, sizeof(*heap));
}

void script_heap_fini(struct script_heap *heap)
{
    for (struct script_heap_chunk *chunk = heap->chunks; chunk != NULL;) {
        struct script_heap_chunk *next = chunk->next;
        mem_free(chunk);
        chunk = next;
    }
    for (struct script_heap_large *large = heap->large; large != NULL;) {
        struct script_heap_large *next = large->next;
        mem_free(large);
        large = next;
    }
    memset(heap, 0, sizeof(*heap));
}

static void *heap_cut(struct script_heap *heap, size_t size)
{
    size_t whole = size + sizeof(struct script_heap_head);
    if (heap->left < whole) {
        struct script_heap_chunk *chunk = mem_alloc(SCRIPT_HEAP_CHUNK);
        chunk->next = heap->chunks;
        heap->chunks = chunk;
        heap->next = (char *)(chunk + 1);
        heap->left = SCRIPT_HEAP_CHUNK - sizeof(*chunk);
    }
    struct script_heap_head *head = (struct script_heap_head *)(uintptr_t)heap->next;
    heap->next += whole;
    heap->left -= whole;
    head->size = size;
    return head + 1;
}

static void *heap_alloc_large(struct script_heap *heap, size_t size)
{
    struct script_heap_large *large = mem_alloc(sizeof(*large) + size);
    struct script_heap_large *first = heap->large;
    large->next = first;
    large->link = (struct script_heap_large **)&heap->large;
    if (first != NULL)
        first->link = &large->next;
    heap->large = large;
    large->head.size = size;
    return large + 1;
}

static void *script_heap_malloc(JSMallocState *state, size_t size)
{
    struct script_heap *heap = state->opaque;
    if (size == 0)
        return NULL;
    size = (size + SCRIPT_HEAP_STEP - 1) & ~(size_t)(SCRIPT_HEAP_STEP - 1);
    if (state->malloc_size + size > state->malloc_limit) {
        heap->was_capped = true;
        return NULL;
    }
    state->malloc_count++;
    state->malloc_size += size;
    if (size > SCRIPT_HEAP_SMALL)
        return heap_alloc_large(heap, size);
    void **list = &heap->free[size / SCRIPT_HEAP_STEP];
    void *block = *list;
    if (block == NULL)
        return heap_cut(heap, size);
    memcpy(list, block, sizeof(*list));
    return block;
}

static void script_heap_free(JSMallocState *state, void *ptr)
{
    struct script_heap *heap = state->opaque;
    if (ptr == NULL)
        return;
    size_t size = heap_head(ptr)->size;
    state->malloc_count--;
    state->malloc_size -= size;
    if (size > SCRIPT_HEAP_SMALL) {
        struct script_heap_large *large = heap_large(ptr);
        *large->link = large->next;
        if (large->next != NULL)
            large->next->link = large->link;
        mem_free(large);
        return;
    }
    void **list = &heap->free[size / SCRIPT_HEAP_STEP];
    memcpy(ptr, list, sizeof(*list));
    *list = ptr;
}

/* A large block stays large and may move. */
static void *heap_realloc_large(JSMallocState *state, void *ptr, size_t size)
{
    struct script_heap *heap = state->opaque;
    struct script_heap_large *large = heap_large(ptr);
    size_t before = large->head.size;
    if (state->malloc_size - before + size > state->malloc_limit) {
        heap->was_capped = true;
        return NULL;
    }
    large = mem_realloc(large, sizeof(*large) + size);
    large->head.size = size;
    *large->link = large;
    if (large->next != NULL)
        large->next->link = &large->next;
    state->malloc_size += size - before;
    return large + 1;
}

static void *script_heap_realloc(JSMallocState *state, void *ptr, size_t size)
{
    if (ptr == NULL)
        return script_heap_malloc(state, size);
    if (size == 0) {
        script_heap_free(state, ptr);
        return NULL;
    }
    size_t before = heap_head(ptr)->size;
    size = (size + SCRIPT_HEAP_STEP - 1) & ~(size_t)(SCRIPT_HEAP_STEP - 1);
    if (size == before)
        return ptr;
    if (before > SCRIPT_HEAP_SMALL && size > SCRIPT_HEAP_SMALL)
        return heap_realloc_large(state, ptr, size);
    void *block = script_heap_malloc(state, size);
    if (block != NULL) {
        memcpy(block, ptr, before < size ? before : size);
        script_heap_free(state, ptr);
    }
    return block;
}

static size_t script_heap_usable_size(const void *ptr)
{
    return ptr == NULL ? 0 : heap_head(ptr)->size;
}

const JSMallocFunctions script_heap_functions = {
    .js_malloc = script_heap_malloc,
    .js_free = script_heap_free,
    .js_realloc = script_heap_realloc,
    .js_malloc_usable_size = script_heap_usable_size,
};
