/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs: what they are taken apart into and put together as, and the sentence for each bad one.
 */
#include "wire/url.h"

#include "fence.h"
#include "unit.h"

struct good {
    const char *text;
    bool tls;
    const char *host; /* as the value of Host */
    unsigned port;
    const char *target;
    const char *socket;
};

static const struct good goods[] = {
    {"http://example.org", false, "example.org", 80, "/", ""},
    {"http://example.org/", false, "example.org", 80, "/", ""},
    {"HTTP://Example.org/A/b", false, "Example.org", 80, "/A/b", ""},
    {"https://example.org", true, "example.org", 443, "/", ""},
    {"http://127.0.0.1:8000/orders?a=b&c=d", false, "127.0.0.1:8000", 8000, "/orders?a=b&c=d", ""},
    {"http://h:80/", false, "h", 80, "/", ""},
    {"https://h:443/", true, "h", 443, "/", ""},
    {"https://h:80/", true, "h:80", 80, "/", ""},
    {"http://h:443/", false, "h:443", 443, "/", ""},
    {"http://h:/x", false, "h", 80, "/x", ""},
    {"http://h:65535/", false, "h:65535", 65535, "/", ""},
    {"http://h?q", false, "h", 80, "/?q", ""},
    {"http://h/?", false, "h", 80, "/?", ""},
    {"http://h?", false, "h", 80, "/?", ""},
    {"http://h/a?b?c", false, "h", 80, "/a?b?c", ""},
    {"http://h/a#frag", false, "h", 80, "/a", ""},
    {"http://h#frag?x", false, "h", 80, "/", ""},
    {"http://h/a?b#c#d", false, "h", 80, "/a?b", ""},
    {"http://[::1]/", false, "[::1]", 80, "/", ""},
    {"http://[::1]:8080/x", false, "[::1]:8080", 8080, "/x", ""},
    {"http://[::ffff:127.0.0.1]:8080", false, "[::ffff:127.0.0.1]:8080", 8080, "/", ""},
    {"http://h/a b\"<>", false, "h", 80, "/a%20b%22%3C%3E", ""},
    {"http://h/\xc3\xbc?\xc3\xbc", false, "h", 80, "/%C3%BC?%C3%BC", ""},
    {"http://h/%20%zz?a=%41", false, "h", 80, "/%20%zz?a=%41", ""},
    {"http://h/a:b@c/-._~!$&'()*+,;=", false, "h", 80, "/a:b@c/-._~!$&'()*+,;=", ""},
    {"http://my_service.local/x", false, "my_service.local", 80, "/x", ""},
    {"http://unix:/run/app.sock:/x?y", false, "localhost", 0, "/x?y", "/run/app.sock"},
    {"http://unix:/run/app.sock", false, "localhost", 0, "/", "/run/app.sock"},
    {"http://unix:/run/app.sock:?y", false, "localhost", 0, "/?y", "/run/app.sock"},
    {"http://unix:8080/x", false, "unix:8080", 8080, "/x", ""},
    {"http+unix://%2Frun%2Fapp%20x.sock/x", false, "localhost", 0, "/x", "/run/app x.sock"},
    {"http+unix://%2frun", false, "localhost", 0, "/", "/run"},
    {"https+unix://%2Frun/x", true, "localhost", 0, "/x", "/run"},
};

UNIT_TEST(good_urls_are_taken_apart)
{
    for (size_t i = 0; i < BR_COUNT(goods); i++) {
        const struct good *row = &goods[i];
        struct url url;
        struct diag diag = DIAG_INIT;
        char text[256];
        UNIT_ROW(row->text);
        UNIT_EQ_INT(url_parse(fence_put(bytes_from_str(row->text)), &url, &diag), BR_ERR_NONE);
        UNIT_EQ_INT(url.tls, row->tls);
        UNIT_EQ_INT(url.port, row->port);
        size_t len = url_emit_host(&url, text, sizeof(text));
        UNIT_EQ_BYTES(bytes_make(text, len), bytes_from_str(row->host));
        UNIT_EQ_INT(url_emit_host(&url, NULL, 0), len);
        len = url_emit_target(&url, text, sizeof(text));
        UNIT_EQ_BYTES(bytes_make(text, len), bytes_from_str(row->target));
        UNIT_EQ_INT(url_emit_target(&url, NULL, 0), len);
        len = url_emit_socket(&url, text, sizeof(text));
        UNIT_EQ_BYTES(bytes_make(text, len), bytes_from_str(row->socket));
        UNIT_EQ_INT(url_emit_socket(&url, NULL, 0), len);
    }
}

