/* SPDX-License-Identifier: Apache-2.0
 *
 * The poller for Linux: one epoll set, one eventfd to be woken by.
 *
 * epoll_pwait2 (Linux 5.11) takes nanoseconds. Where it is missing or forbidden (old kernels, old
 * seccomp profiles), ppoll on the epoll set itself sleeps as exactly, for one system call more.
 */
#include "loop/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "sys/clock.h"

enum { POLLER_ROWS = 256 };

struct poller {
    int epoll_fd;
    int wake_fd;
    bool lacks_pwait2;
    struct epoll_event events[POLLER_ROWS];
};

enum br_err poller_create(struct poller **out_poller, struct diag *diag)
{
    struct poller *poller = MEM_NEW(struct poller);
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    poller->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    /* The poller's own address marks the wake's row: nobody else can register it. */
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = poller};
    if (poller->epoll_fd == -1 || poller->wake_fd == -1 ||
        epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, poller->wake_fd, &event) == -1) {
        int saved_errno = errno;
        poller_destroy(&poller);
        enum br_err err = saved_errno == ENOMEM ? BR_ERR_NO_MEMORY : BR_ERR_NO_DESCRIPTORS;
        return diag_set_errno(diag, err, saved_errno, "cannot create an epoll set");
    }
    *out_poller = poller;
    return BR_ERR_NONE;
}

void poller_destroy(struct poller **poller)
{
    if (*poller == NULL)
        return;
    if ((*poller)->epoll_fd != -1)
        (void)close((*poller)->epoll_fd);
    if ((*poller)->wake_fd != -1)
        (void)close((*poller)->wake_fd);
    mem_free(*poller);
    *poller = NULL;
}

static struct epoll_event poller_event_for(unsigned events, void *tag)
{
    struct epoll_event event = {.events = 0, .data.ptr = tag};
    if ((events & POLLER_IN) != 0)
        event.events |= EPOLLIN;
    if ((events & POLLER_OUT) != 0)
        event.events |= EPOLLOUT;
    return event;
}

enum br_err poller_add(struct poller *poller, int fd, unsigned events, void *tag)
{
    struct epoll_event event = poller_event_for(events, tag);
    if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return BR_ERR_NONE;
    MUST(errno != EBADF);
    MUST(errno != EEXIST);
    if (errno == ENOMEM)
        return BR_ERR_NO_MEMORY;
    if (errno == ENOSPC) /* /proc/sys/fs/epoll/max_user_watches */
        return BR_ERR_NO_DESCRIPTORS;
    return BR_ERR_IO; /* EPERM: a regular file, which is always ready and cannot be waited for */
}

void poller_change(struct poller *poller, int fd, unsigned events, void *tag)
{
    struct epoll_event event = poller_event_for(events, tag);
    int result = epoll_ctl(poller->epoll_fd, EPOLL_CTL_MOD, fd, &event);
    MUST(result == 0);
}

void poller_remove(struct poller *poller, int fd)
{
    int result = epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    MUST(result == 0);
}

static int poller_sleep(struct poller *poller, int max, const struct timespec *timeout)
{
    if (!poller->lacks_pwait2) {
        int count = epoll_pwait2(poller->epoll_fd, poller->events, max, timeout, NULL);
        if (count != -1 || (errno != ENOSYS && errno != EPERM))
            return count;
        poller->lacks_pwait2 = true;
    }
    bool sleeps = timeout == NULL || timeout->tv_sec != 0 || timeout->tv_nsec != 0;
    struct pollfd set = {.fd = poller->epoll_fd, .events = POLLIN};
    if (sleeps && ppoll(&set, 1, timeout, NULL) == -1)
        return -1;
    return epoll_wait(poller->epoll_fd, poller->events, max, 0);
}

static void poller_eat_wake(struct poller *poller)
{
    uint64_t count;
    ssize_t got = read(poller->wake_fd, &count, sizeof(count));
    MUST(got == sizeof(count) || errno == EAGAIN);
}

int poller_wait(struct poller *poller, int64_t deadline_ns, struct poller_ready *rows, int max)
{
    struct timespec timeout = {0, 0};
    if (max > POLLER_ROWS)
        max = POLLER_ROWS;
    if (deadline_ns != INT64_MAX && deadline_ns > 0) {
        int64_t left_ns = deadline_ns - clock_now_ns();
        if (left_ns > 0) {
            timeout.tv_sec = (time_t)(left_ns / CLOCK_NS_PER_SEC);
            timeout.tv_nsec = (long)(left_ns % CLOCK_NS_PER_SEC);
        }
    }
    int count = poller_sleep(poller, max, deadline_ns == INT64_MAX ? NULL : &timeout);
    if (count == -1) {
        MUST(errno == EINTR);
        return 0;
    }
    int filled = 0;
    for (int i = 0; i < count; i++) {
        const struct epoll_event *event = &poller->events[i];
        if (event->data.ptr == poller) {
            poller_eat_wake(poller);
            continue;
        }
        unsigned events = 0;
        if ((event->events & EPOLLIN) != 0)
            events |= POLLER_IN;
        if ((event->events & EPOLLOUT) != 0)
            events |= POLLER_OUT;
        if ((event->events & (EPOLLERR | EPOLLHUP)) != 0)
            events |= POLLER_ERR;
        rows[filled].tag = event->data.ptr;
        rows[filled].events = events;
        filled++;
    }
    return filled;
}

void poller_wake(struct poller *poller)
{
    uint64_t one = 1;
    /* EAGAIN: 2^64 - 2 wakes are waiting already. */
    ssize_t put = write(poller->wake_fd, &one, sizeof(one));
    MUST(put == sizeof(one) || errno == EAGAIN);
}
