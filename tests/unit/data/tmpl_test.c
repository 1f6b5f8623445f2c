/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates: what each placeholder writes, how it is written where it stands, names, mistakes, and
 * that a record is the same whoever renders it.
 */
#include "data/tmpl.h"

#include "base/buf.h"
#include "data/jscan.h"
#include "unit.h"

static const struct tmpl_record record_zero = {
    .seed = 1,
    .wall_ns = UINT64_C(1770091445678901234),
    .event = BYTES_INIT("e1abc"),
    .event_uuid = BYTES_INIT("00000000-0000-4000-8000-000000000001"),
};

/* Compiles one template alone; NULL and a message in *diag when it does not. */
static const struct tmpl *compile(struct tmpl_set *set, const char *text, enum tmpl_form form,
                                  struct diag *diag)
{
    struct tmpl_spec spec = {bytes_from_str(text), form, 0, "the body"};
    const struct tmpl *tmpl = NULL;
    if (tmpl_set_add(set, &spec, &tmpl, diag) != BR_ERR_NONE ||
        tmpl_set_seal(set, diag) != BR_ERR_NONE)
        return NULL;
    return tmpl;
}

/* Renders record `index` of a text into `out`. */
static void render(const char *text, enum tmpl_form form, struct tmpl_record record,
                   struct buf *out)
{
    struct diag diag = DIAG_INIT;
    struct tmpl_set *set = tmpl_set_create();
    const struct tmpl *tmpl = compile(set, text, form, &diag);
    if (tmpl == NULL)
        unit_fail(__FILE__, __LINE__, "%s", diag.text);
    buf_clear(out);
    UNIT_EQ_INT(tmpl_render(tmpl, &record, out), BR_ERR_NONE);
    if (record.row == NULL)
        UNIT_OK(out->len <= tmpl_size_max(tmpl));
    tmpl_set_destroy(&set);
}

UNIT_TEST(templates_that_draw_nothing_random)
{
    static const struct {
        const char *text;
        enum tmpl_form form;
        const char *want;
    } rows[] = {
        {"", TMPL_FORM_TEXT, ""},
        {"plain", TMPL_FORM_TEXT, "plain"},
        {"{{seq}}", TMPL_FORM_TEXT, "0"},
        {"a{{seq}}b{{ seq }}c", TMPL_FORM_TEXT, "a0b0c"},
        {"{{event}}/{{event uuid}}", TMPL_FORM_TEXT, "e1abc/00000000-0000-4000-8000-000000000001"},
        {"{{now}}", TMPL_FORM_TEXT, "2026-02-03T04:04:05.678Z"},
        {"{{now unix}} {{now ms}} {{now ns}}", TMPL_FORM_TEXT,
         "1770091445 1770091445678 1770091445678901234"},
        {"{{int 7 7}} {{int -7 -7}}", TMPL_FORM_TEXT, "7 -7"},
        {"{{float 0.5 0.5}} {{float 2 2}} {{float -1.25 -1.25}}", TMPL_FORM_TEXT, "0.5 2.0 -1.25"},
        {"{{float 2 2 0}} {{float 2 2 2}} {{float 0.1 0.1 3}}", TMPL_FORM_TEXT, "2 2.00 0.100"},
        {"{{pick a}}{{weighted a:0 b:1 c:0}}", TMPL_FORM_TEXT, "ab"},
        {"{{zipf 1 1.1}} {{normal 5 0}} {{normal 0.5 0}} {{normal 5 0 2}}", TMPL_FORM_TEXT,
         "1 5 0.5 5.00"},
        {"{{weighted \"http://x:80\":2.5}}", TMPL_FORM_TEXT, "http://x:80"},
        {"{{pick \"disk full\"}} {{pick 'it is \"so\"'}} {{pick \"a\\\"b\\\\c\"}}", TMPL_FORM_TEXT,
         "disk full it is \"so\" a\"b\\c"},
        {"{{pick \"}}\"}} {{pick a\"b c\"d}}", TMPL_FORM_TEXT, "}} ab cd"},
        {"{{pick x as host}}-{{host}}", TMPL_FORM_TEXT, "x-x"},
        {"{{host}}-{{pick x as host}}", TMPL_FORM_TEXT, "x-x"},
        {"{{pick x \"as\" y as host}}", TMPL_FORM_TEXT, NULL},
        /* literal braces */
        {"{{{{ host }}", TMPL_FORM_TEXT, "{{ host }}"},
        {"{ {{{seq}} } }}", TMPL_FORM_TEXT, "{ {0 } }}"},
        {"{{{{{{seq}}", TMPL_FORM_TEXT, "{{0"},
        {"{{{{{seq}}", TMPL_FORM_TEXT, "{{{seq}}"},
        {"{\"a\":{\"b\":{{seq}}}}", TMPL_FORM_JSON, "{\"a\":{\"b\":0}}"},
        /* JSON: in a string, and as a value */
        {"{\"a\":\"{{pick 'x\"y'}}\"}", TMPL_FORM_JSON, "{\"a\":\"x\\\"y\"}"},
        {"{\"a\":{{pick 'x\"y'}}}", TMPL_FORM_JSON, "{\"a\":\"x\\\"y\"}"},
        {"[{{pick 1}},{{pick true}},{{pick yes}},{{pick '[1,2]'}},{{pick 1.}}]", TMPL_FORM_JSON,
         "[1,true,\"yes\",[1,2],\"1.\"]"},
        {"[{{event}},{{now}},{{now ms}},{{seq}},{{float 1 1}}]", TMPL_FORM_JSON,
         "[\"e1abc\",\"2026-02-03T04:04:05.678Z\",1770091445678,0,1.0]"},
        {"{\"a\\\"{{pick x as v}}\":{{v}}}", TMPL_FORM_JSON, "{\"a\\\"x\":\"x\"}"},
        /* URL and header */
        {"/a/{{pick 'b c/d?'}}?x={{pick é}}", TMPL_FORM_URL, "/a/b%20c%2Fd%3F?x=%C3%A9"},
        {"v {{pick \"a\r\nb\tc\"}}", TMPL_FORM_HEADER, "v a  b c"},
    };
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        render(rows[i].text, rows[i].form, record_zero, &out);
        if (rows[i].want != NULL)
            UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].want));
    }
    buf_fini(&out);
}

