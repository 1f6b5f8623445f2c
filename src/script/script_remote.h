/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules that scripts import by URL: fetched once, then read from a folder, so that a test runs
 * the same code the next time, and without a network. As k6 asks: first with ?_k6=1, then as it is
 * written; only 200 counts. Redirects are followed, not from https to http.
 */
#ifndef BR_SCRIPT_SCRIPT_REMOTE_H
#define BR_SCRIPT_SCRIPT_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

enum { SCRIPT_REMOTE_SIZE_MAX = 64 << 20 };

/* Borrowed. All zero is a sensible choice. */
struct script_remote_options {
    const char *cache_folder; /* made when it is not there, its parent too; NULL: nothing is kept */
    const char *ca_file;      /* PEM; NULL: the system's */
    bool insecure;            /* verify nothing */
    int64_t timeout_ns;       /* of all of it; 0: one minute */
};

/* Appends the text. Blocks this thread, on a loop of its own. BR_ERR_CONFIG and others with a
 * sentence that names the URL. */
BR_NODISCARD enum br_err script_remote_read(struct bytes url,
                                            const struct script_remote_options *options,
                                            struct buf *out_text, struct diag *diag);

#endif
