/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of templates, shared by the files that make them: tmpl_parse.c reads the text into
 * parts, tmpl_args.c the arguments of a placeholder, tmpl_build.c turns parts into operations,
 * tmpl.c renders them.
 */
#ifndef BR_DATA_TMPL_IMPL_H
#define BR_DATA_TMPL_IMPL_H

#include "base/arena.h"
#include "data/gen.h"
#include "data/tmpl.h"

/* Where an inserted text stands, which decides how it is written. */
enum tmpl_spot {
    TMPL_SPOT_TEXT,
    TMPL_SPOT_STRING, /* inside a JSON string */
    TMPL_SPOT_VALUE,  /* where JSON expects a value */
    TMPL_SPOT_URL,
    TMPL_SPOT_HEADER,
};

/* What an operation does behind its literal. */
enum tmpl_draw {
    TMPL_DRAW_NOTHING,
    TMPL_DRAW_EVENT,
    TMPL_DRAW_EVENT_UUID,
    TMPL_DRAW_SEQ,
    TMPL_DRAW_UUID,
    TMPL_DRAW_NOW_ISO,
    TMPL_DRAW_NOW_SINCE, /* since 1970, in units of `unit_ns` */
    TMPL_DRAW_INT,
    TMPL_DRAW_FIXED, /* a whole number written with a decimal point */
    TMPL_DRAW_PICK,
    TMPL_DRAW_WEIGHTED,
    TMPL_DRAW_WORD,
    TMPL_DRAW_TEXT,
    TMPL_DRAW_ZIPF,
    TMPL_DRAW_NORMAL,
    TMPL_DRAW_ROW,
};

/* Options as they are written at the spot. */
struct tmpl_choice {
    const struct bytes *options;
    const uint64_t *limits; /* weighted: the sums of the weights up to each option */
    size_t count;
    uint64_t total; /* of the weights */
};

struct tmpl_normal {
    double mean; /* in units of the last digit written */
    double deviation;
};

union tmpl_params {
    struct gen_int range;
    struct tmpl_choice choice;
    struct gen_zipf zipf;
    struct tmpl_normal normal;
    size_t text_size;
    uint64_t unit_ns;
    size_t row_field;
};

/* A placeholder that draws, as it is written in the text; lives in the set's arena. */
struct tmpl_def {
    enum tmpl_draw draw;
    unsigned char decimals;
    bool trim;
    uint64_t salt; /* of (part, number of the placeholder) */
    union tmpl_params params;
    struct bytes name; /* empty: none */
    struct tmpl_def *next_named;
    struct tmpl *alone; /* the template that is this value only; named ones, once sealed */
};

/* A piece of text and the placeholder behind it. */
struct tmpl_part {
    struct bytes literal;
    struct tmpl_def *def; /* NULL: a reference, or the end */
    struct bytes ref;     /* a name, resolved when the set is sealed */
    size_t offset;        /* of the placeholder in the template's text */
    enum tmpl_spot spot;
};

/* A literal, then a draw. */
struct tmpl_op {
    uint32_t literal_at; /* in tmpl.literals */
    uint32_t literal_len;
    unsigned char draw; /* enum tmpl_draw */
    unsigned char spot; /* enum tmpl_spot */
    unsigned char decimals;
    bool trim;
    uint64_t salt;
    size_t rest_max; /* what this and the operations behind it need at most, rows not counted */
    union tmpl_params params;
};

struct tmpl {
    struct tmpl *next;
    const struct tmpl_op *ops; /* NULL until sealed; the last one draws nothing */
    const char *literals;
    unsigned uses;

    /* What it was made from. */
    const char *what;
    struct bytes text;
    enum tmpl_form form;
    unsigned part_number;
    struct tmpl_part *parts;
    size_t part_count;
};

struct tmpl_set {
    struct arena arena; /* owns all of the below */
    struct tmpl *first;
    struct tmpl **last;
    struct tmpl_def *named;
    struct bytes *row_fields;
    size_t row_field_count;
    unsigned uses;
    bool sealed;
};

/* tmpl_parse.c: fills parts; names are left to tmpl_build. */
BR_NODISCARD enum br_err tmpl_parse(struct tmpl_set *set, struct tmpl *tmpl, struct diag *diag);
/* tmpl_args.c: what is wrong with the arguments (whose number is right), NULL when nothing is. */
const char *tmpl_read_args(enum tmpl_kind kind, struct tmpl_def *def, struct arena *arena,
                           const struct bytes *args, size_t count);
/* tmpl_build.c: makes ops; all templates of the set have been parsed. */
BR_NODISCARD enum br_err tmpl_build(struct tmpl_set *set, struct tmpl *tmpl, struct diag *diag);

/* A text as it is written there. Needs at most 6 bytes for each and 2 more. */
void tmpl_put_at_spot(struct buf *out, struct bytes text, enum tmpl_spot spot);
/* How many `{` stand at `at`, up to 4. Two begin a placeholder, four are a literal {{, three are a
 * literal { before a placeholder. */
size_t tmpl_count_braces(struct bytes text, size_t at);
/* Where the placeholder that begins at `at` ends (behind its `}}`), 0 when it does not. */
size_t tmpl_placeholder_end(struct bytes text, size_t at);
/* Says "WHAT, line 2, column 7: " before the sentence. */
enum br_err tmpl_fail(const struct tmpl *tmpl, size_t offset, struct diag *diag, const char *format,
                      ...) BR_PRINTF(4, 5);
/* "… is not known; the nearest is …" */
enum br_err tmpl_fail_unknown(const struct tmpl_set *set, const struct tmpl *tmpl, size_t offset,
                              struct bytes name, struct diag *diag);

#endif
