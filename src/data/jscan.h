/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking through JSON text where it lies: nothing is copied, nothing allocated, and what is not
 * asked for is checked and skipped. For texts that come by the thousand (rows, replies of bulk
 * APIs), where a tree of every value would cost more than the rest of the operation. Configuration
 * is read with json.h.
 *
 * RFC 8259 strictly: UTF-8 only, no comments, no trailing commas. Unlike json.h, repeated keys are
 * not noticed.
 */
#ifndef BR_DATA_JSCAN_H
#define BR_DATA_JSCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

enum { JSCAN_DEPTH_MAX = 256 };

enum jscan_kind {
    JSCAN_NONE,
    JSCAN_OBJECT,
    JSCAN_ARRAY,
    JSCAN_STRING,
    JSCAN_NUMBER,
    JSCAN_TRUE,
    JSCAN_FALSE,
    JSCAN_NULL,
};

/* Borrows the text: of a string what stands between the quotes, escapes as they are; of everything
 * else the whole value. */
struct jscan_value {
    enum jscan_kind kind;
    struct bytes raw;
};

/* A place in a text. */
struct jscan {
    const char *at;
    const char *end;
    bool filled; /* inside a container: a value came before */
};

enum jscan_step { JSCAN_MORE, JSCAN_END, JSCAN_BAD };

struct jscan jscan_over(struct bytes text);
/* Reads one whole value and checks it all; false when there is none or it is malformed. */
bool jscan_read(struct jscan *scan, struct jscan_value *out_value);
/* Whether nothing but blanks is left. */
bool jscan_is_over(struct jscan *scan);
/* Whether the text is one value and nothing else but blanks. */
bool jscan_is_value(struct bytes text);

/* Goes into the object or array ('{' or '[') that stands next; false when none does. Then the next
 * member (its key raw, as a string's) or item is read until JSCAN_END, which stands behind the
 * closing bracket. After JSCAN_BAD nothing more can be asked. */
bool jscan_open(struct jscan *scan, char bracket);
enum jscan_step jscan_next_member(struct jscan *scan, struct bytes *out_key,
                                  struct jscan_value *out_value);
enum jscan_step jscan_next_item(struct jscan *scan, struct jscan_value *out_value);

/* The text that a raw string means. Writes at most raw.len bytes, returns how many. A surrogate
 * without its other half becomes U+FFFD. */
size_t jscan_unescape(struct bytes raw, char *out);
/* Whether a raw string means this text. */
bool jscan_string_is(struct bytes raw, struct bytes text);

#endif
