/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows out of CSV and JSONL, in pieces of every size; and row k of a file that is only read on.
 */
#include "data/rows.h"

#include "base/buf.h"
#include "base/mem.h"
#include "unit.h"

static const struct bytes ab[] = {BYTES_INIT("a"), BYTES_INIT("b")};

static const char kinds[] = "-tsj"; /* enum tmpl_value_kind */

/* Reads all rows of `text`, fed `piece` bytes at a time, as "t:x|t:y;" a row. The message of a bad
 * row ends it. */
static void read_all(enum rows_format format, struct bytes text, size_t piece, struct buf *out)
{
    struct rows *rows = rows_create(format, ab, 2, "FILE");
    struct diag diag = DIAG_INIT;
    enum rows_step step;
    buf_clear(out);
    while ((step = rows_next(rows, &diag)) != ROWS_END && step != ROWS_BAD) {
        if (step == ROWS_MORE) {
            size_t size = text.len < piece ? text.len : piece;
            /* A copy of its own, so that a sanitizer sees what keeps a pointer into it. */
            char *copy = mem_alloc(size);
            memcpy(copy, text.ptr, size);
            if (size == 0)
                rows_finish(rows);
            else
                rows_feed(rows, bytes_make(copy, size));
            mem_free(copy);
            text = bytes_skip(text, size);
            continue;
        }
        const struct tmpl_value *values = rows_values(rows);
        for (size_t i = 0; i < 2; i++)
            buf_putf(out, "%s%c:%.*s", i == 0 ? "" : "|", kinds[values[i].kind],
                     BYTES_ARG(values[i].raw));
        buf_putf(out, ";");
    }
    if (step == ROWS_BAD)
        buf_putf(out, "%s", diag.text);
    rows_destroy(&rows);
}

static const struct {
    enum rows_format format;
    const char *text;
    const char *want;
} file_rows[] = {
    {ROWS_CSV, "a,b\n1,2\n3,4\n", "t:1|t:2;t:3|t:4;"},
    {ROWS_CSV, "b,x,a\r\n1,2,3\r\n", "t:3|t:1;"},
    {ROWS_CSV, "a,b\n1,2", "t:1|t:2;"},
    {ROWS_CSV, "\xef\xbb\xbf\"a\",\"b\"\n1,2", "t:1|t:2;"},
    {ROWS_CSV, "a,b\n\n,\n\n\"\",x\n\n", "t:|t:;t:|t:x;"},
    {ROWS_CSV, "a,b\n\"x,\"\"y\"\"\",\"one\ntwo\r\n\"\n3,4\n", "t:x,\"y\"|t:one\ntwo\r\n;t:3|t:4;"},
    {ROWS_CSV, "a,b\n\"\"\"\",\"\"\n", "t:\"|t:;"},
    {ROWS_CSV, "\"a\",\"c \"\"d\"\"\",b\n1,2,3\n", "t:1|t:3;"},
    {ROWS_CSV, " a,b\n1,2\n", "FILE has no column \"a\"; its columns are  a,b"},
    {ROWS_CSV, "a,b\n1,2\n3\n", "t:1|t:2;FILE, line 3: 1 fields, where the header has 2"},
    {ROWS_CSV, "a,b\n\"1\n2\",2\n3,4,5\n",
     "t:1\n2|t:2;FILE, line 4: 3 fields, where the header has 2"},
    {ROWS_CSV, "a,b\n\"1\"x,2\n", "FILE, line 2: something stands behind a closing quote"},
    {ROWS_CSV, "a,b\n1,2\n\"1,2\n", "t:1|t:2;FILE, line 3: a quote is not closed"},
    {ROWS_CSV, "", ""},
    {ROWS_CSV, "a,b\n", ""},
    {ROWS_JSONL, "{\"a\":1,\"b\":\"x\\n\"}\n{\"b\":null}\n", "j:1|s:x\\n;-:|j:null;"},
    {ROWS_JSONL, " { \"c\" : 1 , \"\\u0061\" : [1, 2] } \r\n\r\n{}", "j:[1, 2]|-:;-:|-:;"},
    {ROWS_JSONL, "{\"a\":{\"b\":1}}", "j:{\"b\":1}|-:;"},
    {ROWS_JSONL, "{\"a\":1}\n[1]\n", "j:1|-:;FILE, line 2: not a JSON object"},
    {ROWS_JSONL, "{\"a\":1}\n\n{\"a\":01}\n", "j:1|-:;FILE, line 3: not JSON at column 8"},
    {ROWS_JSONL, "{\"a\":1} x", "FILE, line 1: not JSON at column 9"},
    {ROWS_JSONL, "", ""},
};

UNIT_TEST(rows_are_the_same_however_they_are_cut)
{
    struct buf got;
    buf_init(&got, 1 << 16);
    for (size_t i = 0; i < BR_COUNT(file_rows); i++) {
        UNIT_ROW(file_rows[i].text);
        struct bytes text = bytes_from_str(file_rows[i].text);
        for (size_t piece = 1; piece <= text.len + 1; piece++) {
            read_all(file_rows[i].format, text, piece, &got);
            UNIT_EQ_BYTES(buf_bytes(&got), bytes_from_str(file_rows[i].want));
        }
    }
    buf_fini(&got);
}

UNIT_TEST(a_row_has_a_ceiling)
{
    struct rows *rows = rows_create(ROWS_CSV, ab, 2, "FILE");
    struct diag diag = DIAG_INIT;
    rows_feed(rows, BYTES("a,b\n\""));
    char *chunk = mem_zalloc(1 << 20, 1);
    enum rows_step step = ROWS_MORE;
    for (int i = 0; i < 20 && step == ROWS_MORE; i++) {
        rows_feed(rows, bytes_make(chunk, 1 << 20));
        step = rows_next(rows, &diag);
    }
    UNIT_EQ_INT(step, ROWS_BAD);
    UNIT_OK(strstr(diag.text, "16 MiB") != NULL);
    mem_free(chunk);
    rows_destroy(&rows);
}

