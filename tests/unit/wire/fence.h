/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that end where an unmapped page begins: one byte read too many is a crash, in every build.
 */
#ifndef BR_TESTS_FENCE_H
#define BR_TESTS_FENCE_H

#include "base/bytes.h"

enum { FENCE_SIZE_MAX = 256 * 1024 };

/* A copy of `text` against the fence; valid until the next call. */
struct bytes fence_put(struct bytes text);

#endif
