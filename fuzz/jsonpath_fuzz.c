/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths over texts: any path (the first line) over any text (the rest); hits lie in the text and
 * are values; a path that was parsed is asked on whatever there is. The same bytes are an option
 * of what accepts events, asked for a reply.
 */
#include "data/accept.h"

#include "base/must.h"
#include "fuzz.h"

struct seen {
    struct bytes text;
    size_t hits;
};

static bool on_hit(const struct jsonpath_hit *hit, void *context)
{
    struct seen *seen = context;
    struct bytes raw = hit->value.raw;
    MUST(raw.ptr >= seen->text.ptr && raw.ptr + raw.len <= seen->text.ptr + seen->text.len);
    MUST(hit->value.kind == JSCAN_STRING || jscan_is_value(raw));
    return ++seen->hits < 1000;
}

static int64_t find_event(struct bytes text, void *context)
{
    (void)context;
    return (int64_t)text.len - 1;
}

static void check_accept(struct bytes option, struct bytes body)
{
    enum { EVENTS = 5 };
    struct accept accept;
    struct diag diag = DIAG_INIT;
    accept_init(&accept);
    (void)!accept_on_status(&accept, option, ACCEPT_REFUSED, &diag);
    if (accept_on_path(&accept, option, ACCEPT_ACCEPTED, &diag) == BR_ERR_NONE)
        MUST(accept_on_path(&accept, option, ACCEPT_REFUSED, &diag) == BR_ERR_NONE);
    uint8_t fates[EVENTS];
    (void)accept_reply(&accept, 200, body, EVENTS, find_event, NULL, fates);
    for (int i = 0; i < EVENTS; i++)
        MUST(fates[i] <= ACCEPT_UNSURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes body = bytes_make((const char *)data, size);
    struct bytes option = bytes_cut(&body, '\n');
    if (body.ptr == NULL)
        return 0;
    struct diag diag = DIAG_INIT;
    struct jsonpath path;
    if (jsonpath_parse(option, &path, &diag) == BR_ERR_NONE) {
        struct seen seen = {body, 0};
        enum br_err err = jsonpath_find(&path, body, on_hit, &seen);
        MUST((err == BR_ERR_NONE) == jscan_is_value(body));
    }
    check_accept(option, body);
    return 0;
}
