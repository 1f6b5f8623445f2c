/* SPDX-License-Identifier: Apache-2.0
 *
 * A window that slides over 127.0.0.1, 127.0.0.2 … The ports of a source that was left come back
 * (after TIME_WAIT), so the window goes round.
 */
#include "conn/source.h"

#include <stdio.h>

#include "base/must.h"

static bool source_is_ipv4_loopback(const struct sock_addr *addr)
{
    return addr->u.any.sa_family == AF_INET && sock_addr_is_loopback(addr);
}

void source_init(struct source *source, const struct sock_addr *target, uint64_t connections,
                 unsigned shard_index)
{
    *source = (struct source){.can_spread = source_is_ipv4_loopback(target), .count = 1};
    if (!source->can_spread)
        return;
    uint64_t needed = (connections + SOURCE_PORTS - 1) / SOURCE_PORTS;
    if (needed > SOURCE_MAX)
        needed = SOURCE_MAX;
    if (needed > 1)
        source->count = (unsigned)needed;
    source->turn = shard_index % source->count;
}

const struct sock_addr *source_pick(struct source *source)
{
    source->picks++;
    unsigned index = (source->base + source->turn) % SOURCE_MAX;
    source->turn = (source->turn + 1) % source->count;
    if (index == 0)
        return NULL;
    MUST(source->can_spread);
    char text[sizeof("127.0.0.255")];
    (void)snprintf(text, sizeof(text), "127.0.0.%u", (index + 1) % 256);
    MUST(sock_addr_from_ip(bytes_from_str(text), 0, &source->addr));
    return &source->addr;
}

bool source_move(struct source *source)
{
    if (!source->can_spread)
        return false;
    source->barren = source->picks <= source->count ? source->barren + 1 : 1;
    source->picks = 0;
    if (source->barren >= SOURCE_MAX) {
        source->barren = 0;
        return false;
    }
    source->base = (source->base + 1) % SOURCE_MAX;
    return true;
}
