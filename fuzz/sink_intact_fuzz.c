/* SPDX-License-Identifier: Apache-2.0
 *
 * Which text belongs to which event, in any bytes: each % stands for a stamp. The first byte says
 * how many of the bytes behind it are a head. Each hit ends up with the hash of the field, or none.
 */
#include "base/mem.h"
#include "base/must.h"
#include "fuzz.h"
#include "sink/sink_host_inner.h"

enum { FUZZ_HITS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536)
        return 0;
    struct bytes message = bytes_make((const char *)data + 1, size - 1);
    size_t head = data[0] < message.len ? data[0] : message.len;
    struct sink_host *host = MEM_NEW(struct sink_host);
    struct sink_hit *hits = mem_zalloc(2 * FUZZ_HITS_MAX, sizeof(*hits));
    host->hits = hits;
    host->echoes = hits + FUZZ_HITS_MAX;
    buf_init(&host->field, SINK_MESSAGE_MAX);
    for (size_t i = 0; i < message.len; i++) {
        if (message.ptr[i] == '%' && host->hit_count < FUZZ_HITS_MAX) {
            hits[host->hit_count].offset = i;
            hits[host->hit_count].seq = host->hit_count;
            host->hit_count++;
        }
        if (message.ptr[i] == '~' && host->hit_count > 0 && host->echo_count < FUZZ_HITS_MAX) {
            host->echoes[host->echo_count].offset = i;
            host->echoes[host->echo_count].seq = i % host->hit_count;
            host->echo_count++;
        }
    }
    sink_intact_hash(host, BYTES("a.b"), bytes_skip(message, head), head);
    for (size_t i = 0; i < host->hit_count; i++)
        MUST(hits[i].seq == i);
    buf_fini(&host->field);
    mem_free(hits);
    mem_free(host);
    return 0;
}
