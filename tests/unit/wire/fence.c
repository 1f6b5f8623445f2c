/* SPDX-License-Identifier: Apache-2.0
 *
 * Some pages, and one behind them that nobody may touch.
 */
#include "fence.h"

#include <sys/mman.h>

#include "base/must.h"

enum { FENCE_PAGE_SIZE = 64 * 1024 }; /* at least a page anywhere */

static char *fence_end(void)
{
    static char *end;
    if (end == NULL) {
        char *low = mmap(NULL, FENCE_SIZE_MAX + FENCE_PAGE_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(low != MAP_FAILED);
        end = low + FENCE_SIZE_MAX;
        MUST(mprotect(end, FENCE_PAGE_SIZE, PROT_NONE) == 0);
    }
    return end;
}

struct bytes fence_put(struct bytes text)
{
    MUST(text.len <= FENCE_SIZE_MAX);
    char *start = fence_end() - text.len;
    if (text.len > 0)
        memcpy(start, text.ptr, text.len);
    return bytes_make(start, text.len);
}
