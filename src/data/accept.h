/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply says about the events of its request (design.md 7.3): accepted, refused, or nobody
 * knows. By its status, with the exceptions an API needs (`--accept-on 409`, `--refuse-on 202`);
 * and, where one reply speaks for many events (bulk APIs, 207), by what its body says at a path:
 *
 *     items:items[*].*.status=200-299    value i speaks for event i of the request
 *     ids:errors[*].id                   values that name events by their stamps
 *     count:accepted                     how many
 *
 * A path is asked only where the status accepts. A count that is neither none nor all leaves all of
 * them unsure, as it does not say which.
 */
#ifndef BR_DATA_ACCEPT_H
#define BR_DATA_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "data/jsonpath.h"

enum { ACCEPT_VALUES_MAX = 16, ACCEPT_STATUS_MAX = 999 };

enum accept_fate { ACCEPT_ACCEPTED, ACCEPT_REFUSED, ACCEPT_UNSURE };

enum accept_by { ACCEPT_BY_STATUS, ACCEPT_BY_ITEM, ACCEPT_BY_ID, ACCEPT_BY_COUNT };

/* Numbers first … last, or a word. */
struct accept_value {
    struct bytes word; /* empty: numbers */
    int64_t first;
    int64_t last;
};

/* What values at a path mean; borrows the option's text. */
struct accept_path {
    enum accept_by by; /* BY_STATUS: there is no path */
    struct jsonpath path;
    struct accept_value values[ACCEPT_VALUES_MAX]; /* BY_ITEM: those that say yes */
    size_t value_count;
};

/* A plain value. */
struct accept {
    uint8_t fates[ACCEPT_STATUS_MAX + 1]; /* enum accept_fate by status */
    uint8_t asked[ACCEPT_STATUS_MAX + 1]; /* 1: named by an option */
    struct accept_path accepts;
    struct accept_path refuses;
};

/* Design.md 7.3: 2xx accepts; 4xx but 408, and 503, refuse; all else is unsure. */
void accept_init(struct accept *accept);
/* "200-299,409,5xx": these statuses mean `fate`, whatever is usual. No status may be told twice. */
BR_NODISCARD enum br_err accept_on_status(struct accept *accept, struct bytes text,
                                          enum accept_fate fate, struct diag *diag);
/* A path whose values mean `fate` (ACCEPTED or REFUSED); borrows the text. */
BR_NODISCARD enum br_err accept_on_path(struct accept *accept, struct bytes text,
                                        enum accept_fate fate, struct diag *diag);

enum accept_fate accept_by_status(const struct accept *accept, int status);
/* Whether a reply with this status is a failed operation: neither 2xx nor 3xx, unless an option has
 * named it; then it is one when it does not accept. */
bool accept_is_failure(const struct accept *accept, int status);
/* Whether some reply's body is looked into. */
bool accept_has_paths(const struct accept *accept);
/* Whether the body of a reply with this status has to be read. */
bool accept_wants_body(const struct accept *accept, int status);

/* Which event of the request a text names (its stamp is in it): 0 … count - 1, or -1. */
typedef int64_t accept_find_fn(struct bytes text, void *context);

/* Writes the fate of each of the request's `count` events (enum accept_fate). False when a path was
 * asked and the body does not say: no JSON, nothing at the path, nothing that makes sense there;
 * what it does not speak of is then unsure. `find` may be NULL without a path of ids. */
bool accept_reply(const struct accept *accept, int status, struct bytes body, size_t count,
                  accept_find_fn *find, void *context, uint8_t *out_fates);

#endif
