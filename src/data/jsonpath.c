/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths are walked step by step over text that was checked once as a whole; the depth of the
 * recursion is the number of steps.
 */
#include "data/jsonpath.h"

#include "base/must.h"

#define JSONPATH_FORMS "items[*].status, errors[0].id, accepted, a[\"odd.name\"], items[*].*.status"

static enum br_err jsonpath_fail(struct bytes text, size_t at, const char *what, struct diag *diag)
{
    int shown = text.len > 80 ? 80 : (int)text.len;
    return diag_set(diag, BR_ERR_CONFIG, "path \"%.*s\", column %zu: %s; paths look like %s", shown,
                    text.ptr, at + 1, what, JSONPATH_FORMS);
}

static bool jsonpath_add(struct jsonpath *path, struct jsonpath_step step)
{
    if (path->count == JSONPATH_STEPS_MAX)
        return false;
    path->steps[path->count++] = step;
    path->has_any_item |= step.kind == JSONPATH_ANY_ITEM;
    return true;
}

/* What stands between brackets; NULL or what is wrong with it. */
static const char *jsonpath_read_bracket(struct bytes inside, struct jsonpath_step *out_step)
{
    static const char wrong[] = "between [ and ] stand a number, * or a name in quotes";
    *out_step = (struct jsonpath_step){.kind = JSONPATH_ANY_ITEM};
    if (bytes_eq(inside, BYTES("*")))
        return NULL;
    if (inside.len >= 2 && inside.ptr[0] == '"' && inside.ptr[inside.len - 1] == '"') {
        out_step->kind = JSONPATH_MEMBER;
        out_step->name = bytes_make(inside.ptr + 1, inside.len - 2);
        return NULL;
    }
    if (inside.len == 0 || inside.len > 18)
        return wrong;
    out_step->kind = JSONPATH_ITEM;
    for (size_t i = 0; i < inside.len; i++) {
        if (inside.ptr[i] < '0' || inside.ptr[i] > '9')
            return wrong;
        out_step->index = out_step->index * 10 + (uint64_t)(inside.ptr[i] - '0');
    }
    return NULL;
}

/* Behind the `[` at `at`: the index of its `]`, or text.len. A quoted name may hold one. */
static size_t jsonpath_bracket_end(struct bytes text, size_t at)
{
    bool quoted = false;
    for (at++; at < text.len; at++) {
        if (text.ptr[at] == '"')
            quoted = !quoted;
        else if (text.ptr[at] == ']' && !quoted)
            break;
    }
    return at;
}

static size_t jsonpath_name_end(struct bytes text, size_t at)
{
    while (at < text.len && text.ptr[at] != '.' && text.ptr[at] != '[' && text.ptr[at] != ']')
        at++;
    return at;
}

enum br_err jsonpath_parse(struct bytes text, struct jsonpath *out_path, struct diag *diag)
{
    struct jsonpath path = {.text = text};
    size_t at = text.len > 0 && text.ptr[0] == '$' ? 1 : 0;
    bool wants_name = at == 0; /* behind a $ a dot comes first */
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        wants_name = true;
    }
    while (at < text.len || wants_name) {
        struct jsonpath_step step = {.kind = JSONPATH_MEMBER};
        if (at < text.len && text.ptr[at] == '[') {
            size_t end = jsonpath_bracket_end(text, at);
            if (end == text.len)
                return jsonpath_fail(text, at, "this [ has no ]", diag);
            const char *wrong =
                jsonpath_read_bracket(bytes_make(text.ptr + at + 1, end - at - 1), &step);
            if (wrong != NULL)
                return jsonpath_fail(text, at, wrong, diag);
            at = end + 1;
        } else {
            size_t end = jsonpath_name_end(text, at);
            if (end == at || !wants_name)
                return jsonpath_fail(text, at, "a name is expected", diag);
            step.name = bytes_make(text.ptr + at, end - at);
            if (bytes_eq(step.name, BYTES("*")))
                step.kind = JSONPATH_ANY_MEMBER;
            at = end;
        }
        if (!jsonpath_add(&path, step))
            return jsonpath_fail(text, at, "more than 16 steps", diag);
        wants_name = at < text.len && text.ptr[at] == '.';
        at += wants_name ? 1 : 0;
    }
    *out_path = path;
    return BR_ERR_NONE;
}

/* ---- walking ---- */

struct jsonpath_walk {
    const struct jsonpath *path;
    jsonpath_hit_fn *on_hit;
    void *context;
    bool has_position;
    uint64_t position;
};

static bool jsonpath_walk(struct jsonpath_walk *walk, const struct jscan_value *value, size_t at);

static bool jsonpath_walk_members(struct jsonpath_walk *walk, const struct jscan_value *object,
                                  size_t at)
{
    const struct jsonpath_step *step = &walk->path->steps[at];
    struct jscan scan = jscan_over(object->raw);
    MUST(jscan_open(&scan, '{'));
    for (;;) {
        struct bytes key;
        struct jscan_value value;
        enum jscan_step next = jscan_next_member(&scan, &key, &value);
        MUST(next != JSCAN_BAD); /* the whole was checked */
        if (next == JSCAN_END)
            return true;
        bool wanted = step->kind == JSONPATH_ANY_MEMBER || jscan_string_is(key, step->name);
        if (wanted && !jsonpath_walk(walk, &value, at + 1))
            return false;
    }
}

static bool jsonpath_walk_items(struct jsonpath_walk *walk, const struct jscan_value *array,
                                size_t at)
{
    const struct jsonpath_step *step = &walk->path->steps[at];
    bool any = step->kind == JSONPATH_ANY_ITEM;
    bool counts = any && !walk->has_position;
    struct jscan scan = jscan_over(array->raw);
    MUST(jscan_open(&scan, '['));
    for (uint64_t i = 0;; i++) {
        struct jscan_value value;
        enum jscan_step next = jscan_next_item(&scan, &value);
        MUST(next != JSCAN_BAD);
        if (next == JSCAN_END || (!any && i > step->index))
            return true;
        if (!any && i != step->index)
            continue;
        if (counts) {
            walk->has_position = true;
            walk->position = i;
        }
        bool more = jsonpath_walk(walk, &value, at + 1);
        if (counts)
            walk->has_position = false;
        if (!more)
            return false;
    }
}

static bool jsonpath_walk(struct jsonpath_walk *walk, const struct jscan_value *value, size_t at)
{
    if (at == walk->path->count) {
        struct jsonpath_hit hit = {*value, walk->has_position ? walk->position : 0};
        return walk->on_hit(&hit, walk->context);
    }
    enum jsonpath_kind kind = walk->path->steps[at].kind;
    bool member = kind == JSONPATH_MEMBER || kind == JSONPATH_ANY_MEMBER;
    if (member && value->kind == JSCAN_OBJECT)
        return jsonpath_walk_members(walk, value, at);
    if (!member && value->kind == JSCAN_ARRAY)
        return jsonpath_walk_items(walk, value, at);
    return true; /* nothing there */
}

enum br_err jsonpath_find(const struct jsonpath *path, struct bytes text, jsonpath_hit_fn *on_hit,
                          void *context)
{
    struct jscan scan = jscan_over(text);
    struct jscan_value value;
    if (!jscan_read(&scan, &value) || !jscan_is_over(&scan))
        return BR_ERR_PARSE;
    struct jsonpath_walk walk = {path, on_hit, context, false, 0};
    (void)jsonpath_walk(&walk, &value, 0);
    return BR_ERR_NONE;
}
