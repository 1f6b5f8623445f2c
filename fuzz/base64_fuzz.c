/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64: what comes out does not depend on where the input is cut; what is strictly base64 is
 * encoded to itself again; bytes come back as they went.
 */
#include "wire/base64.h"

#include "base/buf.h"
#include "base/must.h"
#include "cuts.h"

static bool decode(const uint8_t *seed, struct bytes text, size_t piece_max, struct buf *out)
{
    struct cuts cuts = cuts_of(seed, piece_max);
    struct base64 base64;
    base64_init(&base64);
    MUST(buf_reserve(out, text.len + 4) == BR_ERR_NONE);
    while (text.len > 0) {
        size_t size = cuts_next(&cuts, text.len);
        size_t len = base64_decode(&base64, bytes_make(text.ptr, size), out->data + out->len);
        MUST(len <= size + 2);
        out->len += len;
        text = bytes_skip(text, size);
    }
    out->len += base64_finish(&base64, out->data + out->len);
    return base64.foreign;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct buf whole;
    struct buf pieces;
    struct buf again;
    buf_init(&whole, SIZE_MAX / 2);
    buf_init(&pieces, SIZE_MAX / 2);
    buf_init(&again, SIZE_MAX / 2);
    bool foreign = decode(data, text, SIZE_MAX / 2, &whole);
    MUST(decode(data, text, 5, &pieces) == foreign);
    MUST(bytes_eq(buf_bytes(&whole), buf_bytes(&pieces)));

    MUST(buf_reserve(&again, base64_size(text.len) + text.len + 1) == BR_ERR_NONE);
    size_t len = 0;
    if (base64_decode_whole(text, again.data, &len)) {
        MUST(!foreign);
        MUST(bytes_eq(bytes_make(again.data, len), buf_bytes(&whole)));
        MUST(base64_size(len) == text.len);
        base64_encode(buf_bytes(&whole), again.data);
        MUST(bytes_eq(bytes_make(again.data, text.len), text));
    }
    base64_encode(text, again.data);
    buf_clear(&whole);
    MUST(!decode(data, bytes_make(again.data, base64_size(text.len)), 5, &whole));
    MUST(bytes_eq(buf_bytes(&whole), text));
    buf_fini(&whole);
    buf_fini(&pieces);
    buf_fini(&again);
    return 0;
}
