/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the echo stand-in's options, and when a stall lets a reply go.
 */
#include "standin/echo.h"
#include "unit.h"

struct row {
    const char *text;
    const char *message; /* part of the sentence; NULL: good */
    double share;
    unsigned status;
};

static const struct row fails[] = {
    {"1%:503", NULL, 0.01, 503},      {"100%:500", NULL, 1.0, 500},
    {"1/1000:429", NULL, 0.001, 429}, {"0:200", NULL, 0.0, 200},
    {"1%", "names no status", 0, 0},  {"", "names no status", 0, 0},
    {"1%:", "accepted: ", 0, 0},      {"1%:99", "outside 200 to 999", 0, 0},
    {"1%:1000", "outside 200", 0, 0}, {"503:1%", "accepted: ", 0, 0},
    {"101%:503", "accepted: ", 0, 0}, {"1%:50x", "accepted: ", 0, 0},
    {"-1%:503", "accepted: ", 0, 0},  {"1%:503:1", "accepted: ", 0, 0},
};

UNIT_TEST(failures_are_read)
{
    for (size_t i = 0; i < BR_COUNT(fails); i++) {
        struct standin_fail fail = {.status = 7};
        struct diag diag = DIAG_INIT;
        UNIT_ROW(fails[i].text);
        enum br_err err = standin_parse_fail(bytes_from_str(fails[i].text), &fail, &diag);
        if (fails[i].message != NULL) {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(fail.status, 7);
            UNIT_OK(strstr(diag.text, fails[i].message) != NULL);
            continue;
        }
        UNIT_EQ_STR(diag.text, "");
        UNIT_EQ_INT(fail.status, fails[i].status);
        UNIT_NEAR(fail.share, fails[i].share, 1e-12);
    }
}

struct stall_row {
    const char *text;
    int64_t every_ms; /* 0: refused */
    int64_t for_ms;
};

static const struct stall_row stalls[] = {
    {"every 10s for 1s", 10000, 1000},
    {"  every  1.5s   for 20ms ", 1500, 20},
    {"every 1s for 0", 1000, 0},
    {"every 1s for 1s", 0, 0},
    {"every 0 for 0", 0, 0},
    {"every 10s", 0, 0},
    {"10s for 1s", 0, 0},
    {"every 10s for 1s or so", 0, 0},
    {"every ten for one", 0, 0},
    {"", 0, 0},
};

UNIT_TEST(stalls_are_read)
{
    for (size_t i = 0; i < BR_COUNT(stalls); i++) {
        struct standin_stall stall = {7, 7};
        struct diag diag = DIAG_INIT;
        UNIT_ROW(stalls[i].text);
        enum br_err err = standin_parse_stall(bytes_from_str(stalls[i].text), &stall, &diag);
        if (stalls[i].every_ms == 0) {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(stall.every_ns, 7);
            UNIT_OK(strstr(diag.text, "accepted: ") != NULL);
            continue;
        }
        UNIT_EQ_STR(diag.text, "");
        UNIT_EQ_INT(stall.every_ns, stalls[i].every_ms * 1000000);
        UNIT_EQ_INT(stall.for_ns, stalls[i].for_ms * 1000000);
    }
}

UNIT_TEST(a_stall_holds_what_is_due_in_it)
{
    struct standin_stall stall = {1000, 100};
    static const int64_t rows[][2] = {
        {0, 0},       {50, 50},     {999, 999},   {1000, 1100}, {1001, 1100}, {1099, 1100},
        {1100, 1100}, {1999, 1999}, {2000, 2100}, {7050, 7100}, {7100, 7100},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_INT(standin_stall_shift(&stall, 5000, 5000 + rows[i][0]), 5000 + rows[i][1]);
    struct standin_stall none = {0, 0};
    UNIT_EQ_INT(standin_stall_shift(&none, 5000, 6000), 6000);
}

UNIT_TEST(limits_let_a_rate_through)
{
    static const struct {
        uint64_t count;
        int64_t per_ns;
        int64_t gap_ns; /* of the requests */
        int requests;
        int admitted;
    } rows[] = {
        {100, INT64_C(1000000000), 20000000, 500, 500}, /* half the limit: all */
        {100, INT64_C(1000000000), 10000000, 500, 500},
        {100, INT64_C(1000000000), 5000000, 1000, 510}, /* twice: half, and the first burst */
        {100, INT64_C(1000000000), 0, 1000, 11},
        {1, INT64_C(1000000000), 0, 1000, 1}, /* one at least */
        {7, INT64_C(3000000000), 100000000, 300, 70},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct standin_echo_config config = {.rate_count = rows[i].count,
                                             .rate_per_ns = rows[i].per_ns};
        int64_t tat_ns = 0;
        int admitted = 0;
        for (int k = 0; k < rows[i].requests; k++)
            admitted += standin_limit_admits(&config, 1 + k * rows[i].gap_ns, &tat_ns);
        UNIT_NEAR((double)admitted, (double)rows[i].admitted, 0.02);
    }
}

UNIT_MAIN(UNIT_RUN(limits_let_a_rate_through), UNIT_RUN(failures_are_read),
          UNIT_RUN(stalls_are_read), UNIT_RUN(a_stall_holds_what_is_due_in_it))
