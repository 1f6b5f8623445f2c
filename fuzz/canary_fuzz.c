/* SPDX-License-Identifier: Apache-2.0
 *
 * The target that must fail: who replays `corpus/canary/` and hears nothing is not listening.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_canary = size == 6 && memcmp(data, "canary", 6) == 0;
    MUST(!is_canary);
    return 0;
}
