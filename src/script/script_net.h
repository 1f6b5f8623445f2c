/* SPDX-License-Identifier: Apache-2.0
 *
 * From a host to addresses, as the options say: hosts, blockHostnames, blacklistIPs, dns.
 */
#ifndef BR_SCRIPT_SCRIPT_NET_H
#define BR_SCRIPT_SCRIPT_NET_H

#include "script/script_hop.h"

struct script_addrs {
    struct sock_addr addrs[NAME_ADDRS_MAX];
    size_t count;
    size_t first; /* to try first */
};

/* Blocks the fiber. False: the hop has failed, and says why. */
bool script_net_find(struct script_hop *hop, struct script_addrs *out_addrs);
/* Says more exactly why a handshake failed. */
void script_net_word_tls(struct script_hop *hop, const char *reason);

#endif
