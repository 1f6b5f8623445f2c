/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the real machine. The same in the simulated world: results are looked at there, too.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"

enum { FILE_READ_STEP = 64 * 1024, FILE_PATH_SIZE = 4096 };

/* Bytes written before it failed (errno) or all. */
static size_t file_write_fd(int fd, struct bytes bytes)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1 && errno == EAGAIN) {
            struct pollfd set = {.fd = fd, .events = POLLOUT};
            (void)poll(&set, 1, -1);
            continue;
        }
        if (put == -1)
            break;
        done += (size_t)put;
    }
    return done;
}

/* Growing files */

enum br_err file_out_open(struct file_out *out, const char *path, enum file_open_mode mode,
                          struct diag *diag)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_APPEND;
    if (mode == FILE_NEW)
        flags |= O_EXCL;
    if (mode == FILE_REPLACE)
        flags |= O_TRUNC;
    int fd = open(path, flags, 0666);
    if (fd == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot write '%s'", path);
    struct stat about;
    out->fd = fd;
    out->saved_errno = 0;
    out->len = 0;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
        out->len = (uint64_t)about.st_size;
    return BR_ERR_NONE;
}

enum br_err file_out_write(struct file_out *out, struct bytes bytes)
{
    MUST(out->fd != -1);
    size_t done = file_write_fd(out->fd, bytes);
    if (done == bytes.len) {
        out->len += bytes.len;
        return BR_ERR_NONE;
    }
    out->saved_errno = errno;
    if (done > 0)
        (void)!ftruncate(out->fd, (off_t)out->len);
    return BR_ERR_IO;
}

enum br_err file_out_sync(struct file_out *out)
{
    MUST(out->fd != -1);
    if (fdatasync(out->fd) == 0 || errno == EINVAL || errno == EROFS)
        return BR_ERR_NONE;
    out->saved_errno = errno;
    return BR_ERR_IO;
}

enum br_err file_out_close(struct file_out *out)
{
    if (out->fd == -1)
        return BR_ERR_NONE;
    int result = close(out->fd);
    out->fd = -1;
    if (result == 0 || errno == EINTR)
        return BR_ERR_NONE;
    out->saved_errno = errno;
    return BR_ERR_IO;
}

/* Whole files */

static bool file_is_replaceable(const char *path)
{
    struct stat about;
    if (lstat(path, &about) == -1)
        return errno == ENOENT;
    return S_ISREG(about.st_mode);
}

static enum br_err file_put_directly(const char *path, struct bytes bytes, struct diag *diag)
{
    struct file_out out;
    enum br_err err = file_out_open(&out, path, FILE_REPLACE, diag);
    if (err != BR_ERR_NONE)
        return err;
    err = file_out_write(&out, bytes);
    enum br_err closed = file_out_close(&out);
    if (err == BR_ERR_NONE && closed == BR_ERR_NONE)
        return BR_ERR_NONE;
    return diag_set_errno(diag, BR_ERR_IO, out.saved_errno, "cannot write '%s'", path);
}

enum br_err file_make_folder(const char *path, struct diag *diag)
{
    struct stat about;
    if (mkdir(path, 0777) == 0)
        return BR_ERR_NONE;
    if (errno != EEXIST)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot make the folder '%s'", path);
    if (stat(path, &about) == -1 || !S_ISDIR(about.st_mode))
        return diag_set(diag, BR_ERR_IO, "'%s' is no folder", path);
    return BR_ERR_NONE;
}

/* As if it had been made by open: mkstemp makes files for the owner alone. */
static void file_set_usual_mode(int fd)
{
    mode_t mask = umask(077);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

enum br_err file_put(const char *path, struct bytes bytes, struct diag *diag)
{
    char dir[FILE_PATH_SIZE], temp[FILE_PATH_SIZE + 16];
    int fd;
    if (!file_is_replaceable(path))
        return file_put_directly(path, bytes, diag);
    const char *slash = strrchr(path, '/');
    int dir_len = slash == NULL ? 1 : (slash == path ? 1 : (int)(slash - path));
    if (dir_len >= FILE_PATH_SIZE)
        return diag_set(diag, BR_ERR_IO, "cannot write: the path is too long");
    (void)snprintf(dir, sizeof(dir), "%.*s", dir_len, slash == NULL ? "." : path);
    enum br_err err = file_open_temp(dir, ".brunt", temp, sizeof(temp), &fd, diag);
    if (err != BR_ERR_NONE)
        return err;
    file_set_usual_mode(fd);
    bool ok = file_write_fd(fd, bytes) == bytes.len && fsync(fd) == 0;
    int saved_errno = errno;
    (void)close(fd);
    if (ok && rename(temp, path) == 0)
        return BR_ERR_NONE;
    if (ok)
        saved_errno = errno;
    (void)unlink(temp);
    return diag_set_errno(diag, BR_ERR_IO, saved_errno, "cannot write '%s'", path);
}

enum br_err file_read_fd(int fd, const char *name, struct buf *out, struct diag *diag)
{
    size_t before = out->len;
    for (;;) {
        size_t room = out->max - out->len;
        size_t step = room < FILE_READ_STEP ? room : FILE_READ_STEP;
        char last;
        enum br_err reserved = buf_reserve(out, step);
        MUST(reserved == BR_ERR_NONE);
        ssize_t got = read(fd, step > 0 ? out->data + out->len : &last, step > 0 ? step : 1);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == 0)
            return BR_ERR_NONE;
        if (got > 0 && step > 0) {
            out->len += (size_t)got;
            continue;
        }
        int saved_errno = errno;
        out->len = before;
        if (got == -1)
            return diag_set_errno(diag, BR_ERR_IO, saved_errno, "cannot read '%s'", name);
        return diag_set(diag, BR_ERR_LIMIT, "'%s' is larger than %zu bytes", name, out->max);
    }
}

enum br_err file_read_all(const char *path, struct buf *out, struct diag *diag)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot read '%s'", path);
    enum br_err err = file_read_fd(fd, path, out, diag);
    (void)close(fd);
    return err;
}

ssize_t file_read_small(const char *path, char *room, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    size_t len = 0;
    ssize_t got = 0;
    while (len + 1 < size) {
        got = read(fd, room + len, size - 1 - len);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    int saved_errno = errno;
    (void)close(fd);
    errno = saved_errno;
    if (got == -1)
        return -1;
    room[len] = '\0';
    return (ssize_t)len;
}

enum br_err file_open_temp(const char *dir, const char *prefix, char *out_path, size_t path_size,
                           int *out_fd, struct diag *diag)
{
    int len = snprintf(out_path, path_size, "%s/%s-XXXXXX", dir, prefix);
    if (len < 0 || (size_t)len >= path_size)
        return diag_set(diag, BR_ERR_IO, "cannot make a file in '%s': the path is too long", dir);
    int fd = mkostemp(out_path, O_CLOEXEC);
    if (fd == -1)
        return diag_set_errno(diag, BR_ERR_IO, errno, "cannot make a file in '%s'", dir);
    *out_fd = fd;
    return BR_ERR_NONE;
}

/* Terminals */

bool file_print(int fd, struct bytes text)
{
    return file_write_fd(fd, text) == text.len;
}

bool file_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

void file_terminal_size(int fd, int *out_columns, int *out_rows)
{
    struct winsize size;
    *out_columns = 0;
    *out_rows = 0;
    if (ioctl(fd, TIOCGWINSZ, &size) == -1)
        return;
    *out_columns = size.ws_col;
    *out_rows = size.ws_row;
}
