/* SPDX-License-Identifier: Apache-2.0
 *
 * What replies say about the events of their requests.
 */
#include "data/accept.h"

#include "unit.h"

UNIT_TEST(statuses_mean_what_the_design_says)
{
    static const struct {
        int status;
        enum accept_fate want;
    } rows[] = {
        {200, ACCEPT_ACCEPTED}, {207, ACCEPT_ACCEPTED}, {299, ACCEPT_ACCEPTED},
        {301, ACCEPT_UNSURE},   {400, ACCEPT_REFUSED},  {404, ACCEPT_REFUSED},
        {408, ACCEPT_UNSURE},   {429, ACCEPT_REFUSED},  {499, ACCEPT_REFUSED},
        {500, ACCEPT_UNSURE},   {502, ACCEPT_UNSURE},   {503, ACCEPT_REFUSED},
        {504, ACCEPT_UNSURE},   {0, ACCEPT_UNSURE},     {-1, ACCEPT_UNSURE},
        {1000, ACCEPT_UNSURE},
    };
    struct accept accept;
    accept_init(&accept);
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_INT(accept_by_status(&accept, rows[i].status), rows[i].want);
    UNIT_OK(!accept_wants_body(&accept, 200));
    UNIT_OK(!accept_has_paths(&accept));
}

