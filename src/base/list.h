/* SPDX-License-Identifier: Apache-2.0
 *
 * Intrusive doubly linked list: a circle through a head, so that nothing has a special case.
 */
#ifndef BR_BASE_LIST_H
#define BR_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_push_head(struct list *head, struct list *node)
{
    list_insert_between(node, head, head->next);
}

static inline void list_push_tail(struct list *head, struct list *node)
{
    list_insert_between(node, head->prev, head);
}

/* The node is a circle of its own afterwards: removing it twice does no harm. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* The first node, removed; NULL when empty. */
static inline struct list *list_pop_head(struct list *head)
{
    if (list_is_empty(head))
        return NULL;
    struct list *node = head->next;
    list_remove(node);
    return node;
}

#endif
