/* SPDX-License-Identifier: Apache-2.0
 *
 * The arguments of placeholders. Each function reads those of one kind and returns what is wrong
 * with them, the middle of a sentence, or NULL when nothing is.
 */
#include "data/tmpl_impl.h"

#include <string.h>

#include "base/must.h"

enum { TMPL_FLOAT_DECIMALS = 6 };

typedef const char *tmpl_args_fn(struct tmpl_def *def, struct arena *arena,
                                 const struct bytes *args, size_t count);

static const char *tmpl_args_event(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                   const struct bytes *args, size_t count)
{
    def->draw = count == 0 ? TMPL_DRAW_EVENT : TMPL_DRAW_EVENT_UUID;
    return count == 0 || bytes_eq(args[0], BYTES("uuid")) ? NULL : "it has one other form, uuid";
}

static const char *tmpl_args_seq(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                 const struct bytes *args BR_UNUSED, size_t count BR_UNUSED)
{
    def->draw = TMPL_DRAW_SEQ;
    return NULL;
}

static const char *tmpl_args_uuid(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                  const struct bytes *args BR_UNUSED, size_t count BR_UNUSED)
{
    def->draw = TMPL_DRAW_UUID;
    return NULL;
}

static const char *tmpl_args_now(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                 const struct bytes *args, size_t count)
{
    static const struct {
        struct bytes name;
        uint64_t unit_ns;
    } units[] = {
        {BYTES_INIT("unix"), 1000000000}, {BYTES_INIT("ms"), 1000000}, {BYTES_INIT("ns"), 1}};
    def->draw = TMPL_DRAW_NOW_ISO;
    if (count == 0)
        return NULL;
    def->draw = TMPL_DRAW_NOW_SINCE;
    for (size_t i = 0; i < BR_COUNT(units); i++) {
        if (bytes_eq(args[0], units[i].name)) {
            def->params.unit_ns = units[i].unit_ns;
            return NULL;
        }
    }
    return "its forms are unix, ms and ns";
}

/* A range in units of 10^-decimals. */
static const char *tmpl_args_range(struct tmpl_def *def, const struct gen_decimal *ends)
{
    int64_t first;
    int64_t last;
    if (gen_decimal_scaled(ends[0], def->decimals, &first) != BR_ERR_NONE ||
        gen_decimal_scaled(ends[1], def->decimals, &last) != BR_ERR_NONE)
        return "a number has more digits than are kept";
    if (first > last)
        return "the first number is above the second";
    def->params.range = (struct gen_int){first, (uint64_t)last - (uint64_t)first};
    return NULL;
}

static const char *tmpl_args_int(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                 const struct bytes *args, size_t count BR_UNUSED)
{
    struct gen_decimal ends[2];
    for (size_t i = 0; i < 2; i++) {
        if (gen_decimal_parse(args[i], &ends[i]) != BR_ERR_NONE || ends[i].scale != 0)
            return "it wants two whole numbers of at most 18 digits";
    }
    def->draw = TMPL_DRAW_INT;
    return tmpl_args_range(def, ends);
}

/* The third argument, where given: how many digits are written. */
static const char *tmpl_args_decimals(struct tmpl_def *def, const struct bytes *args, size_t count)
{
    struct gen_decimal digits = {TMPL_FLOAT_DECIMALS, 0};
    if (count == 3 && (gen_decimal_parse(args[2], &digits) != BR_ERR_NONE || digits.scale != 0 ||
                       digits.digits < 0 || digits.digits > GEN_DECIMALS_MAX))
        return "the third number says how many digits stand behind the point, 0 to 9";
    def->decimals = (unsigned char)digits.digits;
    def->trim = count < 3;
    return NULL;
}

static const char *tmpl_args_float(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                   const struct bytes *args, size_t count)
{
    struct gen_decimal ends[2];
    for (size_t i = 0; i < 2; i++) {
        if (gen_decimal_parse(args[i], &ends[i]) != BR_ERR_NONE)
            return "it wants two decimal numbers of at most 18 digits";
    }
    const char *wrong = tmpl_args_decimals(def, args, count);
    if (wrong != NULL)
        return wrong;
    def->draw = TMPL_DRAW_FIXED;
    return tmpl_args_range(def, ends);
}

static const char *tmpl_args_normal(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                    const struct bytes *args, size_t count)
{
    struct gen_decimal shape[2];
    for (size_t i = 0; i < 2; i++) {
        if (gen_decimal_parse(args[i], &shape[i]) != BR_ERR_NONE)
            return "it wants a mean and a deviation";
    }
    const char *wrong = tmpl_args_decimals(def, args, count);
    if (wrong != NULL)
        return wrong;
    if (count == 2 && shape[0].scale == 0 && shape[1].scale == 0)
        def->decimals = 0; /* whole numbers give whole numbers */
    int64_t unit = 0;
    MUST(gen_decimal_scaled((struct gen_decimal){1, 0}, def->decimals, &unit) == BR_ERR_NONE);
    struct tmpl_normal normal = {gen_decimal_value(shape[0]) * (double)unit,
                                 gen_decimal_value(shape[1]) * (double)unit};
    /* Far below 2^63, so that no draw (a dozen deviations at the very most) overflows. */
    if (normal.deviation < 0.0 || normal.deviation > 1e16 || normal.mean < -1e17 ||
        normal.mean > 1e17)
        return "the deviation is below 0, or the numbers are too large";
    def->draw = TMPL_DRAW_NORMAL;
    def->params.normal = normal;
    return NULL;
}

