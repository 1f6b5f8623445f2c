/* SPDX-License-Identifier: Apache-2.0
 *
 * Statuses are looked up in a table; what paths find is put over it.
 */
#include "data/accept.h"

#include <string.h>

#include "base/buf.h"
#include "base/must.h"
#include "data/gen.h"

#define ACCEPT_STATUS_FORMS "200-299, 409, 5xx, several with commas between them"
#define ACCEPT_PATH_FORMS "items:items[*].status=200-299, ids:errors[*].id or count:accepted"

void accept_init(struct accept *accept)
{
    memset(accept, 0, sizeof(*accept));
    for (int status = 0; status <= ACCEPT_STATUS_MAX; status++) {
        enum accept_fate fate = ACCEPT_UNSURE;
        if (status >= 200 && status <= 299)
            fate = ACCEPT_ACCEPTED;
        else if ((status >= 400 && status <= 499 && status != 408) || status == 503)
            fate = ACCEPT_REFUSED;
        accept->fates[status] = (uint8_t)fate;
    }
}

static bool accept_read_number(struct bytes text, int64_t *out_number)
{
    struct gen_decimal decimal;
    if (gen_decimal_parse(text, &decimal) != BR_ERR_NONE || decimal.scale != 0)
        return false;
    *out_number = decimal.digits;
    return true;
}

/* "409", "200-299" or "2xx". */
static bool accept_read_range(struct bytes text, int64_t *out_first, int64_t *out_last)
{
    if (text.len == 3 && bytes_eq_nocase(bytes_skip(text, 1), BYTES("xx")) && text.ptr[0] >= '1' &&
        text.ptr[0] <= '9') {
        *out_first = (text.ptr[0] - '0') * 100;
        *out_last = *out_first + 99;
        return true;
    }
    struct bytes last = text;
    struct bytes first = bytes_cut(&last, '-');
    if (last.ptr == NULL)
        last = first;
    return accept_read_number(first, out_first) && accept_read_number(last, out_last) &&
           *out_first <= *out_last;
}

enum br_err accept_on_status(struct accept *accept, struct bytes text, enum accept_fate fate,
                             struct diag *diag)
{
    struct bytes rest = text;
    do {
        struct bytes piece = bytes_trim(bytes_cut(&rest, ','));
        int64_t first;
        int64_t last;
        if (!accept_read_range(piece, &first, &last) || first < 100 || last > ACCEPT_STATUS_MAX)
            return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" names no statuses; they are written %s",
                            piece.len > 40 ? 40 : (int)piece.len, piece.ptr, ACCEPT_STATUS_FORMS);
        for (int64_t status = first; status <= last; status++) {
            if (accept->asked[status] != 0 && accept->fates[status] != (uint8_t)fate)
                return diag_set(diag, BR_ERR_CONFIG,
                                "status %d can not accept and refuse events at once", (int)status);
            accept->asked[status] = 1;
            accept->fates[status] = (uint8_t)fate;
        }
    } while (rest.ptr != NULL);
    return BR_ERR_NONE;
}

/* ---- paths ---- */

static enum br_err accept_read_values(struct accept_path *path, struct bytes text,
                                      struct diag *diag)
{
    struct bytes rest = text;
    do {
        struct bytes piece = bytes_trim(bytes_cut(&rest, ','));
        struct accept_value value = {BYTES_NONE, 0, 0};
        if (piece.len == 0 || path->value_count == ACCEPT_VALUES_MAX)
            return diag_set(diag, BR_ERR_CONFIG,
                            "behind the = stand 1 to %d values: numbers, 200-299, 2xx or words",
                            ACCEPT_VALUES_MAX);
        if (!accept_read_range(piece, &value.first, &value.last))
            value.word = piece;
        path->values[path->value_count++] = value;
    } while (rest.ptr != NULL);
    return BR_ERR_NONE;
}

