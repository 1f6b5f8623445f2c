/* SPDX-License-Identifier: Apache-2.0
 *
 * Generators: what they write, and that what they draw has the distribution they promise (Pearson's
 * chi-square with fixed seeds; bounds so generous that only a wrong generator meets them).
 */
#include "data/gen.h"

#include <stdlib.h>

#include "unit.h"

/* Room that nothing here fills. */
static char text[4096];

static struct bytes text_to(const char *end)
{
    return bytes_make(text, (size_t)(end - text));
}

UNIT_TEST(decimals_are_read_exactly)
{
    static const struct {
        const char *text;
        enum br_err err;
        int64_t digits;
        unsigned scale;
    } rows[] = {
        {"0", BR_ERR_NONE, 0, 0},
        {"-12.50", BR_ERR_NONE, -1250, 2},
        {"+.5", BR_ERR_NONE, 5, 1},
        {"5.", BR_ERR_NONE, 5, 0},
        {"999999999999999999", BR_ERR_NONE, 999999999999999999, 0},
        {"1000000000000000000", BR_ERR_PARSE, 0, 0},
        {"", BR_ERR_PARSE, 0, 0},
        {"-", BR_ERR_PARSE, 0, 0},
        {".", BR_ERR_PARSE, 0, 0},
        {"1.2.3", BR_ERR_PARSE, 0, 0},
        {"1e5", BR_ERR_PARSE, 0, 0},
        {" 1", BR_ERR_PARSE, 0, 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct gen_decimal decimal = {7, 7};
        UNIT_EQ_INT(gen_decimal_parse(bytes_from_str(rows[i].text), &decimal), rows[i].err);
        UNIT_EQ_INT(decimal.digits, rows[i].err == BR_ERR_NONE ? rows[i].digits : 7);
        UNIT_EQ_INT(decimal.scale, rows[i].err == BR_ERR_NONE ? rows[i].scale : 7);
    }
}

UNIT_TEST(decimals_are_scaled_without_loss_or_not_at_all)
{
    int64_t scaled = 0;
    UNIT_EQ_INT(gen_decimal_scaled((struct gen_decimal){1250, 2}, 6, &scaled), BR_ERR_NONE);
    UNIT_EQ_INT(scaled, 12500000);
    UNIT_EQ_INT(gen_decimal_scaled((struct gen_decimal){-1250, 2}, 1, &scaled), BR_ERR_NONE);
    UNIT_EQ_INT(scaled, -125);
    UNIT_EQ_INT(gen_decimal_scaled((struct gen_decimal){1250, 2}, 0, &scaled), BR_ERR_LIMIT);
    UNIT_EQ_INT(gen_decimal_scaled((struct gen_decimal){INT64_C(999999999999999), 0}, 9, &scaled),
                BR_ERR_LIMIT);
    UNIT_EQ_INT(scaled, -125);
}

UNIT_TEST(numbers_are_written_like_printf_writes_them)
{
    static const uint64_t values[] = {
        0, 1, 9, 10, 99, 100, 12345, 999999999, 1000000000, UINT64_MAX, UINT64_MAX / 2 + 1};
    char want[64];
    for (size_t i = 0; i < BR_COUNT(values); i++) {
        (void)snprintf(want, sizeof(want), "%" PRIu64, values[i]);
        UNIT_EQ_BYTES(text_to(gen_put_u64(text, values[i])), bytes_from_str(want));
        (void)snprintf(want, sizeof(want), "%" PRId64, (int64_t)values[i]);
        UNIT_EQ_BYTES(text_to(gen_put_i64(text, (int64_t)values[i])), bytes_from_str(want));
    }
}

UNIT_TEST(fixed_numbers_have_the_digits_asked_for)
{
    static const struct {
        int64_t scaled;
        unsigned decimals;
        bool trim;
        const char *want;
    } rows[] = {
        {0, 0, true, "0"},
        {0, 2, false, "0.00"},
        {0, 6, true, "0.0"},
        {-5, 1, false, "-0.5"},
        {120, 2, true, "1.2"},
        {120, 2, false, "1.20"},
        {1000000, 6, true, "1.0"},
        {123456789, 9, false, "0.123456789"},
        {-1, 9, true, "-0.000000001"},
        {INT64_MIN, 9, false, "-9223372036.854775808"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        UNIT_EQ_BYTES(text_to(gen_put_fixed(text, rows[i].scaled, rows[i].decimals, rows[i].trim)),
                      bytes_from_str(rows[i].want));
        UNIT_OK(strlen(rows[i].want) <= GEN_FIXED_MAX);
    }
}

UNIT_TEST(dates_are_those_of_the_calendar)
{
    static const struct {
        uint64_t sec;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00.001Z"},          {951782400, "2000-02-29T00:00:00.001Z"},
        {951868799, "2000-02-29T23:59:59.001Z"},  {951868800, "2000-03-01T00:00:00.001Z"},
        {1709164800, "2024-02-29T00:00:00.001Z"}, {1735689599, "2024-12-31T23:59:59.001Z"},
        {1767225600, "2026-01-01T00:00:00.001Z"}, {4107542400, "2100-03-01T00:00:00.001Z"},
        {4107542399, "2100-02-28T23:59:59.001Z"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_BYTES(text_to(gen_put_iso(text, rows[i].sec * 1000000000 + 1999999)),
                      bytes_from_str(rows[i].want));
}

UNIT_TEST(uuids_have_version_and_variant)
{
    UNIT_EQ_BYTES(text_to(gen_put_uuid(text, 0, 0)), BYTES("00000000-0000-4000-8000-000000000000"));
    UNIT_EQ_BYTES(text_to(gen_put_uuid(text, UINT64_MAX, UINT64_MAX)),
                  BYTES("ffffffff-ffff-4fff-bfff-ffffffffffff"));
    UNIT_EQ_BYTES(
        text_to(gen_put_uuid(text, UINT64_C(0x0123456789abcdef), UINT64_C(0x123456789abcdef0))),
        BYTES("01234567-89ab-4def-9234-56789abcdef0"));
}

UNIT_TEST(texts_are_words_and_keep_to_their_size)
{
    for (size_t size = 1; size < 400; size++) {
        struct rng rng = rng_at(3, size);
        struct bytes words = text_to(gen_put_text(text, &rng, size));
        UNIT_OK(words.len <= (size > 14 ? size : 14));
        UNIT_OK(words.len + 15 > size);
        struct bytes rest = words;
        while (rest.ptr != NULL) {
            struct bytes word = bytes_cut(&rest, ' ');
            UNIT_OK(word.len >= 3);
            for (size_t i = 0; i < word.len; i++)
                UNIT_OK(word.ptr[i] >= 'a' && word.ptr[i] <= 'z');
        }
    }
    struct rng rng = rng_at(3, 0);
    UNIT_OK(text_to(gen_put_word(text, &rng)).len >= 3);
}

/* ---- distributions ---- */

enum { DRAWS = 200000, CELLS = 64 };

/* Chi-square over its degrees of freedom, as deviations from what chance gives. */
static double surprise(const double *got, const double *share, size_t cells)
{
    double sum = 0.0;
    for (size_t i = 0; i < cells; i++) {
        double want = share[i] * DRAWS;
        sum += (got[i] - want) * (got[i] - want) / want;
    }
    double freedom = (double)cells - 1.0;
    return (sum - freedom) / sqrt(2.0 * freedom);
}

UNIT_TEST(int_draws_are_uniform)
{
    struct gen_int gen = {-10, CELLS - 1};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        double got[CELLS] = {0};
        double share[CELLS];
        for (uint64_t k = 0; k < DRAWS; k++) {
            struct rng rng = rng_at(seed, k);
            int64_t drawn = gen_int_draw(&gen, &rng);
            UNIT_OK(drawn >= -10 && drawn < -10 + CELLS);
            got[drawn + 10] += 1.0;
        }
        for (size_t i = 0; i < CELLS; i++)
            share[i] = 1.0 / CELLS;
        UNIT_OK(fabs(surprise(got, share, CELLS)) < 5.0);
    }
}

UNIT_TEST(int_draws_reach_both_ends_of_all_numbers)
{
    struct gen_int all = {INT64_MIN, UINT64_MAX};
    struct gen_int one = {INT64_MAX, 0};
    int negative = 0;
    for (uint64_t k = 0; k < 1000; k++) {
        struct rng rng = rng_at(1, k);
        negative += gen_int_draw(&all, &rng) < 0 ? 1 : 0;
        UNIT_EQ_INT(gen_int_draw(&one, &rng), INT64_MAX);
    }
    UNIT_OK(negative > 400 && negative < 600);
}

/* Two placeholders of one record must not move together. */
UNIT_TEST(neighbouring_places_are_independent)
{
    double got[CELLS] = {0};
    double share[CELLS];
    for (uint64_t k = 0; k < DRAWS; k++) {
        struct rng a = rng_at(7, k);
        struct rng b = rng_at(7, k + 1);
        got[rng_below(&a, 8) * 8 + rng_below(&b, 8)] += 1.0;
    }
    for (size_t i = 0; i < CELLS; i++)
        share[i] = 1.0 / CELLS;
    UNIT_OK(fabs(surprise(got, share, CELLS)) < 5.0);
}

UNIT_TEST(zipf_draws_follow_their_law)
{
    static const struct {
        uint64_t count;
        double exponent;
    } rows[] = {{10, 1.0}, {1000, 1.1}, {1000, 0.5}, {1000000, 1.0},
                {50, 3.0}, {2, 20.0},   {63, 0.01}};
    for (size_t r = 0; r < BR_COUNT(rows); r++) {
        struct gen_zipf gen;
        gen_zipf_init(&gen, rows[r].count, rows[r].exponent);
        /* One cell a rank, the last one for all that follow and the rare ones. */
        double total = 0.0;
        for (uint64_t i = 1; i <= rows[r].count; i++)
            total += pow((double)i, -rows[r].exponent);
        double share[CELLS];
        size_t cells = 0;
        double left = 1.0;
        while (cells < CELLS - 1 && cells < rows[r].count) {
            share[cells] = pow((double)(cells + 1), -rows[r].exponent) / total;
            if (share[cells] * DRAWS < 20.0)
                break;
            left -= share[cells++];
        }
        double got[CELLS] = {0};
        for (uint64_t k = 0; k < DRAWS; k++) {
            struct rng rng = rng_at(r + 1, k);
            uint64_t rank = gen_zipf_draw(&gen, &rng);
            UNIT_OK(rank >= 1 && rank <= rows[r].count);
            got[rank <= cells ? rank - 1 : cells] += 1.0;
        }
        if (left * DRAWS > 5.0)
            share[cells++] = left;
        else
            UNIT_OK(got[cells] < 20.0);
        if (cells > 1)
            UNIT_OK(fabs(surprise(got, share, cells)) < 5.0);
    }
}

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

UNIT_TEST(normal_draws_follow_their_law)
{
    enum { SIDE = 16 };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        double got[2 * SIDE] = {0};
        double share[2 * SIDE];
        double sum = 0.0;
        double squares = 0.0;
        for (uint64_t k = 0; k < DRAWS; k++) {
            struct rng rng = rng_at(seed, k);
            double z = gen_normal_draw(&rng);
            sum += z;
            squares += z * z;
            double cell = floor(z * 5.0) + SIDE;
            got[cell < 0.0 ? 0 : cell > 2 * SIDE - 1 ? 2 * SIDE - 1 : (size_t)cell] += 1.0;
        }
        for (int i = 0; i < 2 * SIDE; i++) {
            double low = i == 0 ? 0.0 : normal_below((i - SIDE) / 5.0);
            double high = i == 2 * SIDE - 1 ? 1.0 : normal_below((i + 1 - SIDE) / 5.0);
            share[i] = high - low;
        }
        UNIT_OK(fabs(surprise(got, share, 2 * SIDE)) < 5.0);
        UNIT_OK(fabs(sum / DRAWS) < 0.01);
        UNIT_NEAR(squares / DRAWS, 1.0, 0.02);
    }
}

/* The surprise itself must be able to find a wrong generator. */
UNIT_TEST(a_skewed_generator_is_found)
{
    double got[CELLS] = {0};
    double share[CELLS];
    for (uint64_t k = 0; k < DRAWS; k++) {
        struct rng rng = rng_at(1, k);
        double u = rng_double(&rng);
        got[(size_t)(pow(u, 1.03) * CELLS)] += 1.0;
    }
    for (size_t i = 0; i < CELLS; i++)
        share[i] = 1.0 / CELLS;
    UNIT_OK(fabs(surprise(got, share, CELLS)) > 5.0);
}

UNIT_MAIN(UNIT_RUN(decimals_are_read_exactly),
          UNIT_RUN(decimals_are_scaled_without_loss_or_not_at_all),
          UNIT_RUN(numbers_are_written_like_printf_writes_them),
          UNIT_RUN(fixed_numbers_have_the_digits_asked_for),
          UNIT_RUN(dates_are_those_of_the_calendar), UNIT_RUN(uuids_have_version_and_variant),
          UNIT_RUN(texts_are_words_and_keep_to_their_size), UNIT_RUN(int_draws_are_uniform),
          UNIT_RUN(int_draws_reach_both_ends_of_all_numbers),
          UNIT_RUN(neighbouring_places_are_independent), UNIT_RUN(zipf_draws_follow_their_law),
          UNIT_RUN(normal_draws_follow_their_law), UNIT_RUN(a_skewed_generator_is_found))