UNIT_TEST(failures_are_what_is_usual_unless_it_was_told)
{
    static const struct {
        int status;
        bool usual;
        bool told; /* with 409 and 500-502 accepted, 202 and 3xx refused */
    } rows[] = {{0, true, true},     {-1, true, true},    {1000, true, true}, {100, true, true},
                {200, false, false}, {202, false, true},  {301, false, true}, {399, false, true},
                {400, true, true},   {409, true, false},  {499, true, true},  {500, true, false},
                {503, true, true},   {299, false, false}, {999, true, true}};
    struct accept usual;
    struct accept told;
    struct diag diag = DIAG_INIT;
    accept_init(&usual);
    accept_init(&told);
    UNIT_EQ_INT(accept_on_status(&told, BYTES("409,500-502"), ACCEPT_ACCEPTED, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(accept_on_status(&told, BYTES("202,3xx"), ACCEPT_REFUSED, &diag), BR_ERR_NONE);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_EQ_INT(accept_is_failure(&usual, rows[i].status), rows[i].usual);
        UNIT_EQ_INT(accept_is_failure(&told, rows[i].status), rows[i].told);
    }
}

UNIT_TEST(options_change_statuses)
{
    struct accept accept;
    struct diag diag = DIAG_INIT;
    accept_init(&accept);
    UNIT_EQ_INT(accept_on_status(&accept, BYTES("409, 300-302"), ACCEPT_ACCEPTED, &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(accept_on_status(&accept, BYTES("5xx,202"), ACCEPT_REFUSED, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(accept_by_status(&accept, 409), ACCEPT_ACCEPTED);
    UNIT_EQ_INT(accept_by_status(&accept, 301), ACCEPT_ACCEPTED);
    UNIT_EQ_INT(accept_by_status(&accept, 303), ACCEPT_UNSURE);
    UNIT_EQ_INT(accept_by_status(&accept, 200), ACCEPT_ACCEPTED);
    UNIT_EQ_INT(accept_by_status(&accept, 202), ACCEPT_REFUSED);
    UNIT_EQ_INT(accept_by_status(&accept, 599), ACCEPT_REFUSED);
    UNIT_EQ_INT(accept_on_status(&accept, BYTES("400-410"), ACCEPT_REFUSED, &diag), BR_ERR_CONFIG);
    UNIT_EQ_STR(diag.text, "status 409 can not accept and refuse events at once");

    static const char *const bad[] = {"",        "x",    "99",  "1000",    "200-", "-299",
                                      "299-200", "200,", "2.5", "200-2xx", "0xx",  "2xxx"};
    for (size_t i = 0; i < BR_COUNT(bad); i++) {
        UNIT_ROW(bad[i]);
        accept_init(&accept);
        UNIT_EQ_INT(accept_on_status(&accept, bytes_from_str(bad[i]), ACCEPT_ACCEPTED, &diag),
                    BR_ERR_CONFIG);
        UNIT_OK(strstr(diag.text, "names no statuses") != NULL);
    }
}

UNIT_TEST(paths_that_say_nothing_are_refused)
{
    static const char *const bad[] = {"",
                                      "items[*].status",
                                      "items:items[*].status",
                                      "items:items[*].status=",
                                      "items:items[*].status=200,,201",
                                      "items:status=200",
                                      "items:items[*.status=200",
                                      "ids:",
                                      "count:a.",
                                      "items:a[*]=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};
    struct accept accept;
    struct diag diag = DIAG_INIT;
    for (size_t i = 0; i < BR_COUNT(bad); i++) {
        UNIT_ROW(bad[i]);
        accept_init(&accept);
        UNIT_EQ_INT(accept_on_path(&accept, bytes_from_str(bad[i]), ACCEPT_REFUSED, &diag),
                    BR_ERR_CONFIG);
        UNIT_OK(!accept_wants_body(&accept, 200));
    }
    UNIT_EQ_INT(accept_on_path(&accept, BYTES("count:a"), ACCEPT_REFUSED, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(accept_on_path(&accept, BYTES("count:b"), ACCEPT_REFUSED, &diag), BR_ERR_CONFIG);
    UNIT_OK(accept_wants_body(&accept, 200));
    UNIT_OK(!accept_wants_body(&accept, 400));
}

/* The events of the request are e0, e1, … */
static int64_t find_event(struct bytes text, void *context BR_UNUSED)
{
    return text.len == 2 && text.ptr[0] == 'e' ? text.ptr[1] - '0' : -1;
}

static const struct {
    const char *accepts;
    const char *refuses;
    int status;
    const char *body;
    const char *want; /* a, r, u: four events */
    bool said;
} rows[] = {
    {NULL, NULL, 200, "", "aaaa", true},
    {NULL, NULL, 500, "", "uuuu", true},
    {"items:items[*].*.status=200-299,409", NULL, 200,
     "{\"items\":[{\"index\":{\"status\":201}},{\"index\":{\"status\":409}},"
     "{\"index\":{\"status\":429}},{\"create\":{\"status\":200}}]}",
     "aara", true},
    {"items:items[*].s=2xx", NULL, 207, "{\"items\":[{\"s\":200},{},{\"s\":\"200\"}]}", "auru",
     true},
    {"items:[*]=ok,true,201", NULL, 200, "[\"ok\",true,\"o\\u006b\",201,\"ok\"]", "aaaa", true},
    {"items:[*]=ok,true,201", NULL, 200, "[\"true\",false,null,202]", "arrr", true},
    {"items:[*]=ok", NULL, 200, "[]", "uuuu", false},
    {"items:[*]=ok", NULL, 200, "", "uuuu", false},
    {"items:[*]=ok", NULL, 200, "[\"ok\"", "uuuu", false},
    {"items:[*]=ok", NULL, 400, "[\"ok\",\"ok\"]", "rrrr", true},
    {"ids:ok[*]", NULL, 200, "{\"ok\":[\"e2\",\"\\u00650\",\"e9\",\"x\",7]}", "arar", true},
    {"ids:ok[*]", NULL, 200, "{\"ok\":[]}", "rrrr", true},
    {"ids:ok[*]", NULL, 200, "no json", "uuuu", false},
    {NULL, "ids:errors[*].id", 200, "{\"errors\":[{\"id\":\"e1\"},{\"id\":\"e3\"}]}", "arar", true},
    {NULL, "ids:errors[*].id", 200, "{\"errors\":[]}", "aaaa", true},
    {NULL, "ids:errors[*].id", 200, "{}", "aaaa", true},
    {NULL, "ids:errors[*].id", 200, "{", "uuuu", false},
    {NULL, "items:r[*]=4xx", 200, "{\"r\":[200,400,200,499]}", "arar", true},
    {"count:accepted", NULL, 200, "{\"accepted\":4}", "aaaa", true},
    {"count:accepted", NULL, 200, "{\"accepted\":0}", "rrrr", true},
    {"count:accepted", NULL, 200, "{\"accepted\":3}", "uuuu", true},
    {"count:accepted", NULL, 200, "{\"accepted\":5}", "uuuu", false},
    {"count:accepted", NULL, 200, "{\"accepted\":\"4\"}", "uuuu", false},
    {"count:accepted", NULL, 200, "{}", "uuuu", false},
    {NULL, "count:rejected", 202, "{\"rejected\":0}", "aaaa", true},
    {NULL, "count:rejected", 202, "{\"rejected\":4}", "rrrr", true},
    {NULL, "count:rejected", 202, "{\"rejected\":1}", "uuuu", true},
    {NULL, "count:rejected", 202, "{}", "uuuu", false},
    {"count:accepted", "count:rejected", 200, "{\"accepted\":4,\"rejected\":0}", "aaaa", true},
    {"count:accepted", "ids:bad[*]", 200, "{\"accepted\":3,\"bad\":[\"e1\"]}", "uruu", true},
};

UNIT_TEST(replies_speak_for_each_event)
{
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].body);
        struct accept accept;
        struct diag diag = DIAG_INIT;
        accept_init(&accept);
        if (rows[i].accepts != NULL)
            UNIT_EQ_INT(
                accept_on_path(&accept, bytes_from_str(rows[i].accepts), ACCEPT_ACCEPTED, &diag),
                BR_ERR_NONE);
        if (rows[i].refuses != NULL)
            UNIT_EQ_INT(
                accept_on_path(&accept, bytes_from_str(rows[i].refuses), ACCEPT_REFUSED, &diag),
                BR_ERR_NONE);
        uint8_t fates[5] = {9, 9, 9, 9, 9};
        UNIT_EQ_INT(accept_reply(&accept, rows[i].status, bytes_from_str(rows[i].body), 4,
                                 find_event, NULL, fates),
                    rows[i].said);
        char got[5] = "";
        for (size_t j = 0; j < 4; j++)
            got[j] = "aru"[fates[j]];
        UNIT_EQ_STR(got, rows[i].want);
        UNIT_EQ_INT(fates[4], 9);
    }
}

UNIT_MAIN(UNIT_RUN(statuses_mean_what_the_design_says), UNIT_RUN(options_change_statuses),
          UNIT_RUN(failures_are_what_is_usual_unless_it_was_told),
          UNIT_RUN(paths_that_say_nothing_are_refused), UNIT_RUN(replies_speak_for_each_event))
