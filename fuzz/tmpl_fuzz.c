/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates of any text: compiled or refused with a place; what compiles renders the same bytes
 * twice, within the room it announced; what was taken for JSON stays JSON when its values stand
 * where values may stand.
 */
#include "data/tmpl.h"

#include <string.h>

#include "base/buf.h"
#include "base/must.h"
#include "cuts.h"
#include "data/jscan.h"

static const struct tmpl_value row_values[] = {
    {TMPL_VALUE_TEXT, BYTES_INIT("\"\\\n\xff 1")},
    {TMPL_VALUE_STRING, BYTES_INIT("\\\"\\u00e9")},
    {TMPL_VALUE_JSON, BYTES_INIT("{\"a\":[1]}")},
    {TMPL_VALUE_NONE, {NULL, 0}},
};

static bool is_json_lines(struct bytes text)
{
    struct jscan scan = jscan_over(text);
    while (!jscan_is_over(&scan)) {
        struct jscan_value value;
        if (!jscan_read(&scan, &value))
            return false;
    }
    return true;
}

static void render(const struct tmpl *tmpl, const struct tmpl_set *set, enum tmpl_form form)
{
    struct tmpl_value row[TMPL_ROW_FIELDS_MAX];
    for (size_t i = 0; i < tmpl_set_row_field_count(set); i++)
        row[i] = row_values[i % BR_COUNT(row_values)];
    struct tmpl_record record = {.seed = 1,
                                 .wall_ns = UINT64_C(1770091445678901234),
                                 .event = BYTES("e1abc"),
                                 .event_uuid = BYTES("00000000-0000-4000-8000-000000000001"),
                                 .row = row};
    struct buf one;
    struct buf two;
    buf_init(&one, SIZE_MAX / 2);
    buf_init(&two, SIZE_MAX / 2);
    for (record.index = 0; record.index < 3; record.index++) {
        buf_clear(&one);
        buf_clear(&two);
        MUST(tmpl_render(tmpl, &record, &one) == BR_ERR_NONE);
        MUST(tmpl_render(tmpl, &record, &two) == BR_ERR_NONE);
        MUST(bytes_eq(buf_bytes(&one), buf_bytes(&two)));
        MUST((tmpl_uses(tmpl) & TMPL_USES_ROW) != 0 || one.len <= tmpl_size_max(tmpl));
        MUST(form != TMPL_FORM_JSON || is_json_lines(buf_bytes(&one)));
    }
    buf_fini(&one);
    buf_fini(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    struct bytes text = bytes_make((const char *)data + 1, size - 1);
    /* A million words each are nothing to wait for. */
    if (memmem(data, size, "text", 4) != NULL && size > 100)
        return 0;
    enum tmpl_form guess = tmpl_guess_form(text);
    enum tmpl_form form = data[0] % 2 == 0 ? guess : (enum tmpl_form)(data[0] / 2 % 4);
    struct tmpl_spec spec = {text, form, data[0], "the body"};
    struct tmpl_set *set = tmpl_set_create();
    const struct tmpl *tmpl = NULL;
    struct diag diag = DIAG_INIT;
    if (tmpl_set_add(set, &spec, &tmpl, &diag) == BR_ERR_NONE &&
        tmpl_set_seal(set, &diag) == BR_ERR_NONE)
        render(tmpl, set, form == guess ? form : TMPL_FORM_TEXT);
    else
        MUST(strstr(diag.text, "the body") == diag.text);
    tmpl_set_destroy(&set);
    return 0;
}
