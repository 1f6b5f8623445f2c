/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing and cutting borrowed bytes.
 */
#include "base/bytes.h"

static unsigned char bytes_lower(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'A' && u <= 'Z') ? (unsigned char)(u | 0x20) : u;
}

bool bytes_eq_nocase(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (bytes_lower(a.ptr[i]) != bytes_lower(b.ptr[i]))
            return false;
    }
    return true;
}

size_t bytes_find(struct bytes b, char c)
{
    const char *at = b.len == 0 ? NULL : memchr(b.ptr, c, b.len);
    return at == NULL ? b.len : (size_t)(at - b.ptr);
}

static bool bytes_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes bytes_trim(struct bytes b)
{
    while (b.len > 0 && bytes_is_blank(b.ptr[0])) {
        b.ptr++;
        b.len--;
    }
    while (b.len > 0 && bytes_is_blank(b.ptr[b.len - 1]))
        b.len--;
    return b;
}

struct bytes bytes_cut(struct bytes *rest, char c)
{
    struct bytes whole = *rest;
    size_t at = bytes_find(whole, c);
    *rest = at == whole.len ? BYTES_NONE : bytes_skip(whole, at + 1);
    return bytes_make(whole.ptr, at);
}
