/* SPDX-License-Identifier: Apache-2.0
 *
 * What `brunt new` writes: js/new, put here by tools/embed_text when brunt is built.
 */
#ifndef BR_CLI_NEW_TEXTS_H
#define BR_CLI_NEW_TEXTS_H

#include <stddef.h>

extern const unsigned char cli_new_script[];
extern const size_t cli_new_script_size;
extern const unsigned char cli_new_shim[];
extern const size_t cli_new_shim_size;

#endif
