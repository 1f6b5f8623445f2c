/* SPDX-License-Identifier: Apache-2.0
 *
 * Stamps: the short text that carries an event's identity through somebody else's pipeline.
 *
 *     zx r4t0ve 0000g0000002 q1m9sd        26 letters and digits (written without the blanks)
 *      |   |         |          |
 *      |   |         |          check digits, 30 bits over run and identity
 *      |   |         identity: stream (22 bits), sequence number (38 bits)
 *      |   run, 30 bits: the same for all stamps of a run, so that people can search for it
 *      the prefix: two letters that the digits never are, so no stamp begins inside of another
 *
 * Digits are 0-9a-v, 5 bits each (base32hex of RFC 4648); case does not matter when reading. A
 * stamp starts with a letter and holds lower-case letters and digits only, so that a pipeline
 * leaves it alone in a JSON string, a header, a URL, a subject, a label, a log line, HTML.
 *
 * The same identity as a UUID, for typed columns (version 4 and variant as RFC 9562 wants them):
 *
 *     rrrrrrrr-cccc-4ccc-vsss-ssssssssssss     run, check digits, identity
 *
 * Stamps are found by scanning bytes for the prefix, without parsing what they stand in; transfer
 * encodings must be taken off before. How sure it is: in random text made of stamp digits alone,
 * the worst there is, a place looks like a stamp of this run with probability 2^-70, like another
 * run's with 2^-40 and like an unreadable one of ours with 2^-40; in 10^9 bytes that is 10^-12
 * stamps of ours and 10^-3 of each other kind. In English or JSON it is far less.
 */
#ifndef BR_BASE_STAMP_H
#define BR_BASE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum {
    STAMP_SIZE = 26,
    STAMP_HEAD_SIZE = 8, /* prefix and run */
    STAMP_RUN_SIZE = 6,
    STAMP_UUID_SIZE = 36,
    STAMP_RUN_BITS = 30,
    STAMP_STREAM_BITS = 22,
    STAMP_SEQ_BITS = 38,
    STAMP_CHECK_BITS = 30,
};

#define STAMP_STREAM_MAX ((UINT32_C(1) << STAMP_STREAM_BITS) - 1)
#define STAMP_SEQ_MAX ((UINT64_C(1) << STAMP_SEQ_BITS) - 1)

/* A run's part; a plain value. */
struct stamp_run {
    uint32_t number;            /* STAMP_RUN_BITS */
    uint64_t salt;              /* what it adds to the check digits */
    char head[STAMP_HEAD_SIZE]; /* what all its stamps begin with */
};

struct stamp_id {
    uint32_t stream; /* <= STAMP_STREAM_MAX */
    uint64_t seq;    /* <= STAMP_SEQ_MAX */
};

enum stamp_kind {
    STAMP_OURS,
    STAMP_FOREIGN,    /* good check digits, another run */
    STAMP_UNREADABLE, /* our run, but damaged or cut off */
};

struct stamp_hit {
    enum stamp_kind kind;
    struct stamp_id id; /* zero when unreadable */
    uint64_t offset;    /* of its first byte, from the start of the message */
};

/* Folds any 64 random bits into a run number. */
void stamp_run_init(struct stamp_run *run, uint64_t random);
/* --run-id: STAMP_RUN_SIZE digits 0-9a-v, as stamp_run_text gives them. BR_ERR_CONFIG. */
BR_NODISCARD enum br_err stamp_run_parse(struct bytes text, struct stamp_run *out_run,
                                         struct diag *diag);
/* Lends its digits. */
static inline struct bytes stamp_run_text(const struct stamp_run *run)
{
    return bytes_make(run->head + STAMP_HEAD_SIZE - STAMP_RUN_SIZE, STAMP_RUN_SIZE);
}

/* Writes exactly STAMP_SIZE and STAMP_UUID_SIZE bytes, no NUL. */
void stamp_emit(const struct stamp_run *run, struct stamp_id id, char out_text[static STAMP_SIZE]);
void stamp_emit_uuid(const struct stamp_run *run, struct stamp_id id,
                     char out_text[static STAMP_UUID_SIZE]);

/* Writes many stamps of a run, one after the other: most of them share their first digits with the
 * one before, which are then not made again. Plain; the text is the last stamp's. */
struct stamp_writer {
    struct stamp_run run;
    uint64_t high; /* the identity's part in the text's first digits; UINT64_MAX: none yet */
    char text[STAMP_SIZE];
};

void stamp_writer_init(struct stamp_writer *writer, const struct stamp_run *run);
void stamp_writer_put(struct stamp_writer *writer, struct stamp_id id);

/* `text` as a whole: a stamp, or a UUID with or without its dashes (a typed column's value). False
 * when it is none; a UUID whose check digits do not fit is none unless it has our run. */
bool stamp_parse(const struct stamp_run *run, struct bytes text, struct stamp_hit *out_hit);

enum stamp_forms {
    STAMP_FORM_TEXT = 1,
    STAMP_FORM_UUID = 2, /* dashed or not; those of other runs look like any UUID: not reported */
};

enum { STAMP_JOIN_SIZE = 2 * STAMP_UUID_SIZE };

/* Finds the stamps of one message that comes in pieces, in the order of their places.
 *
 *     stamp_scan_start(&scan, &run, STAMP_FORM_TEXT);
 *     while (piece) { stamp_scan_feed(&scan, piece); while (stamp_scan_next(&scan, &hit)) … }
 *     stamp_scan_end(&scan); while (stamp_scan_next(&scan, &hit)) …
 *
 * A piece must live until next() has returned false; what may be the beginning of a stamp at its
 * end is kept in `join`. Borrows the run. Allocates nothing. */
struct stamp_scan {
    const struct stamp_run *run;
    unsigned forms;
    bool is_joining; /* at work in `join`, else in `piece` */
    bool is_ended;
    struct bytes piece;
    size_t at;            /* in piece or join, from where to look */
    size_t next_text;     /* the next candidates at or behind `at` */
    size_t next_uuid;     /* … */
    uint64_t piece_start; /* offset of the piece in the message */
    char join[STAMP_JOIN_SIZE];
    size_t join_len;
    size_t kept_len; /* the part of `join` from earlier pieces */
};

void stamp_scan_start(struct stamp_scan *scan, const struct stamp_run *run, unsigned forms);
void stamp_scan_feed(struct stamp_scan *scan, struct bytes piece);
void stamp_scan_end(struct stamp_scan *scan);
bool stamp_scan_next(struct stamp_scan *scan, struct stamp_hit *out_hit);

#endif
