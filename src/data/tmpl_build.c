/* SPDX-License-Identifier: Apache-2.0
 *
 * From parts to operations: finds out where each placeholder stands, resolves names, and writes
 * down beforehand all that can be: the options of a choice as they are written at that spot, the
 * quotes around what JSON would not take as a value, and how much room everything needs at most.
 */
#include "data/tmpl_impl.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "data/jscan.h"
#include "data/json.h"

/* What is under way for one template. */
struct tmpl_building {
    struct tmpl_set *set;
    struct tmpl *tmpl;
    struct buf literals;
    struct tmpl_op *ops;
    size_t literal_start; /* of the operation under way */
    bool in_string;       /* JSON only */
    bool escaped;         /* a backslash stands before the next character */
};

/* ---- how texts are written ---- */

/* Whether percent-encoding leaves it alone (RFC 3986, 2.3). */
static bool tmpl_is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void tmpl_put_percent(struct buf *out, struct bytes text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        char code[3] = {'%', hex[c >> 4], hex[c & 15]};
        buf_put(out, tmpl_is_unreserved(text.ptr[i]) ? bytes_make(text.ptr + i, 1)
                                                     : bytes_make(code, 3));
    }
}

static void tmpl_put_header(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_put(out, c < 0x20 || c == 0x7f ? BYTES(" ") : bytes_make(text.ptr + i, 1));
    }
}

void tmpl_put_at_spot(struct buf *out, struct bytes text, enum tmpl_spot spot)
{
    switch (spot) {
    case TMPL_SPOT_TEXT:
        buf_put(out, text);
        break;
    case TMPL_SPOT_STRING:
        json_put_inside(out, text);
        break;
    case TMPL_SPOT_VALUE:
        if (jscan_is_value(text)) {
            buf_put(out, text);
        } else {
            buf_put(out, BYTES("\""));
            json_put_inside(out, text);
            buf_put(out, BYTES("\""));
        }
        break;
    case TMPL_SPOT_URL:
        tmpl_put_percent(out, text);
        break;
    case TMPL_SPOT_HEADER:
        tmpl_put_header(out, text);
        break;
    }
}

static void tmpl_write_options(struct tmpl_building *building, struct tmpl_op *op)
{
    struct arena *arena = &building->set->arena;
    struct tmpl_choice *choice = &op->params.choice;
    struct bytes *written = arena_alloc(arena, choice->count, sizeof(*written));
    struct buf buf;
    buf_init(&buf, SIZE_MAX / 2);
    for (size_t i = 0; i < choice->count; i++) {
        buf_clear(&buf);
        tmpl_put_at_spot(&buf, choice->options[i], (enum tmpl_spot)op->spot);
        written[i] = arena_copy(arena, buf_bytes(&buf));
    }
    buf_fini(&buf);
    choice->options = written;
}

/* ---- spots ---- */

/* Follows the literal text of JSON: are we inside a string? */
static void tmpl_follow(struct tmpl_building *building, struct bytes literal)
{
    for (size_t i = 0; i < literal.len; i++) {
        char c = literal.ptr[i];
        if (building->escaped)
            building->escaped = false;
        else if (c == '\\' && building->in_string)
            building->escaped = true;
        else if (c == '"')
            building->in_string = !building->in_string;
    }
}

static enum tmpl_spot tmpl_spot_now(const struct tmpl_building *building)
{
    switch (building->tmpl->form) {
    case TMPL_FORM_TEXT:
        return TMPL_SPOT_TEXT;
    case TMPL_FORM_JSON:
        return building->in_string ? TMPL_SPOT_STRING : TMPL_SPOT_VALUE;
    case TMPL_FORM_URL:
        return TMPL_SPOT_URL;
    case TMPL_FORM_HEADER:
        return TMPL_SPOT_HEADER;
    }
    return TMPL_SPOT_TEXT;
}

