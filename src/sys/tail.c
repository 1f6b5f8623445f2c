/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing files. Notices are hints: who follows a file looks for itself what has changed, and also
 * when it was told nothing (network file systems tell nothing).
 */
#include "sys/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tail_id tail_id_of(const struct stat *about)
{
    return (struct tail_id){(uint64_t)about->st_dev, (uint64_t)about->st_ino};
}

static bool tail_is_file(const struct stat *about)
{
    if (S_ISREG(about->st_mode))
        return true;
    errno = EINVAL;
    return false;
}

bool tail_find(const char *path, struct tail_id *out_id)
{
    struct stat about;
    if (stat(path, &about) == -1 || !tail_is_file(&about))
        return false;
    *out_id = tail_id_of(&about);
    return true;
}

int tail_open(const char *path, struct tail_id *out_id, uint64_t *out_size)
{
    struct stat about;
    /* Non-blocking: a fifo of that name must not hang us before it is refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd == -1)
        return -1;
    if (fstat(fd, &about) == -1 || !tail_is_file(&about)) {
        int saved_errno = errno;
        (void)close(fd);
        errno = saved_errno;
        return -1;
    }
    *out_id = tail_id_of(&about);
    *out_size = (uint64_t)about.st_size;
    return fd;
}

void tail_close(int fd)
{
    (void)close(fd);
}

uint64_t tail_size(int fd)
{
    struct stat about;
    return fstat(fd, &about) == -1 ? 0 : (uint64_t)about.st_size;
}

ssize_t tail_read(int fd, void *room, size_t size, uint64_t at)
{
    ssize_t got;
    do {
        got = pread(fd, room, size, (off_t)at);
    } while (got == -1 && errno == EINTR);
    return got;
}

int tail_notice_open(void)
{
    return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void tail_notice_folder(int notice_fd, const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);
        if (len >= sizeof(folder))
            return;
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    (void)inotify_add_watch(notice_fd, folder, IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

void tail_notice_file(int notice_fd, const char *path)
{
    (void)inotify_add_watch(notice_fd, path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

void tail_notice_drain(int notice_fd)
{
    char room[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    while (read(notice_fd, room, sizeof(room)) > 0) {
    }
}
