/* SPDX-License-Identifier: Apache-2.0
 *
 * Coded bodies: the first byte says how long the list of codings is that follows; the rest is the
 * body. What is accepted keeps below the ceiling, what is refused leaves nothing behind.
 */
#include "base/must.h"
#include "fuzz.h"
#include "proto/http_inflate.h"

enum { FUZZ_ROOM = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = bytes_make((const char *)data + 1, size - 1);
    size_t len = data[0] < input.len ? data[0] : input.len;
    struct http_inflate *inflate = http_inflate_create();
    struct buf out;
    buf_init(&out, FUZZ_ROOM);
    buf_put_str(&out, "x");
    enum br_err err =
        http_inflate_body(inflate, bytes_make(input.ptr, len), bytes_skip(input, len), &out);
    MUST(out.len >= 1);
    MUST(out.len <= FUZZ_ROOM);
    MUST(err == BR_ERR_NONE || out.len == 1);
    buf_fini(&out);
    http_inflate_destroy(&inflate);
    return 0;
}
