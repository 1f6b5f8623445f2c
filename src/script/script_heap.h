/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of one JavaScript runtime: blocks up to half a KiB come from chunks of its own and go
 * back to lists by size, so that a VU's garbage never meets another's; larger ones from the C heap.
 * A cap ends an allocation with NULL, which the engine turns into an exception.
 */
#ifndef BR_SCRIPT_SCRIPT_HEAP_H
#define BR_SCRIPT_SCRIPT_HEAP_H

#include <quickjs/quickjs.h>
#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_HEAP_STEP = 8, SCRIPT_HEAP_SMALL = 512, SCRIPT_HEAP_CHUNK = 16 * 1024 };

struct script_heap {
    void *free[SCRIPT_HEAP_SMALL / SCRIPT_HEAP_STEP + 1]; /* lists, by size / STEP */
    char *next;                                           /* of the newest chunk: */
    size_t left;
    void *chunks;    /* list */
    void *large;     /* list of blocks from the C heap */
    bool was_capped; /* an allocation was refused because of the cap */
};

extern const JSMallocFunctions script_heap_functions;

void script_heap_init(struct script_heap *heap);
/* Takes back everything that was allocated, freed or not. */
void script_heap_fini(struct script_heap *heap);

#endif