static const char *tmpl_args_zipf(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                  const struct bytes *args, size_t count BR_UNUSED)
{
    struct gen_decimal ranks;
    struct gen_decimal exponent;
    if (gen_decimal_parse(args[0], &ranks) != BR_ERR_NONE || ranks.scale != 0 || ranks.digits < 1 ||
        ranks.digits > INT64_C(1) << 50)
        return "the number of ranks is a whole number from 1 to 1125899906842624";
    if (gen_decimal_parse(args[1], &exponent) != BR_ERR_NONE || exponent.digits <= 0 ||
        gen_decimal_value(exponent) > 20.0)
        return "the exponent is a number above 0, at most 20";
    def->draw = TMPL_DRAW_ZIPF;
    gen_zipf_init(&def->params.zipf, (uint64_t)ranks.digits, gen_decimal_value(exponent));
    return NULL;
}

static const char *tmpl_args_pick(struct tmpl_def *def, struct arena *arena,
                                  const struct bytes *args, size_t count)
{
    struct bytes *options = arena_alloc(arena, count, sizeof(*options));
    memcpy(options, args, count * sizeof(*options));
    def->draw = TMPL_DRAW_PICK;
    def->params.choice = (struct tmpl_choice){.options = options, .count = count};
    return NULL;
}

static const char *tmpl_args_weighted(struct tmpl_def *def, struct arena *arena,
                                      const struct bytes *args, size_t count)
{
    struct bytes *options = arena_alloc(arena, count, sizeof(*options));
    uint64_t *limits = arena_alloc(arena, count, sizeof(*limits));
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const char *colon = memrchr(args[i].ptr, ':', args[i].len);
        if (colon == NULL)
            return "each word has a colon and its weight behind it";
        size_t len = (size_t)(colon - args[i].ptr);
        struct gen_decimal weight;
        int64_t millionths;
        if (gen_decimal_parse(bytes_skip(args[i], len + 1), &weight) != BR_ERR_NONE ||
            gen_decimal_scaled(weight, 6, &millionths) != BR_ERR_NONE || millionths < 0 ||
            millionths > INT64_C(1) << 50)
            return "a weight is a number from 0 to 1125899906 with at most 6 digits behind the "
                   "point";
        options[i] = bytes_make(args[i].ptr, len);
        total += (uint64_t)millionths;
        limits[i] = total;
    }
    if (total == 0)
        return "all weights are 0";
    def->draw = TMPL_DRAW_WEIGHTED;
    def->params.choice = (struct tmpl_choice){options, limits, count, total};
    return NULL;
}

static const char *tmpl_args_word(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                  const struct bytes *args BR_UNUSED, size_t count BR_UNUSED)
{
    def->draw = TMPL_DRAW_WORD;
    return NULL;
}

static const char *tmpl_args_text(struct tmpl_def *def, struct arena *arena BR_UNUSED,
                                  const struct bytes *args, size_t count BR_UNUSED)
{
    struct gen_decimal size;
    if (gen_decimal_parse(args[0], &size) != BR_ERR_NONE || size.scale != 0 || size.digits < 1 ||
        size.digits > TMPL_TEXT_MAX)
        return "the size is a whole number from 1 to 1000000";
    def->draw = TMPL_DRAW_TEXT;
    def->params.text_size = (size_t)size.digits;
    return NULL;
}

static const char *tmpl_args_row(struct tmpl_def *def BR_UNUSED, struct arena *arena BR_UNUSED,
                                 const struct bytes *args BR_UNUSED, size_t count BR_UNUSED)
{
    return "the name of the field stands behind a dot";
}

static tmpl_args_fn *const tmpl_args[TMPL_KIND_COUNT] = {
    [TMPL_EVENT] = tmpl_args_event, [TMPL_SEQ] = tmpl_args_seq,
    [TMPL_UUID] = tmpl_args_uuid,   [TMPL_NOW] = tmpl_args_now,
    [TMPL_INT] = tmpl_args_int,     [TMPL_FLOAT] = tmpl_args_float,
    [TMPL_PICK] = tmpl_args_pick,   [TMPL_WEIGHTED] = tmpl_args_weighted,
    [TMPL_WORD] = tmpl_args_word,   [TMPL_TEXT] = tmpl_args_text,
    [TMPL_ZIPF] = tmpl_args_zipf,   [TMPL_NORMAL] = tmpl_args_normal,
    [TMPL_ROW] = tmpl_args_row,
};

const char *tmpl_read_args(enum tmpl_kind kind, struct tmpl_def *def, struct arena *arena,
                           const struct bytes *args, size_t count)
{
    MUST(kind < TMPL_KIND_COUNT);
    return tmpl_args[kind](def, arena, args, count);
}
