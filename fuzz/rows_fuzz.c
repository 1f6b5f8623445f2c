/* SPDX-License-Identifier: Apache-2.0
 *
 * CSV and JSONL: the rows and the complaint do not depend on where the file is cut, and passing
 * over rows finds as many as reading them.
 */
#include "data/rows.h"

#include "base/buf.h"
#include "base/must.h"
#include "cuts.h"

static void run(const uint8_t *seed, struct bytes text, size_t piece_max, bool skips,
                struct buf *log)
{
    static const struct bytes fields[] = {BYTES_INIT("a"), BYTES_INIT("b")};
    struct cuts cuts = cuts_of(seed, piece_max);
    enum rows_format format = (seed[1] & 1) != 0 ? ROWS_CSV : ROWS_JSONL;
    struct rows *rows = rows_create(format, fields, (seed[1] & 2) != 0 ? 2 : 1, "FILE");
    struct diag diag = DIAG_INIT;
    enum rows_step step;
    do {
        step = skips ? rows_skip(rows, &diag) : rows_next(rows, &diag);
        if (step == ROWS_MORE && text.len == 0) {
            rows_finish(rows);
        } else if (step == ROWS_MORE) {
            size_t size = cuts_next(&cuts, text.len);
            rows_feed(rows, bytes_make(text.ptr, size));
            text = bytes_skip(text, size);
        } else if (step == ROWS_ROW) {
            buf_put_str(log, ";");
            if (!skips)
                buf_put(log, rows_values(rows)[0].raw);
        }
    } while (step != ROWS_END && step != ROWS_BAD);
    buf_put_str(log, diag.text);
    rows_destroy(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct buf logs[4];
    for (int i = 0; i < 4; i++)
        buf_init(&logs[i], SIZE_MAX / 2);
    run(data, text, SIZE_MAX / 2, false, &logs[0]);
    run(data, text, 1, false, &logs[1]);
    run(data, text, 20, false, &logs[2]);
    run(data, text, 20, true, &logs[3]);
    MUST(bytes_eq(buf_bytes(&logs[0]), buf_bytes(&logs[1])));
    MUST(bytes_eq(buf_bytes(&logs[0]), buf_bytes(&logs[2])));
    for (int i = 0; i < 4; i++)
        buf_fini(&logs[i]);
    return 0;
}