static enum br_err accept_read_path(struct bytes text, struct accept_path *path, struct diag *diag)
{
    static const struct {
        struct bytes prefix;
        enum accept_by by;
    } kinds[] = {{BYTES_INIT("items:"), ACCEPT_BY_ITEM},
                 {BYTES_INIT("ids:"), ACCEPT_BY_ID},
                 {BYTES_INIT("count:"), ACCEPT_BY_COUNT}};
    size_t kind = 0;
    while (kind < BR_COUNT(kinds) && !bytes_starts(text, kinds[kind].prefix))
        kind++;
    if (kind == BR_COUNT(kinds))
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" does not say what it finds; it is written %s",
                        text.len > 40 ? 40 : (int)text.len, text.ptr, ACCEPT_PATH_FORMS);
    path->by = kinds[kind].by;
    struct bytes values = bytes_skip(text, kinds[kind].prefix.len);
    struct bytes where = values;
    if (path->by == ACCEPT_BY_ITEM) {
        where = bytes_cut(&values, '=');
        if (values.ptr == NULL)
            return diag_set(diag, BR_ERR_CONFIG,
                            "\"%.*s\" does not say which values count, as in "
                            "items:items[*].status=200-299",
                            text.len > 60 ? 60 : (int)text.len, text.ptr);
        enum br_err err = accept_read_values(path, values, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    enum br_err err = jsonpath_parse(where, &path->path, diag);
    if (err == BR_ERR_NONE && path->by == ACCEPT_BY_ITEM && !path->path.has_any_item)
        return diag_set(diag, BR_ERR_CONFIG,
                        "the path \"%.*s\" has no [*], so it does not say which event is meant",
                        where.len > 60 ? 60 : (int)where.len, where.ptr);
    return err;
}

enum br_err accept_on_path(struct accept *accept, struct bytes text, enum accept_fate fate,
                           struct diag *diag)
{
    MUST(fate == ACCEPT_ACCEPTED || fate == ACCEPT_REFUSED);
    struct accept_path *place = fate == ACCEPT_ACCEPTED ? &accept->accepts : &accept->refuses;
    if (place->by != ACCEPT_BY_STATUS)
        return diag_set(diag, BR_ERR_CONFIG, "there is a path already; one is enough");
    struct accept_path path = {.by = ACCEPT_BY_STATUS};
    enum br_err err = accept_read_path(text, &path, diag);
    if (err == BR_ERR_NONE)
        *place = path;
    return err;
}

/* ---- replies ---- */

enum accept_fate accept_by_status(const struct accept *accept, int status)
{
    return status < 0 || status > ACCEPT_STATUS_MAX ? ACCEPT_UNSURE
                                                    : (enum accept_fate)accept->fates[status];
}

bool accept_is_failure(const struct accept *accept, int status)
{
    if (status >= 0 && status <= ACCEPT_STATUS_MAX && accept->asked[status] != 0)
        return accept->fates[status] != ACCEPT_ACCEPTED;
    return status < 200 || status > 399;
}

bool accept_has_paths(const struct accept *accept)
{
    return accept->accepts.by != ACCEPT_BY_STATUS || accept->refuses.by != ACCEPT_BY_STATUS;
}

bool accept_wants_body(const struct accept *accept, int status)
{
    return accept_by_status(accept, status) == ACCEPT_ACCEPTED && accept_has_paths(accept);
}

/* What one path is about to change. */
struct accept_search {
    const struct accept_path *path;
    enum accept_fate fate;  /* of what is found */
    enum accept_fate other; /* of items that say something else */
    size_t count;
    accept_find_fn *find;
    void *context;
    uint8_t *fates;
    size_t hits; /* that made sense */
};

static bool accept_matches(const struct accept_path *path, const struct jscan_value *value)
{
    int64_t number = 0;
    bool is_number = value->kind == JSCAN_NUMBER && accept_read_number(value->raw, &number);
    for (size_t i = 0; i < path->value_count; i++) {
        const struct accept_value *one = &path->values[i];
        if (one->word.len > 0 && value->kind == JSCAN_STRING &&
            jscan_string_is(value->raw, one->word))
            return true;
        if (one->word.len > 0 && value->kind != JSCAN_STRING && bytes_eq(value->raw, one->word))
            return true;
        if (one->word.len == 0 && is_number && number >= one->first && number <= one->last)
            return true;
    }
    return false;
}

static void accept_item(struct accept_search *search, const struct jsonpath_hit *hit)
{
    if (hit->position >= search->count)
        return;
    bool match = accept_matches(search->path, &hit->value);
    if (match || search->other != search->fate)
        search->fates[hit->position] = (uint8_t)(match ? search->fate : search->other);
    search->hits++;
}

static void accept_id(struct accept_search *search, const struct jsonpath_hit *hit)
{
    struct buf plain;
    buf_init(&plain, SIZE_MAX / 2);
    struct bytes text = hit->value.raw;
    if (hit->value.kind == JSCAN_STRING && bytes_find(text, '\\') < text.len) {
        MUST(buf_reserve(&plain, text.len) == BR_ERR_NONE);
        plain.len = jscan_unescape(text, plain.data);
        text = buf_bytes(&plain);
    }
    int64_t index = search->find(text, search->context);
    buf_fini(&plain);
    if (index < 0 || (uint64_t)index >= search->count)
        return;
    search->fates[index] = (uint8_t)search->fate;
    search->hits++;
}

static void accept_count(struct accept_search *search, const struct jsonpath_hit *hit)
{
    int64_t number;
    if (hit->value.kind != JSCAN_NUMBER || !accept_read_number(hit->value.raw, &number) ||
        number < 0 || (uint64_t)number > search->count)
        return;
    search->hits++;
    if (number == 0 && search->fate == ACCEPT_REFUSED)
        return; /* all is as it was */
    enum accept_fate fate = ACCEPT_UNSURE;
    if ((uint64_t)number == search->count)
        fate = search->fate;
    else if (number == 0)
        fate = ACCEPT_REFUSED;
    memset(search->fates, (int)fate, search->count);
}

static bool accept_on_hit(const struct jsonpath_hit *hit, void *context)
{
    struct accept_search *search = context;
    switch (search->path->by) {
    case ACCEPT_BY_ITEM:
        accept_item(search, hit);
        return true;
    case ACCEPT_BY_ID:
        accept_id(search, hit);
        return true;
    case ACCEPT_BY_COUNT:
        accept_count(search, hit);
        return false;
    case ACCEPT_BY_STATUS:
        break;
    }
    return false;
}

/* What the path that accepts says: what it does not speak of is unsure, but for ids: who is not
 * named is refused. */
static bool accept_apply_accepts(struct accept_search search, const struct accept *accept,
                                 struct bytes body)
{
    search.path = &accept->accepts;
    search.fate = ACCEPT_ACCEPTED;
    search.other = ACCEPT_REFUSED;
    if (search.path->by == ACCEPT_BY_STATUS)
        return true;
    enum accept_fate silent = search.path->by == ACCEPT_BY_ID ? ACCEPT_REFUSED : ACCEPT_UNSURE;
    memset(search.fates, (int)silent, search.count);
    enum br_err err = jsonpath_find(&search.path->path, body, accept_on_hit, &search);
    if (err != BR_ERR_NONE)
        memset(search.fates, ACCEPT_UNSURE, search.count);
    /* A list of ids may be empty. */
    return err == BR_ERR_NONE && (search.hits > 0 || search.path->by == ACCEPT_BY_ID);
}

/* What the path that refuses says; what it does not speak of stays as it was. */
static bool accept_apply_refuses(struct accept_search search, const struct accept *accept,
                                 struct bytes body)
{
    search.path = &accept->refuses;
    search.fate = ACCEPT_REFUSED;
    search.other = ACCEPT_REFUSED;
    if (search.path->by == ACCEPT_BY_STATUS)
        return true;
    enum br_err err = jsonpath_find(&search.path->path, body, accept_on_hit, &search);
    if (err == BR_ERR_NONE && (search.hits > 0 || search.path->by != ACCEPT_BY_COUNT))
        return true; /* a list of errors may be empty or missing */
    memset(search.fates, ACCEPT_UNSURE, search.count);
    return false;
}

bool accept_reply(const struct accept *accept, int status, struct bytes body, size_t count,
                  accept_find_fn *find, void *context, uint8_t *out_fates)
{
    memset(out_fates, (int)accept_by_status(accept, status), count);
    if (count == 0 || !accept_wants_body(accept, status))
        return true;
    MUST(find != NULL || accept->accepts.by != ACCEPT_BY_ID);
    MUST(find != NULL || accept->refuses.by != ACCEPT_BY_ID);
    struct accept_search search = {
        .count = count, .find = find, .context = context, .fates = out_fates};
    bool said = accept_apply_accepts(search, accept, body);
    return accept_apply_refuses(search, accept, body) && said;
}
