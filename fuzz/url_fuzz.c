/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs: what is accepted can be put into a request, and put together again it says the same.
 */
#include "base/must.h"
#include "base/mem.h"
#include "fuzz.h"
#include "wire/h1.h"
#include "wire/url.h"

/* Room for any text that comes from `size` bytes of URL: each may become three. */
struct parts {
    char *room;
    struct bytes target;
    struct bytes host;
    struct bytes socket;
};

typedef size_t emit_fn(const struct url *url, char *out, size_t size);

static struct bytes emit(const struct url *url, emit_fn *part, char **inout_room)
{
    size_t len = part(url, NULL, 0);
    MUST(part(url, *inout_room, len) == len);
    struct bytes text = bytes_make(*inout_room, len);
    *inout_room += len;
    return text;
}

static struct parts parts_create(const struct url *url, size_t size)
{
    struct parts parts = {.room = mem_alloc(6 * size + 64)};
    char *room = parts.room;
    parts.target = emit(url, url_emit_target, &room);
    parts.host = emit(url, url_emit_host, &room);
    parts.socket = emit(url, url_emit_socket, &room);
    MUST(room <= parts.room + 6 * size + 64);
    return parts;
}

static void check_again(const struct url *url, const struct parts *parts, size_t size)
{
    char *text = mem_alloc(6 * size + 64);
    size_t len = 0;
    struct bytes pieces[] = {url->tls ? BYTES("https://") : BYTES("http://"), parts->host,
                             parts->target};
    for (size_t i = 0; i < BR_COUNT(pieces); i++) {
        memcpy(text + len, pieces[i].ptr, pieces[i].len);
        len += pieces[i].len;
    }
    struct url again;
    if (url_parse(bytes_make(text, len), &again, NULL) == BR_ERR_NONE) {
        struct parts same = parts_create(&again, len);
        MUST(bytes_eq(same.target, parts->target));
        MUST(bytes_eq(same.host, parts->host));
        MUST(again.port == url->port);
        mem_free(same.room);
    } else {
        MUST(len > URL_SIZE_MAX); /* encoding made it longer than we take */
    }
    mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct url url;
    struct diag diag = DIAG_INIT;
    enum br_err err = url_parse(bytes_make((const char *)data, size), &url, &diag);
    if (err != BR_ERR_NONE) {
        MUST(err == BR_ERR_CONFIG);
        MUST(diag.text[0] != '\0');
        return 0;
    }
    struct parts parts = parts_create(&url, size);
    MUST(h1_is_target(parts.target));
    MUST(parts.target.ptr[0] == '/');
    MUST(parts.host.len > 0);
    MUST(h1_is_value(parts.host));
    MUST(memchr(parts.socket.ptr, '\0', parts.socket.len) == NULL);
    if (url.socket.len == 0)
        check_again(&url, &parts, size);
    mem_free(parts.room);
    return 0;
}
