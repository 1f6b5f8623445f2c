/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails and multipart bodies (RFC 5322, 2045, 2046) taken apart as they come: header fields one by
 * one, unfolded; bodies of parts in pieces, still encoded. Parts may hold parts, and messages. For
 * those who look for a stamp in what a mailer or a form sent: nothing is refused, and what is
 * malformed is taken for the nearest thing that makes sense. Bounded: a plain value of about 6 KB.
 *
 *     while (more || finished) {
 *         switch (mime_next(&mime, &input, &piece)) {
 *         case MIME_MORE: … feed, or mime_finish
 *         case MIME_FIELD: mime.name, mime.value
 *         case MIME_BODY: mime_coding_init(&coding, mime.coding)
 *         case MIME_PIECE: mime_coding_decode(&coding, piece, out)
 *         …
 *
 * Limits: fields are cut at MIME_FIELD_MAX bytes (mime.cut says so); parts below MIME_DEPTH_MAX and
 * a multipart without a usable boundary are one body of text.
 */
#ifndef BR_WIRE_MIME_H
#define BR_WIRE_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/base64.h"
#include "wire/qp.h"

enum {
    MIME_FIELD_MAX = 4096,
    MIME_DEPTH_MAX = 8,
    MIME_BOUNDARY_MAX = 70, /* RFC 2046 5.1.1 */
    MIME_TYPE_MAX = 64,
    MIME_HELD_MAX = 100, /* a line end and a line that may be a delimiter */
};

enum mime_event {
    MIME_MORE,  /* the input is used up */
    MIME_FIELD, /* a header field of the message or of a part */
    MIME_BODY,  /* the header is over and a body begins: mime.type, mime.coding */
    MIME_PIECE, /* some of it, still encoded; never of a multipart as a whole */
    MIME_BODY_END,
    MIME_END, /* after mime_finish: that was all */
};

enum mime_coding { MIME_PLAIN, MIME_QP, MIME_BASE64 };

enum mime_state {
    MIME_STATE_HEADER,     /* at the beginning of a field's line */
    MIME_STATE_FIELD,      /* in it */
    MIME_STATE_FOLD,       /* behind it: the next byte says whether it goes on */
    MIME_STATE_HEADER_END, /* in the empty line */
    MIME_STATE_LINE_START, /* of a body: the line may be a delimiter */
    MIME_STATE_LINE,       /* it is none */
};

struct mime_boundary {
    uint8_t len;
    char text[MIME_BOUNDARY_MAX];
};

/* A plain value; what the fields below lend lives until the next call. */
struct mime {
    /* MIME_FIELD */
    struct bytes name;
    struct bytes value; /* unfolded, without blanks at its ends */
    bool cut;
    /* MIME_BODY */
    struct bytes type; /* "text/plain", lower case */
    enum mime_coding coding;
    unsigned depth; /* multiparts it is in */

    /* private */
    uint8_t state;     /* enum mime_state */
    uint8_t levels;    /* boundaries in use */
    bool in_body;      /* between MIME_BODY and MIME_BODY_END */
    bool skips;        /* before the first delimiter of a multipart, or behind the last one */
    bool finished;     /* no input comes any more */
    bool is_multipart; /* the header under way says so, with this boundary: */
    bool is_message;   /* the body is a message: a header follows */
    struct mime_boundary boundary;
    struct mime_boundary boundaries[MIME_DEPTH_MAX];
    char type_text[MIME_TYPE_MAX];
    uint8_t held_len;
    char held[MIME_HELD_MAX];
    uint16_t field_len;
    char field[MIME_FIELD_MAX];
};

/* A whole message: header, then body. */
void mime_init_message(struct mime *mime);
/* A body whose Content-Type is known (of HTTP). */
void mime_init_body(struct mime *mime, struct bytes content_type);
/* Takes what it uses off *input. *out_piece (MIME_PIECE) is lent by the input or by *mime. */
enum mime_event mime_next(struct mime *mime, struct bytes *input, struct bytes *out_piece);
/* No input comes any more; mime_next goes on (with an empty one) until MIME_END. */
void mime_finish(struct mime *mime);

/* ---- what a body is encoded with ---- */

struct mime_decoder {
    enum mime_coding coding;
    struct qp qp;
    struct base64 base64;
};

void mime_decoder_init(struct mime_decoder *decoder, enum mime_coding coding);
/* Writes what `piece` means and returns how much; out has room for piece.len + QP_HELD_MAX. */
size_t mime_decode(struct mime_decoder *decoder, struct bytes piece, char *out);
/* At MIME_BODY_END; room for QP_HELD_MAX. */
size_t mime_decode_finish(struct mime_decoder *decoder, char *out);

/* ---- header fields ---- */

/* A value whose encoded words (RFC 2047: =?utf-8?q?…?=) have become bytes, those that follow each
 * other joined, as a mailer cuts long ones. Writes at most value.len bytes, returns how many.
 * Charsets are not converted: a stamp is ASCII in all that mails use. */
size_t mime_decode_words(struct bytes value, char *out);
/* The parameter of that name in `type/subtype; name=value; name="va\"lue"`, unquoted into `out`
 * (room for `size` bytes); its length, 0 when there is none or it is longer. */
size_t mime_parameter(struct bytes value, struct bytes name, char *out, size_t size);

#endif
