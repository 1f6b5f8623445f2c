/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs of scripts: with user and password, which wire/url refuses, and references to be joined.
 */
#ifndef BR_SCRIPT_SCRIPT_URL_H
#define BR_SCRIPT_SCRIPT_URL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "wire/url.h"

/* Takes "user:password@" out: *out_clean is the URL without it; *out_user what was there, as
 * written (empty: nothing). */
void script_url_split_user(struct bytes url, struct buf *out_clean, struct bytes *out_user);
/* As samples show it: user and password as ****. */
void script_url_put_masked(struct buf *out, struct bytes url);
/* What a Location (or an href) means from a URL (RFC 3986 5.2), appended. */
void script_url_join(struct bytes base, struct bytes reference, struct buf *out);
/* %41 to A. */
void script_url_put_decoded(struct buf *out, struct bytes text);

#endif
