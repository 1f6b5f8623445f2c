/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writing and reading of single stamps shares with the scanner; nobody else includes it.
 */
#ifndef BR_BASE_STAMP_CODE_H
#define BR_BASE_STAMP_CODE_H

#include "base/stamp.h"

/* The two bits behind the run in a UUID. */
enum { STAMP_UUID_MARK = 1 };

static inline uint32_t stamp_uuid_head(uint32_t run)
{
    return run << 2 | STAMP_UUID_MARK;
}

/* The value of a digit, -1: none. */
int stamp_digit_value(char c);

/* What begins at text[0], `len` bytes and no more to come; sets kind and id. False: no stamp. */
bool stamp_read(const struct stamp_run *run, const char *text, size_t len,
                struct stamp_hit *out_hit);
/* The same for UUIDs: how many bytes belong to it, 0: none. */
size_t stamp_read_uuid(const struct stamp_run *run, const char *text, size_t len,
                       struct stamp_hit *out_hit);

#endif
