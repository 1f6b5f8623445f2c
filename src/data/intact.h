/* SPDX-License-Identifier: Apache-2.0
 *
 * `intact=FIELD`: which text belongs to which event, and its hash. A message is one JSON value, or
 * several (one a line, or with commas between them); an event is where its stamp is; its text is
 * that of the innermost object around the stamp that has the field (a path with dots). So it is
 * right for one event a message, for arrays of records, and for envelopes around records (the stamp
 * in a label, the text in an annotation: annotations.text). A stamp in front of the body belongs to
 * the outermost value. Sender and sinks look the same way.
 */
#ifndef BR_DATA_INTACT_H
#define BR_DATA_INTACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

/* A place of an event's stamp. */
struct intact_hit {
    uint64_t seq;
    uint64_t hash;   /* of the text as it is decoded; 0: there is none (a hash of 0 is told as 1) */
    uint64_t offset; /* in the message */
    uint32_t stream;
};

/* Gives each hit its hash, where it has a text; hits are in the order of their offsets. `body`
 * begins at offset `body_at` of the message; `scratch` must have room for a field. */
void intact_hash(struct bytes field, struct bytes body, uint64_t body_at, struct intact_hit *hits,
                 size_t count, struct buf *scratch);

#endif
