/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading JSON: jansson behind our handle. `struct json` is never defined; a pointer to one is a
 * json_t's.
 */
#include <jansson.h>
#include <math.h>

#include "base/must.h"
#include "data/json.h"

static const json_t *json_guest(const struct json *json)
{
    return (const json_t *)(const void *)json;
}

static const struct json *json_host(const json_t *guest)
{
    return (const struct json *)(const void *)guest;
}

/* jansson counts references even when it only reads, so it asks for what is not const. */
static json_t *json_guest_mutable(const struct json *json)
{
    return (json_t *)(uintptr_t)(const void *)json;
}

enum br_err json_parse(struct bytes text, struct json **out_json, struct diag *diag)
{
    json_error_t error;
    json_t *guest = json_loadb(text.len == 0 ? "" : text.ptr, text.len,
                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (guest == NULL)
        return diag_set(diag, BR_ERR_PARSE, "line %d, column %d: %s", error.line, error.column,
                        error.text);
    *out_json = (struct json *)(void *)guest;
    return BR_ERR_NONE;
}

void json_destroy(struct json **json)
{
    if (*json != NULL)
        json_decref((json_t *)(void *)*json);
    *json = NULL;
}

enum json_kind json_kind(const struct json *json)
{
    if (json == NULL)
        return JSON_KIND_NONE;
    switch (json_typeof(json_guest(json))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return JSON_KIND_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        return JSON_KIND_NULL;
    }
    return JSON_KIND_NONE;
}

size_t json_count(const struct json *json)
{
    if (json_kind(json) == JSON_KIND_OBJECT)
        return json_object_size(json_guest(json));
    return json_kind(json) == JSON_KIND_ARRAY ? json_array_size(json_guest(json)) : 0;
}

const struct json *json_get(const struct json *json, const char *key)
{
    return json == NULL ? NULL : json_host(json_object_get(json_guest(json), key));
}

const struct json *json_at(const struct json *array, size_t index)
{
    return array == NULL ? NULL : json_host(json_array_get(json_guest(array), index));
}

bool json_next(const struct json *object, struct json_cursor *cursor)
{
    if (json_kind(object) != JSON_KIND_OBJECT)
        return false;
    json_t *guest = json_guest_mutable(object);
    cursor->at =
        cursor->started ? json_object_iter_next(guest, cursor->at) : json_object_iter(guest);
    cursor->started = true;
    if (cursor->at == NULL)
        return false;
    cursor->key =
        bytes_make(json_object_iter_key(cursor->at), json_object_iter_key_len(cursor->at));
    cursor->value = json_host(json_object_iter_value(cursor->at));
    return true;
}

/* ---- values ---- */

static const char *json_kind_text(enum json_kind kind)
{
    static const char *const texts[] = {"missing",  "an object",     "an array", "a text",
                                        "a number", "true or false", "null"};
    return texts[kind];
}

/* The first complaint wins: later ones often follow from it. */
static void json_complain(struct diag *diag, const struct json *json, const char *name,
                          const char *wanted)
{
    if (diag == NULL || diag->err != BR_ERR_NONE)
        return;
    (void)diag_set(diag, BR_ERR_PARSE, "\"%s\" is %s, not %s", name,
                   json_kind_text(json_kind(json)), wanted);
}

int64_t json_as_i64(const struct json *json, const char *name, struct diag *diag)
{
    const json_t *guest = json_guest(json);
    if (guest != NULL && json_typeof(guest) == JSON_INTEGER)
        return (int64_t)json_integer_value(guest);
    if (guest != NULL && json_typeof(guest) == JSON_REAL) {
        double value = json_real_value(guest);
        if (value == floor(value) && value >= -0x1p63 && value < 0x1p63)
            return (int64_t)value;
    }
    json_complain(diag, json, name, "a whole number");
    return 0;
}

uint64_t json_as_u64(const struct json *json, const char *name, struct diag *diag)
{
    const json_t *guest = json_guest(json);
    if (guest != NULL && json_typeof(guest) == JSON_INTEGER && json_integer_value(guest) >= 0)
        return (uint64_t)json_integer_value(guest);
    if (guest != NULL && json_typeof(guest) == JSON_REAL) {
        double value = json_real_value(guest);
        if (value == floor(value) && value >= 0.0 && value < 0x1p64)
            return (uint64_t)value;
    }
    json_complain(diag, json, name, "a whole number from 0 on");
    return 0;
}

double json_as_f64(const struct json *json, const char *name, struct diag *diag)
{
    if (json_kind(json) == JSON_KIND_NUMBER)
        return json_number_value(json_guest(json));
    json_complain(diag, json, name, "a number");
    return 0.0;
}

struct bytes json_as_text(const struct json *json, const char *name, struct diag *diag)
{
    if (json_kind(json) == JSON_KIND_TEXT)
        return bytes_make(json_string_value(json_guest(json)),
                          json_string_length(json_guest(json)));
    json_complain(diag, json, name, "a text");
    return BYTES_NONE;
}

static const struct json *json_member(const struct json *json, const char *key)
{
    const struct json *member = json_get(json, key);
    return json_kind(member) == JSON_KIND_NULL ? NULL : member;
}

int64_t json_get_i64(const struct json *json, const char *key, int64_t fallback, struct diag *diag)
{
    const struct json *member = json_member(json, key);
    return member == NULL ? fallback : json_as_i64(member, key, diag);
}

uint64_t json_get_u64(const struct json *json, const char *key, uint64_t fallback,
                      struct diag *diag)
{
    const struct json *member = json_member(json, key);
    return member == NULL ? fallback : json_as_u64(member, key, diag);
}

double json_get_f64(const struct json *json, const char *key, double fallback, struct diag *diag)
{
    const struct json *member = json_member(json, key);
    return member == NULL ? fallback : json_as_f64(member, key, diag);
}

bool json_get_bool(const struct json *json, const char *key, bool fallback, struct diag *diag)
{
    const struct json *member = json_member(json, key);
    if (member == NULL)
        return fallback;
    if (json_kind(member) == JSON_KIND_BOOL)
        return json_typeof(json_guest(member)) == JSON_TRUE;
    json_complain(diag, member, key, "true or false");
    return fallback;
}

struct bytes json_get_text(const struct json *json, const char *key, struct bytes fallback,
                           struct diag *diag)
{
    const struct json *member = json_member(json, key);
    return member == NULL ? fallback : json_as_text(member, key, diag);
}

const char *json_library_version(void)
{
    return jansson_version_str();
}
