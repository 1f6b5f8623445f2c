/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing and writing values: no allocation, no locale, no printf.
 */
#include "data/gen.h"

#include <math.h>
#include <string.h>

#include "base/must.h"
#include "data/words.h"

enum { GEN_DIGITS_MAX = 18 }; /* so many always fit an int64_t */

static const int64_t gen_pow10[GEN_DIGITS_MAX + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static const char gen_pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

enum br_err gen_decimal_parse(struct bytes text, struct gen_decimal *out_decimal)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t i = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    int64_t digits = 0;
    unsigned count = 0;
    unsigned scale = 0;
    bool point = false;
    for (; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || count == GEN_DIGITS_MAX)
            return BR_ERR_PARSE;
        digits = digits * 10 + (c - '0');
        count++;
        scale += point ? 1 : 0;
    }
    if (count == 0)
        return BR_ERR_PARSE;
    *out_decimal = (struct gen_decimal){negative ? -digits : digits, scale};
    return BR_ERR_NONE;
}

double gen_decimal_value(struct gen_decimal decimal)
{
    return (double)decimal.digits / (double)gen_pow10[decimal.scale];
}

enum br_err gen_decimal_scaled(struct gen_decimal decimal, unsigned scale, int64_t *out_scaled)
{
    while (decimal.scale > 0 && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.scale--;
    }
    if (decimal.scale > scale || scale - decimal.scale > GEN_DIGITS_MAX)
        return BR_ERR_LIMIT;
    int64_t scaled = 0;
    if (__builtin_mul_overflow(decimal.digits, gen_pow10[scale - decimal.scale], &scaled))
        return BR_ERR_LIMIT;
    *out_scaled = scaled;
    return BR_ERR_NONE;
}

/*
 * Zipf by rejection-inversion (Hörmann, Derflinger: "Rejection-inversion to generate variates from
 * monotone discrete distributions", 1996): no table, so that a million ranks cost what ten cost.
 */

static double gen_zipf_integral(const struct gen_zipf *gen, double x)
{
    double log_x = log(x);
    double power = (1.0 - gen->exponent) * log_x;
    /* (x^(1-s) - 1) / (1-s), which is log x where s is 1. */
    return fabs(power) > 1e-8 ? expm1(power) / power * log_x : (1.0 + power / 2.0) * log_x;
}

static double gen_zipf_integral_inverse(const struct gen_zipf *gen, double y)
{
    double power = y * (1.0 - gen->exponent);
    if (power < -1.0)
        power = -1.0;
    return exp(fabs(power) > 1e-8 ? log1p(power) / power * y : (1.0 - power / 2.0) * y);
}

static double gen_zipf_density(const struct gen_zipf *gen, double x)
{
    return exp(-gen->exponent * log(x));
}

void gen_zipf_init(struct gen_zipf *gen, uint64_t count, double exponent)
{
    MUST(count >= 1 && count <= UINT64_C(1) << 50);
    MUST(exponent > 0.0 && exponent <= 20.0);
    gen->count = (double)count;
    gen->exponent = exponent;
    gen->h_first = gen_zipf_integral(gen, 1.5) - 1.0;
    gen->h_last = gen_zipf_integral(gen, gen->count + 0.5);
    double at_two = gen_zipf_integral(gen, 2.5) - gen_zipf_density(gen, 2.0);
    gen->shortcut = 2.0 - gen_zipf_integral_inverse(gen, at_two);
}

uint64_t gen_zipf_draw(const struct gen_zipf *gen, struct rng *rng)
{
    for (;;) {
        double u = gen->h_last + rng_double(rng) * (gen->h_first - gen->h_last);
        double x = gen_zipf_integral_inverse(gen, u);
        double rank = floor(x + 0.5);
        rank = rank < 1.0 ? 1.0 : rank > gen->count ? gen->count : rank;
        if (rank - x <= gen->shortcut ||
            u >= gen_zipf_integral(gen, rank + 0.5) - gen_zipf_density(gen, rank))
            return (uint64_t)rank;
    }
}

/* The ratio of uniforms with quadratic bounds (Leva: "A fast normal random number generator",
 * 1992): the logarithm is needed for one draw in a hundred. */
double gen_normal_draw(struct rng *rng)
{
    for (;;) {
        double u = 1.0 - rng_double(rng);
        double v = 1.7156 * (rng_double(rng) - 0.5);
        double x = u - 0.449871;
        double y = fabs(v) + 0.386595;
        double q = x * x + y * (0.19600 * y - 0.25472 * x);
        if (q < 0.27597 || (q <= 0.27846 && v * v <= -4.0 * log(u) * u * u))
            return v / u;
    }
}

