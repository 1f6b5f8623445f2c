/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates: texts with placeholders (`{{int 1 100}}`, `{{event}}`, …; the list is tmpl_table.h)
 * that are compiled once into a few copies and draws, and rendered for record number k wherever
 * and whenever record k is wanted. What is drawn depends on (seed, k, placeholder) and on nothing
 * else (design.md 7.8).
 *
 * The templates that make one record together (URL, headers, body) form a set: a value named in
 * one of them (`{{pick web1 web2 as host}}`) is the same wherever the set says `{{host}}`. As a
 * value is a pure function of its place, naming it stores nothing: it is drawn again.
 *
 * Syntax: between `{{` and `}}` stand words; quotes ("…" or '…', with \" and \\ inside the first)
 * keep blanks in a word; `{{{{` is a literal `{{`; `}}` alone is text.
 *
 * What is inserted is written so that the whole stays what it is (enum tmpl_form). In JSON a
 * placeholder inside a string is escaped as needed; one outside of strings becomes a value: as it
 * is when it is one (numbers, true, …), else a string with its quotes.
 */
#ifndef BR_DATA_TMPL_H
#define BR_DATA_TMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

enum {
    TMPL_TEXT_MAX = 1000000,         /* {{text N}} */
    TMPL_SIZE_MAX = 64 << 20,        /* a template, and what it renders without rows */
    TMPL_ROW_FIELDS_MAX = 256,       /* different fields of rows in one set */
    TMPL_PLACEHOLDERS_MAX = 1 << 16, /* in one template */
    TMPL_EVENT_MAX = 64,             /* bytes of a stamp or of its UUID form */
};

enum tmpl_kind {
#define TMPL(kind, name, least, most, usage, meaning) TMPL_##kind,
#include "data/tmpl_table.h"
#undef TMPL
    TMPL_KIND_COUNT
};

/* What `{{NAME …}}` looks like and gives: for help and docs. Static storage. */
const char *tmpl_kind_name(enum tmpl_kind kind);
const char *tmpl_kind_usage(enum tmpl_kind kind);
const char *tmpl_kind_meaning(enum tmpl_kind kind);

/* How inserted texts are written. */
enum tmpl_form {
    TMPL_FORM_TEXT,   /* as they are */
    TMPL_FORM_JSON,   /* so that JSON stays JSON */
    TMPL_FORM_URL,    /* percent-encoded but for letters, digits and -._~ (RFC 3986, 2.3) */
    TMPL_FORM_HEADER, /* control characters become blanks */
};

/* TMPL_FORM_JSON when the text is JSON (one value or several with blanks between them) but for its
 * placeholders, else TMPL_FORM_TEXT. */
enum tmpl_form tmpl_guess_form(struct bytes text);

/* A template to be added; everything is copied. */
struct tmpl_spec {
    struct bytes text;
    enum tmpl_form form;
    /* Which part of a record it is: values depend on it. 0 is the body, so that `gen` writes what
     * `bench` sends; no two of a set are the same; at most 65535. */
    unsigned part;
    const char *what; /* "the body", "--header x-host": begins the sentence of an error */
};

struct tmpl;
struct tmpl_set;

/* The value of one field of a row (see rows.h). Borrowed bytes. */
enum tmpl_value_kind {
    TMPL_VALUE_NONE,   /* the row has no such field */
    TMPL_VALUE_TEXT,   /* plain text (CSV) */
    TMPL_VALUE_STRING, /* the inside of a JSON string, escapes as they are */
    TMPL_VALUE_JSON,   /* any other JSON value */
};

struct tmpl_value {
    enum tmpl_value_kind kind;
    struct bytes raw;
};

/* What a record is rendered from. Borrows everything. */
struct tmpl_record {
    uint64_t seed;
    uint64_t index;               /* k: the number of the record in the whole run */
    uint64_t wall_ns;             /* CLOCK_REALTIME, for {{now}} */
    struct bytes event;           /* the stamp; where tmpl_set_uses says TMPL_USES_EVENT */
    struct bytes event_uuid;      /* the same as a UUID; where TMPL_USES_EVENT_UUID */
    const struct tmpl_value *row; /* by tmpl_set_row_field; where TMPL_USES_ROW */
};

enum tmpl_use {
    TMPL_USES_EVENT = 1,
    TMPL_USES_EVENT_UUID = 2,
    TMPL_USES_NOW = 4,
    TMPL_USES_ROW = 8,
    TMPL_USES_RECORD = 16, /* seq and everything that is drawn */
};

/* An empty set; the caller owns it. */
struct tmpl_set *tmpl_set_create(void);
void tmpl_set_destroy(struct tmpl_set **set);

/* Compiles one template of the set; *out_tmpl is lent by the set and can be rendered from
 * tmpl_set_seal on. */
BR_NODISCARD enum br_err tmpl_set_add(struct tmpl_set *set, const struct tmpl_spec *spec,
                                      const struct tmpl **out_tmpl, struct diag *diag);
/* Resolves names over all templates. From here on the set is never changed: threads may share it.
 */
BR_NODISCARD enum br_err tmpl_set_seal(struct tmpl_set *set, struct diag *diag);

/* Bits of enum tmpl_use. */
unsigned tmpl_set_uses(const struct tmpl_set *set);
unsigned tmpl_uses(const struct tmpl *tmpl);
/* The fields of rows that the set wants, in the order of tmpl_record.row. Lent by the set. */
size_t tmpl_set_row_field_count(const struct tmpl_set *set);
struct bytes tmpl_set_row_field(const struct tmpl_set *set, size_t index);

/* Whether every record renders the same bytes. */
bool tmpl_is_fixed(const struct tmpl *tmpl);
/* How much a record needs at most, rows not counted. */
size_t tmpl_size_max(const struct tmpl *tmpl);

/* Appends record->index's text; BR_ERR_LIMIT when the ceiling of `out` forbids it (then *out is
 * unchanged). */
BR_NODISCARD enum br_err tmpl_render(const struct tmpl *tmpl, const struct tmpl_record *record,
                                     struct buf *out);

/* The template that is nothing but the value of that name, as plain text (for --stream-key); NULL
 * when the sealed set has no such name. Lent by the set. */
const struct tmpl *tmpl_set_named(const struct tmpl_set *set, struct bytes name);

#endif
