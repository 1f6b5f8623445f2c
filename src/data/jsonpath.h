/* SPDX-License-Identifier: Apache-2.0
 *
 * Places in a JSON text: `accepted`, `items[*].index.status`, `items[*].*.status`, `errors[0].id`,
 * `result["odd.name"]`. Members by name, `*` for any member, `[N]` and `[*]` for items; a `$` or a
 * dot in front is fine. What is found is told in the order of the text.
 */
#ifndef BR_DATA_JSONPATH_H
#define BR_DATA_JSONPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "data/jscan.h"

enum { JSONPATH_STEPS_MAX = 16 };

enum jsonpath_kind {
    JSONPATH_MEMBER,
    JSONPATH_ANY_MEMBER,
    JSONPATH_ITEM,
    JSONPATH_ANY_ITEM,
};

struct jsonpath_step {
    enum jsonpath_kind kind;
    struct bytes name; /* MEMBER */
    uint64_t index;    /* ITEM */
};

/* A plain value; borrows the text it was parsed from. */
struct jsonpath {
    struct bytes text;
    struct jsonpath_step steps[JSONPATH_STEPS_MAX];
    size_t count;
    bool has_any_item; /* [*] is in it: hits have positions */
};

BR_NODISCARD enum br_err jsonpath_parse(struct bytes text, struct jsonpath *out_path,
                                        struct diag *diag);

struct jsonpath_hit {
    struct jscan_value value;
    uint64_t position; /* of the item that the first [*] stands for, from 0 */
};

/* False ends the search. */
typedef bool jsonpath_hit_fn(const struct jsonpath_hit *hit, void *context);

/* Tells every hit. BR_ERR_PARSE, before any is told, when the text is not one JSON value. */
BR_NODISCARD enum br_err jsonpath_find(const struct jsonpath *path, struct bytes text,
                                       jsonpath_hit_fn *on_hit, void *context);

#endif