enum tmpl_form tmpl_guess_form(struct bytes text)
{
    struct tmpl tmpl = {.form = TMPL_FORM_JSON};
    struct tmpl_building building = {.tmpl = &tmpl};
    struct buf plain;
    buf_init(&plain, text.len + 1); /* the shortest placeholder has four characters */
    size_t at = 0;
    while (at < text.len) {
        size_t braces = tmpl_count_braces(text, at);
        if (braces != 2) {
            struct bytes piece = bytes_make(text.ptr + at, braces == 4 ? 4 : 1);
            tmpl_follow(&building, piece);
            buf_put(&plain, piece);
            at += piece.len;
            continue;
        }
        size_t end = tmpl_placeholder_end(text, at);
        if (end == 0)
            break;
        /* Nothing that could make one token with its neighbours. */
        buf_put(&plain, building.in_string ? BYTES("x") : BYTES("null"));
        building.escaped = false;
        at = end;
    }
    /* A scalar alone is rather a line of text that happens to be a number or a placeholder. */
    struct jscan scan = jscan_over(buf_bytes(&plain));
    struct jscan_value value = {JSCAN_NONE, BYTES_NONE};
    bool json = at >= text.len && !jscan_is_over(&scan);
    while (json && !jscan_is_over(&scan))
        json =
            jscan_read(&scan, &value) && (value.kind == JSCAN_OBJECT || value.kind == JSCAN_ARRAY);
    buf_fini(&plain);
    return json ? TMPL_FORM_JSON : TMPL_FORM_TEXT;
}

/* ---- operations ---- */

/* Whether JSON would not take what is drawn as a value. */
static bool tmpl_wants_quotes(enum tmpl_draw draw)
{
    switch (draw) {
    case TMPL_DRAW_EVENT:
    case TMPL_DRAW_EVENT_UUID:
    case TMPL_DRAW_UUID:
    case TMPL_DRAW_NOW_ISO:
    case TMPL_DRAW_WORD:
    case TMPL_DRAW_TEXT:
        return true;
    case TMPL_DRAW_NOTHING:
    case TMPL_DRAW_SEQ:
    case TMPL_DRAW_NOW_SINCE:
    case TMPL_DRAW_INT:
    case TMPL_DRAW_FIXED:
    case TMPL_DRAW_ZIPF:
    case TMPL_DRAW_NORMAL:
    case TMPL_DRAW_PICK: /* options are written as they must be */
    case TMPL_DRAW_WEIGHTED:
    case TMPL_DRAW_ROW:
        return false;
    }
    return false;
}

static size_t tmpl_draw_max(const struct tmpl_op *op)
{
    size_t longest = 0;
    switch ((enum tmpl_draw)op->draw) {
    case TMPL_DRAW_NOTHING:
    case TMPL_DRAW_ROW:
        return 0;
    case TMPL_DRAW_EVENT:
    case TMPL_DRAW_EVENT_UUID:
        return TMPL_EVENT_MAX;
    case TMPL_DRAW_SEQ:
    case TMPL_DRAW_NOW_SINCE:
    case TMPL_DRAW_INT:
    case TMPL_DRAW_ZIPF:
        return GEN_INT_MAX;
    case TMPL_DRAW_UUID:
        return GEN_UUID_SIZE;
    case TMPL_DRAW_NOW_ISO:
        return GEN_ISO_SIZE;
    case TMPL_DRAW_FIXED:
    case TMPL_DRAW_NORMAL:
        return GEN_FIXED_MAX;
    case TMPL_DRAW_PICK:
    case TMPL_DRAW_WEIGHTED:
        for (size_t i = 0; i < op->params.choice.count; i++) {
            size_t len = op->params.choice.options[i].len;
            longest = len > longest ? len : longest;
        }
        return longest;
    case TMPL_DRAW_WORD:
        return GEN_WORD_SLOT;
    case TMPL_DRAW_TEXT:
        /* In a URL each blank becomes three characters. */
        return (op->params.text_size + 2 * GEN_WORD_SLOT) * (op->spot == TMPL_SPOT_URL ? 3 : 1);
    }
    return 0;
}

static unsigned tmpl_draw_uses(enum tmpl_draw draw)
{
    switch (draw) {
    case TMPL_DRAW_NOTHING:
        return 0;
    case TMPL_DRAW_EVENT:
        return TMPL_USES_EVENT;
    case TMPL_DRAW_EVENT_UUID:
        return TMPL_USES_EVENT_UUID;
    case TMPL_DRAW_NOW_ISO:
    case TMPL_DRAW_NOW_SINCE:
        return TMPL_USES_NOW;
    case TMPL_DRAW_ROW:
        return TMPL_USES_ROW;
    case TMPL_DRAW_SEQ:
    case TMPL_DRAW_UUID:
    case TMPL_DRAW_INT:
    case TMPL_DRAW_FIXED:
    case TMPL_DRAW_PICK:
    case TMPL_DRAW_WEIGHTED:
    case TMPL_DRAW_WORD:
    case TMPL_DRAW_TEXT:
    case TMPL_DRAW_ZIPF:
    case TMPL_DRAW_NORMAL:
        return TMPL_USES_RECORD;
    }
    return 0;
}

