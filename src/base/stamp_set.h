/* SPDX-License-Identifier: Apache-2.0
 *
 * The identities of one message: the same stamp several times in it (text and html part, labels and
 * annotations) is one arrival. Made to be cleared for each message at no cost.
 */
#ifndef BR_BASE_STAMP_SET_H
#define BR_BASE_STAMP_SET_H

#include "base/stamp.h"

struct stamp_set_slot {
    uint64_t id;
    uint64_t turn; /* in use when it is the set's */
};

/* Owns `slots`; grows as needed (at most half full). */
struct stamp_set {
    struct stamp_set_slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
    uint64_t turn;
};

void stamp_set_init(struct stamp_set *set);
void stamp_set_fini(struct stamp_set *set);
void stamp_set_clear(struct stamp_set *set);
/* True when it was not in the set. */
bool stamp_set_add(struct stamp_set *set, struct stamp_id id);

#endif
