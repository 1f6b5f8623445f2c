/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON scanner: what is JSON and what is not, wherever it stands relative to the eight bytes
 * that are looked at together; members, items, and what strings mean.
 */
#include "data/jscan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "unit.h"

/* On the heap without slack, so that a sanitizer sees a read past the end. */
static bool is_value(struct bytes text)
{
    char *copy = mem_alloc(text.len);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    bool good = jscan_is_value(bytes_make(copy, text.len));
    mem_free(copy);
    return good;
}

struct row {
    struct bytes text;
    bool good;
};

static const struct row value_rows[] = {
#define ROW(text, good)                                                                            \
    {                                                                                              \
        BYTES_INIT(text), good                                                                     \
    }
    ROW("0", true),
    ROW("-0", true),
    ROW("-12.5e+3", true),
    ROW("1E5", true),
    ROW(" true ", true),
    ROW("null", true),
    ROW("false", true),
    ROW("\"\"", true),
    ROW("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", true),
    ROW("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5\"", true),
    ROW("\"a long text that goes over several words of eight\"", true),
    ROW("[]", true),
    ROW("{}", true),
    ROW("[ ]", true),
    ROW("{ }", true),
    ROW("[1,[2,{\"a\":[]}],{}]", true),
    ROW("{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":1}\r\n\t ", true),
    ROW("", false),
    ROW(" ", false),
    ROW("00", false),
    ROW("01", false),
    ROW("-", false),
    ROW("+1", false),
    ROW("1.", false),
    ROW(".5", false),
    ROW("1e", false),
    ROW("1e+", false),
    ROW("0x1", false),
    ROW("tru", false),
    ROW("truee", false),
    ROW("True", false),
    ROW("nul", false),
    ROW("NaN", false),
    ROW("\"", false),
    ROW("\"abc", false),
    ROW("\"\\\"", false),
    ROW("\"\\x\"", false),
    ROW("\"\\u12g4\"", false),
    ROW("\"\\u12\"", false),
    ROW("\"a\nb\"", false),
    ROW("\"a\0b\"", false),
    ROW("\"eight888\x1f\"", false),
    ROW("\"\xff\"", false),
    ROW("\"\xc0\x80\"", false),
    ROW("\"\xed\xa0\x80\"", false),
    ROW("\"\xc3\"", false),
    ROW("'a'", false),
    ROW("[", false),
    ROW("]", false),
    ROW("[1", false),
    ROW("[1,", false),
    ROW("[1,]", false),
    ROW("[,1]", false),
    ROW("[1 2]", false),
    ROW("[1}", false),
    ROW("{\"a\"}", false),
    ROW("{\"a\":}", false),
    ROW("{\"a\":1,}", false),
    ROW("{a:1}", false),
    ROW("{1:1}", false),
    ROW("{\"a\" 1}", false),
    ROW("{\"a\":1 \"b\":2}", false),
    ROW("{\"a\":[1}]", false),
    ROW("1 2", false),
    ROW("{} {}", false),
    ROW("\xef\xbb\xbf{}", false),
#undef ROW
};

UNIT_TEST(json_is_told_from_what_is_not)
{
    char name[32];
    for (size_t i = 0; i < BR_COUNT(value_rows); i++) {
        (void)snprintf(name, sizeof(name), "row %zu", i);
        UNIT_ROW(name);
        UNIT_EQ_INT(is_value(value_rows[i].text), value_rows[i].good);
    }
}

UNIT_TEST(every_byte_is_seen_at_every_place_of_a_word)
{
    for (int c = 0; c < 256; c++) {
        for (size_t place = 0; place < 17; place++) {
            char text[19];
            memset(text, 'x', sizeof(text));
            text[0] = '"';
            text[18] = '"';
            text[1 + place] = (char)c;
            bool good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            UNIT_EQ_INT(is_value(bytes_make(text, sizeof(text))), good);
        }
    }
}

UNIT_TEST(depth_has_a_ceiling)
{
    char text[2 * (JSCAN_DEPTH_MAX + 1)];
    for (size_t depth = JSCAN_DEPTH_MAX; depth <= JSCAN_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        UNIT_EQ_INT(is_value(bytes_make(text, 2 * depth)), depth <= JSCAN_DEPTH_MAX);
    }
}

