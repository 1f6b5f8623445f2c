/* SPDX-License-Identifier: Apache-2.0
 *
 * The manual page and the shells' completions, out of the tables of options.h.
 */
#ifndef BR_CLI_MANUAL_H
#define BR_CLI_MANUAL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* brunt(1) in man(7). */
void cli_manual_page(struct buf *out);
/* The completion script for "bash", "zsh" or "fish"; BR_ERR_CONFIG (nothing written) for others. */
BR_NODISCARD enum br_err cli_completion(struct bytes shell, struct buf *out);

#endif
