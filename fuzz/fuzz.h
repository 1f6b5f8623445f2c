/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target is: one function, libFuzzer's by name, that takes any bytes whatever. It
 * returns 0 and leaves nothing behind; what it finds wrong it stops on, with MUST or by way of a
 * sanitizer. `<noun>_fuzz.c` defines it, `corpus/<noun>/` holds inputs worth keeping, one row in
 * meson.build names both.
 */
#ifndef BR_FUZZ_FUZZ_H
#define BR_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