struct bad {
    const char *text;
    const char *sentence; /* a part of it */
};

static const struct bad bads[] = {
    {"", "has no scheme"},
    {"127.0.0.1:8000/x", "write http://127.0.0.1:8000/x"},
    {"localhost:8000", "write http://localhost:8000"},
    {"http:/h/", "has no scheme"},
    {"://h", "scheme \"\""},
    {"ftp://h/", "scheme \"ftp\""},
    {"ws://h/", "http, https and http+unix are"},
    {"http://", "has no host"},
    {"http:///x", "has no host"},
    {"http://:80/", "has no host"},
    {"http://?x", "has no host"},
    {"http://user@h/", "Authorization"},
    {"http://user:secret@h/", "Authorization"},
    {"http://h:0/", "the port \"0\""},
    {"http://h:65536/", "from 1 to 65535"},
    {"http://h:99999999999999999999/", "from 1 to 65535"},
    {"http://h:80a/", "the port \"80a\""},
    {"http://h:-1/", "the port"},
    {"http://a b/", "no host name has"},
    {"http://a%41/", "no host name has"},
    {"http://a*b/", "no host name has"},
    {"http://::1/", "has no host"},
    {"http://b\xc3\xbc"
     "cher.example/",
     "xn--"},
    {"http://[::1/", "IPv6"},
    {"http://[]/", "IPv6"},
    {"http://[::g]/", "IPv6"},
    {"http://[::1]x/", "IPv6"},
    {"http://[::1]:x/", "the port"},
    {"http://h/a\nb", "control character (0x0a at byte 11)"},
    {"http://h\t/", "control character"},
    {"http://unix:/run/app.sock:x", "does not begin with '/'"},
    {"http+unix:///run/app.sock", "names no unix socket"},
    {"http+unix://run/x", "names no unix socket"},
    {"http+unix://%2Frun%00/x", "names no unix socket"},
    {"http+unix://%2Frun%2/x", "names no unix socket"},
};

UNIT_TEST(bad_urls_get_a_sentence)
{
    for (size_t i = 0; i < BR_COUNT(bads); i++) {
        struct url url = {.port = 7};
        struct diag diag = DIAG_INIT;
        UNIT_ROW(bads[i].text);
        enum br_err err = url_parse(fence_put(bytes_from_str(bads[i].text)), &url, &diag);
        UNIT_EQ_INT(err, BR_ERR_CONFIG);
        UNIT_EQ_INT(url.port, 7);
        if (strstr(diag.text, bads[i].sentence) == NULL)
            UNIT_EQ_STR(diag.text, bads[i].sentence);
        UNIT_OK(strstr(diag.text, "secret") == NULL);
    }
}

UNIT_TEST(long_urls_are_refused)
{
    static char text[URL_SIZE_MAX + 2];
    struct url url;
    struct diag diag = DIAG_INIT;
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://h/", 9);
    UNIT_EQ_INT(url_parse(bytes_make(text, URL_SIZE_MAX), &url, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(url_parse(bytes_make(text, URL_SIZE_MAX + 1), &url, &diag), BR_ERR_CONFIG);
    text[8] = 'h';
    text[7 + URL_HOST_SIZE_MAX] = '/';
    UNIT_EQ_INT(url_parse(bytes_make(text, URL_SIZE_MAX), &url, &diag), BR_ERR_NONE);
    text[7 + URL_HOST_SIZE_MAX] = 'h';
    text[8 + URL_HOST_SIZE_MAX] = '/';
    UNIT_EQ_INT(url_parse(bytes_make(text, URL_SIZE_MAX), &url, &diag), BR_ERR_CONFIG);
}

UNIT_MAIN(UNIT_RUN(good_urls_are_taken_apart), UNIT_RUN(bad_urls_get_a_sentence),
          UNIT_RUN(long_urls_are_refused))