UNIT_TEST(formats_are_told_by_the_name)
{
    enum rows_format format = ROWS_CSV;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(rows_format_of(BYTES("a.jsonl"), &format, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(format, ROWS_JSONL);
    UNIT_EQ_INT(rows_format_of(BYTES("dir.jsonl/a.CSV"), &format, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(format, ROWS_CSV);
    UNIT_EQ_INT(rows_format_of(BYTES("rows.xml"), &format, &diag), BR_ERR_CONFIG);
    UNIT_EQ_INT(rows_format_of(BYTES(".csv"), &format, &diag), BR_ERR_CONFIG);
}

/* ---- row k ---- */

struct memory_file {
    struct bytes text;
    size_t at;
    size_t piece;
    int rewinds;
};

static enum br_err memory_read(char *into, size_t size, size_t *out_got, void *context,
                               struct diag *diag BR_UNUSED)
{
    struct memory_file *file = context;
    size_t left = file->text.len - file->at;
    size_t got = left < file->piece ? left : file->piece;
    UNIT_OK(got <= size);
    memcpy(into, file->text.ptr + file->at, got);
    file->at += got;
    *out_got = got;
    return BR_ERR_NONE;
}

static enum br_err memory_rewind(void *context, struct diag *diag BR_UNUSED)
{
    struct memory_file *file = context;
    file->at = 0;
    file->rewinds++;
    return BR_ERR_NONE;
}

static struct rows_reader *read_memory(struct memory_file *file)
{
    struct rows *rows = rows_create(ROWS_CSV, ab, 1, "FILE");
    struct rows_source source = {memory_read, memory_rewind, file};
    return rows_reader_create(&rows, source);
}

static int value_of(struct rows_reader *reader, uint64_t k)
{
    const struct tmpl_value *values = NULL;
    struct diag diag = DIAG_INIT;
    if (rows_reader_get(reader, k, &values, &diag) != BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s", diag.text);
    UNIT_EQ_INT(values[0].raw.len, 1);
    return values[0].raw.ptr[0] - '0';
}

UNIT_TEST(record_k_takes_row_k_of_the_file_again_and_again)
{
    for (uint64_t shards = 1; shards <= 12; shards++) {
        for (uint64_t shard = 0; shard < shards; shard++) {
            struct memory_file file = {BYTES("a\n0\n1\n2\n3\n4\n5\n6\n"), 0, 3, 0};
            struct rows_reader *reader = read_memory(&file);
            for (uint64_t k = shard; k < 50; k += shards)
                UNIT_EQ_INT(value_of(reader, k), k % 7);
            UNIT_OK(file.rewinds <= 8);
            rows_reader_destroy(&reader);
        }
    }
}

UNIT_TEST(any_order_of_rows_is_right)
{
    struct memory_file file = {BYTES("a\n0\n1\n2\n3\n4\n5\n6\n"), 0, 5, 0};
    struct rows_reader *reader = read_memory(&file);
    UNIT_EQ_INT(rows_reader_count(reader), 0);
    static const uint64_t order[] = {0, 0, 3, 3, 2, 6, 0, 7, 1000000006, 13, 13, 6, 20, 5};
    for (size_t i = 0; i < BR_COUNT(order); i++)
        UNIT_EQ_INT(value_of(reader, order[i]), order[i] % 7);
    UNIT_EQ_INT(rows_reader_count(reader), 7);
    rows_reader_destroy(&reader);
}

UNIT_TEST(a_bad_row_ends_the_file)
{
    struct memory_file file = {BYTES("a\n0\n1\n2,2\n3\n"), 0, 5, 0};
    struct rows_reader *reader = read_memory(&file);
    UNIT_EQ_INT(value_of(reader, 1), 1);
    for (uint64_t k = 2; k < 5; k++) {
        const struct tmpl_value *values = NULL;
        struct diag diag = DIAG_INIT;
        UNIT_EQ_INT(rows_reader_get(reader, k, &values, &diag), BR_ERR_PARSE);
        UNIT_EQ_STR(diag.text, "FILE, line 4: 2 fields, where the header has 1");
    }
    rows_reader_destroy(&reader);
}

UNIT_TEST(a_bad_file_is_told_at_row_0)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"", "FILE has no rows"},
        {"a\n", "FILE has no rows"},
        {"x\n1\n", "FILE has no column \"a\"; its columns are x"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct memory_file file = {bytes_from_str(rows[i].text), 0, 5, 0};
        struct rows_reader *reader = read_memory(&file);
        const struct tmpl_value *values = NULL;
        struct diag diag = DIAG_INIT;
        UNIT_OK(rows_reader_get(reader, 0, &values, &diag) != BR_ERR_NONE);
        UNIT_EQ_STR(diag.text, rows[i].want);
        UNIT_OK(values == NULL);
        rows_reader_destroy(&reader);
    }
}

UNIT_MAIN(UNIT_RUN(rows_are_the_same_however_they_are_cut), UNIT_RUN(a_row_has_a_ceiling),
          UNIT_RUN(formats_are_told_by_the_name),
          UNIT_RUN(record_k_takes_row_k_of_the_file_again_and_again),
          UNIT_RUN(any_order_of_rows_is_right), UNIT_RUN(a_bad_row_ends_the_file),
          UNIT_RUN(a_bad_file_is_told_at_row_0))
