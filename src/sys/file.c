/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the real machine.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

ssize_t file_read_small(const char *path, char *room, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    size_t len = 0;
    while (len + 1 < size) {
        ssize_t got = read(fd, room + len, size - 1 - len);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1) {
            int saved_errno = errno;
            (void)close(fd);
            errno = saved_errno;
            return -1;
        }
        if (got == 0)
            break;
        len += (size_t)got;
    }
    (void)close(fd);
    room[len] = '\0';
    return (ssize_t)len;
}
