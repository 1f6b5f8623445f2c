/* SPDX-License-Identifier: Apache-2.0
 *
 * Journals: whatever the file, it is read or refused with a sentence, its cuts do not matter, and
 * what was read can be shown.
 */
#include "base/must.h"
#include "cuts.h"
#include "fuzz.h"
#include "report/form.h"
#include "report/journal.h"

static enum br_err read_journal(struct bytes text, struct cuts *cuts, struct result *result)
{
    struct journal_reader reader;
    struct diag diag = DIAG_INIT;
    enum br_err err = BR_ERR_NONE;
    journal_reader_init(&reader, result);
    while (text.len > 0 && err == BR_ERR_NONE) {
        size_t size = cuts_next(cuts, text.len);
        err = journal_reader_feed(&reader, bytes_make(text.ptr, size), &diag);
        text = bytes_skip(text, size);
    }
    if (err == BR_ERR_NONE)
        err = journal_reader_finish(&reader, &diag);
    MUST((err == BR_ERR_NONE) == (diag.text[0] == '\0'));
    journal_reader_fini(&reader);
    return err;
}

static void show(const struct result *result, const struct form *form, struct buf *out)
{
    struct form_options options = {.width = 80};
    buf_init(out, FORM_SIZE_MAX);
    form->render(result, &options, out);
}

static void check_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        MUST((text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f) || text.ptr[i] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole;
    static struct result pieces;
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct cuts one = cuts_of(data, text.len + 1);
    struct cuts many = cuts_of(data, 50);
    enum br_err err = read_journal(text, &one, &whole);
    MUST(read_journal(text, &many, &pieces) == err);
    if (err == BR_ERR_NONE) {
        size_t count;
        const struct form *forms = form_list(&count);
        for (size_t i = 0; i < count; i++) {
            struct buf a;
            struct buf b;
            show(&whole, &forms[i], &a);
            show(&pieces, &forms[i], &b);
            MUST(bytes_eq(buf_bytes(&a), buf_bytes(&b)));
            if (&forms[i] == form_find(BYTES("text")))
                check_plain(buf_bytes(&a));
            buf_fini(&a);
            buf_fini(&b);
        }
    }
    result_fini(&whole);
    result_fini(&pieces);
    return 0;
}