UNIT_TEST(mistakes_are_told_with_their_place)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"abc {{intt 1 2}}", "the body, column 5: \"intt\" is not a placeholder; the nearest is "
                             "{{int 1 100}}"},
        {"abc {{ uuuid }}",
         "the body, column 5: \"uuuid\" is not a placeholder; the nearest is {{uuid}}"},
        {"{{pick a as host}} {{hots}}",
         "the body, column 20: \"hots\" is not a placeholder; the nearest is {{host}}"},
        {"{{ .Values.x }}", "the body, column 1: \".Values.x\" is neither a placeholder nor a name "
                            "given by \"as\"; a literal {{ is written {{{{"},
        {"a\nb {{}}", "the body, line 2, column 3: nothing stands between {{ and }}; a literal {{ "
                      "is written {{{{"},
        {"x {{seq", "the body, column 3: this {{ has no }}, or a quote in it is not closed; a "
                    "literal {{ is written {{{{"},
        {"x {{pick \"a}}", "the body, column 3: this {{ has no }}, or a quote in it is not closed; "
                           "a literal {{ is written {{{{"},
        {"{{int 5}}", "the body, column 1: in {{int …}} something is missing; it is written {{int "
                      "1 100}}"},
        {"{{int 5 6 7}}", "the body, column 1: in {{int …}} there is too much in it; it is written "
                          "{{int 1 100}}"},
        {"{{int 5 4}}", "the body, column 1: in {{int …}} the first number is above the second; it "
                        "is written {{int 1 100}}"},
        {"{{int a b}}", NULL},
        {"{{int 1.5 2}}", NULL},
        {"{{int 1 99999999999999999999}}", NULL},
        {"{{float 1}}", NULL},
        {"{{float 1 2 10}}", NULL},
        {"{{float 1 2 -1}}", NULL},
        {"{{float 0.1234567 1}}", NULL},
        {"{{float 1 999999999999999999 9}}", NULL},
        {"{{pick}}", NULL},
        {"{{weighted a b}}", NULL},
        {"{{weighted a:x}}", NULL},
        {"{{weighted a:-1}}", NULL},
        {"{{weighted a:0}}", NULL},
        {"{{zipf 0 1}}", NULL},
        {"{{zipf 10 0}}", NULL},
        {"{{zipf 10 21}}", NULL},
        {"{{normal 1}}", NULL},
        {"{{normal 1 -1}}", NULL},
        {"{{text 0}}", NULL},
        {"{{text 1000001}}", NULL},
        {"{{now sec}}", NULL},
        {"{{event id}}", NULL},
        {"{{seq 1}}", NULL},
        {"{{row}}", NULL},
        {"{{row.}}", NULL},
        {"{{pick a as int}}", "the body, column 1: the name \"int\" is that of a placeholder"},
        {"{{pick a as 1x}}", NULL},
        {"{{pick a as x}}{{pick b as x}}",
         "the body, column 16: the name \"x\" is given twice; {{x}} repeats its value"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct diag diag = DIAG_INIT;
        struct tmpl_set *set = tmpl_set_create();
        UNIT_OK(compile(set, rows[i].text, TMPL_FORM_TEXT, &diag) == NULL);
        UNIT_EQ_INT(diag.err, BR_ERR_CONFIG);
        if (rows[i].want != NULL)
            UNIT_EQ_STR(diag.text, rows[i].want);
        UNIT_OK(strstr(diag.text, "column") != NULL);
        tmpl_set_destroy(&set);
    }
}

