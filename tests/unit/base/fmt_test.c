/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers for people: units, rounding at their borders, and exact forms that are read back.
 */
#include "base/fmt.h"

#include "base/attr.h"
#include "base/rng.h"
#include "base/units.h"
#include "unit.h"

UNIT_TEST(fmt_writes_durations_with_three_digits)
{
    static const struct {
        double ns;
        const char *want;
    } rows[] = {
        {0, "0 ns"},
        {-0.1, "0 ns"},
        {1, "1 ns"},
        {999, "999 ns"},
        {999.6, "1.00 us"},
        {1234, "1.23 us"},
        {45600, "45.6 us"},
        {99949, "99.9 us"},
        {99960, "100 us"},
        {999499, "999 us"},
        {999500, "1.00 ms"},
        {1234567, "1.23 ms"},
        {-1234567, "-1.23 ms"},
        {9996000, "10.0 ms"},
        {12e9, "12.0 s"},
        {99.94e9, "99.9 s"},
        {99.96e9, "1m40s"},
        {125e9, "2m05s"},
        {5999.6e9, "1h40m"},
        {11220e9, "3h07m"},
        {1e300, "-"},
        {(double)NAN, "-"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_STR(fmt_duration(rows[i].ns, FMT_ASCII).str, rows[i].want);
    }
    UNIT_EQ_STR(fmt_duration(45600, FMT_UTF8).str, "45.6 \xc2\xb5s");
}

UNIT_TEST(fmt_intervals_are_exact)
{
    static const struct {
        int64_t ns;
        const char *want;
    } rows[] = {
        {0, "0s"},
        {INT64_C(90000000000), "1m30s"},
        {INT64_C(30000000000), "30s"},
        {500000000, "500ms"},
        {1500000000, "1.5s"},
        {INT64_C(3600000000000), "1h"},
        {INT64_C(86461000000000), "1d1m1s"},
        {100000, "100us"},
        {10, "10ns"},
        {1500, "1.5us"},
        {INT64_C(60000000001), "1m1ns"},
        {-90, "-90ns"},
        {INT64_MAX, "106751d23h47m16.854775807s"},
        {INT64_MIN, "-106751d23h47m16.854775808s"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_STR(fmt_interval(rows[i].ns).str, rows[i].want);
    }
}

UNIT_TEST(fmt_writes_durations_as_go_does)
{
    static const struct {
        int64_t ns;
        const char *want;
    } rows[] = {
        {0, "0s"},
        {1, "1ns"},
        {1500, "1.5\xc2\xb5s"},
        {500000000, "500ms"},
        {1001000, "1.001ms"},
        {1500000000, "1.5s"},
        {INT64_C(90000000000), "1m30s"},
        {INT64_C(600000000000), "10m0s"},
        {INT64_C(3723000000001), "1h2m3.000000001s"},
        {INT64_C(-2000000000), "-2s"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_STR(fmt_duration_go(rows[i].ns).str, rows[i].want);
}

UNIT_TEST(fmt_intervals_are_read_back)
{
    struct rng rng;
    rng_init(&rng, 11);
    UNIT_ROW("seed 11");
    for (int i = 0; i < 20000; i++) {
        int64_t ns = (int64_t)(rng_next(&rng) >> (1 + rng_below(&rng, 63)));
        int64_t back = -1;
        struct diag diag = DIAG_INIT;
        enum br_err err = units_parse_duration(bytes_from_str(fmt_interval(ns).str), &back, &diag);
        UNIT_EQ_STR(diag.text, "");
        UNIT_EQ_INT(err, BR_ERR_NONE);
        UNIT_EQ_INT(back, ns);
    }
}

UNIT_TEST(fmt_writes_counts)
{
    static const struct {
        uint64_t count;
        const char *want;
        const char *want_short;
    } rows[] = {
        {0, "0", "0"},
        {999, "999", "999"},
        {1000, "1,000", "1,000"},
        {9999, "9,999", "9,999"},
        {12345, "12,345", "12.3k"},
        {999499, "999,499", "999k"},
        {999500, "999,500", "1.00M"},
        {1234567, "1,234,567", "1.23M"},
        {4000000000, "4,000,000,000", "4.00G"},
        {UINT64_MAX, "18,446,744,073,709,551,615", "18.4E"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_STR(fmt_count(rows[i].count).str, rows[i].want);
        UNIT_EQ_STR(fmt_count_short(rows[i].count).str, rows[i].want_short);
    }
}

UNIT_TEST(fmt_writes_rates_and_numbers)
{
    UNIT_EQ_STR(fmt_rate(5000).str, "5,000/s");
    UNIT_EQ_STR(fmt_rate(7.0 / 3).str, "2.33/s");
    UNIT_EQ_STR(fmt_rate(0.012).str, "0.0120/s");
    UNIT_EQ_STR(fmt_rate(0).str, "0/s");
    UNIT_EQ_STR(fmt_rate((double)NAN).str, "-");
    UNIT_EQ_STR(fmt_number(-1234.4).str, "-1,234");
    UNIT_EQ_STR(fmt_number(-0.0).str, "0");
    UNIT_EQ_STR(fmt_number(0.00123).str, "0.00123");
    UNIT_EQ_STR(fmt_number(0.0000123).str, "1.23e-05");
    UNIT_EQ_STR(fmt_number(1e15).str, "1e+15");
}

UNIT_TEST(fmt_exact_rates_are_read_back)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"5000/s", "5,000/s"},  {"7/3s", "7/3s"},           {"2.5/s", "2.5/s"},
        {"600/m", "10/s"},      {"100/m", "5/3s"},          {"0", "0/s"},
        {"1/h", "1/h"},         {"1/7ns", "1000000000/7s"}, {"1.5M/s", "1,500,000/s"},
        {"0.001/s", "0.001/s"}, {"7/90s", "7/1m30s"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        uint64_t count;
        int64_t per_ns;
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(units_parse_rate(bytes_from_str(rows[i].text), &count, &per_ns, NULL), 0);
        UNIT_EQ_STR(fmt_rate_exact(count, per_ns).str, rows[i].want);
    }
    UNIT_ROW("the largest");
    UNIT_EQ_STR(fmt_rate_exact(UINT64_MAX, INT64_MAX).str,
                "18446744073709551615/106751d23h47m16.854775807s");
}

UNIT_TEST(fmt_writes_sizes)
{
    UNIT_EQ_STR(fmt_bytes(0).str, "0 B");
    UNIT_EQ_STR(fmt_bytes(1023).str, "1023 B");
    UNIT_EQ_STR(fmt_bytes(1024).str, "1.0 KiB");
    UNIT_EQ_STR(fmt_bytes(1258291).str, "1.2 MiB");
    UNIT_EQ_STR(fmt_bytes(1048575).str, "1.0 MiB");
    UNIT_EQ_STR(fmt_bytes(340e9).str, "317 GiB");
    UNIT_EQ_STR(fmt_bytes(-1).str, "-");
    UNIT_EQ_STR(fmt_bytes_exact(65536).str, "64KiB");
    UNIT_EQ_STR(fmt_bytes_exact(10000000).str, "10MB");
    UNIT_EQ_STR(fmt_bytes_exact(513).str, "513");
}

UNIT_TEST(fmt_shares_do_not_round_a_failure_away)
{
    static const struct {
        double share;
        const char *want;
    } rows[] = {
        {0, "0 %"},         {1, "100 %"},           {0.0012, "0.120 %"}, {0.123, "12.3 %"},
        {1e-9, "<0.001 %"}, {0.999999, ">99.99 %"}, {0.9995, "99.95 %"}, {0.01, "1 %"},
        {2.5, "250 %"},     {(double)NAN, "-"},     {0.989, "98.9 %"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_STR(fmt_share(rows[i].share).str, rows[i].want);
    }
}

UNIT_TEST(fmt_width_counts_columns)
{
    UNIT_EQ_INT(fmt_width(BYTES("45.6 \xc2\xb5s")), 7);
    UNIT_EQ_INT(fmt_width(BYTES("")), 0);
}

UNIT_MAIN(UNIT_RUN(fmt_writes_durations_with_three_digits), UNIT_RUN(fmt_intervals_are_exact),
          UNIT_RUN(fmt_writes_durations_as_go_does), UNIT_RUN(fmt_intervals_are_read_back),
          UNIT_RUN(fmt_writes_counts), UNIT_RUN(fmt_writes_rates_and_numbers),
          UNIT_RUN(fmt_exact_rates_are_read_back), UNIT_RUN(fmt_writes_sizes),
          UNIT_RUN(fmt_shares_do_not_round_a_failure_away), UNIT_RUN(fmt_width_counts_columns))
