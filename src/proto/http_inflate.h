/* SPDX-License-Identifier: Apache-2.0
 *
 * Content codings taken off (RFC 9110 8.4.1): gzip, deflate, br and zstd. A whole body at once,
 * with a ceiling on what it becomes, since a small one can become very large.
 */
#ifndef BR_PROTO_HTTP_INFLATE_H
#define BR_PROTO_HTTP_INFLATE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* zlib's memory (some 40 KiB), kept from body to body. */
struct http_inflate;

BR_NODISCARD struct http_inflate *http_inflate_create(void);
void http_inflate_destroy(struct http_inflate **inflate);

/* `codings`: the value of Content-Encoding; "identity", "gzip", "x-gzip", "deflate" (with or
 * without the zlib header, as senders differ), "br", "zstd", or several of them in the order they
 * were applied. Appends to `out` what the body was; BR_ERR_WIRE_UNSUPPORTED for another coding,
 * BR_ERR_WIRE_MALFORMED for a body that is none or is cut off, BR_ERR_WIRE_BODY_LIMIT beyond out's
 * ceiling (out is as before then). Several gzip members in a row are one body (RFC 1952 2.2). */
BR_NODISCARD enum br_err http_inflate_body(struct http_inflate *inflate, struct bytes codings,
                                           struct bytes body, struct buf *out);

#endif
