/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts as Go writes them, where k6 lets them through to scripts and logs: quoted strings, dates,
 * canonical header names, escaped form fields.
 */
#ifndef BR_SCRIPT_SCRIPT_TEXT_H
#define BR_SCRIPT_SCRIPT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* strconv.Quote: "a\nb". */
void script_put_go_quoted(struct buf *out, struct bytes text);
/* "2026-01-02T03:04:05Z", with nanoseconds on demand; UTC. */
void script_put_rfc3339(struct buf *out, int64_t wall_ns, bool fraction);
/* url.QueryEscape: letters, digits and -_.~ stay, a blank becomes +. */
void script_put_query_escaped(struct buf *out, struct bytes text);
/* In place: "content-type" to "Content-Type" (textproto.CanonicalMIMEHeaderKey). */
void script_canonical_header(char *name, size_t len);
/* "Mon, 02 Jan 2006 15:04:05 GMT" and the other two forms of RFC 9110 5.6.7; false: none. */
bool script_parse_http_date(struct bytes text, int64_t *out_unix_s);

#endif
