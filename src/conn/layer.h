/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection is a stack of equal layers: tcp or unix at the bottom, tls or an impairment above.
 * Each knows only the one below (`next`); what a layer does not care about it passes on.
 */
#ifndef BR_CONN_LAYER_H
#define BR_CONN_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"

struct conn;
struct layer;

/* Counts are >= 0. What is not a count: would block, or an error as -(enum br_err) - 16. */
enum { LAYER_AGAIN = -1, LAYER_ERR_BASE = -16 };

static inline ssize_t layer_fail(enum br_err err)
{
    return LAYER_ERR_BASE - (ssize_t)err;
}

static inline bool layer_is_err(ssize_t result)
{
    return result <= LAYER_ERR_BASE;
}

static inline enum br_err layer_err(ssize_t result)
{
    return (enum br_err)(LAYER_ERR_BASE - result);
}

struct layer_ops {
    const char *name;
    /* Drives the set-up of this layer; the ones below are up already. 0 done; LAYER_AGAIN after
     * setting conn->want to the events it waits for; or an error. NULL: nothing to set up. */
    ssize_t (*open)(struct layer *layer);
    /* Bytes taken (may be fewer than offered), LAYER_AGAIN (conn->want tells for what), or error.
     */
    ssize_t (*send)(struct layer *layer, const struct iovec *parts, int count);
    /* Bytes read, 0 at the peer's orderly end, LAYER_AGAIN or error. *out_wall_ns: the kernel's
     * receive stamp, 0 when there is none; may be NULL. */
    ssize_t (*recv)(struct layer *layer, void *bytes, size_t size, int64_t *out_wall_ns);
    /* Bytes can be read although the socket is not readable. NULL: never. */
    bool (*has_pending)(const struct layer *layer);
    /* Releases what this layer holds and the layer itself; does not chain. `orderly` is false when
     * the connection is cut (RST). */
    void (*close)(struct layer *layer, bool orderly);
};

/* The head of every layer's own struct. */
struct layer {
    const struct layer_ops *ops;
    struct layer *next; /* below; NULL at the bottom */
    struct conn *conn;
};

#endif
