/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writer writes the reader reads back, to the last bit; bad bytes and bad texts are told.
 */
#include "data/json.h"

#include <float.h>
#include <inttypes.h>

#include "base/rng.h"
#include "unit.h"

enum { TEXT_MAX = 1 << 20 };

UNIT_TEST(json_commas_and_breaks_are_where_they_belong)
{
    struct buf buf;
    struct json_writer writer;
    for (int pretty = 0; pretty < 2; pretty++) {
        buf_init(&buf, TEXT_MAX);
        json_writer_init(&writer, &buf, pretty == 1);
        json_open_object(&writer);
        json_add_i64(&writer, "a", -1);
        json_add_array(&writer, "b");
        json_put_bool(&writer, true);
        json_open_object(&writer);
        json_close_object(&writer);
        json_put_null(&writer);
        json_close_array(&writer);
        json_add_str(&writer, "c", "x");
        json_close_object(&writer);
        if (pretty == 0)
            UNIT_EQ_STR(buf_cstr(&buf), "{\"a\":-1,\"b\":[true,{},null],\"c\":\"x\"}");
        else
            UNIT_EQ_STR(buf_cstr(&buf),
                        "{\n  \"a\": -1,\n  \"b\": [\n    true,\n    {},\n    null\n"
                        "  ],\n  \"c\": \"x\"\n}");
        buf_fini(&buf);
    }
}

UNIT_TEST(json_text_is_always_utf8)
{
    static const struct {
        const char *name;
        struct bytes in;
        const char *out;
    } rows[] = {
        {"plain", BYTES_INIT("abc"), "\"abc\""},
        {"empty", BYTES_INIT(""), "\"\""},
        {"escapes", BYTES_INIT("a\"b\\c\n\r\t\x01\x7f"), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\""},
        {"nul", BYTES_INIT("a\0b"), "\"a\\u0000b\""},
        {"two, three and four bytes", BYTES_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
         "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"a byte alone",
         BYTES_INIT("a\xff"
                    "b"),
         "\"a\xef\xbf\xbd"
         "b\""},
        {"cut off", BYTES_INIT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"overlong", BYTES_INIT("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"surrogate", BYTES_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"beyond the last", BYTES_INIT("\xf4\x90\x80\x80"),
         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct buf buf;
        struct json_writer writer;
        UNIT_ROW(rows[i].name);
        buf_init(&buf, TEXT_MAX);
        json_writer_init(&writer, &buf, false);
        json_put_text(&writer, rows[i].in);
        UNIT_EQ_STR(buf_cstr(&buf), rows[i].out);

        struct json *json;
        UNIT_EQ_INT(json_parse(buf_bytes(&buf), &json, NULL), BR_ERR_NONE);
        UNIT_EQ_INT(json_kind(json), JSON_KIND_TEXT);
        json_destroy(&json);
        buf_fini(&buf);
    }
}

static double round_trip(double value)
{
    struct buf buf;
    struct json_writer writer;
    struct json *json = NULL;
    struct diag diag = DIAG_INIT;
    buf_init(&buf, TEXT_MAX);
    json_writer_init(&writer, &buf, false);
    json_put_f64(&writer, value);
    enum br_err err = json_parse(buf_bytes(&buf), &json, &diag);
    double back = err == BR_ERR_NONE ? json_as_f64(json, "x", &diag) : nan("");
    json_destroy(&json);
    buf_fini(&buf);
    return diag.err == BR_ERR_NONE ? back : nan("");
}

UNIT_TEST(json_doubles_read_back_as_the_same_double)
{
    static const double values[] = {0.0,     1.0,     -1.0,     0.1,     1e-9, 1e18,   DBL_MAX,
                                    DBL_MIN, 5e-324,  2.5e-7,   1.0 / 3, 1e22, 0x1p53, 0x1p53 + 2,
                                    -0x1p60, 123.456, 1e15 - 1, 99999.5, 1e100};
    for (size_t i = 0; i < BR_COUNT(values); i++)
        UNIT_OK(round_trip(values[i]) == values[i]);
    struct rng rng;
    rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value))
            UNIT_OK(round_trip(value) == value);
    }
}