/* Ends the literal under way and begins the next one. */
static void tmpl_end_literal(struct tmpl_building *building, struct tmpl_op *op)
{
    op->literal_at = (uint32_t)building->literal_start;
    op->literal_len = (uint32_t)(building->literals.len - building->literal_start);
    building->literal_start = building->literals.len;
}

static enum br_err tmpl_build_part(struct tmpl_building *building, const struct tmpl_part *part,
                                   struct tmpl_op *op, struct diag *diag)
{
    struct tmpl *tmpl = building->tmpl;
    const struct tmpl_def *def = part->def;
    for (const struct tmpl_def *named = building->set->named; def == NULL && named != NULL;
         named = named->next_named) {
        if (bytes_eq(named->name, part->ref))
            def = named;
    }
    if (def == NULL)
        return tmpl_fail_unknown(building->set, tmpl, part->offset, part->ref, diag);

    buf_put(&building->literals, part->literal);
    if (tmpl->form == TMPL_FORM_JSON)
        tmpl_follow(building, part->literal);
    *op = (struct tmpl_op){
        .draw = (unsigned char)def->draw,
        .spot = (unsigned char)tmpl_spot_now(building),
        .decimals = def->decimals,
        .trim = def->trim,
        .salt = def->salt,
        .params = def->params,
    };
    bool quotes = op->spot == TMPL_SPOT_VALUE && tmpl_wants_quotes(def->draw);
    if (quotes)
        buf_put(&building->literals, BYTES("\""));
    tmpl_end_literal(building, op);
    if (quotes)
        buf_put(&building->literals, BYTES("\""));
    if (def->draw == TMPL_DRAW_PICK || def->draw == TMPL_DRAW_WEIGHTED)
        tmpl_write_options(building, op);
    tmpl->uses |= tmpl_draw_uses(def->draw);
    return BR_ERR_NONE;
}

static void tmpl_build_last(struct tmpl_building *building, const struct tmpl_part *part,
                            struct tmpl_op *op)
{
    buf_put(&building->literals, part->literal);
    *op = (struct tmpl_op){.draw = TMPL_DRAW_NOTHING};
    tmpl_end_literal(building, op);
}

enum br_err tmpl_build(struct tmpl_set *set, struct tmpl *tmpl, struct diag *diag)
{
    MUST(tmpl->part_count > 0);
    struct tmpl_building building = {.set = set, .tmpl = tmpl};
    /* Two quotes a placeholder at most. */
    buf_init(&building.literals, tmpl->text.len + 2 * tmpl->part_count + 1);
    building.ops = arena_alloc(&set->arena, tmpl->part_count, sizeof(*building.ops));

    enum br_err err = BR_ERR_NONE;
    size_t last = tmpl->part_count - 1;
    for (size_t i = 0; i < last && err == BR_ERR_NONE; i++)
        err = tmpl_build_part(&building, &tmpl->parts[i], &building.ops[i], diag);
    if (err == BR_ERR_NONE) {
        tmpl_build_last(&building, &tmpl->parts[last], &building.ops[last]);
        size_t rest = 0;
        for (size_t i = tmpl->part_count; i-- > 0;) {
            rest += building.ops[i].literal_len + tmpl_draw_max(&building.ops[i]);
            building.ops[i].rest_max = rest;
        }
        if (rest > TMPL_SIZE_MAX)
            err = diag_set(diag, BR_ERR_CONFIG,
                           "%s may become %zu bytes long; at most %d are accepted", tmpl->what,
                           rest, TMPL_SIZE_MAX);
        tmpl->literals = arena_copy(&set->arena, buf_bytes(&building.literals)).ptr;
        tmpl->ops = building.ops;
    }
    buf_fini(&building.literals);
    return err;
}
