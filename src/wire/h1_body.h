/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of HTTP/1.x messages (RFC 9112 6 and 7), as they come in. Zero-copy and without any need
 * for contiguous input: each call takes what is there and lends the piece of body it found. Chunk
 * extensions and trailers are checked, bounded and dropped (nobody asks for them).
 *
 *     while (!h1_body_is_done(&body) && input.len > 0) {
 *         ssize_t used = h1_body_decode(&body, input, &piece);
 *         if (used < 0) … -used is the enum br_err
 *         input = bytes_skip(input, (size_t)used);
 *         … piece, perhaps empty
 *     }
 */
#ifndef BR_WIRE_H1_BODY_H
#define BR_WIRE_H1_BODY_H

#include "wire/h1.h"

enum {
    H1_CHUNK_LINE_MAX = 4096,        /* a chunk's size with its extensions, in bytes */
    H1_TRAILER_SIZE_MAX = 16 * 1024, /* all trailer lines of a body */
    H1_CHUNK_HEAD_SIZE = 18,         /* room for h1_emit_chunk_head: 16 digits, CR LF */
};

enum h1_body_state {
    H1_BODY_DONE,
    H1_BODY_LENGTH,      /* `left` bytes of body to come */
    H1_BODY_UNTIL_CLOSE, /* nobody knows how many */
    H1_BODY_CHUNK_SIZE,  /* in the digits of a chunk's size */
    H1_BODY_CHUNK_BLANK, /* in blanks behind them, or behind an extension's end */
    H1_BODY_CHUNK_EXT,   /* in the extensions */
    H1_BODY_CHUNK_LF,    /* before the LF of the size's line */
    H1_BODY_CHUNK_DATA,  /* `left` bytes of the chunk to come */
    H1_BODY_CHUNK_CR,    /* before the CR LF behind a chunk */
    H1_BODY_CHUNK_END_LF,
    H1_BODY_TRAILER_START, /* at the beginning of a trailer line, or of the last, empty one */
    H1_BODY_TRAILER_NAME,
    H1_BODY_TRAILER_VALUE,
    H1_BODY_TRAILER_LF,
    H1_BODY_LAST_LF,
};

/* A plain value; owns and borrows nothing. */
struct h1_body {
    uint64_t left;  /* see the states */
    uint32_t extra; /* bytes of the current chunk's line, or of the trailers */
    uint8_t digits; /* of the chunk's size */
    uint8_t state;  /* enum h1_body_state */
};

void h1_body_init(struct h1_body *body, enum h1_framing framing, uint64_t content_length);

static inline bool h1_body_is_done(const struct h1_body *body)
{
    return body->state == H1_BODY_DONE;
}

/* Bytes used of `input` (0 only when it is empty or the body is done: what follows is the next
 * message), or -(enum br_err). *out_piece: body bytes among them, a slice of input, perhaps empty.
 */
BR_NODISCARD ssize_t h1_body_decode(struct h1_body *body, struct bytes input,
                                    struct bytes *out_piece);

/* So many bytes are certain to be body: they may be thrown away unread (h1_body_skip), for instance
 * by recv with MSG_TRUNC. UINT64_MAX: all until the peer closes. */
uint64_t h1_body_discardable(const struct h1_body *body);
void h1_body_skip(struct h1_body *body, uint64_t count);

/* The peer ended the connection: BR_ERR_NONE when that is where this body ends. */
BR_NODISCARD enum br_err h1_body_end(struct h1_body *body);

/* The line before a chunk of `len` bytes (> 0); CR LF belongs behind the chunk. Bytes written. */
size_t h1_emit_chunk_head(char out[H1_CHUNK_HEAD_SIZE], uint64_t len);
/* The end of a chunked body without trailers. */
#define H1_LAST_CHUNK "0\r\n\r\n"

#endif