char *gen_put_u64(char *at, uint64_t value)
{
    char digits[GEN_INT_MAX];
    char *first = digits + GEN_INT_MAX;
    while (value >= 100) {
        first -= 2;
        memcpy(first, gen_pairs + (value % 100) * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        memcpy(first, gen_pairs + value * 2, 2);
    } else {
        *--first = (char)('0' + value);
    }
    size_t len = (size_t)(digits + GEN_INT_MAX - first);
    memcpy(at, first, len);
    return at + len;
}

char *gen_put_i64(char *at, int64_t value)
{
    if (value >= 0)
        return gen_put_u64(at, (uint64_t)value);
    *at++ = '-';
    return gen_put_u64(at, 0 - (uint64_t)value);
}

/* Exactly `count` digits. */
static char *gen_put_digits(char *at, uint32_t value, unsigned count)
{
    for (unsigned i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

char *gen_put_fixed(char *at, int64_t scaled, unsigned decimals, bool trim)
{
    MUST(decimals <= GEN_DECIMALS_MAX);
    if (scaled < 0)
        *at++ = '-';
    uint64_t size = scaled < 0 ? 0 - (uint64_t)scaled : (uint64_t)scaled;
    uint64_t unit = (uint64_t)gen_pow10[decimals];
    at = gen_put_u64(at, size / unit);
    if (decimals == 0)
        return at;
    *at++ = '.';
    at = gen_put_digits(at, (uint32_t)(size % unit), decimals);
    if (trim) {
        while (at[-1] == '0' && at[-2] != '.')
            at--;
    }
    return at;
}

static char *gen_put_hex(char *at, uint64_t value, unsigned count)
{
    static const char hex[] = "0123456789abcdef";
    for (unsigned i = 0; i < count; i++)
        *at++ = hex[(value >> (4 * (count - 1 - i))) & 15];
    return at;
}

char *gen_put_uuid(char *at, uint64_t high, uint64_t low)
{
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    at = gen_put_hex(at, high >> 32, 8);
    *at++ = '-';
    at = gen_put_hex(at, high >> 16, 4);
    *at++ = '-';
    at = gen_put_hex(at, high, 4);
    *at++ = '-';
    at = gen_put_hex(at, low >> 48, 4);
    *at++ = '-';
    return gen_put_hex(at, low, 12);
}

char *gen_put_iso(char *at, uint64_t wall_ns)
{
    uint64_t ms = wall_ns / 1000000;
    uint32_t days = (uint32_t)(ms / 86400000);
    uint32_t rest = (uint32_t)(ms % 86400000);

    /* The civil date, counted in eras of 400 years that begin in March, where the leap day is the
     * last of its year; 719468 days lie between 0000-03-01 and 1970-01-01. */
    uint32_t shifted = days + 719468;
    uint32_t era = shifted / 146097;
    uint32_t day_of_era = shifted % 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    uint32_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);

    at = gen_put_digits(at, year, 4);
    *at++ = '-';
    at = gen_put_digits(at, month, 2);
    *at++ = '-';
    at = gen_put_digits(at, day, 2);
    *at++ = 'T';
    at = gen_put_digits(at, rest / 3600000, 2);
    *at++ = ':';
    at = gen_put_digits(at, rest / 60000 % 60, 2);
    *at++ = ':';
    at = gen_put_digits(at, rest / 1000 % 60, 2);
    *at++ = '.';
    at = gen_put_digits(at, rest % 1000, 3);
    *at++ = 'Z';
    return at;
}

char *gen_put_word(char *at, struct rng *rng)
{
    const struct words_slot *slot = &words_slots[rng_next(rng) >> 56];
    memcpy(at, slot, sizeof(*slot));
    return at + slot->len - 1;
}

char *gen_put_text(char *at, struct rng *rng, size_t size)
{
    const char *start = at;
    uint64_t bits = rng_next(rng);
    for (unsigned used = 0;; used++) {
        if (used == 8) {
            bits = rng_next(rng);
            used = 0;
        }
        const struct words_slot *slot = &words_slots[bits & 255];
        bits >>= 8;
        /* The blank behind the last word is taken back, so it does not count. */
        if ((size_t)(at - start) + slot->len - 1 > size && at != start)
            return at - 1;
        memcpy(at, slot, sizeof(*slot));
        at += slot->len;
    }
}
