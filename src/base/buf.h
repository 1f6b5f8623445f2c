/* SPDX-License-Identifier: Apache-2.0
 *
 * Owned bytes that grow up to a ceiling given at birth.
 */
#ifndef BR_BASE_BUF_H
#define BR_BASE_BUF_H

#include <stddef.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"

/* Owns `data` (`size` bytes, `len` of them in use); never grows beyond `max`. */
struct buf {
    char *data;
    size_t len;
    size_t size;
    size_t max;
};

/* Allocates nothing yet. */
void buf_init(struct buf *buf, size_t max);
/* Releases the bytes; the buffer may be used again (with its ceiling). */
void buf_fini(struct buf *buf);

/* Makes room for `more` bytes behind len; BR_ERR_LIMIT when the ceiling forbids it (unchanged). */
BR_NODISCARD enum br_err buf_reserve(struct buf *buf, size_t more);
/* All or nothing; BR_ERR_LIMIT when the ceiling forbids it. */
BR_NODISCARD enum br_err buf_append(struct buf *buf, struct bytes bytes);
BR_NODISCARD enum br_err buf_printf(struct buf *buf, const char *format, ...) BR_PRINTF(2, 3);
/* The same for text of ours whose size we know to fit: beyond the ceiling is a bug. */
void buf_put(struct buf *buf, struct bytes bytes);
void buf_put_str(struct buf *buf, const char *str);
void buf_putf(struct buf *buf, const char *format, ...) BR_PRINTF(2, 3);

/* Drops the first `count` bytes (count <= len). */
void buf_consume(struct buf *buf, size_t count);

static inline void buf_clear(struct buf *buf)
{
    buf->len = 0;
}

static inline struct bytes buf_bytes(const struct buf *buf)
{
    return bytes_make(buf->data, buf->len);
}

/* A NUL behind the text (not counted in len); lends the pointer until the next change. */
const char *buf_cstr(struct buf *buf);

#endif
