/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 (RFC 4648 4), decoded as it comes, as mails and headers carry it: line breaks and blanks
 * anywhere, padding or none at the end, several padded texts in a row. Other characters are passed
 * over (RFC 2045 6.8) and noted, for those who want to be strict.
 */
#ifndef BR_WIRE_BASE64_H
#define BR_WIRE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* A plain value. */
struct base64 {
    uint32_t bits;   /* those of the digits of the group under way */
    uint8_t digits;  /* 0 … 3 */
    uint8_t padding; /* how many = the group still wants */
    bool foreign;    /* something that is no base64 was passed over */
};

void base64_init(struct base64 *base64);
/* Writes what `input` means and returns how much; out has room for input.len + 2 bytes (its first
 * character may end a group of three). */
size_t base64_decode(struct base64 *base64, struct bytes input, char *out);
/* The input is over: the bytes of a last group without padding (at most 2). */
size_t base64_finish(struct base64 *base64, char *out);

/* The whole of a text, strictly: no foreign characters, padding complete, no blanks inside. False
 * otherwise. out has room for text.len bytes. */
bool base64_decode_whole(struct bytes text, char *out, size_t *out_len);

/* Characters that `size` bytes become. */
static inline size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* Writes base64_size(bytes.len) characters, padded, on one line. */
void base64_encode(struct bytes bytes, char *out);

#endif
