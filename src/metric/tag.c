/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning. A step is (set, key, value) -> set; a set is found by its content, so that two ways to
 * the same tags end at one set.
 */
#include "metric/tag.h"

#include "base/mem.h"
#include "base/must.h"

enum { TAG_TEXT_SIZE = 512, TAG_WARN_SETS = 100000 };

struct tag_row {
    const char *name;
    bool on;
};

static const struct tag_row tag_rows[TAG_SYSTEM_COUNT] = {
#define TAG(id, name, on) [TAG_##id] = {name, on},
#include "metric/tag_table.h"
#undef TAG
};

struct bytes tag_system_name(enum tag_system tag)
{
    return bytes_from_str(tag_rows[tag].name);
}

enum tag_system tag_system_from_name(struct bytes name)
{
    for (int i = 0; i < TAG_SYSTEM_COUNT; i++) {
        if (bytes_eq(name, bytes_from_str(tag_rows[i].name)))
            return (enum tag_system)i;
    }
    return TAG_SYSTEM_COUNT;
}

uint32_t tag_system_default(void)
{
    uint32_t systems = 0;
    for (int i = 0; i < TAG_SYSTEM_COUNT; i++)
        systems |= tag_rows[i].on ? UINT32_C(1) << i : 0;
    return systems;
}

/* ---- texts that are looked up ---- */

/* A key of a map under construction: on the stack while it is short. */
struct tag_text {
    char *at;
    size_t len;
    char *heap;
    char stack[TAG_TEXT_SIZE];
};

static void tag_text_init(struct tag_text *text, size_t size)
{
    text->heap = size > sizeof(text->stack) ? mem_alloc(size) : NULL;
    text->at = text->heap != NULL ? text->heap : text->stack;
    text->len = 0;
}

static void tag_text_put(struct tag_text *text, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(text->at + text->len, bytes, len);
    text->len += len;
}

static struct bytes tag_text_bytes(const struct tag_text *text)
{
    return bytes_make(text->at, text->len);
}

/* ---- sets ---- */

static bool tag_set_carries(const struct tag_set *set, const struct metric_series *series)
{
    for (size_t i = 0; i < series->pair_count; i++) {
        const struct bytes *value = tag_find(set, series->pairs[i].key);
        if (value == NULL || !bytes_eq(*value, series->pairs[i].value))
            return false;
    }
    return true;
}

static const uint64_t *tag_set_matches(struct tag_store *store, const struct tag_set *set)
{
    const struct metric_registry *registry = store->registry;
    size_t words = ((size_t)registry->sub_count + 63) / 64;
    uint64_t *matches = arena_alloc(&store->arena, words > 0 ? words : 1, sizeof(*matches));
    for (int i = 0; i < registry->series_count; i++) {
        const struct metric_series *series = &registry->series[i];
        if (series->sub >= 0 && tag_set_carries(set, series))
            matches[series->sub / 64] |= UINT64_C(1) << (series->sub % 64);
    }
    return matches;
}

/* The one set with these tags (sorted; their texts are copied when it is new). */
static const struct tag_set *tag_intern(struct tag_store *store, const struct tag *tags,
                                        uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += tags[i].key.len + tags[i].value.len + 2 * sizeof(uint32_t);
    struct tag_text text;
    tag_text_init(&text, size);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t lens[2] = {(uint32_t)tags[i].key.len, (uint32_t)tags[i].value.len};
        tag_text_put(&text, lens, sizeof(lens));
        tag_text_put(&text, tags[i].key.ptr, tags[i].key.len);
        tag_text_put(&text, tags[i].value.ptr, tags[i].value.len);
    }
    struct tag_set *set = map_get(&store->sets, tag_text_bytes(&text));
    if (set == NULL) {
        set = arena_alloc(&store->arena, 1, sizeof(*set) + count * sizeof(struct tag));
        set->number = store->set_count++;
        set->count = count;
        struct bytes own = arena_copy(&store->arena, tag_text_bytes(&text));
        size_t at = 0;
        for (uint32_t i = 0; i < count; i++) {
            at += 2 * sizeof(uint32_t);
            set->tags[i].key = bytes_make(own.ptr + at, tags[i].key.len);
            at += tags[i].key.len;
            set->tags[i].value = bytes_make(own.ptr + at, tags[i].value.len);
            at += tags[i].value.len;
        }
        set->matches = tag_set_matches(store, set);
        map_put(&store->sets, own, set);
    }
    mem_free(text.heap);
    return set;
}

