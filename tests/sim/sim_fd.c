/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated descriptors: the lowest free number, up to a limit. They begin far above real ones, so
 * that a real call with a simulated one fails at once.
 */
#include <errno.h>

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"

enum { SIM_FD_FIRST = 1000000 };

static struct sim_fd **sim_fds;
static size_t sim_fds_size;
static size_t sim_fds_open;
static size_t sim_fds_low; /* no free place before */

size_t sim_open_descriptors(void)
{
    return sim_fds_open;
}

void sim_set_descriptors(unsigned count)
{
    sim.options.descriptors = count;
}

struct sim_fd *sim_fd_open(enum sim_fd_kind kind)
{
    if (sim_fds_open >= sim.options.descriptors) {
        errno = EMFILE;
        return NULL;
    }
    while (sim_fds_low < sim_fds_size && sim_fds[sim_fds_low] != NULL)
        sim_fds_low++;
    if (sim_fds_low == sim_fds_size) {
        size_t size = sim_fds_size == 0 ? 64 : sim_fds_size * 2;
        sim_fds = mem_realloc(sim_fds, size * sizeof(struct sim_fd *));
        for (size_t i = sim_fds_size; i < size; i++)
            sim_fds[i] = NULL;
        sim_fds_size = size;
    }
    struct sim_fd *fd = MEM_NEW(struct sim_fd);
    fd->kind = kind;
    fd->number = SIM_FD_FIRST + (int)sim_fds_low;
    list_init(&fd->ready);
    sim_fds[sim_fds_low] = fd;
    sim_fds_open++;
    return fd;
}

struct sim_fd *sim_fd_get(int number)
{
    size_t place = (size_t)(number - SIM_FD_FIRST);
    MUST(number >= SIM_FD_FIRST);
    MUST(place < sim_fds_size);
    MUST(sim_fds[place] != NULL);
    return sim_fds[place];
}

void sim_fd_close(struct sim_fd *fd)
{
    size_t place = (size_t)(fd->number - SIM_FD_FIRST);
    sim_fds[place] = NULL;
    if (place < sim_fds_low)
        sim_fds_low = place;
    sim_fds_open--;
    list_remove(&fd->ready);
    mem_free(fd);
}

static unsigned sim_stream_events(const struct sim_end *end)
{
    unsigned events = 0;
    if (end == NULL)
        return 0;
    if (end->error != 0 || end->is_reset)
        return POLLER_IN | POLLER_OUT | POLLER_ERR;
    if (!end->is_open)
        return 0;
    if (sim_end_in(end)->unread.len > 0 || end->got_fin)
        events |= POLLER_IN;
    if (sim_end_out(end)->fin_sent ? true : sim_end_room(end) > 0)
        events |= POLLER_OUT;
    if (end->got_fin && sim_end_out(end)->fin_sent)
        events |= POLLER_ERR; /* hung up in both directions */
    return events;
}

unsigned sim_fd_events(const struct sim_fd *fd)
{
    switch (fd->kind) {
    case SIM_FD_LISTENER:
        return fd->listener->waiting_count > 0 ? POLLER_IN : 0;
    case SIM_FD_SIGNAL:
        return fd->is_readable ? POLLER_IN : 0;
    default:
        return sim_stream_events(fd->end);
    }
}

void sim_fds_end(void)
{
    for (size_t i = 0; i < sim_fds_size; i++) {
        struct sim_fd *fd = sim_fds[i];
        if (fd == NULL)
            continue;
        if (fd->end != NULL)
            fd->end->fd = NULL;
        sim_fd_close(fd);
    }
    mem_free(sim_fds);
    sim_fds = NULL;
    sim_fds_size = 0;
    sim_fds_low = 0;
}
