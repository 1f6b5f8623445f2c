/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces are found by the four characters that separate them; nothing is judged here.
 */
#include "script/script_url.h"

#include <string.h>

/* Where the authority of "scheme://authority…" begins and ends; false when there is none. */
static bool url_authority(struct bytes url, size_t *out_from, size_t *out_to)
{
    const char *mark = url.len == 0 ? NULL : memmem(url.ptr, url.len, "://", 3);
    if (mark == NULL)
        return false;
    size_t from = (size_t)(mark - url.ptr) + 3;
    size_t to = from;
    while (to < url.len && strchr("/?#", url.ptr[to]) == NULL)
        to++;
    *out_from = from;
    *out_to = to;
    return true;
}

/* The end of the user part, behind its @; `from` when there is none. */
static size_t url_user_end(struct bytes url, size_t from, size_t to)
{
    for (size_t at = to; at > from; at--)
        if (url.ptr[at - 1] == '@')
            return at;
    return from;
}

void script_url_split_user(struct bytes url, struct buf *out_clean, struct bytes *out_user)
{
    size_t from, to;
    *out_user = BYTES_NONE;
    if (!url_authority(url, &from, &to)) {
        buf_put(out_clean, url);
        return;
    }
    size_t behind = url_user_end(url, from, to);
    if (behind > from)
        *out_user = bytes_make(url.ptr + from, behind - from - 1);
    buf_put(out_clean, bytes_make(url.ptr, from));
    buf_put(out_clean, bytes_skip(url, behind));
}

void script_url_put_masked(struct buf *out, struct bytes url)
{
    size_t from, to;
    size_t behind = 0;
    if (url_authority(url, &from, &to))
        behind = url_user_end(url, from, to);
    else
        from = 0;
    if (behind <= from) {
        buf_put(out, url);
        return;
    }
    buf_put(out, bytes_make(url.ptr, from));
    bool has_password = bytes_find(bytes_make(url.ptr + from, behind - from), ':') < behind - from;
    buf_put(out, has_password ? BYTES("****:****@") : BYTES("****@"));
    buf_put(out, bytes_skip(url, behind));
}

static bool url_has_scheme(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ':')
            return i > 0;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '-' || c == '.'))
            return false;
    }
    return false;
}

/* Without . and .. (RFC 3986 5.2.4); a query stays. */
static void url_put_clean_path(struct buf *out, struct bytes path)
{
    size_t root = out->len;
    size_t query = 0;
    while (query < path.len && path.ptr[query] != '?')
        query++;
    struct bytes tail = bytes_skip(path, query);
    path.len = query;
    while (path.len > 0) {
        size_t end = 1;
        while (end < path.len && path.ptr[end] != '/')
            end++;
        struct bytes part = bytes_make(path.ptr, end);
        bool last = end == path.len;
        path = bytes_skip(path, end);
        if (bytes_eq(part, BYTES("/..")) || bytes_eq(part, BYTES("/."))) {
            if (part.len == 3) {
                while (out->len > root && out->data[out->len - 1] != '/')
                    out->len--;
                if (out->len > root)
                    out->len--;
            }
            if (last)
                buf_put(out, BYTES("/"));
            continue;
        }
        buf_put(out, part);
    }
    if (out->len == root)
        buf_put(out, BYTES("/"));
    buf_put(out, tail);
}

void script_url_join(struct bytes base, struct bytes reference, struct buf *out)
{
    size_t from, to;
    reference.len = bytes_find(reference, '#');
    base.len = bytes_find(base, '#');
    if (url_has_scheme(reference) || !url_authority(base, &from, &to)) {
        buf_put(out, reference);
        return;
    }
    if (bytes_starts(reference, BYTES("//"))) {
        buf_put(out, bytes_make(base.ptr, from - 2));
        buf_put(out, reference);
        return;
    }
    buf_put(out, bytes_make(base.ptr, to));
    struct bytes path = bytes_skip(base, to);
    size_t query = bytes_find(path, '?');
    if (reference.len == 0) {
        buf_put(out, path);
    } else if (reference.ptr[0] == '?') {
        buf_put(out, bytes_make(path.ptr, query));
        buf_put(out, reference);
    } else if (reference.ptr[0] == '/') {
        url_put_clean_path(out, reference);
    } else {
        struct buf whole;
        size_t folder = query;
        while (folder > 0 && path.ptr[folder - 1] != '/')
            folder--;
        buf_init(&whole, out->max);
        buf_put(&whole, folder == 0 ? BYTES("/") : bytes_make(path.ptr, folder));
        buf_put(&whole, reference);
        url_put_clean_path(out, buf_bytes(&whole));
        buf_fini(&whole);
    }
}

static int url_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void script_url_put_decoded(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = text.ptr[i] == '%' && i + 2 < text.len ? url_hex(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? url_hex(text.ptr[i + 2]) : -1;
        char c = low >= 0 ? (char)(high * 16 + low) : text.ptr[i];
        buf_put(out, bytes_make(&c, 1));
        if (low >= 0)
            i += 2;
    }
}
