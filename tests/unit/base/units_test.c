/* SPDX-License-Identifier: Apache-2.0
 *
 * Values with units: what is read, and how what is wrong is told. A row without a message is a
 * good one.
 */
#include "base/units.h"
#include "unit.h"

struct units_row {
    const char *text;
    const char *message; /* part of the sentence; NULL: good */
    int64_t value;
    int64_t per_ns;
};

typedef enum br_err units_row_fn(struct bytes text, int64_t *out_value, struct diag *diag);

/* Fails the test unless the row is read, or refused with its message and no output touched. */
static void units_check_rows(const struct units_row *rows, size_t count, units_row_fn *parse)
{
    for (size_t i = 0; i < count; i++) {
        const struct units_row *row = &rows[i];
        struct diag diag = DIAG_INIT;
        int64_t value = -77;
        UNIT_ROW(row->text);
        enum br_err err = parse(bytes_from_str(row->text), &value, &diag);
        if (row->message == NULL) {
            UNIT_EQ_STR(diag.text, "");
            UNIT_EQ_INT(err, BR_ERR_NONE);
            UNIT_EQ_INT(value, row->value);
        } else {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(value, -77);
            if (strstr(diag.text, row->message) == NULL)
                UNIT_EQ_STR(diag.text, row->message);
            UNIT_OK(strstr(diag.text, "; accepted: ") != NULL);
        }
    }
}

static const struct units_row units_durations[] = {
    {"30s", NULL, INT64_C(30000000000), 0},
    {"1m30s", NULL, INT64_C(90000000000), 0},
    {"500ms", NULL, 500000000, 0},
    {"2h", NULL, INT64_C(7200000000000), 0},
    {"1.5s", NULL, 1500000000, 0},
    {".5s", NULL, 500000000, 0},
    {"100us", NULL, 100000, 0},
    {"100\xc2\xb5s", NULL, 100000, 0},
    {"100\xce\xbcs", NULL, 100000, 0},
    {"10ns", NULL, 10, 0},
    {"0", NULL, 0, 0},
    {"0s", NULL, 0, 0},
    {"1d", NULL, INT64_C(86400000000000), 0},
    {"0.1s", NULL, 100000000, 0},
    {"0.001us", NULL, 1, 0},
    {"000000000000000000000001s", NULL, 1000000000, 0},
    {"9223372036854775807ns", "more than 18 digits", 0, 0},
    {"9223372036s", NULL, INT64_C(9223372036000000000), 0},
    {"9223372037s", "too large at character 1", 0, 0},
    {"106751d23h47m16s", NULL, INT64_C(9223372036000000000), 0},
    {"106751d23h47m17s", "too large at character 14", 0, 0},
    {"999999999999999999d", "too large", 0, 0},
    {"", "a number is missing at character 1", 0, 0},
    {"30", "a unit is missing at character 3", 0, 0},
    {"30x", "\"30x\" is not a duration: unknown unit at character 3; accepted: 30s", 0, 0},
    {"30 s", "a unit is missing at character 3", 0, 0},
    {"s", "a number is missing at character 1", 0, 0},
    {"1m30", "a unit is missing at character 5", 0, 0},
    {"-5s", "it cannot be negative, at character 1", 0, 0},
    {"1.2.3s", "a unit is missing at character 4", 0, 0},
    {"0.1ns", "not a whole number of the smallest unit", 0, 0},
    {"1S", "unknown unit at character 2", 0, 0},
    {"30s;", "a number is missing at character 4", 0, 0},
    {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "\"123456789012345678901234567890123456789012345678901234567890...\"", 0, 0},
};

UNIT_TEST(units_read_durations)
{
    units_check_rows(units_durations, BR_COUNT(units_durations), units_parse_duration);
}

