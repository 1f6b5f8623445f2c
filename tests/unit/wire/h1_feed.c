/* SPDX-License-Identifier: Apache-2.0
 *
 * One parser call a step, from a growing prefix, until it says anything but "more".
 */
#include "h1_feed.h"

#include "fence.h"
#include "unit.h"

static ssize_t h1_feed_step(enum h1_feed_kind kind, struct bytes prefix, const struct h1_want *want,
                            struct h1_scan *scan, struct h1_feed *feed)
{
    struct bytes input = fence_put(prefix);
    if (kind == H1_FEED_REQUEST)
        return h1_parse_request(input, want, scan, &feed->request);
    return h1_parse_response(input, kind == H1_FEED_RESPONSE_TO_HEAD, want, scan, &feed->response);
}

/* The prefixes end at `first`, then grow by `step`. */
static struct h1_feed h1_feed_cut(enum h1_feed_kind kind, struct bytes text,
                                  const struct h1_want *want, size_t first, size_t step)
{
    struct h1_feed feed = {0};
    struct h1_scan scan = {0};
    struct h1_want asked = *want;
    if (asked.fields_size > 0)
        asked.fields = feed.fields;
    for (size_t len = first; feed.result == 0; len += step) {
        if (len > text.len)
            len = text.len;
        /* Fields need not survive from call to call. */
        memset(feed.fields, 0, sizeof(feed.fields));
        feed.result = h1_feed_step(kind, bytes_make(text.ptr, len), &asked, &scan, &feed);
        if (len == text.len)
            break;
    }
    if (feed.result <= 0)
        memset(feed.fields, 0, sizeof(feed.fields));
    static const struct h1_scan clean;
    UNIT_OK(feed.result <= 0 || memcmp(&scan, &clean, sizeof(scan)) == 0);
    return feed;
}

static void h1_feed_compare(const struct h1_feed *a, const struct h1_feed *b)
{
    UNIT_EQ_INT(a->result, b->result);
    UNIT_OK(memcmp(&a->request, &b->request, sizeof(a->request)) == 0);
    UNIT_OK(memcmp(&a->response, &b->response, sizeof(a->response)) == 0);
    UNIT_OK(memcmp(a->fields, b->fields, sizeof(a->fields)) == 0);
}

struct h1_feed h1_feed_all(enum h1_feed_kind kind, struct bytes text, const struct h1_want *want)
{
    struct h1_want usual = h1_want_default;
    usual.fields_size = H1_FEED_FIELDS_SIZE;
    if (want == NULL)
        want = &usual;
    struct h1_feed whole = h1_feed_cut(kind, text, want, text.len, 1);
    struct h1_feed bytewise = h1_feed_cut(kind, text, want, 0, 1);
    h1_feed_compare(&whole, &bytewise);
    for (size_t cut = 0; cut < text.len; cut++) {
        struct h1_feed two = h1_feed_cut(kind, text, want, cut, text.len);
        h1_feed_compare(&whole, &two);
    }
    /* Nobody asks: the same but for the fields. */
    struct h1_want blind = *want;
    if (blind.fields_size > 0 && blind.fields_size < blind.field_count_max)
        blind.field_count_max = blind.fields_size;
    blind.fields_size = 0;
    struct h1_feed without = h1_feed_cut(kind, text, &blind, text.len, 1);
    memcpy(without.fields, whole.fields, sizeof(without.fields));
    h1_feed_compare(&whole, &without);
    return whole;
}
