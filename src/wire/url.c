/* SPDX-License-Identifier: Apache-2.0
 *
 * URL parsing by cutting: fragment, scheme, authority, path, query. Each refusal names the URL's
 * part and what would be accepted, as these texts come from people's command lines and scripts.
 */
#include "wire/url.h"

/* How much of a bad URL is quoted. */
enum { URL_QUOTE_MAX = 100 };

static struct bytes url_quote(struct bytes text)
{
    return text.len > URL_QUOTE_MAX ? bytes_make(text.ptr, URL_QUOTE_MAX) : text;
}

static bool url_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int url_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that the three at `at` ("%2F") stand for, -1 when they stand for none. */
static int url_decode_byte(struct bytes text, size_t at)
{
    if (text.len - at < 3 || text.ptr[at] != '%')
        return -1;
    int high = url_hex_value(text.ptr[at + 1]);
    int low = url_hex_value(text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static enum br_err url_parse_port(struct bytes text, struct bytes port, struct url *url,
                                  struct diag *diag)
{
    unsigned value = 0;
    for (size_t i = 0; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9' || value > 65535)
            value = 65536;
        else
            value = value * 10 + (unsigned)(port.ptr[i] - '0');
    }
    if (value == 0 || value > 65535)
        return diag_set(diag, BR_ERR_CONFIG,
                        "the port \"%.*s\" of %.*s is not a number from 1 to "
                        "65535",
                        BYTES_ARG(url_quote(port)), BYTES_ARG(url_quote(text)));
    url->port = (uint16_t)value;
    return BR_ERR_NONE;
}

static enum br_err url_check_host(struct bytes text, struct bytes host, struct diag *diag)
{
    if (host.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "%.*s has no host; write http://HOST[:PORT]/PATH",
                        BYTES_ARG(url_quote(text)));
    if (host.len > URL_HOST_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the host of %.*s… is longer than %d bytes",
                        BYTES_ARG(url_quote(text)), URL_HOST_SIZE_MAX);
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if (url_is_alnum(c) || c == '.' || c == '-' || c == '_')
            continue;
        if ((unsigned char)c >= 0x80)
            return diag_set(diag, BR_ERR_CONFIG,
                            "the host \"%.*s\" is not ASCII; write its "
                            "xn--… form",
                            BYTES_ARG(url_quote(host)));
        return diag_set(diag, BR_ERR_CONFIG,
                        "the host \"%.*s\" holds a character that no host "
                        "name has; letters, digits, '.', '-' and '_' are accepted",
                        BYTES_ARG(url_quote(host)));
    }
    return BR_ERR_NONE;
}

/* "[::1]" or "[::1]:8080". */
static enum br_err url_parse_ip6(struct bytes text, struct bytes authority, struct url *url,
                                 struct diag *diag)
{
    size_t close = bytes_find(authority, ']');
    bool is_good = close < authority.len && close > 2;
    for (size_t i = 1; is_good && i < close; i++) {
        char c = authority.ptr[i];
        is_good = url_hex_value(c) >= 0 || c == ':' || c == '.';
    }
    struct bytes rest = is_good ? bytes_skip(authority, close + 1) : BYTES_NONE;
    if (!is_good || (rest.len > 0 && rest.ptr[0] != ':'))
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is not an IPv6 address in brackets, as in "
                        "http://[::1]:8080/",
                        BYTES_ARG(url_quote(authority)));
    url->ip6 = true;
    url->host = bytes_make(authority.ptr + 1, close - 1);
    if (rest.len <= 1)
        return BR_ERR_NONE;
    return url_parse_port(text, bytes_skip(rest, 1), url, diag);
}

static enum br_err url_parse_authority(struct bytes text, struct bytes authority, struct url *url,
                                       struct diag *diag)
{
    if (bytes_find(authority, '@') < authority.len)
        return diag_set(diag, BR_ERR_CONFIG,
                        "a user or password in a URL is not accepted; send an "
                        "Authorization header instead");
    if (authority.len > 0 && authority.ptr[0] == '[')
        return url_parse_ip6(text, authority, url, diag);
    struct bytes port = authority;
    struct bytes host = bytes_cut(&port, ':');
    url->host = host;
    enum br_err err = url_check_host(text, host, diag);
    if (err != BR_ERR_NONE || port.len == 0)
        return err;
    return url_parse_port(text, port, url, diag);
}

/* "%2Frun%2Fapp.sock" as the authority. */
static enum br_err url_parse_encoded(struct bytes text, struct bytes authority, struct url *url,
                                     struct diag *diag)
{
    bool is_good = url_decode_byte(authority, 0) == '/';
    for (size_t i = 0; is_good && i < authority.len; i++) {
        if (authority.ptr[i] == '%')
            is_good = url_decode_byte(authority, i) > 0;
    }
    if (!is_good)
        return diag_set(diag, BR_ERR_CONFIG,
                        "%.*s names no unix socket; write its path as in "
                        "http+unix://%%2Frun%%2Fapp.sock/uri",
                        BYTES_ARG(url_quote(text)));
    url->socket = authority;
    url->socket_encoded = true;
    return BR_ERR_NONE;
}

