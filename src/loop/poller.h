/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sockets can be read or written, and sleep until then. Level-triggered; a socket is
 * registered once and left alone: EPOLLIN for good, EPOLLOUT only after a short write
 * (research: perf.md 2). poller_epoll.c is the one for Linux, tests/sim has the simulated twin.
 */
#ifndef BR_LOOP_POLLER_H
#define BR_LOOP_POLLER_H

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"

enum poller_event {
    POLLER_IN = 1,
    POLLER_OUT = 2,
    POLLER_ERR = 4, /* error or hang-up; always reported */
};

/* What became ready: `tag` is what was registered. */
struct poller_ready {
    void *tag;
    unsigned events;
};

struct poller;

/* Owned by the caller, destroyed by poller_destroy (which closes what it opened, nothing else). */
BR_NODISCARD enum br_err poller_create(struct poller **out_poller, struct diag *diag);
void poller_destroy(struct poller **poller);

/* events: a set of POLLER_IN and POLLER_OUT. Returns BR_ERR_NO_MEMORY or BR_ERR_NO_DESCRIPTORS when
 * the kernel refuses, BR_ERR_IO for what cannot be waited for (a regular file). A closed fd is
 * forgotten by itself; removing one that is not registered is a bug. */
BR_NODISCARD enum br_err poller_add(struct poller *poller, int fd, unsigned events, void *tag);
void poller_change(struct poller *poller, int fd, unsigned events, void *tag);
void poller_remove(struct poller *poller, int fd);

/* Fills up to `max` rows and returns their number. Waits until something is ready, poller_wake was
 * called (a wake is consumed, it fills no row) or `deadline_ns` (clock_now_ns) is reached; a
 * deadline in the past polls (0 without asking the clock), INT64_MAX waits for ever. Nanoseconds
 * count. It may return early with no row (a signal). */
int poller_wait(struct poller *poller, int64_t deadline_ns, struct poller_ready *rows, int max);

/* From any thread: the current or next poller_wait returns. */
void poller_wake(struct poller *poller);

#endif
