/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of templates, and rendering them.
 */
#include "data/tmpl.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "data/gen.h"
#include "data/jscan.h"
#include "data/json.h"
#include "data/tmpl_impl.h"

struct tmpl_set *tmpl_set_create(void)
{
    struct tmpl_set *set = MEM_NEW(struct tmpl_set);
    arena_init(&set->arena);
    set->last = &set->first;
    return set;
}

void tmpl_set_destroy(struct tmpl_set **set)
{
    if (*set == NULL)
        return;
    for (struct tmpl *tmpl = (*set)->first; tmpl != NULL; tmpl = tmpl->next)
        mem_free(tmpl->parts);
    arena_fini(&(*set)->arena);
    mem_free(*set);
    *set = NULL;
}

enum br_err tmpl_set_add(struct tmpl_set *set, const struct tmpl_spec *spec,
                         const struct tmpl **out_tmpl, struct diag *diag)
{
    MUST(!set->sealed);
    MUST(spec->part <= UINT16_MAX);
    for (const struct tmpl *other = set->first; other != NULL; other = other->next)
        MUST(other->part_number != spec->part);
    if (spec->text.len > TMPL_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "%s is %zu bytes long; at most %d are accepted",
                        spec->what, spec->text.len, TMPL_SIZE_MAX);

    struct tmpl *tmpl = ARENA_NEW(&set->arena, struct tmpl);
    tmpl->what = arena_copy(&set->arena, bytes_from_str(spec->what)).ptr;
    tmpl->text = arena_copy(&set->arena, spec->text);
    tmpl->form = spec->form;
    tmpl->part_number = spec->part;
    /* In the list even when it fails: its parts are given back with the set. */
    *set->last = tmpl;
    set->last = &tmpl->next;
    enum br_err err = tmpl_parse(set, tmpl, diag);
    if (err == BR_ERR_NONE)
        *out_tmpl = tmpl;
    return err;
}

/* The template that is nothing but one named value. */
static struct tmpl *tmpl_make_alone(struct tmpl_set *set, struct tmpl_def *def)
{
    struct tmpl *tmpl = ARENA_NEW(&set->arena, struct tmpl);
    tmpl->what = "";
    tmpl->text = BYTES("");
    tmpl->form = TMPL_FORM_TEXT;
    tmpl->parts = arena_alloc(&set->arena, 2, sizeof(*tmpl->parts));
    tmpl->parts[0].def = def;
    tmpl->part_count = 2;
    return tmpl;
}

enum br_err tmpl_set_seal(struct tmpl_set *set, struct diag *diag)
{
    MUST(!set->sealed);
    enum br_err err = BR_ERR_NONE;
    for (struct tmpl *tmpl = set->first; tmpl != NULL && err == BR_ERR_NONE; tmpl = tmpl->next) {
        err = tmpl_build(set, tmpl, diag);
        set->uses |= tmpl->uses;
    }
    for (struct tmpl_def *def = set->named; def != NULL && err == BR_ERR_NONE;
         def = def->next_named) {
        def->alone = tmpl_make_alone(set, def);
        err = tmpl_build(set, def->alone, diag);
    }
    set->sealed = err == BR_ERR_NONE;
    return err;
}

unsigned tmpl_set_uses(const struct tmpl_set *set)
{
    MUST(set->sealed);
    return set->uses;
}

unsigned tmpl_uses(const struct tmpl *tmpl)
{
    MUST(tmpl->ops != NULL);
    return tmpl->uses;
}

size_t tmpl_set_row_field_count(const struct tmpl_set *set)
{
    return set->row_field_count;
}

struct bytes tmpl_set_row_field(const struct tmpl_set *set, size_t index)
{
    MUST(index < set->row_field_count);
    return set->row_fields[index];
}

const struct tmpl *tmpl_set_named(const struct tmpl_set *set, struct bytes name)
{
    MUST(set->sealed);
    for (const struct tmpl_def *def = set->named; def != NULL; def = def->next_named) {
        if (bytes_eq(def->name, name))
            return def->alone;
    }
    return NULL;
}

bool tmpl_is_fixed(const struct tmpl *tmpl)
{
    return tmpl_uses(tmpl) == 0;
}

size_t tmpl_size_max(const struct tmpl *tmpl)
{
    MUST(tmpl->ops != NULL);
    return tmpl->ops[0].rest_max;
}

/* ---- rendering ---- */

static char *tmpl_put_bytes(char *at, struct bytes bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

static char *tmpl_put_event(char *at, struct bytes stamp)
{
    MUST(stamp.len > 0);
    MUST(stamp.len <= TMPL_EVENT_MAX);
    return tmpl_put_bytes(at, stamp);
}

static struct bytes tmpl_draw_weighted(const struct tmpl_choice *choice, struct rng *rng)
{
    uint64_t drawn = rng_below(rng, choice->total);
    size_t low = 0;
    size_t high = choice->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (choice->limits[middle] > drawn)
            high = middle;
        else
            low = middle + 1;
    }
    return choice->options[low];
}

static char *tmpl_put_normal(char *at, const struct tmpl_op *op, struct rng *rng)
{
    double value = op->params.normal.mean + op->params.normal.deviation * gen_normal_draw(rng);
    return gen_put_fixed(at, (int64_t)floor(value + 0.5), op->decimals, op->trim);
}

