/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed bytes: a pointer and a length, passed by value. NUL-terminated strings exist only at
 * the edge to libc.
 */
#ifndef BR_BASE_BYTES_H
#define BR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrows `len` bytes at `ptr`; ptr may be NULL when len is 0. */
struct bytes {
    const char *ptr;
    size_t len;
};

/* For constant initialisers and expressions. */
#define BYTES_INIT(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define BYTES(literal) ((struct bytes)BYTES_INIT(literal))
#define BYTES_NONE ((struct bytes){NULL, 0})
/* For printf("%.*s"). */
#define BYTES_ARG(b) (int)(b).len, (b).ptr

static inline struct bytes bytes_make(const char *ptr, size_t len)
{
    return (struct bytes){ptr, len};
}

static inline struct bytes bytes_from_str(const char *str)
{
    return (struct bytes){str, strlen(str)};
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool bytes_starts(struct bytes text, struct bytes prefix)
{
    return text.len >= prefix.len && memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

/* From `start` to the end; start must be <= len. */
static inline struct bytes bytes_skip(struct bytes b, size_t start)
{
    return (struct bytes){b.ptr + start, b.len - start};
}

/* ASCII letters compare equal whatever their case. */
bool bytes_eq_nocase(struct bytes a, struct bytes b);
/* Index of the first `c`, or b.len. */
size_t bytes_find(struct bytes b, char c);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct bytes bytes_trim(struct bytes b);
/* Cuts the part before the first `c` off *rest and returns it; *rest is what follows the `c`
 * (empty, with ptr NULL, when there was none). */
struct bytes bytes_cut(struct bytes *rest, char c);

#endif
