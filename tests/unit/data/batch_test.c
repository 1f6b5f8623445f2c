/* SPDX-License-Identifier: Apache-2.0
 *
 * Several records in one body, and records as lines of a file.
 */
#include "data/batch.h"

#include <stdio.h>

#include "data/jscan.h"
#include "unit.h"

static const struct tmpl *compile(struct tmpl_set *set, const char *text)
{
    struct tmpl_spec spec = {bytes_from_str(text), TMPL_FORM_TEXT, 0, "the body"};
    const struct tmpl *tmpl = NULL;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(tmpl_set_add(set, &spec, &tmpl, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(tmpl_set_seal(set, &diag), BR_ERR_NONE);
    return tmpl;
}

static char event_text[32];

/* The event of record k is "ek"; 1000 has none. */
static enum br_err fill_event(struct tmpl_record *record, void *context)
{
    int *calls = context;
    (*calls)++;
    if (record->index == 1000)
        return BR_ERR_LIMIT;
    int len = snprintf(event_text, sizeof(event_text), "e%d", (int)record->index);
    record->event = bytes_make(event_text, (size_t)len);
    return BR_ERR_NONE;
}

UNIT_TEST(records_are_joined)
{
    static const struct {
        const char *text;
        uint64_t count;
        enum batch_join join;
        uint64_t request;
        const char *want;
    } rows[] = {
        {"{{seq}} {{event}}", 3, BATCH_LINES, 0, "0 e0\n1 e1\n2 e2\n"},
        {"{{seq}}", 3, BATCH_LINES, 7, "21\n22\n23\n"},
        {"{{seq}}\n", 2, BATCH_LINES, 1, "2\n3\n"},
        {"", 2, BATCH_LINES, 1, "\n\n"},
        {"{{seq}}", 3, BATCH_ARRAY, 1, "[3,4,5]"},
        {"{{seq}}", 1, BATCH_ARRAY, 5, "[5]"},
        {"{{seq}}", 3, BATCH_COMMA, 1, "3,4,5"},
    };
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        struct tmpl_set *set = tmpl_set_create();
        struct batch batch = {compile(set, rows[i].text), rows[i].count, rows[i].join};
        struct tmpl_record record = {.seed = 1};
        int calls = 0;
        buf_clear(&out);
        UNIT_EQ_INT(batch_render(&batch, rows[i].request, &record, fill_event, &calls, &out),
                    BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].want));
        UNIT_EQ_INT(calls, rows[i].count);
        tmpl_set_destroy(&set);
    }
    buf_fini(&out);
}

UNIT_TEST(a_batch_is_whole_or_not_there)
{
    struct tmpl_set *set = tmpl_set_create();
    struct batch batch = {compile(set, "{{seq}} {{event}}"), 10, BATCH_ARRAY};
    struct tmpl_record record = {.seed = 1};
    int calls = 0;
    struct buf out;
    buf_init(&out, 4096);
    buf_put(&out, BYTES("before"));
    UNIT_EQ_INT(batch_render(&batch, 100, &record, fill_event, &calls, &out), BR_ERR_LIMIT);
    UNIT_EQ_BYTES(buf_bytes(&out), BYTES("before"));
    buf_fini(&out);
    buf_init(&out, 600);
    UNIT_EQ_INT(batch_render(&batch, 0, &record, fill_event, &calls, &out), BR_ERR_NONE);
    buf_clear(&out);
    batch.count = 100;
    UNIT_EQ_INT(batch_render(&batch, 0, &record, fill_event, &calls, &out), BR_ERR_LIMIT);
    UNIT_EQ_INT(out.len, 0);
    buf_fini(&out);
    tmpl_set_destroy(&set);
}

UNIT_TEST(joins_have_names)
{
    enum batch_join join = BATCH_LINES;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(batch_parse_join(BYTES("comma"), &join, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(join, BATCH_COMMA);
    UNIT_EQ_INT(batch_parse_join(BYTES("array"), &join, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(join, BATCH_ARRAY);
    UNIT_EQ_INT(batch_parse_join(BYTES("line"), &join, &diag), BR_ERR_CONFIG);
    UNIT_EQ_STR(diag.text, "records are joined by lines, array or comma, not by \"line\"");
}

static enum br_err collect(struct bytes bytes, void *context, struct diag *diag BR_UNUSED)
{
    buf_put(context, bytes);
    return BR_ERR_NONE;
}

static enum br_err refuse(struct bytes bytes BR_UNUSED, void *context, struct diag *diag)
{
    (*(int *)context)++;
    return diag_set(diag, BR_ERR_IO, "the disk is full");
}

/* What gen writes is what bench sends, record by record. */
UNIT_TEST(lines_of_a_file_are_the_records)
{
    static const char text[] = "{{seq}} {{uuid}} {{text 40}}";
    struct tmpl_set *set = tmpl_set_create();
    const struct tmpl *tmpl = compile(set, text);
    struct tmpl_record record = {.seed = 9};
    struct diag diag = DIAG_INIT;
    struct buf all;
    struct buf one;
    buf_init(&all, 4 << 20);
    buf_init(&one, 4096);
    UNIT_EQ_INT(batch_write_lines(tmpl, 5, 9000, &record, NULL, NULL, collect, &all, &diag),
                BR_ERR_NONE);
    struct bytes rest = buf_bytes(&all);
    UNIT_OK(rest.len > 512 * 1024);
    for (record.index = 5; record.index < 9005; record.index++) {
        buf_clear(&one);
        UNIT_EQ_INT(tmpl_render(tmpl, &record, &one), BR_ERR_NONE);
        UNIT_EQ_BYTES(bytes_cut(&rest, '\n'), buf_bytes(&one));
    }
    UNIT_EQ_INT(rest.len, 0);

    int calls = 0;
    UNIT_EQ_INT(batch_write_lines(tmpl, 0, 1000000, &record, NULL, NULL, refuse, &calls, &diag),
                BR_ERR_IO);
    UNIT_EQ_INT(calls, 1);
    UNIT_EQ_STR(diag.text, "the disk is full");
    buf_fini(&all);
    buf_fini(&one);
    tmpl_set_destroy(&set);
}

UNIT_MAIN(UNIT_RUN(records_are_joined), UNIT_RUN(a_batch_is_whole_or_not_there),
          UNIT_RUN(joins_have_names), UNIT_RUN(lines_of_a_file_are_the_records))