UNIT_TEST(members_and_items_are_walked)
{
    struct jscan scan = jscan_over(BYTES(" {\"a\":1, \"b\" : [true,\"x\"] ,\"c\":{}} tail"));
    struct bytes key = BYTES_NONE;
    struct jscan_value value = {JSCAN_NONE, BYTES_NONE};
    UNIT_OK(!jscan_open(&scan, '['));
    UNIT_OK(jscan_open(&scan, '{'));
    UNIT_EQ_INT(jscan_next_member(&scan, &key, &value), JSCAN_MORE);
    UNIT_EQ_BYTES(key, BYTES("a"));
    UNIT_EQ_INT(value.kind, JSCAN_NUMBER);
    UNIT_EQ_INT(jscan_next_member(&scan, &key, &value), JSCAN_MORE);
    UNIT_EQ_INT(value.kind, JSCAN_ARRAY);
    UNIT_EQ_BYTES(value.raw, BYTES("[true,\"x\"]"));

    struct jscan inner = jscan_over(value.raw);
    UNIT_OK(jscan_open(&inner, '['));
    UNIT_EQ_INT(jscan_next_item(&inner, &value), JSCAN_MORE);
    UNIT_EQ_INT(value.kind, JSCAN_TRUE);
    UNIT_EQ_INT(jscan_next_item(&inner, &value), JSCAN_MORE);
    UNIT_EQ_INT(value.kind, JSCAN_STRING);
    UNIT_EQ_BYTES(value.raw, BYTES("x"));
    UNIT_EQ_INT(jscan_next_item(&inner, &value), JSCAN_END);
    UNIT_OK(jscan_is_over(&inner));

    UNIT_EQ_INT(jscan_next_member(&scan, &key, &value), JSCAN_MORE);
    UNIT_EQ_INT(value.kind, JSCAN_OBJECT);
    UNIT_EQ_INT(jscan_next_member(&scan, &key, &value), JSCAN_END);
    UNIT_OK(!jscan_is_over(&scan));

    static const char *const bad[] = {"{\"a\":1", "{\"a\":1,}", "{\"a\":1 \"b\":1}", "{\"a\"",
                                      "{,\"a\":1}"};
    for (size_t i = 0; i < BR_COUNT(bad); i++) {
        UNIT_ROW(bad[i]);
        scan = jscan_over(bytes_from_str(bad[i]));
        UNIT_OK(jscan_open(&scan, '{'));
        enum jscan_step step;
        do {
            step = jscan_next_member(&scan, &key, &value);
        } while (step == JSCAN_MORE);
        UNIT_EQ_INT(step, JSCAN_BAD);
    }
}

UNIT_TEST(strings_mean_what_their_escapes_say)
{
    static const struct {
        const char *raw;
        const char *want;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"a\\u0041\\u00e9\\u20ac\\ud83d\\udd25z", "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5z"},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"\\ud83dx", "\xef\xbf\xbdx"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"\\udd25\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].raw);
        struct bytes raw = bytes_from_str(rows[i].raw);
        struct bytes want = bytes_from_str(rows[i].want);
        char text[128];
        size_t len = jscan_unescape(raw, text);
        UNIT_OK(len <= raw.len);
        UNIT_EQ_BYTES(bytes_make(text, len), want);
        UNIT_OK(jscan_string_is(raw, want));
        UNIT_OK(!jscan_string_is(raw, BYTES("something else")));
        if (want.len > 0)
            UNIT_OK(!jscan_string_is(raw, bytes_make(want.ptr, want.len - 1)));
    }
    UNIT_OK(!jscan_string_is(BYTES("ab"), BYTES("abc")));
}

UNIT_MAIN(UNIT_RUN(json_is_told_from_what_is_not),
          UNIT_RUN(every_byte_is_seen_at_every_place_of_a_word), UNIT_RUN(depth_has_a_ceiling),
          UNIT_RUN(members_and_items_are_walked), UNIT_RUN(strings_mean_what_their_escapes_say))
