/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated poller. As epoll does, it keeps a list of what may be ready, asks each of them when
 * it is waited for, and goes round so that nobody starves.
 */
#include "loop/poller.h"

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"

struct poller {
    struct list ready;
    struct sim_thread *waiter;
    bool is_woken;
};

enum br_err poller_create(struct poller **out_poller, struct diag *diag)
{
    (void)diag;
    sim_enter(sim.options.cost.call_ns);
    struct poller *poller = MEM_NEW(struct poller);
    list_init(&poller->ready);
    *out_poller = poller;
    return BR_ERR_NONE;
}

static struct sim_fd *sim_fd_of(struct list *node)
{
    return BR_CONTAINER(node, struct sim_fd, ready);
}

void poller_destroy(struct poller **poller)
{
    if (*poller == NULL)
        return;
    MUST((*poller)->waiter == NULL);
    for (struct list *node; (node = list_pop_head(&(*poller)->ready)) != NULL;)
        sim_fd_of(node)->poller = NULL;
    mem_free(*poller);
    *poller = NULL;
}

static unsigned sim_fd_reported(const struct sim_fd *fd)
{
    return sim_fd_events(fd) & (fd->events | POLLER_ERR);
}

void sim_fd_touch(struct sim_fd *fd)
{
    if (fd == NULL || fd->poller == NULL || sim_fd_reported(fd) == 0)
        return;
    if (list_is_empty(&fd->ready))
        list_push_tail(&fd->poller->ready, &fd->ready);
    if (fd->poller->waiter != NULL)
        sim_thread_wake(fd->poller->waiter);
}

enum br_err poller_add(struct poller *poller, int number, unsigned events, void *tag)
{
    sim_enter(sim.options.cost.call_ns);
    if (number < 1000)
        return BR_ERR_IO; /* a real file */
    struct sim_fd *fd = sim_fd_get(number);
    MUST(fd->poller == NULL);
    fd->poller = poller;
    fd->events = events;
    fd->tag = tag;
    sim_fd_touch(fd);
    return BR_ERR_NONE;
}

void poller_change(struct poller *poller, int number, unsigned events, void *tag)
{
    sim_enter(sim.options.cost.call_ns);
    struct sim_fd *fd = sim_fd_get(number);
    MUST(fd->poller == poller);
    fd->events = events;
    fd->tag = tag;
    sim_fd_touch(fd);
}

void poller_remove(struct poller *poller, int number)
{
    sim_enter(sim.options.cost.call_ns);
    struct sim_fd *fd = sim_fd_get(number);
    MUST(fd->poller == poller);
    fd->poller = NULL;
    list_remove(&fd->ready);
}

static int poller_collect(struct poller *poller, struct poller_ready *rows, int max)
{
    struct list seen;
    int count = 0;
    list_init(&seen);
    while (count < max && !list_is_empty(&poller->ready)) {
        struct list *node = list_pop_head(&poller->ready);
        struct sim_fd *fd = sim_fd_of(node);
        unsigned events = sim_fd_reported(fd);
        if (events == 0)
            continue;
        rows[count].tag = fd->tag;
        rows[count].events = events;
        count++;
        list_push_tail(&seen, node);
    }
    for (struct list *node; (node = list_pop_head(&seen)) != NULL;)
        list_push_tail(&poller->ready, node);
    return count;
}

int poller_wait(struct poller *poller, int64_t deadline_ns, struct poller_ready *rows, int max)
{
    int count;
    sim_enter(sim.options.cost.poll_ns);
    MUST(poller->waiter == NULL);
    while ((count = poller_collect(poller, rows, max)) == 0 && !poller->is_woken &&
           deadline_ns > sim.now_ns) {
        poller->waiter = sim_thread_current();
        (void)sim_thread_wait(deadline_ns);
        poller->waiter = NULL;
    }
    poller->is_woken = false;
    return count;
}

void poller_wake(struct poller *poller)
{
    sim_enter(sim.options.cost.call_ns);
    poller->is_woken = true;
    if (poller->waiter != NULL)
        sim_thread_wake(poller->waiter);
}
