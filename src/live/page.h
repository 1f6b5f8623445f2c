/* SPDX-License-Identifier: Apache-2.0
 *
 * A page for programs that watch a run: GET /metrics for Prometheus. It lives on the coordinator's
 * loop and shows the result as it is when somebody asks.
 */
#ifndef BR_LIVE_PAGE_H
#define BR_LIVE_PAGE_H

#include "base/attr.h"
#include "base/diag.h"
#include "loop/loop.h"
#include "report/result.h"
#include "sys/sock.h"

struct live_page;

/* Listens. Borrows loop and result, which must outlive it; *out_bound has the real port. */
BR_NODISCARD enum br_err live_page_open(struct loop *loop, const struct result *result,
                                        const struct sock_addr *addr, struct live_page **out_page,
                                        struct sock_addr *out_bound, struct diag *diag);
/* Idempotent. */
void live_page_close(struct live_page **page);

#endif
