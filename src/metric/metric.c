/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry. Metrics are few and looked up once by each user of theirs; the arrays may move
 * while it grows, so everything outside is an index until it is sealed.
 */
#include "metric/metric.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/nearest.h"

enum { METRIC_NAME_MIN = 2, METRIC_NAME_MAX = 129, METRIC_TEXT_MAX = 2000, METRIC_GROW_MIN = 64 };

struct metric_row {
    const char *name;
    enum metric_type type;
    enum metric_contains contains;
};

static const struct metric_row metric_rows[METRIC_BUILTIN_COUNT] = {
#define METRIC(id, name, type, contains)                                                           \
    [METRIC_##id] = {name, METRIC_TYPE_##type, METRIC_CONTAINS_##contains},
#include "metric/metric_table.h"
#undef METRIC
};

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {"counter", "gauge", "rate", "trend"};
    return names[type];
}

const char *metric_contains_name(enum metric_contains contains)
{
    static const char *const names[] = {"default", "time", "data"};
    return names[contains];
}

static int metric_add_series(struct metric_registry *registry, struct metric_series series)
{
    int at = registry->series_count++;
    if (at % METRIC_GROW_MIN == 0)
        registry->series = mem_realloc(registry->series, (size_t)(at + METRIC_GROW_MIN) *
                                                             sizeof(registry->series[0]));
    registry->series[at] = series;
    return at;
}

static int metric_add(struct metric_registry *registry, struct bytes name, enum metric_type type,
                      enum metric_contains contains)
{
    int id = registry->metric_count++;
    if (id % METRIC_GROW_MIN == 0)
        registry->metrics = mem_realloc(registry->metrics, (size_t)(id + METRIC_GROW_MIN) *
                                                               sizeof(registry->metrics[0]));
    name = arena_copy(&registry->arena, name);
    int series = metric_add_series(
        registry, (struct metric_series){.metric = id, .sub = -1, .name = name, .next = -1});
    registry->metrics[id] = (struct metric){.id = id,
                                            .name = name,
                                            .type = type,
                                            .contains = contains,
                                            .builtin = id < METRIC_BUILTIN_COUNT,
                                            .series = series,
                                            .first_sub = -1};
    /* The map's value is the id + 1: the array moves. */
    map_put(&registry->by_name, name, (void *)((uintptr_t)id + 1));
    return id;
}

struct metric_registry *metric_registry_create(void)
{
    struct metric_registry *registry = MEM_NEW(struct metric_registry);
    int series;
    arena_init(&registry->arena);
    map_init(&registry->by_name);
    for (int i = 0; i < METRIC_BUILTIN_COUNT; i++)
        (void)metric_add(registry, bytes_from_str(metric_rows[i].name), metric_rows[i].type,
                         metric_rows[i].contains);
    enum br_err err = metric_series_define(
        registry, BYTES("http_req_duration{expected_response:true}"), &series, NULL);
    MUST(err == BR_ERR_NONE);
    return registry;
}

void metric_registry_destroy(struct metric_registry **registry)
{
    if (*registry == NULL)
        return;
    map_fini(&(*registry)->by_name);
    arena_fini(&(*registry)->arena);
    mem_free((*registry)->metrics);
    mem_free((*registry)->series);
    mem_free(*registry);
    *registry = NULL;
}

const struct metric *metric_find(const struct metric_registry *registry, struct bytes name)
{
    uintptr_t at = (uintptr_t)map_get(&registry->by_name, name);
    return at == 0 ? NULL : &registry->metrics[at - 1];
}

static bool metric_is_name(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_first = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_first && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.len >= METRIC_NAME_MIN && name.len <= METRIC_NAME_MAX;
}

enum br_err metric_define(struct metric_registry *registry, struct bytes name,
                          enum metric_type type, enum metric_contains contains, int *out_id,
                          struct diag *diag)
{
    const struct metric *metric = metric_find(registry, name);
    if (metric != NULL && metric->type == type && metric->contains == contains) {
        *out_id = metric->id;
        return BR_ERR_NONE;
    }
    if (metric != NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "metric '%.*s' exists already as a %s of %s values: one name is one kind "
                        "of metric",
                        BYTES_ARG(name), metric_type_name(metric->type),
                        metric_contains_name(metric->contains));
    if (!metric_is_name(name))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s' is no name of a metric: 2 to 129 letters, digits and _, without a "
                        "digit in front",
                        (int)(name.len < METRIC_NAME_MAX ? name.len : METRIC_NAME_MAX), name.ptr);
    if (registry->sealed)
        return diag_set(diag, BR_ERR_CONFIG,
                        "metric '%.*s' was not made when the script was read first: metrics are "
                        "made in the init code, whatever the VU",
                        BYTES_ARG(name));
    *out_id = metric_add(registry, name, type, contains);
    return BR_ERR_NONE;
}