UNIT_TEST(json_whole_numbers_are_exact)
{
    struct buf buf;
    struct json_writer writer;
    struct json *json;
    struct diag diag = DIAG_INIT;
    buf_init(&buf, TEXT_MAX);
    json_writer_init(&writer, &buf, false);
    json_open_array(&writer);
    json_put_i64(&writer, INT64_MIN);
    json_put_i64(&writer, INT64_MAX);
    json_put_u64(&writer, INT64_MAX);
    json_put_f64(&writer, nan(""));
    json_put_f64(&writer, (double)INFINITY);
    json_close_array(&writer);
    UNIT_EQ_STR(buf_cstr(&buf), "[-9223372036854775808,9223372036854775807,9223372036854775807,"
                                "null,null]");
    UNIT_EQ_INT(json_parse(buf_bytes(&buf), &json, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(json_count(json), 5);
    UNIT_OK(json_as_i64(json_at(json, 0), "0", &diag) == INT64_MIN);
    UNIT_OK(json_as_u64(json_at(json, 1), "1", &diag) == INT64_MAX);
    UNIT_EQ_INT(diag.err, BR_ERR_NONE);
    UNIT_OK(json_at(json, 5) == NULL);
    json_destroy(&json);
    buf_fini(&buf);
}

UNIT_TEST(json_bad_texts_are_refused_with_the_place)
{
    static const char *const rows[] = {"",         "{",     "{\"a\":1,}", "[1 2]",
                                       "nul",      "{} {}", "\"\xff\"",   "{\"a\":1,\"a\":2}",
                                       "\"a\nb\"", "01",    "[1,]",       "99999999999999999999"};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct json *json = NULL;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i]);
        UNIT_EQ_INT(json_parse(bytes_from_str(rows[i]), &json, &diag), BR_ERR_PARSE);
        UNIT_OK(json == NULL);
        UNIT_OK(strncmp(diag.text, "line ", 5) == 0);
    }
}

UNIT_TEST(json_members_have_fallbacks_and_types)
{
    struct json *json;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(json_parse(BYTES("{\"n\":5,\"f\":2.5,\"neg\":-1,\"t\":\"x\\u0000y\",\"b\":true,"
                                 "\"o\":{\"z\":1},\"null\":null,\"w\":3.0}"),
                           &json, &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(json_get_i64(json, "n", 9, &diag), 5);
    UNIT_EQ_INT(json_get_u64(json, "w", 9, &diag), 3);
    UNIT_EQ_INT(json_get_i64(json, "absent", 9, &diag), 9);
    UNIT_EQ_INT(json_get_i64(json, "null", 9, &diag), 9);
    UNIT_OK(json_get_f64(json, "n", 0.0, &diag) == 5.0);
    UNIT_OK(json_get_bool(json, "b", false, &diag));
    UNIT_EQ_BYTES(json_get_text(json, "t", BYTES_NONE, &diag), BYTES("x\0y"));
    UNIT_EQ_INT(json_get_i64(json_get(json, "o"), "z", 0, &diag), 1);
    UNIT_EQ_INT(json_get_i64(json_get(json, "absent"), "z", 4, &diag), 4);
    UNIT_EQ_INT(diag.err, BR_ERR_NONE);

    UNIT_EQ_INT(json_get_u64(json, "neg", 9, &diag), 0);
    UNIT_EQ_STR(diag.text, "\"neg\" is a number, not a whole number from 0 on");
    /* The first complaint wins. */
    UNIT_EQ_INT(json_get_i64(json, "f", 9, &diag), 0);
    UNIT_OK(strstr(diag.text, "neg") != NULL);
    diag = (struct diag)DIAG_INIT;
    UNIT_OK(!json_get_bool(json, "o", false, &diag));
    UNIT_EQ_STR(diag.text, "\"o\" is an object, not true or false");

    static const char *const keys[] = {"n", "f", "neg", "t", "b", "o", "null", "w"};
    struct json_cursor cursor = {0};
    size_t count = 0;
    while (json_next(json, &cursor)) {
        UNIT_OK(count < BR_COUNT(keys));
        UNIT_EQ_BYTES(cursor.key, bytes_from_str(keys[count]));
        count++;
    }
    UNIT_EQ_INT(count, json_count(json));
    json_destroy(&json);
    UNIT_OK(json == NULL);
}

UNIT_MAIN(UNIT_RUN(json_commas_and_breaks_are_where_they_belong),
          UNIT_RUN(json_text_is_always_utf8), UNIT_RUN(json_doubles_read_back_as_the_same_double),
          UNIT_RUN(json_whole_numbers_are_exact),
          UNIT_RUN(json_bad_texts_are_refused_with_the_place),
          UNIT_RUN(json_members_have_fallbacks_and_types))