static int tag_compare(struct bytes a, struct bytes b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least > 0 ? memcmp(a.ptr, b.ptr, least) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static const struct tag_set *tag_step_make(struct tag_store *store, const struct tag_set *set,
                                           struct bytes key, struct bytes value)
{
    struct tag *tags = mem_zalloc((size_t)set->count + 1, sizeof(*tags));
    uint32_t count = 0;
    uint32_t from = 0;
    while (from < set->count && tag_compare(set->tags[from].key, key) < 0)
        tags[count++] = set->tags[from++];
    tags[count++] = (struct tag){key, value};
    if (from < set->count && bytes_eq(set->tags[from].key, key))
        from++;
    while (from < set->count)
        tags[count++] = set->tags[from++];
    const struct tag_set *made = tag_intern(store, tags, count);
    mem_free(tags);
    return made;
}

const struct tag_set *tag_with(struct tag_store *store, const struct tag_set *set,
                               const struct tag_key *key, struct bytes value)
{
    if (!key->wanted)
        return set;
    struct tag_text text;
    tag_text_init(&text, sizeof(set) + sizeof(key) + value.len);
    tag_text_put(&text, &set, sizeof(set));
    tag_text_put(&text, &key, sizeof(key));
    tag_text_put(&text, value.ptr, value.len);
    struct tag_set *made = map_get(&store->steps, tag_text_bytes(&text));
    if (made == NULL) {
        const struct tag_set *found = tag_step_make(store, set, key->name, value);
        /* Sets are the store's own memory: only lent as const. */
        memcpy(&made, &found, sizeof(made));
        map_put(&store->steps, arena_copy(&store->arena, tag_text_bytes(&text)), made);
    }
    mem_free(text.heap);
    return made;
}

const struct tag_set *tag_with_set(struct tag_store *store, const struct tag_set *set,
                                   const struct tag_set *more)
{
    for (uint32_t i = 0; i < more->count; i++)
        set = tag_with(store, set, tag_store_key(store, more->tags[i].key), more->tags[i].value);
    return set;
}

const struct bytes *tag_find(const struct tag_set *set, struct bytes key)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (bytes_eq(set->tags[i].key, key))
            return &set->tags[i].value;
    }
    return NULL;
}

/* ---- store ---- */

static bool tag_key_is_asked(const struct metric_registry *registry, struct bytes name)
{
    for (int i = 0; i < registry->series_count; i++) {
        const struct metric_series *series = &registry->series[i];
        for (size_t p = 0; p < series->pair_count; p++) {
            if (bytes_eq(series->pairs[p].key, name))
                return true;
        }
    }
    return false;
}

const struct tag_key *tag_store_key(struct tag_store *store, struct bytes name)
{
    struct tag_key *key = map_get(&store->keys, name);
    if (key == NULL) {
        key = ARENA_NEW(&store->arena, struct tag_key);
        key->name = arena_copy(&store->arena, name);
        key->wanted = store->keep_all || tag_key_is_asked(store->registry, name);
        map_put(&store->keys, key->name, key);
    }
    return key;
}

struct tag_store *tag_store_create(const struct metric_registry *registry, uint32_t systems,
                                   bool keep_all)
{
    MUST(registry->sealed);
    struct tag_store *store = MEM_NEW(struct tag_store);
    store->registry = registry;
    store->systems = systems;
    store->keep_all = keep_all;
    store->warn_at = TAG_WARN_SETS;
    arena_init(&store->arena);
    map_init(&store->keys);
    map_init(&store->sets);
    map_init(&store->steps);
    store->empty = tag_intern(store, NULL, 0);
    for (int i = 0; i < TAG_SYSTEM_COUNT; i++)
        store->system_keys[i] = tag_store_key(store, bytes_from_str(tag_rows[i].name));
    return store;
}

void tag_store_destroy(struct tag_store **store)
{
    if (*store == NULL)
        return;
    map_fini(&(*store)->keys);
    map_fini(&(*store)->sets);
    map_fini(&(*store)->steps);
    arena_fini(&(*store)->arena);
    mem_free(*store);
    *store = NULL;
}

bool tag_store_warning(struct tag_store *store)
{
    if (store->set_count < store->warn_at)
        return false;
    store->warn_at *= 2;
    return true;
}