static const struct units_row units_rates[] = {
    {"5000/s", NULL, 1, 200000},
    {"333/s", NULL, 333, 1000000000},
    {"7/3s", NULL, 7, INT64_C(3000000000)},
    {"2.5/s", NULL, 1, 400000000},
    {"10k/s", NULL, 1, 100000},
    {"1.5M/s", NULL, 3, 2000},
    {"600/m", NULL, 1, 100000000},
    {"1/1m30s", NULL, 1, INT64_C(90000000000)},
    {"1/h", NULL, 1, INT64_C(3600000000000)},
    {"3/100ms", NULL, 3, 100000000},
    {"5000", NULL, 1, 200000},
    {"0/s", NULL, 0, 1000000000},
    {"0", NULL, 0, 1000000000},
    {"0/7s", NULL, 0, 1000000000},
    {"999999999999999999G/ns", "too large or too fine", 0, 0},
    {"0.000000000000000001/d", "too large or too fine", 0, 0},
    {"5/0s", "a time of zero at character 3", 0, 0},
    {"/s", "a number is missing at character 1", 0, 0},
    {"5/", "a number is missing at character 3", 0, 0},
    {"5/x", "unknown unit at character 3", 0, 0},
    {"5rps", "\"5rps\" is not a rate: unknown unit at character 2; accepted: 5000/s", 0, 0},
    {"5/s/s", "a number is missing at character 4", 0, 0},
    {"5 /s", "something is left over at character 2", 0, 0},
    {"-1/s", "it cannot be negative, at character 1", 0, 0},
    {"inf", "a number is missing", 0, 0},
};

UNIT_TEST(units_read_rates_exactly)
{
    for (size_t i = 0; i < BR_COUNT(units_rates); i++) {
        const struct units_row *row = &units_rates[i];
        struct diag diag = DIAG_INIT;
        uint64_t count = 77;
        int64_t per_ns = -77;
        UNIT_ROW(row->text);
        enum br_err err = units_parse_rate(bytes_from_str(row->text), &count, &per_ns, &diag);
        if (row->message == NULL) {
            UNIT_EQ_STR(diag.text, "");
            UNIT_EQ_INT(err, BR_ERR_NONE);
            UNIT_EQ_INT(count, row->value);
            UNIT_EQ_INT(per_ns, row->per_ns);
        } else {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(count, 77);
            UNIT_EQ_INT(per_ns, -77);
            if (strstr(diag.text, row->message) == NULL)
                UNIT_EQ_STR(diag.text, row->message);
        }
    }
}

static const struct units_row units_sizes[] = {
    {"512", NULL, 512, 0},
    {"512B", NULL, 512, 0},
    {"64KiB", NULL, 65536, 0},
    {"10MB", NULL, 10000000, 0},
    {"1.5kB", NULL, 1500, 0},
    {"1.5KiB", NULL, 1536, 0},
    {"2GiB", NULL, INT64_C(2147483648), 0},
    {"0", NULL, 0, 0},
    {"64K", "unknown unit at character 3", 0, 0},
    {"64KiBs", "unknown unit at character 3", 0, 0},
    {"0.1B", "not a whole number of the smallest unit", 0, 0},
    {"99999999TiB", "too large", 0, 0},
    {"1KiB2", "something is left over at character 5", 0, 0},
    {"", "a number is missing", 0, 0},
};

static enum br_err units_parse_size_row(struct bytes text, int64_t *out_value, struct diag *diag)
{
    uint64_t value;
    enum br_err err = units_parse_size(text, &value, diag);
    if (err == BR_ERR_NONE)
        *out_value = (int64_t)value;
    return err;
}

UNIT_TEST(units_read_sizes)
{
    units_check_rows(units_sizes, BR_COUNT(units_sizes), units_parse_size_row);
}

static const struct units_row units_counts[] = {
    {"10000", NULL, 10000, 0},
    {"10k", NULL, 10000, 0},
    {"10K", NULL, 10000, 0},
    {"1.5M", NULL, 1500000, 0},
    {"2G", NULL, 2000000000, 0},
    {"0.5k", NULL, 500, 0},
    {"0", NULL, 0, 0},
    {"1.5", "not a whole number of the smallest unit", 0, 0},
    {"18446744073709551615", "more than 18 digits", 0, 0},
    {"99999999999G", "too large", 0, 0},
    {"5m", "unknown unit at character 2", 0, 0},
    {"ten", "a number is missing at character 1", 0, 0},
    {"1,000", "something is left over at character 2", 0, 0},
    {"-1", "it cannot be negative, at character 1", 0, 0},
};

