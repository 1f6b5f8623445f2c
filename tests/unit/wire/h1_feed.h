/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives a head to the parser in all the ways it can come: whole, cut in two at every place, byte by
 * byte; always against an unmapped page, always at another address. The outcomes must be the same.
 */
#ifndef BR_TESTS_H1_FEED_H
#define BR_TESTS_H1_FEED_H

#include "wire/h1.h"

enum { H1_FEED_FIELDS_SIZE = 16 };

enum h1_feed_kind { H1_FEED_REQUEST, H1_FEED_RESPONSE, H1_FEED_RESPONSE_TO_HEAD };

/* What came of it. Which member counts depends on the kind; fields are those asked for. */
struct h1_feed {
    ssize_t result;
    struct h1_request request;
    struct h1_response response;
    struct h1_field fields[H1_FEED_FIELDS_SIZE];
};

/* Parses `text` in one go, then in all other ways, and fails the test where one differs. `want`
 * may be NULL: the default with room for fields. */
struct h1_feed h1_feed_all(enum h1_feed_kind kind, struct bytes text, const struct h1_want *want);

#endif
