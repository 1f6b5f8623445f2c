/* SPDX-License-Identifier: Apache-2.0
 *
 * Quoted-printable: what comes out does not depend on where the input is cut, and never is more
 * than went in; text encoded by us is read back.
 */
#include "wire/qp.h"

#include "base/buf.h"
#include "base/must.h"
#include "cuts.h"

static void decode(const uint8_t *seed, struct bytes text, size_t piece_max, struct buf *out)
{
    struct cuts cuts = cuts_of(seed, piece_max);
    struct qp qp;
    qp_init(&qp);
    MUST(buf_reserve(out, text.len + 2 * QP_HELD_MAX) == BR_ERR_NONE);
    while (text.len > 0) {
        size_t size = cuts_next(&cuts, text.len);
        out->len += qp_decode(&qp, bytes_make(text.ptr, size), out->data + out->len);
        text = bytes_skip(text, size);
    }
    out->len += qp_finish(&qp, out->data + out->len);
}

/* Everything escaped, with soft breaks of all kinds. */
static void encode(const uint8_t *seed, struct bytes text, struct buf *out)
{
    static const char *const breaks[] = {"", "=\r\n", "=\n", "= \t\r\n"};
    struct cuts cuts = cuts_of(seed, 4);
    for (size_t i = 0; i < text.len; i++)
        buf_putf(out, "=%02X%s", (unsigned)(unsigned char)text.ptr[i],
                 breaks[cuts_next(&cuts, 4) & 3]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct buf bufs[3];
    for (int i = 0; i < 3; i++)
        buf_init(&bufs[i], SIZE_MAX / 2);
    decode(data, text, SIZE_MAX / 2, &bufs[0]);
    decode(data, text, 1, &bufs[1]);
    decode(data, text, 30, &bufs[2]);
    MUST(bytes_eq(buf_bytes(&bufs[0]), buf_bytes(&bufs[1])));
    MUST(bytes_eq(buf_bytes(&bufs[0]), buf_bytes(&bufs[2])));
    MUST(bufs[0].len <= text.len);

    buf_clear(&bufs[0]);
    buf_clear(&bufs[1]);
    encode(data, text, &bufs[0]);
    decode(data, buf_bytes(&bufs[0]), 7, &bufs[1]);
    MUST(bytes_eq(buf_bytes(&bufs[1]), text));
    for (int i = 0; i < 3; i++)
        buf_fini(&bufs[i]);
    return 0;
}
