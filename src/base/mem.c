/* SPDX-License-Identifier: Apache-2.0
 *
 * The C heap, with failure turned into an end.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void *mem_alloc(size_t size)
{
    void *ptr = malloc(size == 0 ? 1 : size);
    MUST(ptr != NULL);
    return ptr;
}

void *mem_zalloc(size_t count, size_t size)
{
    MUST(size == 0 || count <= SIZE_MAX / size);
    void *ptr = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    MUST(ptr != NULL);
    return ptr;
}

void *mem_realloc(void *old, size_t size)
{
    void *ptr = realloc(old, size == 0 ? 1 : size);
    MUST(ptr != NULL);
    return ptr;
}

char *mem_copy_str(struct bytes text)
{
    char *copy = mem_alloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

void mem_free(void *ptr)
{
    free(ptr);
}