static enum br_err units_parse_count_row(struct bytes text, int64_t *out_value, struct diag *diag)
{
    uint64_t value;
    enum br_err err = units_parse_count(text, &value, diag);
    if (err == BR_ERR_NONE)
        *out_value = (int64_t)value;
    return err;
}

UNIT_TEST(units_read_counts)
{
    units_check_rows(units_counts, BR_COUNT(units_counts), units_parse_count_row);
}

static const struct units_row units_integers[] = {
    {"0", NULL, 0, 0},
    {"00042", NULL, 42, 0},
    {"18446744073709551615", NULL, -1, 0},
    {"18446744073709551616", "too large at character 20", 0, 0},
    {"-1", "no digit at character 1", 0, 0},
    {"1k", "no digit at character 2", 0, 0},
    {"", "a digit is missing", 0, 0},
};

static enum br_err units_parse_integer_row(struct bytes text, int64_t *out_value, struct diag *diag)
{
    uint64_t value;
    enum br_err err = units_parse_integer(text, &value, diag);
    if (err == BR_ERR_NONE)
        *out_value = (int64_t)value;
    return err;
}

UNIT_TEST(units_read_integers)
{
    units_check_rows(units_integers, BR_COUNT(units_integers), units_parse_integer_row);
}

/* In parts per billion, so that the rows stay whole numbers. */
static const struct units_row units_shares[] = {
    {"1%", NULL, 10000000, 0},
    {"0.1%", NULL, 1000000, 0},
    {"100%", NULL, 1000000000, 0},
    {"1/1000", NULL, 1000000, 0},
    {"0", NULL, 0, 0},
    {"0%", NULL, 0, 0},
    {"0.5", "a % is missing at character 4", 0, 0},
    {"101%", "more than the whole at character 1", 0, 0},
    {"3/2", "more than the whole", 0, 0},
    {"1/0", "a division by zero at character 4", 0, 0},
    {"1/", "a number is missing at character 3", 0, 0},
    {"1%%", "something is left over at character 3", 0, 0},
    {"%", "a number is missing at character 1", 0, 0},
};

static enum br_err units_parse_share_row(struct bytes text, int64_t *out_value, struct diag *diag)
{
    double share;
    enum br_err err = units_parse_share(text, &share, diag);
    if (err == BR_ERR_NONE)
        *out_value = (int64_t)llround(share * 1e9);
    return err;
}

UNIT_TEST(units_read_shares)
{
    units_check_rows(units_shares, BR_COUNT(units_shares), units_parse_share_row);
}

/* In thousandths. */
static const struct units_row units_numbers[] = {
    {"2", NULL, 2000, 0},
    {"-1", NULL, -1000, 0},
    {"+1", NULL, 1000, 0},
    {"0.5", NULL, 500, 0},
    {"1.5e3", NULL, 1500000, 0},
    {"10k", NULL, 10000000, 0},
    {"1e999", "too large", 0, 0},
    {"0x10", "unknown unit at character 2", 0, 0},
    {"nan", "a number is missing", 0, 0},
    {"inf", "a number is missing", 0, 0},
    {"1-2", "something is left over at character 2", 0, 0},
    {"e5", "a number is missing", 0, 0},
    {"", "a number is missing", 0, 0},
};

static enum br_err units_parse_number_row(struct bytes text, int64_t *out_value, struct diag *diag)
{
    double number;
    enum br_err err = units_parse_number(text, &number, diag);
    if (err == BR_ERR_NONE)
        *out_value = (int64_t)llround(number * 1000);
    return err;
}

UNIT_TEST(units_read_numbers)
{
    units_check_rows(units_numbers, BR_COUNT(units_numbers), units_parse_number_row);
}

UNIT_MAIN(UNIT_RUN(units_read_durations), UNIT_RUN(units_read_rates_exactly),
          UNIT_RUN(units_read_sizes), UNIT_RUN(units_read_counts), UNIT_RUN(units_read_integers),
          UNIT_RUN(units_read_shares), UNIT_RUN(units_read_numbers))
