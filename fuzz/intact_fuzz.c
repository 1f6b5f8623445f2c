/* SPDX-License-Identifier: Apache-2.0
 *
 * Which text belongs to which event, in any bytes: each % stands for a stamp. The first byte says
 * how many of the bytes behind it are a head. Each hit ends up with the hash of the field, or none.
 */
#include "base/mem.h"
#include "base/must.h"
#include "data/intact.h"
#include "fuzz.h"

enum { FUZZ_HITS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536)
        return 0;
    struct bytes message = bytes_make((const char *)data + 1, size - 1);
    size_t head = data[0] < message.len ? data[0] : message.len;
    struct intact_hit *hits = mem_zalloc(FUZZ_HITS_MAX, sizeof(*hits));
    size_t count = 0;
    struct buf scratch;
    buf_init(&scratch, 1 << 20);
    for (size_t i = 0; i < message.len && count < FUZZ_HITS_MAX; i++) {
        if (message.ptr[i] == '%')
            hits[count] = (struct intact_hit){.offset = i, .seq = count};
        count += message.ptr[i] == '%';
    }
    intact_hash(BYTES("a.b"), bytes_skip(message, head), head, hits, count, &scratch);
    for (size_t i = 0; i < count; i++)
        MUST(hits[i].seq == i);
    buf_fini(&scratch);
    mem_free(hits);
    return 0;
}
