/* SPDX-License-Identifier: Apache-2.0
 *
 * A value is a decimal number (digits and a power of ten, kept apart, so that 0.1 is one tenth) and
 * a unit out of a small table. Products are taken in 128 bits and must come out whole.
 */
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

enum {
    UNITS_DIGITS_MAX = 18, /* 10^18 fits 64 bits, and 10^18 * the largest unit 128 */
    UNITS_SHOWN_MAX = 60,  /* of a wrong text in a message */
    UNITS_NUMBER_MAX = 64,
};

/* What is being read: for messages, and where we are in it. */
struct units_text {
    struct bytes whole;
    size_t at;
    const char *noun;
    const char *forms;
    struct diag *diag;
};

/* digits / 10^scale */
struct units_decimal {
    uint64_t digits;
    unsigned scale;
};

struct units_unit {
    const char *name;
    uint64_t factor;
};

static const struct units_unit units_times[] = {
    {"ns", UINT64_C(1)},
    {"us", UINT64_C(1000)},
    {"\xc2\xb5s", UINT64_C(1000)}, /* the micro sign */
    {"\xce\xbcs", UINT64_C(1000)}, /* the greek letter */
    {"ms", UINT64_C(1000000)},
    {"s", UINT64_C(1000000000)},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
    {"d", UINT64_C(86400000000000)},
};

static const struct units_unit units_sizes[] = {
    {"", 1},
    {"B", 1},
    {"kB", UINT64_C(1000)},
    {"KB", UINT64_C(1000)},
    {"MB", UINT64_C(1000000)},
    {"GB", UINT64_C(1000000000)},
    {"TB", UINT64_C(1000000000000)},
    {"KiB", UINT64_C(1) << 10},
    {"MiB", UINT64_C(1) << 20},
    {"GiB", UINT64_C(1) << 30},
    {"TiB", UINT64_C(1) << 40},
};

static const struct units_unit units_counts[] = {
    {"", 1},
    {"k", UINT64_C(1000)},
    {"K", UINT64_C(1000)},
    {"M", UINT64_C(1000000)},
    {"G", UINT64_C(1000000000)},
};

static enum br_err units_fail(const struct units_text *text, const char *what)
{
    struct bytes shown = text->whole;
    const char *more = "";
    if (shown.len > UNITS_SHOWN_MAX) {
        shown.len = UNITS_SHOWN_MAX;
        more = "...";
    }
    return diag_set(text->diag, BR_ERR_PARSE,
                    "\"%.*s%s\" is not a %s: %s at character %zu; accepted: %s", BYTES_ARG(shown),
                    more, text->noun, what, text->at + 1, text->forms);
}

static bool units_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What may stand in the name of a unit: letters, and the bytes of a micro sign. */
static bool units_is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ((unsigned char)c & 0x80) != 0;
}

static bool units_has_more(const struct units_text *text)
{
    return text->at < text->whole.len;
}

static char units_peek(const struct units_text *text)
{
    return units_has_more(text) ? text->whole.ptr[text->at] : '\0';
}

/* `12`, `1.5`, `.5`; leading zeros do not count as digits. */
static enum br_err units_take_decimal(struct units_text *text, struct units_decimal *out_decimal)
{
    struct units_decimal decimal = {0, 0};
    unsigned significant = 0;
    bool any = false;
    bool point = false;

    if (units_peek(text) == '-')
        return units_fail(text, "it cannot be negative,");
    for (; units_has_more(text); text->at++) {
        char c = units_peek(text);
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (!units_is_digit(c))
            break;
        any = true;
        if (decimal.digits > 0 || c != '0')
            significant++;
        if (point)
            decimal.scale++;
        if (significant > UNITS_DIGITS_MAX || decimal.scale > UNITS_DIGITS_MAX)
            return units_fail(text, "more than 18 digits");
        decimal.digits = decimal.digits * 10 + (uint64_t)(c - '0');
    }
    if (!any)
        return units_fail(text, "a number is missing");
    *out_decimal = decimal;
    return BR_ERR_NONE;
}

/* The longest run of letters, which must be one of the units. An empty one only where the table
 * has it. */
static enum br_err units_take_unit(struct units_text *text, const struct units_unit *units,
                                   size_t count, uint64_t *out_factor)
{
    size_t start = text->at;
    while (units_has_more(text) && units_is_name(units_peek(text)))
        text->at++;
    struct bytes name = bytes_make(text->whole.ptr + start, text->at - start);
    for (size_t i = 0; i < count; i++) {
        if (bytes_eq(name, bytes_from_str(units[i].name))) {
            *out_factor = units[i].factor;
            return BR_ERR_NONE;
        }
    }
    text->at = start;
    return units_fail(text, name.len == 0 ? "a unit is missing" : "unknown unit");
}

