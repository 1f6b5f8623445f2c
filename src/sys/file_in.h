/* SPDX-License-Identifier: Apache-2.0
 *
 * A file (or standard input) read in passing, for what is too large to be held.
 */
#ifndef BR_SYS_FILE_IN_H
#define BR_SYS_FILE_IN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"

struct file_in {
    int fd; /* -1: not open */
    bool is_stdin;
    const char *path; /* borrowed, for messages */
};

/* "-" is standard input. A person is told what failed and why. */
BR_NODISCARD enum br_err file_in_open(struct file_in *in, const char *path, struct diag *diag);
/* Up to `size` bytes; *out_len is 0 at the end only. Waits for a pipe. */
BR_NODISCARD enum br_err file_in_read(struct file_in *in, char *room, size_t size, size_t *out_len,
                                      struct diag *diag);
/* Back to its begin; a pipe or a terminal has none: a person is told. */
BR_NODISCARD enum br_err file_in_rewind(struct file_in *in, struct diag *diag);
/* Idempotent; leaves standard input open. */
void file_in_close(struct file_in *in);

#endif
