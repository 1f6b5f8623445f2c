/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies in other forms: multipart/form-data, and compressed.
 */
#ifndef BR_SCRIPT_SCRIPT_ENCODE_H
#define BR_SCRIPT_SCRIPT_ENCODE_H

#include "script/script_call.h"

struct script_multipart {
    struct buf *out; /* borrowed */
    char boundary[40];
    char type[96]; /* for Content-Type */
};

void script_multipart_begin(struct script_multipart *multipart, struct buf *out);
/* A file, or a value as text. */
bool script_multipart_add(JSContext *ctx, struct script_multipart *multipart, const char *name,
                          JSValueConst value);
void script_multipart_end(struct script_multipart *multipart);

/* params.compression: applies the codings to the body, in order. False with an exception pending.
 */
bool script_compress_body(JSContext *ctx, struct script_call *call, struct bytes codings);

#endif