static br_u128 units_power_of_ten(unsigned exponent)
{
    br_u128 power = 1;
    for (unsigned i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

/* decimal * factor, which must be whole and not above max. `start` is where it stands. */
static enum br_err units_scale(struct units_text *text, size_t start, struct units_decimal decimal,
                               uint64_t factor, uint64_t max, uint64_t *out_value)
{
    br_u128 power = units_power_of_ten(decimal.scale);
    br_u128 product = (br_u128)decimal.digits * factor;
    text->at = start;
    if (product % power != 0)
        return units_fail(text, "not a whole number of the smallest unit");
    if (product / power > max)
        return units_fail(text, "too large");
    *out_value = (uint64_t)(product / power);
    return BR_ERR_NONE;
}

static enum br_err units_check_end(const struct units_text *text)
{
    return units_has_more(text) ? units_fail(text, "something is left over") : BR_ERR_NONE;
}

/* One or more numbers with units, up to the end. With implied_one the first number may be missing:
 * the `/s` of a rate. */
static enum br_err units_take_duration(struct units_text *text, bool implied_one, int64_t *out_ns)
{
    uint64_t sum = 0;
    do {
        size_t start = text->at;
        struct units_decimal decimal = {1, 0};
        uint64_t factor;
        uint64_t part;
        enum br_err err = BR_ERR_NONE;
        if (!implied_one || !units_is_name(units_peek(text)))
            err = units_take_decimal(text, &decimal);
        implied_one = false;
        if (err == BR_ERR_NONE)
            err = units_take_unit(text, units_times, BR_COUNT(units_times), &factor);
        size_t end = text->at;
        if (err == BR_ERR_NONE)
            err = units_scale(text, start, decimal, factor, INT64_MAX - sum, &part);
        if (err != BR_ERR_NONE)
            return err;
        text->at = end;
        sum += part;
    } while (units_has_more(text));
    *out_ns = (int64_t)sum;
    return BR_ERR_NONE;
}

enum br_err units_parse_duration(struct bytes text, int64_t *out_ns, struct diag *diag)
{
    struct units_text in = {text, 0, "duration", UNITS_DURATION_FORMS, diag};
    if (bytes_eq(text, BYTES("0"))) {
        *out_ns = 0;
        return BR_ERR_NONE;
    }
    return units_take_duration(&in, false, out_ns);
}

static br_u128 units_gcd(br_u128 a, br_u128 b)
{
    while (b != 0) {
        br_u128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Brings (count / 10^scale) in per_ns to lowest terms. */
static enum br_err units_reduce(struct units_text *text, struct units_decimal count,
                                uint64_t factor, int64_t per_ns, uint64_t *out_count,
                                int64_t *out_per_ns)
{
    text->at = 0;
    if (count.digits == 0) {
        *out_count = 0;
        *out_per_ns = UNITS_NS_PER_SEC;
        return BR_ERR_NONE;
    }
    br_u128 above = (br_u128)count.digits * factor;
    br_u128 below = (br_u128)(uint64_t)per_ns * units_power_of_ten(count.scale);
    br_u128 common = units_gcd(above, below);
    if (above / common > UINT64_MAX || below / common > INT64_MAX)
        return units_fail(text, "too large or too fine");
    *out_count = (uint64_t)(above / common);
    *out_per_ns = (int64_t)(below / common);
    return BR_ERR_NONE;
}

enum br_err units_parse_rate(struct bytes text, uint64_t *out_count, int64_t *out_per_ns,
                             struct diag *diag)
{
    struct units_text in = {text, 0, "rate", UNITS_RATE_FORMS, diag};
    struct units_decimal count;
    uint64_t factor;
    int64_t per_ns = UNITS_NS_PER_SEC;

    enum br_err err = units_take_decimal(&in, &count);
    if (err == BR_ERR_NONE)
        err = units_take_unit(&in, units_counts, BR_COUNT(units_counts), &factor);
    if (err != BR_ERR_NONE)
        return err;
    if (units_peek(&in) == '/') {
        in.at++;
        size_t start = in.at;
        err = units_take_duration(&in, true, &per_ns);
        if (err != BR_ERR_NONE)
            return err;
        in.at = start;
        if (per_ns == 0)
            return units_fail(&in, "a time of zero");
    } else if (units_check_end(&in) != BR_ERR_NONE) {
        return BR_ERR_PARSE;
    }
    return units_reduce(&in, count, factor, per_ns, out_count, out_per_ns);
}

static enum br_err units_parse_whole(struct units_text *in, const struct units_unit *units,
                                     size_t count, uint64_t *out_value)
{
    struct units_decimal decimal;
    uint64_t factor;
    enum br_err err = units_take_decimal(in, &decimal);
    if (err == BR_ERR_NONE)
        err = units_take_unit(in, units, count, &factor);
    if (err == BR_ERR_NONE)
        err = units_check_end(in);
    if (err == BR_ERR_NONE)
        err = units_scale(in, 0, decimal, factor, UINT64_MAX, out_value);
    return err;
}

enum br_err units_parse_size(struct bytes text, uint64_t *out_bytes, struct diag *diag)
{
    struct units_text in = {text, 0, "size", UNITS_SIZE_FORMS, diag};
    return units_parse_whole(&in, units_sizes, BR_COUNT(units_sizes), out_bytes);
}

enum br_err units_parse_count(struct bytes text, uint64_t *out_count, struct diag *diag)
{
    struct units_text in = {text, 0, "count", UNITS_COUNT_FORMS, diag};
    return units_parse_whole(&in, units_counts, BR_COUNT(units_counts), out_count);
}

enum br_err units_parse_integer(struct bytes text, uint64_t *out_integer, struct diag *diag)
{
    struct units_text in = {text, 0, "number", UNITS_INTEGER_FORMS, diag};
    br_u128 integer = 0;
    for (; units_has_more(&in); in.at++) {
        if (!units_is_digit(units_peek(&in)))
            return units_fail(&in, "no digit");
        integer = integer * 10 + (unsigned)(units_peek(&in) - '0');
        if (integer > UINT64_MAX)
            return units_fail(&in, "too large");
    }
    if (text.len == 0)
        return units_fail(&in, "a digit is missing");
    *out_integer = (uint64_t)integer;
    return BR_ERR_NONE;
}

static double units_to_double(struct units_decimal decimal)
{
    return (double)decimal.digits / (double)units_power_of_ten(decimal.scale);
}

enum br_err units_parse_share(struct bytes text, double *out_share, struct diag *diag)
{
    struct units_text in = {text, 0, "share", UNITS_SHARE_FORMS, diag};
    struct units_decimal decimal;
    struct units_decimal below = {100, 0};
    enum br_err err = units_take_decimal(&in, &decimal);
    if (err != BR_ERR_NONE)
        return err;
    if (units_peek(&in) == '/') {
        in.at++;
        err = units_take_decimal(&in, &below);
        if (err != BR_ERR_NONE)
            return err;
        if (below.digits == 0)
            return units_fail(&in, "a division by zero");
    } else if (units_peek(&in) == '%') {
        in.at++;
    } else if (decimal.digits > 0 || units_has_more(&in)) {
        return units_fail(&in, "a % is missing");
    }
    err = units_check_end(&in);
    if (err != BR_ERR_NONE)
        return err;
    double share = units_to_double(decimal) / units_to_double(below);
    in.at = 0;
    if (share > 1.0)
        return units_fail(&in, "more than the whole");
    *out_share = share;
    return BR_ERR_NONE;
}

/* Only what a number is made of reaches strtod, which knows "inf", "nan" and hexadecimal, too. */
enum br_err units_parse_number(struct bytes text, double *out_number, struct diag *diag)
{
    struct units_text in = {text, 0, "number", UNITS_NUMBER_FORMS, diag};
    char copy[UNITS_NUMBER_MAX + 1];
    size_t len = 0;
    uint64_t factor;

    while (units_has_more(&in) && len < UNITS_NUMBER_MAX &&
           (units_is_digit(units_peek(&in)) || strchr("+-.eE", units_peek(&in)) != NULL))
        copy[len++] = text.ptr[in.at++];
    copy[len] = '\0';
    char *end;
    double number = strtod(copy, &end);
    in.at = (size_t)(end - copy);
    if (end == copy)
        return units_fail(&in, "a number is missing");
    enum br_err err = units_take_unit(&in, units_counts, BR_COUNT(units_counts), &factor);
    if (err == BR_ERR_NONE)
        err = units_check_end(&in);
    if (err != BR_ERR_NONE)
        return err;
    number *= (double)factor;
    in.at = 0;
    if (!isfinite(number))
        return units_fail(&in, "too large");
    *out_number = number;
    return BR_ERR_NONE;
}
