/* SPDX-License-Identifier: Apache-2.0
 *
 * A unix socket leaves a file behind, and the next who listens there finds the place taken. A file
 * that nobody listens on is removed, anything else is left alone.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/sock.h"

/* The path as text; false for other families and abstract names. */
static bool sock_unix_path(const struct sock_addr *addr, char out_path[SOCK_ADDR_SIZE])
{
    struct sockaddr_un un;
    if (addr->len <= offsetof(struct sockaddr_un, sun_path) || addr->u.any.sa_family != AF_UNIX)
        return false;
    memcpy(&un, addr->u.room, sizeof(un));
    size_t len = strnlen(un.sun_path, addr->len - offsetof(struct sockaddr_un, sun_path));
    memcpy(out_path, un.sun_path, len);
    out_path[len] = '\0';
    return len > 0;
}

void sock_unlink(const struct sock_addr *addr)
{
    char path[SOCK_ADDR_SIZE];
    struct stat info;
    if (sock_unix_path(addr, path) && lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
        (void)unlink(path);
}

void sock_unlink_stale(const struct sock_addr *addr)
{
    char path[SOCK_ADDR_SIZE];
    if (!sock_unix_path(addr, path))
        return;
    int fd = sock_open(AF_UNIX);
    if (fd == -1)
        return;
    bool is_stale = sock_connect(fd, addr) == -1 && errno == ECONNREFUSED;
    sock_close(fd);
    if (is_stale)
        sock_unlink(addr);
}
