/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON scanner against jansson: what jansson reads, the scanner takes for JSON, and the members
 * that both see are the same. (The scanner takes more: repeated keys, numbers out of range, halves
 * of surrogates; and it is less deep.)
 */
#include "data/jscan.h"

#include "base/buf.h"
#include "base/must.h"
#include "cuts.h"
#include "data/json.h"

static enum json_kind same_kind(enum jscan_kind kind)
{
    static const enum json_kind kinds[] = {JSON_KIND_NONE, JSON_KIND_OBJECT, JSON_KIND_ARRAY,
                                           JSON_KIND_TEXT, JSON_KIND_NUMBER, JSON_KIND_BOOL,
                                           JSON_KIND_BOOL, JSON_KIND_NULL};
    return kinds[kind];
}

static void check_text(struct bytes raw, const struct json *json)
{
    struct buf plain;
    struct diag diag = DIAG_INIT;
    buf_init(&plain, SIZE_MAX / 2);
    MUST(buf_reserve(&plain, raw.len + 1) == BR_ERR_NONE);
    plain.len = jscan_unescape(raw, plain.data);
    MUST(plain.len <= raw.len);
    struct bytes want = json_as_text(json, "text", &diag);
    MUST(bytes_eq(buf_bytes(&plain), want));
    MUST(jscan_string_is(raw, want));
    buf_fini(&plain);
}

/* The members of the outermost object or items of the outermost array. */
static void check_inside(struct bytes text, const struct json *json)
{
    struct jscan scan = jscan_over(text);
    bool object = json_kind(json) == JSON_KIND_OBJECT;
    MUST(jscan_open(&scan, object ? '{' : '['));
    struct json_cursor cursor = {0};
    for (size_t i = 0;; i++) {
        struct bytes key = BYTES_NONE;
        struct jscan_value value;
        enum jscan_step step =
            object ? jscan_next_member(&scan, &key, &value) : jscan_next_item(&scan, &value);
        MUST(step != JSCAN_BAD);
        bool more = object ? json_next(json, &cursor) : i < json_count(json);
        MUST((step == JSCAN_MORE) == more);
        if (!more)
            return;
        const struct json *want = object ? cursor.value : json_at(json, i);
        MUST(!object || jscan_string_is(key, cursor.key));
        MUST(same_kind(value.kind) == json_kind(want));
        if (value.kind == JSCAN_STRING)
            check_text(value.raw, want);
    }
}

/* The scanner has a ceiling of its own. */
static bool may_be_too_deep(struct bytes text)
{
    size_t brackets = 0;
    for (size_t i = 0; i < text.len; i++)
        brackets += text.ptr[i] == '[' || text.ptr[i] == '{' ? 1 : 0;
    return brackets > JSCAN_DEPTH_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make((const char *)data, size);
    struct diag diag = DIAG_INIT;
    struct json *json = NULL;
    bool is_value = jscan_is_value(text);
    if (json_parse(text, &json, &diag) != BR_ERR_NONE)
        return 0;
    /* Jansson takes a NUL behind a number for a blank. */
    MUST(is_value || may_be_too_deep(text) || memchr(text.ptr, 0, text.len) != NULL);
    bool has_inside = json_kind(json) == JSON_KIND_OBJECT || json_kind(json) == JSON_KIND_ARRAY;
    if (is_value && has_inside)
        check_inside(text, json);
    json_destroy(&json);
    return 0;
}
