/* SPDX-License-Identifier: Apache-2.0
 *
 * Request heads: parsed whole and in pieces, with fields and without, under small limits and the
 * usual ones, the outcome is the same; what is found lies inside the head and may be sent on.
 */
#include "base/must.h"
#include "cuts.h"
#include "wire/h1.h"

enum { FIELDS_SIZE = 64 };

struct outcome {
    ssize_t used;
    struct h1_request request;
    struct h1_field fields[FIELDS_SIZE];
};

/* A want as the seed has it: small limits now and then. */
static struct h1_want want_of(const uint8_t *seed, struct h1_field *fields)
{
    struct h1_want want = h1_want_default;
    want.fields = fields;
    want.fields_size = FIELDS_SIZE;
    want.field_count_max = (seed[0] & 2) != 0 ? 3 : FIELDS_SIZE;
    if ((seed[0] & 4) != 0)
        want.head_size_max = 64;
    return want;
}

static struct outcome parse(const uint8_t *seed, struct bytes text, size_t piece_max, bool asks)
{
    struct outcome o = {0};
    struct h1_scan scan = {0};
    struct h1_want want = want_of(seed, asks ? o.fields : NULL);
    struct cuts cuts = cuts_of(seed, piece_max);
    size_t len = 0;
    do {
        len += text.len > len ? cuts_next(&cuts, text.len - len) : 0;
        memset(o.fields, 0, sizeof(o.fields));
        o.used = h1_parse_request(bytes_make(text.ptr, len), &want, &scan, &o.request);
    } while (o.used == 0 && len < text.len);
    if (o.used <= 0)
        memset(o.fields, 0, sizeof(o.fields));
    return o;
}

static void check_same(const struct outcome *a, const struct outcome *b, bool with_fields)
{
    MUST(a->used == b->used);
    MUST(memcmp(&a->request, &b->request, sizeof(a->request)) == 0);
    MUST(!with_fields || memcmp(a->fields, b->fields, sizeof(a->fields)) == 0);
}

static void check_spans(const struct outcome *o, struct bytes text)
{
    struct bytes head = bytes_make(text.ptr, (size_t)o->used);
    MUST(head.len <= text.len);
    MUST(head.ptr[head.len - 1] == '\n');
    MUST(o->request.field_count <= FIELDS_SIZE);
    for (uint32_t i = 0; i < o->request.field_count; i++) {
        MUST(o->fields[i].value.at + o->fields[i].value.len < head.len);
        MUST(h1_is_token(h1_bytes(head.ptr, o->fields[i].name)));
        MUST(h1_is_value(h1_bytes(head.ptr, o->fields[i].value)));
    }
    MUST(h1_is_token(h1_bytes(head.ptr, o->request.method)));
    MUST(h1_is_target(h1_bytes(head.ptr, o->request.target)));
    MUST(o->request.framing != H1_FRAMING_UNTIL_CLOSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct outcome whole = parse(data, text, SIZE_MAX / 2, true);
    struct outcome bytewise = parse(data, text, 1, true);
    struct outcome pieces = parse(data, text, 40, true);
    struct outcome blind = parse(data, text, SIZE_MAX / 2, false);
    check_same(&whole, &bytewise, true);
    check_same(&whole, &pieces, true);
    check_same(&whole, &blind, false);
    if (whole.used > 0)
        check_spans(&whole, text);
    return 0;
}
