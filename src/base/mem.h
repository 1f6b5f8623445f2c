/* SPDX-License-Identifier: Apache-2.0
 *
 * The only door to the C heap. These never return NULL: a load generator that runs out of memory
 * has no honest way to go on. What a peer or a user can make large has a ceiling of its own, given
 * at birth (see buf.h).
 */
#ifndef BR_BASE_MEM_H
#define BR_BASE_MEM_H

#include <stddef.h>

#include "base/attr.h"
#include "base/bytes.h"

/* Uninitialised. size may be 0 (the result may still be freed). */
BR_NODISCARD void *mem_alloc(size_t size);
/* Zeroed; count * size must not overflow. */
BR_NODISCARD void *mem_zalloc(size_t count, size_t size);
BR_NODISCARD void *mem_realloc(void *old, size_t size);
/* A NUL-terminated copy the caller owns. */
BR_NODISCARD char *mem_copy_str(struct bytes text);
/* NULL is fine. */
void mem_free(void *ptr);

/* One zeroed object of that type. */
#define MEM_NEW(type) ((type *)mem_zalloc(1, sizeof(type)))

#endif
