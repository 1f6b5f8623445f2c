/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups and their checks as a tree, counted: what the end-of-test summary and handleSummary show.
 * Each shard has a tree; they are merged by adding one to another. A path is "::outer::inner"; the
 * root's is empty. Children stand in the order in which they were first seen.
 */
#ifndef BR_METRIC_GROUP_H
#define BR_METRIC_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/map.h"

struct metric_check {
    struct bytes name;
    struct bytes path;
    uint64_t passes;
    uint64_t fails;
    int64_t first_ns;
    struct metric_check *next;
};

struct metric_group {
    struct bytes name;
    struct bytes path;
    int64_t first_ns;
    struct metric_group *parent;
    struct metric_group *first; /* children */
    struct metric_group *next;
    struct metric_check *checks;
};

struct metric_tree {
    struct metric_group root;
    struct map groups; /* by path */
    struct map checks; /* by path */
    struct arena arena;
};

void metric_tree_init(struct metric_tree *tree);
void metric_tree_fini(struct metric_tree *tree);

/* Found or made. `at_ns`: when it was seen, for the order. */
struct metric_group *metric_tree_group(struct metric_tree *tree, struct metric_group *parent,
                                       struct bytes name, int64_t at_ns);
struct metric_check *metric_tree_check(struct metric_tree *tree, struct metric_group *group,
                                       struct bytes name, int64_t at_ns);
/* Adds all of `from`. */
void metric_tree_add(struct metric_tree *into, const struct metric_tree *from);

#endif
