/* SPDX-License-Identifier: Apache-2.0
 *
 * What following a growing file asks of the system: which file a path is now, its size, its bytes
 * from a place on, and to be told of changes (inotify(7), where there is one).
 */
#ifndef BR_SYS_TAIL_H
#define BR_SYS_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

/* A regular file, whatever its name. */
struct tail_id {
    uint64_t device;
    uint64_t inode;
};

/* What the path is; false with errno when there is no regular file. */
bool tail_find(const char *path, struct tail_id *out_id);
/* For reading; -1 with errno (EINVAL: no regular file). */
int tail_open(const char *path, struct tail_id *out_id, uint64_t *out_size);
void tail_close(int fd);
/* Its size now; 0 when the system does not tell. */
uint64_t tail_size(int fd);
/* Up to `size` bytes from a place on; 0 at the end, -1 with errno. */
ssize_t tail_read(int fd, void *room, size_t size, uint64_t at);

/* A descriptor that becomes readable when something may have changed; -1 with errno: there is no
 * such thing here, look now and then. */
int tail_notice_open(void);
/* Tells of names that come and go in the folder of `path`. Best effort. */
void tail_notice_folder(int notice_fd, const char *path);
/* Tells of changes to that file, until it is gone. Best effort. */
void tail_notice_file(int notice_fd, const char *path);
/* Takes what was told off the descriptor: only that there was something matters. */
void tail_notice_drain(int notice_fd);

#endif
