/* SPDX-License-Identifier: Apache-2.0
 *
 * What a set-up function tells a person when it fails: one sentence, with the place and what would
 * be accepted. The last parameter of set-up functions only; operations count errors instead.
 */
#ifndef BR_BASE_DIAG_H
#define BR_BASE_DIAG_H

#include "base/attr.h"
#include "base/err.h"

enum { DIAG_TEXT_SIZE = 400 };

struct diag {
    enum br_err err;
    int saved_errno; /* 0 when no system call was involved */
    char text[DIAG_TEXT_SIZE];
};

#define DIAG_INIT                                                                                  \
    {                                                                                              \
        BR_ERR_NONE, 0, ""                                                                         \
    }

/* Fills *diag and returns err, so that `return diag_set(diag, …);` is the whole failure. A sentence
 * without a final period. diag may be NULL. */
enum br_err diag_set(struct diag *diag, enum br_err err, const char *format, ...) BR_PRINTF(3, 4);
/* The same with ": <strerror(saved_errno)>" behind the sentence. */
enum br_err diag_set_errno(struct diag *diag, enum br_err err, int saved_errno, const char *format,
                           ...) BR_PRINTF(4, 5);

#endif
