/* SPDX-License-Identifier: Apache-2.0
 *
 * From text to parts: finds placeholders and splits them into words. Every way to be wrong has a
 * sentence with its place and what is accepted.
 */
#include "data/tmpl_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/nearest.h"

enum { TMPL_WORDS_MAX = 4096 + 4 };

struct tmpl_kind_row {
    const char *name;
    size_t least;
    size_t most;
    const char *usage;
    const char *meaning;
};

static const struct tmpl_kind_row tmpl_kinds[TMPL_KIND_COUNT] = {
#define TMPL(kind, name, least, most, usage, meaning) {name, least, most, usage, meaning},
#include "data/tmpl_table.h"
#undef TMPL
};

const char *tmpl_kind_name(enum tmpl_kind kind)
{
    MUST(kind < TMPL_KIND_COUNT);
    return tmpl_kinds[kind].name;
}

const char *tmpl_kind_usage(enum tmpl_kind kind)
{
    MUST(kind < TMPL_KIND_COUNT);
    return tmpl_kinds[kind].usage;
}

const char *tmpl_kind_meaning(enum tmpl_kind kind)
{
    MUST(kind < TMPL_KIND_COUNT);
    return tmpl_kinds[kind].meaning;
}

enum br_err tmpl_fail(const struct tmpl *tmpl, size_t offset, struct diag *diag, const char *format,
                      ...)
{
    char sentence[DIAG_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);

    size_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < offset; i++) {
        if (tmpl->text.ptr[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    if (line == 1)
        return diag_set(diag, BR_ERR_CONFIG, "%s, column %zu: %s", tmpl->what, offset + 1,
                        sentence);
    return diag_set(diag, BR_ERR_CONFIG, "%s, line %zu, column %zu: %s", tmpl->what, line,
                    offset - start + 1, sentence);
}

enum br_err tmpl_fail_unknown(const struct tmpl_set *set, const struct tmpl *tmpl, size_t offset,
                              struct bytes name, struct diag *diag)
{
    struct nearest nearest = {.word = name};
    for (size_t i = 0; i < TMPL_KIND_COUNT; i++)
        nearest_offer(&nearest, tmpl_kinds[i].name);
    for (const struct tmpl_def *def = set->named; def != NULL; def = def->next_named)
        nearest_offer(&nearest, def->name.ptr); /* the arena put a NUL behind it */
    const char *usage = NULL;
    for (size_t i = 0; i < TMPL_KIND_COUNT; i++) {
        if (nearest.best == tmpl_kinds[i].name)
            usage = tmpl_kinds[i].usage;
    }

    int shown = name.len > 40 ? 40 : (int)name.len;
    if (nearest.best == NULL)
        return tmpl_fail(tmpl, offset, diag,
                         "\"%.*s\" is neither a placeholder nor a name given by \"as\"; "
                         "a literal {{ is written {{{{",
                         shown, name.ptr);
    if (usage != NULL)
        return tmpl_fail(tmpl, offset, diag, "\"%.*s\" is not a placeholder; the nearest is %s",
                         shown, name.ptr, usage);
    return tmpl_fail(tmpl, offset, diag, "\"%.*s\" is not a placeholder; the nearest is {{%s}}",
                     shown, name.ptr, nearest.best);
}

/* ---- words ---- */

static bool tmpl_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the quoted piece that begins at `at`, or 0. */
static size_t tmpl_quoted_end(struct bytes text, size_t at)
{
    char quote = text.ptr[at++];
    for (; at < text.len; at++) {
        if (text.ptr[at] == quote)
            return at + 1;
        if (text.ptr[at] == '\\' && quote == '"')
            at++;
    }
    return 0;
}

size_t tmpl_count_braces(struct bytes text, size_t at)
{
    size_t count = 0;
    while (count < 4 && at + count < text.len && text.ptr[at + count] == '{')
        count++;
    return count;
}

size_t tmpl_placeholder_end(struct bytes text, size_t at)
{
    at += 2;
    while (at < text.len) {
        char c = text.ptr[at];
        if (c == '}' && at + 1 < text.len && text.ptr[at + 1] == '}')
            return at + 2;
        if (c == '"' || c == '\'') {
            at = tmpl_quoted_end(text, at);
            if (at == 0)
                return 0;
        } else {
            at++;
        }
    }
    return 0;
}

struct tmpl_words {
    struct bytes *words; /* owned array, texts in the arena */
    size_t count;
    size_t size;
    bool as_is_bare; /* the word before the last is `as` without quotes */
};

/* One word of `inside` from *at on, made of bare and quoted pieces. */
static struct bytes tmpl_read_word(struct arena *arena, struct bytes inside, size_t *at)
{
    size_t end = *at;
    while (end < inside.len && !tmpl_is_blank(inside.ptr[end])) {
        bool quoted = inside.ptr[end] == '"' || inside.ptr[end] == '\'';
        end = quoted ? tmpl_quoted_end(inside, end) : end + 1;
        MUST(end != 0); /* tmpl_placeholder_end went over it */
    }
    char *word = arena_alloc(arena, end - *at + 1, 1);
    size_t len = 0;
    char quote = '\0';
    for (size_t i = *at; i < end; i++) {
        char c = inside.ptr[i];
        if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        } else {
            if (c == '\\' && quote == '"')
                c = inside.ptr[++i];
            word[len++] = c;
        }
    }
    *at = end;
    return bytes_make(word, len);
}

static bool tmpl_split(struct arena *arena, struct bytes inside, struct tmpl_words *words)
{
    size_t at = 0;
    bool bare_as = false;
    for (;;) {
        while (at < inside.len && tmpl_is_blank(inside.ptr[at]))
            at++;
        if (at == inside.len)
            return true;
        if (words->count == TMPL_WORDS_MAX)
            return false;
        if (words->count == words->size) {
            words->size = words->size == 0 ? 8 : words->size * 2;
            words->words = mem_realloc(words->words, words->size * sizeof(*words->words));
        }
        size_t start = at;
        struct bytes word = tmpl_read_word(arena, inside, &at);
        words->words[words->count++] = word;
        words->as_is_bare = bare_as;
        bare_as = at - start == 2 && bytes_eq(word, BYTES("as"));
    }
}

/* ---- placeholders ---- */

static enum tmpl_kind tmpl_find_kind(struct bytes name)
{
    size_t kind = 0;
    while (kind < TMPL_KIND_COUNT && !bytes_eq(name, bytes_from_str(tmpl_kinds[kind].name)))
        kind++;
    return (enum tmpl_kind)kind;
}

static bool tmpl_is_name(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.len > 0 && name.len <= 64;
}

/* The index of the field in what the set wants of a row; adds it. */
static bool tmpl_want_field(struct tmpl_set *set, struct bytes field, size_t *out_index)
{
    size_t i = 0;
    while (i < set->row_field_count && !bytes_eq(set->row_fields[i], field))
        i++;
    if (i == TMPL_ROW_FIELDS_MAX)
        return false;
    if (i == set->row_field_count) {
        if (set->row_fields == NULL)
            set->row_fields = arena_alloc(&set->arena, TMPL_ROW_FIELDS_MAX, sizeof(struct bytes));
        set->row_fields[set->row_field_count++] = field;
    }
    *out_index = i;
    return true;
}

static enum br_err tmpl_name_def(struct tmpl_set *set, struct tmpl *tmpl, size_t offset,
                                 struct tmpl_def *def, struct bytes name, struct diag *diag)
{
    if (!tmpl_is_name(name))
        return tmpl_fail(tmpl, offset, diag,
                         "the name behind \"as\" is made of letters, digits and _");
    if (tmpl_find_kind(name) != TMPL_KIND_COUNT)
        return tmpl_fail(tmpl, offset, diag, "the name \"%.*s\" is that of a placeholder",
                         BYTES_ARG(name));
    for (const struct tmpl_def *other = set->named; other != NULL; other = other->next_named) {
        if (bytes_eq(other->name, name))
            return tmpl_fail(tmpl, offset, diag,
                             "the name \"%.*s\" is given twice; {{%.*s}} repeats its value",
                             BYTES_ARG(name), BYTES_ARG(name));
    }
    def->name = name;
    def->next_named = set->named;
    set->named = def;
    return BR_ERR_NONE;
}

/* Reads the words of a placeholder that draws into part->def. */
static enum br_err tmpl_define(struct tmpl_set *set, struct tmpl *tmpl, struct tmpl_part *part,
                               const struct tmpl_words *words, struct diag *diag)
{
    struct bytes head = words->words[0];
    size_t count = words->count;
    struct bytes name = BYTES_NONE;
    if (count >= 3 && words->as_is_bare) {
        name = words->words[count - 1];
        count -= 2;
    }
    struct tmpl_def *def = ARENA_NEW(&set->arena, struct tmpl_def);
    if (bytes_starts(head, BYTES("row.")) && head.len > 4 && count == 1) {
        def->draw = TMPL_DRAW_ROW;
        if (!tmpl_want_field(set, bytes_skip(head, 4), &def->params.row_field))
            return tmpl_fail(tmpl, part->offset, diag, "more than %d different fields of rows",
                             TMPL_ROW_FIELDS_MAX);
    } else {
        enum tmpl_kind kind = tmpl_find_kind(head);
        if (kind == TMPL_KIND_COUNT && bytes_starts(head, BYTES("row.")))
            kind = TMPL_ROW;
        if (kind == TMPL_KIND_COUNT)
            return tmpl_fail_unknown(set, tmpl, part->offset, head, diag);
        const struct tmpl_kind_row *row = &tmpl_kinds[kind];
        const char *wrong = NULL;
        if (count - 1 < row->least || count - 1 > row->most)
            wrong = count - 1 < row->least ? "something is missing" : "there is too much in it";
        else
            wrong = tmpl_read_args(kind, def, &set->arena, words->words + 1, count - 1);
        if (wrong != NULL)
            return tmpl_fail(tmpl, part->offset, diag, "in {{%s …}} %s; it is written %s",
                             row->name, wrong, row->usage);
    }
    part->def = def;
    return name.ptr == NULL ? BR_ERR_NONE : tmpl_name_def(set, tmpl, part->offset, def, name, diag);
}

static enum br_err tmpl_parse_placeholder(struct tmpl_set *set, struct tmpl *tmpl,
                                          struct tmpl_part *part, struct bytes inside,
                                          struct diag *diag)
{
    struct tmpl_words words = {.words = NULL};
    enum br_err err = BR_ERR_NONE;
    if (!tmpl_split(&set->arena, inside, &words))
        err = tmpl_fail(tmpl, part->offset, diag, "more than %d words", TMPL_WORDS_MAX - 4);
    else if (words.count == 0)
        err = tmpl_fail(tmpl, part->offset, diag,
                        "nothing stands between {{ and }}; a literal {{ is written {{{{");
    else if (words.count == 1 && tmpl_find_kind(words.words[0]) == TMPL_KIND_COUNT &&
             !bytes_starts(words.words[0], BYTES("row.")))
        part->ref = words.words[0];
    else
        err = tmpl_define(set, tmpl, part, &words, diag);
    mem_free(words.words);
    return err;
}

/* ---- text ---- */

/* Appends the text up to the next placeholder to `literal`; *at is then there, or at the end. */
static void tmpl_read_literal(struct bytes text, size_t *at, struct buf *literal)
{
    size_t i = *at;
    while (i < text.len) {
        size_t plain = bytes_find(bytes_skip(text, i), '{');
        buf_put(literal, bytes_make(text.ptr + i, plain));
        i += plain;
        size_t braces = tmpl_count_braces(text, i);
        if (braces == 2)
            break;
        /* Four are two; a third one before two stands for itself: {"a":{{{row.key}}:1}}. */
        if (braces > 0)
            buf_put(literal, braces == 4 ? BYTES("{{") : BYTES("{"));
        i += braces == 3 ? 1 : braces;
    }
    *at = i;
}

static struct tmpl_part *tmpl_add_part(struct tmpl *tmpl, size_t *size)
{
    if (tmpl->part_count == *size) {
        *size = *size == 0 ? 8 : *size * 2;
        tmpl->parts = mem_realloc(tmpl->parts, *size * sizeof(*tmpl->parts));
    }
    struct tmpl_part *part = &tmpl->parts[tmpl->part_count++];
    *part = (struct tmpl_part){.offset = 0};
    return part;
}

enum br_err tmpl_parse(struct tmpl_set *set, struct tmpl *tmpl, struct diag *diag)
{
    struct buf literal;
    buf_init(&literal, tmpl->text.len + 1);
    enum br_err err = BR_ERR_NONE;
    size_t size = 0;
    size_t at = 0;
    while (err == BR_ERR_NONE) {
        tmpl_read_literal(tmpl->text, &at, &literal);
        struct tmpl_part *part = tmpl_add_part(tmpl, &size);
        part->offset = at;
        part->literal = arena_copy(&set->arena, buf_bytes(&literal));
        buf_clear(&literal);
        if (at == tmpl->text.len)
            break;
        size_t end = tmpl_placeholder_end(tmpl->text, at);
        if (end == 0)
            err = tmpl_fail(tmpl, at, diag,
                            "this {{ has no }}, or a quote in it is not closed; "
                            "a literal {{ is written {{{{");
        else if (tmpl->part_count > TMPL_PLACEHOLDERS_MAX)
            err = tmpl_fail(tmpl, at, diag, "more than %d placeholders", TMPL_PLACEHOLDERS_MAX);
        else
            err = tmpl_parse_placeholder(set, tmpl, part,
                                         bytes_make(tmpl->text.ptr + at + 2, end - at - 4), diag);
        if (part->def != NULL) {
            uint64_t place = (uint64_t)tmpl->part_number << 16 | (tmpl->part_count - 1);
            part->def->salt = rng_mix((place + 1) * RNG_STEP);
        }
        at = end;
    }
    buf_fini(&literal);
    return err;
}