static const struct tmpl_value row_values[] = {
    {TMPL_VALUE_TEXT, BYTES_INIT("a \"b\"\n\\ \xff")},
    {TMPL_VALUE_STRING, BYTES_INIT("q\\\"\\u00e9\\n/")},
    {TMPL_VALUE_JSON, BYTES_INIT("{\"k\":\"v\"}")},
    {TMPL_VALUE_NONE, {NULL, 0}},
    {TMPL_VALUE_TEXT, BYTES_INIT("-1.5")},
};

UNIT_TEST(fields_of_rows_are_written_as_the_place_wants_them)
{
    static const struct {
        const char *text;
        enum tmpl_form form;
        const char *want;
    } rows[] = {
        {"{{row.t}}|{{row.s}}|{{row.j}}|{{row.none}}|{{row.n}}", TMPL_FORM_TEXT,
         "a \"b\"\n\\ \xff|q\"\xc3\xa9\n/|{\"k\":\"v\"}||-1.5"},
        {"[\"{{row.t}}\",\"{{row.s}}\",\"{{row.j}}\",\"{{row.none}}\",\"{{row.n}}\"]",
         TMPL_FORM_JSON,
         "[\"a \\\"b\\\"\\n\\\\ \xef\xbf\xbd\",\"q\\\"\\u00e9\\n/\",\"{\\\"k\\\":\\\"v\\\"}\",\"\","
         "\"-1.5\"]"},
        {"[{{row.t}},{{row.s}},{{row.j}},{{row.none}},{{row.n}}]", TMPL_FORM_JSON,
         "[\"a \\\"b\\\"\\n\\\\ \xef\xbf\xbd\",\"q\\\"\\u00e9\\n/\",{\"k\":\"v\"},null,-1.5]"},
        {"/{{row.t}}/{{row.s}}/{{row.j}}/{{row.none}}/{{row.n}}", TMPL_FORM_URL,
         "/a%20%22b%22%0A%5C%20%FF/q%22%C3%A9%0A%2F/%7B%22k%22%3A%22v%22%7D//-1.5"},
        {"{{row.t}}|{{row.s}}|{{row.j}}|{{row.none}}|{{row.n}}", TMPL_FORM_HEADER,
         "a \"b\" \\ \xff|q\"\xc3\xa9 /|{\"k\":\"v\"}||-1.5"},
    };
    struct tmpl_record record = record_zero;
    record.row = row_values;
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        render(rows[i].text, rows[i].form, record, &out);
        UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].want));
        if (rows[i].form == TMPL_FORM_JSON)
            UNIT_OK(jscan_is_value(buf_bytes(&out)));
    }
    buf_fini(&out);
}

