/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing, within a ceiling.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

enum { BUF_SIZE_FIRST = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_fini(struct buf *buf)
{
    mem_free(buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->size = 0;
}

enum br_err buf_reserve(struct buf *buf, size_t more)
{
    if (more <= buf->size - buf->len)
        return BR_ERR_NONE;
    if (more > buf->max || buf->len > buf->max - more)
        return BR_ERR_LIMIT;

    size_t need = buf->len + more;
    size_t size = buf->size < BUF_SIZE_FIRST ? BUF_SIZE_FIRST : buf->size;
    while (size < need)
        size = size > buf->max / 2 ? buf->max : size * 2;
    if (size > buf->max)
        size = buf->max;
    buf->data = mem_realloc(buf->data, size);
    buf->size = size;
    return BR_ERR_NONE;
}

enum br_err buf_append(struct buf *buf, struct bytes bytes)
{
    enum br_err err = buf_reserve(buf, bytes.len);
    if (err != BR_ERR_NONE)
        return err;
    if (bytes.len > 0)
        memcpy(buf->data + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    return BR_ERR_NONE;
}

BR_PRINTF(2, 0)
static enum br_err buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, again);
    va_end(again);
    MUST(need >= 0);

    /* vsnprintf writes a NUL as well: it needs one byte more than we keep. */
    enum br_err err = buf_reserve(buf, (size_t)need + 1);
    if (err != BR_ERR_NONE)
        return err;
    (void)vsnprintf(buf->data + buf->len, (size_t)need + 1, format, args);
    buf->len += (size_t)need;
    return BR_ERR_NONE;
}

enum br_err buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum br_err err = buf_vprintf(buf, format, args);
    va_end(args);
    return err;
}

void buf_put(struct buf *buf, struct bytes bytes)
{
    enum br_err err = buf_append(buf, bytes);
    MUST(err == BR_ERR_NONE);
}

void buf_put_str(struct buf *buf, const char *str)
{
    buf_put(buf, bytes_from_str(str));
}

void buf_putf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum br_err err = buf_vprintf(buf, format, args);
    va_end(args);
    MUST(err == BR_ERR_NONE);
}

void buf_consume(struct buf *buf, size_t count)
{
    MUST(count <= buf->len);
    buf->len -= count;
    if (buf->len > 0)
        memmove(buf->data, buf->data + count, buf->len);
}

const char *buf_cstr(struct buf *buf)
{
    enum br_err err = buf_reserve(buf, 1);
    MUST(err == BR_ERR_NONE);
    buf->data[buf->len] = '\0';
    return buf->data;
}
