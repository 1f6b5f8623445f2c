/* SPDX-License-Identifier: Apache-2.0
 *
 * Seeded generators and the writers of their values. A generator is a plain value that is prepared
 * once and then asked with a random place (base/rng.h): it keeps no state between two questions,
 * so record number k costs the same whoever asks for it and in whatever order (design.md 7.8).
 *
 * The same seed shall give the same bytes on any machine: whole numbers and decimals are drawn and
 * written as scaled integers, normal values use only operations that IEEE 754 defines to the last
 * bit (but for one logarithm in a hundred, in a comparison).
 *
 * Writers write at `at`, without a NUL, and return the end; the caller has made room.
 */
#ifndef BR_DATA_GEN_H
#define BR_DATA_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/attr.h"
#include "base/rng.h"

enum {
    GEN_INT_MAX = 20,     /* characters of a 64-bit number, sign included */
    GEN_FIXED_MAX = 24,   /* the same with a decimal point and a leading 0 */
    GEN_DECIMALS_MAX = 9, /* digits behind the point */
    GEN_UUID_SIZE = 36,
    GEN_ISO_SIZE = 24,  /* 2026-02-03T04:05:06.789Z */
    GEN_WORD_SLOT = 16, /* room that writing one word needs, whatever its length */
};

/* A decimal as a person wrote it: digits / 10^scale. */
struct gen_decimal {
    int64_t digits;
    unsigned scale;
};

/* Digits with an optional sign and decimal point, at most 18 digits in all; BR_ERR_PARSE. */
BR_NODISCARD enum br_err gen_decimal_parse(struct bytes text, struct gen_decimal *out_decimal);
double gen_decimal_value(struct gen_decimal decimal);
/* In units of 10^-scale; BR_ERR_LIMIT when that loses digits or does not fit. */
BR_NODISCARD enum br_err gen_decimal_scaled(struct gen_decimal decimal, unsigned scale,
                                            int64_t *out_scaled);

/* Uniform whole numbers first … first + span, both included. */
struct gen_int {
    int64_t first;
    uint64_t span;
};

static inline int64_t gen_int_draw(const struct gen_int *gen, struct rng *rng)
{
    /* span + 1 may be 2^64, whose draw is all the bits. */
    uint64_t offset = gen->span == UINT64_MAX ? rng_next(rng) : rng_below(rng, gen->span + 1);
    return (int64_t)((uint64_t)gen->first + offset);
}

/* Ranks 1 … count, rank r with a probability proportional to r^-exponent. */
struct gen_zipf {
    double count;
    double exponent;
    double h_first; /* the integral at 1.5, less 1 */
    double h_last;  /* the integral at count + 0.5 */
    double shortcut;
};

/* count 1 … 2^50, 0 < exponent <= 20. */
void gen_zipf_init(struct gen_zipf *gen, uint64_t count, double exponent);
uint64_t gen_zipf_draw(const struct gen_zipf *gen, struct rng *rng);

/* A standard normal value (mean 0, deviation 1). */
double gen_normal_draw(struct rng *rng);

char *gen_put_u64(char *at, uint64_t value);
char *gen_put_i64(char *at, int64_t value);
/* scaled / 10^decimals. With `trim` without trailing zeros, but with one digit behind the point at
 * least, so that a reader that guesses types from the first row never takes it for an integer. */
char *gen_put_fixed(char *at, int64_t scaled, unsigned decimals, bool trim);
/* A version 4 UUID (RFC 9562) of 122 of these 128 bits. */
char *gen_put_uuid(char *at, uint64_t high, uint64_t low);
/* UTC with milliseconds (RFC 3339); years up to 2554. */
char *gen_put_iso(char *at, uint64_t wall_ns);
/* One word; needs GEN_WORD_SLOT bytes of room. */
char *gen_put_word(char *at, struct rng *rng);
/* Words with blanks between them, at most `size` characters where one word fits at all; needs
 * size + 2 * GEN_WORD_SLOT bytes of room. */
char *gen_put_text(char *at, struct rng *rng, size_t size);

#endif
