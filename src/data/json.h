/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON, written and read. The writer is ours: it puts a value after the other into a buffer, knows
 * where commas belong, writes whole numbers exactly and doubles in the fewest digits that read back
 * as the same double, and never writes anything but UTF-8, whatever the bytes it is given. The
 * reader is jansson behind an opaque handle: it checks everything before it shows anything.
 *
 * Members are asked for with a fallback for what is absent; what is there but of another type is
 * told to the diag of the call (the first one wins), so that a reader of many members checks once,
 * at the end.
 */
#ifndef BR_DATA_JSON_H
#define BR_DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

/* ---- writing ---- */

enum { JSON_DEPTH_MAX = 63 };

/* Borrows the buffer. The buffer's ceiling must be beyond what is written: it is a bug otherwise.
 */
struct json_writer {
    struct buf *buf;
    bool pretty;    /* line breaks and two blanks a level; else none at all */
    bool after_key; /* the next value belongs to a key */
    int depth;
    uint64_t filled; /* bit d: level d holds a value, the next one needs a comma */
    uint64_t arrays; /* bit d: level d is an array */
};

void json_writer_init(struct json_writer *writer, struct buf *buf, bool pretty);

void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
/* The name of the next value; only inside an object. */
void json_put_key(struct json_writer *writer, const char *key);

/* Bytes that are no UTF-8 become U+FFFD. */
void json_put_text(struct json_writer *writer, struct bytes text);
void json_put_i64(struct json_writer *writer, int64_t value);
void json_put_u64(struct json_writer *writer, uint64_t value);
/* NaN and the infinities, which JSON has not, become null. */
void json_put_f64(struct json_writer *writer, double value);
void json_put_bool(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);

/* The inside of a string, without quotes, outside of any writer. Writes at most six bytes
 * for each. */
void json_put_inside(struct buf *buf, struct bytes text);
/* How many bytes at `at` are one well-formed UTF-8 character (Unicode, table 3-7), 0 if none. */
size_t json_utf8_size(const char *text, size_t left);

/* Key and value. */
void json_add_text(struct json_writer *writer, const char *key, struct bytes text);
void json_add_str(struct json_writer *writer, const char *key, const char *text);
void json_add_i64(struct json_writer *writer, const char *key, int64_t value);
void json_add_u64(struct json_writer *writer, const char *key, uint64_t value);
void json_add_f64(struct json_writer *writer, const char *key, double value);
void json_add_bool(struct json_writer *writer, const char *key, bool value);
void json_add_object(struct json_writer *writer, const char *key);
void json_add_array(struct json_writer *writer, const char *key);

/* ---- reading ---- */

/* A value that was read; lives as long as the whole it belongs to. */
struct json;

/* One value and nothing behind it but blanks. The caller owns it (json_destroy); *diag says where
 * the text is wrong. Duplicate keys are refused. */
BR_NODISCARD enum br_err json_parse(struct bytes text, struct json **out_json, struct diag *diag);
/* Only what json_parse gave. */
void json_destroy(struct json **json);

enum json_kind {
    JSON_KIND_NONE, /* of NULL: there is no such value */
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_TEXT,
    JSON_KIND_NUMBER,
    JSON_KIND_BOOL,
    JSON_KIND_NULL,
};
enum json_kind json_kind(const struct json *json);

/* Members of an object, values of an array, 0 for all else. */
size_t json_count(const struct json *json);
/* The member of that name; NULL when absent or when `json` is no object (NULL is none). */
const struct json *json_get(const struct json *json, const char *key);
/* NULL when there is none. */
const struct json *json_at(const struct json *array, size_t index);

/* Walks the members in the order of the text: false at the end. Start with *cursor = {0}. */
struct json_cursor {
    void *at;
    bool started;
    struct bytes key;
    const struct json *value;
};
bool json_next(const struct json *object, struct json_cursor *cursor);

/* The value itself; `name` is for the message. A whole number is a fine double; a double that is
 * no whole number, or one out of range, is no fine integer. */
int64_t json_as_i64(const struct json *json, const char *name, struct diag *diag);
uint64_t json_as_u64(const struct json *json, const char *name, struct diag *diag);
double json_as_f64(const struct json *json, const char *name, struct diag *diag);
/* Lent by the whole. */
struct bytes json_as_text(const struct json *json, const char *name, struct diag *diag);

/* A member, or the fallback when it is absent or null. */
int64_t json_get_i64(const struct json *json, const char *key, int64_t fallback, struct diag *diag);
uint64_t json_get_u64(const struct json *json, const char *key, uint64_t fallback,
                      struct diag *diag);
double json_get_f64(const struct json *json, const char *key, double fallback, struct diag *diag);
bool json_get_bool(const struct json *json, const char *key, bool fallback, struct diag *diag);
struct bytes json_get_text(const struct json *json, const char *key, struct bytes fallback,
                           struct diag *diag);

/* Of jansson at run time: "2.14". */
const char *json_library_version(void);

#endif
