/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the relay's options, and how bodies are cut into events.
 */
#include "standin/relay_inner.h"
#include "unit.h"

struct out_row {
    const char *text;
    const char *where; /* NULL: refused */
    enum relay_out_kind kind;
};

UNIT_TEST(ways_out_are_read)
{
    static const struct out_row rows[] = {
        {"webhook:http://127.0.0.1:8080/", "http://127.0.0.1:8080/", RELAY_OUT_WEBHOOK},
        {"tcp:[::1]:9000", "[::1]:9000", RELAY_OUT_TCP},
        {"file:a:b", "a:b", RELAY_OUT_FILE},
        {"file:", NULL, RELAY_OUT_FILE},
        {"file", NULL, RELAY_OUT_FILE},
        {"", NULL, RELAY_OUT_FILE},
        {"mail:x", NULL, RELAY_OUT_FILE},
        {"http://127.0.0.1/", NULL, RELAY_OUT_FILE},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct relay_out out = {RELAY_OUT_TCP, BYTES("old")};
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        enum br_err err = relay_parse_out(bytes_from_str(rows[i].text), &out, &diag);
        UNIT_EQ_INT(err, rows[i].where == NULL ? BR_ERR_PARSE : BR_ERR_NONE);
        UNIT_EQ_STR(rows[i].where == NULL ? "old" : rows[i].where, out.where.ptr);
        if (rows[i].where == NULL)
            UNIT_OK(strstr(diag.text, "accepted: webhook:") != NULL);
        else
            UNIT_EQ_INT(out.kind, rows[i].kind);
    }
}

struct share_row {
    const char *text;
    double share; /* < 0: refused */
    const char *field;
    int64_t ns;
};

UNIT_TEST(damage_is_read)
{
    static const struct share_row rows[] = {
        {"1/1000", 0.001, "", 0}, {"1%:msg", 0.01, "msg", 0}, {"0", 0, "", 0},
        {"1%:", -1, NULL, 0},     {"101%", -1, NULL, 0},      {"", -1, NULL, 0},
        {"msg:1%", -1, NULL, 0},  {"1%:a:b", 0.01, "a:b", 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        double share = 7;
        struct bytes field = BYTES("old");
        UNIT_ROW(rows[i].text);
        enum br_err err = relay_parse_damage(bytes_from_str(rows[i].text), &share, &field, NULL);
        UNIT_EQ_INT(err, rows[i].share < 0 ? BR_ERR_PARSE : BR_ERR_NONE);
        UNIT_NEAR(share, rows[i].share < 0 ? 7 : rows[i].share, 1e-12);
        UNIT_EQ_BYTES(field, bytes_from_str(rows[i].share < 0 ? "old" : rows[i].field));
    }
}

UNIT_TEST(delays_of_a_share_are_read)
{
    static const struct share_row rows[] = {
        {"1/1000:10s", 0.001, NULL, 10000000000},
        {"100%:0", 1, NULL, 0},
        {"1%", -1, NULL, 0},
        {"1%:", -1, NULL, 0},
        {"1%:10", -1, NULL, 0},
        {":10s", -1, NULL, 0},
        {"200%:1s", -1, NULL, 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        double share = 7;
        int64_t ns = 7;
        UNIT_ROW(rows[i].text);
        enum br_err err = relay_parse_delay(bytes_from_str(rows[i].text), &share, &ns, NULL);
        UNIT_EQ_INT(err, rows[i].share < 0 ? BR_ERR_PARSE : BR_ERR_NONE);
        UNIT_NEAR(share, rows[i].share < 0 ? 7 : rows[i].share, 1e-12);
        UNIT_EQ_INT(ns, rows[i].share < 0 ? 7 : rows[i].ns);
    }
}

/* Each record between bars, J before those that are JSON. */
static void note_record(void *context, struct bytes record, bool is_json)
{
    struct buf *out = context;
    buf_put_str(out, is_json ? "J" : "");
    buf_put(out, record);
    buf_put_str(out, "|");
}

UNIT_TEST(bodies_are_cut_into_records)
{
    static const char *const rows[][2] = {
        {"", ""},
        {" \r\n\t", ""},
        {"{\"a\":1}", "J{\"a\":1}|"},
        {" {\"a\":\n1}\n", "J{\"a\":\n1}|"},
        {"[]", ""},
        {"[1, \"x\\\"y\" ,{\"a\":[2]},null]", "J1|J\"x\\\"y\"|J{\"a\":[2]}|Jnull|"},
        {"{\"a\":1}\n{\"a\":2}\n", "J{\"a\":1}|J{\"a\":2}|"},
        {"{\"a\":1}\r\n\r\n{\"a\":\r\n", "J{\"a\":1}|{\"a\":|"},
        {"one\n two \n\nthree", "one| two |three|"},
        {"[1]\n[2]", "J[1]|J[2]|"},
        {"[1,", "[1,|"},
        {"text", "text|"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 1000);
        UNIT_ROW(rows[i][0]);
        relay_split(bytes_from_str(rows[i][0]), note_record, &out);
        UNIT_EQ_STR(buf_cstr(&out), rows[i][1]);
        buf_fini(&out);
    }
}

UNIT_MAIN(UNIT_RUN(ways_out_are_read), UNIT_RUN(damage_is_read),
          UNIT_RUN(delays_of_a_share_are_read), UNIT_RUN(bodies_are_cut_into_records))