/* Blanks and one pair of quotes. */
static struct bytes metric_unquote(struct bytes text)
{
    text = bytes_trim(text);
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        return bytes_make(text.ptr + 1, text.len - 2);
    return text;
}

static enum br_err metric_read_pairs(struct metric_registry *registry, struct bytes text,
                                     struct metric_series *series, struct diag *diag)
{
    struct bytes rest = series->braces;
    size_t most = 1;
    for (size_t i = 0; i < rest.len; i++)
        most += rest.ptr[i] == ',';
    series->pairs = arena_alloc(&registry->arena, most, sizeof(series->pairs[0]));
    while (bytes_trim(rest).len > 0) {
        struct bytes value = bytes_cut(&rest, ',');
        bool has_colon = bytes_find(value, ':') < value.len;
        struct bytes key = metric_unquote(bytes_cut(&value, ':'));
        if (!has_colon || key.len == 0)
            return diag_set(diag, BR_ERR_CONFIG,
                            "'%.*s': between the braces stand tags as name:value, with commas "
                            "between them",
                            BYTES_ARG(text));
        series->pairs[series->pair_count++] = (struct metric_pair){key, metric_unquote(value)};
    }
    if (series->pair_count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': there is no tag between the braces",
                        BYTES_ARG(text));
    return BR_ERR_NONE;
}

static enum br_err metric_refuse_unknown(const struct metric_registry *registry, struct bytes name,
                                         struct diag *diag)
{
    struct nearest nearest = {.word = name};
    for (int i = 0; i < registry->metric_count; i++)
        nearest_offer(&nearest, registry->metrics[i].name.ptr);
    if (nearest.best != NULL)
        return diag_set(diag, BR_ERR_CONFIG, "there is no metric '%.*s'; did you mean '%s'?",
                        BYTES_ARG(name), nearest.best);
    return diag_set(diag, BR_ERR_CONFIG,
                    "there is no metric '%.*s': a metric of the script is made in its init code",
                    BYTES_ARG(name));
}

/* One that is there already, -1 when none is. */
static int metric_series_find(const struct metric_registry *registry, const struct metric *metric,
                              struct bytes text)
{
    for (int i = metric->first_sub; i >= 0; i = registry->series[i].next) {
        if (bytes_eq(registry->series[i].name, text))
            return i;
    }
    return -1;
}

enum br_err metric_series_define(struct metric_registry *registry, struct bytes text,
                                 int *out_series, struct diag *diag)
{
    text = bytes_trim(text);
    if (text.len > METRIC_TEXT_MAX)
        return diag_set(diag, BR_ERR_CONFIG,
                        "the name of a metric with its tags is at most %d long", METRIC_TEXT_MAX);
    size_t brace = bytes_find(text, '{');
    struct bytes name = bytes_trim(bytes_make(text.ptr, brace));
    if (brace < text.len && text.ptr[text.len - 1] != '}')
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': the brace is not closed at the end",
                        BYTES_ARG(text));
    const struct metric *metric = metric_find(registry, name);
    if (metric == NULL)
        return metric_refuse_unknown(registry, name, diag);
    int id = metric->id;
    int at = brace == text.len ? metric->series : metric_series_find(registry, metric, text);
    if (at < 0) {
        MUST(!registry->sealed);
        struct metric_series series = {.metric = id,
                                       .sub = registry->sub_count,
                                       .name = arena_copy(&registry->arena, text),
                                       .next = metric->first_sub};
        series.braces = bytes_make(series.name.ptr + brace + 1, text.len - brace - 2);
        enum br_err err = metric_read_pairs(registry, text, &series, diag);
        if (err != BR_ERR_NONE)
            return err;
        registry->sub_count++;
        at = metric_add_series(registry, series);
        registry->metrics[id].first_sub = at;
    }
    *out_series = at;
    return BR_ERR_NONE;
}

void metric_registry_seal(struct metric_registry *registry)
{
    registry->sealed = true;
}
