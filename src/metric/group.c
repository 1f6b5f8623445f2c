/* SPDX-License-Identifier: Apache-2.0
 *
 * Found by path in a map, kept in lists by the time they were first seen.
 */
#include "metric/group.h"

#include "base/mem.h"

void metric_tree_init(struct metric_tree *tree)
{
    *tree = (struct metric_tree){.root = {.name = BYTES(""), .path = BYTES("")}};
    map_init(&tree->groups);
    map_init(&tree->checks);
    arena_init(&tree->arena);
}

void metric_tree_fini(struct metric_tree *tree)
{
    map_fini(&tree->groups);
    map_fini(&tree->checks);
    arena_fini(&tree->arena);
}

/* "parent::name", to be freed. */
static char *metric_path_make(struct bytes parent, struct bytes name, struct bytes *out_path)
{
    char *text = mem_alloc(parent.len + name.len + 2);
    if (parent.len > 0)
        memcpy(text, parent.ptr, parent.len);
    memcpy(text + parent.len, "::", 2);
    if (name.len > 0)
        memcpy(text + parent.len + 2, name.ptr, name.len);
    *out_path = bytes_make(text, parent.len + name.len + 2);
    return text;
}

struct metric_group *metric_tree_group(struct metric_tree *tree, struct metric_group *parent,
                                       struct bytes name, int64_t at_ns)
{
    struct bytes path;
    char *text = metric_path_make(parent->path, name, &path);
    struct metric_group *group = map_get(&tree->groups, path);
    if (group == NULL) {
        group = ARENA_NEW(&tree->arena, struct metric_group);
        group->path = arena_copy(&tree->arena, path);
        group->name = bytes_skip(group->path, path.len - name.len);
        group->first_ns = at_ns;
        group->parent = parent;
        struct metric_group **link = &parent->first;
        while (*link != NULL && (*link)->first_ns <= at_ns)
            link = &(*link)->next;
        group->next = *link;
        *link = group;
        map_put(&tree->groups, group->path, group);
    }
    mem_free(text);
    return group;
}

struct metric_check *metric_tree_check(struct metric_tree *tree, struct metric_group *group,
                                       struct bytes name, int64_t at_ns)
{
    struct bytes path;
    char *text = metric_path_make(group->path, name, &path);
    struct metric_check *check = map_get(&tree->checks, path);
    if (check == NULL) {
        check = ARENA_NEW(&tree->arena, struct metric_check);
        check->path = arena_copy(&tree->arena, path);
        check->name = bytes_skip(check->path, path.len - name.len);
        check->first_ns = at_ns;
        struct metric_check **link = &group->checks;
        while (*link != NULL && (*link)->first_ns <= at_ns)
            link = &(*link)->next;
        check->next = *link;
        *link = check;
        map_put(&tree->checks, check->path, check);
    }
    mem_free(text);
    return check;
}

static void metric_tree_add_checks(struct metric_tree *into, struct metric_group *group,
                                   const struct metric_group *from)
{
    for (const struct metric_check *check = from->checks; check != NULL; check = check->next) {
        struct metric_check *own = metric_tree_check(into, group, check->name, check->first_ns);
        own->passes += check->passes;
        own->fails += check->fails;
    }
}

/* Depth first without a stack: groups know their parents. */
void metric_tree_add(struct metric_tree *into, const struct metric_tree *from)
{
    struct metric_group *own = &into->root;
    const struct metric_group *at = &from->root;
    metric_tree_add_checks(into, own, at);
    while (at != NULL) {
        const struct metric_group *next = at->first;
        struct metric_group *own_parent = own;
        while (next == NULL && at != NULL) {
            next = at->next;
            at = at->parent;
            if (own_parent != NULL)
                own_parent = own_parent->parent;
        }
        if (next == NULL)
            return;
        own = metric_tree_group(into, own_parent != NULL ? own_parent : &into->root, next->name,
                                next->first_ns);
        metric_tree_add_checks(into, own, next);
        at = next;
    }
}