/* Words, in a URL with %20 between them. */
static char *tmpl_put_text(char *at, const struct tmpl_op *op, struct rng *rng)
{
    char *end = gen_put_text(at, rng, op->params.text_size);
    if (op->spot != TMPL_SPOT_URL)
        return end;
    size_t blanks = 0;
    for (const char *c = at; c < end; c++)
        blanks += *c == ' ' ? 1 : 0;
    char *to = end + 2 * blanks;
    for (const char *from = end; from > at;) {
        char c = *--from;
        *--to = c == ' ' ? '0' : c;
        if (c == ' ') {
            *--to = '2';
            *--to = '%';
        }
    }
    return end + 2 * blanks;
}

/* Everything but rows; room has been made. */
static char *tmpl_put_draw(char *at, const struct tmpl_op *op, const struct tmpl_record *record)
{
    struct rng rng = rng_at(record->seed + op->salt, record->index);
    switch ((enum tmpl_draw)op->draw) {
    case TMPL_DRAW_EVENT:
        return tmpl_put_event(at, record->event);
    case TMPL_DRAW_EVENT_UUID:
        return tmpl_put_event(at, record->event_uuid);
    case TMPL_DRAW_SEQ:
        return gen_put_u64(at, record->index);
    case TMPL_DRAW_UUID: {
        uint64_t high = rng_next(&rng);
        return gen_put_uuid(at, high, rng_next(&rng));
    }
    case TMPL_DRAW_NOW_ISO:
        return gen_put_iso(at, record->wall_ns);
    case TMPL_DRAW_NOW_SINCE:
        return gen_put_u64(at, record->wall_ns / op->params.unit_ns);
    case TMPL_DRAW_INT:
        return gen_put_i64(at, gen_int_draw(&op->params.range, &rng));
    case TMPL_DRAW_FIXED:
        return gen_put_fixed(at, gen_int_draw(&op->params.range, &rng), op->decimals, op->trim);
    case TMPL_DRAW_PICK:
        return tmpl_put_bytes(at,
                              op->params.choice.options[rng_below(&rng, op->params.choice.count)]);
    case TMPL_DRAW_WEIGHTED:
        return tmpl_put_bytes(at, tmpl_draw_weighted(&op->params.choice, &rng));
    case TMPL_DRAW_WORD:
        return gen_put_word(at, &rng);
    case TMPL_DRAW_TEXT:
        return tmpl_put_text(at, op, &rng);
    case TMPL_DRAW_ZIPF:
        return gen_put_u64(at, gen_zipf_draw(&op->params.zipf, &rng));
    case TMPL_DRAW_NORMAL:
        return tmpl_put_normal(at, op, &rng);
    case TMPL_DRAW_NOTHING:
    case TMPL_DRAW_ROW:
        break;
    }
    return at;
}

/* A field of a row, and room for what comes behind it. The worst a byte can become is six. */
static enum br_err tmpl_put_row(struct buf *out, const struct tmpl_op *op,
                                const struct tmpl_record *record)
{
    MUST(record->row != NULL);
    struct tmpl_value value = record->row[op->params.row_field];
    if (value.raw.len > TMPL_SIZE_MAX)
        return BR_ERR_LIMIT;
    bool json = op->spot == TMPL_SPOT_STRING || op->spot == TMPL_SPOT_VALUE;
    bool as_it_is = (json && value.kind == TMPL_VALUE_STRING) ||
                    (op->spot == TMPL_SPOT_VALUE && value.kind == TMPL_VALUE_JSON);
    enum br_err err =
        buf_reserve(out, value.raw.len * (as_it_is ? 1 : 7) + sizeof("\"\"null") + op->rest_max);
    if (err != BR_ERR_NONE)
        return err;
    if (value.kind == TMPL_VALUE_NONE) {
        if (op->spot == TMPL_SPOT_VALUE)
            buf_put(out, BYTES("null"));
        return BR_ERR_NONE;
    }
    if (as_it_is) {
        bool quotes = value.kind == TMPL_VALUE_STRING && op->spot == TMPL_SPOT_VALUE;
        if (quotes)
            buf_put(out, BYTES("\""));
        buf_put(out, value.raw);
        if (quotes)
            buf_put(out, BYTES("\""));
        return BR_ERR_NONE;
    }
    if (value.kind == TMPL_VALUE_STRING) {
        /* Unescaped into the far end of the room just made, then written from there. */
        char *plain = out->data + out->len + 6 * value.raw.len;
        value.raw = bytes_make(plain, jscan_unescape(value.raw, plain));
    }
    tmpl_put_at_spot(out, value.raw, (enum tmpl_spot)op->spot);
    return BR_ERR_NONE;
}

enum br_err tmpl_render(const struct tmpl *tmpl, const struct tmpl_record *record, struct buf *out)
{
    MUST(tmpl->ops != NULL);
    const struct tmpl_op *op = tmpl->ops;
    const char *literals = tmpl->literals;
    size_t start = out->len;
    enum br_err err = buf_reserve(out, op->rest_max + 1);
    if (err != BR_ERR_NONE)
        return err;

    char *at = out->data + start;
    for (;; op++) {
        memcpy(at, literals + op->literal_at, op->literal_len);
        at += op->literal_len;
        if (op->draw == TMPL_DRAW_NOTHING)
            break;
        if (op->draw != TMPL_DRAW_ROW) {
            at = tmpl_put_draw(at, op, record);
            continue;
        }
        out->len = (size_t)(at - out->data);
        err = tmpl_put_row(out, op, record);
        if (err != BR_ERR_NONE) {
            out->len = start;
            return err;
        }
        at = out->data + out->len;
    }
    out->len = (size_t)(at - out->data);
    return BR_ERR_NONE;
}
