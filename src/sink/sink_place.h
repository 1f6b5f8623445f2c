/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a sink listens, as people write it behind KIND:, and as they are told.
 */
#ifndef BR_SINK_SINK_PLACE_H
#define BR_SINK_SINK_PLACE_H

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "sys/sock.h"

#define SINK_PLACE_FORMS "127.0.0.1:8080, 8080 (of 127.0.0.1), [::1]:8080, :8080 (any address)"

/* Nothing at all is any free port of 127.0.0.1. */
BR_NODISCARD enum br_err sink_place_parse(struct bytes text, struct sock_addr *out_addr,
                                          struct diag *diag);
/* "127.0.0.1:8080": what another program is to be given. An address that means all of ours is told
 * as one of the loopback. */
void sink_place_format(const struct sock_addr *addr, char out_text[SOCK_TEXT_SIZE]);

#endif
