/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading in passing.
 */
#include "sys/file_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum br_err file_in_open(struct file_in *in, const char *path, struct diag *diag)
{
    if (strcmp(path, "-") == 0) {
        *in = (struct file_in){.fd = STDIN_FILENO, .is_stdin = true, .path = "standard input"};
        return BR_ERR_NONE;
    }
    *in = (struct file_in){.fd = open(path, O_RDONLY | O_CLOEXEC), .path = path};
    if (in->fd == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot read '%s'", path);
    return BR_ERR_NONE;
}

enum br_err file_in_read(struct file_in *in, char *room, size_t size, size_t *out_len,
                         struct diag *diag)
{
    ssize_t len;
    do
        len = read(in->fd, room, size);
    while (len == -1 && errno == EINTR);
    if (len == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot read '%s'", in->path);
    *out_len = (size_t)len;
    return BR_ERR_NONE;
}

enum br_err file_in_rewind(struct file_in *in, struct diag *diag)
{
    if (lseek(in->fd, 0, SEEK_SET) == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot read '%s' from its begin again",
                              in->path);
    return BR_ERR_NONE;
}

void file_in_close(struct file_in *in)
{
    if (in->fd != -1 && !in->is_stdin)
        (void)close(in->fd);
    in->fd = -1;
}
