/* SPDX-License-Identifier: Apache-2.0
 *
 * Files and what stands in for them: written so that a full disk damages nothing, read up to a
 * ceiling; and the little that must be known of a terminal.
 */
#ifndef BR_SYS_FILE_H
#define BR_SYS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"

/* A file that only grows. Nothing is buffered here. */
struct file_out {
    int fd;          /* -1: not open */
    int saved_errno; /* of the last write or sync that failed, 0 when none did */
    uint64_t len;    /* bytes written in full; where the next write goes */
};

enum file_open_mode {
    FILE_NEW,     /* must not exist */
    FILE_REPLACE, /* emptied when it exists */
    FILE_APPEND,  /* goes on behind what is there */
};

/* A person is told what failed and why. */
BR_NODISCARD enum br_err file_out_open(struct file_out *out, const char *path,
                                       enum file_open_mode mode, struct diag *diag);
/* All or nothing: what a failed write (BR_ERR_IO: full disk, gone peer of a pipe) left behind is
 * cut off again where the file can be cut, so that it ends with a whole record and the next write
 * may succeed. */
BR_NODISCARD enum br_err file_out_write(struct file_out *out, struct bytes bytes);
/* To the disk (fdatasync); what has no disk is fine. */
BR_NODISCARD enum br_err file_out_sync(struct file_out *out);
/* Closing may be when the system tells that it could not write. Idempotent. */
BR_NODISCARD enum br_err file_out_close(struct file_out *out);

/* Makes or replaces a whole file so that nobody ever sees half of it: a temporary one beside it is
 * synced and renamed. What is not a regular file (/dev/stdout, a pipe) is written to directly. */
BR_NODISCARD enum br_err file_put(const char *path, struct bytes bytes, struct diag *diag);
/* Appends the whole file to `out`; BR_ERR_LIMIT with a sentence when it does not fit its ceiling
 * (out then holds what it held before). */
BR_NODISCARD enum br_err file_read_all(const char *path, struct buf *out, struct diag *diag);
/* The same of an fd that is open (standard input), `name` for messages. */
BR_NODISCARD enum br_err file_read_fd(int fd, const char *name, struct buf *out, struct diag *diag);
/* The first size - 1 bytes of a small file of the system (/proc, /sys), NUL-terminated; their
 * number, or -1 with errno. */
ssize_t file_read_small(const char *path, char *room, size_t size);

/* Makes a folder (its parents must be there); one that is there already is fine. */
BR_NODISCARD enum br_err file_make_folder(const char *path, struct diag *diag);
/* A new file "dir/prefix-XXXXXX" that nobody else can open; its name into out_path. The caller
 * closes and removes it. */
BR_NODISCARD enum br_err file_open_temp(const char *dir, const char *prefix, char *out_path,
                                        size_t path_size, int *out_fd, struct diag *diag);

/* Writes all of it to standard output or error, waiting where it is non-blocking and full; false
 * with errno when that is impossible (EPIPE, ENOSPC): the caller goes on without. */
bool file_print(int fd, struct bytes text);
bool file_is_terminal(int fd);
/* Columns and rows of the terminal, 0 when it is none or does not tell. */
void file_terminal_size(int fd, int *out_columns, int *out_rows);

#endif
