/* SPDX-License-Identifier: Apache-2.0
 *
 * Where connections come from. One source address has some 28,000 ports for one target; on loopback
 * all of 127/8 is ours, so that a target there can have more. Sources are used in turn, as many at
 * a time as the expected connections need; one that runs out of ports is left behind.
 */
#ifndef BR_CONN_SOURCE_H
#define BR_CONN_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "sys/sock.h"

enum {
    SOURCE_PORTS = 24000, /* per source: the default local range without 15 %, for everybody else */
    SOURCE_MAX = 254,     /* the kernel's choice and 127.0.0.2 to 127.0.0.254 */
};

/* A plain value; one per target and shard. */
struct source {
    struct sock_addr addr; /* lent by the latest source_pick */
    bool can_spread;       /* the target is IPv4 loopback */
    unsigned base;         /* the first source in use; 0 is the kernel's choice */
    unsigned count;        /* how many are used in turn */
    unsigned turn;
    unsigned picks;  /* since the last source_move */
    unsigned barren; /* moves in a row without much between them */
};

/* `connections`: expected to be open to this target at the same time, over all shards. */
void source_init(struct source *source, const struct sock_addr *target, uint64_t connections,
                 unsigned shard_index);
/* What to bind the next connection to; NULL: to nothing. Lent until the next call. */
const struct sock_addr *source_pick(struct source *source);
/* After BR_ERR_NO_PORTS: moves on. False when there is nowhere to go (all were tried in a row). */
BR_NODISCARD bool source_move(struct source *source);

#endif
