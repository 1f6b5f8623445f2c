/* SPDX-License-Identifier: Apache-2.0
 *
 * Content codings put on (RFC 9110 8.4.1): a whole body at once.
 */
#ifndef BR_PROTO_HTTP_DEFLATE_H
#define BR_PROTO_HTTP_DEFLATE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* `coding`: gzip, deflate (zlib's format), br or zstd; appends the coded body.
 * BR_ERR_WIRE_UNSUPPORTED for another coding, BR_ERR_WIRE_BODY_LIMIT beyond out's ceiling. */
BR_NODISCARD enum br_err http_deflate_body(struct bytes coding, struct bytes body, struct buf *out);

#endif
