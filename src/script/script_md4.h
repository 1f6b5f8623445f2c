/* SPDX-License-Identifier: Apache-2.0
 *
 * MD4 (RFC 1320): broken for decades, but k6 has it, and OpenSSL only where a package of its own
 * brings its legacy provider.
 */
#ifndef BR_SCRIPT_SCRIPT_MD4_H
#define BR_SCRIPT_SCRIPT_MD4_H

#include <stdint.h>

#include "base/bytes.h"

enum { SCRIPT_MD4_SIZE = 16 };

void script_md4(struct bytes text, uint8_t out_hash[static SCRIPT_MD4_SIZE]);

#endif
