/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as people write them. No name but localhost: who listens on a name that resolves to
 * several addresses does not know where he listens.
 */
#include "base/diag.h"
#include "sys/sock.h"

#define SOCK_FORMS                                                                                 \
    "127.0.0.1:8000, [::1]:8000, localhost:8000, :8000 (any address), unix:/path (port 0: any "    \
    "free)"

enum { SOCK_SHOWN_MAX = 80 };

static enum br_err sock_refuse(struct bytes text, const char *what, struct diag *diag)
{
    int shown = text.len < SOCK_SHOWN_MAX ? (int)text.len : SOCK_SHOWN_MAX;
    return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" %s; accepted: %s", shown, text.ptr, what,
                    SOCK_FORMS);
}

static bool sock_parse_port(struct bytes text, uint16_t *out_port)
{
    unsigned port = 0;
    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    if (port > UINT16_MAX)
        return false;
    *out_port = (uint16_t)port;
    return true;
}

/* The last colon that no bracket follows; text.len when there is none. */
static size_t sock_find_port(struct bytes text)
{
    for (size_t i = text.len; i > 0 && text.ptr[i - 1] != ']'; i--) {
        if (text.ptr[i - 1] == ':')
            return i - 1;
    }
    return text.len;
}

enum br_err sock_addr_parse(struct bytes text, struct sock_addr *out_addr, struct diag *diag)
{
    if (bytes_starts(text, BYTES("unix:"))) {
        if (!sock_addr_from_path(bytes_skip(text, 5), out_addr))
            return sock_refuse(text, "has no path, or one that is too long", diag);
        return BR_ERR_NONE;
    }
    size_t colon = sock_find_port(text);
    if (colon == text.len)
        return sock_refuse(text, "has no port", diag);
    uint16_t port;
    if (!sock_parse_port(bytes_skip(text, colon + 1), &port))
        return sock_refuse(text, "has a port that is no number up to 65535", diag);
    struct bytes host = bytes_make(text.ptr, colon);
    if (host.len == 0)
        host = BYTES("0.0.0.0");
    else if (bytes_eq_nocase(host, BYTES("localhost")))
        host = BYTES("127.0.0.1");
    bool in_brackets = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (in_brackets)
        host = bytes_make(host.ptr + 1, host.len - 2);
    /* Without brackets nobody knows where an IPv6 address ends. */
    bool is_ip6 = bytes_find(host, ':') < host.len;
    if (is_ip6 != in_brackets || !sock_addr_from_ip(host, port, out_addr))
        return sock_refuse(text, "is no address", diag);
    return BR_ERR_NONE;
}