/* The part behind "://" up to the path; *rest becomes path and query. */
static enum br_err url_parse_server(struct bytes text, bool is_unix, struct bytes *rest,
                                    struct url *url, struct diag *diag)
{
    if (!is_unix && bytes_starts(*rest, BYTES("unix:/"))) {
        *rest = bytes_skip(*rest, 5);
        is_unix = true;
        url->socket = bytes_cut(rest, ':');
    } else {
        size_t end = 0;
        while (end < rest->len && rest->ptr[end] != '/' && rest->ptr[end] != '?')
            end++;
        struct bytes authority = bytes_make(rest->ptr, end);
        *rest = bytes_skip(*rest, end);
        enum br_err err = is_unix ? url_parse_encoded(text, authority, url, diag)
                                  : url_parse_authority(text, authority, url, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    if (is_unix) {
        url->host = BYTES("localhost");
        url->port = 0;
    }
    return BR_ERR_NONE;
}

static enum br_err url_parse_scheme(struct bytes text, struct bytes *rest, struct url *url,
                                    bool *out_is_unix, struct diag *diag)
{
    static const struct {
        struct bytes name;
        bool tls;
        bool is_unix;
    } schemes[] = {
        {BYTES_INIT("http"), false, false},
        {BYTES_INIT("https"), true, false},
        {BYTES_INIT("http+unix"), false, true},
        {BYTES_INIT("https+unix"), true, true},
    };
    size_t end = 0;
    while (end + 3 <= text.len && memcmp(text.ptr + end, "://", 3) != 0)
        end++;
    if (end + 3 > text.len)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" has no scheme; write http://%.*s",
                        BYTES_ARG(url_quote(text)), BYTES_ARG(url_quote(text)));
    struct bytes scheme = bytes_make(text.ptr, end);
    for (size_t i = 0; i < BR_COUNT(schemes); i++) {
        if (!bytes_eq_nocase(scheme, schemes[i].name))
            continue;
        url->tls = schemes[i].tls;
        url->port = url->tls ? URL_PORT_HTTPS : URL_PORT_HTTP;
        *out_is_unix = schemes[i].is_unix;
        *rest = bytes_skip(text, end + 3);
        return BR_ERR_NONE;
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "the scheme \"%.*s\" of %.*s is not known; http, https and "
                    "http+unix are",
                    BYTES_ARG(url_quote(scheme)), BYTES_ARG(url_quote(text)));
}

enum br_err url_parse(struct bytes text, struct url *out_url, struct diag *diag)
{
    if (text.len > URL_SIZE_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "the URL %.*s… is longer than %d bytes",
                        BYTES_ARG(url_quote(text)), URL_SIZE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return diag_set(diag, BR_ERR_CONFIG,
                            "the URL holds a control character (0x%02x at "
                            "byte %zu)",
                            (unsigned char)text.ptr[i], i + 1);
    }
    struct url url = {0};
    bool is_unix = false;
    struct bytes rest;
    text = bytes_cut(&text, '#');
    enum br_err err = url_parse_scheme(text, &rest, &url, &is_unix, diag);
    if (err == BR_ERR_NONE)
        err = url_parse_server(text, is_unix, &rest, &url, diag);
    if (err != BR_ERR_NONE)
        return err;
    url.path = bytes_cut(&rest, '?');
    url.query = rest;
    if (url.path.len > 0 && url.path.ptr[0] != '/')
        return diag_set(diag, BR_ERR_CONFIG, "the path of %.*s does not begin with '/'",
                        BYTES_ARG(url_quote(text)));
    *out_url = url;
    return BR_ERR_NONE;
}

/* Counts what is wanted and writes while there is room. */
struct url_writer {
    char *out;
    size_t size;
    size_t len;
};

static void url_put(struct url_writer *w, char c)
{
    if (w->len < w->size)
        w->out[w->len] = c;
    w->len++;
}

static void url_put_bytes(struct url_writer *w, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        url_put(w, text.ptr[i]);
}

/* What may stand in a path or query (RFC 3986 3.3, 3.4), and the brackets that everybody accepts
 * there. A '%' is left alone: it is encoded already. */
static bool url_is_legal(char c)
{
    return url_is_alnum(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/?%[]", c) != NULL);
}

static void url_put_encoded(struct url_writer *w, struct bytes text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (url_is_legal(text.ptr[i])) {
            url_put(w, text.ptr[i]);
            continue;
        }
        url_put(w, '%');
        url_put(w, digits[c >> 4]);
        url_put(w, digits[c & 15]);
    }
}

size_t url_emit_target(const struct url *url, char *out, size_t size)
{
    struct url_writer w = {out, size, 0};
    if (url->path.len == 0)
        url_put(&w, '/');
    url_put_encoded(&w, url->path);
    if (url->query.ptr != NULL) {
        url_put(&w, '?');
        url_put_encoded(&w, url->query);
    }
    return w.len;
}

size_t url_emit_host(const struct url *url, char *out, size_t size)
{
    char digits[6];
    size_t at = sizeof(digits);
    uint16_t standard = url->tls ? URL_PORT_HTTPS : URL_PORT_HTTP;
    if (url->port != 0 && url->port != standard) {
        for (unsigned port = url->port; port != 0; port /= 10)
            digits[--at] = (char)('0' + port % 10);
        digits[--at] = ':';
    }
    struct url_writer w = {out, size, 0};
    if (url->ip6)
        url_put(&w, '[');
    url_put_bytes(&w, url->host);
    if (url->ip6)
        url_put(&w, ']');
    url_put_bytes(&w, bytes_make(digits + at, sizeof(digits) - at));
    return w.len;
}

size_t url_emit_socket(const struct url *url, char *out, size_t size)
{
    struct url_writer w = {out, size, 0};
    for (size_t i = 0; i < url->socket.len; i++) {
        int decoded = url->socket_encoded ? url_decode_byte(url->socket, i) : -1;
        url_put(&w, decoded < 0 ? url->socket.ptr[i] : (char)decoded);
        if (decoded >= 0)
            i += 2;
    }
    return w.len;
}