UNIT_TEST(a_set_shares_names_fields_and_uses)
{
    struct tmpl_set *set = tmpl_set_create();
    struct diag diag = DIAG_INIT;
    const struct tmpl *url = NULL;
    const struct tmpl *header = NULL;
    const struct tmpl *body = NULL;
    struct tmpl_spec specs[] = {
        {BYTES_INIT("/{{host}}/{{row.id}}"), TMPL_FORM_URL, 1, "the URL"},
        {BYTES_INIT("{{now}} {{row.name}} {{row.id}}"), TMPL_FORM_HEADER, 2, "--header x"},
        {BYTES_INIT("{\"h\":{{pick 'web 1' 'web 2' as host}},\"i\":\"{{host}}\"}"), TMPL_FORM_JSON,
         0, "the body"},
    };
    UNIT_EQ_INT(tmpl_set_add(set, &specs[0], &url, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(tmpl_set_add(set, &specs[1], &header, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(tmpl_set_add(set, &specs[2], &body, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(tmpl_set_seal(set, &diag), BR_ERR_NONE);

    UNIT_EQ_INT(tmpl_set_uses(set), TMPL_USES_ROW | TMPL_USES_NOW | TMPL_USES_RECORD);
    UNIT_EQ_INT(tmpl_uses(body), TMPL_USES_RECORD);
    UNIT_OK(!tmpl_is_fixed(body));
    UNIT_EQ_INT(tmpl_set_row_field_count(set), 2);
    UNIT_EQ_BYTES(tmpl_set_row_field(set, 0), BYTES("id"));
    UNIT_EQ_BYTES(tmpl_set_row_field(set, 1), BYTES("name"));
    const struct tmpl *key = tmpl_set_named(set, BYTES("host"));
    UNIT_OK(key != NULL);
    UNIT_OK(tmpl_set_named(set, BYTES("hosts")) == NULL);

    struct tmpl_record record = record_zero;
    record.row = row_values;
    struct buf out;
    buf_init(&out, 4096);
    int second = 0;
    for (record.index = 0; record.index < 100; record.index++) {
        buf_clear(&out);
        UNIT_EQ_INT(tmpl_render(key, &record, &out), BR_ERR_NONE);
        bool two = bytes_eq(buf_bytes(&out), BYTES("web 2"));
        UNIT_OK(two || bytes_eq(buf_bytes(&out), BYTES("web 1")));
        second += two ? 1 : 0;
        buf_clear(&out);
        UNIT_EQ_INT(tmpl_render(body, &record, &out), BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&out), two ? BYTES("{\"h\":\"web 2\",\"i\":\"web 2\"}")
                                           : BYTES("{\"h\":\"web 1\",\"i\":\"web 1\"}"));
        buf_clear(&out);
        UNIT_EQ_INT(tmpl_render(url, &record, &out), BR_ERR_NONE);
        UNIT_OK(bytes_starts(buf_bytes(&out), two ? BYTES("/web%202/") : BYTES("/web%201/")));
    }
    UNIT_OK(second > 30 && second < 70);
    buf_fini(&out);
    tmpl_set_destroy(&set);
}

static const char everything[] =
    "{\"u\":\"{{uuid}}\",\"i\":{{int 1 1000000}},\"f\":{{float 0 1}},\"p\":\"{{pick a b c as x}}\","
    "\"w\":\"{{weighted a:7 b:3}}\",\"o\":\"{{word}}\",\"t\":\"{{text 80}}\",\"z\":{{zipf 1000 "
    "1.1}},\"n\":{{normal 500 200}},\"m\":{{normal 0.5 0.1 4}},\"x\":{{x}},\"s\":{{seq}}}";

/* Said once, here: whoever changes what a seed means breaks somebody's comparison. */
UNIT_TEST(a_seed_keeps_its_meaning)
{
    struct tmpl_record record = record_zero;
    record.seed = 42;
    record.index = 1000000007;
    struct buf out;
    buf_init(&out, 4096);
    render(everything, TMPL_FORM_JSON, record, &out);
    UNIT_EQ_BYTES(buf_bytes(&out),
                  BYTES("{\"u\":\"fc5dbcf5-2962-4a5a-b4ea-f165d2f32708\",\"i\":314056,\"f\":0."
                        "22709,\"p\":\"a\",\"w"
                        "\":\"a\",\"o\":\"driver\",\"t\":\"motion action debit report pool ready "
                        "house current loop"
                        " ledger request "
                        "point\",\"z\":1,\"n\":176,\"m\":0.5990,\"x\":\"a\",\"s\":1000000007}"));
    buf_fini(&out);
}

UNIT_TEST(a_record_is_the_same_in_any_order)
{
    struct diag diag = DIAG_INIT;
    struct tmpl_set *one = tmpl_set_create();
    struct tmpl_set *other = tmpl_set_create();
    const struct tmpl *first = compile(one, everything, TMPL_FORM_JSON, &diag);
    const struct tmpl *again = compile(other, everything, TMPL_FORM_JSON, &diag);
    UNIT_OK(first != NULL && again != NULL);
    struct buf forward;
    struct buf back;
    struct buf last;
    buf_init(&forward, 4096);
    buf_init(&back, 4096);
    buf_init(&last, 4096);
    struct tmpl_record record = record_zero;
    for (uint64_t shards = 1; shards <= 3; shards++) {
        /* Shard by shard, backwards, over dirty buffers. */
        for (uint64_t i = 0; i < 300; i++) {
            record.index = (i % shards) + (299 - i) / shards * shards;
            buf_clear(&forward);
            buf_clear(&back);
            UNIT_EQ_INT(tmpl_render(first, &record, &forward), BR_ERR_NONE);
            UNIT_EQ_INT(tmpl_render(again, &record, &back), BR_ERR_NONE);
            UNIT_EQ_BYTES(buf_bytes(&forward), buf_bytes(&back));
            UNIT_OK(jscan_is_value(buf_bytes(&forward)));
            UNIT_OK(!bytes_eq(buf_bytes(&forward), buf_bytes(&last)));
            buf_clear(&last);
            buf_put(&last, buf_bytes(&forward));
        }
    }
    buf_fini(&forward);
    buf_fini(&back);
    buf_fini(&last);
    tmpl_set_destroy(&one);
    tmpl_set_destroy(&other);
}

UNIT_TEST(the_ceiling_of_the_buffer_is_kept)
{
    struct diag diag = DIAG_INIT;
    struct tmpl_set *set = tmpl_set_create();
    const struct tmpl *tmpl = compile(set, "[{{row.a}}]", TMPL_FORM_TEXT, &diag);
    char large[512];
    memset(large, 'x', sizeof(large));
    struct tmpl_value value = {TMPL_VALUE_TEXT, bytes_make(large, sizeof(large))};
    struct tmpl_record record = record_zero;
    record.row = &value;
    struct buf out;
    buf_init(&out, 256);
    buf_put(&out, BYTES("before"));
    UNIT_EQ_INT(tmpl_render(tmpl, &record, &out), BR_ERR_LIMIT);
    UNIT_EQ_BYTES(buf_bytes(&out), BYTES("before"));
    buf_fini(&out);
    tmpl_set_destroy(&set);
}

UNIT_TEST(forms_are_guessed)
{
    static const struct {
        const char *text;
        enum tmpl_form want;
    } rows[] = {
        {"{\"a\":1}", TMPL_FORM_JSON},
        {" [1, {{int 1 2}}]\n", TMPL_FORM_JSON},
        {"{\"m\":\"x {{pick \"a b\"}}\"}", TMPL_FORM_JSON},
        {"{\"index\":{}}\n{\"a\":{{seq}}}\n", TMPL_FORM_JSON},
        {"{\"a\":\"{{{{ host }}\"}", TMPL_FORM_JSON},
        {"{\"a\":{\"b\":{{int 1 2}}}}", TMPL_FORM_JSON},
        {"", TMPL_FORM_TEXT},
        {"{{row.line}}", TMPL_FORM_TEXT},
        {"{{text 20}}", TMPL_FORM_TEXT},
        {"1", TMPL_FORM_TEXT},
        {"[{{now}}] error", TMPL_FORM_TEXT},
        {"{\"a\":{{seq}}", TMPL_FORM_TEXT},
        {"{\"a\":{{seq}", TMPL_FORM_TEXT},
        {"a={{seq}}", TMPL_FORM_TEXT},
        {"[1{{int -5 5}}]", TMPL_FORM_TEXT},
        {"[{{seq}}{{seq}}]", TMPL_FORM_TEXT},
        {"{{{seq}}:1}", TMPL_FORM_TEXT},
        {"[\"\\{{pick u}}n\"]", TMPL_FORM_TEXT},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(tmpl_guess_form(bytes_from_str(rows[i].text)), rows[i].want);
    }
}

UNIT_MAIN(UNIT_RUN(templates_that_draw_nothing_random),
          UNIT_RUN(mistakes_are_told_with_their_place),
          UNIT_RUN(fields_of_rows_are_written_as_the_place_wants_them),
          UNIT_RUN(a_set_shares_names_fields_and_uses), UNIT_RUN(a_seed_keeps_its_meaning),
          UNIT_RUN(a_record_is_the_same_in_any_order), UNIT_RUN(the_ceiling_of_the_buffer_is_kept),
          UNIT_RUN(forms_are_guessed))
