/* SPDX-License-Identifier: Apache-2.0
 *
 * Signals as something to read, like a socket: nothing ever runs inside a handler. The first thread
 * opens them before it starts others (threads of ours block all signals) and watches the fd.
 */
#ifndef BR_SYS_SIGNAL_H
#define BR_SYS_SIGNAL_H

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum signal_kind {
    SIGNAL_INT = 1,
    SIGNAL_TERM = 2,
    SIGNAL_HUP = 4,
    SIGNAL_USR1 = 8,
    SIGNAL_WINCH = 16, /* the terminal has another size */
};

/* Blocks these kinds in the calling thread and gives an fd that is readable when one came; SIGPIPE
 * is ignored from now on (a write answers EPIPE). INT, TERM, USR1 and WINCH are taken even where
 * the parent ignored them (a shell's background job); HUP is left ignored where it was (nohup). */
BR_NODISCARD enum br_err signal_open(int *out_fd, struct diag *diag);
/* The set of kinds that came since the last call, 0: none. Never waits. Two of one kind that came
 * before the call are one (signal(7)). */
unsigned signal_take(int fd);
/* Unblocks what signal_open blocked, gives SIGPIPE back its default. What is pending then acts. */
void signal_close(int fd);
/* When a bug ends the process (SIGSEGV, SIGABRT and their like), `text` is written to fd before it
 * dies as it would have: what stands on a terminal is put in order. text is borrowed for ever; an
 * empty one takes it back. The one thing that runs inside a handler. */
void signal_set_farewell(int fd, struct bytes text);
/* For a child between fork and exec: default dispositions, nothing blocked. */
void signal_reset_all(void);

#endif
